//! Why a head cannot be read.

use super::sniff::OtherProtocol;
use crate::evidence::Evidence;
use std::fmt;

/// The maximum length of a head in bytes, which is the limit of browsers or a little more.
pub(crate) const MAX_HEAD: usize = 256 * 1024;

/// The maximum number of fields in a head, as in browsers.
pub(crate) const MAX_FIELDS: usize = 1000;

/// The maximum number of bytes of a line that an error keeps.
pub(super) const MAX_LINE_SHOWN: usize = 100;

/// Why a head cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The first bytes cannot be the beginning of an HTTP/1 message.
    #[error("it is not HTTP/1.1: {}", Beginning(*.protocol, .evidence))]
    NotHttp {
        /// The protocol that begins with these bytes, if it is a known one.
        protocol: Option<OtherProtocol>,
        /// The first bytes.
        evidence: Evidence,
    },
    /// The head does not end within 256 KiB.
    #[error("its head is longer than {} KiB, the most that is read", MAX_HEAD / 1024)]
    TooLong,
    /// The head has more than 1000 fields.
    #[error("it has more than {MAX_FIELDS} header fields, the most that are read")]
    TooManyFields,
    /// A line breaks the grammar (RFC 9112 §2 to §5). `Display` shows the line.
    #[error("line {number} of its head {problem}: {}", Quoted(.line, *.is_cut))]
    Line {
        /// The number of the line; the first one (the status line or the request line) is 1.
        number: usize,
        /// What is wrong with it, in words that follow its number: `has no colon`.
        problem: String,
        /// The line as it was received, at most its first 100 bytes. The value of a secret field is
        /// left out.
        line: Vec<u8>,
        /// Whether the line is longer than that.
        is_cut: bool,
        /// The bytes around the error, and their position in the head.
        evidence: Evidence,
    },
}

impl HeadError {
    /// The bytes that cannot be read, unless the head is only too large.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::NotHttp { evidence, .. } | Self::Line { evidence, .. } => Some(evidence),
            Self::TooLong | Self::TooManyFields => None,
        }
    }
}

/// What is wrong with a line of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineProblem {
    /// It is the first line of a response, and no status line (RFC 9112 §4).
    #[error("is no status line like 'HTTP/1.1 200 OK'")]
    StatusLine,
    /// It is the first line of a request, and no request line (RFC 9112 §3).
    #[error("is no request line like 'GET / HTTP/1.1'")]
    RequestLine,
    /// No colon ends the name of a field.
    #[error("has no colon")]
    NoColon,
    /// The name of a field is empty.
    #[error("has no name before its colon")]
    NoName,
    /// White space between name and colon, which may hide a field from a proxy (RFC 9112 §5.1).
    #[error("has a space before its colon")]
    SpaceBeforeColon,
    /// The name contains this byte, so it is no token (RFC 9110 §5.1).
    #[error("has {} in its name", Byte(*.0))]
    Name(u8),
    /// It contains a control character other than tab (RFC 9110 §5.5).
    #[error("has the control character {} in it", Byte(*.0))]
    Control(u8),
    /// It is the continuation of a folded value, but there is no field before it.
    #[error("begins with a space, and there is no field before it that it could go on with")]
    FoldedFirst,
    /// A request has a folded value (RFC 9112 §5.2).
    #[error("begins with a space, and requests may not fold their values")]
    FoldedRequest,
}

/// The known protocol that begins with these bytes, and their first line if it is text.
struct Beginning<'a>(Option<OtherProtocol>, &'a Evidence);

impl fmt::Display for Beginning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(protocol, Evidence { bytes, .. }) = self;
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line).escape_ascii();
        let line = line.to_string().replace(r"\'", "'");
        match protocol {
            Some(protocol) if protocol.is_binary() => write!(f, "it looks like {protocol}"),
            Some(protocol) => write!(f, "it looks like {protocol}, beginning with \"{line}\""),
            None => write!(f, "it begins with \"{line}\""),
        }
    }
}

/// A line in backquotes, with an ellipsis if it was cut.
struct Quoted<'a>(&'a [u8], bool);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.1 { "…" } else { "" };
        write!(f, "`{}{more}`", escaped(self.0))
    }
}

/// Text that can be shown unchanged, and escapes for everything else.
fn escaped(bytes: &[u8]) -> String {
    let mut shown = String::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\'' => shown.push(c),
                c => shown.extend(c.escape_debug()),
            }
        }
        shown.extend(chunk.invalid().escape_ascii().map(char::from));
    }
    shown
}

/// `'('`, `\x01`.
struct Byte(u8);

impl fmt::Display for Byte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            byte @ b'!'..=b'~' => write!(f, "'{}'", char::from(byte)),
            b' ' => f.write_str("a space"),
            byte => write!(f, "{}", byte.escape_ascii()),
        }
    }
}
