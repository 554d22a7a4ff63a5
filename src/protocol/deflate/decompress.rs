//! Decompressing messages (RFC 7692 §7.2.2).

use super::compress::TAIL;
use super::params::DeflateParams;
use crate::protocol::role::Role;
use crate::protocol::violation::Violation;
use flate2::{Decompress, FlushDecompress, Status};

/// The smallest step in which the output grows, in bytes.
const LEAST_ROOM: usize = 1024;

/// Decompresses the messages of one direction. Its window has 15 bits, which suits every sender. Its
/// state of about 50 KiB is allocated for the first message.
#[derive(Debug)]
pub(in crate::protocol) struct Decompressor {
    no_context_takeover: bool,
    zlib: Option<Decompress>,
    /// Whether no byte arrived since the start of the message or the end of a final block.
    at_start: bool,
}

/// Why a message cannot be decompressed. Nothing can be decompressed after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::protocol) enum InflateError {
    /// The data is not valid DEFLATE (RFC 1951).
    Invalid,
    /// The output is larger than the limit.
    TooLarge,
}

impl InflateError {
    /// The rule that the peer broke, if messages are limited to `max_size` bytes.
    pub(in crate::protocol) fn violation(self, max_size: usize) -> Violation {
        match self {
            Self::Invalid => Violation::Deflate,
            Self::TooLarge => Violation::TooBig { limit: max_size },
        }
    }
}

impl Decompressor {
    /// The decompressor of the side that has `role`, for the messages of the other side.
    pub(in crate::protocol) fn for_role(params: &DeflateParams, role: Role) -> Self {
        Self::new(match role {
            Role::Client => params.server_no_context_takeover,
            Role::Server => params.client_no_context_takeover,
        })
    }

    /// A decompressor. With `no_context_takeover` no message refers to an earlier one, and the state
    /// is reset after each.
    pub(super) fn new(no_context_takeover: bool) -> Self {
        Self {
            no_context_takeover,
            zlib: None,
            at_start: true,
        }
    }

    /// Decompresses the next piece of a message and appends the output. `out` may have at most `limit`
    /// bytes; it grows in steps, as output comes.
    ///
    /// # Errors
    /// [`InflateError::TooLarge`] as soon as `out` would exceed `limit`; it then has `limit` bytes.
    /// [`InflateError::Invalid`] as soon as the data is invalid.
    pub(in crate::protocol) fn decompress(
        &mut self,
        mut input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), InflateError> {
        let zlib = self.zlib.get_or_insert_with(|| Decompress::new(false));
        while !input.is_empty() {
            let (taken, status) = inflate(zlib, input, out, limit)?;
            if taken == 0 {
                return Err(InflateError::Invalid);
            }
            input = &input[taken..];
            self.at_start = status == Status::StreamEnd;
            if self.at_start {
                // After a final block a new stream begins (RFC 7692 §7.2.3.4).
                zlib.reset(false);
            }
        }
        Ok(())
    }

    /// Ends a message by appending the bytes that the sender left out (RFC 7692 §7.2.2).
    ///
    /// # Errors
    /// As for [`decompress`](Self::decompress).
    pub(in crate::protocol) fn finish(
        &mut self,
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), InflateError> {
        // After a final block, or without any byte, the sender has left out nothing.
        if !self.at_start {
            let whole = out.len();
            self.decompress(&TAIL, out, limit)?;
            // The tail completes an empty block. If it has output, a block was truncated.
            if out.len() > whole {
                return Err(InflateError::Invalid);
            }
        }
        self.at_start = true;
        if self.no_context_takeover
            && let Some(zlib) = &mut self.zlib
        {
            zlib.reset(false);
        }
        Ok(())
    }
}

/// Decompresses until `input` is used up or a final block ends; returns how much was used.
fn inflate(
    zlib: &mut Decompress,
    input: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<(usize, Status), InflateError> {
    let start = zlib.total_in();
    let mut taken = 0;
    loop {
        make_room(out, input.len() - taken, limit);
        let status = zlib.decompress_vec(&input[taken..], out, FlushDecompress::None);
        taken = usize::try_from(zlib.total_in() - start).unwrap_or(input.len());
        // Before the status: the error of invalid data comes with the output before it.
        if out.len() > limit {
            out.truncate(limit);
            return Err(InflateError::TooLarge);
        }
        let status = status.map_err(|_| InflateError::Invalid)?;
        // If room is left, zlib has written all output for the input.
        if status == Status::StreamEnd || out.len() < out.capacity() {
            return Ok((taken, status));
        }
    }
}

/// Doubles the room, to at most one byte beyond the limit; that byte shows that it is exceeded.
fn make_room(out: &mut Vec<u8>, input: usize, limit: usize) {
    if out.len() < out.capacity() {
        return;
    }
    let wanted = out.len().max(input.saturating_mul(4)).max(LEAST_ROOM);
    let most = limit.saturating_sub(out.len()).saturating_add(1);
    out.reserve_exact(wanted.min(most));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflate_all(
        decompressor: &mut Decompressor,
        payload: &[u8],
    ) -> Result<Vec<u8>, InflateError> {
        let mut out = Vec::new();
        decompressor.decompress(payload, &mut out, 1 << 20)?;
        decompressor.finish(&mut out, 1 << 20)?;
        Ok(out)
    }

    fn hello(payloads: &[&[u8]]) {
        for cut in 0..payloads[0].len() {
            let mut decompressor = Decompressor::new(false);
            let mut out = Vec::new();
            let (head, tail) = payloads[0].split_at(cut);
            decompressor.decompress(head, &mut out, 5).expect("valid");
            decompressor.decompress(tail, &mut out, 5).expect("valid");
            decompressor.finish(&mut out, 5).expect("valid");
            assert_eq!(out, b"Hello");
            for payload in &payloads[1..] {
                assert_eq!(
                    inflate_all(&mut decompressor, payload),
                    Ok(b"Hello".to_vec())
                );
            }
        }
    }

    #[test]
    fn section_7_2_3_1_a_message_of_one_block() {
        hello(&[b"\xf2\x48\xcd\xc9\xc9\x07\x00"]);
    }

    #[test]
    fn section_7_2_3_2_a_message_that_refers_to_the_one_before() {
        hello(&[b"\xf2\x48\xcd\xc9\xc9\x07\x00", b"\xf2\x00\x11\x00\x00"]);
    }

    #[test]
    fn section_7_2_3_3_a_block_without_compression() {
        hello(&[b"\x00\x05\x00\xfa\xffHello\x00"]);
    }

    #[test]
    fn output_over_the_limit_is_cut_off_even_if_invalid_data_follows() {
        // Ten bytes of output, then invalid data.
        let payload = b"\x5a\x50\x10\x10\x90\x90\x50\x10\x10\x90\x40\x93\x77";
        let mut out = Vec::new();
        let result = Decompressor::new(false).decompress(payload, &mut out, 9);
        assert_eq!((result, out.len()), (Err(InflateError::TooLarge), 9));
        let result = Decompressor::new(false).decompress(payload, &mut Vec::new(), 10);
        assert_eq!(result, Err(InflateError::Invalid));
    }

    #[test]
    fn section_7_2_3_4_a_final_block_in_a_message() {
        let message = b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00";
        hello(&[message, message, b"\xf2\x48\xcd\xc9\xc9\x07\x00"]);
    }

    #[test]
    fn a_final_block_that_nothing_follows_ends_a_message() {
        let message = b"\xf3\x48\xcd\xc9\xc9\x07\x00";
        hello(&[message, b"\xf2\x48\xcd\xc9\xc9\x07\x00", message]);
    }

    #[test]
    fn section_7_2_3_5_two_blocks_in_a_message() {
        hello(&[b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"]);
    }

    #[test]
    fn section_7_2_3_6_one_zero_byte_is_an_empty_message() {
        let mut decompressor = Decompressor::new(false);
        assert_eq!(inflate_all(&mut decompressor, b"\x00"), Ok(Vec::new()));
        let payload = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
        assert_eq!(
            inflate_all(&mut decompressor, payload),
            Ok(b"Hello".to_vec())
        );
    }

    #[test]
    fn a_message_of_no_bytes_is_empty_and_harms_none_that_follow() {
        let mut decompressor = Decompressor::new(false);
        assert_eq!(inflate_all(&mut decompressor, b""), Ok(Vec::new()));
        let hello = inflate_all(&mut decompressor, b"\xf2\x48\xcd\xc9\xc9\x07\x00");
        assert_eq!(hello, Ok(b"Hello".to_vec()));
        assert_eq!(inflate_all(&mut decompressor, b""), Ok(Vec::new()));
        let again = inflate_all(&mut decompressor, b"\xf2\x00\x11\x00\x00");
        assert_eq!(again, Ok(b"Hello".to_vec()));
    }

    #[test]
    fn without_context_takeover_a_reference_to_an_earlier_message_is_invalid() {
        let mut decompressor = Decompressor::new(true);
        assert!(inflate_all(&mut decompressor, b"\xf2\x48\xcd\xc9\xc9\x07\x00").is_ok());
        let second = inflate_all(&mut decompressor, b"\xf2\x00\x11\x00\x00");
        assert_eq!(second, Err(InflateError::Invalid));
    }

    #[test]
    fn broken_data_is_invalid() {
        for payload in [
            b"\x07".as_slice(),           // block type 3
            b"\x00\x05\x00\x00\x00Hello", // length and its inverse do not match
            b"\xf2\x00\x11\x00\x00",      // refers to before the beginning
            b"\x00\x05\x00\xfa\xffH",     // a stored block cut short
        ] {
            let inflated = inflate_all(&mut Decompressor::new(false), payload);
            assert_eq!(inflated, Err(InflateError::Invalid), "{payload:x?}");
        }
    }

    #[test]
    fn the_limit_counts_what_the_buffer_had_and_is_exact() {
        let payload = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
        let mut out = b"ab".to_vec();
        let mut decompressor = Decompressor::new(false);
        assert_eq!(decompressor.decompress(payload, &mut out, 7), Ok(()));
        assert_eq!(decompressor.finish(&mut out, 7), Ok(()));
        assert_eq!(out, b"abHello");

        let mut out = b"ab".to_vec();
        let refused = Decompressor::new(false).decompress(payload, &mut out, 6);
        assert_eq!(refused, Err(InflateError::TooLarge));
        assert_eq!(out, b"abHell");
    }

    #[test]
    fn a_bomb_is_stopped_before_the_memory_is_taken() {
        let mut bomb = Vec::new();
        super::super::compress::Compressor::new(15, false, 9).compress(
            &vec![0; 8 << 20],
            true,
            &mut bomb,
        );
        assert!(bomb.len() < 1 << 17);
        let mut out = Vec::new();
        let refused = Decompressor::new(false).decompress(&bomb, &mut out, 1 << 20);
        assert_eq!(refused, Err(InflateError::TooLarge));
        assert_eq!(out.len(), 1 << 20);
        assert!(out.capacity() <= (1 << 20) + 1);
    }
}
