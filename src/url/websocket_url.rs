//! The URL of a WebSocket server.

use super::error::UrlError;
use super::secrets::{hide_secrets, percent_decoded};
use super::unix_socket::{self, UnixSocket};
use super::zone;
use percent_encoding::utf8_percent_encode;
use std::borrow::Cow;
use std::fmt;
use url::{Host, Position, Url};

/// The ports that a browser refuses to connect to (Fetch standard, "bad port").
pub(super) const BAD_PORTS: [u16; 83] = [
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
    102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427,
    465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990,
    993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667,
    6668, 6669, 6679, 6697, 10080,
];

/// The absolute URL of a WebSocket server: `ws` or `wss`, a host, no fragment.
///
/// `Display` and `Debug` are for users and logs. They hide the password and the values of query
/// parameters with names like `token` ([`hide_secrets`](Self::hide_secrets)). `Debug` hides the user name, too.
#[derive(Clone, PartialEq, Eq)]
pub struct WebSocketUrl {
    /// The URL with a scheme and a host of the standard: without a zone, and with `localhost` for a
    /// Unix socket.
    url: Url,
    host: Host,
    port: u16,
    zone: Option<String>,
    href: String,
    without_password: String,
    socket: Option<UnixSocket>,
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
        let parsed =
            |text: &str| Url::parse(text).map_err(|error| UrlError::of_parser(error, text));
        match zone::split(text)? {
            Some((text, zone)) => Self::from_url(parsed(&text)?)?.with_zone(zone),
            None => Self::from_url(parsed(text)?),
        }
    }

    /// The URL that a redirect from this one leads to (RFC 9110 §10.2.2). `location` may be
    /// relative. Its fragment is removed, because it is not sent to a server.
    ///
    /// A redirect cannot choose a Unix socket or the zone of an IPv6 address, which are of this
    /// machine. Those of this URL are kept if the host (for a Unix socket, host and port) stays the
    /// same.
    ///
    /// # Errors
    /// As [`WebSocketUrl::parse`], except for the fragment.
    pub fn join(&self, location: &str) -> Result<Self, UrlError> {
        let joined = self.over_http().join(location);
        let mut url = joined.map_err(|error| UrlError::of_parser(error, location))?;
        url.set_fragment(None);
        let address = Self::over_network(url)?;
        match &self.zone {
            Some(zone) if address.host == self.host => address.with_zone(zone.clone()),
            _ if address.authority() == self.authority() => Ok(address.with_socket_of(self)),
            _ => Ok(address),
        }
    }

    /// This URL with the scheme `http` or `https`, which a redirect is relative to: `http:/x` is
    /// then a path of the same server (WHATWG URL §4.4, "special relative or authority").
    fn over_http(&self) -> Url {
        let mut url = self.url.clone();
        let scheme = if self.is_secure() { "https" } else { "http" };
        // This cannot fail between special schemes (WHATWG URL §4.2).
        let _ = url.set_scheme(scheme);
        url
    }

    fn from_url(url: Url) -> Result<Self, UrlError> {
        match url.scheme() {
            "ws+unix" => Self::over_unix_socket(&url, "ws"),
            "wss+unix" => Self::over_unix_socket(&url, "wss"),
            _ => Self::over_network(url),
        }
    }

    /// The address in a URL with the scheme `ws+unix` or `wss+unix`. `scheme` is `ws` or `wss`.
    fn over_unix_socket(url: &Url, scheme: &str) -> Result<Self, UrlError> {
        let parts = unix_socket::parse(url)?;
        let address = Self::parse(&format!("{scheme}://localhost{}", parts.resource))?;
        Ok(address.with_socket(parts.name, parts.socket))
    }

    /// The address in a URL with a scheme of the standard.
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

    /// This address in a zone, which only an IPv6 address has.
    fn with_zone(self, zone: String) -> Result<Self, UrlError> {
        if !matches!(self.host, Host::Ipv6(_)) {
            return Err(UrlError::Zone);
        }
        // The first `]` ends the host: in user name and password, it is percent-encoded.
        let end = format!("%25{}]", utf8_percent_encode(&zone, zone::ENCODED));
        Ok(Self {
            href: self.href.replacen(']', &end, 1),
            without_password: self.without_password.replacen(']', &end, 1),
            zone: Some(zone),
            ..self
        })
    }

    /// This address on a Unix socket. `name` is its path as in the URL.
    fn with_socket(self, name: &str, socket: UnixSocket) -> Self {
        // There is no password.
        let href = format!("{}+unix:{name}:{}", self.scheme(), self.resource());
        Self {
            without_password: href.clone(),
            href,
            socket: Some(socket),
            ..self
        }
    }

    /// This address on the Unix socket of `other`, if it has one.
    fn with_socket_of(self, other: &Self) -> Self {
        // The second of scheme, socket and resource.
        let name = other.as_str().split(':').nth(1).unwrap_or_default();
        match &other.socket {
            Some(socket) => self.with_socket(name, socket.clone()),
            None => self,
        }
    }

    /// `ws` or `wss`, also for a Unix socket.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Whether the scheme is `wss`, which uses TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.scheme() == "wss"
    }

    /// The host: a name in its ASCII form, or an IP address.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port. The default is 80 for `ws` and 443 for `wss`.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The zone of an IPv6 address: the name or the number of a network interface of this machine
    /// (RFC 4007 §11). It is not sent to the server.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.zone.as_deref()
    }

    /// The value of the `Host` field (RFC 6455 §4.1): host and port without user name, password and
    /// default port; an IPv6 address is in brackets and without its zone (RFC 6874 §4).
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

    /// The absolute URL without its password. Everything else is included, also what `Display`
    /// hides.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.without_password
    }

    /// The absolute URL with its password. It parses to the same address. Do not show it to users
    /// or in logs.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// Whether this URL has the same origin as `other`: the same scheme, host and port (WHATWG HTML,
    /// "same origin"), and the same zone and Unix socket.
    #[must_use]
    pub fn has_origin_of(&self, other: &Self) -> bool {
        self.scheme() == other.scheme()
            && self.host == other.host
            && self.port == other.port
            && self.zone == other.zone
            && self.socket == other.socket
    }

    /// The user name before the `@`, percent-decoded. It is empty if there is none.
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

    /// Hides the secrets of a URL or a part of one: the password, and the values of query parameters
    /// with names like `token`, `access_token`, `api_key`, `auth` or `sig`
    /// ([`Headers::is_secret`](crate::http1::Headers::is_secret)). Borrows the text if it has none.
    ///
    /// ```
    /// use sockeye::url::WebSocketUrl;
    /// let shown = WebSocketUrl::hide_secrets("/chat?room=1&token=abc");
    /// assert_eq!(shown, "/chat?room=1&token=[hidden]");
    /// let shown = WebSocketUrl::hide_secrets("ws://alice:abc@host/");
    /// assert_eq!(shown, "ws://alice:[hidden]@host/");
    /// ```
    #[must_use]
    pub fn hide_secrets(text: &str) -> Cow<'_, str> {
        hide_secrets(text)
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

fn without_password(url: &Url) -> String {
    let mut url = url.clone();
    // This fails only for URLs without a host, which have no password.
    let _ = url.set_password(None);
    url.into()
}
