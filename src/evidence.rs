//! The bytes of a peer that show why they were refused.

use std::fmt::{self, Write as _};

/// The maximum number of bytes kept.
pub(crate) const KEPT: usize = 64;
/// The maximum number of bytes kept from before the fault.
const BEFORE: usize = 24;
/// The maximum number of characters that `Display` shows.
const SHOWN: usize = 48;

/// Bytes of a peer that were refused, with their position. `Display` shows them in one short line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What the offsets count from the beginning of.
    pub part: Part,
    /// The position of the fault, in bytes from the beginning of the part.
    pub offset: u64,
    /// The position of the first of `bytes`: at the fault, or shortly before it.
    pub start: u64,
    /// The bytes as received, at most 64.
    pub bytes: Vec<u8>,
}

/// The part of a connection that the bytes belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The head of an HTTP message, beginning with its first line (RFC 9112 §2.1).
    Head,
    /// All frames after the opening handshake, including their headers (RFC 6455 §5.2).
    Frames,
    /// The payload of one message, decompressed.
    Message,
    /// The reason in a close frame (RFC 6455 §5.5.1).
    Reason,
}

impl Part {
    /// The part in one word: `head`, `frames`, `message` or `reason`.
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
    /// Evidence whose bytes begin with the fault.
    pub(crate) fn at(part: Part, offset: u64, bytes: &[u8]) -> Self {
        Self::after(part, offset, &[], bytes)
    }

    /// Evidence with the bytes before the fault, and the bytes that begin with it.
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

    /// Adds bytes that were received after the others.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        let room = KEPT - self.bytes.len().min(KEPT);
        self.bytes
            .extend_from_slice(&bytes[..bytes.len().min(room)]);
    }
}

/// Whether bytes in place of a frame are text. Two visible ASCII characters are enough: the first
/// byte of nearly every frame is not one, because `FIN` is set.
pub(crate) fn begins_like_text(bytes: &[u8]) -> bool {
    let is_visible = |byte: &u8| matches!(byte, b' '..=b'~');
    let header = bytes.first_chunk::<2>();
    header.is_some_and(|header| header.iter().all(is_visible))
}

/// Shows the bytes in one short line, quoted: text with other bytes escaped, or frames in hex. Of
/// text in place of frames, only the first line is shown.
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

// Writing to a String cannot fail, so the results are ignored.

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
    fn of_text_in_place_of_a_frame_the_first_line_is_shown() {
        let answer = b"HTTP/1.1 400 Bad Request\r\nDate: Wed";
        assert_eq!(at(Part::Frames, answer), "`HTTP/1.1 400 Bad Request…`");
        assert_eq!(at(Part::Frames, b"hi\x1b["), "`hi\\u{1b}[`");
    }

    #[test]
    fn a_frame_is_shown_in_hex_and_shortened() {
        assert_eq!(at(Part::Frames, &[0xc1, 5, b'H']), "`c1 05 48`");
        let long = at(Part::Frames, &[0x80; 1000]);
        assert_eq!(long, format!("`{}…`", "80 ".repeat(16)));
    }

    #[test]
    fn invalid_bytes_of_a_text_are_shown_with_the_bytes_around_them() {
        let before = "é".repeat(30);
        let bad = Evidence::after(Part::Message, 60, before.as_bytes(), b"\xff\nafter\xe2\x82");
        assert_eq!(
            bad.to_string(),
            format!("`…{}\\xff\\nafter\\xe2\\x82`", "é".repeat(12))
        );
        assert_eq!((bad.offset, bad.start), (60, 36));
    }

    #[test]
    fn at_most_64_bytes_are_kept() {
        let large = Evidence::after(Part::Message, 9999, &[b'a'; 9999], &[0xff; 9999]);
        assert_eq!(large.bytes.len(), KEPT);
        assert!(large.to_string().chars().count() <= SHOWN + 3);
    }
}
