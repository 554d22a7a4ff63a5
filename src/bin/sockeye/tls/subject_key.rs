//! A certificate's public key in words: `RSA with 1024 bits`, `EC P-521`, `Ed448`.

use std::fmt;
use x509_parser::asn1_rs::{FromDer, Oid, oid};
use x509_parser::oid_registry::{
    OID_KEY_TYPE_DSA, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_PKCS1_RSASSAPSS,
    OID_SIG_ED448, OID_SIG_ED25519,
};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// What a `SubjectPublicKeyInfo` in DER is; none if it cannot be read.
pub(super) fn describe(der: &[u8]) -> Option<String> {
    let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    let algorithm = &info.algorithm.algorithm;
    let named = [
        (OID_SIG_ED25519, "Ed25519"),
        (OID_SIG_ED448, "Ed448"),
        (OID_KEY_TYPE_DSA, "DSA"),
    ];
    if let Some((_, name)) = named.iter().find(|(oid, _)| oid == algorithm) {
        return Some((*name).to_owned());
    }
    Some(if *algorithm == OID_PKCS1_RSAENCRYPTION {
        format!("RSA with {} bits", rsa_bits(&info))
    } else if *algorithm == OID_PKCS1_RSASSAPSS {
        format!("RSA-PSS with {} bits", rsa_bits(&info))
    } else if let Some(curve) = curve(&info).filter(|_| *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY) {
        format!("EC {}", Curve(curve))
    } else {
        format!("algorithm {algorithm}")
    })
}

fn rsa_bits(info: &SubjectPublicKeyInfo<'_>) -> usize {
    let key = x509_parser::public_key::RSAPublicKey::from_der(&info.subject_public_key.data);
    key.map_or(0, |(_, key)| PublicKey::RSA(key).key_size())
}

/// The elliptic curve that the parameters name (RFC 5480 §2.1.1).
fn curve<'a>(info: &'a SubjectPublicKeyInfo<'_>) -> Option<Oid<'a>> {
    info.algorithm.parameters.as_ref()?.as_oid().ok()
}

/// The usual name of an elliptic curve, else its number.
struct Curve<'a>(Oid<'a>);

impl fmt::Display for Curve<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (oid!(1.2.840.10045.3.1.7), "P-256"),
            (oid!(1.3.132.0.34), "P-384"),
            (oid!(1.3.132.0.35), "P-521"),
            (oid!(1.3.132.0.10), "secp256k1"),
        ];
        match names.iter().find(|(oid, _)| *oid == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "curve {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{KeyPair, PKCS_ECDSA_P521_SHA512, PKCS_ED25519, PublicKeyData};

    #[test]
    fn a_key_is_named_by_its_algorithm_and_curve_or_length() {
        for (algorithm, name) in [
            (&PKCS_ECDSA_P521_SHA512, "EC P-521"),
            (&PKCS_ED25519, "Ed25519"),
        ] {
            let key = KeyPair::generate_for(algorithm).expect("a key");
            let described = describe(&key.subject_public_key_info());
            assert_eq!(described.as_deref(), Some(name));
        }
        assert_eq!(describe(b"\x30\x00"), None);
    }
}
