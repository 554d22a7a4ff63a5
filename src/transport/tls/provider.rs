//! The cryptography of TLS: `aws-lc-rs`, with random numbers from the operating system.
//!
//! aws-lc seeds its own generator from the jitter of the processor, which takes 30 ms before the
//! first byte. All random numbers that a handshake needs are drawn here instead, above all the
//! private keys of the key exchange.

use ::aws_lc_rs::agreement::{self, Algorithm, PrivateKey, UnparsedPublicKey};
use rustls::crypto::{
    ActiveKeyExchange, CryptoProvider, GetRandomFailed, SecureRandom, SharedSecret,
    SupportedKxGroup, aws_lc_rs,
};
use rustls::{Error, NamedGroup, PeerMisbehaved};
use std::fmt;

/// The most attempts to draw a private key. One number in 2³² is not a key of P-256.
const DRAWS: usize = 8;
/// The length in bytes of the longest private key.
const LONGEST_KEY: usize = 66;

/// The cipher suites, groups and algorithms of TLS.
pub(super) fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.secure_random = &OperatingSystem;
    let is_ours = |name| GROUPS.iter().any(|own| own.name == name);
    let ours = GROUPS.iter().map(|group| group as &dyn SupportedKxGroup);
    let others = std::mem::take(&mut provider.kx_groups).into_iter();
    let others = others.filter(|group| !is_ours(group.name()));
    provider.kx_groups = ours.chain(others).collect();
    provider
}

#[derive(Debug)]
struct OperatingSystem;

impl SecureRandom for OperatingSystem {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        getrandom::fill(bytes).map_err(|_| GetRandomFailed)
    }
}

/// A group for the key exchange.
struct Group {
    name: NamedGroup,
    algorithm: &'static Algorithm,
    /// The length of a private key in bytes, at most [`LONGEST_KEY`].
    private_key: usize,
    /// The bits of a private key's first byte that may be set.
    first_byte: u8,
    /// The length of a public key in bytes.
    public_key: usize,
}

/// The groups, the preferred one first.
static GROUPS: [Group; 4] = [
    Group {
        name: NamedGroup::X25519,
        algorithm: &agreement::X25519,
        private_key: 32,
        first_byte: 0xff,
        public_key: 32,
    },
    Group {
        name: NamedGroup::secp256r1,
        algorithm: &agreement::ECDH_P256,
        private_key: 32,
        first_byte: 0xff,
        public_key: 65,
    },
    Group {
        name: NamedGroup::secp384r1,
        algorithm: &agreement::ECDH_P384,
        private_key: 48,
        first_byte: 0xff,
        public_key: 97,
    },
    // In TLS 1.2 a server may have a key on such curves only that are offered (RFC 8422 §5.1).
    Group {
        name: NamedGroup::secp521r1,
        algorithm: &agreement::ECDH_P521,
        private_key: LONGEST_KEY,
        first_byte: 1,
        public_key: 133,
    },
];

impl SupportedKxGroup for Group {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut bytes = [0; LONGEST_KEY];
        let bytes = &mut bytes[..self.private_key];
        for _ in 0..DRAWS {
            OperatingSystem.fill(bytes)?;
            bytes[0] &= self.first_byte;
            let Ok(private) = PrivateKey::from_private_key(self.algorithm, bytes) else {
                continue;
            };
            let public = private.compute_public_key().map_err(|_| GetRandomFailed)?;
            return Ok(Box::new(Exchange {
                group: self.name,
                algorithm: self.algorithm,
                peer_key: self.public_key,
                private,
                public,
            }));
        }
        Err(GetRandomFailed.into())
    }

    fn name(&self) -> NamedGroup {
        self.name
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// A key exchange under way.
struct Exchange {
    group: NamedGroup,
    algorithm: &'static Algorithm,
    peer_key: usize,
    private: PrivateKey,
    public: agreement::PublicKey,
}

impl ActiveKeyExchange for Exchange {
    /// A point must be uncompressed (RFC 8446 §4.2.8.2); its length shows whether it is.
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        let invalid = || Error::from(PeerMisbehaved::InvalidKeyShare);
        if peer.len() != self.peer_key {
            return Err(invalid());
        }
        let peer = UnparsedPublicKey::new(self.algorithm, peer);
        agreement::agree(&self.private, peer, invalid(), |secret| {
            Ok(SharedSecret::from(secret))
        })
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn group(&self) -> NamedGroup {
        self.group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_making_keys_agree_on_a_secret() {
        let theirs = aws_lc_rs::default_provider().kx_groups;
        let ours = provider().kx_groups;
        assert_eq!(ours.len(), theirs.len() + 1);
        for ours in &GROUPS {
            let mut theirs = theirs.iter().filter(|theirs| theirs.name() == ours.name);
            let theirs: &dyn SupportedKxGroup = theirs.next().map_or(ours, |theirs| *theirs);
            let (one, other) = (ours.start(), theirs.start());
            let (one, other) = (one.expect("a key"), other.expect("a key"));
            let (one_key, other_key) = (one.pub_key().to_vec(), other.pub_key().to_vec());
            let one = one.complete(&other_key).expect("a secret");
            let other = other.complete(&one_key).expect("a secret");
            assert_eq!(one.secret_bytes(), other.secret_bytes());
        }
    }

    #[test]
    fn a_public_key_that_is_none_is_refused() {
        for group in &GROUPS {
            for length in 0..=group.public_key {
                let exchange = group.start().expect("a key");
                assert!(exchange.complete(&vec![0; length]).is_err(), "{length}");
            }
        }
    }
}
