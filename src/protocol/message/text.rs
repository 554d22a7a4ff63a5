//! Text that arrives in pieces, checked as it comes (RFC 6455 §8.1).

use crate::protocol::Violation;

/// A text message in the making. A byte that no continuation can make right is refused at once;
/// a character cut by the end of a piece waits for the rest.
#[derive(Debug, Default)]
pub(super) struct TextBuilder {
    text: String,
    /// The beginning of a character whose end has not come.
    cut: [u8; 4],
    cut_len: usize,
}

impl TextBuilder {
    pub(super) fn push(&mut self, mut bytes: &[u8]) -> Result<(), Violation> {
        while self.cut_len > 0 {
            let Some((first, rest)) = bytes.split_first() else {
                return Ok(());
            };
            self.cut[self.cut_len] = *first;
            self.cut_len += 1;
            bytes = rest;
            self.finish_character()?;
        }
        match simdutf8::compat::from_utf8(bytes) {
            Ok(text) => self.text.push_str(text),
            Err(error) if error.error_len().is_some() => return Err(Violation::Text),
            Err(error) => {
                let (text, cut) = bytes.split_at(error.valid_up_to());
                self.text
                    .push_str(std::str::from_utf8(text).map_err(|_| Violation::Text)?);
                self.cut[..cut.len()].copy_from_slice(cut);
                self.cut_len = cut.len();
            }
        }
        Ok(())
    }

    fn finish_character(&mut self) -> Result<(), Violation> {
        match std::str::from_utf8(&self.cut[..self.cut_len]) {
            Ok(character) => {
                self.text.push_str(character);
                self.cut_len = 0;
                Ok(())
            }
            Err(error) if error.error_len().is_some() => Err(Violation::Text),
            Err(_) => Ok(()),
        }
    }

    /// The whole text; a character that is still cut makes it a violation. Whoever takes the
    /// text out leaves the builder ready for the next message.
    pub(super) fn finish(&mut self) -> Result<&mut String, Violation> {
        if self.cut_len > 0 {
            return Err(Violation::Text);
        }
        Ok(&mut self.text)
    }

    pub(super) fn len(&self) -> usize {
        self.text.len() + self.cut_len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(pieces: &[&[u8]]) -> Result<String, Violation> {
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
        assert_eq!(builder.push(b"\xa0"), Err(Violation::Text));
    }

    #[test]
    fn a_message_must_not_end_inside_a_character() {
        assert_eq!(pushed(&[b"\xe2\x82"]), Err(Violation::Text));
    }
}
