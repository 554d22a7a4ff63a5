//! The client's side: sends a request and checks the response (RFC 6455 §4.1).

use super::accepted::Accepted;
use super::request::{Request, RequestError};
use super::response::check_response;
use crate::http1::{Answer, ExchangeError, HeadExchange, Headers, MAX_INTERIM, ResponseHead};
use crate::protocol::upgrade_error::UpgradeError;
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
    pub fn poll_outcome(&mut self) -> Option<Result<Accepted, UpgradeError>> {
        Some(match self.exchange.poll_outcome()? {
            Ok(Answer::Switched { response, rest }) => {
                check_response(&self.request, &self.expected_accept, response, rest)
            }
            Ok(Answer::Refused(refusal)) => Err(UpgradeError::Refused(Box::new(refusal))),
            Err(error) => Err(error.into()),
        })
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
