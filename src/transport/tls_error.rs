//! Why a handshake failed, in words.

use super::certificate_error::{self, Distrust};
use super::error::reason;
use super::handshake_observer::HandshakeObserver;
use super::public_key::{Kind, PublicKey};
use super::{
    CertificateProblem, CertificateSummary, Error, Sni, TlsOptions, TlsProblem, TlsVersion, alert,
};
use rustls::CertificateError as Refused;
use rustls::crypto::CryptoProvider;
use rustls::{InvalidMessage, PeerIncompatible, PeerMisbehaved};
use std::fmt::Debug;
use std::io;
use std::ops::RangeInclusive;

/// What a handshake offers the server, and demands of it.
#[derive(Debug)]
pub(super) struct Terms {
    /// The versions that are offered.
    versions: RangeInclusive<TlsVersion>,
    /// The cipher suites of TLS 1.2 that there are.
    suites: Vec<&'static str>,
    /// Whether the user has named trusted authorities.
    named: bool,
    /// Whether the platform's authorities are trusted.
    native: bool,
    /// Whether the certificate has to be for another name than the host's.
    chosen: bool,
    /// Whether any certificate will do that has a pinned key.
    pinned: bool,
}

impl Terms {
    pub(super) fn new(options: &TlsOptions, provider: &CryptoProvider) -> Self {
        let newest = options.max_version.unwrap_or(TlsVersion::V1_3);
        let suites = provider.cipher_suites.iter();
        let suites = suites.filter(|suite| suite.tls13().is_none());
        Self {
            versions: options.min_version..=newest,
            suites: suites.filter_map(|suite| suite.suite().as_str()).collect(),
            named: !options.ca.is_empty(),
            native: options.ca.is_empty() || options.ca_native,
            chosen: matches!(options.server_name, Sni::Name(_)),
            pinned: options.insecure && !options.pins.is_empty(),
        }
    }

    /// Whether fewer versions are offered than there are.
    fn are_limited(&self) -> bool {
        !TlsVersion::ALL
            .iter()
            .all(|version| self.versions.contains(version))
    }

    /// What a server has to speak.
    fn spoken(&self) -> String {
        let suites = self.suites.join(", ");
        let versions = TlsVersion::ALL.into_iter().rev();
        let versions = versions.filter(|version| self.versions.contains(version));
        let spoken = versions.map(|version| match version {
            // Its few suites are everywhere.
            TlsVersion::V1_3 => version.to_string(),
            TlsVersion::V1_2 => format!("{version} with one of {suites}"),
        });
        spoken.collect::<Vec<_>>().join(", or ")
    }
}

/// Why a handshake with `host` failed. `plain` is the scheme of URLs that do without TLS.
pub(super) fn failure(
    host: String,
    error: &io::Error,
    plain: &str,
    observer: &HandshakeObserver,
    terms: &Terms,
) -> Error {
    let presented = observer.presented();
    if let Some(rustls::Error::InvalidCertificate(refused)) = inner(error) {
        return Error::Certificate {
            host,
            problem: problem(refused, terms),
            reason: certificate_error::explain(refused, presented),
            presented: presented
                .iter()
                .filter_map(|der| CertificateSummary::of(der))
                .collect(),
        };
    }
    let (problem, reason) = explain(error, plain, observer, terms);
    Error::Tls {
        host,
        problem,
        reason,
    }
}

/// What rustls says, if it was not the network.
pub(super) fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

fn problem(refused: &Refused, terms: &Terms) -> CertificateProblem {
    if let Some(certificate_error) = Distrust::within(refused) {
        return match certificate_error {
            Distrust::NotPinned(_) => CertificateProblem::NotPinned,
            Distrust::Unproven => CertificateProblem::Unproven,
            Distrust::Unverified(why) => CertificateProblem::Unverified {
                why: why.clone(),
                pinned: terms.pinned,
            },
            Distrust::Unreadable | Distrust::WeakKey(_) => CertificateProblem::Invalid,
        };
    }
    match refused {
        Refused::Expired
        | Refused::ExpiredContext { .. }
        | Refused::NotValidYet
        | Refused::NotValidYetContext { .. } => CertificateProblem::Validity,
        Refused::NotValidForName | Refused::NotValidForNameContext { .. } => {
            CertificateProblem::Host {
                chosen: terms.chosen,
            }
        }
        Refused::UnknownIssuer
        | Refused::BadSignature
        | Refused::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            CertificateProblem::Untrusted {
                named: terms.named,
                native: terms.native,
            }
        }
        // As certificates do that sign themselves.
        refused if certificate_error::is_ca_as_server(refused) => CertificateProblem::Untrusted {
            named: terms.named,
            native: terms.native,
        },
        _ => CertificateProblem::Invalid,
    }
}

/// Why TLS failed for another reason than the server's certificate.
fn explain(
    error: &io::Error,
    plain: &str,
    observer: &HandshakeObserver,
    terms: &Terms,
) -> (TlsProblem, String) {
    let other = |reason| (TlsProblem::Other, reason);
    let limited = terms.are_limited();
    match inner(error) {
        Some(rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        )) if observer.presented().is_empty() => {
            let reason = format!("the server does not speak TLS on this port; use {plain} for it");
            (TlsProblem::NotTls, reason)
        }
        Some(rustls::Error::AlertReceived(received)) => {
            match alert::explain(*received, observer.client_certificate()) {
                (TlsProblem::Version { .. }, reason) => (TlsProblem::Version { limited }, reason),
                (TlsProblem::CipherSuite, reason) => {
                    let spoken = terms.spoken();
                    let reason = format!("{reason}: it would have to speak {spoken}");
                    (TlsProblem::CipherSuite, reason)
                }
                explained => explained,
            }
        }
        Some(rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        )) => {
            let reason = "the server speaks no version of TLS that is allowed here".to_owned();
            (TlsProblem::Version { limited }, reason)
        }
        Some(rustls::Error::PeerMisbehaved(PeerMisbehaved::SignedKxWithWrongAlgorithm))
            if has_pss_key(observer) =>
        {
            other(
                "the server's key is for RSA-PSS only, which sockeye verifies in TLS 1.3 only, \
                 and the server speaks TLS 1.2"
                    .to_owned(),
            )
        }
        Some(error) => other(in_words(error)),
        None if error.kind() == io::ErrorKind::UnexpectedEof => other(
            "the server closed the connection during the handshake; does it speak TLS on this \
             port?"
                .to_owned(),
        ),
        None => other(reason(error)),
    }
}

/// Whether the server's key makes only signatures that rustls does not take in TLS 1.2.
fn has_pss_key(observer: &HandshakeObserver) -> bool {
    let key = observer.presented().first();
    let key = key.and_then(|der| PublicKey::of_certificate(der));
    key.is_some_and(|key| matches!(key.kind(), Kind::RsaPss(_)))
}

/// What rustls says, without the names of its variants.
fn in_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(why) => {
            format!(
                "the server sent a message that is not valid: {}",
                words(why)
            )
        }
        rustls::Error::PeerMisbehaved(why) => {
            format!("the server breaks the rules of TLS: {}", words(why))
        }
        rustls::Error::PeerIncompatible(why) => {
            format!(
                "the server speaks TLS in an unsupported way: {}",
                words(why)
            )
        }
        rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. } => {
            "the server sent a message of TLS that is out of place".to_owned()
        }
        rustls::Error::DecryptError => {
            "what the server sent cannot be decrypted: it was damaged on the way".to_owned()
        }
        other => other.to_string(),
    }
}

/// The name of a variant as words: `NoKxGroupsInCommon` as `no kx groups in common`.
pub(super) fn words(variant: &impl Debug) -> String {
    let mut words = String::new();
    let debug = format!("{variant:?}");
    let is_name = |letter: &char| letter.is_ascii_alphanumeric();
    let mut after_small = false;
    for letter in debug.chars().take_while(is_name) {
        if letter.is_ascii_uppercase() && after_small {
            words.push(' ');
        }
        after_small = !letter.is_ascii_uppercase();
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_variant_becomes_words() {
        let words = [
            words(&PeerIncompatible::NoKxGroupsInCommon),
            words(&InvalidMessage::MissingData("ServerHello")),
            words(&PeerIncompatible::Tls12NotOffered),
        ];
        let expected = [
            "no kx groups in common",
            "missing data",
            "tls12 not offered",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn no_error_of_rustls_shows_the_name_of_a_variant() {
        for error in [
            rustls::Error::InvalidMessage(InvalidMessage::InvalidEmptyPayload),
            rustls::Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare),
            rustls::Error::PeerIncompatible(PeerIncompatible::NoSignatureSchemesInCommon),
            rustls::Error::InappropriateMessage {
                expect_types: vec![rustls::ContentType::Handshake],
                got_type: rustls::ContentType::ApplicationData,
            },
            rustls::Error::DecryptError,
        ] {
            let words = in_words(&error);
            let letters = words.as_bytes().windows(2);
            let mut humps =
                letters.filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
            assert_eq!(humps.next(), None, "{words}");
        }
    }
}
