//! What a handshake offers and agrees on.

use rustls::{SupportedProtocolVersion, version};
use std::fmt;

/// The least length in bits of an RSA key whose signatures can be verified in TLS 1.2.
const TLS12_RSA_BITS: usize = 1024;

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

    pub(super) fn supported(self) -> &'static SupportedProtocolVersion {
        match self {
            Self::V1_2 => &version::TLS12,
            Self::V1_3 => &version::TLS13,
        }
    }
}

/// `TLS 1.3`.
impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLS {}", self.number())
    }
}

/// What a TLS handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLS 1.3` or `TLS 1.2`.
    pub version: &'static str,
    /// The cipher suite's registered name.
    pub cipher_suite: String,
    /// The protocol that ALPN selected (RFC 7301), if the server takes part in it.
    pub alpn: Option<String>,
    /// The server's certificates in DER, its own first.
    pub certificates: Vec<Vec<u8>>,
    /// Why the server's signature over the handshake was accepted without being verified. Then it
    /// may not have the key of its certificate. None if the signature was verified.
    pub unverified: Option<Unverified>,
    /// Whether the server wanted a certificate of ours.
    pub client_certificate: ClientCertificate,
}

/// Whether a server has asked for a certificate of ours (RFC 8446 §4.3.2), and got one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It has not asked.
    #[default]
    NotAsked,
    /// It has asked, and there was none.
    Missing,
    /// It has asked, and accepts no signature of the key of the one there is, which was not sent.
    Unsuitable,
    /// It has asked, and got the one there is.
    Offered,
}

/// Why a server's signature over the handshake cannot be verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// The key is too short for this signature.
    #[error("its key, RSA with {bits} bits, is too short")]
    ShortKey {
        /// The length of the key.
        bits: usize,
    },
    /// No key of this kind or length is supported: the `SubjectPublicKeyInfo` in DER
    /// (RFC 5280 §4.1.2.7).
    #[error("keys of its kind are not supported")]
    UnknownKey(Vec<u8>),
    /// The certificate has no key that can be read.
    #[error("its certificate cannot be read")]
    UnreadableCertificate,
}

impl Unverified {
    /// Whether TLS 1.2 has a signature of this key that can be verified.
    pub(in crate::transport) fn is_verifiable_in_tls12(&self) -> bool {
        matches!(self, Self::ShortKey { bits } if *bits >= TLS12_RSA_BITS)
    }
}

/// What a handshake offers the server.
#[derive(Debug)]
pub(in crate::transport) struct Offer {
    /// The versions of TLS, the oldest first.
    pub(super) versions: Vec<TlsVersion>,
    /// The cipher suites of TLS 1.2.
    pub(super) tls12_suites: Vec<&'static str>,
}
