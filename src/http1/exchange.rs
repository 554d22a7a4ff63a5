//! One request of a client and its response, without I/O.

use super::error::HeadError;
use super::headers::Headers;
use super::reader::{HeadReader, ResponseHead};
use super::refusal::{Refusal, RefusalReader};
use std::fmt;

/// The maximum number of interim responses (1xx) that are skipped.
pub(crate) const MAX_INTERIM: usize = 16;

/// A request after which the connection is to speak another protocol, and its response.
///
/// Send what [`poll_transmit`](Self::poll_transmit) returns, hand in what is received, and ask for
/// the outcome after each input. However the input is cut, the outcome is the same. The exchange
/// holds at most one head, or the bounded body of a refusal, and the last piece of input.
pub(crate) struct HeadExchange {
    kind: RequestKind,
    request: Vec<u8>,
    transmitted: usize,
    response: Option<ResponseHead>,
    state: State,
}

/// What the server of an exchange answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The connection speaks the other protocol from now on.
    Switched {
        /// The head of the response.
        response: ResponseHead,
        /// The bytes that followed the head, which belong to the other protocol.
        rest: Vec<u8>,
    },
    /// The server answered with another status.
    Refused(Refusal),
}

/// Why an exchange has no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExchangeError {
    /// The connection ended before the first byte of a response.
    NoAnswer,
    /// The connection ended within the head of a response, or after an interim one.
    CutShort,
    /// The head of a response cannot be read.
    Head(HeadError),
    /// There were more than [`MAX_INTERIM`] interim responses.
    TooManyInterim,
}

/// Which final response means that the server switches to the other protocol.
#[derive(Clone, Copy)]
enum RequestKind {
    /// `101 Switching Protocols` (RFC 9110 §7.8).
    Upgrade,
    /// Any 2xx. A `Content-Length` in it has no meaning (RFC 9110 §9.3.6).
    Connect,
}

enum State {
    Head { reader: HeadReader, interim: usize },
    Body(RefusalReader),
    Ended(Result<Answer, ExchangeError>),
    Reported,
}

impl HeadExchange {
    /// Begins with a request that asks for an upgrade: `GET / HTTP/1.1` and its fields.
    pub(crate) fn upgrade(request_line: &str, headers: &Headers) -> Self {
        Self::new(RequestKind::Upgrade, request_line, headers)
    }

    /// Begins with a CONNECT request: `CONNECT a.org:80 HTTP/1.1` and its fields.
    #[cfg_attr(not(feature = "proxy"), expect(dead_code, reason = "proxies use it"))]
    pub(crate) fn connect(request_line: &str, headers: &Headers) -> Self {
        Self::new(RequestKind::Connect, request_line, headers)
    }

    fn new(kind: RequestKind, request_line: &str, headers: &Headers) -> Self {
        Self {
            kind,
            request: headers.head(request_line),
            transmitted: 0,
            response: None,
            state: State::Head {
                reader: HeadReader::new(),
                interim: 0,
            },
        }
    }

    /// The part of the request that has not been sent; empty when all of it has been.
    pub(crate) fn poll_transmit(&self) -> &[u8] {
        &self.request[self.transmitted..]
    }

    /// Reports that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were sent.
    pub(crate) fn handle_transmitted(&mut self, count: usize) {
        self.transmitted = self.request.len().min(self.transmitted + count);
    }

    /// The head of the final response, as soon as it is complete.
    pub(crate) fn response(&self) -> Option<&ResponseHead> {
        self.response.as_ref()
    }

    /// Whether the outcome depends on more input.
    pub(crate) fn is_pending(&self) -> bool {
        matches!(self.state, State::Head { .. } | State::Body(_))
    }

    /// Whether the response is a refusal, of which more of the body may come.
    pub(crate) fn is_reading_body(&self) -> bool {
        matches!(self.state, State::Body(_))
    }

    /// Takes bytes from the server.
    pub(crate) fn handle_input(&mut self, input: &[u8]) {
        match &mut self.state {
            State::Head { .. } => self.read_heads(input),
            State::Body(_) => self.read_body(input),
            State::Ended(Ok(Answer::Switched { rest, .. })) => rest.extend_from_slice(input),
            State::Ended(_) | State::Reported => {}
        }
    }

    /// Reports that the server has closed its side of the connection. A refusal ends with the body
    /// that has been received.
    pub(crate) fn handle_eof(&mut self) {
        if let State::Head { reader, interim } = &self.state {
            let is_empty = reader.is_empty() && *interim == 0;
            self.end(Err(match is_empty {
                true => ExchangeError::NoAnswer,
                false => ExchangeError::CutShort,
            }));
        }
        self.end_body();
    }

    /// Reports that the time is over. A refusal ends with the body that has been received;
    /// otherwise nothing changes.
    pub(crate) fn handle_timeout(&mut self) {
        self.end_body();
    }

    /// The outcome, once, as soon as it is known. A refusal is known when its body is complete.
    pub(crate) fn poll_outcome(&mut self) -> Option<Result<Answer, ExchangeError>> {
        match std::mem::replace(&mut self.state, State::Reported) {
            State::Ended(outcome) => Some(outcome),
            state => {
                self.state = state;
                None
            }
        }
    }

    /// Reads heads up to the final one.
    fn read_heads(&mut self, mut input: &[u8]) {
        while let State::Head { reader, interim } = &mut self.state {
            let head = match reader.response(std::mem::take(&mut input)) {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(error) => return self.end(Err(ExchangeError::Head(error))),
            };
            if !self.kind.is_interim(head.status) {
                let rest = reader.take_rest();
                return self.handle_response(head, rest);
            }
            *interim += 1;
            if *interim > MAX_INTERIM {
                self.end(Err(ExchangeError::TooManyInterim));
            }
        }
    }

    /// Takes the final response and the bytes after its head.
    fn handle_response(&mut self, response: ResponseHead, rest: Vec<u8>) {
        self.response = Some(response.clone());
        if self.kind.is_switched_by(response.status) {
            self.end(Ok(Answer::Switched { response, rest }));
        } else {
            self.state = State::Body(RefusalReader::new(response));
            self.read_body(&rest);
        }
    }

    fn read_body(&mut self, input: &[u8]) {
        if let State::Body(reader) = &mut self.state
            && reader.handle_input(input)
        {
            self.end_body();
        }
    }

    fn end_body(&mut self) {
        match std::mem::replace(&mut self.state, State::Reported) {
            State::Body(reader) => self.end(Ok(Answer::Refused(reader.into_refusal()))),
            state => self.state = state,
        }
    }

    fn end(&mut self, outcome: Result<Answer, ExchangeError>) {
        self.state = State::Ended(outcome);
    }
}

impl RequestKind {
    /// Whether a final response follows this one (RFC 9110 §15.2).
    fn is_interim(self, status: u16) -> bool {
        matches!(status, 100..=199) && !self.is_switched_by(status)
    }

    fn is_switched_by(self, status: u16) -> bool {
        match self {
            Self::Upgrade => status == 101,
            Self::Connect => matches!(status, 200..=299),
        }
    }
}

/// The request is not shown, since it may contain secrets.
impl fmt::Debug for HeadExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeadExchange")
            .field("unsent", &self.poll_transmit().len())
            .field("response", &self.response)
            .field("is_pending", &self.is_pending())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
