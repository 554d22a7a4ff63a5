//! Why a server's certificate is not trusted, in words: one line, with nothing in it that could
//! confuse a terminal.

use super::Pin;
use super::summary::utc;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, ExtendedKeyPurpose};
use std::fmt;
use std::net::IpAddr;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::X509Name;

/// How many of a certificate's names an error lists.
const NAMES_LISTED: usize = 8;
/// The least length in bits of an RSA key that a signature is taken from (NIST SP 800-131A).
const RSA_BITS: usize = 2048;

/// What rustls has no word for.
#[derive(Debug, thiserror::Error)]
pub(super) enum Distrust {
    #[error("the server's public key is {0}, which is not among those pinned")]
    NotPinned(Pin),
    #[error("the server's certificate cannot be read")]
    Unreadable,
    #[error("the server's key is too weak: RSA with {0} bits, where {RSA_BITS} are the least")]
    WeakKey(usize),
    #[error("the server could not prove that it has the key of its certificate")]
    Unproven,
}

impl From<Distrust> for rustls::Error {
    fn from(distrust: Distrust) -> Self {
        let other = rustls::OtherError(std::sync::Arc::new(distrust));
        Self::InvalidCertificate(CertificateError::Other(other))
    }
}

/// Whether a certificate was refused because it may sign others (RFC 5280 §4.2.1.9), as those do
/// that `openssl req -x509` makes. webpki's own error type is not among rustls's.
pub(super) fn is_ca_as_server(error: &CertificateError) -> bool {
    matches!(error, CertificateError::Other(other) if other.to_string() == "CaUsedAsEndEntity")
}

/// Why a signature made with the certificate's key is not right.
pub(super) fn unproven(certificate: &[u8]) -> Distrust {
    let bits = X509Certificate::from_der(certificate)
        .ok()
        .and_then(|(_, certificate)| rsa_bits(&certificate));
    match bits {
        Some(bits) if bits < RSA_BITS => Distrust::WeakKey(bits),
        _ => Distrust::Unproven,
    }
}

/// Why the first certificate of those that the server presented was refused.
pub(super) fn explain(error: &CertificateError, presented: &[CertificateDer<'static>]) -> String {
    let chain = parsed(presented);
    if chain.is_empty() {
        return format!("the server's certificate is not valid: {error}");
    }
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            let ends = |c: &X509Certificate<'_>| c.validity().not_after;
            expired(&chain, ends, *not_after, "expired on")
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            let begins = |c: &X509Certificate<'_>| c.validity().not_before;
            expired(&chain, begins, *not_before, "is not valid before")
        }
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            let (names, wanted) = (list(presented), expected.to_str());
            format!("the server's certificate is for {names}, not for {wanted}")
        }
        CertificateError::InvalidPurposeContext { presented, .. } => purpose(presented),
        CertificateError::UnknownIssuer => unknown_issuer(&chain),
        CertificateError::BadSignature => bad_signature(&chain),
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            namesake(&chain)
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. } => {
            unsupported_signature(&chain)
        }
        error if is_ca_as_server(error) && is_self_signed(&chain[0]) => unknown_issuer(&chain),
        error if is_ca_as_server(error) => {
            "the server's certificate is one of an authority, not of a server".to_owned()
        }
        CertificateError::Other(other) => other.to_string(),
        other => format!("the server's certificate is not valid: {other}"),
    }
}

fn parsed<'a>(presented: &'a [CertificateDer<'static>]) -> Vec<X509Certificate<'a>> {
    let parse = |der: &'a CertificateDer<'static>| X509Certificate::from_der(der).ok();
    let certificates = presented.iter().map_while(parse);
    certificates.map(|(_, certificate)| certificate).collect()
}

/// Which certificate of the chain has that time, and what about it.
fn expired(
    chain: &[X509Certificate<'_>],
    time_of: impl Fn(&X509Certificate<'_>) -> ASN1Time,
    at: UnixTime,
    what: &str,
) -> String {
    let at = i64::try_from(at.as_secs()).ok();
    let at = at.and_then(|at| ASN1Time::from_timestamp(at).ok());
    let is_it = |certificate: &&X509Certificate<'_>| Some(time_of(certificate)) == at;
    let whose = match chain.iter().skip(1).find(is_it) {
        Some(other) if !chain.first().as_ref().is_some_and(is_it) => {
            format!(
                "the certificate of {} in the server's chain",
                Party(other.subject())
            )
        }
        _ => "the server's certificate".to_owned(),
    };
    let when = at.map_or_else(|| "a time beyond all calendars".to_owned(), utc);
    format!("{whose} {what} {when}")
}

fn purpose(presented: &[ExtendedKeyPurpose]) -> String {
    let purposes = presented.iter().map(|purpose| match purpose {
        ExtendedKeyPurpose::ClientAuth => "clients".to_owned(),
        ExtendedKeyPurpose::ServerAuth => "servers".to_owned(),
        ExtendedKeyPurpose::Other(arcs) => {
            let arcs: Vec<_> = arcs.iter().map(usize::to_string).collect();
            format!("the purpose {}", arcs.join("."))
        }
    });
    let purposes: Vec<_> = purposes.collect();
    match &*purposes.join(", ") {
        "" => "the server's certificate is for no purpose, not for servers".to_owned(),
        purposes => format!("the server's certificate is for {purposes}, not for servers"),
    }
}

fn unknown_issuer(chain: &[X509Certificate<'_>]) -> String {
    let top = top(chain);
    let issuer = Party(top.issuer());
    if is_self_signed(&chain[0]) {
        "the server's certificate is self-signed and not among the trusted ones".to_owned()
    } else if std::ptr::eq(top, &chain[0]) {
        format!("the server's certificate is issued by {issuer}, which is not trusted")
    } else {
        format!("the chain of the server's certificate leads to {issuer}, which is not trusted")
    }
}

/// An authority of the right name is trusted, but has not made the signature.
fn namesake(chain: &[X509Certificate<'_>]) -> String {
    if is_self_signed(&chain[0]) {
        return unknown_issuer(chain);
    }
    format!(
        "the server's certificate is not signed by the {} that is trusted, but perhaps by another \
         of that name",
        Party(top(chain).issuer())
    )
}

/// The certificate of the chain whose issuer is not in it, or is itself.
fn top<'c, 'd>(chain: &'c [X509Certificate<'d>]) -> &'c X509Certificate<'d> {
    let mut top = &chain[0];
    // Each certificate is one step at most, so that a circle ends.
    for _ in chain {
        let is_issuer =
            |other: &&X509Certificate<'_>| other.subject().as_raw() == top.issuer().as_raw();
        match chain.iter().find(is_issuer) {
            Some(issuer) if !is_self_signed(top) => top = issuer,
            _ => break,
        }
    }
    top
}

/// Whether issuer and subject are the same name (RFC 5280 §3.2).
fn is_self_signed(certificate: &X509Certificate<'_>) -> bool {
    certificate.issuer().as_raw() == certificate.subject().as_raw()
}

/// Keys of RSA that are too short make signatures that count as bad ones.
fn bad_signature(chain: &[X509Certificate<'_>]) -> String {
    let bits = chain[0].signature_value.data.len() * 8;
    let is_rsa = signature_name(&chain[0]).is_some_and(|name| name.ends_with("RSA"));
    if is_rsa && bits < RSA_BITS {
        return format!(
            "the server's certificate has a weak signature: RSA with {bits} bits, \
             where {RSA_BITS} are the least"
        );
    }
    namesake(chain)
}

fn unsupported_signature(chain: &[X509Certificate<'_>]) -> String {
    // An authority's signature on its own certificate proves nothing and is not looked at.
    let counts = |index: usize, certificate: &&X509Certificate<'_>| {
        index == 0 || !is_self_signed(certificate)
    };
    let certificates = chain.iter().enumerate();
    let mut looked_at = certificates.filter(|(index, c)| counts(*index, c));
    let weak = looked_at.find_map(|(index, certificate)| {
        let name = signature_name(certificate)?;
        let is_weak = name.starts_with("SHA-1") || name.starts_with("MD");
        is_weak.then_some((index, certificate, name))
    });
    match weak {
        Some((0, _, name)) => format!("the server's certificate has a weak signature: {name}"),
        Some((_, certificate, name)) => format!(
            "the certificate of {} in the server's chain has a weak signature: {name}",
            Party(certificate.subject())
        ),
        None => format!(
            "the server's certificate is signed in a way that is not supported: {}",
            chain[0].signature_algorithm.algorithm
        ),
    }
}

/// The signature algorithms of old (RFC 3279 §2.2, RFC 8017 §A.2.4) in the words of today.
fn signature_name(certificate: &X509Certificate<'_>) -> Option<&'static str> {
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    Some(match &*oid {
        "1.2.840.113549.1.1.2" => "MD2 with RSA",
        "1.2.840.113549.1.1.4" => "MD5 with RSA",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
        "1.2.840.10040.4.3" => "SHA-1 with DSA",
        _ => return None,
    })
}

fn rsa_bits(certificate: &X509Certificate<'_>) -> Option<usize> {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => Some(key.key_size()),
        _ => None,
    }
}

/// Names as webpki writes them, `DnsName("a.org")` and `IpAddress(0::1)`, as people do.
fn list(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name
            .split_once('(')
            .and_then(|(_, rest)| rest.strip_suffix(')'));
        let inner = inner.unwrap_or(name).trim_matches('"');
        match inner.parse::<IpAddr>() {
            Ok(address) => address.to_string(),
            Err(_) => inner.escape_debug().to_string(),
        }
    };
    let mut names: Vec<String> = presented.iter().take(NAMES_LISTED).map(bare).collect();
    match presented.len() {
        0 => "no host at all".to_owned(),
        1..=NAMES_LISTED => names.join(", "),
        many => {
            names.push(format!("{} more", many - NAMES_LISTED));
            names.join(", ")
        }
    }
}

/// The common name, or the name of the organization.
struct Party<'a>(&'a X509Name<'a>);

impl fmt::Display for Party<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let common = self.0.iter_common_name().next();
        match common.or_else(|| self.0.iter_organization().next()) {
            Some(name) => {
                let name = String::from_utf8_lossy(name.as_slice());
                write!(f, "'{}'", name.escape_debug())
            }
            None => f.write_str("an authority without a name"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_bare_escaped_and_not_without_end() {
        let names = |count| vec![r#"DnsName("a.org")"#.to_owned(); count];
        assert_eq!(list(&names(0)), "no host at all");
        assert_eq!(list(&names(2)), "a.org, a.org");
        assert!(list(&names(100)).ends_with("a.org, 92 more"));
        assert_eq!(list(&["IpAddress(0::1)".to_owned()]), "::1");
        assert_eq!(list(&["\u{1b}[31m".to_owned()]), r"\u{1b}[31m");
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_refused_in_words_all_the_same() {
        for presented in [vec![], vec![CertificateDer::from(vec![0x30, 0x82, 0xff])]] {
            let words = explain(&CertificateError::UnknownIssuer, &presented);
            assert!(
                words.starts_with("the server's certificate is not valid"),
                "{words}"
            );
        }
    }

    #[test]
    fn purposes_are_told_in_words_or_by_their_number() {
        let other = ExtendedKeyPurpose::Other(vec![1, 3, 6]);
        assert_eq!(
            purpose(&[ExtendedKeyPurpose::ClientAuth, other]),
            "the server's certificate is for clients, the purpose 1.3.6, not for servers"
        );
        assert!(purpose(&[]).contains("no purpose"));
    }
}
