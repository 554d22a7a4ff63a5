//! The lines of a head: the first one and the header fields (RFC 9112 §2 to §5).
//!
//! It is as lenient as a user agent may be: any version from HTTP/1.0 to HTTP/1.9 (RFC 9110 §2.5),
//! no reason phrase, lines that end in a line feed alone (RFC 9112 §2.2), folded values (§5.2). What
//! browsers refuse is refused, and the error has the line.

use super::Headers;
use super::headers::is_token_byte;
use super::reader::{HeadError, MAX_FIELDS};
use crate::evidence::{Evidence, Part};
use crate::secret_names::{HIDDEN, is_secret};
use std::fmt;

/// The most bytes of a line that an error keeps.
const KEPT: usize = 100;

/// A line of a head that cannot be read. A secret value is not in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {number} of its head {problem}: {}", Quoted(.line, *.is_cut))]
pub struct BadLine {
    /// Which line: 1 is that of the status or the request.
    pub number: usize,
    /// The line as it came, at most its first 100 bytes.
    pub line: Vec<u8>,
    /// Whether it is longer than that.
    pub is_cut: bool,
    /// What is wrong with it.
    pub problem: LineProblem,
    /// The bytes around the fault, and where they are in the head.
    pub evidence: Evidence,
}

/// What is wrong with a line of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineProblem {
    /// The first line of an answer is none (RFC 9112 §4).
    #[error("is no status line like 'HTTP/1.1 200 OK'")]
    StatusLine,
    /// The first line of a request is none (RFC 9112 §3).
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
    /// The name is no token (RFC 9110 §5.1), because of this byte.
    #[error("has {} in its name", Byte(*.0))]
    Name(u8),
    /// A control character other than tab (RFC 9110 §5.5).
    #[error("has the control character {} in it", Byte(*.0))]
    Control(u8),
    /// It begins with white space, as the rest of a folded value, and there is no field before it.
    #[error("begins with a space, and there is no field before it that it could go on with")]
    FoldedFirst,
    /// A folded value in a request (RFC 9112 §5.2).
    #[error("begins with a space, and requests may not fold their values")]
    FoldedRequest,
}

/// One line, without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    number: usize,
    offset: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Line<'a> {
    /// This line, which cannot be read because of what is at this place in it.
    fn is_bad(self, problem: LineProblem, at: usize) -> HeadError {
        let mut line = without_secret(self.bytes);
        let at = at.min(line.len());
        let offset = (self.offset + at) as u64;
        let evidence = Evidence::after(Part::Head, offset, &line[..at], &line[at..]);
        let is_cut = line.len() > KEPT;
        line.truncate(KEPT);
        HeadError::Line(Box::new(BadLine {
            number: self.number,
            line,
            is_cut,
            problem,
            evidence,
        }))
    }

    /// Refuses control characters other than tab. A bare CR is one of them (RFC 9112 §2.2).
    fn without_control(self) -> Result<Self, HeadError> {
        let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
        match self.bytes.iter().position(is_control) {
            Some(at) => Err(self.is_bad(LineProblem::Control(self.bytes[at]), at)),
            None => Ok(self),
        }
    }

    /// Name and value of a field (RFC 9112 §5).
    fn field(self) -> Result<(&'a str, &'a [u8]), HeadError> {
        let colon = memchr::memchr(b':', self.bytes);
        let colon = colon.ok_or_else(|| self.is_bad(LineProblem::NoColon, 0))?;
        let (name, value) = (&self.bytes[..colon], &self.bytes[colon + 1..]);
        let name = self.name(name)?;
        self.without_control()?;
        Ok((name, value.trim_ascii()))
    }

    fn name(self, name: &'a [u8]) -> Result<&'a str, HeadError> {
        if name.is_empty() {
            return Err(self.is_bad(LineProblem::NoName, 0));
        }
        let is_illegal = |byte: &u8| !is_token_byte(*byte);
        let Some(at) = name.iter().position(is_illegal) else {
            // Tokens are ASCII.
            return Ok(std::str::from_utf8(name).unwrap_or_default());
        };
        let problem = match name[at] {
            byte if is_blank(byte) && name[at..].iter().copied().all(is_blank) => {
                LineProblem::SpaceBeforeColon
            }
            byte => LineProblem::Name(byte),
        };
        Err(self.is_bad(problem, at))
    }

    fn is_folded(self) -> bool {
        self.bytes.first().is_some_and(|byte| is_blank(*byte))
    }
}

/// The lines of a complete head: the first, and those of the fields. The empty line at the end is
/// not among them.
pub(super) fn split(head: &[u8]) -> (Line<'_>, impl Iterator<Item = Line<'_>>) {
    let mut offset = 0;
    let lines = head.split_inclusive(|byte| *byte == b'\n');
    let mut lines = lines.enumerate().map(move |(index, line)| {
        let begin = offset;
        offset += line.len();
        let bytes = line.strip_suffix(b"\n").unwrap_or(line);
        Line {
            number: index + 1,
            offset: begin,
            bytes: bytes.strip_suffix(b"\r").unwrap_or(bytes),
        }
    });
    let none = Line {
        number: 1,
        offset: 0,
        bytes: b"",
    };
    let first = lines.next().unwrap_or(none);
    (first, lines.filter(|line| !line.bytes.is_empty()))
}

/// What is made of a line that begins with white space (RFC 9112 §5.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Folds {
    /// It goes on with the value before it, after a space: in an answer, to a user agent.
    AreJoined,
    /// It is an error: in a request, to a server.
    AreRefused,
}

/// Reads the fields.
pub(super) fn fields<'a>(
    lines: impl Iterator<Item = Line<'a>>,
    folds: Folds,
) -> Result<Headers, HeadError> {
    let mut headers = Headers::new();
    for line in lines {
        if !line.is_folded() {
            let (name, value) = line.field()?;
            if headers.len() == MAX_FIELDS {
                return Err(HeadError::TooManyFields);
            }
            headers.push_parsed(name, value);
        } else if folds == Folds::AreRefused {
            return Err(line.is_bad(LineProblem::FoldedRequest, 0));
        } else {
            let more = line.without_control()?.bytes.trim_ascii();
            if !headers.fold_parsed(more) {
                return Err(line.is_bad(LineProblem::FoldedFirst, 0));
            }
        }
    }
    Ok(headers)
}

/// Version and status of an answer, and the words after it: `HTTP/1.1 101 Switching Protocols`. The
/// words may be missing with the space before them (RFC 9112 §4).
pub(super) fn status_line(line: Line<'_>) -> Result<(u8, u16, &str), HeadError> {
    let bad = || line.is_bad(LineProblem::StatusLine, 0);
    let bytes = line.without_control()?.bytes;
    let (version, rest) = part(bytes);
    let minor_version = minor_version(version).ok_or_else(bad)?;
    let (status, phrase) = part(rest);
    let is_status = status.len() == 3 && status.iter().all(u8::is_ascii_digit);
    let status = std::str::from_utf8(status).ok().filter(|_| is_status);
    let status = status.and_then(|status| status.parse().ok());
    let status = status.filter(|status| *status >= 100).ok_or_else(bad)?;
    let phrase = if phrase.is_ascii() { phrase } else { b"" };
    let phrase = std::str::from_utf8(phrase).unwrap_or_default();
    Ok((minor_version, status, phrase.trim()))
}

/// Method, target and version of a request: `GET / HTTP/1.1`.
pub(super) fn request_line(line: Line<'_>) -> Result<(&str, &str, u8), HeadError> {
    let bad = || line.is_bad(LineProblem::RequestLine, 0);
    let bytes = line.without_control()?.bytes;
    let mut parts = bytes.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad());
    };
    let minor_version = minor_version(version).ok_or_else(bad)?;
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| bad());
    let (method, target) = (text(method)?, text(target)?);
    if !super::is_token(method) || target.is_empty() {
        return Err(bad());
    }
    Ok((method, target, minor_version))
}

/// The digit after `HTTP/1.`. A minor version that is not known has the meaning of 1 (RFC 9110
/// §2.5).
fn minor_version(version: &[u8]) -> Option<u8> {
    match version.strip_prefix(b"HTTP/1.") {
        Some([digit]) if digit.is_ascii_digit() => Some(digit - b'0'),
        _ => None,
    }
}

/// What stands before the first white space, and what after it (RFC 9112 §4 allows more than one
/// space).
fn part(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| is_blank(*byte));
    let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (part, rest.trim_ascii_start())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The line, of a field that carries a secret without the value.
fn without_secret(line: &[u8]) -> Vec<u8> {
    let colon = memchr::memchr(b':', line).unwrap_or(0);
    let name = String::from_utf8_lossy(&line[..colon]);
    if is_secret(name.trim()) {
        return [&line[..=colon], b" ", HIDDEN.as_bytes()].concat();
    }
    line.to_vec()
}

/// A line in backquotes, with an ellipsis where it was cut.
struct Quoted<'a>(&'a [u8], bool);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.1 { "…" } else { "" };
        write!(f, "`{}{more}`", escaped(self.0))
    }
}

/// What can be read as it is, and escapes for the rest.
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

#[cfg(test)]
mod tests;
