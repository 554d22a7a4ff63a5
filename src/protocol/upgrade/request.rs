//! The client's request (RFC 6455 §4.1).

use crate::http1::{HeaderError, Headers, USER_AGENT, is_token};
use crate::protocol::deflate::DeflateOffer;

/// Fields that the handshake sets itself; a second one would break it.
const RESERVED: [&str; 9] = [
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
    "Sec-WebSocket-Extensions",
    "Sec-WebSocket-Accept",
    // A body would be read as frames, or frames as a body.
    "Content-Length",
    "Transfer-Encoding",
];

/// A client's upgrade request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The value of `Host`: the name, and the port unless it is the default of the scheme.
    pub host: String,
    /// Path and query, for example `/chat?room=1` (RFC 6455 §3).
    pub resource: String,
    /// Further fields, sent in this order and spelling after those of the handshake. A `Host` or
    /// `User-Agent` replaces the default one; a `User-Agent` without a value omits it.
    pub headers: Headers,
    /// The subprotocols to offer, the preferred one first.
    pub protocols: Vec<String>,
    /// The offer of permessage-deflate; `None` offers nothing.
    pub deflate: Option<DeflateOffer>,
    /// The value of `Sec-WebSocket-Version`: [`Request::VERSION`], except for testing a server.
    pub version: u8,
    /// Whether the server may choose a subprotocol that was not offered, or none of those offered,
    /// which RFC 6455 §4.1 and the Fetch standard forbid.
    pub any_subprotocol: bool,
}

/// Why a request cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// A subprotocol is not a token (RFC 6455 §4.1).
    #[error(
        "the subprotocol {0:?} is not valid: letters, digits and !#$%&'*+-.^_`|~ may stand in one"
    )]
    Subprotocol(String),
    /// A subprotocol is given twice, upper and lower case being the same.
    #[error("the subprotocol {0:?} is given more than once")]
    RepeatedSubprotocol(String),
    /// A header field is not valid (RFC 9110 §5).
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A header field that the handshake sets itself.
    #[error("the header {0} is made by the handshake itself and cannot be given")]
    Reserved(String),
    /// A colon in the name for Basic authentication (RFC 7617 §2).
    #[error("the user's name has a colon in it, which would begin the password")]
    UserName,
    /// A second `Host` (RFC 9112 §3.2).
    #[error("the header Host is given more than once")]
    SecondHost,
    /// The host is empty or has a character that `Host` cannot have.
    #[error("{0:?} cannot be the Host of a request")]
    Host(String),
    /// The resource does not begin with a slash or has a character that a request line cannot have.
    #[error("the path has to begin with / and cannot have spaces, control or non-ASCII characters")]
    Resource,
    /// A window of permessage-deflate that is not 8 to 15 bits (RFC 7692 §7.1.2).
    #[error("a compression window has 8 to 15 bits, not {0}")]
    Window(u8),
}

/// Checks that each subprotocol is a token and none is given twice. Names that differ only in case
/// count as the same, as in browsers.
pub(crate) fn check_protocols<S: AsRef<str>>(protocols: &[S]) -> Result<(), RequestError> {
    for (index, protocol) in protocols.iter().enumerate() {
        let protocol = protocol.as_ref();
        if !is_token(protocol) {
            return Err(RequestError::Subprotocol(protocol.to_owned()));
        }
        let same = |other: &S| other.as_ref().eq_ignore_ascii_case(protocol);
        if protocols[..index].iter().any(same) {
            return Err(RequestError::RepeatedSubprotocol(protocol.to_owned()));
        }
    }
    Ok(())
}

impl Request {
    /// The version of the protocol that RFC 6455 describes.
    pub const VERSION: u8 = 13;

    /// The request of a browser: it offers permessage-deflate if the feature `deflate` is on, no
    /// subprotocols, and has no further fields.
    #[must_use]
    pub fn new(host: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            resource: resource.into(),
            headers: Headers::new(),
            protocols: Vec::new(),
            deflate: DeflateOffer::browser(),
            version: Self::VERSION,
            any_subprotocol: false,
        }
    }

    /// The request line, without its line ending.
    pub(super) fn line(&self) -> String {
        format!("GET {} HTTP/1.1", self.resource)
    }

    /// Checks the request and returns all fields as they are sent.
    pub(super) fn all_headers(&self, key: &str) -> Result<Headers, RequestError> {
        self.check()?;
        let mut headers = Headers::new();
        let mut push = |name: &str, value: &str| headers.push(name, value);
        for (name, value) in [("Host", self.host.as_str()), ("User-Agent", USER_AGENT)] {
            if !self.headers.contains(name) {
                push(name, value)?;
            }
        }
        push("Upgrade", "websocket")?;
        push("Connection", "Upgrade")?;
        push("Sec-WebSocket-Key", key)?;
        push("Sec-WebSocket-Version", &self.version.to_string())?;
        if !self.protocols.is_empty() {
            push("Sec-WebSocket-Protocol", &self.protocols.join(", "))?;
        }
        if let Some(offer) = &self.deflate {
            push("Sec-WebSocket-Extensions", &offer.to_string())?;
        }
        for (name, value) in self.headers.iter() {
            if !(value.is_empty() && name.eq_ignore_ascii_case("User-Agent")) {
                push(name, value)?;
            }
        }
        Ok(headers)
    }

    fn check(&self) -> Result<(), RequestError> {
        check_protocols(&self.protocols)?;
        let is_graphic = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if self.host.is_empty() || !is_graphic(&self.host) {
            return Err(RequestError::Host(self.host.clone()));
        }
        if let Some(host) = self.headers.get_all("Host").find(|host| !is_graphic(host)) {
            return Err(RequestError::Host(host.to_owned()));
        }
        if self.headers.get_all("Host").nth(1).is_some() {
            return Err(RequestError::SecondHost);
        }
        if !self.resource.starts_with('/') || !is_graphic(&self.resource) {
            return Err(RequestError::Resource);
        }
        if let Some(name) = RESERVED.iter().find(|name| self.headers.contains(name)) {
            return Err(RequestError::Reserved((*name).to_owned()));
        }
        let window = self.deflate.as_ref().and_then(DeflateOffer::invalid_window);
        window.map_or(Ok(()), |bits| Err(RequestError::Window(bits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(request: &Request) -> Vec<String> {
        let headers = request.all_headers("KEY").expect("a legal request");
        let line = |(name, value)| format!("{name}: {value}");
        headers.iter().map(line).collect()
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn a_request_has_what_section_4_1_asks_for() {
        let request = Request::new("localhost:8080", "/chat?room=1");
        assert_eq!(request.line(), "GET /chat?room=1 HTTP/1.1");
        assert_eq!(
            sent(&request),
            [
                "Host: localhost:8080",
                concat!("User-Agent: sockeye/", env!("CARGO_PKG_VERSION")),
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Key: KEY",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
            ]
        );
    }

    #[test]
    fn subprotocols_and_a_callers_fields_follow_in_their_order() {
        let mut request = Request::new("h", "/");
        request.deflate = None;
        request.protocols = vec!["b".to_owned(), "A".to_owned()];
        request.version = 8;
        for (name, value) in [
            ("x-One", "1"),
            ("host", "other"),
            ("X-ONE", "2"),
            ("USER-agent", "me"),
        ] {
            request.headers.push(name, value).expect("a legal field");
        }
        assert_eq!(
            sent(&request),
            [
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Key: KEY",
                "Sec-WebSocket-Version: 8",
                "Sec-WebSocket-Protocol: b, A",
                "x-One: 1",
                "host: other",
                "X-ONE: 2",
                "USER-agent: me",
            ]
        );
    }

    #[test]
    fn a_field_of_the_handshake_cannot_be_given() {
        for name in RESERVED {
            let mut request = Request::new("h", "/");
            let spelled = name.to_ascii_uppercase();
            request.headers.push(&spelled, "x").expect("a legal field");
            let refused = RequestError::Reserved(name.to_owned());
            assert_eq!(request.all_headers("KEY"), Err(refused));
        }
    }

    #[test]
    fn nothing_can_be_smuggled_into_host_or_request_line() {
        for host in ["", "a b", "a\r\nX: y", "é"] {
            let refused = RequestError::Host(host.to_owned());
            assert_eq!(Request::new(host, "/").all_headers("KEY"), Err(refused));
        }
        for resource in ["", "x", "/a b", "/\r\n", "/é"] {
            let refused = Request::new("h", resource).all_headers("KEY");
            assert_eq!(refused, Err(RequestError::Resource));
        }
    }

    #[test]
    fn a_given_host_stands_in_its_place_once_and_has_no_spaces() {
        let refused = |hosts: &[&str]| {
            let mut request = Request::new("h", "/");
            for host in hosts {
                request.headers.push("Host", host).expect("a legal field");
            }
            request.all_headers("KEY").map(drop)
        };
        assert_eq!(refused(&["other:81"]), Ok(()));
        assert_eq!(refused(&[""]), Ok(()), "it may be empty");
        assert_eq!(refused(&["a", "b"]), Err(RequestError::SecondHost));
        assert_eq!(refused(&["a b"]), Err(RequestError::Host("a b".to_owned())));
    }

    #[test]
    fn an_empty_user_agent_leaves_it_out() {
        let mut request = Request::new("h", "/");
        request.headers.push("user-agent", "").expect("legal");
        request.headers.push("X-Empty", "").expect("legal");
        let sent = sent(&request);
        assert!(
            !sent
                .iter()
                .any(|line| line.to_lowercase().starts_with("user-agent"))
        );
        assert!(sent.contains(&"X-Empty: ".to_owned()), "{sent:?}");
    }

    #[cfg(feature = "deflate")]
    #[test]
    fn a_window_that_does_not_exist_cannot_be_offered() {
        let mut request = Request::new("h", "/");
        request.deflate = Some(DeflateOffer {
            client_max_window_bits: Some(16),
            ..DeflateOffer::default()
        });
        assert_eq!(request.all_headers("KEY"), Err(RequestError::Window(16)));
    }

    #[test]
    fn subprotocols_are_tokens_without_repeats() {
        assert_eq!(check_protocols::<&str>(&[]), Ok(()));
        assert_eq!(check_protocols(&["chat", "v2.x+y"]), Ok(()));
        for bad in ["", "a b", "a,b", "é", "a/b", "\"a\""] {
            let refused = RequestError::Subprotocol(bad.to_owned());
            assert_eq!(check_protocols(&["ok", bad]), Err(refused));
        }
        let refused = RequestError::RepeatedSubprotocol("Chat".to_owned());
        assert_eq!(check_protocols(&["chat", "x", "Chat"]), Err(refused));
    }
}
