//! What a handshake has shown, whatever came of it, and why it failed.

use super::error::TlsError;
use super::identity::Identity;
use super::info::{ClientCertificate, Offer, TlsInfo, Unverified};
use super::public_key::{Kind, PublicKey};
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{
    AlertDescription as Alert, ClientConnection, InvalidMessage, PeerIncompatible, PeerMisbehaved,
    ProtocolVersion, SignatureScheme,
};
use std::io;
use std::sync::{Arc, OnceLock};

/// Keeps what rustls tells those that it asks for decisions: the server's certificates also when
/// they are refused, and whether the server wanted one of ours.
#[derive(Debug, Default)]
pub(in crate::transport) struct HandshakeObserver {
    presented: OnceLock<Vec<CertificateDer<'static>>>,
    unverified: OnceLock<Unverified>,
    client_certificate: OnceLock<ClientCertificate>,
}

impl HandshakeObserver {
    /// The server presented these, its own first.
    pub(super) fn saw(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        self.presented.get_or_init(|| {
            let all = std::iter::once(leaf).chain(others);
            all.map(|der| der.clone().into_owned()).collect()
        });
    }

    /// The certificates that the server presented, its own first.
    pub(super) fn presented(&self) -> &[CertificateDer<'static>] {
        self.presented.get().map_or(&[], Vec::as_slice)
    }

    /// The server's signature over the handshake was accepted unverified.
    pub(super) fn not_verified(&self, why: Unverified) {
        self.unverified.get_or_init(|| why);
    }

    /// What the server wanted to know of us.
    pub(in crate::transport) fn client_certificate(&self) -> ClientCertificate {
        self.client_certificate.get().copied().unwrap_or_default()
    }

    /// Answers a server that asks for a certificate with this one.
    pub(super) fn answer_with(
        self: &Arc<Self>,
        identity: Option<Identity>,
    ) -> Arc<dyn ResolvesClientCert> {
        Arc::new(Answer {
            identity,
            observer: Arc::clone(self),
        })
    }

    /// What the handshake agreed on.
    pub(in crate::transport) fn info(&self, tls: &ClientConnection) -> TlsInfo {
        let suite = tls.negotiated_cipher_suite();
        let suite = suite.and_then(|suite| suite.suite().as_str());
        let alpn = tls.alpn_protocol();
        let certificates = tls.peer_certificates().unwrap_or_default();
        TlsInfo {
            version: match tls.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                _ => "TLS 1.2",
            },
            // rustls marks the suites of TLS 1.3, the registry does not.
            cipher_suite: suite.unwrap_or_default().replacen("TLS13_", "TLS_", 1),
            alpn: alpn.map(|name| String::from_utf8_lossy(name).into_owned()),
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
            unverified: self.unverified.get().cloned(),
            client_certificate: self.client_certificate(),
        }
    }
}

/// Answers a server that asks for a certificate.
#[derive(Debug)]
struct Answer {
    identity: Option<Identity>,
    observer: Arc<HandshakeObserver>,
}

impl ResolvesClientCert for Answer {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let key = self.identity.as_ref().map(Identity::certified_key);
        let is_suitable = |key: &Arc<CertifiedKey>| key.key.choose_scheme(schemes).is_some();
        let answer = match &key {
            None => ClientCertificate::Missing,
            Some(key) if is_suitable(key) => ClientCertificate::Offered,
            Some(_) => ClientCertificate::Unsuitable,
        };
        self.observer.client_certificate.get_or_init(|| answer);
        key.filter(|_| answer == ClientCertificate::Offered)
    }

    fn has_certs(&self) -> bool {
        self.identity.is_some()
    }
}

/// What rustls says, if it was not the network.
pub(in crate::transport) fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Why a handshake failed. `plain` is the scheme of URLs that do without TLS.
pub(in crate::transport) fn classify(
    error: io::Error,
    plain: &'static str,
    observer: &HandshakeObserver,
    offer: &Offer,
) -> TlsError {
    let presented = observer.presented();
    match inner(&error) {
        Some(rustls::Error::InvalidCertificate(refused)) => TlsError::Certificate {
            problem: refused.clone().into(),
            presented: presented.iter().map(|der| der.to_vec()).collect(),
        },
        Some(rustls::Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        )) if presented.is_empty() => TlsError::NotTls { plain },
        Some(rustls::Error::AlertReceived(alert)) => {
            of_alert(*alert, observer.client_certificate(), offer)
        }
        Some(rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        )) => TlsError::Version {
            alert: None,
            offered: offer.versions.clone(),
        },
        Some(rustls::Error::PeerMisbehaved(PeerMisbehaved::SignedKxWithWrongAlgorithm))
            if has_pss_key(observer) =>
        {
            TlsError::RsaPssInTls12
        }
        Some(other) => TlsError::Rustls(other.clone()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => TlsError::Closed,
        None => TlsError::Io(error),
    }
}

/// Why the server ended a handshake, as far as its alert tells.
pub(in crate::transport) fn of_alert(
    alert: Alert,
    client: ClientCertificate,
    offer: &Offer,
) -> TlsError {
    let is_about_client = match client {
        ClientCertificate::NotAsked => false,
        ClientCertificate::Offered => is_about_certificates(alert),
        // An alert that answers an empty certificate says that there has to be one.
        ClientCertificate::Missing | ClientCertificate::Unsuitable => {
            alert == Alert::HandshakeFailure || is_about_certificates(alert)
        }
    };
    match alert {
        alert if is_about_client => TlsError::ClientCertificate {
            client,
            alert: Some(alert),
        },
        Alert::ProtocolVersion => TlsError::Version {
            alert: Some(alert),
            offered: offer.versions.clone(),
        },
        Alert::HandshakeFailure => TlsError::CipherSuite {
            offered: offer.versions.clone(),
            tls12_suites: offer.tls12_suites.clone(),
        },
        other => TlsError::Alert(other),
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
            | Alert::CertificateRequired
            | Alert::DecryptError
    )
}

/// Whether the server's key makes only signatures that rustls does not take in TLS 1.2.
fn has_pss_key(observer: &HandshakeObserver) -> bool {
    let key = observer.presented().first();
    let key = key.and_then(|der| PublicKey::of_certificate(der));
    key.is_some_and(|key| matches!(key.kind(), Kind::RsaPss(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: Offer = Offer {
        versions: Vec::new(),
        tls12_suites: Vec::new(),
    };

    #[test]
    fn an_alert_after_a_request_for_a_certificate_is_about_the_certificate_and_others_are_not() {
        let words = |alert, client| of_alert(alert, client, &OFFER).to_string();
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
