//! The public key of a certificate, whatever else the certificate holds (RFC 5280 §4.1).

use std::fmt;
use x509_parser::asn1_rs::{Any, Class, FromDer, Oid, oid};
use x509_parser::oid_registry::{
    OID_KEY_TYPE_DSA, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION, OID_PKCS1_RSASSAPSS,
    OID_SIG_ED448, OID_SIG_ED25519,
};
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A `SubjectPublicKeyInfo`.
#[derive(Debug)]
pub(super) struct PublicKey<'a>(SubjectPublicKeyInfo<'a>);

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// RSA with so many bits, for any padding.
    Rsa(usize),
    /// RSA with so many bits, for signatures of RSA-PSS only (RFC 4055 §1.2).
    RsaPss(usize),
    /// Anything else.
    Other,
}

impl<'a> PublicKey<'a> {
    /// That of a certificate in DER. webpki and `x509-parser` refuse certificates for what stands
    /// in other fields; this passes those fields over.
    pub(super) fn of_certificate(der: &'a [u8]) -> Option<Self> {
        let (_, certificate) = Any::from_der(der).ok()?;
        let (_, to_be_signed) = Any::from_der(certificate.data).ok()?;
        let mut rest = to_be_signed.data;
        let (_, first) = Any::from_der(rest).ok()?;
        // X.509 v1 leaves the version out.
        let has_version = first.header.class() == Class::ContextSpecific;
        // serialNumber, signature, issuer, validity, subject
        for _ in 0..5 + usize::from(has_version) {
            (rest, _) = Any::from_der(rest).ok()?;
        }
        Self::from_der(rest)
    }

    /// The one that bytes in DER begin with.
    pub(super) fn from_der(der: &'a [u8]) -> Option<Self> {
        let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
        Some(Self(info))
    }

    /// All of it in DER.
    pub(super) fn der(&self) -> &'a [u8] {
        self.0.raw
    }

    /// The key without its algorithm.
    pub(super) fn bits(&self) -> &[u8] {
        &self.0.subject_public_key.data
    }

    /// The content of the `AlgorithmIdentifier`: the algorithm and its parameters.
    pub(super) fn algorithm_id(&self) -> Option<&'a [u8]> {
        let (_, info) = Any::from_der(self.0.raw).ok()?;
        let (_, algorithm) = Any::from_der(info.data).ok()?;
        Some(algorithm.data)
    }

    pub(super) fn kind(&self) -> Kind {
        let algorithm = &self.0.algorithm.algorithm;
        let is_pss = *algorithm == OID_PKCS1_RSASSAPSS;
        if !is_pss && *algorithm != OID_PKCS1_RSAENCRYPTION {
            return Kind::Other;
        }
        let key = x509_parser::public_key::RSAPublicKey::from_der(self.bits());
        let bits = key.map_or(0, |(_, key)| Parsed::RSA(key).key_size());
        if is_pss {
            Kind::RsaPss(bits)
        } else {
            Kind::Rsa(bits)
        }
    }

    /// The elliptic curve that the parameters name (RFC 5480 §2.1.1).
    fn curve(&self) -> Option<Oid<'_>> {
        self.0.algorithm.parameters.as_ref()?.as_oid().ok()
    }

    /// Whether both are the same key. An elliptic point may be compressed (RFC 5480 §2.2).
    pub(super) fn is_same_key(&self, other: &PublicKey<'_>) -> bool {
        let is_ec = self.0.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY;
        match (self.bits(), other.bits()) {
            ([2 | 3, x @ ..], [4, point @ ..]) | ([4, point @ ..], [2 | 3, x @ ..]) if is_ec => {
                point.starts_with(x)
            }
            (one, other) => one == other,
        }
    }
}

/// `RSA with 1024 bits`, `EC P-521`, `Ed448`.
impl fmt::Display for PublicKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithm = &self.0.algorithm.algorithm;
        match self.kind() {
            Kind::Rsa(bits) => return write!(f, "RSA with {bits} bits"),
            Kind::RsaPss(bits) => return write!(f, "RSA-PSS with {bits} bits"),
            Kind::Other => {}
        }
        let curve = self.curve();
        let named = [
            (OID_SIG_ED25519, "Ed25519"),
            (OID_SIG_ED448, "Ed448"),
            (OID_KEY_TYPE_DSA, "DSA"),
        ];
        match (named.iter().find(|(oid, _)| oid == algorithm), curve) {
            (Some((_, name)), _) => f.write_str(name),
            (None, Some(curve)) if *algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY => {
                write!(f, "EC {}", Curve(curve))
            }
            _ => write!(f, "algorithm {algorithm}"),
        }
    }
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
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P521_SHA512, PublicKeyData};

    fn certificate(key: &KeyPair) -> Vec<u8> {
        let params = CertificateParams::new(["a.org".to_owned()]).expect("a name");
        params.self_signed(key).expect("made").der().to_vec()
    }

    #[test]
    fn a_certificate_gives_its_key_and_nothing_else_does() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).expect("a key");
        let der = certificate(&key);
        let found = PublicKey::of_certificate(&der).expect("a key");
        assert_eq!(found.der(), key.subject_public_key_info());
        assert_eq!(found.bits(), key.der_bytes());
        assert_eq!(found.to_string(), "EC P-521");
        assert_eq!(found.kind(), Kind::Other);
        for length in 0..der.len() {
            assert!(PublicKey::of_certificate(&der[..length]).is_none());
        }
    }

    #[test]
    fn a_compressed_point_is_the_same_key() {
        let (key, other) = [(); 2].map(|()| KeyPair::generate().expect("a key")).into();
        let info = key.subject_public_key_info();
        let mut compressed = info[..info.len() - 32].to_vec();
        // The lengths of the sequence and of the bit string; the sign of y; see RFC 5480 §2.2.
        compressed[1] -= 32;
        compressed[24] -= 32;
        compressed[26] = 3;
        let compressed = PublicKey::from_der(&compressed).expect("a key");
        let full = PublicKey::from_der(&info).expect("a key");
        assert!(compressed.is_same_key(&full) && full.is_same_key(&compressed));
        let info = other.subject_public_key_info();
        let other = PublicKey::from_der(&info).expect("a key");
        assert!(!compressed.is_same_key(&other) && !full.is_same_key(&other));
    }
}
