//! The colours, one for each role, and nothing else.
//!
//! Only the eight colours that every terminal has, never white, black or a background: what is
//! left can be read on a dark and on a light screen. Yellow, the palest on white, is for states
//! alone, which stand there as a word as well. Nothing is told by colour alone.

use sockeye::ReadyState;
use std::fmt;

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A connection on its way up or down.
    Changing,
    /// An open connection.
    Open,
    /// A closed connection.
    Closed,
    /// The mark in front of a received message.
    Received,
    /// The mark in front of a sent message.
    Sent,
    /// Control frames and what else is of lesser interest.
    Faint,
    /// An error or a refused call.
    Error,
    /// A heading or a name.
    Strong,
    /// A key of a JSON object.
    Key,
    /// A string in JSON, quotes included.
    Text,
    /// A number in JSON.
    Number,
    /// `true`, `false` and `null` in JSON.
    Literal,
    /// Brackets, commas and colons in JSON.
    Punctuation,
}

impl From<ReadyState> for Role {
    fn from(state: ReadyState) -> Self {
        match state {
            ReadyState::Connecting | ReadyState::Closing => Self::Changing,
            ReadyState::Open => Self::Open,
            ReadyState::Closed => Self::Closed,
        }
    }
}

impl Role {
    /// The parameters of "select graphic rendition" (ECMA-48 §8.3.117).
    fn rendition(self) -> &'static str {
        match self {
            Self::Changing => "33",
            Self::Open => "32",
            Self::Closed => "31",
            Self::Received => "36",
            Self::Sent => "35",
            Self::Faint => "2",
            Self::Error => "1;31",
            Self::Strong => "1",
            Self::Key => "1;34",
            Self::Text => "32",
            Self::Number => "35",
            Self::Literal => "1;35",
            Self::Punctuation => "2",
        }
    }
}

/// Whether to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Style {
    /// Without colour, text passes as it is.
    pub(crate) colored: bool,
}

impl Style {
    /// The text in the colour of its role.
    pub(crate) fn paint<T: fmt::Display>(self, role: Role, text: T) -> Painted<T> {
        Painted {
            rendition: self.colored.then(|| role.rendition()),
            text,
        }
    }

    /// Adds the text in the colour of its role.
    pub(crate) fn push(self, role: Role, text: &str, out: &mut String) {
        if self.colored {
            out.push_str("\x1b[");
            out.push_str(role.rendition());
            out.push('m');
            out.push_str(text);
            out.push_str("\x1b[0m");
        } else {
            out.push_str(text);
        }
    }
}

/// Text that displays in a colour.
#[derive(Debug)]
pub(crate) struct Painted<T> {
    rendition: Option<&'static str>,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rendition {
            Some(rendition) => {
                write!(f, "\x1b[{rendition}m")?;
                self.text.fmt(f)?;
                f.write_str("\x1b[0m")
            }
            None => self.text.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_wraps_the_text_and_padding_stays_inside() {
        let style = Style { colored: true };
        let shown = format!("{:>6}", style.paint(Role::Open, "OPEN"));
        assert_eq!(shown, "\x1b[32m  OPEN\x1b[0m");
    }

    #[test]
    fn pushed_and_painted_text_look_the_same() {
        for colored in [true, false] {
            let style = Style { colored };
            let mut out = String::from("a ");
            style.push(Role::Key, "x", &mut out);
            assert_eq!(out, format!("a {}", style.paint(Role::Key, "x")));
        }
    }

    #[test]
    fn without_colour_the_text_is_all() {
        let style = Style { colored: false };
        assert_eq!(style.paint(Role::Error, "x").to_string(), "x");
    }
}
