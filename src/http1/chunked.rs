//! A body in chunks (RFC 9112 §7.1).

/// The most bytes that the extensions of all chunks may have together (§7.1.1).
const MAX_EXTENSIONS: usize = 16 * 1024;

/// The most digits that the size of a chunk may have: those of the largest number.
const MAX_DIGITS: u32 = u64::BITS / 4;

/// Decodes a body as it comes, looking at each byte once.
///
/// It is done after the last chunk, and where the framing is broken or has too many extensions. The
/// trailer section (§7.1.2) is not read: the connection ends with the refusal.
#[derive(Debug, Default)]
pub(super) struct ChunkDecoder {
    next: Next,
    /// How many bytes of extensions there were.
    extensions: usize,
}

/// What comes next in the body.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// A digit of a size, which has so many already.
    Size { size: u64, digits: u32 },
    /// The rest of the line with this size.
    Extensions { size: u64 },
    /// So many bytes of a chunk.
    Data { left: u64 },
    /// The end of the line after a chunk.
    DataEnd,
    /// Nothing.
    Done,
}

impl Default for Next {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl ChunkDecoder {
    /// Cuts the next piece of data off the front of `input`; none when there is no more in it.
    pub(super) fn decode<'a>(&mut self, input: &mut &'a [u8]) -> Option<&'a [u8]> {
        while let (false, Some(&byte)) = (self.is_done(), input.first()) {
            self.next = match &mut self.next {
                Next::Data { left } => {
                    let data = take(input, left);
                    if *left == 0 {
                        self.next = Next::DataEnd;
                    }
                    return Some(data);
                }
                Next::Extensions { size } => {
                    let size = *size;
                    self.skip_extensions(size, input)
                }
                next => {
                    *input = &input[1..];
                    next.after(byte)
                }
            };
        }
        None
    }

    /// Whether nothing more belongs to the body.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.next, Next::Done)
    }

    fn skip_extensions(&mut self, size: u64, input: &mut &[u8]) -> Next {
        let end = memchr::memchr(b'\n', input);
        let length = end.unwrap_or(input.len());
        *input = &input[length + usize::from(end.is_some())..];
        self.extensions += length;
        match end {
            _ if self.extensions > MAX_EXTENSIONS => Next::Done,
            Some(_) => Next::chunk(size),
            None => Next::Extensions { size },
        }
    }
}

impl Next {
    /// What comes after this byte, between chunks.
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

/// Cuts at most `left` bytes off the front.
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
