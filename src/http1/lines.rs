//! The lines of a head: the first line and the fields (RFC 9112 §2 to §5).
//!
//! The parser is as lenient as a user agent may be: it accepts any version from HTTP/1.0 to
//! HTTP/1.9 (RFC 9110 §2.5), a missing reason phrase, lines that end in a line feed alone
//! (RFC 9112 §2.2) and folded values (§5.2). It rejects what browsers reject, and the error shows
//! the line.

use super::error::{HeadError, LineProblem, MAX_FIELDS, MAX_LINE_SHOWN};
use super::headers::{Headers, is_token, is_token_byte};
use crate::evidence::{Evidence, Part};
use crate::secret_names::{HIDDEN, is_secret};

/// One line, without its end.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    number: usize,
    offset: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Line<'a> {
    /// The error for this line, with the position of the problem in it.
    fn error(self, problem: LineProblem, at: usize) -> HeadError {
        let mut line = without_secret(self.bytes);
        let at = at.min(line.len());
        let offset = (self.offset + at) as u64;
        let evidence = Evidence::after(Part::Head, offset, &line[..at], &line[at..]);
        let is_cut = line.len() > MAX_LINE_SHOWN;
        line.truncate(MAX_LINE_SHOWN);
        HeadError::Line {
            number: self.number,
            problem: problem.to_string(),
            line,
            is_cut,
            evidence,
        }
    }

    /// Rejects control characters other than tab. A bare CR is one of them (RFC 9112 §2.2).
    fn without_control(self) -> Result<Self, HeadError> {
        let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
        match self.bytes.iter().position(is_control) {
            Some(at) => Err(self.error(LineProblem::Control(self.bytes[at]), at)),
            None => Ok(self),
        }
    }

    /// Name and value of a field (RFC 9112 §5).
    fn field(self) -> Result<(&'a str, &'a [u8]), HeadError> {
        let colon = memchr::memchr(b':', self.bytes);
        let colon = colon.ok_or_else(|| self.error(LineProblem::NoColon, 0))?;
        let (name, value) = (&self.bytes[..colon], &self.bytes[colon + 1..]);
        let name = self.name(name)?;
        self.without_control()?;
        Ok((name, value.trim_ascii()))
    }

    fn name(self, name: &'a [u8]) -> Result<&'a str, HeadError> {
        if name.is_empty() {
            return Err(self.error(LineProblem::NoName, 0));
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
        Err(self.error(problem, at))
    }

    fn is_folded(self) -> bool {
        self.bytes.first().is_some_and(|byte| is_blank(*byte))
    }
}

/// Splits a complete head into its first line and the lines of its fields, without the empty line
/// at the end.
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

/// How a line that begins with white space is read, an `obs-fold` (RFC 9112 §5.2).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ObsFold {
    /// It continues the value before it, after a space. A user agent reads responses like this.
    Join,
    /// It is an error. A server reads requests like this.
    Reject,
}

/// Parses the fields.
pub(super) fn fields<'a>(
    lines: impl Iterator<Item = Line<'a>>,
    obs_fold: ObsFold,
) -> Result<Headers, HeadError> {
    let mut headers = Headers::new();
    for line in lines {
        if !line.is_folded() {
            let (name, value) = line.field()?;
            if headers.len() == MAX_FIELDS {
                return Err(HeadError::TooManyFields);
            }
            headers.push_parsed(name, value);
        } else if obs_fold == ObsFold::Reject {
            return Err(line.error(LineProblem::FoldedRequest, 0));
        } else {
            let more = line.without_control()?.bytes.trim_ascii();
            if !headers.fold_parsed(more) {
                return Err(line.error(LineProblem::FoldedFirst, 0));
            }
        }
    }
    Ok(headers)
}

/// The minor version, the status and the reason phrase of `HTTP/1.1 101 Switching Protocols`. The
/// phrase may be missing together with the space before it (RFC 9112 §4).
pub(super) fn status_line(line: Line<'_>) -> Result<(u8, u16, &str), HeadError> {
    let bad = || line.error(LineProblem::StatusLine, 0);
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

/// The method, the target and the minor version of `GET / HTTP/1.1`.
pub(super) fn request_line(line: Line<'_>) -> Result<(&str, &str, u8), HeadError> {
    let bad = || line.error(LineProblem::RequestLine, 0);
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
    if !is_token(method) || target.is_empty() {
        return Err(bad());
    }
    Ok((method, target, minor_version))
}

/// The digit after `HTTP/1.`. An unknown minor version means the same as 1 (RFC 9110 §2.5).
fn minor_version(version: &[u8]) -> Option<u8> {
    match version.strip_prefix(b"HTTP/1.") {
        Some([digit]) if digit.is_ascii_digit() => Some(digit - b'0'),
        _ => None,
    }
}

/// Splits at the first white space, of which there may be more than one character (RFC 9112 §4).
fn part(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| is_blank(*byte));
    let (part, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
    (part, rest.trim_ascii_start())
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The line, without the value if the field is secret.
fn without_secret(line: &[u8]) -> Vec<u8> {
    let colon = memchr::memchr(b':', line).unwrap_or(0);
    let name = String::from_utf8_lossy(&line[..colon]);
    if is_secret(name.trim()) {
        return [&line[..=colon], b" ", HIDDEN.as_bytes()].concat();
    }
    line.to_vec()
}

#[cfg(test)]
mod tests;
