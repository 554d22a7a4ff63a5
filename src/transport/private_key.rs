//! Private keys in their files: PEM, DER and PKCS#12, encrypted or not.

use super::pkcs12;
use pkcs8::{EncryptedPrivateKeyInfoRef, pkcs5};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};

/// Why a file gives no key.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Locked {
    /// It is encrypted, and there is no passphrase.
    NeedsPassphrase,
    /// The passphrase does not open it.
    WrongPassphrase,
    /// This, after the name of the file.
    Unusable(String),
}

/// The key in the content of a file, whatever form it has.
pub(super) fn read(
    bytes: &[u8],
    passphrase: Option<&str>,
) -> Result<PrivateKeyDer<'static>, Locked> {
    if is_pem(bytes) {
        return from_pem(bytes, passphrase);
    }
    if EncryptedPrivateKeyInfoRef::try_from(bytes).is_ok() {
        return decrypt(bytes, passphrase);
    }
    match PrivateKeyDer::try_from(bytes) {
        Ok(key) if !pkcs12::is_archive(bytes) => Ok(key.clone_key()),
        _ => {
            let none = || Locked::Unusable("there is no private key in it".to_owned());
            pkcs12::open(bytes, passphrase)?.key.ok_or_else(none)
        }
    }
}

/// Whether a file is one of PEM (RFC 7468): DER never has this in it.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, b"-----BEGIN ").is_some()
}

fn from_pem(bytes: &[u8], passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, Locked> {
    let sections = pem::parse_many(bytes)
        .map_err(|error| Locked::Unusable(format!("it is not valid PEM: {error}")))?;
    let is_key = |section: &pem::Pem| section.tag().ends_with("PRIVATE KEY");
    let section = sections.into_iter().find(is_key).ok_or_else(|| {
        let wanted = "expected a section like -----BEGIN PRIVATE KEY-----";
        Locked::Unusable(format!("it holds no private key; {wanted}"))
    })?;
    // The encryption of PEM itself (RFC 1421 §4.6.1.1), which hashes the passphrase once.
    if section.headers().get("Proc-Type").is_some() {
        return Err(unknown_encryption());
    }
    let tag = section.tag().to_owned();
    let der = section.into_contents();
    Ok(match &*tag {
        "PRIVATE KEY" => PrivatePkcs8KeyDer::from(der).into(),
        "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(der).into(),
        "EC PRIVATE KEY" => PrivateSec1KeyDer::from(der).into(),
        "ENCRYPTED PRIVATE KEY" => return decrypt(&der, passphrase),
        _ => {
            let kind = tag.escape_debug();
            return Err(Locked::Unusable(format!(
                "it holds a key of the kind {kind}, which TLS has no use for"
            )));
        }
    })
}

/// Opens an `EncryptedPrivateKeyInfo` (RFC 5958 §3, RFC 8018 §6).
fn decrypt(der: &[u8], passphrase: Option<&str>) -> Result<PrivateKeyDer<'static>, Locked> {
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| unknown_encryption())?;
    let passphrase = passphrase.ok_or(Locked::NeedsPassphrase)?;
    match encrypted.decrypt(passphrase) {
        Ok(key) => Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into()),
        // A wrong key of the cipher leaves wrong padding or, now and then, no key.
        Err(
            pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::DecryptFailed)
            | pkcs8::Error::Asn1(_)
            | pkcs8::Error::KeyMalformed(_),
        ) => Err(Locked::WrongPassphrase),
        Err(_) => Err(unknown_encryption()),
    }
}

fn unknown_encryption() -> Locked {
    Locked::Unusable(
        "its private key is encrypted in a way that is not supported (PBES2 is); \
         'openssl pkcs8 -topk8 -in OLD -out NEW' makes one that is"
            .to_owned(),
    )
}
