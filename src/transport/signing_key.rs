//! Private keys that sign handshakes.

use super::public_key::{Kind, PublicKey};
use super::signature::RSA_PSS_PSS;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs1KeyDer, SubjectPublicKeyInfoDer,
};
use rustls::sign::{Signer, SigningKey};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use std::sync::Arc;

/// `id-RSASSA-PSS` (RFC 4055 §3.1).
const ID_RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

/// The schemes of RSA that pad like those in [`RSA_PSS_PSS`], in the same order.
const RSA_PSS_RSAE: [SignatureScheme; 3] = [
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
];

/// A key that can sign; none if the provider has no use for it.
pub(super) fn load(der: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    any_supported_type(der)
        .or_else(|_| any_supported_type(&as_rsa(der)?))
        .ok()
}

/// A key for RSA-PSS only as any key of RSA: the numbers are the same.
fn as_rsa<'a>(der: &'a PrivateKeyDer<'_>) -> Result<PrivateKeyDer<'a>, Error> {
    let unknown = || Error::General("this key is not for RSA-PSS".to_owned());
    let info = PrivateKeyInfoRef::try_from(der.secret_der()).map_err(|_| unknown())?;
    if info.algorithm.oid != ID_RSASSA_PSS {
        return Err(unknown());
    }
    Ok(PrivatePkcs1KeyDer::from(info.private_key.as_bytes()).into())
}

/// The key as one that signs for this certificate.
pub(super) fn signing_for(
    certificate: &CertificateDer<'_>,
    key: Arc<dyn SigningKey>,
) -> Arc<dyn SigningKey> {
    let public = PublicKey::of_certificate(certificate);
    match public.map(|public| public.kind()) {
        Some(Kind::RsaPss(_)) => Arc::new(PssOnly(key)),
        _ => key,
    }
}

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
