//! Frames to bytes for the network.

use super::header::Header;
use super::mask;
use crate::protocol::config::Config;
use crate::protocol::opcode::OpCode;
use crate::protocol::role::Role;
use chacha20::ChaCha12Rng;
use chacha20::rand_core::{Rng, SeedableRng};

/// Writes frames into one buffer, masked if the endpoint is a client.
pub(in crate::protocol) struct Encoder {
    /// The source of masking keys; `None` for a server.
    keys: Option<ChaCha12Rng>,
    wire: Vec<u8>,
    /// How many bytes of `wire` the network has taken.
    taken: usize,
    /// The masking key, rotated to the next byte of the current frame.
    key: Option<[u8; 4]>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Encoder({} bytes wait)", self.waiting().len())
    }
}

impl Encoder {
    pub(in crate::protocol) fn new(config: &Config) -> Self {
        Self {
            keys: (config.role == Role::Client).then(|| ChaCha12Rng::from_seed(config.seed)),
            wire: Vec::new(),
            taken: 0,
            key: None,
        }
    }

    /// Writes a whole frame and returns its header.
    #[inline]
    pub(in crate::protocol) fn frame(
        &mut self,
        opcode: OpCode,
        fin: bool,
        rsv1: bool,
        payload: &[u8],
    ) -> Header {
        let header = self.begin(opcode, fin, rsv1, payload.len() as u64);
        self.piece(payload);
        header
    }

    /// Writes and returns the header of a frame whose `len` bytes of payload follow in pieces.
    #[inline]
    pub(in crate::protocol) fn begin(
        &mut self,
        opcode: OpCode,
        fin: bool,
        rsv1: bool,
        len: u64,
    ) -> Header {
        // RFC 6455 §5.3: "the masking key needs to be unpredictable", a fresh one for each frame.
        self.key = self.keys.as_mut().map(|keys| keys.next_u32().to_ne_bytes());
        let header = Header {
            fin,
            rsv1,
            rsv2: false,
            rsv3: false,
            opcode,
            key: self.key,
            len,
        };
        header.push_to(&mut self.wire);
        header
    }

    /// Writes the next piece of the current frame's payload.
    #[inline]
    pub(in crate::protocol) fn piece(&mut self, bytes: &[u8]) {
        let start = self.wire.len();
        self.wire.extend_from_slice(bytes);
        if let Some(key) = &mut self.key {
            mask::apply(&mut self.wire[start..], *key);
            *key = mask::rotated(*key, bytes.len());
        }
    }

    /// The end of what is written, counted as [`Encoder::taken`] is.
    pub(in crate::protocol) fn end(&self) -> usize {
        self.wire.len()
    }

    /// How many bytes the network has taken since the buffer was last cleared.
    pub(in crate::protocol) fn taken(&self) -> usize {
        self.taken
    }

    /// The bytes that the network has not taken.
    pub(in crate::protocol) fn waiting(&self) -> &[u8] {
        &self.wire[self.taken..]
    }

    /// The network has taken `count` bytes of [`Encoder::waiting`].
    pub(in crate::protocol) fn advance(&mut self, count: usize) {
        self.taken += count;
    }

    /// Empties the buffer.
    pub(in crate::protocol) fn clear(&mut self) {
        self.wire.clear();
        self.taken = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::opcode::Data;
    use crate::protocol::tests::config;

    fn text(role: Role, payload: &[u8]) -> Vec<u8> {
        let mut encoder = Encoder::new(&config(role));
        encoder.frame(OpCode::Data(Data::Text), true, false, payload);
        encoder.waiting().to_vec()
    }

    #[test]
    fn section_5_7_a_single_frame_unmasked_text_message() {
        assert_eq!(
            text(Role::Server, b"Hello"),
            [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
        );
    }

    #[test]
    fn section_5_3_a_client_masks_with_a_fresh_key_each_time() {
        let mut encoder = Encoder::new(&config(Role::Client));
        for _ in 0..2 {
            encoder.frame(OpCode::Data(Data::Text), true, false, b"Hello");
        }
        let (first, second) = encoder.waiting().split_at(11);
        assert_eq!(first[..2], [0x81, 0x85]);
        assert_ne!(first[2..6], second[2..6]);
        for frame in [first, second] {
            let key = [frame[2], frame[3], frame[4], frame[5]];
            let mut payload = frame[6..].to_vec();
            mask::apply(&mut payload, key);
            assert_eq!(payload, b"Hello");
        }
    }

    #[test]
    fn section_5_2_a_length_takes_its_shortest_form() {
        for (len, header) in [(125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
            assert_eq!(text(Role::Server, &vec![b'x'; len]).len(), header + len);
        }
    }
}
