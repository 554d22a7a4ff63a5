//! A tunnel through an HTTP proxy (RFC 9110 §9.3.6).

use super::credentials::ProxyCredentials;
use crate::http1::{Answer, HeadExchange, HeaderError, Headers, Refusal, USER_AGENT};
use crate::transport::error::TransportError;
use crate::transport::host_port::HostPort;
use crate::transport::negotiate::Negotiation;
use crate::transport::step::TransportStep;
use crate::transport::tunnel_error::TunnelError;

pub(super) struct HttpConnect {
    target: HostPort,
    has_credentials: bool,
    exchange: HeadExchange,
    /// The request, until it has been reported.
    request_step: Option<TransportStep>,
    is_answer_reported: bool,
}

impl HttpConnect {
    /// Begins a negotiation about a tunnel to `target`.
    pub(super) fn begin(
        target: &HostPort,
        credentials: Option<&ProxyCredentials>,
    ) -> Result<Self, TransportError> {
        let line = format!("CONNECT {target} HTTP/1.1");
        let headers = headers(target, credentials).map_err(|error| {
            TransportError::Options(format!("the request to the proxy: {error}"))
        })?;
        let fields = headers.redacted();
        let fields = fields.map(|(name, value)| format!("{name}: {value}"));
        let lines = std::iter::once(line.clone()).chain(fields).collect();
        Ok(Self {
            target: target.clone(),
            has_credentials: credentials.is_some(),
            exchange: HeadExchange::connect(&line, &headers),
            request_step: Some(TransportStep::ProxyRequest(lines)),
            is_answer_reported: false,
        })
    }

    /// Why this answer refuses.
    fn error(&self, refusal: Refusal) -> TunnelError {
        let is_basic = asks_for_basic(&refusal.headers);
        let refusal = Box::new(refusal);
        match refusal.status {
            407 if !is_basic => TunnelError::SchemeUnsupported(refusal),
            407 if !self.has_credentials => TunnelError::CredentialsRequired(Some(refusal)),
            // Some proxies send 401 in place of 407.
            401 | 407 if self.has_credentials => TunnelError::CredentialsRejected(Some(refusal)),
            _ => TunnelError::Refused {
                target: self.target.clone(),
                refusal,
            },
        }
    }
}

impl Negotiation for HttpConnect {
    type Output = Vec<u8>;
    type Error = TunnelError;

    fn poll_transmit(&self) -> &[u8] {
        self.exchange.poll_transmit()
    }

    fn handle_transmitted(&mut self, count: usize) {
        self.exchange.handle_transmitted(count);
    }

    fn handle_input(&mut self, input: &[u8]) {
        self.exchange.handle_input(input);
    }

    fn handle_eof(&mut self) {
        self.exchange.handle_eof();
    }

    fn is_reading_body(&self) -> bool {
        self.exchange.is_reading_body()
    }

    fn handle_timeout(&mut self) {
        self.exchange.handle_timeout();
    }

    fn poll_step(&mut self) -> Option<TransportStep> {
        if let Some(request) = self.request_step.take() {
            return Some(request);
        }
        let answer = self
            .exchange
            .response()
            .filter(|_| !self.is_answer_reported)?;
        self.is_answer_reported = true;
        Some(TransportStep::ProxyAnswer(answer.clone()))
    }

    fn poll_outcome(&mut self) -> Option<Result<Vec<u8>, TunnelError>> {
        Some(match self.exchange.poll_outcome()? {
            Ok(Answer::Switched { rest, .. }) => Ok(rest),
            Ok(Answer::Refused(refusal)) => Err(self.error(refusal)),
            Err(error) => Err(error.into()),
        })
    }
}

fn headers(
    target: &HostPort,
    credentials: Option<&ProxyCredentials>,
) -> Result<Headers, HeaderError> {
    let mut headers = Headers::new();
    headers.push("Host", &target.to_string())?;
    headers.push("User-Agent", USER_AGENT)?;
    if let Some(credentials) = credentials {
        headers.push("Proxy-Authorization", &credentials.basic())?;
    }
    Ok(headers)
}

/// Whether the proxy accepts Basic (RFC 7617). A proxy that names no scheme may accept it.
fn asks_for_basic(headers: &Headers) -> bool {
    let mut challenges = headers.tokens("Proxy-Authenticate").peekable();
    let is_basic = |challenge: &str| {
        let scheme = challenge.split(' ').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic")
    };
    challenges.peek().is_none() || challenges.any(is_basic)
}
