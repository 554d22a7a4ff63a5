//! Compressing messages (RFC 7692 §7.2.1).

use super::params::DeflateParams;
use crate::protocol::role::Role;
use flate2::{Compress, Compression, FlushCompress};

/// The compression level. On JSON messages of 150 bytes, level 1 takes a ninth of the time of level 2
/// (0.4 µs instead of 3.3 µs) and compresses to 26 % instead of 25 % of the size.
pub(super) const DEFAULT_LEVEL: u32 = 1;

/// The end of a sync flush, which a message leaves out (RFC 7692 §7.2.1): the length of an empty
/// stored block, and its complement.
pub(super) const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
/// The smallest window of zlib's compressor.
const SMALLEST_ZLIB_WINDOW: u8 = 9;
/// The largest stored block, in bytes (RFC 1951 §3.2.4).
const MAX_STORED: usize = 0xffff;

/// Compresses the messages of one direction. Its state of about 300 KiB is allocated for the first
/// message.
#[derive(Debug)]
pub(in crate::protocol) struct Compressor {
    window_bits: u8,
    no_context_takeover: bool,
    level: u32,
    zlib: Option<Compress>,
    /// Whether the current message has had any byte.
    has_input: bool,
}

impl Compressor {
    /// The compressor of the side that has `role`.
    pub(in crate::protocol) fn for_role(params: &DeflateParams, role: Role) -> Self {
        let (bits, no_context_takeover) = match role {
            Role::Client => (
                params.client_max_window_bits,
                params.client_no_context_takeover,
            ),
            Role::Server => (
                params.server_max_window_bits,
                params.server_no_context_takeover,
            ),
        };
        Self::new(bits, no_context_takeover, DEFAULT_LEVEL)
    }

    /// A compressor for a receiver with a window of `2^window_bits` bytes (8 to 15).
    ///
    /// With `no_context_takeover` no message refers to an earlier one. The level is 0 (stored blocks
    /// only) to 9 (smallest). A window of 8 bits, which zlib cannot make, uses stored blocks, which
    /// every receiver can read.
    pub(super) fn new(window_bits: u8, no_context_takeover: bool, level: u32) -> Self {
        debug_assert!((8..=15).contains(&window_bits), "a window of 8 to 15 bits");
        debug_assert!(level <= 9, "a level of 0 to 9");
        Self {
            window_bits,
            no_context_takeover,
            level,
            zlib: None,
            has_input: false,
        }
    }

    /// Whether messages can become smaller. With a window of 8 bits they cannot, and are better sent
    /// uncompressed, which RFC 7692 §6.1 allows for every message.
    pub(in crate::protocol) fn shrinks(&self) -> bool {
        self.window_bits >= SMALLEST_ZLIB_WINDOW && self.level > 0
    }

    /// Compresses the next piece of a message, the last one if `fin`, and appends the output. A piece
    /// that is not the last may have no output yet.
    pub(in crate::protocol) fn compress(&mut self, input: &[u8], fin: bool, out: &mut Vec<u8>) {
        self.has_input |= !input.is_empty();
        if !self.has_input {
            // An empty message is the first byte of an empty stored block (RFC 7692 §7.2.3.6).
            out.extend(fin.then_some(0x00));
            return;
        }
        if self.window_bits < SMALLEST_ZLIB_WINDOW {
            store(input, fin, out);
        } else {
            self.deflate(input, fin, out);
        }
        self.has_input = !fin;
    }

    fn deflate(&mut self, input: &[u8], fin: bool, out: &mut Vec<u8>) {
        let zlib = self.zlib.get_or_insert_with(|| {
            Compress::new_with_window_bits(Compression::new(self.level), false, self.window_bits)
        });
        if !fin {
            run(zlib, input, FlushCompress::None, out);
            return;
        }
        run(zlib, input, FlushCompress::Sync, out);
        debug_assert!(
            out.ends_with(&TAIL),
            "a sync flush ends with an empty block"
        );
        out.truncate(out.len() - TAIL.len());
        if self.no_context_takeover {
            zlib.reset();
        }
    }
}

/// Compresses all of `input` and, if `flush` asks for it, flushes all output.
fn run(zlib: &mut Compress, mut input: &[u8], flush: FlushCompress, out: &mut Vec<u8>) {
    loop {
        // Room for incompressible input and the flush, so that one round usually suffices.
        out.reserve(input.len().min(64 * 1024) + 64);
        let before = zlib.total_in();
        zlib.compress_vec(input, out, flush)
            .expect("a deflate stream that is never finished takes any input");
        let taken = usize::try_from(zlib.total_in() - before).unwrap_or(usize::MAX);
        input = &input[taken.min(input.len())..];
        if input.is_empty() && out.len() < out.capacity() {
            return;
        }
    }
}

/// Appends stored blocks, which refer to no earlier data (RFC 1951 §3.2.4).
fn store(input: &[u8], fin: bool, out: &mut Vec<u8>) {
    for block in input.chunks(MAX_STORED) {
        let len = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(0x00);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend(fin.then_some(0x00));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(compressor: &mut Compressor, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        compressor.compress(payload, true, &mut out);
        out
    }

    #[test]
    fn section_7_2_3_1_a_message_is_one_block() {
        let mut compressor = Compressor::new(15, false, DEFAULT_LEVEL);
        let hello = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
        assert_eq!(message(&mut compressor, b"Hello"), hello);
    }

    #[test]
    fn section_7_2_3_2_a_second_message_refers_to_the_first() {
        let mut compressor = Compressor::new(15, false, 6);
        let _ = message(&mut compressor, b"Hello");
        let second = [0xf2, 0x00, 0x11, 0x00, 0x00];
        assert_eq!(message(&mut compressor, b"Hello"), second);
    }

    #[test]
    fn without_context_takeover_equal_messages_are_equal_on_the_wire() {
        let mut compressor = Compressor::new(15, true, DEFAULT_LEVEL);
        let first = message(&mut compressor, b"Hello");
        assert_eq!(message(&mut compressor, b"Hello"), first);
    }

    #[test]
    fn section_7_2_3_3_a_window_of_8_bits_gets_stored_blocks() {
        let mut compressor = Compressor::new(8, false, DEFAULT_LEVEL);
        let stored = b"\x00\x05\x00\xfa\xffHello\x00";
        assert!(!compressor.shrinks());
        assert_eq!(message(&mut compressor, b"Hello"), stored);
    }

    #[test]
    fn section_7_2_3_6_an_empty_message_is_one_zero_byte() {
        for window_bits in 8..=15 {
            let mut compressor = Compressor::new(window_bits, false, DEFAULT_LEVEL);
            assert_eq!(message(&mut compressor, b""), [0x00]);
            let _ = message(&mut compressor, b"Hello");
            assert_eq!(message(&mut compressor, b""), [0x00]);
        }
    }

    #[test]
    fn an_empty_last_fragment_ends_the_message_that_was_begun() {
        let mut compressor = Compressor::new(15, false, DEFAULT_LEVEL);
        let mut out = Vec::new();
        compressor.compress(b"Hello", false, &mut out);
        compressor.compress(b"", true, &mut out);
        assert_eq!(out, [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]);
    }

    #[test]
    fn no_state_is_made_before_the_first_byte() {
        let mut compressor = Compressor::new(15, false, DEFAULT_LEVEL);
        let _ = message(&mut compressor, b"");
        assert!(compressor.zlib.is_none());
    }

    #[test]
    fn what_is_in_the_buffer_stays() {
        let mut out = b"frame".to_vec();
        Compressor::new(15, false, DEFAULT_LEVEL).compress(b"Hello", true, &mut out);
        assert!(out.starts_with(b"frame\xf2"));
    }
}
