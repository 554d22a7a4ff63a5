//! Public keys that a server must have (RFC 7469 §2.4 has the form).

use super::public_key::PublicKey;
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The SHA-256 of a public key (its `SubjectPublicKeyInfo` in DER), written `sha256//BASE64`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Pin([u8; 32]);

impl Pin {
    /// That of a certificate's key; none when the certificate cannot be read.
    #[must_use]
    pub fn of_certificate(der: &[u8]) -> Option<Self> {
        let key = PublicKey::of_certificate(der)?;
        Some(Self(Sha256::digest(key.der()).into()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_written_as_it_is_read() {
        let text = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let pin: Pin = text.parse().expect("a pin");
        assert_eq!(pin, Pin(Sha256::digest(b"").into()));
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
