//! JSON laid out for a window.
//!
//! A container that fits on the rest of its line stays there, one that does not has a line for
//! each member. Order, repeated keys and the spelling of numbers and strings are those of the
//! text: it is read as tokens, never as values. Nothing is kept but a byte for each level of
//! nesting, and no work is done beyond the last row that is shown.

mod token;

use super::style::{Role, Style};
use super::{sanitize, text_width};
use serde_json::value::RawValue;
use token::{Token, Tokens};

/// What a level of nesting adds in front of a line.
const INDENT: usize = 2;
/// So many bytes for a column are looked at to learn whether a container fits.
const LOOKAHEAD: usize = 64;

/// Where JSON is put.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    /// The columns of the window.
    pub(crate) width: usize,
    /// The columns that are taken in the first row.
    pub(crate) start: usize,
    /// The columns in front of every other row.
    pub(crate) margin: usize,
    /// The rows there are; no number is all that are needed.
    pub(crate) rows: Option<usize>,
    /// Colours.
    pub(crate) style: Style,
}

/// The text, if it is a JSON object or array.
pub(crate) fn container(text: &str) -> Option<&str> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    let first = text.bytes().find(|byte| !is_blank(byte))?;
    if !matches!(first, b'{' | b'[') {
        return None;
    }
    // Checked without recursion, and without making values of it.
    serde_json::from_str::<&RawValue>(text)
        .ok()
        .map(RawValue::get)
}

/// Whether what [`container`] found fits on one line of so many columns.
pub(crate) fn fits_line(json: &str, columns: usize) -> bool {
    fits(&json[1..], columns)
}

/// Adds what [`container`] found, the last line without its end, and tells how many bytes the page
/// had no room for.
pub(crate) fn push(json: &str, page: &Page, out: &mut String) -> usize {
    let mut layout = Layout {
        page,
        out,
        column: page.start,
        row: 1,
        levels: Vec::new(),
        flat: 0,
        expects_key: false,
        is_fresh: false,
    };
    let mut tokens = Tokens::new(json);
    loop {
        let before = tokens.rest().len();
        let Some(token) = tokens.next() else { return 0 };
        if let Err(Full { shown }) = layout.token(token, tokens.rest()) {
            return before - shown;
        }
    }
}

/// The page has no more rows.
struct Full {
    /// The bytes of the token that it had room for.
    shown: usize,
}

/// What kind of container is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Object,
    Array,
}

struct Layout<'a> {
    page: &'a Page,
    out: &'a mut String,
    column: usize,
    row: usize,
    levels: Vec<Level>,
    /// How many of the levels, counted from the innermost, are on this line.
    flat: usize,
    /// The next string is the key of a member.
    expects_key: bool,
    /// A container has begun and its first member needs a line.
    is_fresh: bool,
}

impl Layout<'_> {
    /// Adds a token that `rest` follows.
    fn token(&mut self, token: Token<'_>, rest: &str) -> Result<(), Full> {
        if std::mem::take(&mut self.is_fresh) {
            self.new_line()?;
        }
        match token {
            Token::Open(bracket) => self.open(bracket, rest),
            Token::Close(bracket) => return self.close(bracket),
            Token::Comma => return self.comma(),
            Token::Colon => {
                self.expects_key = false;
                self.punctuation(": ");
            }
            Token::String(text) if self.expects_key => return self.scalar(Role::Key, text),
            Token::String(text) => return self.scalar(Role::Text, text),
            Token::Number(text) => return self.scalar(Role::Number, text),
            Token::Literal(text) => return self.scalar(Role::Literal, text),
        }
        Ok(())
    }

    fn open(&mut self, bracket: &str, rest: &str) {
        // In a folded container a comma may follow.
        let room = (self.page.width).saturating_sub(self.column + self.levels.len().min(1));
        if self.flat > 0 || fits(rest, room) {
            self.flat += 1;
        } else {
            self.is_fresh = true;
        }
        let is_object = bracket == "{";
        self.levels.push(if is_object {
            Level::Object
        } else {
            Level::Array
        });
        self.expects_key = is_object;
        self.punctuation(bracket);
    }

    fn close(&mut self, bracket: &str) -> Result<(), Full> {
        self.levels.pop();
        if self.flat > 0 {
            self.flat -= 1;
        } else {
            self.new_line()?;
        }
        self.punctuation(bracket);
        Ok(())
    }

    fn comma(&mut self) -> Result<(), Full> {
        self.expects_key = self.levels.last() == Some(&Level::Object);
        if self.flat > 0 {
            self.punctuation(", ");
            return Ok(());
        }
        self.punctuation(",");
        self.is_fresh = true;
        Ok(())
    }

    fn scalar(&mut self, role: Role, text: &str) -> Result<(), Full> {
        let page = self.page;
        let escaped = sanitize::json(text);
        if let Some(rows) = page.rows {
            let left = (rows + 1).saturating_sub(self.row) * page.width;
            let left = left.saturating_sub(self.column);
            let shown = text_width::prefix_of_rows(&escaped, left, 1);
            if shown.len() < escaped.len() {
                page.style.push(role, shown, self.out);
                // What is escaped is longer than it was.
                let shown = shown.len().min(text.len());
                return Err(Full { shown });
            }
        }
        page.style.push(role, &escaped, self.out);
        self.column += text_width::columns(&escaped);
        Ok(())
    }

    fn punctuation(&mut self, text: &str) {
        self.page.style.push(Role::Punctuation, text, self.out);
        self.column += text.len();
    }

    fn new_line(&mut self) -> Result<(), Full> {
        let Page { width, margin, .. } = *self.page;
        self.row += self.column.div_ceil(width.max(1)).max(1);
        if self.page.rows.is_some_and(|rows| self.row > rows) {
            return Err(Full { shown: 0 });
        }
        // However deep it is nested, half of the window is for what is there.
        let indent = margin + (self.levels.len() * INDENT).min(width / 2);
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
        Ok(())
    }
}

/// Whether a container that has just begun, its bracket included, needs at most `room` columns.
/// An empty one is never worth two lines.
fn fits(rest: &str, room: usize) -> bool {
    let near = rest.floor_char_boundary(room.saturating_mul(LOOKAHEAD).max(LOOKAHEAD));
    let (mut depth, mut width) = (1, 1);
    for token in Tokens::new(&rest[..near]) {
        width += match token {
            Token::Open(_) => {
                depth += 1;
                1
            }
            Token::Close(_) => {
                depth -= 1;
                1
            }
            Token::Comma | Token::Colon => 2,
            Token::String(text) => text_width::columns(&sanitize::json(text)),
            Token::Number(text) | Token::Literal(text) => text.len(),
        };
        if depth == 0 {
            return width <= room || width == 2;
        }
        if width > room {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests;
