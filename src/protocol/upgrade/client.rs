//! The client's side: sends a request and checks the response (RFC 6455 §4.1).

use super::error::UpgradeError;
use super::request::{Request, RequestError};
use super::response::check_response;
use crate::http1::{
    Answer, ExchangeError, HeadExchange, Headers, MAX_INTERIM, Refusal, ResponseHead,
};
use crate::protocol::deflate::DeflateParams;
use data_encoding::BASE64;
use tungstenite::handshake::derive_accept_key;

/// The client's side of one opening handshake.
///
/// Send what [`poll_transmit`](Self::poll_transmit) returns, pass on what is received
/// ([`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof)), and poll the outcome
/// after each input ([`poll_outcome`](Self::poll_outcome)).
#[derive(Debug)]
pub struct ClientUpgrade {
    request: Request,
    headers: Headers,
    expected_accept: String,
    exchange: HeadExchange,
}

/// The outcome of an opening handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpgradeOutcome {
    /// The server switched protocols, and its response is valid.
    Accepted(Accepted),
    /// The server answered with another status than `101 Switching Protocols`.
    Refused(Refusal),
    /// The response is not valid, or there is none.
    Invalid(UpgradeError),
}

/// A valid response to an upgrade request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The head of the response.
    pub response: ResponseHead,
    /// The subprotocol that the server chose, `""` if none.
    pub protocol: String,
    /// The value of `Sec-WebSocket-Extensions` as the server sent it, `""` if there is none.
    pub extensions: String,
    /// The parameters of permessage-deflate, if it is in use; for [`Config::deflate`].
    ///
    /// [`Config::deflate`]: crate::protocol::Config::deflate
    pub deflate: Option<DeflateParams>,
    /// The bytes that arrived after the head. They are the first input of the
    /// [`Endpoint`](crate::protocol::Endpoint), before anything else that is read.
    pub rest: Vec<u8>,
}

impl ClientUpgrade {
    /// Prepares the request. `nonce` must be random; `Sec-WebSocket-Key` is made of it
    /// (RFC 6455 §4.1).
    ///
    /// # Errors
    /// If a part of the request is not valid.
    pub fn new(request: Request, nonce: [u8; 16]) -> Result<Self, RequestError> {
        let key = BASE64.encode(&nonce);
        let headers = request.all_headers(&key)?;
        Ok(Self {
            expected_accept: derive_accept_key(key.as_bytes()),
            exchange: HeadExchange::upgrade(&request.line(), &headers),
            request,
            headers,
        })
    }

    /// The part of the request that has not been sent; empty when all of it has been.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        self.exchange.poll_transmit()
    }

    /// Reports that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were sent.
    pub fn handle_transmitted(&mut self, count: usize) {
        self.exchange.handle_transmitted(count);
    }

    /// The request line, without its line ending.
    #[must_use]
    pub fn request_line(&self) -> String {
        self.request.line()
    }

    /// The header fields as they are sent. [`Headers::redacted`] hides the secrets in them.
    #[must_use]
    pub fn request_headers(&self) -> &Headers {
        &self.headers
    }

    /// The head of the final response, as soon as it is complete, whatever the outcome.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseHead> {
        self.exchange.response()
    }

    /// Whether the outcome depends on more input.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.exchange.is_pending()
    }

    /// Whether the outcome is a refusal whose body is incomplete.
    #[must_use]
    pub fn is_reading_body(&self) -> bool {
        self.exchange.is_reading_body()
    }

    /// Takes the next bytes from the server, in pieces of any size. After the response is complete they
    /// are added to [`Accepted::rest`] until the outcome is polled.
    pub fn handle_input(&mut self, input: &[u8]) {
        self.exchange.handle_input(input);
    }

    /// Reports that the server has closed its side of the connection.
    pub fn handle_eof(&mut self) {
        self.exchange.handle_eof();
    }

    /// Reports that the time is over. A refusal ends with the body that has been received;
    /// otherwise nothing changes.
    pub fn handle_timeout(&mut self) {
        self.exchange.handle_timeout();
    }

    /// The outcome, once, as soon as it is known. A refusal is known when its body is complete.
    pub fn poll_outcome(&mut self) -> Option<UpgradeOutcome> {
        Some(match self.exchange.poll_outcome()? {
            Ok(Answer::Switched { response, rest }) => self.check(response, rest),
            Ok(Answer::Refused(refusal)) => UpgradeOutcome::Refused(refusal),
            Err(error) => UpgradeOutcome::Invalid(error.into()),
        })
    }

    /// Checks a `101 Switching Protocols` by the rules of RFC 6455 §4.1.
    fn check(&self, response: ResponseHead, rest: Vec<u8>) -> UpgradeOutcome {
        match check_response(&self.request, &self.expected_accept, &response) {
            Ok(negotiated) => UpgradeOutcome::Accepted(Accepted {
                response,
                protocol: negotiated.protocol,
                extensions: negotiated.extensions,
                deflate: negotiated.deflate,
                rest,
            }),
            Err(error) => UpgradeOutcome::Invalid(error),
        }
    }
}

impl From<ExchangeError> for UpgradeError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::NoAnswer => Self::NoAnswer,
            ExchangeError::CutShort => Self::CutShort,
            ExchangeError::Head(error) => Self::Head(error),
            ExchangeError::TooManyInterim => Self::TooManyInterim(MAX_INTERIM),
        }
    }
}

#[cfg(test)]
mod tests;
