//! The server's side: reads a request and writes the response (RFC 6455 §4.2).

use super::request::Request;
use crate::http1::{HeadError, HeadReader, RequestHead};
use crate::protocol::deflate::{self, DeflateParams};
use data_encoding::BASE64;
use tungstenite::handshake::derive_accept_key;

/// The server's side of one opening handshake.
///
/// Pass on what arrives ([`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof)), poll
/// the outcome ([`poll_outcome`](Self::poll_outcome)), and send its response.
#[derive(Debug)]
pub struct ServerUpgrade {
    protocols: Vec<String>,
    deflate: bool,
    reader: HeadReader,
    outcome: Option<ServerOutcome>,
    done: bool,
}

/// The outcome of a server's handshake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerOutcome {
    /// The request is valid: send the response, then frames.
    Accepted {
        /// The request.
        request: RequestHead,
        /// The subprotocol that was chosen, `""` if none.
        protocol: String,
        /// The value of `Sec-WebSocket-Extensions` in the response, `""` if there is none.
        extensions: String,
        /// The parameters of permessage-deflate, if it is in use.
        deflate: Option<DeflateParams>,
        /// The response, to be sent before any frame.
        response: Vec<u8>,
        /// The bytes that arrived after the head. They are the first input of the
        /// [`Endpoint`](crate::protocol::Endpoint).
        rest: Vec<u8>,
    },
    /// The request is not valid: send the response, then close the connection.
    Invalid {
        /// Why it is not valid.
        error: ServerUpgradeError,
        /// The HTTP response that says so; empty if the client is gone.
        response: Vec<u8>,
    },
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
            outcome: None,
            done: false,
        }
    }

    /// Takes the next bytes from the client, in pieces of any size.
    pub fn handle_input(&mut self, input: &[u8]) {
        if self.done {
            if let Some(ServerOutcome::Accepted { rest, .. }) = &mut self.outcome {
                rest.extend_from_slice(input);
            }
            return;
        }
        let outcome = match self.reader.request(input) {
            Ok(Some(head)) => self.answer(head),
            Ok(None) => return,
            Err(error) => Err(error.into()),
        };
        self.finish(outcome.unwrap_or_else(|error| ServerOutcome::Invalid {
            response: error.response(),
            error,
        }));
    }

    /// The client has ended the stream.
    pub fn handle_eof(&mut self) {
        if !self.done {
            self.finish(ServerOutcome::Invalid {
                error: ServerUpgradeError::CutShort,
                response: Vec::new(),
            });
        }
    }

    /// The outcome, once, as soon as it is known.
    pub fn poll_outcome(&mut self) -> Option<ServerOutcome> {
        self.outcome.take()
    }

    fn finish(&mut self, outcome: ServerOutcome) {
        self.done = true;
        self.outcome = Some(outcome);
    }

    fn answer(&mut self, request: RequestHead) -> Result<ServerOutcome, ServerUpgradeError> {
        let key = check(&request)?;
        let protocol = self.choose_protocol(&request);
        let (deflate, extensions) = self.choose_deflate(&request).unzip();
        let extensions = extensions.unwrap_or_default();
        Ok(ServerOutcome::Accepted {
            response: switching(&derive_accept_key(key.as_bytes()), &protocol, &extensions),
            protocol,
            extensions,
            deflate,
            rest: self.reader.take_rest(),
            request,
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

fn switching(accept: &str, protocol: &str, extensions: &str) -> Vec<u8> {
    let mut response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n"
    );
    for (name, value) in [
        ("Sec-WebSocket-Protocol", protocol),
        ("Sec-WebSocket-Extensions", extensions),
    ] {
        if !value.is_empty() {
            response.extend([name, ": ", value, "\r\n"]);
        }
    }
    response.push_str("\r\n");
    response.into_bytes()
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

    fn serve(pieces: &[&[u8]]) -> Option<ServerOutcome> {
        let mut upgrade = upgrade();
        for piece in pieces {
            upgrade.handle_input(piece);
        }
        upgrade.poll_outcome()
    }

    fn refused(request: &str) -> (ServerUpgradeError, String) {
        match serve(&[request.as_bytes()]) {
            Some(ServerOutcome::Invalid { error, response }) => {
                (error, String::from_utf8(response).expect("text"))
            }
            other => panic!("{request:?} gave {other:?}"),
        }
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn section_1_3_the_example_is_answered_however_it_is_cut() {
        let stream = [REQUEST.as_bytes(), b"\x81\x80"].concat();
        for cut in 0..stream.len() {
            let (first, second) = stream.split_at(cut);
            let Some(ServerOutcome::Accepted {
                request,
                protocol,
                extensions,
                deflate,
                response,
                rest,
            }) = serve(&[first, second])
            else {
                panic!("not accepted when cut at {cut}");
            };
            assert_eq!(request.target, "/chat");
            assert_eq!(protocol, "superchat");
            assert_eq!(extensions, "permessage-deflate");
            assert_eq!(
                deflate.map(|agreed| agreed.client_max_window_bits),
                Some(15)
            );
            assert_eq!(rest, b"\x81\x80");
            assert_eq!(
                String::from_utf8_lossy(&response),
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
        let Some(ServerOutcome::Accepted {
            protocol,
            deflate,
            response,
            ..
        }) = upgrade.poll_outcome()
        else {
            panic!("not accepted");
        };
        assert_eq!((protocol.as_str(), deflate), ("", None));
        assert!(response.ends_with(b"xOo=\r\n\r\n"));
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
        let outcome = ServerOutcome::Invalid {
            error: ServerUpgradeError::CutShort,
            response: Vec::new(),
        };
        assert_eq!(upgrade.poll_outcome(), Some(outcome));
        assert_eq!(upgrade.poll_outcome(), None);
    }
}
