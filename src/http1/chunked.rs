//! The chunked transfer coding (RFC 9112 §7.1).

/// The maximum length in bytes of the extensions of all chunks together (§7.1.1).
const MAX_EXTENSIONS: usize = 16 * 1024;

/// The maximum number of digits of the size of a chunk.
const MAX_DIGITS: u32 = u64::BITS / 4;

/// Decodes a body piece by piece and reads each byte once.
///
/// The body ends after the last chunk, and where the framing is broken or has too many extensions.
/// The trailer section (§7.1.2) is not read, since the connection is closed after the refusal.
#[derive(Debug, Default)]
pub(super) struct ChunkDecoder {
    state: State,
    /// The number of bytes of extensions that were read.
    extensions: usize,
}

/// What is expected next in the body.
#[derive(Debug, Clone, Copy)]
enum State {
    /// A digit of a size, of which `digits` have been read.
    Size { size: u64, digits: u32 },
    /// The rest of the line that has this size.
    Extensions { size: u64 },
    /// The next `left` bytes of a chunk.
    Data { left: u64 },
    /// The end of the line after a chunk.
    DataEnd,
    /// Nothing.
    Done,
}

impl Default for State {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl ChunkDecoder {
    /// Takes the next piece of data off the front of `input`, or `None` when it contains no more.
    pub(super) fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Option<&'a [u8]> {
        while let (false, Some(&byte)) = (self.is_done(), input.first()) {
            self.state = match &mut self.state {
                State::Data { left } => {
                    let data = take(input, left);
                    if *left == 0 {
                        self.state = State::DataEnd;
                    }
                    return Some(data);
                }
                State::Extensions { size } => {
                    let size = *size;
                    self.skip_extensions(size, input)
                }
                state => {
                    *input = &input[1..];
                    state.after(byte)
                }
            };
        }
        None
    }

    /// Whether the body has ended.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    fn skip_extensions(&mut self, size: u64, input: &mut &[u8]) -> State {
        let end = memchr::memchr(b'\n', input);
        let length = end.unwrap_or(input.len());
        *input = &input[length + usize::from(end.is_some())..];
        self.extensions += length;
        match end {
            _ if self.extensions > MAX_EXTENSIONS => State::Done,
            Some(_) => State::chunk(size),
            None => State::Extensions { size },
        }
    }
}

impl State {
    /// The state after this byte, which is not part of the data of a chunk.
    fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::DataEnd, b'\r') => Self::DataEnd,
            (Self::DataEnd, b'\n') => Self::default(),
            (Self::Size { size, digits: 1.. }, b'\n') => Self::chunk(size),
            (Self::Size { size, digits: 1.. }, b'\r' | b';' | b' ' | b'\t') => {
                Self::Extensions { size }
            }
            (Self::Size { size, digits }, byte) if digits < MAX_DIGITS => {
                let digit = char::from(byte).to_digit(16).map(u64::from);
                digit.map_or(Self::Done, |digit| Self::Size {
                    size: size << 4 | digit,
                    digits: digits + 1,
                })
            }
            _ => Self::Done,
        }
    }

    fn chunk(size: u64) -> Self {
        match size {
            0 => Self::Done,
            left => Self::Data { left },
        }
    }
}

/// Takes at most `left` bytes off the front of `input`.
pub(super) fn take<'a>(input: &mut &'a [u8], left: &mut u64) -> &'a [u8] {
    let len = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
    let (front, rest) = input.split_at(len);
    *input = rest;
    *left -= len as u64;
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The data, and whether the body ended by itself.
    fn decoded(pieces: &[&[u8]]) -> (Vec<u8>, bool) {
        let mut decoder = ChunkDecoder::default();
        let mut body = Vec::new();
        for piece in pieces {
            let mut input = *piece;
            while let Some(data) = decoder.decode(&mut input) {
                body.extend(data);
            }
        }
        (body, decoder.is_done())
    }

    #[test]
    fn chunks_are_put_together_however_they_are_cut() {
        let stream = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n1 \r\nz\r\n2\nde\n0\r\n\r\n";
        for cut in 0..stream.len() {
            let (one, two) = stream.split_at(cut);
            let expected = (b"abc0123456789zde".to_vec(), true);
            assert_eq!(decoded(&[one, two]), expected, "cut at {cut}");
        }
    }

    #[test]
    fn broken_framing_ends_the_body_there() {
        for stream in [
            "1\r\na\r\nxyz\r\n",
            "1\r\nabc\r\n",
            "1\r\na\r\n\r\n",
            "1\r\na\r\n-1\r\n",
            "1\r\na\r\n;x\r\n",
            "1\r\na\r\n11111111111111111\r\n",
        ] {
            assert_eq!(
                decoded(&[stream.as_bytes()]),
                (b"a".to_vec(), true),
                "{stream}"
            );
        }
        let largest = b"ffffffffffffffff\r\nab";
        assert_eq!(decoded(&[largest]), (b"ab".to_vec(), false));
    }

    #[test]
    fn extensions_are_skipped_and_bounded() {
        let chunk = [b"1;".as_slice(), &b"x".repeat(4000), b"\r\na\r\n"].concat();
        assert_eq!(decoded(&[chunk.as_slice(); 4]), (b"aaaa".to_vec(), false));
        assert_eq!(decoded(&[chunk.as_slice(); 5]), (b"aaaa".to_vec(), true));
        let endless = b"x".repeat(MAX_EXTENSIONS);
        assert_eq!(decoded(&[b"1;", &endless]), (Vec::new(), false));
        assert_eq!(decoded(&[b"1;", &endless, b"x"]), (Vec::new(), true));
        // Without extensions there is no bound on the number of chunks.
        let chunks = b"1\r\na\r\n".repeat(MAX_EXTENSIONS + 1);
        assert_eq!(decoded(&[&chunks]).0.len(), MAX_EXTENSIONS + 1);
    }
}
