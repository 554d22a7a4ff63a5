//! Alerts of the server (RFC 8446 §6) in words.

use super::ClientCertificate;
use rustls::AlertDescription as Alert;

/// Why the server ended a handshake, as far as its alert tells.
pub(super) fn explain(alert: Alert, client: ClientCertificate) -> String {
    let name = name(alert);
    match (alert, client) {
        (Alert::CertificateRequired, _) | (Alert::HandshakeFailure, ClientCertificate::Missing) => {
            format!("the server wants a client certificate (alert {name})")
        }
        (alert, ClientCertificate::Missing) if is_about_certificates(alert) => {
            format!("the server wants a client certificate (alert {name})")
        }
        (alert, ClientCertificate::Offered) if is_about_certificates(alert) => {
            format!("the server does not accept the client certificate (alert {name})")
        }
        (Alert::ProtocolVersion, _) => {
            format!("the server speaks no version of TLS that is allowed here (alert {name})")
        }
        (Alert::UnrecognisedName, _) => {
            format!("the server does not know the name it is asked for (alert {name})")
        }
        (Alert::NoApplicationProtocol, _) => {
            format!("the server speaks no HTTP/1.1 on this port (alert {name})")
        }
        (Alert::HandshakeFailure, _) => {
            format!("the server and we have no way of encryption in common (alert {name})")
        }
        _ => format!("the server ended the handshake with the alert {name}"),
    }
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
            | Alert::DecryptError
    )
}

/// As the standard writes it: `handshake_failure`.
fn name(alert: Alert) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in format!("{alert:?}").chars() {
        if letter.is_ascii_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_ascii_lowercase();
        name.push(letter.to_ascii_lowercase());
    }
    name
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
        let words = |alert, client| explain(alert, client);
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
