//! The URL of a proxy.

use super::credentials::ProxyCredentials;
use crate::transport::host_port::HostPort;
use crate::url::{is_known_scheme, normalized, percent_decoded, scheme, split_zone};
use std::fmt;
use url::{Host, ParseError, Url};

/// A proxy: its protocol, host and port, and the credentials for it. `Debug` and `Display` never show
/// the credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    scheme: ProxyScheme,
    endpoint: HostPort,
    credentials: Option<ProxyCredentials>,
}

/// The protocol of a proxy, which the scheme of its URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::transport) enum ProxyScheme {
    /// HTTP's CONNECT (RFC 9110 §9.3.6).
    Http,
    /// CONNECT over TLS.
    Https,
    /// SOCKS4: the client resolves the host, which must have an IPv4 address.
    Socks4,
    /// SOCKS4a: the proxy resolves the host.
    Socks4a,
    /// SOCKS5 (RFC 1928): the client resolves the host.
    Socks5,
    /// SOCKS5: the proxy resolves the host.
    Socks5h,
}

/// Why a text is not the URL of a proxy. Of the text, only the scheme is shown, since there may be a
/// password in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyError {
    /// The scheme is not one of a proxy.
    #[error(
        "the proxy's scheme is '{0}'; it must be http, https, socks4, socks4a, socks5 or socks5h"
    )]
    Scheme(String),
    /// There is no host.
    #[error("the proxy has no host; it looks like http://host:port")]
    NoHost,
    /// The port is not a number from 1 to 65535.
    #[error("the proxy's port is not valid; it must be a number from 1 to 65535")]
    Port,
    /// The zone of an IPv6 address is not valid.
    #[error("the proxy's zone is not valid; it looks like http://[fe80::1%25eth0]:port")]
    Zone,
    /// There is a path or a query.
    #[error("the proxy has something after its port; it looks like http://host:port")]
    Path,
    /// The URL standard rejects it for another reason.
    #[error("the proxy is not valid: {0}; it looks like http://host:port")]
    Invalid(ParseError),
    /// The user name for an HTTP proxy contains a colon (RFC 7617 §2).
    #[error("a user name for an HTTP proxy cannot have a colon in it")]
    UserWithColon,
    /// A user name or a password for SOCKS5 is too long, or the user name is empty (RFC 1929 §2).
    #[error("SOCKS5 has user names of 1 to 255 bytes and passwords of at most 255")]
    CredentialsLength,
    /// The user name for SOCKS4 contains a NUL byte, which would end it.
    #[error("SOCKS4 has user names without NUL bytes")]
    UserWithNul,
    /// SOCKS4 has user names only.
    #[error("SOCKS4 has no passwords; SOCKS5 has")]
    PasswordForSocks4,
    /// An entry of `no_proxy` that matches no host.
    #[error(
        "'{0}' is neither a host nor a network; entries look like example.org, .example.org:8080, \
         10.0.0.0/8, fd00::/8 or *"
    )]
    NoProxy(String),
}

impl ProxyScheme {
    /// The schemes by name. As in curl, `socks` means SOCKS4.
    const NAMES: [(&str, Self); 7] = [
        ("http", Self::Http),
        ("https", Self::Https),
        ("socks4", Self::Socks4),
        ("socks4a", Self::Socks4a),
        ("socks5", Self::Socks5),
        ("socks5h", Self::Socks5h),
        ("socks", Self::Socks4),
    ];

    fn named(name: &str) -> Option<Self> {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, scheme)| *scheme)
    }

    fn name(self) -> &'static str {
        let mut names = Self::NAMES.iter();
        let found = names.find(|(_, scheme)| *scheme == self);
        found.map_or("", |(name, _)| name)
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => 1080,
        }
    }

    /// Whether the client resolves the host and gives the proxy an address.
    pub(in crate::transport) fn resolves_here(self) -> bool {
        matches!(self, Self::Socks4 | Self::Socks5)
    }
}

impl Proxy {
    /// Parses `[scheme://][user[:password]@]host[:port]`, with user and password percent-encoded.
    ///
    /// The schemes are `http` (CONNECT, RFC 9110 §9.3.6; the default), `https` (CONNECT over TLS),
    /// `socks4` and `socks5` (RFC 1928), to which the client gives an address, and `socks4a` and
    /// `socks5h`, which resolve the host themselves. The default port is 80 for `http`, 443 for
    /// `https` and 1080 for SOCKS.
    ///
    /// Text that begins with the scheme of a proxy or of a WebSocket URL is parsed by the URL
    /// standard, slashes or not: `https:/a` is `https://a`, and `socks5:a` has no host.
    ///
    /// # Errors
    /// The first problem found.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        let split = split_zone(text).map_err(|_| ProxyError::Zone)?;
        let (text, zone) = split.map_or_else(
            || (normalized(text), None),
            |(text, zone)| (text.into(), Some(zone)),
        );
        // Proxies are often given as `user:password@host`, without a port.
        let is_url = |name: &&str| is_known_scheme(name) || text[name.len()..].starts_with("://");
        let (name, url) = match scheme(&text).filter(is_url) {
            Some(name) => (name, Url::parse(&text)?),
            None => ("http", Url::parse(&format!("http://{text}"))?),
        };
        let unknown = || ProxyError::Scheme(name.to_owned());
        let scheme = ProxyScheme::named(name).ok_or_else(unknown)?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(ProxyError::NoHost)?;
        if !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some() {
            return Err(ProxyError::Path);
        }
        let proxy = Self {
            scheme,
            endpoint: HostPort {
                host: Host::parse(host)?,
                zone,
                port: url.port().unwrap_or(scheme.default_port()),
            },
            credentials: credentials(&url),
        };
        proxy.checked()
    }

    /// Sets the user name and the password.
    ///
    /// # Errors
    /// When the protocol of the proxy cannot express them.
    pub fn with_credentials(mut self, credentials: ProxyCredentials) -> Result<Self, ProxyError> {
        self.credentials = Some(credentials);
        self.checked()
    }

    /// Its protocol.
    pub(in crate::transport) fn scheme(&self) -> ProxyScheme {
        self.scheme
    }

    /// Its host and port.
    #[must_use]
    pub fn endpoint(&self) -> &HostPort {
        &self.endpoint
    }

    #[cfg_attr(not(feature = "proxy"), expect(dead_code, reason = "proxies use it"))]
    pub(super) fn credentials(&self) -> Option<&ProxyCredentials> {
        self.credentials.as_ref()
    }

    fn checked(self) -> Result<Self, ProxyError> {
        if self.endpoint.port == 0 {
            return Err(ProxyError::Port);
        }
        let Some(ProxyCredentials { user, password }) = &self.credentials else {
            return Ok(self);
        };
        let problem = match self.scheme {
            ProxyScheme::Http | ProxyScheme::Https => {
                user.contains(&b':').then_some(ProxyError::UserWithColon)
            }
            ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
                let fits = (1..=255).contains(&user.len()) && password.len() <= 255;
                (!fits).then_some(ProxyError::CredentialsLength)
            }
            ProxyScheme::Socks4 | ProxyScheme::Socks4a if user.contains(&0) => {
                Some(ProxyError::UserWithNul)
            }
            ProxyScheme::Socks4 | ProxyScheme::Socks4a => {
                (!password.is_empty()).then_some(ProxyError::PasswordForSocks4)
            }
        };
        problem.map_or(Ok(self), Err)
    }
}

/// `http://host:port`
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.name(), self.endpoint)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl From<ParseError> for ProxyError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::EmptyHost => Self::NoHost,
            ParseError::InvalidPort => Self::Port,
            other => Self::Invalid(other),
        }
    }
}

fn credentials(url: &Url) -> Option<ProxyCredentials> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    Some(ProxyCredentials {
        user: percent_decoded(url.username()),
        password: percent_decoded(url.password().unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Proxy::parse(text) {
            Ok(proxy) => proxy.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_missing_scheme_is_http_and_each_scheme_has_its_port() {
        for (text, proxy) in [
            ("a.org", "http://a.org:80"),
            ("a.org:3128", "http://a.org:3128"),
            ("http://a.org:80/", "http://a.org:80"),
            ("HTTPS://a.org", "https://a.org:443"),
            ("socks5://127.0.0.1", "socks5://127.0.0.1:1080"),
            ("socks5h://[::1]:9", "socks5h://[::1]:9"),
            ("socks4a://a.org:1", "socks4a://a.org:1"),
            ("socks://a.org", "socks4://a.org:1080"),
            (" localhost:8888 ", "http://localhost:8888"),
            ("u:p@a.org", "http://a.org:80"),
            ("socks5://[fe80::1%25eth0]:9", "socks5://[fe80::1%eth0]:9"),
            ("http:[fe80::1%eth0]", "http://[fe80::1%eth0]:80"),
            ("u:p@a.org:3128", "http://a.org:3128"),
            ("https:/a.org", "https://a.org:443"),
            ("https:a.org:3129", "https://a.org:3129"),
            (r"https:\\a.org\", "https://a.org:443"),
            ("https:8080", "https://0.0.31.144:443"),
            ("ht\ttps://a.org", "https://a.org:443"),
            ("http://bücher.example:1", "http://xn--bcher-kva.example:1"),
        ] {
            assert_eq!(shown(text), proxy, "{text}");
        }
    }

    #[test]
    fn an_address_is_an_address_whatever_the_scheme() {
        let proxy = Proxy::parse("socks5://127.0.0.1").expect("right");
        let loopback: Host = Host::Ipv4(std::net::Ipv4Addr::LOCALHOST);
        assert_eq!(proxy.endpoint().host, loopback);
    }

    #[test]
    fn a_text_that_is_no_proxy_is_rejected_with_the_reason() {
        for (text, reason) in [
            ("", "no host"),
            ("http://", "no host"),
            ("http://:8080", "no host"),
            ("ftp://a", "'ftp'"),
            ("wss:a:80", "'wss'"),
            ("socks5:a:1080", "no host"),
            ("socks5:1080", "no host"),
            ("socks5:/a", "no host"),
            ("https:/a/b", "after its port"),
            ("\"https://a", "after its port"),
            ("a:65536", "from 1 to 65535"),
            ("a:0", "from 1 to 65535"),
            ("a:b", "from 1 to 65535"),
            ("a/b", "after its port"),
            ("a?b", "after its port"),
            ("a b", "not valid"),
            ("http://u%3Ax:p@a", "colon"),
            ("socks4://u:p@a", "no passwords"),
            ("socks4://u%00@a", "NUL"),
            ("socks5://:p@a", "1 to 255"),
        ] {
            assert!(shown(text).contains(reason), "{text}: {}", shown(text));
        }
    }

    #[test]
    fn userinfo_is_percent_decoded_and_never_shown() {
        let proxy = Proxy::parse("http://us%40er:s3cret%2F@a.org:1").expect("right");
        let credentials = proxy.credentials().expect("some");
        assert_eq!(credentials.user, b"us@er");
        assert_eq!(credentials.password, b"s3cret/");
        assert_eq!(
            format!("{proxy} {proxy:?}"),
            "http://a.org:1 Proxy(http://a.org:1)"
        );
        for wrong in [
            "u:s3cret@a:99999",
            "u:s3cret@",
            "x://u:s3cret@a",
            "u:s3cret://x@a",
        ] {
            assert!(!shown(wrong).contains("s3cret"), "{}", shown(wrong));
        }
    }

    #[test]
    fn socks5_has_at_most_255_bytes_of_each() {
        let with = |user: usize, password: usize| {
            let credentials = ProxyCredentials {
                user: vec![b'u'; user],
                password: vec![b'p'; password],
            };
            Proxy::parse("socks5://a").and_then(|proxy| proxy.with_credentials(credentials))
        };
        assert!(with(255, 255).is_ok() && with(1, 0).is_ok());
        for (user, password) in [(0, 1), (256, 1), (1, 256)] {
            let refused = with(user, password);
            assert_eq!(refused, Err(ProxyError::CredentialsLength));
        }
    }
}
