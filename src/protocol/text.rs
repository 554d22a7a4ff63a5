//! Text messages that arrive in pieces, validated as they arrive (RFC 6455 §8.1).

use crate::evidence::{Evidence, Part};

/// Assembles a text message. A byte that no further byte can make valid is an error at once; a
/// character split by the end of a piece waits for the rest.
#[derive(Debug, Default)]
pub(super) struct TextBuilder {
    text: String,
    /// The first bytes of a character that is incomplete.
    partial: [u8; 4],
    partial_len: usize,
}

/// Bytes of a text message that are not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InvalidUtf8(pub(super) Evidence);

impl TextBuilder {
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), InvalidUtf8> {
        while self.partial_len > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return Ok(());
            };
            self.partial[self.partial_len] = *first;
            self.partial_len += 1;
            bytes = rest;
            self.finish_character(rest)?;
        }
        match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => self.text.push_str(text),
            Err(error) => {
                let (text, cut) = bytes.split_at(error.valid_up_to());
                // Valid up to there: the conversion replaces nothing.
                self.text.push_str(&String::from_utf8_lossy(text));
                if error.error_len().is_some() {
                    return Err(self.invalid_text(cut));
                }
                self.partial[..cut.len()].copy_from_slice(cut);
                self.partial_len = cut.len();
            }
        }
        Ok(())
    }

    /// Appends the character that was split if it is complete; `rest` are the bytes after it.
    fn finish_character(&mut self, rest: &[u8]) -> Result<(), InvalidUtf8> {
        let cut = &self.partial[..self.partial_len];
        match std::str::from_utf8(cut) {
            Ok(character) => {
                self.text.push_str(character);
                self.partial_len = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_some() => {
                Err(self.invalid_text(&[cut, rest].concat()))
            }
            Err(_) => Ok(()),
        }
    }

    /// The whole text; an incomplete character is an error. The caller takes the text, which leaves
    /// the builder ready for the next message.
    pub(super) fn finish(&mut self) -> Result<&mut String, InvalidUtf8> {
        if self.partial_len > 0 {
            return Err(self.invalid_text(&self.partial[..self.partial_len]));
        }
        Ok(&mut self.text)
    }

    /// The error for `bytes`, which follow the text so far.
    fn invalid_text(&self, bytes: &[u8]) -> InvalidUtf8 {
        let (offset, before) = (self.text.len() as u64, self.text.as_bytes());
        InvalidUtf8(Evidence::after(Part::Message, offset, before, bytes))
    }

    /// The text so far, without an incomplete character.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len() + self.partial_len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pieces: &[&[u8]]) -> Result<String, InvalidUtf8> {
        let mut builder = TextBuilder::default();
        for piece in pieces {
            builder.push(piece)?;
        }
        builder.finish().cloned()
    }

    #[test]
    fn a_character_may_be_cut_anywhere() {
        let whole = "aé€😀z".as_bytes();
        for first in 0..whole.len() {
            for second in first..whole.len() {
                let pieces = [&whole[..first], &whole[first..second], &whole[second..]];
                assert_eq!(pushed(&pieces), Ok("aé€😀z".to_owned()));
            }
        }
    }

    #[test]
    fn a_byte_that_nothing_can_make_right_is_refused_at_once() {
        let mut builder = TextBuilder::default();
        // U+D800 as three bytes: wrong from its second byte on.
        builder.push(b"ok \xed").expect("may become a character");
        let InvalidUtf8(evidence) = builder.push(b"\xa0 then").expect_err("not text");
        assert_eq!((evidence.offset, evidence.start), (3, 0));
        assert_eq!(evidence.bytes, b"ok \xed\xa0 then");
    }

    #[test]
    fn a_message_must_not_end_inside_a_character() {
        let InvalidUtf8(evidence) = pushed(&[b"a", b"\xe2\x82"]).expect_err("not text");
        assert_eq!((evidence.offset, &*evidence.bytes), (1, &b"a\xe2\x82"[..]));
    }
}
