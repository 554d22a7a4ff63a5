//! The tokens of a JSON text (RFC 8259 §2), as they are written.

use memchr::memchr2;

/// A piece of a JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{` or `[`.
    Open(&'a str),
    /// `}` or `]`.
    Close(&'a str),
    /// `,`.
    Comma,
    /// `:`.
    Colon,
    /// A string, quotes and escapes included.
    String(&'a str),
    /// A number in its own spelling.
    Number(&'a str),
    /// `true`, `false` or `null`.
    Literal(&'a str),
}

/// The tokens of a text that is known to be JSON. Of any other text they are some pieces; of one
/// that is cut short, the last is what is left of it.
#[derive(Debug, Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// What has not been read yet.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (token, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        token
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = (self.rest).trim_start_matches([' ', '\t', '\n', '\r']);
        let token = match *self.rest.as_bytes().first()? {
            b'{' | b'[' => Token::Open(self.take(1)),
            b'}' | b']' => Token::Close(self.take(1)),
            b',' => {
                self.take(1);
                Token::Comma
            }
            b':' => {
                self.take(1);
                Token::Colon
            }
            b'"' => Token::String(self.take(string(self.rest.as_bytes()))),
            b'-' | b'0'..=b'9' => Token::Number(self.take(word(self.rest))),
            _ => Token::Literal(self.take(word(self.rest))),
        };
        Some(token)
    }
}

/// The length of the string at the beginning, or of all when it has no end.
fn string(bytes: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if bytes[at] == b'"' {
            return at + 1;
        }
        at += 2;
    }
    bytes.len()
}

/// The length up to the next blank or punctuation, at least a character.
fn word(text: &str) -> usize {
    let ends = |c: char| {
        matches!(
            c,
            ' ' | '\t' | '\n' | '\r' | '{' | '}' | '[' | ']' | ',' | ':'
        )
    };
    text.find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_as_they_are_written() {
        let tokens: Vec<_> = Tokens::new(" {\"a\\\"\\\\\":\t-1.0E+400,\"\":[null]}\n").collect();
        assert_eq!(
            tokens,
            [
                Token::Open("{"),
                Token::String(r#""a\"\\""#),
                Token::Colon,
                Token::Number("-1.0E+400"),
                Token::Comma,
                Token::String("\"\""),
                Token::Colon,
                Token::Open("["),
                Token::Literal("null"),
                Token::Close("]"),
                Token::Close("}"),
            ]
        );
    }

    #[test]
    fn a_text_that_is_cut_ends_with_what_is_left() {
        for cut in ["\"a", "\"a\\", "\"a\\\"", "12", "tru"] {
            let mut tokens = Tokens::new(cut);
            assert!(tokens.next().is_some() && tokens.next().is_none(), "{cut}");
        }
    }
}
