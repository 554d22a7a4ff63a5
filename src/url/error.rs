//! Why a text is not a URL.

use url::ParseError;

/// Why a text is not the URL of a WebSocket server. `Display` adds what would be one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// The text is empty.
    #[error("no URL was given; it looks like ws://host:port/path")]
    Empty,
    /// The text is a relative URL.
    #[error("the URL has no scheme; it must begin with ws:// or wss://")]
    NoScheme,
    /// The scheme is not that of a WebSocket server.
    #[error("the URL's scheme is '{0}'; it must be ws, wss, http or https")]
    Scheme(String),
    /// As [`UrlError::Scheme`], but the scheme may be meant as a host or a user name:
    /// `localhost:/x`.
    #[error(
        "the URL's scheme is '{0}'; it must be ws, wss, http or https (if '{0}' is a host or a \
         user name, write ws:// before it)"
    )]
    SchemeOrHost(String),
    /// There is a fragment: `#` and what follows it (RFC 6455 §3).
    #[error("the URL has a fragment, which servers never see; a '#' that is meant is written %23")]
    Fragment,
    /// The host is empty.
    #[error("the URL has no host; it looks like ws://host:port/path")]
    NoHost,
    /// The port is not a number up to 65535.
    #[error("the URL's port is not valid; it must be a number from 1 to 65535")]
    Port,
    /// The zone of the IPv6 address, after `%`, is not valid (RFC 6874), or it is in a redirect.
    #[error(
        "the zone of the URL's IPv6 address (after '%') is not valid; it looks like \
         ws://[fe80::1%25eth0]:port/path"
    )]
    Zone,
    /// A `ws+unix` URL has a host.
    #[error("the URL has a host beside a Unix socket; it looks like ws+unix:/path/to/socket:/path")]
    UnixHost,
    /// A `ws+unix` URL names no socket.
    #[error("the URL names no Unix socket in UTF-8; it looks like ws+unix:/path/to/socket:/path")]
    UnixPath,
    /// A `ws+unix` URL has something other than a path after the colon that ends the socket.
    #[error("the URL's path does not begin with /; it looks like ws+unix:/path/to/socket:/path")]
    UnixResource,
    /// The URL parser refuses the text for another reason (WHATWG URL §1.1).
    #[error("the URL is not valid: {0}; it looks like ws://host:port/path")]
    Invalid(ParseError),
}

impl UrlError {
    /// The error of the URL parser for `text`.
    pub(super) fn of_parser(error: ParseError, text: &str) -> Self {
        let host = text.split_once(']').map_or("", |(host, _)| host);
        match error {
            ParseError::RelativeUrlWithoutBase => Self::NoScheme,
            ParseError::EmptyHost => Self::NoHost,
            ParseError::InvalidPort => Self::Port,
            ParseError::InvalidIpv6Address if host.contains('%') => Self::Zone,
            other => Self::Invalid(other),
        }
    }
}
