//! The client certificate of `--cert` and `--key`, from files in PEM, DER or PKCS#12.

use super::certificates::{is_certificate, read_bytes};
use super::key_encryption::UnknownCipher;
use super::pkcs12;
use super::private_key::{self, Locked, is_pem};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sockeye::transport::{Identity, TlsConfigError};
use std::path::Path;

/// Why there is no [`Identity`] in the files.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdentityError {
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

/// Reads a certificate and its key from files in PEM, DER or PKCS#12, whichever each is. The key is
/// expected in the file of the certificate unless it has one of its own. The passphrase is used for
/// what is encrypted.
///
/// # Errors
/// [`IdentityError`]: files that cannot be read, a key that cannot be opened, or one that is not
/// that of the certificate.
pub(crate) fn load(
    certificate: &Path,
    key: Option<&Path>,
    passphrase: Option<&str>,
) -> Result<Identity, IdentityError> {
    let (chain, key_der) = read(certificate, key, passphrase)?;
    Identity::new(chain, &key_der).map_err(|error| {
        let holder = key.unwrap_or(certificate).display();
        IdentityError::Unusable(match error {
            TlsConfigError::KeyMismatch => format!(
                "{holder}: its private key does not belong to the certificate in {}",
                certificate.display()
            ),
            error => format!("{holder}: {error}"),
        })
    })
}

/// The certificates and the key in the files.
fn read(
    certificate: &Path,
    key: Option<&Path>,
    passphrase: Option<&str>,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), IdentityError> {
    let bytes = read_bytes(certificate).map_err(IdentityError::Unusable)?;
    let chain = certificates(&bytes, passphrase).map_err(|locked| at(certificate, locked))?;
    let bytes = match key {
        Some(key) => read_bytes(key).map_err(IdentityError::Unusable)?,
        None => bytes,
    };
    let holder = key.unwrap_or(certificate);
    let key = private_key::read(&bytes, passphrase).map_err(|locked| at(holder, locked))?;
    Ok((chain, key))
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
