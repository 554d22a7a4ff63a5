//! Text that arrives in pieces, checked as it comes (RFC 6455 §8.1).

use crate::evidence::{Evidence, Part};

/// A text message in the making. A byte that no continuation can make right is refused at once;
/// a character cut by the end of a piece waits for the rest.
#[derive(Debug, Default)]
pub(super) struct TextBuilder {
    text: String,
    /// The beginning of a character whose end has not come.
    cut: [u8; 4],
    cut_len: usize,
}

/// Bytes of a text message that are not UTF-8.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NotText(pub(super) Evidence);

impl TextBuilder {
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), NotText> {
        while self.cut_len > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return Ok(());
            };
            self.cut[self.cut_len] = *first;
            self.cut_len += 1;
            bytes = rest;
            self.finish_character(rest)?;
        }
        match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => self.text.push_str(text),
            Err(error) => {
                let (text, cut) = bytes.split_at(error.valid_up_to());
                // What it says is valid is.
                self.text.push_str(&String::from_utf8_lossy(text));
                if error.error_len().is_some() {
                    return Err(self.not_text(cut));
                }
                self.cut[..cut.len()].copy_from_slice(cut);
                self.cut_len = cut.len();
            }
        }
        Ok(())
    }

    /// Takes in a character that was cut, if it is whole; `rest` comes after what is here of it.
    fn finish_character(&mut self, rest: &[u8]) -> Result<(), NotText> {
        let cut = &self.cut[..self.cut_len];
        match std::str::from_utf8(cut) {
            Ok(character) => {
                self.text.push_str(character);
                self.cut_len = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_some() => Err(self.not_text(&[cut, rest].concat())),
            Err(_) => Ok(()),
        }
    }

    /// The whole text; a character that is still cut is an error. Whoever takes the text out
    /// leaves the builder ready for the next message.
    pub(super) fn finish(&mut self) -> Result<&mut String, NotText> {
        if self.cut_len > 0 {
            return Err(self.not_text(&self.cut[..self.cut_len]));
        }
        Ok(&mut self.text)
    }

    /// The text is followed by these bytes, which are none.
    fn not_text(&self, bytes: &[u8]) -> NotText {
        let (offset, before) = (self.text.len() as u64, self.text.as_bytes());
        NotText(Evidence::after(Part::Message, offset, before, bytes))
    }

    /// The text so far, without a character that is cut.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len() + self.cut_len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pieces: &[&[u8]]) -> Result<String, NotText> {
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
        let NotText(evidence) = builder.push(b"\xa0 then").expect_err("not text");
        assert_eq!((evidence.offset, evidence.start), (3, 0));
        assert_eq!(evidence.bytes, b"ok \xed\xa0 then");
    }

    #[test]
    fn a_message_must_not_end_inside_a_character() {
        let NotText(evidence) = pushed(&[b"a", b"\xe2\x82"]).expect_err("not text");
        assert_eq!((evidence.offset, &*evidence.bytes), (1, &b"a\xe2\x82"[..]));
    }
}
