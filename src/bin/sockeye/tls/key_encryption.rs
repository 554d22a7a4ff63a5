//! The encryption of private keys from before PBES2, which OpenSSL and older tools still write:
//! that of PEM itself, and the schemes of PKCS#12.

use super::private_key::Locked;
use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InvalidLength, KeyIvInit};
use data_encoding::HEXUPPER_PERMISSIVE;
use des::TdesEde3;
use md5::Md5;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{self, Decode, Reader, SliceReader, Tag, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;
use sha1::{Digest, Sha1};

/// `pbeWithSHAAnd3-KeyTripleDES-CBC` (RFC 7292 §C).
const PBE_SHA1_3DES: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
/// `PBES2` (RFC 8018 §A.4).
const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");

/// How a key is encrypted that cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnknownCipher {
    /// The name that OpenSSL has for it, or its number.
    pub(super) name: String,
    /// Whether OpenSSL 3 opens it with its legacy provider only.
    pub(super) is_legacy: bool,
}

impl From<UnknownCipher> for Locked {
    fn from(unknown: UnknownCipher) -> Self {
        Self::UnknownCipher(unknown)
    }
}

/// Opens a section of PEM that is encrypted as a whole (RFC 1421 §4.6.1.1): `info` is the value of
/// its `DEK-Info`, a cipher and a vector in hex.
pub(super) fn open_section(info: &str, passphrase: &str, bytes: &[u8]) -> Result<Vec<u8>, Locked> {
    let (name, vector) = info.split_once(',').unwrap_or((info, ""));
    let name = name.trim().to_ascii_uppercase();
    let length = match &*name {
        "AES-128-CBC" => 16,
        "AES-192-CBC" | "DES-EDE3-CBC" => 24,
        "AES-256-CBC" => 32,
        _ => {
            let modern = ["CAMELLIA", "ARIA"];
            let is_legacy = !modern.iter().any(|modern| name.starts_with(modern));
            return Err(UnknownCipher { name, is_legacy }.into());
        }
    };
    let damaged = || Locked::Unusable("its DEK-Info is not valid".to_owned());
    let vector = HEXUPPER_PERMISSIVE.decode(vector.trim().as_bytes());
    let vector = vector.map_err(|_| damaged())?;
    let salt = vector.get(..8).ok_or_else(damaged)?;
    let key = key_of_pem(passphrase.as_bytes(), salt, length);
    let opened = match &*name {
        "AES-128-CBC" => decrypt::<Decryptor<Aes128>>(&key, &vector, bytes),
        "AES-192-CBC" => decrypt::<Decryptor<Aes192>>(&key, &vector, bytes),
        "AES-256-CBC" => decrypt::<Decryptor<Aes256>>(&key, &vector, bytes),
        _ => decrypt::<Decryptor<TdesEde3>>(&key, &vector, bytes),
    };
    opened
        .map_err(|_| damaged())?
        .ok_or(Locked::WrongPassphrase)
}

/// OpenSSL's `EVP_BytesToKey` with MD5 and one round.
fn key_of_pem(passphrase: &[u8], salt: &[u8], length: usize) -> Vec<u8> {
    let mut key = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while key.len() < length {
        let hash = Md5::new_with_prefix(&last);
        last = hash
            .chain_update(passphrase)
            .chain_update(salt)
            .finalize()
            .to_vec();
        key.extend_from_slice(&last);
    }
    key.truncate(length);
    key
}

/// Decrypts; none if what comes out is not one value of DER, as with a wrong key.
fn decrypt<D: KeyIvInit + BlockModeDecrypt>(
    key: &[u8],
    vector: &[u8],
    bytes: &[u8],
) -> Result<Option<Vec<u8>>, InvalidLength> {
    let cipher = D::new_from_slices(key, vector)?;
    let opened = cipher.decrypt_padded_vec::<Pkcs7>(bytes).ok();
    Ok(opened.filter(|der| AnyRef::from_der(der).is_ok_and(|value| value.tag() == Tag::Sequence)))
}

/// An `EncryptedPrivateKeyInfo` (RFC 5958 §3) of any scheme.
pub(super) struct Encrypted<'a> {
    scheme: AlgorithmIdentifierRef<'a>,
    bytes: &'a [u8],
}

impl<'a> Encrypted<'a> {
    /// None if bytes are not one.
    pub(super) fn parse(der: &'a [u8]) -> Option<Self> {
        let mut reader = SliceReader::new(der).ok()?;
        let info = reader.sequence(|reader: &mut SliceReader<'a>| -> Result<_, der::Error> {
            let scheme = AlgorithmIdentifierRef::decode(reader)?;
            let bytes = AnyRef::decode(reader)?;
            bytes.tag().assert_eq(Tag::OctetString)?;
            Ok((scheme, bytes.value()))
        });
        let (scheme, bytes) = info.ok()?;
        reader.finish().ok()?;
        Some(Self { scheme, bytes })
    }

    /// Whether a passphrase may open it: its scheme is [`PBE_SHA1_3DES`] or [`PBES2`].
    pub(super) fn is_supported(&self) -> bool {
        [PBE_SHA1_3DES, PBES2].contains(&self.scheme.oid)
    }

    /// Opens it if its scheme is [`PBE_SHA1_3DES`].
    pub(super) fn open(&self, passphrase: &str) -> Result<Vec<u8>, Locked> {
        if self.scheme.oid != PBE_SHA1_3DES {
            return Err(self.unknown().into());
        }
        let damaged = || Locked::Unusable("the parameters of its cipher are not valid".to_owned());
        let (salt, rounds) = self.parameters().ok_or_else(damaged)?;
        let derive = |purpose, length| key_of_pkcs12(passphrase, salt, rounds, purpose, length);
        let (key, vector) = (derive(Purpose::Key, 24), derive(Purpose::Vector, 8));
        let opened = decrypt::<Decryptor<TdesEde3>>(&key, &vector, self.bytes);
        opened.ok().flatten().ok_or(Locked::WrongPassphrase)
    }

    /// The salt, and how many rounds there are.
    fn parameters(&self) -> Option<(&'a [u8], u32)> {
        let parameters = self.scheme.parameters?;
        let read = parameters.sequence(|reader| -> Result<_, der::Error> {
            let salt = AnyRef::decode(reader)?;
            salt.tag().assert_eq(Tag::OctetString)?;
            Ok((salt.value(), u32::decode(reader)?))
        });
        read.ok()
    }

    /// The scheme as one that is not supported.
    pub(super) fn unknown(&self) -> UnknownCipher {
        let oid = self.scheme.oid.to_string();
        let name = match &*oid {
            "1.2.840.113549.1.5.1" => "PBE-MD2-DES",
            "1.2.840.113549.1.5.3" => "PBE-MD5-DES",
            "1.2.840.113549.1.5.4" => "PBE-MD2-RC2-64",
            "1.2.840.113549.1.5.6" => "PBE-MD5-RC2-64",
            "1.2.840.113549.1.5.10" => "PBE-SHA1-DES",
            "1.2.840.113549.1.5.11" => "PBE-SHA1-RC2-64",
            "1.2.840.113549.1.5.13" => "PBES2 and a cipher that is not known",
            "1.2.840.113549.1.12.1.1" => "PBE-SHA1-RC4-128",
            "1.2.840.113549.1.12.1.2" => "PBE-SHA1-RC4-40",
            "1.2.840.113549.1.12.1.4" => "PBE-SHA1-2DES",
            "1.2.840.113549.1.12.1.5" => "PBE-SHA1-RC2-128",
            "1.2.840.113549.1.12.1.6" => "PBE-SHA1-RC2-40",
            other => other,
        };
        UnknownCipher {
            name: name.to_owned(),
            is_legacy: self.scheme.oid != PBES2,
        }
    }
}

/// What a key is derived for (RFC 7292 §B.3).
#[derive(Clone, Copy)]
enum Purpose {
    Key = 1,
    Vector = 2,
}

/// The length in bytes of a block of SHA-1.
const BLOCK: usize = 64;

/// The key derivation of PKCS#12 with SHA-1 (RFC 7292 §B.2).
fn key_of_pkcs12(
    passphrase: &str,
    salt: &[u8],
    rounds: u32,
    purpose: Purpose,
    length: usize,
) -> Vec<u8> {
    let units = passphrase.encode_utf16().chain([0]);
    let passphrase: Vec<u8> = units.flat_map(u16::to_be_bytes).collect();
    let filled = |bytes: &[u8]| {
        let length = bytes.len().next_multiple_of(BLOCK);
        bytes
            .iter()
            .copied()
            .cycle()
            .take(length)
            .collect::<Vec<_>>()
    };
    let mut input = [filled(salt), filled(&passphrase)].concat();
    let mut key = Vec::new();
    while key.len() < length {
        let mut hash = Sha1::digest([&[purpose as u8; BLOCK], &input[..]].concat());
        for _ in 1..rounds {
            hash = Sha1::digest(hash);
        }
        key.extend_from_slice(&hash);
        let addend: Vec<u8> = hash.iter().copied().cycle().take(BLOCK).collect();
        input
            .chunks_exact_mut(BLOCK)
            .for_each(|block| add(block, &addend));
    }
    key.truncate(length);
    key
}

/// Adds `addend` and one to a number of the same length, its most significant byte first.
fn add(number: &mut [u8], addend: &[u8]) {
    let mut carry = 1;
    for (byte, added) in number.iter_mut().zip(addend).rev() {
        let sum = u16::from(*byte) + u16::from(*added) + carry;
        let [high, low] = sum.to_be_bytes();
        *byte = low;
        carry = u16::from(high);
    }
}
