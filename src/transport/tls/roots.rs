//! The certificates that a server's certificate must lead to, and values that are made when they are
//! first needed.

use super::error::TlsConfigError;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// An error of the caller's.
type BoxError = Box<dyn Error + Send + Sync>;

/// A value, or a function that makes it when it is first needed. Clones share the value.
pub struct Source<T>(Arc<State<T>>);

struct State<T> {
    made: OnceLock<T>,
    make: Option<Box<dyn Fn() -> Result<T, BoxError> + Send + Sync>>,
}

impl<T: Clone> Source<T> {
    /// The value that `make` returns. It is called again only if it fails.
    pub fn new(make: impl Fn() -> Result<T, BoxError> + Send + Sync + 'static) -> Self {
        Self(Arc::new(State {
            made: OnceLock::new(),
            make: Some(Box::new(make)),
        }))
    }

    pub(super) fn get(&self) -> Result<T, TlsConfigError> {
        match (self.0.made.get(), &self.0.make) {
            (None, Some(make)) => {
                let made = make().map_err(TlsConfigError::Source)?;
                Ok(self.0.made.get_or_init(|| made).clone())
            }
            (Some(made), _) => Ok(made.clone()),
            (None, None) => Err(TlsConfigError::Source("there is no value".into())),
        }
    }
}

impl<T> From<T> for Source<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(State {
            made: OnceLock::from(value),
            make: None,
        }))
    }
}

impl<T> Clone for Source<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Source<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").finish_non_exhaustive()
    }
}

/// The certificates that a server's certificate must lead to. By default they are Mozilla's, as
/// the crate `webpki-roots` has them.
///
/// A certificate that signs itself may be among them; then a server that presents it is trusted
/// under the names in it.
#[derive(Debug, Clone, Default)]
pub struct Roots(Option<Source<Arc<RootCertStore>>>);

impl Roots {
    /// The certificates in a text of PEM, at least one. Other sections are skipped.
    ///
    /// # Errors
    /// [`TlsConfigError::Pem`], [`TlsConfigError::NoCertificate`], [`TlsConfigError::Root`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsConfigError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        Self::from_der(certificates.map_err(TlsConfigError::Pem)?)
    }

    /// These certificates in DER, at least one.
    ///
    /// # Errors
    /// [`TlsConfigError::NoCertificate`], [`TlsConfigError::Root`].
    pub fn from_der<C: AsRef<[u8]>>(
        certificates: impl IntoIterator<Item = C>,
    ) -> Result<Self, TlsConfigError> {
        let mut store = RootCertStore::empty();
        for certificate in certificates {
            store
                .add(CertificateDer::from(certificate.as_ref()))
                .map_err(TlsConfigError::Root)?;
        }
        if store.is_empty() {
            return Err(TlsConfigError::NoCertificate);
        }
        Ok(store.into())
    }

    /// Those that `load` returns. It is called when the first TLS handshake is prepared, before
    /// anything is sent, and called again only if it fails.
    ///
    /// Reading the certificates of the platform takes milliseconds, which `ws` need not pay.
    pub fn load_with(
        load: impl Fn() -> Result<RootCertStore, BoxError> + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Source::new(move || load().map(Arc::new))))
    }

    pub(super) fn store(&self) -> Result<Arc<RootCertStore>, TlsConfigError> {
        match &self.0 {
            Some(source) => source.get(),
            None => Ok(Arc::new(
                webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
            )),
        }
    }
}

impl From<RootCertStore> for Roots {
    fn from(store: RootCertStore) -> Self {
        Self(Some(Source::from(Arc::new(store))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn mozillas_certificates_are_the_default() {
        let store = Roots::default().store().expect("built in");
        assert_eq!(store.len(), webpki_roots::TLS_SERVER_ROOTS.len());
    }

    #[test]
    fn certificates_come_from_pem_and_from_der() {
        let made = rcgen::generate_simple_self_signed(["a.org".to_owned()]).expect("made");
        let from_pem = Roots::from_pem(made.cert.pem().as_bytes()).expect("one");
        let from_der = Roots::from_der([made.cert.der()]).expect("one");
        let roots = [from_pem, from_der].map(|roots| roots.store().expect("loaded").roots.clone());
        assert_eq!(roots[0], roots[1]);
        assert_eq!(roots[0].len(), 1);
    }

    #[test]
    fn what_is_no_certificate_is_refused() {
        let refused = |pem: &str| Roots::from_pem(pem.as_bytes()).expect_err("refused");
        assert!(matches!(refused("nothing"), TlsConfigError::NoCertificate));
        let cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        assert!(matches!(refused(cut), TlsConfigError::Pem(_)));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(refused(broken), TlsConfigError::Root(_)));
    }

    #[test]
    fn a_source_is_asked_until_it_has_answered_once() {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let roots = Roots::load_with(move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 => Err("not yet".into()),
            _ => Ok(RootCertStore::empty()),
        });
        assert_eq!(calls.load(Ordering::Relaxed), 0);
        let clone = roots.clone();
        let error = clone.store().expect_err("the first time");
        assert_eq!(error.to_string(), "not yet");
        assert!(clone.store().is_ok() && roots.store().is_ok());
        assert_eq!(calls.load(Ordering::Relaxed), 2);
    }
}
