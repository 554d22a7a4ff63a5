//! The client's side: sends a request, waits for the answer.

use super::judge::judge;
use super::{Refusal, Request, RequestError, UpgradeError};
use crate::http1::{HeadReader, Headers, RefusalReader, ResponseHead};
use crate::protocol::deflate::Agreed;
use data_encoding::BASE64;
use tungstenite::handshake::derive_accept_key;

/// The most interim answers (1xx) that are skipped.
const MAX_INTERIM: usize = 16;

/// The client's side of one opening handshake.
///
/// Send [`request_bytes`](Self::request_bytes), hand in what comes back
/// ([`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof)), and after each ask for the
/// outcome ([`poll_outcome`](Self::poll_outcome)).
#[derive(Debug)]
pub struct ClientUpgrade {
    request: Request,
    headers: Headers,
    expected_accept: String,
    answer: Option<ResponseHead>,
    state: State,
}

/// How a handshake came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server switched protocols, by every rule.
    Accepted(Accepted),
    /// The server answered with another status.
    Refused(Refusal),
    /// The answer was none, or not valid.
    Invalid(UpgradeError),
}

/// A valid answer to the upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The answer.
    pub response: ResponseHead,
    /// The subprotocol that the server chose, `""` if none.
    pub protocol: String,
    /// The extensions in use as the server wrote them, `""` if none.
    pub extensions: String,
    /// What was agreed on for permessage-deflate, if it is in use.
    pub deflate: Option<Agreed>,
    /// The bytes after the head: the first of the first frame.
    pub rest: Vec<u8>,
}

#[derive(Debug)]
enum State {
    Head { reader: HeadReader, interim: usize },
    Body(RefusalReader),
    Done(Outcome),
    Told,
}

impl ClientUpgrade {
    /// Makes the request. The nonce has to be random (RFC 6455 §4.1).
    ///
    /// # Errors
    /// When a part of the request cannot be sent.
    pub fn new(request: Request, nonce: [u8; 16]) -> Result<Self, RequestError> {
        let key = BASE64.encode(&nonce);
        let headers = request.all_headers(&key)?;
        Ok(Self {
            request,
            headers,
            expected_accept: derive_accept_key(key.as_bytes()),
            answer: None,
            state: State::Head {
                reader: HeadReader::new(),
                interim: 0,
            },
        })
    }

    /// What is to be sent, all of it.
    #[must_use]
    pub fn request_bytes(&self) -> Vec<u8> {
        let mut request = self.request.line() + "\r\n";
        for (name, value) in self.headers.iter() {
            request.extend([name, ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        request.into_bytes()
    }

    /// The request line, without its end.
    #[must_use]
    pub fn request_line(&self) -> String {
        self.request.line()
    }

    /// The fields as they are sent; [`Headers::redacted`] shows them with the secrets hidden.
    #[must_use]
    pub fn request_headers(&self) -> &Headers {
        &self.headers
    }

    /// The head of the final answer, once it is here, whatever the outcome.
    #[must_use]
    pub fn answer(&self) -> Option<&ResponseHead> {
        self.answer.as_ref()
    }

    /// Whether the outcome waits for more from the server.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self.state, State::Head { .. } | State::Body(_))
    }

    /// Whether the outcome is a refusal, of which more of the body may come.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        matches!(self.state, State::Body(_))
    }

    /// Takes bytes from the server.
    pub fn handle_input(&mut self, input: &[u8]) {
        match &mut self.state {
            State::Head { .. } => self.read_head(input),
            State::Body(_) => self.read_body(input),
            State::Done(Outcome::Accepted(accepted)) => accepted.rest.extend_from_slice(input),
            State::Done(_) | State::Told => {}
        }
    }

    /// The server has closed its side.
    pub fn handle_eof(&mut self) {
        if let State::Head { reader, interim } = &self.state {
            let error = if reader.is_empty() && *interim == 0 {
                UpgradeError::NoAnswer
            } else {
                UpgradeError::CutShort
            };
            self.state = State::Done(Outcome::Invalid(error));
        }
        self.end_body();
    }

    /// No more time. A refusal whose body is not complete is told as it is; otherwise nothing changes.
    pub fn handle_timeout(&mut self) {
        self.end_body();
    }

    /// The outcome, once, as soon as it is known. A refusal is known when its body is complete.
    pub fn poll_outcome(&mut self) -> Option<Outcome> {
        match std::mem::replace(&mut self.state, State::Told) {
            State::Done(outcome) => Some(outcome),
            state => {
                self.state = state;
                None
            }
        }
    }

    fn read_head(&mut self, mut input: &[u8]) {
        while let State::Head { reader, interim } = &mut self.state {
            let head = match reader.response(std::mem::take(&mut input)) {
                Ok(Some(head)) => head,
                Ok(None) => return,
                Err(error) => return self.done(Outcome::Invalid(error.into())),
            };
            if !matches!(head.status, 100 | 102..=199) {
                self.answer = Some(head.clone());
            }
            match head.status {
                101 => {
                    let rest = reader.take_rest();
                    let outcome = self.judge(head, rest);
                    self.done(outcome);
                }
                100..=199 if *interim < MAX_INTERIM => *interim += 1,
                100..=199 => {
                    let error = UpgradeError::TooManyInterim(MAX_INTERIM);
                    self.done(Outcome::Invalid(error));
                }
                _ => {
                    let rest = reader.take_rest();
                    self.state = State::Body(RefusalReader::new(head));
                    self.read_body(&rest);
                }
            }
        }
    }

    fn judge(&self, response: ResponseHead, rest: Vec<u8>) -> Outcome {
        match judge(&self.request, &self.expected_accept, &response) {
            Ok(verdict) => Outcome::Accepted(Accepted {
                response,
                protocol: verdict.protocol,
                extensions: verdict.extensions,
                deflate: verdict.deflate,
                rest,
            }),
            Err(error) => Outcome::Invalid(error),
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
        match std::mem::replace(&mut self.state, State::Told) {
            State::Body(reader) => self.done(Outcome::Refused(reader.into_refusal())),
            state => self.state = state,
        }
    }

    fn done(&mut self, outcome: Outcome) {
        self.state = State::Done(outcome);
    }
}

#[cfg(test)]
mod tests;
