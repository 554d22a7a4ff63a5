//! Blocks of input cut into messages, each block with one look at each byte.

use super::Framing;
use memchr::memchr_iter;
use std::ops::Range;

/// What is read at once. Large enough that a block's costs vanish beside its messages'.
pub(super) const BLOCK: usize = 256 << 10;
/// One message has to be whole in memory, so there is a bound.
pub(super) const LONGEST: usize = 1 << 30;

/// Messages that share one buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The bytes of all messages and what lies between them.
    pub(super) data: Vec<u8>,
    /// Where the messages are.
    pub(super) messages: Vec<Range<usize>>,
}

/// A message grew past [`LONGEST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Takes bytes as they come, gives blocks of whole messages.
#[derive(Debug)]
pub(super) struct Cutter {
    framing: Framing,
    buffer: Vec<u8>,
    /// Up to here there is no separator.
    searched: usize,
    longest: usize,
}

impl Cutter {
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            framing,
            buffer: Vec::new(),
            searched: 0,
            longest: LONGEST,
        }
    }

    /// The buffer to append input to, with room for some.
    pub(super) fn room(&mut self) -> &mut Vec<u8> {
        let length = self.buffer.len();
        let free = self.buffer.capacity() - length;
        let most = match self.framing {
            Framing::Chunks { size, .. } if size > BLOCK => size,
            _ => usize::MAX,
        };
        if most == usize::MAX && free < BLOCK / 2 {
            self.buffer.reserve(BLOCK);
        } else if free == 0 {
            // Grows up to a large chunk and no further.
            let wanted = (2 * length).clamp(BLOCK, most);
            self.buffer.reserve_exact(wanted - length);
        }
        &mut self.buffer
    }

    /// Whether what is left need not wait for more when there is nothing more to read.
    pub(super) fn has_part(&self) -> bool {
        let may_go = matches!(self.framing, Framing::Chunks { exact: false, .. });
        may_go && !self.buffer.is_empty()
    }

    /// The messages that are whole by now; what is left waits for more.
    pub(super) fn cut(&mut self) -> Result<Option<Block>, TooLong> {
        let block = match self.framing {
            Framing::Separated(separator) => self.cut_separated(separator),
            Framing::Chunks { size, .. } => self.cut_chunks(size),
            Framing::WholeText | Framing::WholeBinary => None,
        };
        if block.is_none() && self.buffer.len() > self.longest {
            return Err(TooLong);
        }
        Ok(block)
    }

    /// What the end of the input, or of what there is of it, makes a message, if anything.
    pub(super) fn finish(&mut self) -> Option<Block> {
        let whole = matches!(self.framing, Framing::WholeText | Framing::WholeBinary);
        if self.buffer.is_empty() && !whole {
            return None;
        }
        let data = std::mem::take(&mut self.buffer);
        let message = match self.framing {
            Framing::Separated(separator) => without_return(&data, 0, data.len(), separator),
            _ => 0..data.len(),
        };
        Some(Block {
            data,
            messages: vec![message],
        })
    }

    fn cut_separated(&mut self, separator: u8) -> Option<Block> {
        let mut messages = Vec::new();
        let mut start = 0;
        for offset in memchr_iter(separator, &self.buffer[self.searched..]) {
            let end = self.searched + offset;
            messages.push(without_return(&self.buffer, start, end, separator));
            start = end + 1;
        }
        let data = (start > 0).then(|| self.take(start));
        self.searched = self.buffer.len();
        data.map(|data| Block { data, messages })
    }

    fn cut_chunks(&mut self, size: usize) -> Option<Block> {
        let length = self.buffer.len() - self.buffer.len() % size;
        if length == 0 {
            return None;
        }
        let messages = (0..length)
            .step_by(size)
            .map(|start| start..start + size)
            .collect();
        Some(Block {
            data: self.take(length),
            messages,
        })
    }

    /// The first `length` bytes. A buffer that is mostly empty is kept for what comes next, so
    /// that a trickle of input does not hold a block of memory for every line.
    fn take(&mut self, length: usize) -> Vec<u8> {
        if length < self.buffer.capacity() / 4 {
            return self.buffer.drain(..length).collect();
        }
        let rest = self.buffer[length..].to_vec();
        let mut data = std::mem::replace(&mut self.buffer, rest);
        data.truncate(length);
        data
    }
}

/// A line without the carriage return before its newline.
fn without_return(data: &[u8], start: usize, end: usize, separator: u8) -> Range<usize> {
    let returns = separator == b'\n' && end > start && data[end - 1] == b'\r';
    start..end - usize::from(returns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What comes out when the input comes in these pieces.
    fn messages(framing: Framing, pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut cutter = Cutter::new(framing);
        let mut out = Vec::new();
        let mut push = |block: Block| {
            for message in block.messages {
                out.push(block.data[message].to_vec());
            }
        };
        for piece in pieces {
            cutter.room().extend_from_slice(piece);
            cutter.cut().expect("short enough").map(&mut push);
        }
        cutter.finish().map(&mut push);
        out
    }

    const LINES: Framing = Framing::Separated(b'\n');

    #[test]
    fn each_line_is_a_message_without_its_ending() {
        let out = messages(LINES, &[b"a\r\n\nb\rc\n\r\nlast"]);
        assert_eq!(out, [&b"a"[..], b"", b"b\rc", b"", b"last"]);
    }

    #[test]
    fn a_return_and_its_newline_may_come_apart() {
        assert_eq!(messages(LINES, &[b"a\r", b"\nb\r"]), [b"a", b"b"]);
    }

    #[test]
    fn nul_separated_messages_keep_newlines_and_returns() {
        let out = messages(Framing::Separated(0), &[b"a\nb\r\0\0c"]);
        assert_eq!(out, [&b"a\nb\r"[..], b"", b"c"]);
    }

    #[test]
    fn no_input_is_no_message_unless_all_of_it_is_one() {
        assert!(messages(LINES, &[]).is_empty());
        assert!(messages(chunks(4), &[b""]).is_empty());
        assert_eq!(messages(Framing::WholeText, &[]), [b""]);
    }

    fn chunks(size: usize) -> Framing {
        Framing::Chunks { size, exact: true }
    }

    #[test]
    fn chunks_are_full_however_they_come_and_the_last_is_what_is_left() {
        let out = messages(chunks(2), &[b"abc", b"d", b"e"]);
        assert_eq!(out, [&b"ab"[..], b"cd", b"e"]);
    }

    #[test]
    fn only_a_chunk_that_need_not_be_full_is_a_part_that_may_go() {
        for exact in [true, false] {
            let mut cutter = Cutter::new(Framing::Chunks { size: 2, exact });
            cutter.room().extend_from_slice(b"abc");
            assert!(cutter.cut().is_ok_and(|block| block.is_some()));
            assert_eq!(cutter.has_part(), !exact);
            assert_eq!(cutter.finish().expect("the rest").data, b"c");
            assert!(!cutter.has_part());
        }
    }

    #[test]
    fn a_large_chunk_takes_no_more_memory_than_itself() {
        let size = 5 * BLOCK;
        let mut cutter = Cutter::new(chunks(size));
        for _ in 0..2 {
            loop {
                let room = cutter.room();
                let free = room.capacity() - room.len();
                assert!(free > 0 && room.capacity() <= size, "{}", room.capacity());
                room.extend(std::iter::repeat_n(b'x', free));
                if let Some(block) = cutter.cut().expect("short enough") {
                    assert_eq!((block.data.len(), block.messages.len()), (size, 1));
                    break;
                }
            }
        }
    }

    #[test]
    fn a_message_without_end_is_refused() {
        let mut cutter = Cutter::new(LINES);
        cutter.longest = 10;
        cutter.room().extend_from_slice(b"short\n0123456789");
        assert!(cutter.cut().is_ok_and(|block| block.is_some()));
        cutter.room().push(b'x');
        assert_eq!(cutter.cut(), Err(TooLong));
    }

    #[test]
    fn a_trickle_of_lines_does_not_hold_a_block_each() {
        let mut cutter = Cutter::new(LINES);
        cutter.room().extend_from_slice(b"a\n");
        let block = cutter.cut().expect("short").expect("a line");
        assert!(block.data.capacity() < 100);
    }

    proptest! {
        #[test]
        fn any_split_of_the_input_gives_the_same_messages(
            input in proptest::collection::vec(
                proptest::sample::select(b"ab\r\n\0".to_vec()), 0..200),
            mut cuts in proptest::collection::vec(0usize..200, 0..8),
        ) {
            cuts.retain(|cut| *cut <= input.len());
            cuts.sort_unstable();
            let mut pieces: Vec<&[u8]> = Vec::new();
            let mut start = 0;
            for cut in cuts {
                pieces.push(&input[start..cut]);
                start = cut;
            }
            pieces.push(&input[start..]);
            for framing in [LINES, Framing::Separated(0), Framing::WholeBinary] {
                prop_assert_eq!(messages(framing, &pieces), messages(framing, &[&input]));
            }
            let full: Vec<&[u8]> = input.chunks(7).collect();
            prop_assert_eq!(messages(chunks(7), &pieces), full);
        }
    }
}
