//! Our own certificate, for servers that ask for one (RFC 8446 §4.3.2).

use super::error::TlsConfigError;
use super::public_key::{Kind, PublicKey, RSASSA_PSS};
use super::signature::RSA_PSS_PSS;
use der::asn1::AnyRef;
use der::{Decode, SliceReader};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, SubjectPublicKeyInfoDer,
};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use std::fmt;
use std::sync::Arc;

/// A client certificate with those that lead up to its authority, and its private key.
#[derive(Clone)]
pub struct Identity(Arc<CertifiedKey>);

impl Identity {
    /// The certificates and the private key in texts of PEM, which may be the same text. The key
    /// must not be encrypted.
    ///
    /// # Errors
    /// [`TlsConfigError::Pem`], [`TlsConfigError::NoKey`], and those of [`Identity::new`].
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, TlsConfigError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(certificates).collect();
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsConfigError::NoKey,
            error => TlsConfigError::Pem(error),
        })?;
        Self::new(chain.map_err(TlsConfigError::Pem)?, &key)
    }

    /// These certificates and this private key: RSA from 2048 bits, ECDSA on P-256, P-384 or
    /// P-521, or Ed25519. The certificate of the key goes first, wherever it is.
    ///
    /// # Errors
    /// [`TlsConfigError::NoCertificate`], [`TlsConfigError::UnsupportedKey`],
    /// [`TlsConfigError::KeyMismatch`].
    pub fn new(
        mut chain: Vec<CertificateDer<'static>>,
        key: &PrivateKeyDer<'_>,
    ) -> Result<Self, TlsConfigError> {
        if chain.is_empty() {
            return Err(TlsConfigError::NoCertificate);
        }
        let key = signing_key(key).ok_or(TlsConfigError::UnsupportedKey)?;
        let own = own_certificate(&chain, &*key).ok_or(TlsConfigError::KeyMismatch)?;
        chain[..=own].rotate_right(1);
        let key = signing_for(&chain[0], key);
        Ok(Self(Arc::new(CertifiedKey::new(chain, key))))
    }

    pub(super) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

/// Without the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.0.cert.len())
            .finish_non_exhaustive()
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

/// The key as one that can sign; none if the provider does not support it.
fn signing_key(der: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    let supported = any_supported_type(der).ok();
    supported.or_else(|| any_supported_type(&pss_key_as_rsa(der.secret_der())?).ok())
}

/// A key for RSA-PSS only (RFC 4055 §1.2) as one for any padding: the numbers are the same. None
/// if bytes are not such a key in PKCS#8 (RFC 5958 §2).
fn pss_key_as_rsa(der: &[u8]) -> Option<PrivateKeyDer<'_>> {
    let content = AnyRef::from_der(der).ok()?.value();
    let mut fields = SliceReader::new(content).ok()?;
    let _version = AnyRef::decode(&mut fields).ok()?;
    let algorithm = AnyRef::decode(&mut fields).ok()?.value();
    let algorithm = AnyRef::decode(&mut SliceReader::new(algorithm).ok()?).ok()?;
    let key = AnyRef::decode(&mut fields).ok()?;
    (algorithm.value() == RSASSA_PSS).then(|| PrivatePkcs1KeyDer::from(key.value()).into())
}

/// The key as one that signs for this certificate.
fn signing_for(certificate: &CertificateDer<'_>, key: Arc<dyn SigningKey>) -> Arc<dyn SigningKey> {
    let public = PublicKey::of_certificate(certificate);
    match public.map(|public| public.kind()) {
        Some(Kind::RsaPss(_)) => Arc::new(PssOnly(key)),
        _ => key,
    }
}

/// The schemes of RSA that pad like those in [`RSA_PSS_PSS`], in the same order.
const RSA_PSS_RSAE: [SignatureScheme; 3] = [
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
];

/// A key of RSA whose certificate says that it is for RSA-PSS only.
#[derive(Debug)]
struct PssOnly(Arc<dyn SigningKey>);

impl SigningKey for PssOnly {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let pairs = || RSA_PSS_PSS.into_iter().zip(RSA_PSS_RSAE);
        // In TLS 1.2, which alone has PKCS#1, rustls leaves out the schemes that it does not know.
        // Servers verify those of one padding if they verify those of the other.
        let is_tls12 = offered.contains(&SignatureScheme::RSA_PKCS1_SHA256);
        let known = pairs().find(|(scheme, _)| offered.contains(scheme));
        let (scheme, padding) =
            known.or_else(|| pairs().find(|(_, padding)| is_tls12 && offered.contains(padding)))?;
        let signer = self.0.choose_scheme(&[padding])?;
        Some(Box::new(PssSigner { scheme, signer }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.0.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }
}

#[derive(Debug)]
struct PssSigner {
    scheme: SignatureScheme,
    signer: Box<dyn Signer>,
}

impl Signer for PssSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.signer.sign(message)
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{Certificate, CertificateParams, KeyPair};

    fn made(name: &str) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        (params.self_signed(&key).expect("made"), key)
    }

    #[test]
    fn one_text_of_pem_may_hold_certificates_and_key_in_any_order() {
        let ((own, key), (other, _)) = (made("a.org"), made("b.org"));
        let text = other.pem() + &key.serialize_pem() + &own.pem();
        let identity = Identity::from_pem(text.as_bytes(), text.as_bytes()).expect("an identity");
        assert_eq!(identity.0.cert, [own.der().clone(), other.der().clone()]);
        assert!(identity.0.keys_match().is_ok());
        assert_eq!(format!("{identity:?}"), "Identity { certificates: 2, .. }");
    }

    #[test]
    fn what_does_not_make_an_identity_is_told_apart() {
        let ((own, key), (_, other)) = (made("a.org"), made("b.org"));
        let (own, key, other) = (own.pem(), key.serialize_pem(), other.serialize_pem());
        let refused = |certificates: &str, key: &str| {
            Identity::from_pem(certificates.as_bytes(), key.as_bytes()).expect_err("refused")
        };
        assert!(matches!(refused(&own, &other), TlsConfigError::KeyMismatch));
        assert!(matches!(refused(&own, &own), TlsConfigError::NoKey));
        assert!(matches!(refused(&key, &key), TlsConfigError::NoCertificate));
        let cut = &key[..key.len() / 2];
        assert!(matches!(refused(&own, cut), TlsConfigError::Pem(_)));
        let unknown = PrivateKeyDer::from(PrivatePkcs1KeyDer::from(vec![0x30, 0]));
        let result = Identity::new(vec![vec![0x30, 0].into()], &unknown);
        assert!(matches!(result, Err(TlsConfigError::UnsupportedKey)));
    }
}
