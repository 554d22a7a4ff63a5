//! The server's side: reads a request, writes the answer (RFC 6455 §4.2).

use super::VERSION;
use crate::http1::{HeadError, HeadReader, RequestHead};
use crate::protocol::deflate::{self, Agreed};
use data_encoding::BASE64;
use tungstenite::handshake::derive_accept_key;

/// What a server supports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerOptions {
    /// The subprotocols it speaks. Of those a client offers, the first of these is chosen.
    pub protocols: Vec<String>,
    /// Whether an offer of permessage-deflate is accepted.
    pub deflate: bool,
}

/// The server's side of one opening handshake.
///
/// Hand in what comes ([`handle_input`](Self::handle_input), [`handle_eof`](Self::handle_eof)), ask for
/// the outcome ([`poll_outcome`](Self::poll_outcome)), and send its response.
#[derive(Debug)]
pub struct ServerUpgrade {
    options: ServerOptions,
    reader: HeadReader,
    outcome: Option<ServerOutcome>,
    done: bool,
}

/// How a handshake came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerOutcome {
    /// The request is valid: send the response, then speak frames.
    Accepted(AcceptedRequest),
    /// It is not: send the response, then close the connection.
    Invalid {
        /// What is wrong with the request.
        problem: RequestProblem,
        /// The HTTP answer that says so; empty if nobody is there to read it.
        response: Vec<u8>,
    },
}

/// A valid request, answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedRequest {
    /// The request.
    pub request: RequestHead,
    /// The subprotocol chosen, `""` if none.
    pub protocol: String,
    /// The extensions in use as the answer has them, `""` if none.
    pub extensions: String,
    /// What was agreed on for permessage-deflate, if it is in use.
    pub deflate: Option<Agreed>,
    /// The answer, to be sent before any frame.
    pub response: Vec<u8>,
    /// The bytes after the head: the first of the first frame.
    pub rest: Vec<u8>,
}

/// Why a request cannot be answered with `101`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestProblem {
    /// The connection ended before the request was complete.
    #[error("the client closed the connection before its request was complete")]
    CutShort,
    /// The request cannot be read.
    #[error("the client's request cannot be read: {0}")]
    Head(#[from] HeadError),
    /// Another method than `GET`.
    #[error("the method of an upgrade request has to be GET")]
    Method,
    /// HTTP/1.0, which has no upgrade.
    #[error("an upgrade request has to be in HTTP/1.1")]
    HttpVersion,
    /// `Host` is missing.
    #[error("the request has no Host header")]
    Host,
    /// `Upgrade` or `Connection` do not ask for a WebSocket.
    #[error("this is a WebSocket server: the request does not ask for an upgrade to websocket")]
    NoUpgrade,
    /// `Sec-WebSocket-Key` is missing, repeated or not 16 bytes in base64.
    #[error("Sec-WebSocket-Key has to be there once, 16 bytes in base64")]
    Key,
    /// Another version of the protocol.
    #[error("Sec-WebSocket-Version has to be {VERSION}")]
    Version,
}

impl ServerUpgrade {
    /// A server's side that has seen nothing.
    #[must_use]
    pub fn new(options: ServerOptions) -> Self {
        Self {
            options,
            reader: HeadReader::new(),
            outcome: None,
            done: false,
        }
    }

    /// Takes bytes from the client.
    pub fn handle_input(&mut self, input: &[u8]) {
        if self.done {
            if let Some(ServerOutcome::Accepted(accepted)) = &mut self.outcome {
                accepted.rest.extend_from_slice(input);
            }
            return;
        }
        let outcome = match self.reader.request(input) {
            Ok(Some(head)) => self.answer(head),
            Ok(None) => return,
            Err(error) => Err(error.into()),
        };
        self.done(outcome.unwrap_or_else(|problem| ServerOutcome::Invalid {
            response: problem.response(),
            problem,
        }));
    }

    /// The client has closed its side.
    pub fn handle_eof(&mut self) {
        if !self.done {
            self.done(ServerOutcome::Invalid {
                problem: RequestProblem::CutShort,
                response: Vec::new(),
            });
        }
    }

    /// The outcome, once, as soon as it is known.
    pub fn poll_outcome(&mut self) -> Option<ServerOutcome> {
        self.outcome.take()
    }

    fn done(&mut self, outcome: ServerOutcome) {
        self.done = true;
        self.outcome = Some(outcome);
    }

    fn answer(&mut self, request: RequestHead) -> Result<ServerOutcome, RequestProblem> {
        let key = check(&request)?;
        let protocol = self.choose_protocol(&request);
        let (deflate, extensions) = self.choose_deflate(&request).unzip();
        let extensions = extensions.unwrap_or_default();
        Ok(ServerOutcome::Accepted(AcceptedRequest {
            response: switching(&derive_accept_key(key.as_bytes()), &protocol, &extensions),
            protocol,
            extensions,
            deflate,
            rest: self.reader.take_rest(),
            request,
        }))
    }

    fn choose_protocol(&self, request: &RequestHead) -> String {
        let offered: Vec<_> = request.headers.tokens("Sec-WebSocket-Protocol").collect();
        let mut ours = self.options.protocols.iter();
        ours.find(|protocol| offered.contains(&protocol.as_str()))
            .cloned()
            .unwrap_or_default()
    }

    fn choose_deflate(&self, request: &RequestHead) -> Option<(Agreed, String)> {
        if !self.options.deflate {
            return None;
        }
        let offers: Vec<_> = request
            .headers
            .get_all("Sec-WebSocket-Extensions")
            .collect();
        deflate::answer(&offers.join(", "))
    }
}

/// Holds every rule of RFC 6455 §4.2.1 against a request and gives its key.
fn check(request: &RequestHead) -> Result<String, RequestProblem> {
    let headers = &request.headers;
    let asks = |name: &str, token: &str| {
        let mut tokens = headers.tokens(name);
        tokens.any(|other| other.eq_ignore_ascii_case(token))
    };
    if request.method != "GET" {
        return Err(RequestProblem::Method);
    }
    if request.minor_version == 0 {
        return Err(RequestProblem::HttpVersion);
    }
    if !headers.contains("Host") {
        return Err(RequestProblem::Host);
    }
    if !asks("Upgrade", "websocket") || !asks("Connection", "Upgrade") {
        return Err(RequestProblem::NoUpgrade);
    }
    if headers.get("Sec-WebSocket-Version") != Some("13") {
        return Err(RequestProblem::Version);
    }
    let mut keys = headers.get_all("Sec-WebSocket-Key");
    match (keys.next(), keys.next()) {
        (Some(key), None) if is_key(key) => Ok(key.to_owned()),
        _ => Err(RequestProblem::Key),
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

impl RequestProblem {
    /// The HTTP answer: a status, what it would take, and the problem in words.
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

    fn options() -> ServerOptions {
        ServerOptions {
            protocols: vec!["superchat".to_owned(), "chat".to_owned()],
            deflate: true,
        }
    }

    fn serve(pieces: &[&[u8]]) -> Option<ServerOutcome> {
        let mut upgrade = ServerUpgrade::new(options());
        for piece in pieces {
            upgrade.handle_input(piece);
        }
        upgrade.poll_outcome()
    }

    fn refused(request: &str) -> (RequestProblem, String) {
        match serve(&[request.as_bytes()]) {
            Some(ServerOutcome::Invalid { problem, response }) => {
                (problem, String::from_utf8(response).expect("text"))
            }
            other => panic!("{request:?} gave {other:?}"),
        }
    }

    #[test]
    fn section_1_3_the_example_is_answered_however_it_is_cut() {
        let stream = [REQUEST.as_bytes(), b"\x81\x80"].concat();
        for cut in 0..stream.len() {
            let (first, second) = stream.split_at(cut);
            let Some(ServerOutcome::Accepted(accepted)) = serve(&[first, second]) else {
                panic!("not accepted when cut at {cut}");
            };
            assert_eq!(accepted.request.target, "/chat");
            assert_eq!(accepted.protocol, "superchat");
            assert_eq!(accepted.extensions, "permessage-deflate");
            assert_eq!(
                accepted.deflate.map(|agreed| agreed.client_max_window_bits),
                Some(15)
            );
            assert_eq!(accepted.rest, b"\x81\x80");
            assert_eq!(
                String::from_utf8_lossy(&accepted.response),
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
                 Sec-WebSocket-Protocol: superchat\r\n\
                 Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
            );
        }
    }

    #[test]
    fn a_server_without_extensions_and_subprotocols_names_none() {
        let mut upgrade = ServerUpgrade::new(ServerOptions::default());
        upgrade.handle_input(REQUEST.as_bytes());
        let Some(ServerOutcome::Accepted(accepted)) = upgrade.poll_outcome() else {
            panic!("not accepted");
        };
        assert_eq!((accepted.protocol.as_str(), accepted.deflate), ("", None));
        assert!(accepted.response.ends_with(b"xOo=\r\n\r\n"));
    }

    #[test]
    fn every_rule_of_section_4_2_1_is_held_against_a_request() {
        use RequestProblem::{Host, HttpVersion, Key, Method, NoUpgrade, Version};
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
            RequestProblem::Head(HeadError::NotHttp { .. })
        ));
        assert!(response.starts_with("HTTP/1.1 400 "));
        let (problem, response) =
            refused(&REQUEST.replace("13\r\n", &format!("13\r\nA: {}\r\n", "x".repeat(300_000))));
        assert_eq!(problem, RequestProblem::Head(HeadError::TooLong));
        assert!(response.starts_with("HTTP/1.1 431 "));
    }

    #[test]
    fn a_client_that_leaves_early_is_answered_by_nothing() {
        let mut upgrade = ServerUpgrade::new(options());
        upgrade.handle_input(b"GET /");
        upgrade.handle_eof();
        let outcome = ServerOutcome::Invalid {
            problem: RequestProblem::CutShort,
            response: Vec::new(),
        };
        assert_eq!(upgrade.poll_outcome(), Some(outcome));
        assert_eq!(upgrade.poll_outcome(), None);
    }
}
