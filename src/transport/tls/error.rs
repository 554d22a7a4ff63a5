//! Why TLS failed, as data and in a sentence.

use super::info::{ClientCertificate, TlsVersion, Unverified};
use super::public_key::Pin;
use crate::io_error::io_reason;
use rustls::pki_types::pem;
use rustls::{AlertDescription as Alert, CertificateError};
use std::fmt::{self, Debug};
use std::io;
use std::sync::Arc;

/// The least length in bits of an RSA key that a signature is accepted from (NIST SP 800-131A).
pub(super) const RSA_BITS: usize = 2048;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// A text is not valid PEM (RFC 7468).
    #[error("it is not valid PEM: {0}")]
    Pem(pem::Error),
    /// There is no certificate.
    #[error("there is no certificate in it")]
    NoCertificate,
    /// There is no private key, or an encrypted one.
    #[error("there is no private key in it that is not encrypted")]
    NoKey,
    /// The key is of another kind than [`Identity::new`](super::Identity::new) takes.
    #[error(
        "its private key is of a kind that is not supported (RSA from 2048 bits, ECDSA on P-256, \
         P-384 and P-521, and Ed25519 are)"
    )]
    UnsupportedKey,
    /// The key belongs to none of the certificates.
    #[error("the private key does not belong to the certificate")]
    KeyMismatch,
    /// A certificate cannot be one of the [`Roots`](super::Roots).
    #[error("a certificate in it cannot be used: {0}")]
    Root(rustls::Error),
    /// The oldest version of TLS that is allowed is newer than the newest one.
    #[error("no version of TLS is left: the oldest one is newer than the newest one")]
    NoVersion,
    /// What a [`Source`](super::Source) answered.
    #[error("{0}")]
    Source(Box<dyn std::error::Error + Send + Sync>),
    /// rustls refuses the combination.
    #[error("TLS cannot be set up: {0}")]
    Rustls(rustls::Error),
}

/// Why a handshake failed, or what a server did right after it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate was refused.
    #[error("{problem}")]
    Certificate {
        /// What is wrong with it.
        problem: CertificateProblem,
        /// The certificates in DER that the server presented, its own first.
        presented: Vec<Vec<u8>>,
    },
    /// The server answered something that is not TLS.
    #[error("the server does not speak TLS on this port; use {plain} for it")]
    NotTls {
        /// The scheme of URLs that do without TLS: `ws://` or `http://`.
        plain: &'static str,
    },
    /// The server has asked for a certificate of ours, and ended the connection.
    #[error("{}", about_client(*.client, *.alert))]
    ClientCertificate {
        /// What it got.
        client: ClientCertificate,
        /// Its alert, if one arrived (RFC 8446 §6.2).
        alert: Option<Alert>,
    },
    /// There is no version of TLS in common.
    #[error("the server speaks no version of TLS that is allowed here{}", Named(*.alert))]
    Version {
        /// The server's alert, if it sent one.
        alert: Option<Alert>,
        /// The versions that were offered, the oldest first.
        offered: Vec<TlsVersion>,
    },
    /// There is no cipher suite, group or kind of key in common.
    #[error(
        "the server has no cipher suite, key exchange or kind of key in common with us{}: it \
         would have to speak {}", Named(Some(Alert::HandshakeFailure)), spoken(.offered, .tls12_suites)
    )]
    CipherSuite {
        /// The versions that were offered, the oldest first.
        offered: Vec<TlsVersion>,
        /// The cipher suites that were offered for TLS 1.2.
        tls12_suites: Vec<&'static str>,
    },
    /// The server ended the handshake with another alert (RFC 8446 §6).
    #[error("{}{}", about_alert(*.0), Named(Some(*.0)))]
    Alert(Alert),
    /// The server's key is for RSA-PSS only, and it speaks TLS 1.2, where rustls verifies no
    /// signature of such keys.
    #[error(
        "the server's key is for RSA-PSS only, which is verified in TLS 1.3 only, and the server \
         speaks TLS 1.2"
    )]
    RsaPssInTls12,
    /// The host's name cannot be in a certificate.
    #[error("its name is not a valid one")]
    InvalidName,
    /// The server closed the connection during the handshake.
    #[error(
        "the server closed the connection during the handshake; does it speak TLS on this port?"
    )]
    Closed,
    /// The network failed.
    #[error("{}", io_reason(.0))]
    Io(io::Error),
    /// Anything else that rustls found.
    #[error("{}", in_words(.0))]
    Rustls(rustls::Error),
}

impl TlsError {
    pub(in crate::transport) fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::Certificate { presented, .. } => presented,
            _ => &[],
        }
    }
}

/// What is wrong with a server's certificate, or with the proof that it is the server's.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// It is not valid: what webpki and rustls found.
    #[error("the server's certificate is not valid: {}", why_invalid(.0))]
    Invalid(CertificateError),
    /// Its key is not among [`TlsOptions::pins`](super::TlsOptions::pins).
    #[error("the server's public key is {0}, which is not among those pinned")]
    NotPinned(Pin),
    /// It has no public key that can be read.
    #[error("the server's certificate cannot be read")]
    Unreadable,
    /// Its RSA key is shorter than 2048 bits.
    #[error("the server's key is too weak: RSA with {bits} bits, where {RSA_BITS} are the least")]
    WeakKey {
        /// The length of the key.
        bits: usize,
    },
    /// The server's signature over the handshake was not made with its key.
    #[error("the server could not prove that it has the key of its certificate")]
    Unproven,
    /// The server's signature over the handshake cannot be verified.
    #[error("the server's signature cannot be verified: {0}")]
    Unverified(Unverified),
}

/// Takes the way through rustls.
impl From<CertificateProblem> for rustls::Error {
    fn from(problem: CertificateProblem) -> Self {
        let other = rustls::OtherError(Arc::new(problem));
        Self::InvalidCertificate(CertificateError::Other(other))
    }
}

impl From<CertificateError> for CertificateProblem {
    fn from(error: CertificateError) -> Self {
        let own = match &error {
            CertificateError::Other(other) => other.0.downcast_ref::<Self>(),
            _ => None,
        };
        own.cloned().unwrap_or(Self::Invalid(error))
    }
}

/// Whether a certificate was refused because it may sign others (RFC 5280 §4.2.1.9), as those do
/// that `openssl req -x509` makes. rustls has no variant for that.
pub(super) fn is_ca_as_server(error: &CertificateError) -> bool {
    match error {
        CertificateError::Other(other) => matches!(
            other.0.downcast_ref(),
            Some(webpki::Error::CaUsedAsEndEntity)
        ),
        _ => false,
    }
}

fn about_client(client: ClientCertificate, alert: Option<Alert>) -> String {
    let what = match (client, alert) {
        (ClientCertificate::Missing | ClientCertificate::NotAsked, Some(_)) => {
            "wants a client certificate"
        }
        (ClientCertificate::Missing | ClientCertificate::NotAsked, None) => {
            "has asked for a client certificate, and closed the connection"
        }
        (ClientCertificate::Unsuitable, Some(_)) => {
            "accepts no signature that the client certificate's key can make"
        }
        (ClientCertificate::Unsuitable, None) => {
            "accepts no signature that the client certificate's key can make, and closed the \
             connection"
        }
        (ClientCertificate::Offered, Some(_)) => "does not accept the client certificate",
        (ClientCertificate::Offered, None) => {
            "has closed the connection upon the client certificate"
        }
    };
    format!("the server {what}{}", Named(alert))
}

fn about_alert(alert: Alert) -> &'static str {
    match alert {
        Alert::UnrecognisedName => "the server does not know the name it is asked for",
        Alert::NoApplicationProtocol => "the server speaks no HTTP/1.1 on this port",
        _ => "the server ended the handshake",
    }
}

/// What a server has to speak: `TLS 1.3, or TLS 1.2 with one of …`.
fn spoken(versions: &[TlsVersion], tls12_suites: &[&str]) -> String {
    let spoken = versions.iter().rev().map(|version| match version {
        // Its few suites are everywhere.
        TlsVersion::V1_3 => version.to_string(),
        TlsVersion::V1_2 => format!("{version} with one of {}", tls12_suites.join(", ")),
    });
    spoken.collect::<Vec<_>>().join(", or ")
}

/// The name of an alert as the standard writes it: ` (alert handshake_failure)`.
struct Named(Option<Alert>);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(Alert::Unknown(number)) => write!(f, " (alert {number})"),
            Some(known) => write!(f, " (alert {})", words(&known).replace(' ', "_")),
        }
    }
}

/// What rustls says of a certificate, without the names of its variants.
fn why_invalid(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer => "its issuer is not trusted".to_owned(),
        CertificateError::Other(other) => match other.0.downcast_ref::<webpki::Error>() {
            Some(error) => words(error),
            None => other.to_string(),
        },
        CertificateError::NotValidForNameContext { .. }
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYetContext { .. }
        | CertificateError::InvalidPurposeContext { .. } => error.to_string(),
        other => words(other),
    }
}

/// What rustls says, without the names of its variants.
fn in_words(error: &rustls::Error) -> String {
    let (what, why) = match error {
        rustls::Error::InvalidMessage(why) => {
            ("the server sent a message that is not valid", words(why))
        }
        rustls::Error::PeerMisbehaved(why) => ("the server breaks the rules of TLS", words(why)),
        rustls::Error::PeerIncompatible(why) => {
            ("the server speaks TLS in an unsupported way", words(why))
        }
        rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. } => {
            return "the server sent a message of TLS that is out of place".to_owned();
        }
        rustls::Error::DecryptError => {
            return "what the server sent cannot be decrypted: it was damaged on the way"
                .to_owned();
        }
        other => return other.to_string(),
    };
    format!("{what}: {why}")
}

/// The name of a variant as words: `NoKxGroupsInCommon` as `no kx groups in common`.
fn words(variant: &impl Debug) -> String {
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
    use rustls::{InvalidMessage, PeerIncompatible, PeerMisbehaved};

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
        let invalid = |error| TlsError::Certificate {
            problem: CertificateProblem::Invalid(error),
            presented: Vec::new(),
        };
        let by_webpki = rustls::OtherError(Arc::new(webpki::Error::CaUsedAsEndEntity));
        for error in [
            TlsError::Rustls(InvalidMessage::InvalidEmptyPayload.into()),
            TlsError::Rustls(PeerMisbehaved::InvalidKeyShare.into()),
            TlsError::Rustls(PeerIncompatible::NoSignatureSchemesInCommon.into()),
            TlsError::Rustls(rustls::Error::InappropriateMessage {
                expect_types: vec![rustls::ContentType::Handshake],
                got_type: rustls::ContentType::ApplicationData,
            }),
            TlsError::Rustls(rustls::Error::DecryptError),
            invalid(CertificateError::UnknownIssuer),
            invalid(CertificateError::BadSignature),
            invalid(CertificateError::Other(by_webpki)),
        ] {
            let words = error.to_string();
            let letters = words.as_bytes().windows(2);
            let mut humps =
                letters.filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
            assert_eq!(humps.next(), None, "{words}");
        }
    }

    #[test]
    fn alerts_are_named_as_the_standard_does() {
        let named = |alert| Named(Some(alert)).to_string();
        assert_eq!(named(Alert::HandshakeFailure), " (alert handshake_failure)");
        assert_eq!(named(Alert::UnknownCA), " (alert unknown_ca)");
        assert_eq!(named(Alert::Unknown(7)), " (alert 7)");
    }

    #[test]
    fn a_problem_of_ours_comes_back_out_of_an_error_of_rustls() {
        let rustls::Error::InvalidCertificate(error) = CertificateProblem::Unproven.into() else {
            panic!("an error about a certificate");
        };
        assert_eq!(
            CertificateProblem::from(error),
            CertificateProblem::Unproven
        );
    }
}
