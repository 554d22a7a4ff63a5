//! How the server is to prove who it is, and how we do.

use super::{Identity, Pin};
use std::fmt;
use std::path::PathBuf;

/// How the server is to prove who it is, and how we do. The default is what a browser does.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// Whether any certificate is taken, whoever made it out and to whom; `ca` is not read then.
    /// `pins` are checked all the same.
    pub insecure: bool,
    /// Files of certificates (PEM or DER), or folders of such files, that are trusted instead of
    /// the platform's. A server's own certificate may be among them.
    pub ca: Vec<PathBuf>,
    /// Whether the platform's are trusted beside those in `ca`.
    pub ca_native: bool,
    /// The certificate that a server gets which asks for one.
    pub identity: Option<Identity>,
    /// The name that the server is told (SNI, RFC 6066 §3).
    pub server_name: Sni,
    /// The oldest version of TLS to speak.
    pub min_version: TlsVersion,
    /// The newest version of TLS to speak; the newest there is, unless set.
    pub max_version: Option<TlsVersion>,
    /// If there are any, the server's public key must be one of them.
    pub pins: Vec<Pin>,
}

/// Which name the server is told, so that it can choose a certificate (RFC 6066 §3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sni {
    /// The host of the URL, unless that is an IP address.
    #[default]
    Host,
    /// This name, which the certificate must have in place of the host's.
    Name(DnsName),
    /// None; the certificate must be for the host all the same.
    Omitted,
}

/// A valid DNS name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnsName(pub(super) rustls::pki_types::DnsName<'static>);

impl TryFrom<&str> for DnsName {
    type Error = &'static str;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        // A name without letters in its last label would be a mistyped address.
        if name.parse::<std::net::IpAddr>().is_ok() {
            return Err("an IP address is never told to a server (RFC 6066 §3)");
        }
        let name = name.strip_suffix('.').unwrap_or(name).to_owned();
        match rustls::pki_types::DnsName::try_from(name) {
            Ok(name) => Ok(Self(name)),
            Err(_) => Err("a server's name is a DNS name, like a.example"),
        }
    }
}

/// A version of TLS. Older ones are broken (RFC 8996), and not spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// TLS 1.2 (RFC 5246).
    #[default]
    V1_2,
    /// TLS 1.3 (RFC 8446).
    V1_3,
}

impl TlsVersion {
    /// All of them, the oldest first.
    pub const ALL: [Self; 2] = [Self::V1_2, Self::V1_3];

    /// Its number: `1.3`.
    #[must_use]
    pub fn number(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS {}", self.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_name_is_a_name_and_no_address() {
        for right in [
            "a.example",
            "localhost",
            "a.example.",
            "xn--bcher-kva.example",
        ] {
            assert!(DnsName::try_from(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "127.0.0.1",
            "::1",
            "a b",
            "a..b",
            "bücher.example",
            "a:1",
        ] {
            assert!(DnsName::try_from(wrong).is_err(), "{wrong}");
        }
    }
}
