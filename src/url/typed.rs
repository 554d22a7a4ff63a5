//! What a user types in place of a URL.
//!
//! Text that begins with a scheme is a URL, and the URL standard alone says what it means: `wss:/a`
//! and `wss:a` are `wss://a`. Everything else is an address, to which `ws://` is added. The two
//! overlap in `name:…`, which is a scheme by its form (RFC 3986 §3.1) and may be a host with its
//! port or a user with a password. It is an address if both conditions hold:
//!
//! - The name is none of [`SCHEMES`].
//! - The part before the first `/`, `?`, `#` or `\` ends in a colon and a number:
//!   `localhost:8080/x`, `user:password@host:80`.
//!
//! So `mailto:a@b`, `localhost:` and `ws:8080` are URLs. The last one is a server at the address
//! 0.0.31.144, as in a browser.

use super::error::UrlError;
use super::websocket_url::WebSocketUrl;
use super::zone::normalized;
use std::net::Ipv6Addr;

/// Names that are schemes even if a number follows: their URLs may end in a colon and a number, or
/// the name is unlikely as that of a host.
const SCHEMES: [&str; 16] = [
    "ws", "wss", "http", "https", "ws+unix", "wss+unix", "ftp", "file", "mailto", "sip", "sips",
    "socks", "socks4", "socks4a", "socks5", "socks5h",
];

impl WebSocketUrl {
    /// Parses what a user types: a URL, or an address without a scheme, to which `ws://` is added
    /// (`localhost:8080/x`, `[::1]:9`, `example.com/path`). A port alone is a port of `localhost`
    /// (`:8080`, `8080`).
    ///
    /// Text that begins with a scheme is always parsed as [`WebSocketUrl::parse`] does. `name:` at
    /// the beginning is a scheme, unless a port number ends the part before the path:
    /// `name:8080/x`, `name:password@host:80`. `ws:`, `wss:`, `http:` and `https:` are schemes
    /// even then.
    ///
    /// # Errors
    /// As [`WebSocketUrl::parse`].
    pub fn from_typed(text: &str) -> Result<Self, UrlError> {
        let text = normalized(text);
        if text.is_empty() {
            return Err(UrlError::Empty);
        }
        // By its form, `fe80::1` has the scheme `fe80`.
        let without_zone = text.split('%').next().unwrap_or_default();
        if without_zone.parse::<Ipv6Addr>().is_ok() {
            return Self::parse(&format!("ws://[{text}]"));
        }
        match scheme(&text) {
            Some(scheme) => Self::parse(&text).map_err(|error| or_a_host(error, scheme, &text)),
            None => without_scheme(&text),
        }
    }
}

/// The scheme that `text` begins with, by the rule of this module. `text` must be [`normalized`].
pub(crate) fn scheme(text: &str) -> Option<&str> {
    let (name, _) = text.split_once(':')?;
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(legal) {
        return None;
    }
    (is_known_scheme(name) || port(authority(text)).is_none()).then_some(name)
}

/// Whether `name:` is always a scheme, never a host before its port.
pub(crate) fn is_known_scheme(name: &str) -> bool {
    SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The part before the path of an address without a scheme.
fn authority(text: &str) -> &str {
    text.split(['/', '?', '#', '\\']).next().unwrap_or_default()
}

/// The number after the last colon of an authority.
fn port(authority: &str) -> Option<&str> {
    let (_, port) = authority.rsplit_once(':')?;
    is_number(port).then_some(port)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn without_scheme(text: &str) -> Result<WebSocketUrl, UrlError> {
    let authority = authority(text);
    let rest = &text[authority.len()..];
    // A port alone. The URL standard would parse the number as an IPv4 address.
    let bare = authority.strip_prefix(':').unwrap_or(authority);
    if is_number(bare) {
        return WebSocketUrl::parse(&format!("ws://localhost:{bare}{rest}"));
    }
    if bare.is_empty() {
        return Err(UrlError::NoHost);
    }
    // A mistyped scheme: `"wss://a`, `wss//a`. As an address it would be a host of that name, and
    // the connection would not be encrypted.
    if authority.ends_with(':') || rest.starts_with("//") && is_known_scheme(authority) {
        return Err(UrlError::NoScheme);
    }
    WebSocketUrl::parse(&format!("ws://{text}"))
}

/// Turns the error for an unknown scheme into one that mentions hosts and users, if one may be meant.
fn or_a_host(error: UrlError, scheme: &str, text: &str) -> UrlError {
    let rest = &text[scheme.len() + 1..];
    let may_be_a_host = !rest.starts_with("//") && !is_known_scheme(scheme);
    match error {
        UrlError::Scheme(name) if may_be_a_host => UrlError::SchemeOrHost(name),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> String {
        match WebSocketUrl::from_typed(text) {
            Ok(address) => address.href().to_owned(),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn text_with_a_scheme_is_parsed_by_the_url_standard() {
        for (text, url) in [
            ("wss://a/x", "wss://a/x"),
            ("wss:/a/x", "wss://a/x"),
            ("wss:a/x", "wss://a/x"),
            ("wss:a", "wss://a/"),
            ("wss:///a", "wss://a/"),
            ("wss:////a", "wss://a/"),
            (r"wss:\\a\x", "wss://a/x"),
            (r"wss:\a", "wss://a/"),
            ("WSS:a", "wss://a/"),
            ("w\tss:\n/a", "wss://a/"),
            ("\u{1}\u{a0}wss:a ", "wss://a/"),
            ("wss:a:8443/x", "wss://a:8443/x"),
            ("wss:u:p@a:81", "wss://u:p@a:81/"),
            ("https:a", "wss://a/"),
            ("https:/a:9/", "wss://a:9/"),
            ("ws:/localhost:9/", "ws://localhost:9/"),
            ("ws:localhost:9", "ws://localhost:9/"),
            ("http:/127.0.0.1:9/", "ws://127.0.0.1:9/"),
            ("wss:8080", "wss://0.0.31.144/"),
            ("wss:8080/x", "wss://0.0.31.144/x"),
            ("ws:", "NoHost"),
            ("wss:", "NoHost"),
            ("wss:/", "NoHost"),
            ("https://", "NoHost"),
            ("wss:?x", "NoHost"),
            ("wss::80", "NoHost"),
            ("ftp:21", "Scheme(\"ftp\")"),
            ("ftp://a:21", "Scheme(\"ftp\")"),
            ("file:///x", "Scheme(\"file\")"),
            ("about:blank", "SchemeOrHost(\"about\")"),
            ("mailto:a@b", "Scheme(\"mailto\")"),
            ("mailto:a@b:25", "Scheme(\"mailto\")"),
            ("sip:a@b:5060", "Scheme(\"sip\")"),
            ("xmpp:a@b/x", "SchemeOrHost(\"xmpp\")"),
            ("socks5://a:1080", "Scheme(\"socks5\")"),
            ("javascript:alert(1)", "SchemeOrHost(\"javascript\")"),
            ("localhost:", "SchemeOrHost(\"localhost\")"),
            ("localhost:/x", "SchemeOrHost(\"localhost\")"),
            ("localhost:8080://x", "SchemeOrHost(\"localhost\")"),
            ("user:80@host/x", "SchemeOrHost(\"user\")"),
            ("wsss://a:80/", "Scheme(\"wsss\")"),
        ] {
            assert_eq!(typed(text), url, "{text:?}");
        }
    }

    #[test]
    fn an_address_without_a_scheme_gets_ws() {
        for (text, url) in [
            ("localhost:8080/x", "ws://localhost:8080/x"),
            ("host:8080", "ws://host:8080/"),
            ("host.example:8080?x:y", "ws://host.example:8080/?x:y"),
            ("my-host:1", "ws://my-host:1/"),
            ("tel:1", "ws://tel:1/"),
            (":8080", "ws://localhost:8080/"),
            ("8080", "ws://localhost:8080/"),
            ("8080/a:b", "ws://localhost:8080/a:b"),
            ("host/path", "ws://host/path"),
            ("host/a:b", "ws://host/a:b"),
            (r"host:80\a", "ws://host/a"),
            ("user:pass@host:80/x", "ws://user:pass@host/x"),
            ("user:p:a@host:81", "ws://user:p%3Aa@host:81/"),
            ("user@host", "ws://user@host/"),
            ("[::1]:80", "ws://[::1]/"),
            ("[::1]", "ws://[::1]/"),
            ("::1", "ws://[::1]/"),
            ("fe80::1", "ws://[fe80::1]/"),
            ("127.0.0.1:9", "ws://127.0.0.1:9/"),
            ("wss", "ws://wss/"),
            ("wss/x", "ws://wss/x"),
        ] {
            assert_eq!(typed(text), url, "{text:?}");
        }
    }

    #[test]
    fn a_mistyped_scheme_is_refused_and_not_taken_for_a_host() {
        for text in [
            "\"wss://a",
            "<wss://a>",
            "\u{200b}wss://a",
            "\u{feff}wss://a",
            "\u{461}ss://a",
            "-wss://a",
            "1ws://a",
            "wss//a",
            "https//a",
            "//wss://a",
            "wss\u{ff1a}//a",
            "[::1]:/x",
        ] {
            let error = WebSocketUrl::from_typed(text).expect_err(text).to_string();
            assert!(error.contains("URL"), "{text}: {error}");
        }
    }
}
