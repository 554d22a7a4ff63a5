//! The URL of a WebSocket server (WHATWG WebSockets §3.1, RFC 6455 §3).
//!
//! Beyond the standard, `ws+unix:/path/to/socket:/resource` and `wss+unix:` lead to a server on a
//! [Unix socket](UnixSocket).

mod secrets;
mod typed;
mod unix_socket;
mod zone;

pub use secrets::hide_secrets;
pub use unix_socket::UnixSocket;
pub use zone::{ScopedIp, ScopedIpError};

pub(crate) use secrets::percent_decoded;
pub(crate) use typed::{is_known_scheme, normalized, scheme};
pub(crate) use zone::split as split_zone;

use std::fmt;
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
/// `Display` and `Debug` are for eyes and logs: they show neither the password nor what the query
/// has under a name like `token` ([`hide_secrets`]), and `Debug` no user name either.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSocketUrl {
    url: Url,
    host: Host,
    port: u16,
    zone: Option<String>,
    href: String,
    without_password: String,
    socket: Option<UnixSocket>,
}

/// Why a text is not the URL of a WebSocket server, and what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// There is nothing to parse.
    #[error("no URL was given; it looks like ws://host:port/path")]
    Empty,
    /// The text is relative.
    #[error("the URL has no scheme; it must begin with ws:// or wss://")]
    NoScheme,
    /// A scheme that leads to no WebSocket server.
    #[error("the URL's scheme is '{0}'; it must be ws, wss, http or https")]
    Scheme(String),
    /// As [`UrlError::Scheme`], where it may be a host or a user name: `localhost:/x`.
    #[error(
        "the URL's scheme is '{0}'; it must be ws, wss, http or https (if '{0}' is a host or a \
         user name, write ws:// before it)"
    )]
    SchemeOrHost(String),
    /// `#` and what follows it (RFC 6455 §3).
    #[error("the URL has a fragment, which servers never see; a '#' that is meant is written %23")]
    Fragment,
    /// Nothing where the host should be.
    #[error("the URL has no host; it looks like ws://host:port/path")]
    NoHost,
    /// A port that is no number up to 65535.
    #[error("the URL's port is not valid; it must be a number from 1 to 65535")]
    Port,
    /// What follows the `%` of an IPv6 address is no zone (RFC 6874), or comes from a server.
    #[error(
        "the zone of the URL's IPv6 address (after '%') is not valid; it looks like \
         ws://[fe80::1%25eth0]:port/path"
    )]
    Zone,
    /// `ws+unix://` with a host.
    #[error("the URL has a host beside a Unix socket; it looks like ws+unix:/path/to/socket:/path")]
    UnixHost,
    /// `ws+unix:` without a socket.
    #[error("the URL names no Unix socket in UTF-8; it looks like ws+unix:/path/to/socket:/path")]
    UnixPath,
    /// Something else than a path after the socket's colon.
    #[error("the URL's path does not begin with /; it looks like ws+unix:/path/to/socket:/path")]
    UnixResource,
    /// Anything else the URL standard refuses.
    #[error("the URL is not valid: {0}; it looks like ws://host:port/path")]
    Invalid(ParseError),
}

impl WebSocketUrl {
    /// Parses an absolute URL; `http` becomes `ws` and `https` becomes `wss`.
    ///
    /// ```
    /// use sockeye::url::WebSocketUrl;
    /// let address = WebSocketUrl::parse("https://Example.com?x")?;
    /// assert_eq!(address.as_str(), "wss://example.com/?x");
    /// assert_eq!((address.port(), address.resource()), (443, "/?x"));
    /// # Ok::<(), sockeye::url::UrlError>(())
    /// ```
    ///
    /// # Errors
    /// The steps of WHATWG WebSockets §3.1 that throw a `SyntaxError`.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let parsed = |text: &str| Url::parse(text).map_err(|error| refused(error, text));
        match zone::split(text)? {
            Some((text, zone)) => zone::within(zone, Self::from_url(parsed(&text)?)?),
            None => Self::from_url(parsed(text)?),
        }
    }

    /// Where a redirect from here leads (RFC 9110 §10.2.2). `location` may be relative to here;
    /// its fragment, which no server is told, is left out. From a Unix socket, what has the host
    /// that the server there was told is on the same socket. No redirect leads to another one: what
    /// listens on this machine is not the server's to choose. Neither is the zone of an IPv6
    /// address: it stays with the host.
    ///
    /// # Errors
    /// As [`WebSocketUrl::parse`], but for the fragment.
    pub fn join(&self, location: &str) -> Result<Self, UrlError> {
        let joined = self.over_http().join(location);
        let mut url = joined.map_err(|error| refused(error, location))?;
        url.set_fragment(None);
        let address = Self::over_network(url)?;
        match &self.zone {
            Some(zone) if address.host == self.host => zone::within(zone.clone(), address),
            _ if address.authority() == self.authority() => {
                Ok(unix_socket::on_that_of(self, address))
            }
            _ => Ok(address),
        }
    }

    /// The URL that the request is sent to as one of HTTP, which a redirect is relative to: there
    /// `http:/x` is a path of the same server (WHATWG URL §4.4, "special relative or authority").
    fn over_http(&self) -> Url {
        let mut url = self.url.clone();
        let scheme = if self.is_secure() { "https" } else { "http" };
        // It never fails between special schemes.
        let _ = url.set_scheme(scheme);
        url
    }

    fn from_url(url: Url) -> Result<Self, UrlError> {
        match url.scheme() {
            "ws+unix" => unix_socket::parse(&url, "ws"),
            "wss+unix" => unix_socket::parse(&url, "wss"),
            _ => Self::over_network(url),
        }
    }

    /// The address in a URL of the standard's schemes.
    fn over_network(mut url: Url) -> Result<Self, UrlError> {
        let scheme = match url.scheme() {
            "http" | "ws" => "ws",
            "https" | "wss" => "wss",
            other => return Err(UrlError::Scheme(other.chars().take(40).collect())),
        };
        if url.set_scheme(scheme).is_err() {
            return Err(UrlError::Scheme(url.scheme().to_owned()));
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        let host = url.host().ok_or(UrlError::NoHost)?.to_owned();
        let port = url.port_or_known_default().ok_or(UrlError::Port)?;
        Ok(Self {
            href: url.as_str().to_owned(),
            without_password: without_password(&url),
            url,
            host,
            port,
            zone: None,
            socket: None,
        })
    }

    /// Parses what a person types: a URL, or an address without a scheme, which gets `ws://`
    /// (`localhost:8080/x`, `[::1]:9`, `example.com/path`). A port alone is one of `localhost`
    /// (`:8080`, `8080`).
    ///
    /// Text that begins with a scheme is parsed as [`WebSocketUrl::parse`] does and never read in
    /// another way. `name:` at the beginning is a scheme, except where a port number ends the
    /// part before the path: `name:8080/x`, `name:password@host:80`. `ws:`, `wss:`, `http:` and
    /// `https:` always are one.
    ///
    /// # Errors
    /// As [`WebSocketUrl::parse`].
    pub fn from_typed(text: &str) -> Result<Self, UrlError> {
        typed::parse(text)
    }

    /// `ws` or `wss`, also on a Unix socket.
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

    /// The zone of an IPv6 address: the name or the number of a network interface of this machine,
    /// which no server is told.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// What belongs into the `Host` field (RFC 6455 §4.1): no userinfo, no default port, an IPv6
    /// address in brackets and without a zone (RFC 6874 §4).
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// The Unix socket that the server listens on, for `ws+unix` and `wss+unix`.
    #[must_use]
    pub fn unix_socket(&self) -> Option<&UnixSocket> {
        self.socket.as_ref()
    }

    /// The resource name (RFC 6455 §3): path and query, at least `/`.
    #[must_use]
    pub fn resource(&self) -> &str {
        &self.url[Position::BeforePath..Position::AfterQuery]
    }

    /// The absolute URL, without the password if it has one. It is exact otherwise; `Display` has
    /// what is fit to be shown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.without_password
    }

    /// The absolute URL with its password, which parses to the same address. Not for eyes.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Whether scheme, host and port are the same (WHATWG HTML, "same origin"), the zone, and the
    /// Unix socket.
    #[must_use]
    pub fn has_origin_of(&self, other: &Self) -> bool {
        self.scheme() == other.scheme()
            && self.host == other.host
            && self.port == other.port
            && self.zone == other.zone
            && self.socket == other.socket
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

impl fmt::Display for WebSocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hide_secrets(&self.without_password))
    }
}

impl fmt::Debug for WebSocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.socket.is_some() {
            return write!(f, "WebSocketUrl({self})");
        }
        let rest = hide_secrets(&self.url[Position::BeforeHost..]);
        write!(f, "WebSocketUrl({}://{rest})", self.scheme())
    }
}

/// Why the parser refuses `text`, in our words.
fn refused(error: ParseError, text: &str) -> UrlError {
    let host = text.split_once(']').map_or("", |(host, _)| host);
    match error {
        ParseError::RelativeUrlWithoutBase => UrlError::NoScheme,
        ParseError::EmptyHost => UrlError::NoHost,
        ParseError::InvalidPort => UrlError::Port,
        ParseError::InvalidIpv6Address if host.contains('%') => UrlError::Zone,
        other => UrlError::Invalid(other),
    }
}

fn without_password(url: &Url) -> String {
    let mut url = url.clone();
    // It fails only for URLs without a host, which have no password either.
    let _ = url.set_password(None);
    url.into()
}

#[cfg(test)]
mod tests;
