//! What a peer sent that was refused, as far as it shows what is wrong with it.

use std::fmt::{self, Write as _};

/// So many bytes are kept, at most.
pub(crate) const KEPT: usize = 64;
/// So many of them come before the fault when there is something before it.
const BEFORE: usize = 24;
/// So many characters stand in the line of an error.
const SHOWN: usize = 48;

/// Bytes of a peer that were refused, and where they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What the offsets count in.
    pub part: Part,
    /// Where the fault is, in bytes from the beginning of that part.
    pub offset: u64,
    /// Where `bytes` begins: at the fault, or shortly before it.
    pub start: u64,
    /// The bytes as they came, at most a few dozen.
    pub bytes: Vec<u8>,
}

/// What the bytes were part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The head of an HTTP message, from its first line on (RFC 9112 §2.1).
    Head,
    /// The frames, headers included, from the end of the opening handshake on (RFC 6455 §5.2).
    Frames,
    /// A message, inflated and without the headers of its frames.
    Message,
    /// The reason in a close frame (RFC 6455 §5.5.1).
    Reason,
}

impl Part {
    /// A word for it: `head`, `frames`, `message` or `reason`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Frames => "frames",
            Self::Message => "message",
            Self::Reason => "reason",
        }
    }
}

impl Evidence {
    /// `bytes` begins with what is wrong.
    pub(crate) fn at(part: Part, offset: u64, bytes: &[u8]) -> Self {
        Self::after(part, offset, &[], bytes)
    }

    /// `bytes` begins with what is wrong; `before` comes before it and is right.
    pub(crate) fn after(part: Part, offset: u64, before: &[u8], bytes: &[u8]) -> Self {
        let before = &before[before.len().saturating_sub(BEFORE)..];
        let bytes = &bytes[..bytes.len().min(KEPT - before.len())];
        Self {
            part,
            offset,
            start: offset - before.len() as u64,
            bytes: [before, bytes].concat(),
        }
    }

    /// More has come of the same.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let room = KEPT - self.bytes.len().min(KEPT);
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Whether bytes where a frame should begin are text. Two visible characters are enough: the
/// header of nearly every frame begins with a byte that is none, because `FIN` is set.
pub(crate) fn begins_like_text(bytes: &[u8]) -> bool {
    let is_visible = |byte: &u8| matches!(byte, b' '..=b'~');
    let header = bytes.first_chunk::<2>();
    header.is_some_and(|header| header.iter().all(is_visible))
}

/// In one short line, quoted: text with what is no text escaped, of several lines the first, or
/// frames in hex.
impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = String::new();
        match self.part {
            Part::Frames if !begins_like_text(&self.bytes) => push_hex(&self.bytes, &mut shown),
            Part::Frames => {
                let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
                let end = self.bytes.iter().position(is_end);
                push_text(&self.bytes[..end.unwrap_or(self.bytes.len())], &mut shown);
                shown.push_str(if end.is_some() { "…" } else { "" });
            }
            _ => {
                shown.push_str(if self.start > 0 { "…" } else { "" });
                push_text(&self.bytes, &mut shown);
            }
        }
        let more = match shown.char_indices().nth(SHOWN) {
            Some((end, _)) => {
                shown.truncate(end);
                "…"
            }
            None => "",
        };
        write!(f, "`{shown}{more}`")
    }
}

// Writing to a String cannot fail, so results are let go.

fn push_hex(bytes: &[u8], shown: &mut String) {
    for (index, byte) in bytes.iter().enumerate() {
        let space = if index == 0 { "" } else { " " };
        _ = write!(shown, "{space}{byte:02x}");
    }
}

fn push_text(bytes: &[u8], shown: &mut String) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                shown.extend(c.escape_default());
            } else {
                shown.push(c);
            }
        }
        for byte in chunk.invalid() {
            _ = write!(shown, "\\x{byte:02x}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(part: Part, bytes: &[u8]) -> String {
        Evidence::at(part, 0, bytes).to_string()
    }

    #[test]
    fn text_where_a_frame_should_be_is_shown_by_its_first_line() {
        let answer = b"HTTP/1.1 400 Bad Request\r\nDate: Wed";
        assert_eq!(at(Part::Frames, answer), "`HTTP/1.1 400 Bad Request…`");
        assert_eq!(at(Part::Frames, b"hi\x1b["), "`hi\\u{1b}[`");
    }

    #[test]
    fn a_frame_is_shown_in_hex_and_not_all_of_a_long_one() {
        assert_eq!(at(Part::Frames, &[0xc1, 5, b'H']), "`c1 05 48`");
        let long = at(Part::Frames, &[0x80; 1000]);
        assert_eq!(long, format!("`{}…`", "80 ".repeat(16)));
    }

    #[test]
    fn bad_bytes_of_a_text_are_shown_with_what_is_around_them() {
        let before = "é".repeat(30);
        let bad = Evidence::after(Part::Message, 60, before.as_bytes(), b"\xff\nafter\xe2\x82");
        assert_eq!(
            bad.to_string(),
            format!("`…{}\\xff\\nafter\\xe2\\x82`", "é".repeat(12))
        );
        assert_eq!((bad.offset, bad.start), (60, 36));
    }

    #[test]
    fn no_more_than_a_few_dozen_bytes_are_kept() {
        let large = Evidence::after(Part::Message, 9999, &[b'a'; 9999], &[0xff; 9999]);
        assert_eq!(large.bytes.len(), KEPT);
        assert!(large.to_string().chars().count() <= SHOWN + 3);
    }
}
