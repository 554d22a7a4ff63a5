//! Finding and parsing a head in a stream of bytes (RFC 9112 §2).

use super::error::{HeadError, MAX_HEAD};
use super::headers::Headers;
use super::lines::{self, ObsFold};
use super::sniff::OtherProtocol;
use crate::evidence::{Evidence, Part};
use std::fmt;

/// The head of a response (RFC 9112 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResponseHead {
    /// The status code.
    pub status: u16,
    /// The reason phrase; empty if there is none or it is not ASCII.
    pub phrase: String,
    /// The last digit of the version: 1 for HTTP/1.1.
    pub minor_version: u8,
    /// The header fields.
    pub headers: Headers,
}

/// The head of a request (RFC 9112 §3).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RequestHead {
    /// The method: `GET`.
    pub(crate) method: String,
    /// The request target as it was sent, usually a path and a query.
    pub(crate) target: String,
    /// The last digit of the version: 1 for HTTP/1.1.
    pub(crate) minor_version: u8,
    /// The header fields.
    pub(crate) headers: Headers,
}

/// Collects bytes until a head is complete and keeps what follows it.
///
/// However the bytes are cut, the result is the same. The reader holds at most [`MAX_HEAD`] bytes
/// and the last piece of input.
#[derive(Default)]
pub(crate) struct HeadReader {
    buffer: Vec<u8>,
    /// The start of the first line, after the empty lines that may precede it (RFC 9112 §2.2).
    start: usize,
    /// The start of the line that is not complete.
    line: usize,
    /// The position up to which that line has been searched for its end.
    searched: usize,
}

impl HeadReader {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Takes bytes and returns the head of a response as soon as it is complete.
    ///
    /// A further call without bytes reads a second head from what followed the first.
    ///
    /// # Errors
    /// When the bytes cannot become a head, or when it is too long.
    pub(crate) fn response(&mut self, input: &[u8]) -> Result<Option<ResponseHead>, HeadError> {
        let Some(end) = self.find_end(input, may_begin_response)? else {
            return Ok(None);
        };
        let (first, rest) = lines::split(&self.buffer[self.start..end]);
        let (minor_version, status, phrase) = lines::status_line(first)?;
        let head = ResponseHead {
            status,
            phrase: phrase.to_owned(),
            minor_version,
            headers: lines::fields(rest, ObsFold::Join)?,
        };
        self.discard(end);
        Ok(Some(head))
    }

    /// Takes bytes and returns the head of a request as soon as it is complete.
    ///
    /// # Errors
    /// As for [`response`](Self::response).
    pub(crate) fn request(&mut self, input: &[u8]) -> Result<Option<RequestHead>, HeadError> {
        let Some(end) = self.find_end(input, may_begin_request)? else {
            return Ok(None);
        };
        let (first, rest) = lines::split(&self.buffer[self.start..end]);
        let (method, target, minor_version) = lines::request_line(first)?;
        let head = RequestHead {
            method: method.to_owned(),
            target: target.to_owned(),
            minor_version,
            headers: lines::fields(rest, ObsFold::Reject)?,
        };
        self.discard(end);
        Ok(Some(head))
    }

    /// Whether no byte was received, or none after the last head.
    pub(crate) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Takes the bytes that followed the last head.
    pub(crate) fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(self).buffer
    }

    fn find_end(
        &mut self,
        input: &[u8],
        may_begin: fn(&[u8]) -> bool,
    ) -> Result<Option<usize>, HeadError> {
        self.buffer.extend_from_slice(input);
        let end = self.scan_lines();
        let first = &self.buffer[self.start..];
        if !first.is_empty() && first != b"\r" && !may_begin(first) {
            return Err(HeadError::NotHttp {
                protocol: OtherProtocol::sniff(first),
                evidence: Evidence::at(Part::Head, 0, first),
            });
        }
        if end.unwrap_or(self.buffer.len()) > MAX_HEAD {
            return Err(HeadError::TooLong);
        }
        Ok(end)
    }

    /// The end of the head: after the first empty line that does not precede the first line.
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

    fn discard(&mut self, end: usize) {
        self.buffer.drain(..end);
        (self.start, self.line, self.searched) = (0, 0, 0);
    }
}

/// The bytes are not shown, since they may contain secrets.
impl fmt::Debug for HeadReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = self.buffer.len();
        f.debug_struct("HeadReader").field("held", &held).finish()
    }
}

/// Whether these bytes can be the beginning of `HTTP/1.x`.
fn may_begin_response(bytes: &[u8]) -> bool {
    std::iter::zip(bytes, b"HTTP/1.").all(|(byte, expected)| byte == expected)
}

/// Whether these bytes can be the beginning of a method.
fn may_begin_request(bytes: &[u8]) -> bool {
    bytes[0].is_ascii_alphabetic() && !bytes.starts_with(b"PRI * HTTP/2")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http1::error::MAX_FIELDS;

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
    fn bytes_after_the_head_are_kept() {
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
    fn empty_lines_before_the_first_line_and_bare_line_feeds_are_accepted() {
        let head = read(b"\r\n\nHTTP/1.1 200 OK\nA: 1\n\n").expect("valid");
        assert_eq!(head.map(|head| head.headers.len()), Some(1));
    }

    #[test]
    fn bytes_that_are_not_http_are_rejected_at_the_first_one() {
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
            Err(HeadError::NotHttp {
                protocol: Some(OtherProtocol::Tls),
                evidence: Evidence::at(Part::Head, 0, b"\x16\x03\x01"),
            })
        );
    }

    #[test]
    fn an_http_2_preface_is_no_request() {
        let mut reader = HeadReader::new();
        assert!(matches!(
            reader.request(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
            Err(HeadError::NotHttp { .. })
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
