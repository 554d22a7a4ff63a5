//! A response that refuses, and its body (RFC 9112 §6).

use super::chunked::{ChunkDecoder, take};
use super::headers::Headers;
use super::reader::ResponseHead;

/// The maximum number of bytes of a refusal's body that are kept.
pub(crate) const MAX_BODY: usize = 64 * 1024;

/// An HTTP response that refuses what was requested: to an upgrade, any but
/// `101 Switching Protocols`; to a proxy's CONNECT, any but 2xx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub status: u16,
    /// The reason phrase; empty if there is none or it is not ASCII.
    pub phrase: String,
    /// The header fields.
    pub headers: Headers,
    /// The body, at most its first 64 KiB. It may be incomplete.
    pub body: Vec<u8>,
}

/// Collects the body of a refusal. A body whose framing is broken ends there, and what was received
/// is kept.
#[derive(Debug)]
pub(crate) struct RefusalReader {
    refusal: Refusal,
    framing: Framing,
}

/// What ends the body (RFC 9112 §6.3).
#[derive(Debug)]
enum Framing {
    /// It ends after this number of bytes.
    Length(u64),
    /// It ends with the connection.
    UntilEof,
    /// It ends with its last chunk (§7.1).
    Chunked(ChunkDecoder),
}

impl RefusalReader {
    pub(crate) fn new(head: ResponseHead) -> Self {
        Self {
            framing: Framing::of(&head),
            refusal: Refusal {
                status: head.status,
                phrase: head.phrase,
                headers: head.headers,
                body: Vec::new(),
            },
        }
    }

    /// Takes the next bytes. Returns true when the body is complete or has its maximum length.
    pub(crate) fn handle_input(&mut self, mut input: &[u8]) -> bool {
        let body = &mut self.refusal.body;
        let ended = match &mut self.framing {
            Framing::UntilEof => {
                append(body, input);
                false
            }
            Framing::Length(left) => {
                append(body, take(&mut input, left));
                *left == 0
            }
            Framing::Chunked(chunks) => {
                while let Some(data) = chunks.decode(&mut input).filter(|_| body.len() < MAX_BODY) {
                    append(body, data);
                }
                chunks.is_done()
            }
        };
        ended || body.len() == MAX_BODY
    }

    pub(crate) fn into_refusal(self) -> Refusal {
        self.refusal
    }
}

impl Framing {
    fn of(head: &ResponseHead) -> Self {
        if matches!(head.status, 100..=199 | 204 | 304) {
            return Self::Length(0);
        }
        if let Some(coding) = head.headers.tokens("Transfer-Encoding").last() {
            if coding.eq_ignore_ascii_case("chunked") {
                return Self::Chunked(ChunkDecoder::default());
            }
            return Self::UntilEof;
        }
        let length = head.headers.tokens("Content-Length").next();
        length
            .filter(|length| length.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|length| length.parse().ok())
            .map_or(Self::UntilEof, Self::Length)
    }
}

/// Appends bytes up to the maximum length of a body.
fn append(body: &mut Vec<u8>, bytes: &[u8]) {
    let room = MAX_BODY - body.len();
    body.extend_from_slice(&bytes[..bytes.len().min(room)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body and whether it ended by itself, the input being cut at `cut`.
    fn read(fields: &[(&str, &str)], input: &[u8], cut: usize) -> (Vec<u8>, bool) {
        let mut headers = Headers::new();
        for (name, value) in fields {
            headers.push(name, value).expect("a legal field");
        }
        let mut reader = RefusalReader::new(ResponseHead {
            status: 403,
            phrase: "Forbidden".to_owned(),
            minor_version: 1,
            headers,
        });
        let (first, second) = input.split_at(cut);
        let ended = reader.handle_input(first) || reader.handle_input(second);
        (reader.into_refusal().body, ended)
    }

    #[test]
    fn a_length_ends_the_body() {
        for cut in 0..5 {
            let body = read(&[("Content-Length", "3")], b"abcde", cut);
            assert_eq!(body, (b"abc".to_vec(), true));
        }
        assert_eq!(
            read(&[("Content-Length", "3")], b"ab", 1),
            (b"ab".to_vec(), false)
        );
        assert_eq!(read(&[("content-length", "0")], b"", 0), (Vec::new(), true));
    }

    #[test]
    fn chunks_are_put_together() {
        let chunked = [
            ("Transfer-Encoding", "gzip, Chunked"),
            ("Content-Length", "1"),
        ];
        let stream = b"3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
        for cut in 0..stream.len() {
            let body = read(&chunked, stream, cut);
            assert_eq!(body, (b"abc0123456789".to_vec(), true), "cut at {cut}");
        }
    }

    #[test]
    fn without_framing_the_body_lasts_until_the_connection_ends() {
        assert_eq!(read(&[], b"abc", 1), (b"abc".to_vec(), false));
        for unreadable in ["many", "+1", "-1", "1 1"] {
            let body = read(&[("Content-Length", unreadable)], b"abc", 1);
            assert_eq!(body, (b"abc".to_vec(), false));
        }
    }

    #[test]
    fn no_body_is_longer_than_the_limit() {
        let long = vec![b'x'; MAX_BODY + 1];
        let chunk = [b"fffff\r\n".as_slice(), &long].concat();
        for (fields, stream) in [
            (vec![], &long),
            (vec![("Content-Length", "18446744073709551615")], &long),
            (vec![("Transfer-Encoding", "chunked")], &chunk),
        ] {
            let (body, ended) = read(&fields, stream, 9);
            assert_eq!((body.len(), ended), (MAX_BODY, true));
        }
    }
}
