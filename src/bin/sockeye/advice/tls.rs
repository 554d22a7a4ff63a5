//! Where TLS failed: over a certificate, or before there was one.

use super::{Advice, Used};
use crate::tls::is_ca_as_server;
use rustls::{AlertDescription, CertificateError};
use sockeye::transport::{
    CertificateProblem, ClientCertificate, TlsError, TlsVersion, TransportError,
};

/// For servers that ask who we are.
pub(super) const FOR_CLIENTS: &str = "the server wants a client certificate: --cert FILE, and \
    --key FILE for its key";

/// What TLS was spoken with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum With {
    /// The server.
    Server,
    /// An HTTP proxy.
    Proxy,
}

/// About TLS with the server or a proxy; none for other errors.
pub(super) fn advice(error: &TransportError, with: With) -> Option<Advice> {
    let TransportError::Tls { host, error } = error else {
        return None;
    };
    match (&**error, with) {
        (TlsError::Certificate { problem, .. }, With::Server) => certificate(problem, host),
        (TlsError::Certificate { problem, .. }, With::Proxy) => proxys_certificate(problem),
        (error, With::Server) => handshake(error).map(Advice::from),
        (_, With::Proxy) => None,
    }
}

/// About a handshake that failed for another reason than the server's certificate.
fn handshake(error: &TlsError) -> Option<&'static str> {
    match error {
        TlsError::ClientCertificate { client, .. } => match client {
            ClientCertificate::NotAsked | ClientCertificate::Missing => Some(FOR_CLIENTS),
            ClientCertificate::Offered => {
                Some("is the client certificate from an authority that the server trusts?")
            }
            ClientCertificate::Unsuitable => None,
        },
        TlsError::Version { offered, .. } if offered.len() < TlsVersion::ALL.len() => {
            Some("without --tls-min and --tls-max, TLS 1.2 and 1.3 are allowed")
        }
        TlsError::Version { .. } => {
            Some("TLS 1.2 and 1.3 are; older versions are broken (RFC 8996)")
        }
        TlsError::Alert(AlertDescription::NoApplicationProtocol) => {
            Some("a WebSocket begins with HTTP/1.1, and the server may speak HTTP/2 only")
        }
        _ => None,
    }
}

/// About the certificate of a server. What makes it acceptable is an option that is not in use.
fn certificate(problem: &CertificateProblem, host: &str) -> Option<Advice> {
    let any = "-n trusts any certificate";
    Some(match problem {
        problem if is_untrusted(problem) => Advice::default()
            .unless(Used::Ca, "--ca FILE trusts its authority")
            .when(
                Used::CaOnly,
                "--ca-native trusts the system's authorities too",
            )
            .and_say(any),
        problem if is_for_another_host_than(problem, host) => {
            Advice::say("--servername NAME asks and checks for another name").and_say(any)
        }
        CertificateProblem::Unverified(_) => Advice::default()
            .when(
                Used::PinsOnly,
                "without --pin, -n accepts what cannot be verified",
            )
            .unless(Used::PinsOnly, any),
        CertificateProblem::NotPinned(_) | CertificateProblem::Unproven => return None,
        _ => any.into(),
    })
}

/// The same for that of a proxy, which has options of its own.
fn proxys_certificate(problem: &CertificateProblem) -> Option<Advice> {
    let any = "--proxy-insecure trusts any certificate of a proxy";
    Some(match problem {
        problem if is_untrusted(problem) => Advice::default()
            .unless(Used::ProxyCa, "--proxy-cacert FILE trusts its authority")
            .when(
                Used::ProxyCaOnly,
                "--proxy-ca-native trusts the system's authorities too",
            )
            .and_say(any),
        CertificateProblem::NotPinned(_) | CertificateProblem::Unproven => return None,
        _ => any.into(),
    })
}

/// Whether no trusted authority has issued a certificate.
fn is_untrusted(problem: &CertificateProblem) -> bool {
    let CertificateProblem::Invalid(error) = problem else {
        return false;
    };
    is_ca_as_server(error)
        || matches!(
            error,
            CertificateError::UnknownIssuer
                | CertificateError::BadSignature
                | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
        )
}

/// Whether a certificate had to be for this host, and no other name was chosen, and is for others.
fn is_for_another_host_than(problem: &CertificateProblem, host: &str) -> bool {
    match problem {
        CertificateProblem::Invalid(CertificateError::NotValidForNameContext {
            expected, ..
        }) => {
            let host = host.trim_matches(['[', ']']);
            expected.to_str() == host.strip_suffix('.').unwrap_or(host)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::InUse;

    fn invalid(error: CertificateError) -> CertificateProblem {
        CertificateProblem::Invalid(error)
    }

    fn line(advice: Option<Advice>, used: &[Used]) -> String {
        let in_use = used
            .iter()
            .fold(InUse::NONE, |all, used| all.with(*used, true));
        let line = advice.and_then(|advice| advice.line(in_use));
        line.unwrap_or_default()
    }

    #[test]
    fn an_option_in_use_is_not_recommended() {
        let wrong_name = |expected: &'static str| {
            invalid(CertificateError::NotValidForNameContext {
                expected: expected.try_into().expect("a name"),
                presented: Vec::new(),
            })
        };
        let untrusted = || invalid(CertificateError::UnknownIssuer);
        for (problem, used, said, unsaid) in [
            (untrusted(), &[][..], "--ca FILE", "--ca-native"),
            (
                untrusted(),
                &[Used::Ca, Used::CaOnly],
                "--ca-native",
                "--ca FILE",
            ),
            (untrusted(), &[Used::Ca], "-n trusts", "--ca"),
            (wrong_name("a.example"), &[], "--servername", "--ca"),
            (wrong_name("b.example"), &[], "-n trusts", "--servername"),
        ] {
            let advice = line(certificate(&problem, "a.example."), used);
            assert!(advice.contains(said), "{problem:?}: {advice}");
            assert!(!advice.contains(unsaid), "{problem:?}: {advice}");
        }
        assert!(certificate(&CertificateProblem::Unproven, "a.example").is_none());
    }

    #[test]
    fn a_proxy_is_trusted_by_options_of_its_own() {
        let untrusted = invalid(CertificateError::UnknownIssuer);
        for used in [
            &[][..],
            &[Used::ProxyCa, Used::ProxyCaOnly],
            &[Used::ProxyCa],
        ] {
            let advice = line(proxys_certificate(&untrusted), used);
            assert!(advice.contains("--proxy-insecure"), "{advice}");
            assert!(!advice.contains("-n "), "{advice}");
        }
    }

    #[test]
    fn a_server_that_wants_a_certificate_gets_one_and_one_it_knows() {
        let about = |client| {
            let alert = None;
            handshake(&TlsError::ClientCertificate { client, alert }).unwrap_or_default()
        };
        assert!(about(ClientCertificate::Missing).contains("--cert FILE"));
        let refused = about(ClientCertificate::Offered);
        assert!(refused.contains("authority"), "{refused}");
        let alert = TlsError::Alert(AlertDescription::NoApplicationProtocol);
        assert!(handshake(&alert).unwrap_or_default().contains("HTTP/2"));
        assert_eq!(handshake(&TlsError::NotTls { plain: "ws://" }), None);
    }
}
