//! Why a server's certificate is not trusted, in words: one line, with nothing in it that could
//! confuse a terminal.

use super::summary::{hosts, utc};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, ExtendedKeyPurpose};
use sockeye::transport::CertificateProblem;
use std::fmt;
use x509_parser::extensions::ParsedExtension;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};
use x509_parser::x509::{X509Name, X509Version};

/// How many of a certificate's names an error lists.
const NAMES_LISTED: usize = 8;
/// The least length in bits of an RSA key that a signature is taken from (NIST SP 800-131A).
const RSA_BITS: usize = 2048;

/// What webpki says that rustls has no variant for.
fn by_webpki(error: &CertificateError) -> Option<&webpki::Error> {
    match error {
        CertificateError::Other(other) => other.0.downcast_ref(),
        _ => None,
    }
}

/// Whether a certificate was refused because it may sign others (RFC 5280 §4.2.1.9), as those do
/// that `openssl req -x509` makes.
pub(crate) fn is_ca_as_server(error: &CertificateError) -> bool {
    matches!(by_webpki(error), Some(webpki::Error::CaUsedAsEndEntity))
}

/// Why the first certificate of those that the server presented was refused.
pub(super) fn explain(error: &CertificateError, presented: &[Vec<u8>]) -> String {
    let chain = parsed(presented);
    if chain.is_empty() {
        return "the server's certificate cannot be read".to_owned();
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
        CertificateError::NotValidForNameContext { expected, .. } => {
            other_host(&chain[0], expected)
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
        CertificateError::BadEncoding => {
            "the server's certificate breaks the rules of X.509, and cannot be checked".to_owned()
        }
        CertificateError::Expired => {
            "the server's certificate is valid at no time: its end is before its beginning"
                .to_owned()
        }
        error => by_webpki(error)
            .and_then(|rule| by_rule(rule, &chain))
            .unwrap_or_else(|| CertificateProblem::Invalid(error.clone()).to_string()),
    }
}

/// The rule of X.509 that webpki says is broken, by the server's certificate or by one of its
/// chain; none for rules that have no sentence of their own.
fn by_rule(error: &webpki::Error, chain: &[X509Certificate<'_>]) -> Option<String> {
    use webpki::Error::*;
    Some(match error {
        UnsupportedCertVersion => {
            let is_old = |c: &&X509Certificate<'_>| c.version() != X509Version::V3;
            let version = chain.iter().find(is_old).map_or(0, |c| c.version().0 + 1);
            format!(
                "the server's certificate is one of X.509 version {version}, and version 3 is \
                 the only one that can be checked"
            )
        }
        UnsupportedCriticalExtension => {
            let extensions = chain
                .iter()
                .flat_map(|certificate| certificate.extensions());
            let mut unknown =
                extensions
                    .filter(|extension| extension.critical)
                    .filter(|extension| {
                        matches!(
                            extension.parsed_extension(),
                            ParsedExtension::UnsupportedExtension { .. }
                        )
                    });
            let which = unknown.next();
            let which = which.map_or_else(String::new, |extension| format!(" ({})", extension.oid));
            format!(
                "the server's certificate has an extension{which} that is critical, and not known"
            )
        }
        NameConstraintViolation => {
            "the server's certificate has a name that its authority may not certify".to_owned()
        }
        PathLenConstraintViolated => {
            "the chain of the server's certificate has more authorities than one of them allows"
                .to_owned()
        }
        EndEntityUsedAsCa => {
            "the server's certificate is issued by one that may not issue any".to_owned()
        }
        _ => return None,
    })
}

/// Which hosts the certificate is for instead. RFC 9525 §6: the common name does not count, and an
/// IP address is not a DNS name.
fn other_host(certificate: &X509Certificate<'_>, wanted: &ServerName<'_>) -> String {
    let (names, wanted) = (hosts(certificate), wanted.to_str());
    if names.is_empty() {
        let common = certificate.subject().iter_common_name().next();
        let common = common.map_or_else(String::new, |_| {
            let name = Party(certificate.subject());
            format!(": only its subjectAltName counts, not its common name {name}")
        });
        return format!("the server's certificate is for no host at all{common}");
    }
    if names.iter().any(|name| *name == wanted) {
        return format!(
            "the server's certificate has {wanted} as a DNS name, and needs it as an IP address: \
             subjectAltName = IP:{wanted}, not DNS:{wanted}"
        );
    }
    let names = list(&names);
    format!("the server's certificate is for {names}, not for {wanted}")
}

fn parsed<'a>(presented: &'a [Vec<u8>]) -> Vec<X509Certificate<'a>> {
    let parse = |der: &'a Vec<u8>| X509Certificate::from_der(der).ok();
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
        None => {
            let name = signature_name(&chain[0]).map_or_else(
                || chain[0].signature_algorithm.algorithm.to_string(),
                str::to_owned,
            );
            format!("the server's certificate is signed in a way that is not supported: {name}")
        }
    }
}

/// The signature algorithms of old (RFC 3279 §2.2, RFC 8017 §A.2.4) in the words of today.
fn signature_name(certificate: &X509Certificate<'_>) -> Option<&'static str> {
    let oid = certificate.signature_algorithm.algorithm.to_id_string();
    Some(match &*oid {
        "1.2.840.113549.1.1.2" => "MD2 with RSA",
        "1.2.840.113549.1.1.4" => "MD5 with RSA",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "SHA-1 with RSA",
        "1.2.840.113549.1.1.10" => "RSA-PSS",
        "1.2.840.113549.1.1.11" => "SHA-256 with RSA",
        "1.2.840.113549.1.1.12" => "SHA-384 with RSA",
        "1.2.840.113549.1.1.13" => "SHA-512 with RSA",
        "1.2.840.10045.4.1" => "SHA-1 with ECDSA",
        "1.2.840.10040.4.3" => "SHA-1 with DSA",
        _ => return None,
    })
}

/// The first of these names, nothing in them that could steer a terminal.
fn list(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_LISTED);
    let mut shown: Vec<_> = shown.map(|name| name.escape_debug().to_string()).collect();
    if let Some(more) = names
        .len()
        .checked_sub(NAMES_LISTED)
        .filter(|more| *more > 0)
    {
        shown.push(format!("{more} more"));
    }
    shown.join(", ")
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
mod tests;
