//! Private keys in their files: PEM, DER and PKCS#12, encrypted or not.

use super::certificates::is_certificate;
use super::key_encryption::{self, Encrypted, UnknownCipher};
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
    /// It is encrypted in a way that is not supported.
    UnknownCipher(UnknownCipher),
    /// There is no key in it, but something else.
    NoKey(String),
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
    if let Some(encrypted) = Encrypted::parse(bytes) {
        return decrypt(&encrypted, bytes, passphrase);
    }
    let none = || Locked::NoKey("there is no private key in it".to_owned());
    match PrivateKeyDer::try_from(bytes) {
        Ok(key) if !pkcs12::is_archive(bytes) => Ok(key.clone_key()),
        _ if is_certificate(bytes) => Err(none()),
        _ => pkcs12::open(bytes, passphrase)?.key.ok_or_else(none),
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
        Locked::NoKey(format!("it holds no private key; {wanted}"))
    })?;
    let tag = section.tag().to_owned();
    let info = section.headers().get("DEK-Info").map(str::to_owned);
    let mut der = section.into_contents();
    if let Some(info) = info {
        let passphrase = passphrase.ok_or(Locked::NeedsPassphrase)?;
        der = key_encryption::open_section(&info, passphrase, &der)?;
    }
    Ok(match &*tag {
        "PRIVATE KEY" => PrivatePkcs8KeyDer::from(der).into(),
        "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(der).into(),
        "EC PRIVATE KEY" => PrivateSec1KeyDer::from(der).into(),
        "ENCRYPTED PRIVATE KEY" => {
            let invalid = || Locked::Unusable("its encrypted key is not valid".to_owned());
            let encrypted = Encrypted::parse(&der).ok_or_else(invalid)?;
            return decrypt(&encrypted, &der, passphrase);
        }
        _ => {
            let kind = tag.escape_debug();
            return Err(Locked::Unusable(format!(
                "it holds a key of the kind {kind}, which TLS has no use for"
            )));
        }
    })
}

/// Opens an `EncryptedPrivateKeyInfo` (RFC 5958 §3, RFC 8018 §6).
fn decrypt(
    encrypted: &Encrypted<'_>,
    der: &[u8],
    passphrase: Option<&str>,
) -> Result<PrivateKeyDer<'static>, Locked> {
    if !encrypted.is_supported() {
        return Err(encrypted.unknown().into());
    }
    let passphrase = passphrase.ok_or(Locked::NeedsPassphrase)?;
    let Ok(by_pbes2) = EncryptedPrivateKeyInfoRef::try_from(der) else {
        let key = encrypted.open(passphrase)?;
        return Ok(PrivatePkcs8KeyDer::from(key).into());
    };
    match by_pbes2.decrypt(passphrase) {
        Ok(key) => Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into()),
        // A wrong key of the cipher leaves wrong padding or, now and then, no key.
        Err(
            pkcs8::Error::EncryptedPrivateKey(pkcs5::Error::DecryptFailed)
            | pkcs8::Error::Asn1(_)
            | pkcs8::Error::KeyMalformed(_),
        ) => Err(Locked::WrongPassphrase),
        Err(_) => Err(encrypted.unknown().into()),
    }
}
