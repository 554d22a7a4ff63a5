//! Finding and reading a head in a stream of bytes (RFC 9112 §2).

use super::lines::{self, BadLine, Folds};
use super::{Headers, sniff_protocol};
use crate::evidence::{Evidence, Part};
use std::fmt;

/// The most bytes a head may have: what browsers take, or a little more.
pub const MAX_HEAD: usize = 256 * 1024;
/// The most fields a head may have, as in browsers.
pub const MAX_FIELDS: usize = 1000;

/// The head of an answer (RFC 9112 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The HTTP status.
    pub status: u16,
    /// The words after the status; empty if there are none or they are not ASCII.
    pub phrase: String,
    /// The last digit of the version: 1 for HTTP/1.1.
    pub minor_version: u8,
    /// The header fields.
    pub headers: Headers,
}

/// The head of a request (RFC 9112 §3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHead {
    /// The method: `GET`.
    pub method: String,
    /// What is asked for, as it was sent: path and query, say.
    pub target: String,
    /// The last digit of the version: 1 for HTTP/1.1.
    pub minor_version: u8,
    /// The header fields.
    pub headers: Headers,
}

/// Why no head could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// The first bytes cannot be those of an HTTP/1 message; here they are.
    #[error("it is not HTTP/1.1: {}", describe(&.0.bytes))]
    NotHttp(Evidence),
    /// The head has no end within [`MAX_HEAD`].
    #[error("its head is longer than {} KiB, the most that is read", MAX_HEAD / 1024)]
    TooLong,
    /// There are more fields than [`MAX_FIELDS`].
    #[error("it has more than {MAX_FIELDS} header fields, the most that are read")]
    TooManyFields,
    /// A line breaks the grammar.
    #[error(transparent)]
    Line(Box<BadLine>),
}

impl HeadError {
    /// What came that cannot be read.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::NotHttp(evidence) => Some(evidence),
            Self::Line(line) => Some(&line.evidence),
            Self::TooLong | Self::TooManyFields => None,
        }
    }
}

/// Collects bytes until a head is complete and keeps what follows it.
///
/// However the bytes are cut, the outcome is the same. At most [`MAX_HEAD`] bytes and the last piece
/// of input are held.
#[derive(Default)]
pub struct HeadReader {
    buffer: Vec<u8>,
    /// Where the first line begins: after the empty lines that may precede it (RFC 9112 §2.2).
    start: usize,
    /// Where the line begins whose end has not been seen.
    line: usize,
    /// Up to where there is no end of it.
    searched: usize,
}

impl HeadReader {
    /// A reader that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes and gives the head of an answer as soon as its last byte is among them.
    ///
    /// A further call with no bytes reads a second head from what followed the first.
    ///
    /// # Errors
    /// When this cannot become a head, or when it is too long.
    pub fn response(&mut self, input: &[u8]) -> Result<Option<ResponseHead>, HeadError> {
        let Some(end) = self.find_end(input, begins_like_response)? else {
            return Ok(None);
        };
        let (first, rest) = lines::split(&self.buffer[self.start..end]);
        let (minor_version, status, phrase) = lines::status_line(first)?;
        let head = ResponseHead {
            status,
            phrase: phrase.to_owned(),
            minor_version,
            headers: lines::fields(rest, Folds::AreJoined)?,
        };
        self.forget(end);
        Ok(Some(head))
    }

    /// Takes bytes and gives the head of a request as soon as its last byte is among them.
    ///
    /// # Errors
    /// As for [`response`](Self::response).
    pub fn request(&mut self, input: &[u8]) -> Result<Option<RequestHead>, HeadError> {
        let Some(end) = self.find_end(input, begins_like_request)? else {
            return Ok(None);
        };
        let (first, rest) = lines::split(&self.buffer[self.start..end]);
        let (method, target, minor_version) = lines::request_line(first)?;
        let head = RequestHead {
            method: method.to_owned(),
            target: target.to_owned(),
            minor_version,
            headers: lines::fields(rest, Folds::AreRefused)?,
        };
        self.forget(end);
        Ok(Some(head))
    }

    /// Whether no byte is held: nothing came, or nothing after the head.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes what is held: after a head, the bytes that followed it.
    #[must_use]
    pub fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(self).buffer
    }

    fn find_end(
        &mut self,
        input: &[u8],
        begins_well: fn(&[u8]) -> bool,
    ) -> Result<Option<usize>, HeadError> {
        self.buffer.extend_from_slice(input);
        let end = self.scan_lines();
        let first = &self.buffer[self.start..];
        if !first.is_empty() && first != b"\r" && !begins_well(first) {
            let evidence = Evidence::at(Part::Head, 0, first);
            return Err(HeadError::NotHttp(evidence));
        }
        if end.unwrap_or(self.buffer.len()) > MAX_HEAD {
            return Err(HeadError::TooLong);
        }
        Ok(end)
    }

    /// Where the head ends: after the first empty line that is not at the very start.
    fn scan_lines(&mut self) -> Option<usize> {
        while let Some(len) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
            let end = self.searched + len;
            let line = &self.buffer[self.line..end];
            let empty = line.is_empty() || line == b"\r";
            let first = self.line == self.start;
            (self.line, self.searched) = (end + 1, end + 1);
            match (empty, first) {
                (true, true) => self.start = self.line,
                (true, false) => return Some(self.line),
                (false, _) => {}
            }
        }
        self.searched = self.buffer.len();
        None
    }

    fn forget(&mut self, end: usize) {
        self.buffer.drain(..end);
        (self.start, self.line, self.searched) = (0, 0, 0);
    }
}

/// How much is held, and not what: there may be secrets in it.
impl fmt::Debug for HeadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.buffer.len();
        f.debug_struct("HeadReader").field("held", &held).finish()
    }
}

/// Whether these bytes can be the beginning of `HTTP/1.x`.
fn begins_like_response(bytes: &[u8]) -> bool {
    std::iter::zip(bytes, b"HTTP/1.").all(|(byte, expected)| byte == expected)
}

/// Whether these bytes can be the beginning of a method.
fn begins_like_request(bytes: &[u8]) -> bool {
    bytes[0].is_ascii_alphabetic() && !bytes.starts_with(b"PRI * HTTP/2")
}

/// What the first bytes look like, and their first line where it can be read.
fn describe(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line).escape_ascii();
    let line = line.to_string().replace(r"\'", "'");
    match sniff_protocol(bytes) {
        Some(binary @ ("TLS" | "HTTP/2" | "MySQL")) => format!("it looks like {binary}"),
        Some(name) => format!("it looks like {name}, beginning with \"{line}\""),
        None => format!("it begins with \"{line}\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nA: 1\r\nb:2 \r\n\r\n";

    fn read(bytes: &[u8]) -> Result<Option<ResponseHead>, HeadError> {
        HeadReader::new().response(bytes)
    }

    #[test]
    fn a_head_reads_the_same_however_it_is_cut() {
        let stream = [HEAD, b"\x81\x01a\r\n\r\n"].concat();
        let whole = read(&stream).expect("valid").expect("complete");
        assert_eq!((whole.status, whole.minor_version), (101, 1));
        assert_eq!(whole.phrase, "Switching Protocols");
        assert_eq!(
            whole.headers.iter().collect::<Vec<_>>(),
            [("A", "1"), ("b", "2")]
        );
        for cut in 0..stream.len() {
            let mut reader = HeadReader::new();
            let first = reader.response(&stream[..cut]).expect("valid");
            assert_eq!(first.is_some(), cut >= HEAD.len(), "cut at {cut}");
            let second = reader.response(&stream[cut..]);
            let head = first.or_else(|| second.expect("valid"));
            assert_eq!(head.as_ref(), Some(&whole), "cut at {cut}");
        }
    }

    #[test]
    fn bytes_after_the_head_are_given_back() {
        let mut reader = HeadReader::new();
        let stream = [HEAD, b"\x81\x01a"].concat();
        assert!(matches!(reader.response(&stream), Ok(Some(_))));
        assert_eq!(reader.take_rest(), b"\x81\x01a");
        assert!(reader.is_empty());
    }

    #[test]
    fn a_second_head_follows_the_first() {
        let mut reader = HeadReader::new();
        let stream = [b"HTTP/1.1 103 Early Hints\r\n\r\n".as_slice(), HEAD].concat();
        let status =
            |read: Result<Option<ResponseHead>, _>| read.map(|head| head.map(|h| h.status));
        assert_eq!(status(reader.response(&stream)), Ok(Some(103)));
        assert_eq!(status(reader.response(b"")), Ok(Some(101)));
        assert_eq!(status(reader.response(b"")), Ok(None));
    }

    #[test]
    fn empty_lines_before_the_first_line_and_bare_line_feeds_are_forgiven() {
        let head = read(b"\r\n\nHTTP/1.1 200 OK\nA: 1\n\n").expect("valid");
        assert_eq!(head.map(|head| head.headers.len()), Some(1));
    }

    #[test]
    fn what_is_not_http_is_told_by_its_first_byte() {
        for (bytes, shown) in [
            (b"\x15".as_slice(), "it is not HTTP/1.1: it looks like TLS"),
            (
                b"\x15\x03\x01\x00\x02\x02\x46",
                "it is not HTTP/1.1: it looks like TLS",
            ),
            (
                b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
                "it is not HTTP/1.1: it looks like HTTP/2",
            ),
            (
                b"-ERR unknown command 'GET'\r\n",
                "it is not HTTP/1.1: it looks like Redis, beginning with \
                 \"-ERR unknown command 'GET'\"",
            ),
            (
                b"SSH-2.0-x\r\n",
                "it is not HTTP/1.1: it looks like SSH, beginning with \"SSH-2.0-x\"",
            ),
            (
                b"HTTP/2 200\r\n\r\n",
                "it is not HTTP/1.1: it begins with \"HTTP/2 200\"",
            ),
        ] {
            let error = read(bytes).expect_err("garbage");
            assert_eq!(error.to_string(), shown);
        }
        assert_eq!(
            HeadReader::new().request(b"\x16\x03\x01"),
            Err(HeadError::NotHttp(Evidence::at(
                Part::Head,
                0,
                b"\x16\x03\x01"
            )))
        );
    }

    #[test]
    fn an_http_2_preface_is_no_request() {
        let mut reader = HeadReader::new();
        assert!(matches!(
            reader.request(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Err(HeadError::NotHttp(_))
        ));
        let mut reader = HeadReader::new();
        assert!(matches!(reader.request(b"P"), Ok(None)));
        assert!(matches!(
            reader.request(b"UT / HTTP/1.1\r\n\r\n"),
            Ok(Some(_))
        ));
    }

    #[test]
    fn a_head_may_fill_its_limit_and_not_exceed_it() {
        let padded = |total: usize| {
            let fixed = b"HTTP/1.1 200 OK\r\nA: \r\n\r\n".len();
            format!(
                "HTTP/1.1 200 OK\r\nA: {}\r\n\r\n",
                "x".repeat(total - fixed)
            )
            .into_bytes()
        };
        assert!(matches!(read(&padded(MAX_HEAD)), Ok(Some(_))));
        assert_eq!(read(&padded(MAX_HEAD + 1)), Err(HeadError::TooLong));
        let mut reader = HeadReader::new();
        let endless = padded(MAX_HEAD + 1);
        assert_eq!(reader.response(&endless[..MAX_HEAD]), Ok(None));
        assert_eq!(reader.response(b"x"), Err(HeadError::TooLong));
        assert_eq!(read(&b"\r\n".repeat(MAX_HEAD)), Err(HeadError::TooLong));
    }

    #[test]
    fn the_count_of_fields_is_bounded() {
        let with = |count| format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: 1\r\n".repeat(count));
        assert!(matches!(read(with(MAX_FIELDS).as_bytes()), Ok(Some(_))));
        assert_eq!(
            read(with(MAX_FIELDS + 1).as_bytes()),
            Err(HeadError::TooManyFields)
        );
    }

    #[test]
    fn a_line_that_comes_byte_by_byte_is_searched_once() {
        let head = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(200_000));
        let mut reader = HeadReader::new();
        let mut pieces = head.as_bytes().chunks(1);
        let last = pieces.next_back().expect("some");
        for piece in pieces {
            assert_eq!(reader.response(piece), Ok(None));
            assert!(reader.searched >= reader.buffer.len() - 1);
        }
        assert!(matches!(reader.response(last), Ok(Some(_))));
    }
}
