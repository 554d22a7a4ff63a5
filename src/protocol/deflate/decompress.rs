//! Decompressing messages (RFC 7692 §7.2.2).

use super::TAIL;
use flate2::{Decompress, FlushDecompress, Status};

/// The least room made for output at once, in bytes.
const LEAST_ROOM: usize = 1024;

/// Decompresses the messages of one direction.
///
/// Its window has 15 bits, which suits a sender with any window. The state of about 50 KiB is made
/// when the first message comes.
#[derive(Debug)]
pub struct Decompressor {
    no_context_takeover: bool,
    zlib: Option<Decompress>,
    /// Whether no byte came since the message began or since a final block ended.
    fresh: bool,
}

/// Why a message cannot be decompressed. Nothing can be decompressed after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InflateError {
    /// The bytes are not what RFC 1951 describes (close code 1007).
    #[error("the compressed data is not valid DEFLATE")]
    Invalid,
    /// The message is longer than allowed (close code 1009).
    #[error("the message inflates to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Decompressor {
    /// A decompressor. With `no_context_takeover` no message refers to an earlier one, and the state
    /// begins anew after each.
    #[must_use]
    pub fn new(no_context_takeover: bool) -> Self {
        Self {
            no_context_takeover,
            zlib: None,
            fresh: true,
        }
    }

    /// Appends what the next piece of a message's payload inflates to.
    ///
    /// `limit` is the most bytes that `out` may have in all. Memory is taken in steps, as output comes.
    ///
    /// # Errors
    /// [`InflateError::TooLarge`] as soon as `out` would outgrow `limit`; it then has `limit` bytes.
    /// [`InflateError::Invalid`] as soon as the data is seen to be broken.
    pub fn decompress(
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
            self.fresh = status == Status::StreamEnd;
            if self.fresh {
                // What follows a final block is a new stream (RFC 7692 §7.2.3.4).
                zlib.reset(false);
            }
        }
        Ok(())
    }

    /// Ends a message: what its sender left out is put in again (RFC 7692 §7.2.2).
    ///
    /// # Errors
    /// As for [`decompress`](Self::decompress).
    pub fn finish(&mut self, out: &mut Vec<u8>, limit: usize) -> Result<(), InflateError> {
        // A sender whose last block is final, or who sends no byte at all, has left out nothing.
        if !self.fresh {
            let whole = out.len();
            self.decompress(&TAIL, out, limit)?;
            // The tail is the rest of an empty block. If it gave output, a block was cut short.
            if out.len() > whole {
                return Err(InflateError::Invalid);
            }
        }
        self.fresh = true;
        if self.no_context_takeover
            && let Some(zlib) = &mut self.zlib
        {
            zlib.reset(false);
        }
        Ok(())
    }
}

/// Inflates until `input` is used up or a final block has ended; says how much was used.
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
        let status = zlib
            .decompress_vec(&input[taken..], out, FlushDecompress::None)
            .map_err(|_| InflateError::Invalid)?;
        taken = usize::try_from(zlib.total_in() - start).unwrap_or(input.len());
        if out.len() > limit {
            out.truncate(limit);
            return Err(InflateError::TooLarge { limit });
        }
        // With room left, zlib has given all that the input is good for.
        if status == Status::StreamEnd || out.len() < out.capacity() {
            return Ok((taken, status));
        }
    }
}

/// Doubles the room, but takes no more than one byte beyond the limit: that one shows an excess.
fn make_room(out: &mut Vec<u8>, input: usize, limit: usize) {
    if out.len() < out.capacity() {
        return;
    }
    let wish = out.len().max(input.saturating_mul(4)).max(LEAST_ROOM);
    let most = limit.saturating_sub(out.len()).saturating_add(1);
    out.reserve_exact(wish.min(most));
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
        assert_eq!(refused, Err(InflateError::TooLarge { limit: 6 }));
        assert_eq!(out, b"abHell");
    }

    #[test]
    fn a_bomb_is_stopped_before_the_memory_is_taken() {
        let mut bomb = Vec::new();
        super::super::Compressor::new(15, false, 9).compress(&vec![0; 8 << 20], true, &mut bomb);
        assert!(bomb.len() < 1 << 17);
        let mut out = Vec::new();
        let refused = Decompressor::new(false).decompress(&bomb, &mut out, 1 << 20);
        assert_eq!(refused, Err(InflateError::TooLarge { limit: 1 << 20 }));
        assert_eq!(out.len(), 1 << 20);
        assert!(out.capacity() <= (1 << 20) + 1);
    }
}
