//! Our own certificate, for servers that ask for one (RFC 8446 §4.3.2).

use super::certificate_file::{is_certificate, read_bytes};
use super::key_encryption::UnknownCipher;
use super::private_key::{self, Locked, is_pem};
use super::public_key::PublicKey;
use super::{CertificateSummary, pkcs12, signing_key};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::sign::{CertifiedKey, SigningKey};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A client certificate with those that lead up to its authority, and the key of it.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

/// Why there is no [`Identity`] in the files.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// A passphrase would be needed to read the key.
    #[error("{0}: its private key is encrypted, and needs a passphrase")]
    PassphraseNeeded(String),
    /// The passphrase is not that of the key.
    #[error("{0}: the passphrase is wrong")]
    WrongPassphrase(String),
    /// There is no private key in the file: which one, and what it has instead.
    #[error("{0}")]
    NoKey(String),
    /// The files cannot be used: which, and why.
    #[error("{0}")]
    Unusable(String),
}

impl Identity {
    /// Reads a certificate and its key from files in PEM, DER or PKCS#12, whichever each is. The
    /// key is expected in the file of the certificate unless it has one of its own. The passphrase
    /// is used for what is encrypted.
    ///
    /// # Errors
    /// [`IdentityError`]: files that cannot be read, a key that cannot be opened, or one that is
    /// not that of the certificate.
    pub fn load(
        certificate: &Path,
        key: Option<&Path>,
        passphrase: Option<&str>,
    ) -> Result<Self, IdentityError> {
        let bytes = read_bytes(certificate).map_err(IdentityError::Unusable)?;
        let chain = certificates(&bytes, passphrase).map_err(|locked| at(certificate, locked))?;
        let bytes = match key {
            Some(key) => read_bytes(key).map_err(IdentityError::Unusable)?,
            None => bytes,
        };
        let holder = key.unwrap_or(certificate);
        let der = private_key::read(&bytes, passphrase).map_err(|locked| at(holder, locked))?;
        let key = signing_key::load(&der).ok_or_else(|| {
            let reason = "its private key is of a kind that is not supported (RSA from 2048 bits, \
                          ECDSA on P-256, P-384 and P-521, and Ed25519 are)";
            at(holder, Locked::Unusable(reason.to_owned()))
        })?;
        Self::paired(chain, key).ok_or_else(|| {
            IdentityError::Unusable(format!(
                "{}: its private key does not belong to the certificate in {}",
                holder.display(),
                certificate.display()
            ))
        })
    }

    /// Puts the certificate that the key belongs to before the others; none if it belongs to none
    /// of them.
    fn paired(mut chain: Vec<CertificateDer<'static>>, key: Arc<dyn SigningKey>) -> Option<Self> {
        let own = own_certificate(&chain, &*key)?;
        chain[..=own].rotate_right(1);
        let key = signing_key::signing_for(&chain[0], key);
        Some(Self(Arc::new(CertifiedKey::new(chain, key))))
    }

    pub(super) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

/// The first certificate that has the public half of the key, else the first that may have it.
fn own_certificate(chain: &[CertificateDer<'_>], key: &dyn SigningKey) -> Option<usize> {
    let public = key.public_key();
    let Some(public) = public.as_ref().and_then(|der| PublicKey::from_der(der)) else {
        return Some(0);
    };
    let keys = chain.iter().map(|der| PublicKey::of_certificate(der));
    let keys: Vec<_> = keys.collect();
    let is_ours =
        |key: &Option<PublicKey<'_>>| key.as_ref().is_some_and(|key| key.is_same_key(&public));
    let known = keys.iter().position(is_ours);
    known.or_else(|| keys.iter().position(Option::is_none))
}

/// The key stays out of it.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.0.cert.first();
        let subject = own
            .and_then(|der| CertificateSummary::of(der))
            .map(|own| own.subject);
        f.debug_struct("Identity")
            .field("subject", &subject)
            .finish_non_exhaustive()
    }
}

/// The certificates in the content of a file, at least one.
fn certificates(
    bytes: &[u8],
    passphrase: Option<&str>,
) -> Result<Vec<CertificateDer<'static>>, Locked> {
    let unusable = |reason: String| Err(Locked::Unusable(reason));
    let found = if is_certificate(bytes) {
        vec![CertificateDer::from(bytes.to_vec())]
    } else if is_pem(bytes) {
        match CertificateDer::pem_slice_iter(bytes).collect() {
            Ok(found) => found,
            Err(error) => return unusable(format!("it is not valid PEM: {error}")),
        }
    } else {
        pkcs12::open(bytes, passphrase)?.certificates
    };
    if found.is_empty() {
        return unusable("there is no certificate in it".to_owned());
    }
    Ok(found)
}

fn at(path: &Path, locked: Locked) -> IdentityError {
    let path = path.display();
    match locked {
        Locked::NeedsPassphrase => IdentityError::PassphraseNeeded(path.to_string()),
        Locked::WrongPassphrase => IdentityError::WrongPassphrase(path.to_string()),
        Locked::NoKey(reason) => IdentityError::NoKey(format!("{path}: {reason}")),
        Locked::UnknownCipher(UnknownCipher { name, is_legacy }) => {
            let legacy = if is_legacy {
                " -provider legacy -provider default"
            } else {
                ""
            };
            IdentityError::Unusable(format!(
                "{path}: its private key is encrypted with {name}, which is not supported; \
                 'openssl pkcs8 -topk8{legacy} -in {path} -out NEW' converts it"
            ))
        }
        Locked::Unusable(reason) => IdentityError::Unusable(format!("{path}: {reason}")),
    }
}

#[cfg(test)]
mod tests;
