//! Alerts of the server (RFC 8446 §6) in words.

use super::tls_error::words;
use super::{ClientCertificate, TlsProblem};
use rustls::AlertDescription as Alert;

/// Why the server ended a handshake, as far as its alert tells.
pub(super) fn explain(alert: Alert, client: ClientCertificate) -> (TlsProblem, String) {
    let (problem, what) = match (alert, client) {
        (alert, ClientCertificate::Unsuitable) if wants_certificate(alert) => {
            (TlsProblem::Other, UNSUITABLE)
        }
        (alert, ClientCertificate::Missing) if wants_certificate(alert) => (
            TlsProblem::ClientCertificateWanted,
            "wants a client certificate",
        ),
        (alert, ClientCertificate::Offered) if is_about_certificates(alert) => (
            TlsProblem::ClientCertificateRefused,
            "does not accept the client certificate",
        ),
        (Alert::ProtocolVersion, _) => (
            TlsProblem::Version { limited: false },
            "speaks no version of TLS that is allowed here",
        ),
        (Alert::UnrecognisedName, _) => {
            (TlsProblem::Other, "does not know the name it is asked for")
        }
        (Alert::NoApplicationProtocol, _) => {
            (TlsProblem::Protocol, "speaks no HTTP/1.1 on this port")
        }
        (Alert::HandshakeFailure, _) => (
            TlsProblem::CipherSuite,
            "has no cipher suite, key exchange or kind of key in common with us",
        ),
        _ => (TlsProblem::Other, "ended the handshake"),
    };
    (
        problem,
        format!("the server {what} (alert {})", name(alert)),
    )
}

/// What a server does not do, after its name.
pub(super) const UNSUITABLE: &str =
    "accepts no signature that the client certificate's key can make";

/// Whether an alert that answers an empty certificate says that there has to be one.
fn wants_certificate(alert: Alert) -> bool {
    alert == Alert::HandshakeFailure || is_about_certificates(alert)
}

/// Whether an alert says that our certificate will not do (RFC 8446 §6.2).
fn is_about_certificates(alert: Alert) -> bool {
    matches!(
        alert,
        Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            | Alert::CertificateRequired
            | Alert::DecryptError
    )
}

/// As the standard writes it: `handshake_failure`.
fn name(alert: Alert) -> String {
    match alert {
        Alert::Unknown(number) => number.to_string(),
        known => words(&known).replace(' ', "_"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_are_named_as_the_standard_does() {
        assert_eq!(name(Alert::HandshakeFailure), "handshake_failure");
        assert_eq!(name(Alert::UnknownCA), "unknown_ca");
    }

    #[test]
    fn an_alert_after_a_wish_for_a_certificate_is_about_the_certificate_and_others_are_not() {
        let words = |alert, client| explain(alert, client).1;
        let missing = words(Alert::HandshakeFailure, ClientCertificate::Missing);
        assert!(missing.contains("wants a client certificate"), "{missing}");
        let offered = words(Alert::UnknownCA, ClientCertificate::Offered);
        assert!(offered.contains("does not accept the client"), "{offered}");
        let http2 = words(Alert::NoApplicationProtocol, ClientCertificate::NotAsked);
        assert!(http2.contains("speaks no HTTP/1.1"), "{http2}");
        let neither = words(Alert::HandshakeFailure, ClientCertificate::NotAsked);
        assert!(!neither.contains("certificate"), "{neither}");
    }
}
