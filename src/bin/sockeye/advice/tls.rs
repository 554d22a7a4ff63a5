//! Where TLS failed: over a certificate, or before there was one.

use sockeye::transport::{CertificateProblem, Error, TlsProblem};

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
pub(super) fn advice(error: &Error, with: With) -> Option<&'static str> {
    match (error, with) {
        (Error::Certificate { problem, .. }, With::Server) => certificate(problem),
        (Error::Certificate { problem, .. }, With::Proxy) => proxys_certificate(problem),
        (Error::Tls { problem, .. }, With::Server) => handshake(*problem),
        _ => None,
    }
}

/// About a handshake that failed for another reason than the server's certificate.
fn handshake(problem: TlsProblem) -> Option<&'static str> {
    match problem {
        TlsProblem::ClientCertificateWanted => Some(FOR_CLIENTS),
        TlsProblem::ClientCertificateRefused => {
            Some("is the client certificate from an authority that the server trusts?")
        }
        TlsProblem::Version { limited: true } => {
            Some("without --tls-min and --tls-max, TLS 1.2 and 1.3 are allowed")
        }
        TlsProblem::Version { limited: false } => {
            Some("TLS 1.2 and 1.3 are; older versions are broken (RFC 8996)")
        }
        TlsProblem::Protocol => {
            Some("a WebSocket begins with HTTP/1.1, and the server may speak HTTP/2 only")
        }
        TlsProblem::NotTls | TlsProblem::CipherSuite | TlsProblem::Other => None,
    }
}

/// About a certificate that was refused. What makes it acceptable is an option that is not in use.
fn certificate(problem: &CertificateProblem) -> Option<&'static str> {
    match problem {
        CertificateProblem::Untrusted { named: false, .. } => {
            Some("--ca FILE trusts its authority, -n trusts any certificate")
        }
        CertificateProblem::Untrusted { native: false, .. } => {
            Some("--ca-native trusts the system's authorities too, -n trusts any certificate")
        }
        CertificateProblem::Host { chosen: false } => {
            Some("--servername NAME asks and checks for another name, -n trusts any certificate")
        }
        CertificateProblem::Unverified { pinned: true, .. } => {
            Some("without --pin, -n accepts what cannot be verified")
        }
        CertificateProblem::Untrusted { .. }
        | CertificateProblem::Host { .. }
        | CertificateProblem::Unverified { .. }
        | CertificateProblem::Validity
        | CertificateProblem::Invalid => Some("-n trusts any certificate"),
        CertificateProblem::NotPinned | CertificateProblem::Unproven => None,
    }
}

/// The same for that of a proxy, which has options of its own.
fn proxys_certificate(problem: &CertificateProblem) -> Option<&'static str> {
    match problem {
        CertificateProblem::Untrusted { named: false, .. } => Some(
            "--proxy-cacert FILE trusts its authority, --proxy-insecure trusts any certificate of \
             a proxy",
        ),
        CertificateProblem::Untrusted { native: false, .. } => Some(
            "--proxy-ca-native trusts the system's authorities too, --proxy-insecure trusts any \
             certificate of a proxy",
        ),
        CertificateProblem::NotPinned | CertificateProblem::Unproven => None,
        _ => Some("--proxy-insecure trusts any certificate of a proxy"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_in_use_is_not_recommended() {
        let untrusted = |named, native| CertificateProblem::Untrusted { named, native };
        for (problem, said, unsaid) in [
            (untrusted(false, true), "--ca FILE", "--ca-native"),
            (untrusted(true, false), "--ca-native", "--ca FILE"),
            (untrusted(true, true), "-n trusts", "--ca"),
            (
                CertificateProblem::Host { chosen: false },
                "--servername",
                "--ca",
            ),
            (
                CertificateProblem::Host { chosen: true },
                "-n trusts",
                "--servername",
            ),
        ] {
            let advice = certificate(&problem).unwrap_or_default();
            assert!(advice.contains(said), "{problem:?}: {advice}");
            assert!(!advice.contains(unsaid), "{problem:?}: {advice}");
        }
        assert_eq!(certificate(&CertificateProblem::NotPinned), None);
        assert_eq!(certificate(&CertificateProblem::Unproven), None);
    }

    #[test]
    fn a_proxy_is_trusted_by_options_of_its_own() {
        for (named, native) in [(false, true), (true, false), (true, true)] {
            let problem = CertificateProblem::Untrusted { named, native };
            let advice = proxys_certificate(&problem).unwrap_or_default();
            assert!(advice.contains("--proxy-insecure"), "{advice}");
            assert!(!advice.contains("-n "), "{advice}");
        }
    }

    #[test]
    fn a_server_that_wants_a_certificate_gets_one_and_one_it_knows() {
        let advice = |problem| handshake(problem).unwrap_or_default();
        assert!(advice(TlsProblem::ClientCertificateWanted).contains("--cert FILE"));
        let refused = advice(TlsProblem::ClientCertificateRefused);
        assert!(refused.contains("authority"), "{refused}");
        assert!(advice(TlsProblem::Protocol).contains("HTTP/2"));
        assert_eq!(handshake(TlsProblem::NotTls), None);
    }
}
