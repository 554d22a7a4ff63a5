//! Archives of keys and certificates (PKCS#12, RFC 7292): `.p12` and `.pfx`.

use super::private_key::Locked;
use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What is in an archive, as far as TLS is concerned.
pub(super) struct Archive {
    /// The first key, if there is one.
    pub(super) key: Option<PrivateKeyDer<'static>>,
    /// All certificates.
    pub(super) certificates: Vec<CertificateDer<'static>>,
}

/// Whether bytes begin as an archive does: a sequence that has the number 3 first, in DER
/// (RFC 7292 §4).
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    let after_length = match bytes {
        [0x30, 0x81, _, rest @ ..] | [0x30, 0x82, _, _, rest @ ..] => rest,
        [0x30, 0x83, _, _, _, rest @ ..] => rest,
        _ => return false,
    };
    after_length.starts_with(&[2, 1, 3])
}

/// Opens an archive. Without a passphrase it is tried with an empty one, as OpenSSL does.
pub(super) fn open(bytes: &[u8], passphrase: Option<&str>) -> Result<Archive, Locked> {
    let opened = Pkcs12Archive::from_pkcs12(bytes, passphrase.unwrap_or_default());
    let archive = opened.map_err(|error| match (error, passphrase) {
        (Error::MacError(_) | Error::Pkcs5Error(_) | Error::UnpadError, None) => {
            Locked::NeedsPassphrase
        }
        (Error::MacError(_) | Error::Pkcs5Error(_) | Error::UnpadError, Some(_)) => {
            Locked::WrongPassphrase
        }
        (Error::UnsupportedEncryptionScheme | Error::UnsupportedMacAlgorithm, _) => {
            Locked::Unusable(
                "it is a PKCS#12 archive with encryption of an unknown kind; 'openssl pkcs12 \
                 -legacy -in OLD -out NEW' makes PEM of it"
                    .to_owned(),
            )
        }
        _ => Locked::Unusable(
            "it is neither PEM (-----BEGIN …), nor DER, nor a PKCS#12 archive".to_owned(),
        ),
    })?;
    let key = archive.keys.first().map(|bag| bag.key.as_der().to_vec());
    let certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec());
    Ok(Archive {
        key: key.map(|der| PrivatePkcs8KeyDer::from(der).into()),
        certificates: certificates.map(CertificateDer::from).collect(),
    })
}
