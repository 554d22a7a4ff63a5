//! The signature over a handshake (RFC 8446 §4.4.3, RFC 5246 §7.4.3), checked with the public key
//! of any certificate. rustls refuses certificates that webpki does not read before it looks at
//! the signature.

use super::info::{TlsVersion, Unverified};
use super::public_key::{Kind, PublicKey};
use aws_lc_rs::signature::{
    RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
    RSA_PKCS1_2048_8192_SHA384, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, UnparsedPublicKey,
};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::SignatureVerificationAlgorithm;

/// `rsa_pss_pss_sha256` and its siblings: the schemes of keys that are for RSA-PSS only. rustls has
/// no names for them.
pub(super) const RSA_PSS_PSS: [SignatureScheme; 3] = [
    SignatureScheme::Unknown(0x0809),
    SignatureScheme::Unknown(0x080a),
    SignatureScheme::Unknown(0x080b),
];

/// The schemes that a key of RSA with 1024 bits can be verified with. They exist in TLS 1.2 only.
pub(super) const SHORT_RSA: [SignatureScheme; 2] = [
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Why a signature does not count.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SignatureError {
    /// It was not made with this key.
    Wrong,
    /// It cannot be verified.
    Unverified(Unverified),
}

impl From<Unverified> for SignatureError {
    fn from(unverified: Unverified) -> Self {
        Self::Unverified(unverified)
    }
}

/// A signature over a handshake.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    pub(super) version: TlsVersion,
    pub(super) scheme: SignatureScheme,
    /// What was signed.
    pub(super) message: &'a [u8],
    pub(super) bytes: &'a [u8],
}

impl Signature<'_> {
    /// Checks that it was made with this key.
    pub(super) fn verify(
        &self,
        key: &PublicKey<'_>,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), SignatureError> {
        match key.kind() {
            Kind::Rsa(bits) => self.verify_rsa(key, bits, self.rsa()),
            Kind::RsaPss(bits) => self.verify_rsa(key, bits, self.rsa_pss_only()),
            Kind::Other => self.verify_other(key, algorithms),
        }
    }

    /// What verifies it with a key of RSA; none if this scheme is not for such keys.
    fn rsa(&self) -> Option<&'static RsaParameters> {
        Some(match self.scheme {
            SignatureScheme::RSA_PSS_SHA256 => &RSA_PSS_2048_8192_SHA256,
            SignatureScheme::RSA_PSS_SHA384 => &RSA_PSS_2048_8192_SHA384,
            SignatureScheme::RSA_PSS_SHA512 => &RSA_PSS_2048_8192_SHA512,
            // RFC 8446 §4.2.3: the others are not for TLS 1.3.
            _ if self.version != TlsVersion::V1_2 => return None,
            SignatureScheme::RSA_PKCS1_SHA256 => &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            SignatureScheme::RSA_PKCS1_SHA384 => &RSA_PKCS1_2048_8192_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512 => &RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
            _ => return None,
        })
    }

    /// The same for a key that is for RSA-PSS only.
    fn rsa_pss_only(&self) -> Option<&'static RsaParameters> {
        let position = RSA_PSS_PSS.iter().position(|scheme| *scheme == self.scheme);
        Some(match position? {
            0 => &RSA_PSS_2048_8192_SHA256,
            1 => &RSA_PSS_2048_8192_SHA384,
            _ => &RSA_PSS_2048_8192_SHA512,
        })
    }

    fn verify_rsa(
        &self,
        key: &PublicKey<'_>,
        bits: usize,
        parameters: Option<&'static RsaParameters>,
    ) -> Result<(), SignatureError> {
        let parameters = parameters.ok_or(SignatureError::Wrong)?;
        if bits < parameters.min_modulus_len() as usize {
            return Err(Unverified::ShortKey { bits }.into());
        }
        if bits > parameters.max_modulus_len() as usize {
            return Err(Unverified::UnknownKey(key.der.to_vec()).into());
        }
        let key = UnparsedPublicKey::new(parameters, key.bits);
        let result = key.verify(self.message, self.bytes);
        result.map_err(|_| SignatureError::Wrong)
    }

    /// Has the provider of rustls check it, if it knows the key's algorithm.
    fn verify_other(
        &self,
        key: &PublicKey<'_>,
        algorithms: &WebPkiSupportedAlgorithms,
    ) -> Result<(), SignatureError> {
        let id = key.algorithm_id;
        let fits = |algorithm: &&'static dyn SignatureVerificationAlgorithm| {
            algorithm.public_key_alg_id().as_ref() == id
        };
        if !algorithms.all.iter().any(fits) {
            return Err(Unverified::UnknownKey(key.der.to_vec()).into());
        }
        let mut mapping = algorithms.mapping.iter();
        let (_, fitting) = mapping
            .find(|(scheme, _)| *scheme == self.scheme)
            .ok_or(SignatureError::Wrong)?;
        // RFC 8446 §4.2.3: in TLS 1.3 the scheme names the curve, too: the first of the list.
        let count = match self.version {
            TlsVersion::V1_2 => fitting.len(),
            TlsVersion::V1_3 => 1,
        };
        let algorithm = fitting.iter().take(count).find(|algorithm| fits(algorithm));
        let algorithm = algorithm.ok_or(SignatureError::Wrong)?;
        let result = algorithm.verify_signature(key.bits, self.message, self.bytes);
        result.map_err(|_| SignatureError::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::super::provider;
    use super::*;
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::rsa::KeySize;
    use aws_lc_rs::signature::{self, KeyPair, RsaEncoding, RsaKeyPair};
    use rustls::pki_types::alg_id;
    use rustls::sign::public_key_to_spki;

    const MESSAGE: &[u8] = b"a handshake";

    fn signed(key: &RsaKeyPair, encoding: &'static dyn RsaEncoding) -> Vec<u8> {
        let mut bytes = vec![0; key.public_modulus_len()];
        let random = SystemRandom::new();
        let result = key.sign(encoding, &random, MESSAGE, &mut bytes);
        result.map(|()| bytes).expect("a signature")
    }

    #[test]
    fn a_signature_of_rsa_belongs_to_its_key_message_scheme_and_version() {
        let generate = || RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
        let (pair, other) = (generate(), generate());
        let info =
            |pair: &RsaKeyPair| public_key_to_spki(&alg_id::RSA_ENCRYPTION, pair.public_key());
        let (info, other) = (info(&pair), info(&other));
        let [key, other] = [&info, &other].map(|info| PublicKey::from_der(info).expect("a key"));
        let provider = provider::provider();
        let algorithms = provider.signature_verification_algorithms;
        let pkcs1 = signed(&pair, &signature::RSA_PKCS1_SHA256);
        let pss = signed(&pair, &signature::RSA_PSS_SHA256);
        let of = |bytes, scheme, version| Signature {
            version,
            scheme,
            message: MESSAGE,
            bytes,
        };
        let (v2, v3) = (TlsVersion::V1_2, TlsVersion::V1_3);
        let older = of(&pkcs1, SignatureScheme::RSA_PKCS1_SHA256, v2);
        let newer = of(&pss, SignatureScheme::RSA_PSS_SHA256, v3);
        for right in [
            older,
            newer,
            Signature {
                version: v2,
                ..newer
            },
        ] {
            assert_eq!(right.verify(&key, &algorithms), Ok(()), "{right:?}");
            let wrong = Err(SignatureError::Wrong);
            assert_eq!(right.verify(&other, &algorithms), wrong, "{right:?}");
            let about = Signature {
                message: b"",
                ..right
            };
            assert_eq!(about.verify(&key, &algorithms), wrong, "{about:?}");
        }
        for wrong in [
            Signature {
                version: v3,
                ..older
            },
            of(&pkcs1, SignatureScheme::RSA_PKCS1_SHA384, v2),
            of(&pss, RSA_PSS_PSS[0], v3),
            of(&pss, SignatureScheme::ECDSA_NISTP256_SHA256, v3),
        ] {
            let result = wrong.verify(&key, &algorithms);
            assert_eq!(result, Err(SignatureError::Wrong), "{wrong:?}");
        }
    }
}
