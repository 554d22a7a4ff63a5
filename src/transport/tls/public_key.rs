//! The public key of a certificate, whatever else the certificate holds (RFC 5280 §4.1), and pins
//! (RFC 7469 §2.4 has their form).

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;
use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Reader, SliceReader, Tag, Tagged};
use std::fmt;
use std::str::FromStr;

/// `rsaEncryption` (RFC 8017 §A.1), the content of the object identifier.
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// `id-RSASSA-PSS` (RFC 4055 §3.1).
pub(super) const RSASSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
/// `id-ecPublicKey` (RFC 5480 §2.1.1).
const EC_PUBLIC_KEY: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";

/// A `SubjectPublicKeyInfo`.
#[derive(Debug)]
pub(super) struct PublicKey<'a> {
    /// All of it in DER.
    pub(super) der: &'a [u8],
    /// The content of the `AlgorithmIdentifier`: the algorithm and its parameters.
    pub(super) algorithm_id: &'a [u8],
    /// The content of the algorithm's object identifier.
    algorithm: &'a [u8],
    /// The key without its algorithm.
    pub(super) bits: &'a [u8],
}

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
    /// The key of a certificate in DER. webpki refuses certificates because of other fields; this
    /// skips those fields.
    pub(super) fn of_certificate(der: &'a [u8]) -> Option<Self> {
        let info = content(der).and_then(|certificate| {
            let mut fields = SliceReader::new(content(certificate)?)?;
            // X.509 v1 has no version. Then come serialNumber, signature, issuer, validity and
            // subject.
            let has_version = fields.peek_byte() == Some(0xa0);
            for _ in 0..5 + usize::from(has_version) {
                fields.tlv_bytes()?;
            }
            fields.tlv_bytes()
        });
        Self::from_der(info.ok()?)
    }

    /// The key that bytes in DER begin with.
    pub(super) fn from_der(der: &'a [u8]) -> Option<Self> {
        Self::parse(der).ok()
    }

    fn parse(der: &'a [u8]) -> der::Result<Self> {
        let der = SliceReader::new(der)?.tlv_bytes()?;
        let mut fields = SliceReader::new(content(der)?)?;
        let algorithm_id = content(fields.tlv_bytes()?)?;
        let algorithm = AnyRef::decode(&mut SliceReader::new(algorithm_id)?)?;
        algorithm.tag().assert_eq(Tag::ObjectIdentifier)?;
        let bits = BitStringRef::decode(&mut fields)?;
        Ok(Self {
            der,
            algorithm_id,
            algorithm: algorithm.value(),
            bits: bits.as_bytes().unwrap_or_default(),
        })
    }

    pub(super) fn kind(&self) -> Kind {
        match self.algorithm {
            RSA_ENCRYPTION => Kind::Rsa(rsa_bits(self.bits).unwrap_or(0)),
            RSASSA_PSS => Kind::RsaPss(rsa_bits(self.bits).unwrap_or(0)),
            _ => Kind::Other,
        }
    }

    /// Whether both are the same key. An elliptic point may be compressed (RFC 5480 §2.2).
    pub(super) fn is_same_key(&self, other: &PublicKey<'_>) -> bool {
        let is_ec = self.algorithm == EC_PUBLIC_KEY;
        match (self.bits, other.bits) {
            ([2 | 3, x @ ..], [4, point @ ..]) | ([4, point @ ..], [2 | 3, x @ ..]) if is_ec => {
                point.starts_with(x)
            }
            (one, other) => one == other,
        }
    }
}

/// The SHA-256 of a public key (its `SubjectPublicKeyInfo` in DER), written `sha256//BASE64`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 32]);

impl Pin {
    /// The pin of a certificate's key; none if the certificate cannot be read.
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let key = PublicKey::of_certificate(der)?;
        let hash = digest(&SHA256, key.der);
        hash.as_ref().try_into().ok().map(Self)
    }
}

impl FromStr for Pin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let hash = text
            .strip_prefix("sha256//")
            .and_then(|base64| BASE64.decode(base64.as_bytes()).ok())
            .and_then(|bytes| bytes.try_into().ok());
        hash.map(Self)
            .ok_or("a pin is sha256// and the 44 characters of a SHA-256 in base64")
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256//{}", BASE64.encode(&self.0))
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The content of the value that bytes in DER begin with.
fn content(der: &[u8]) -> der::Result<&[u8]> {
    Ok(AnyRef::decode(&mut SliceReader::new(der)?)?.value())
}

/// The length in bits of the modulus of an `RSAPublicKey` (RFC 8017 §A.1.1).
fn rsa_bits(key: &[u8]) -> der::Result<usize> {
    let modulus = content(content(key)?)?;
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let modulus = &modulus[zeros..];
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
    Ok(modulus.len() * 8 - unused as usize)
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
        assert_eq!(found.der, key.subject_public_key_info());
        assert_eq!(found.bits, key.der_bytes());
        assert_eq!(found.kind(), Kind::Other);
        for length in 0..der.len() {
            assert!(PublicKey::of_certificate(&der[..length]).is_none());
        }
    }

    #[test]
    fn the_length_of_an_rsa_key_is_that_of_its_modulus() {
        // An RSAPublicKey: a modulus of 9 bits, the exponent 3.
        assert_eq!(rsa_bits(b"\x30\x07\x02\x02\x01\xff\x02\x01\x03"), Ok(9));
        // The modulus has a leading zero because its first bit is set.
        assert_eq!(rsa_bits(b"\x30\x07\x02\x02\x00\xff\x02\x01\x03"), Ok(8));
        assert!(rsa_bits(b"\x30\x07").is_err());
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

    #[test]
    fn a_pin_is_written_as_it_is_read() {
        let text = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let pin: Pin = text.parse().expect("a pin");
        assert_eq!(pin.0, digest(&SHA256, b"").as_ref());
        assert_eq!(pin.to_string(), text);
    }

    #[test]
    fn what_is_no_sha256_is_no_pin() {
        for wrong in [
            "",
            "sha256//",
            "sha256//AAAA",
            "sha1//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF*=",
        ] {
            assert!(wrong.parse::<Pin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn bytes_that_are_no_certificate_have_no_pin() {
        assert_eq!(Pin::of_certificate(b"\x30\x03\x02\x01\x00"), None);
    }
}
