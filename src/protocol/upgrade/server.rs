//! The server's side: reads a request and writes the response (RFC 6455 §4.2).

use super::accepted::Accepted;
use super::request::Request;
use crate::http1::{HeadError, HeadReader, Headers, RequestHead, ResponseHead};
use crate::protocol::deflate::{self, DeflateParams};
use data_encoding::BASE64;
use tungstenite::handshake::derive_accept_key;

/// The first line of the response to a valid request.
const SWITCHING: &str = "HTTP/1.1 101 Switching Protocols";

/// The server's side of one opening handshake.
///
/// Pass on what arrives ([`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof)), poll
/// the outcome ([`poll_outcome`](Self::poll_outcome)), and send the response to it
/// ([`poll_transmit`](Self::poll_transmit)) before any frame. If the outcome is an error, close the
/// connection then.
#[derive(Debug)]
pub struct ServerUpgrade {
    protocols: Vec<String>,
    deflate: bool,
    reader: HeadReader,
    request: Option<RequestHead>,
    outcome: Option<Result<Accepted, ServerUpgradeError>>,
    response: Vec<u8>,
    transmitted: usize,
    done: bool,
}

/// Why a request cannot be answered with `101` (RFC 6455 §4.2.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ServerUpgradeError {
    /// The connection ended before the request was complete.
    #[error("the client closed the connection before its request was complete")]
    CutShort,
    /// The head of the request cannot be parsed.
    #[error("the client's request cannot be read: {0}")]
    Head(#[from] HeadError),
    /// The method is not `GET`.
    #[error("the method of an upgrade request has to be GET")]
    Method,
    /// The request is in HTTP/1.0, which has no upgrade.
    #[error("an upgrade request has to be in HTTP/1.1")]
    HttpVersion,
    /// `Host` is missing.
    #[error("the request has no Host header")]
    Host,
    /// `Upgrade` or `Connection` does not ask for a WebSocket.
    #[error("this is a WebSocket server: the request does not ask for an upgrade to websocket")]
    NoUpgrade,
    /// `Sec-WebSocket-Key` is missing, repeated or not 16 bytes in base64.
    #[error("Sec-WebSocket-Key has to be there once, 16 bytes in base64")]
    Key,
    /// `Sec-WebSocket-Version` is missing or not 13 (RFC 6455 §4.4).
    #[error("Sec-WebSocket-Version has to be {}", Request::VERSION)]
    Version,
}

impl ServerUpgrade {
    /// A server that speaks these subprotocols; of those that a client offers, it chooses the first of
    /// this list. With `deflate` it accepts an offer of permessage-deflate, if the feature `deflate`
    /// is on.
    #[must_use]
    pub fn new(protocols: Vec<String>, deflate: bool) -> Self {
        Self {
            protocols,
            deflate,
            reader: HeadReader::new(),
            request: None,
            outcome: None,
            response: Vec::new(),
            transmitted: 0,
            done: false,
        }
    }

    /// The part of the response that has not been sent; empty before the outcome is known, and if
    /// the client is gone.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        &self.response[self.transmitted..]
    }

    /// Reports that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were sent.
    pub fn handle_transmitted(&mut self, count: usize) {
        self.transmitted = (self.transmitted + count).min(self.response.len());
    }

    /// The target of the request, usually a path and a query (RFC 9112 §3.2); `None` before the
    /// request is complete.
    #[must_use]
    pub fn request_target(&self) -> Option<&str> {
        self.request.as_ref().map(|request| &*request.target)
    }

    /// The header fields of the request; `None` before it is complete.
    #[must_use]
    pub fn request_headers(&self) -> Option<&Headers> {
        self.request.as_ref().map(|request| &request.headers)
    }

    /// Takes the next bytes from the client, in pieces of any size.
    pub fn handle_input(&mut self, input: &[u8]) {
        if self.done {
            if let Some(Ok(accepted)) = &mut self.outcome {
                accepted.rest.extend_from_slice(input);
            }
            return;
        }
        match self.reader.request(input) {
            Ok(Some(request)) => {
                let outcome = self.answer(&request);
                self.request = Some(request);
                self.finish(outcome);
            }
            Ok(None) => {}
            Err(error) => self.finish(Err(error.into())),
        }
    }

    /// Reports that the client has closed its side of the connection.
    pub fn handle_eof(&mut self) {
        if !self.done {
            self.finish(Err(ServerUpgradeError::CutShort));
        }
    }

    /// The outcome, once, as soon as it is known.
    pub fn poll_outcome(&mut self) -> Option<Result<Accepted, ServerUpgradeError>> {
        self.outcome.take()
    }

    fn finish(&mut self, outcome: Result<Accepted, ServerUpgradeError>) {
        self.done = true;
        self.response = match &outcome {
            Ok(accepted) => accepted.response.headers.head(SWITCHING),
            Err(ServerUpgradeError::CutShort) => Vec::new(),
            Err(error) => error.response(),
        };
        self.outcome = Some(outcome);
    }

    fn answer(&mut self, request: &RequestHead) -> Result<Accepted, ServerUpgradeError> {
        let key = check(request)?;
        let protocol = self.choose_protocol(request);
        let (deflate, extensions) = self.choose_deflate(request).unzip();
        let extensions = extensions.unwrap_or_default();
        Ok(Accepted {
            response: switching(&derive_accept_key(key.as_bytes()), &protocol, &extensions),
            protocol,
            extensions,
            deflate,
            rest: self.reader.take_rest(),
        })
    }

    fn choose_protocol(&self, request: &RequestHead) -> String {
        let offered: Vec<_> = request.headers.tokens("Sec-WebSocket-Protocol").collect();
        let mut ours = self.protocols.iter();
        ours.find(|protocol| offered.contains(&protocol.as_str()))
            .cloned()
            .unwrap_or_default()
    }

    fn choose_deflate(&self, request: &RequestHead) -> Option<(DeflateParams, String)> {
        if !self.deflate {
            return None;
        }
        let offers: Vec<_> = request
            .headers
            .get_all("Sec-WebSocket-Extensions")
            .collect();
        deflate::accept_offer(&offers.join(", "))
    }
}

/// Checks a request against every rule of RFC 6455 §4.2.1 and returns its key.
fn check(request: &RequestHead) -> Result<String, ServerUpgradeError> {
    let headers = &request.headers;
    let asks = |name: &str, token: &str| {
        let mut tokens = headers.tokens(name);
        tokens.any(|other| other.eq_ignore_ascii_case(token))
    };
    if request.method != "GET" {
        return Err(ServerUpgradeError::Method);
    }
    if request.minor_version == 0 {
        return Err(ServerUpgradeError::HttpVersion);
    }
    if !headers.contains("Host") {
        return Err(ServerUpgradeError::Host);
    }
    if !asks("Upgrade", "websocket") || !asks("Connection", "Upgrade") {
        return Err(ServerUpgradeError::NoUpgrade);
    }
    if headers.get("Sec-WebSocket-Version") != Some("13") {
        return Err(ServerUpgradeError::Version);
    }
    let mut keys = headers.get_all("Sec-WebSocket-Key");
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_key(key) => Ok(key.to_owned()),
        _ => Err(ServerUpgradeError::Key),
    }
}

fn is_key(key: &str) -> bool {
    BASE64
        .decode(key.as_bytes())
        .is_ok_and(|nonce| nonce.len() == 16)
}

fn switching(accept: &str, protocol: &str, extensions: &str) -> ResponseHead {
    let mut headers = Headers::new();
    for (name, value) in [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept),
        ("Sec-WebSocket-Protocol", protocol),
        ("Sec-WebSocket-Extensions", extensions),
    ] {
        if !value.is_empty() {
            // The values are ours or were in the request, so none is refused.
            let _ = headers.push(name, value);
        }
    }
    ResponseHead {
        status: 101,
        phrase: "Switching Protocols".to_owned(),
        minor_version: 1,
        headers,
    }
}

impl ServerUpgradeError {
    /// The HTTP response: a status, the fields that say what is supported, and the error as text.
    fn response(&self) -> Vec<u8> {
        let (status, fields) = match self {
            Self::Method => ("405 Method Not Allowed", "Allow: GET\r\n"),
            Self::Head(HeadError::TooLong | HeadError::TooManyFields) => {
                ("431 Request Header Fields Too Large", "")
            }
            Self::Version => ("426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n"),
            Self::NoUpgrade => ("426 Upgrade Required", "Upgrade: websocket\r\n"),
            Self::CutShort | Self::Head(_) | Self::HttpVersion | Self::Host | Self::Key => {
                ("400 Bad Request", "")
            }
        };
        // RFC 9110 §7.8: `Upgrade` is named in `Connection`.
        let connection = if *self == Self::NoUpgrade {
            "Upgrade, close"
        } else {
            "close"
        };
        let body = format!("{self}\n");
        let len = body.len();
        format!(
            "HTTP/1.1 {status}\r\n{fields}Connection: {connection}\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6455 §1.3.
    const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\n\
        Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Origin: http://example.com\r\nSec-WebSocket-Protocol: chat, superchat\r\n\
        Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
        Sec-WebSocket-Version: 13\r\n\r\n";

    fn upgrade() -> ServerUpgrade {
        let protocols = ["superchat", "chat"];
        ServerUpgrade::new(protocols.map(str::to_owned).to_vec(), true)
    }

    fn sent(upgrade: &ServerUpgrade) -> String {
        String::from_utf8(upgrade.poll_transmit().to_vec()).expect("text")
    }

    fn refused(request: &str) -> (ServerUpgradeError, String) {
        let mut upgrade = upgrade();
        upgrade.handle_input(request.as_bytes());
        match upgrade.poll_outcome() {
            Some(Err(error)) => (error, sent(&upgrade)),
            other => panic!("{request:?} gave {other:?}"),
        }
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn section_1_3_the_example_is_answered_however_it_is_cut() {
        let stream = [REQUEST.as_bytes(), b"\x81\x80"].concat();
        for cut in 0..stream.len() {
            let (first, second) = stream.split_at(cut);
            let mut upgrade = upgrade();
            upgrade.handle_input(first);
            upgrade.handle_input(second);
            let Some(Ok(accepted)) = upgrade.poll_outcome() else {
                panic!("not accepted when cut at {cut}");
            };
            assert_eq!(upgrade.request_target(), Some("/chat"));
            let origin = upgrade.request_headers().and_then(|it| it.get("Origin"));
            assert_eq!(origin, Some("http://example.com"));
            assert_eq!(accepted.response.status, 101);
            assert_eq!(accepted.protocol, "superchat");
            assert_eq!(accepted.extensions, "permessage-deflate");
            let deflate = accepted.deflate.expect("deflate");
            assert_eq!(deflate.client_max_window_bits, 15);
            assert_eq!(accepted.rest, b"\x81\x80");
            assert_eq!(
                sent(&upgrade),
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
                 Sec-WebSocket-Protocol: superchat\r\n\
                 Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
            );
        }
    }

    #[test]
    fn a_server_without_extensions_and_subprotocols_names_none() {
        let mut upgrade = ServerUpgrade::new(Vec::new(), false);
        upgrade.handle_input(REQUEST.as_bytes());
        let Some(Ok(accepted)) = upgrade.poll_outcome() else {
            panic!("not accepted");
        };
        assert_eq!((&*accepted.protocol, accepted.deflate), ("", None));
        assert!(sent(&upgrade).ends_with("xOo=\r\n\r\n"));
        upgrade.handle_transmitted(usize::MAX / 2);
        assert_eq!(sent(&upgrade), "");
    }

    #[test]
    fn every_rule_of_section_4_2_1_is_held_against_a_request() {
        use ServerUpgradeError::{Host, HttpVersion, Key, Method, NoUpgrade, Version};
        let key = "dGhlIHNhbXBsZSBub25jZQ==";
        let again = format!("{key}\r\nSec-WebSocket-Key: {key}");
        for (from, to, problem, status) in [
            ("GET /", "POST /", Method, "405 "),
            ("HTTP/1.1", "HTTP/1.0", HttpVersion, "400 "),
            ("Host:", "Ghost:", Host, "400 "),
            ("Upgrade: websocket", "Upgrade: h2c", NoUpgrade, "426 "),
            ("keep-alive, Upgrade", "keep-alive", NoUpgrade, "426 "),
            ("Version: 13", "Version: 8", Version, "426 "),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Lock", Key, "400 "),
            (key, "c2hvcnQ=", Key, "400 "),
            (key, "dGhlIHNhbXBsZSBub25jZQ", Key, "400 "),
            (key, &again, Key, "400 "),
        ] {
            let (found, response) = refused(&REQUEST.replacen(from, to, 1));
            assert_eq!(found, problem, "{to}");
            assert!(response[9..].starts_with(status), "{response}");
            assert!(
                response.ends_with(&format!("\r\n\r\n{problem}\n")),
                "{response}"
            );
        }
    }

    #[test]
    fn a_refusal_says_what_would_do() {
        let version = refused(&REQUEST.replace("Version: 13", "Version: 14")).1;
        assert!(version.contains("\r\nSec-WebSocket-Version: 13\r\n"));
        let page = refused("GET / HTTP/1.1\r\nHost: h\r\n\r\n").1;
        assert!(page.contains("\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"));
        let method = refused(&REQUEST.replace("GET", "PUT")).1;
        assert!(method.contains("\r\nAllow: GET\r\n"));
    }

    #[test]
    fn what_cannot_be_read_is_a_bad_request() {
        let (problem, response) = refused("\x16\x03\x01");
        assert!(matches!(
            problem,
            ServerUpgradeError::Head(HeadError::NotHttp { .. })
        ));
        assert!(response.starts_with("HTTP/1.1 400 "));
        let (problem, response) =
            refused(&REQUEST.replace("13\r\n", &format!("13\r\nA: {}\r\n", "x".repeat(300_000))));
        assert_eq!(problem, ServerUpgradeError::Head(HeadError::TooLong));
        assert!(response.starts_with("HTTP/1.1 431 "));
    }

    #[test]
    fn a_client_that_leaves_early_is_answered_by_nothing() {
        let mut upgrade = upgrade();
        upgrade.handle_input(b"GET /");
        upgrade.handle_eof();
        let outcome = Err(ServerUpgradeError::CutShort);
        assert_eq!(upgrade.poll_outcome(), Some(outcome));
        assert_eq!(sent(&upgrade), "");
        assert_eq!(upgrade.poll_outcome(), None);
    }
}
