//! The URL of a WebSocket server (WHATWG WebSockets §3.1, RFC 6455 §3).

use std::fmt;
use std::net::Ipv6Addr;
use url::{Host, ParseError, Position, Url};

/// The ports that a browser refuses to connect to (Fetch standard, "bad port").
const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
];

/// The absolute URL of a WebSocket server: `ws` or `wss`, a host, no fragment.
///
/// `Debug` and `Display` never show a password; `Debug` hides the user name as well.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    host: Host,
    port: u16,
    shown: String,
}

/// Why a text is not the URL of a WebSocket server, and what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// There is nothing to parse.
    #[error("no URL was given; it looks like ws://host:port/path")]
    Empty,
    /// The text is relative.
    #[error("the URL has no scheme; it must begin with ws:// or wss://")]
    NoScheme,
    /// A scheme that leads to no WebSocket server.
    #[error("the URL's scheme is '{0}'; it must be ws, wss, http or https")]
    Scheme(String),
    /// `#` and what follows it (RFC 6455 §3).
    #[error("the URL has a fragment, which servers never see; a '#' that is meant is written %23")]
    Fragment,
    /// Nothing where the host should be.
    #[error("the URL has no host; it looks like ws://host:port/path")]
    NoHost,
    /// A port that is no number up to 65535.
    #[error("the URL's port is not valid; it must be a number from 0 to 65535")]
    Port,
    /// Anything else the URL standard refuses.
    #[error("the URL is not valid: {0}; it looks like ws://host:port/path")]
    Invalid(ParseError),
}

impl Address {
    /// Parses an absolute URL; `http` becomes `ws` and `https` becomes `wss`.
    ///
    /// ```
    /// use sockeye::address::Address;
    /// let address = Address::parse("https://Example.com?x")?;
    /// assert_eq!(address.as_str(), "wss://example.com/?x");
    /// assert_eq!((address.port(), address.resource()), (443, "/?x"));
    /// # Ok::<(), sockeye::address::AddressError>(())
    /// ```
    ///
    /// # Errors
    /// The steps of WHATWG WebSockets §3.1 that throw a `SyntaxError`.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let mut url = Url::parse(text)?;
        let scheme = match url.scheme() {
            "http" | "ws" => "ws",
            "https" | "wss" => "wss",
            other => return Err(AddressError::Scheme(other.to_owned())),
        };
        if url.set_scheme(scheme).is_err() {
            return Err(AddressError::Scheme(url.scheme().to_owned()));
        }
        if url.fragment().is_some() {
            return Err(AddressError::Fragment);
        }
        let host = url.host().ok_or(AddressError::NoHost)?.to_owned();
        let port = url.port_or_known_default().ok_or(AddressError::Port)?;
        let shown = without_password(&url);
        Ok(Self {
            url,
            host,
            port,
            shown,
        })
    }

    /// Parses what a person types: without a scheme it gets `ws://`, and a port alone means
    /// `localhost` (`localhost:8080/x`, `:8080`, `8080`, `[::1]:9`, `example.com/path`).
    ///
    /// A scheme is what stands before `://`; `host:port` never counts as one.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn from_typed(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AddressError::Empty);
        }
        if has_scheme(text) {
            return Self::parse(text);
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Self::parse(&format!("ws://[{text}]"));
        }
        // Only a port: the URL standard would read a bare number as an IPv4 address.
        let head = text.split(['/', '?', '#', '\\']).next().unwrap_or_default();
        let port = head.strip_prefix(':').unwrap_or(head);
        match (port.is_empty(), port.bytes().all(|b| b.is_ascii_digit())) {
            (true, _) => Err(AddressError::NoHost),
            (false, true) => Self::parse(&format!("ws://localhost:{port}{}", &text[head.len()..])),
            (false, false) => Self::parse(&format!("ws://{text}")),
        }
    }

    /// `ws` or `wss`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Whether the connection is to be encrypted (`wss`).
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme() == "wss"
    }

    /// The host: a name in its ASCII form, or an IP address.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, the scheme's own (80 or 443) when the URL names none.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What belongs into the `Host` field (RFC 6455 §4.1): no userinfo, no default port, an IPv6
    /// address in brackets.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// The resource name (RFC 6455 §3): path and query, at least `/`.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    /// The absolute URL, without the password if it has one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// The user name before the `@`, percent-decoded; empty if there is none.
    #[must_use]
    pub fn username(&self) -> Vec<u8> {
        percent_decoded(self.url.username())
    }

    /// The password before the `@`, percent-decoded.
    #[must_use]
    pub fn password(&self) -> Option<Vec<u8>> {
        self.url.password().map(percent_decoded)
    }

    /// Whether the port is on the Fetch standard's list of bad ports.
    #[must_use]
    pub fn is_bad_port(&self) -> bool {
        BAD_PORTS.binary_search(&self.port).is_ok()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = (self.scheme(), &self.url[Position::BeforeHost..]);
        write!(f, "Address({scheme}://{rest})")
    }
}

impl From<ParseError> for AddressError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::RelativeUrlWithoutBase => Self::NoScheme,
            ParseError::EmptyHost => Self::NoHost,
            ParseError::InvalidPort => Self::Port,
            other => Self::Invalid(other),
        }
    }
}

/// Whether `text` begins with a scheme (RFC 3986 §3.1) and `://`.
fn has_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    })
}

fn without_password(url: &Url) -> String {
    let mut url = url.clone();
    // It fails only for URLs without a host, which have no password either.
    let _ = url.set_password(None);
    url.into()
}

/// The bytes that `text` stands for (RFC 3986 §2.1).
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.first_chunk::<2>().filter(|_| first == b'%');
        match escaped.and_then(|pair| hex_byte(*pair)) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}

fn hex_byte(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

#[cfg(test)]
mod tests;
