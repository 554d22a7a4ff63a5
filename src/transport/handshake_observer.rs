//! What a handshake has shown, whatever became of it.

use super::{Identity, Unverified};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// Keeps what rustls tells those that it asks for decisions: the server's certificates also when
/// they are refused, and whether the server wanted one of ours.
#[derive(Debug, Default)]
pub(super) struct HandshakeObserver {
    presented: OnceLock<Vec<CertificateDer<'static>>>,
    unverified: OnceLock<Unverified>,
    identity: Option<Identity>,
    asked: AtomicBool,
    /// The server accepts no signature of our key.
    unsuitable: AtomicBool,
}

impl HandshakeObserver {
    pub(super) fn with(identity: Option<Identity>) -> Self {
        Self {
            identity,
            ..Self::default()
        }
    }

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

    /// Why the server's signature over the handshake was accepted unverified, if it was.
    pub(super) fn unverified(&self) -> Option<&Unverified> {
        self.unverified.get()
    }

    /// What the server wanted to know of us.
    pub(super) fn client_certificate(&self) -> ClientCertificate {
        match (self.asked.load(Ordering::Acquire), &self.identity) {
            (false, _) => ClientCertificate::NotAsked,
            (true, None) => ClientCertificate::Missing,
            (true, Some(_)) if self.unsuitable.load(Ordering::Acquire) => {
                ClientCertificate::Unsuitable
            }
            (true, Some(_)) => ClientCertificate::Offered,
        }
    }
}

/// Whether a server has asked for a certificate of ours (RFC 8446 §4.3.2), and got one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It has not asked.
    NotAsked,
    /// It has asked, and there was none.
    Missing,
    /// It has asked, and accepts no signature of the key of the one there is, which was not sent.
    Unsuitable,
    /// It has asked, and got the one there is.
    Offered,
}

/// Answers the server's wish for a certificate.
#[derive(Debug)]
pub(super) struct Answering(pub(super) Arc<HandshakeObserver>);

impl ResolvesClientCert for Answering {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.asked.store(true, Ordering::Release);
        let key = self.0.identity.as_ref()?.certified_key();
        if key.key.choose_scheme(schemes).is_none() {
            self.0.unsuitable.store(true, Ordering::Release);
            return None;
        }
        Some(key)
    }

    fn has_certs(&self) -> bool {
        self.0.identity.is_some()
    }
}
