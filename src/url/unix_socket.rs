//! Unix sockets and the URLs that name them.
//!
//! `ws+unix:/path/to/socket:/resource?query` (or `ws+unix:///path…`, or `wss+unix:` for TLS) is an
//! extension of the URLs of the WebSocket standard, in the syntax of Node's `ws`. The part of the
//! path before the first colon is the socket, percent-decoded, so that a colon in it is written
//! `%3A`. The rest is the resource, `/` if it is missing. The host is `localhost`.

use super::error::UrlError;
use super::secrets::percent_decoded;
use std::ffi::OsStr;
use std::fmt;
use std::path::PathBuf;
use url::Url;

/// The name of a Unix socket (unix(7)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnixSocket {
    /// The path of a file.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, which has no file.
    Abstract(Vec<u8>),
}

impl UnixSocket {
    /// Parses what a user types: a path, or `@name` (or `\0name`) for an abstract socket. A path
    /// that begins with one of these marks is typed with `./` before it.
    #[must_use]
    pub fn from_typed(typed: &OsStr) -> Self {
        let bytes = typed.as_encoded_bytes();
        let name = [&b"@"[..], b"\\0", b"\0"]
            .iter()
            .find_map(|mark| bytes.strip_prefix(*mark));
        name.map_or_else(
            || Self::Path(PathBuf::from(typed)),
            |name| Self::Abstract(name.to_vec()),
        )
    }
}

impl fmt::Display for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{}", name.escape_ascii()),
        }
    }
}

/// The parts of a URL with the scheme `ws+unix` or `wss+unix`.
pub(super) struct UnixSocketUrl<'u> {
    /// The path of the socket as in the URL.
    pub(super) name: &'u str,
    /// The socket.
    pub(super) socket: UnixSocket,
    /// Path and query of the request. It may be empty.
    pub(super) resource: String,
}

/// Splits a URL with the scheme `ws+unix` or `wss+unix` into its parts.
pub(super) fn parse(url: &Url) -> Result<UnixSocketUrl<'_>, UrlError> {
    if url.fragment().is_some() {
        return Err(UrlError::Fragment);
    }
    if url.has_host() && url.host_str() != Some("") {
        return Err(UrlError::UnixHost);
    }
    let (name, resource) = url.path().split_once(':').unwrap_or((url.path(), ""));
    if !resource.is_empty() && !resource.starts_with('/') {
        return Err(UrlError::UnixResource);
    }
    let path = String::from_utf8(percent_decoded(name)).map_err(|_| UrlError::UnixPath)?;
    if path.trim_start_matches('/').is_empty() {
        return Err(UrlError::UnixPath);
    }
    let query = url.query().map(|query| format!("?{query}"));
    Ok(UnixSocketUrl {
        name,
        socket: UnixSocket::from_typed(OsStr::new(&path)),
        resource: format!("{resource}{}", query.unwrap_or_default()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::websocket_url::WebSocketUrl;
    use super::*;

    fn parsed(text: &str) -> WebSocketUrl {
        WebSocketUrl::parse(text).expect(text)
    }

    fn path(path: &str) -> Option<UnixSocket> {
        Some(UnixSocket::Path(PathBuf::from(path)))
    }

    #[test]
    fn the_first_colon_separates_the_socket_from_the_resource() {
        for text in ["ws+unix:/tmp/a:/b/c:d?e=/f", "WS+UNIX:///tmp/a:/b/c:d?e=/f"] {
            let address = parsed(text);
            assert_eq!(address.unix_socket().cloned(), path("/tmp/a"), "{text}");
            assert_eq!(address.resource(), "/b/c:d?e=/f", "{text}");
            assert_eq!(address.as_str(), "ws+unix:/tmp/a:/b/c:d?e=/f", "{text}");
        }
    }

    #[test]
    fn a_missing_resource_is_the_root() {
        for (text, resource) in [
            ("ws+unix:/tmp/a", "/"),
            ("ws+unix:/tmp/a:", "/"),
            ("ws+unix:/tmp/a?b", "/?b"),
        ] {
            let address = parsed(text);
            assert_eq!(address.unix_socket().cloned(), path("/tmp/a"), "{text}");
            assert_eq!(address.resource(), resource, "{text}");
        }
    }

    #[test]
    fn the_host_is_localhost_and_tls_is_chosen_by_the_scheme() {
        let (plain, secure) = (parsed("ws+unix:/a:/b"), parsed("wss+unix:/a:/b"));
        assert_eq!((plain.authority(), plain.scheme()), ("localhost", "ws"));
        assert_eq!((secure.authority(), secure.scheme()), ("localhost", "wss"));
        assert!(!plain.is_bad_port() && !secure.is_bad_port());
    }

    #[test]
    fn the_path_of_the_socket_is_percent_decoded_and_may_be_relative() {
        assert_eq!(
            parsed("ws+unix:/a%20b%3Ac:/d%20e").unix_socket().cloned(),
            path("/a b:c")
        );
        assert_eq!(parsed("ws+unix:a/b:/c").unix_socket().cloned(), path("a/b"));
    }

    #[test]
    fn an_abstract_socket_is_marked_by_an_at_sign_or_a_nul() {
        let name = Some(UnixSocket::Abstract(b"name".to_vec()));
        for text in ["ws+unix:@name:/", "ws+unix:%00name:/"] {
            assert_eq!(parsed(text).unix_socket().cloned(), name, "{text}");
        }
        for typed in ["@name", "\\0name"] {
            let read = UnixSocket::from_typed(OsStr::new(typed));
            assert_eq!(Some(read), name, "{typed}");
        }
        let file = UnixSocket::from_typed(OsStr::new("./@name"));
        assert_eq!(Some(file), path("./@name"));
    }

    #[test]
    fn the_url_as_a_string_parses_to_the_same_socket() {
        for text in ["ws+unix:/a%20b%3Ac:/d", "wss+unix:@n", "ws+unix:x?y"] {
            let address = parsed(text);
            assert_eq!(parsed(address.as_str()), address, "{text}");
            let typed = WebSocketUrl::from_typed(address.as_str()).expect(text);
            assert_eq!(typed, address, "{text}");
        }
    }

    #[test]
    fn a_redirect_to_the_same_host_stays_on_the_socket() {
        let here = parsed("ws+unix:/a%3Ab:/c/d");
        for (location, there) in [
            ("/x", "ws+unix:/a%3Ab:/x"),
            ("x?y", "ws+unix:/a%3Ab:/c/x?y"),
            ("http://localhost/x", "ws+unix:/a%3Ab:/x"),
            ("https://localhost/x", "wss+unix:/a%3Ab:/x"),
        ] {
            let joined = here.join(location).expect(location);
            assert_eq!(joined, parsed(there), "{location}");
            assert_eq!(joined.as_str(), there, "{location}");
            assert_eq!(joined.unix_socket(), here.unix_socket(), "{location}");
        }
        assert!(here.has_origin_of(&here.join("/x").expect("right")));
    }

    #[test]
    fn a_redirect_to_another_host_leaves_the_socket_and_cannot_choose_one() {
        let here = parsed("ws+unix:/a:/b");
        for location in ["ws://localhost:81/", "//o/x"] {
            let joined = here.join(location).expect(location);
            assert_eq!(joined.unix_socket(), None, "{location}");
        }
        let local = parsed("ws://localhost/b");
        assert!(!here.has_origin_of(&local) && !here.has_origin_of(&parsed("ws+unix:/c:/b")));
        for here in [here, local] {
            let refused = here.join("ws+unix:/run/other:/");
            assert_eq!(refused, Err(UrlError::Scheme("ws+unix".to_owned())));
        }
    }

    #[test]
    fn a_secret_in_the_query_is_not_shown() {
        let address = parsed("ws+unix:/a:/b?token=s3cret");
        assert_eq!(address.href(), "ws+unix:/a:/b?token=s3cret");
        assert!(!format!("{address} {address:?}").contains("s3cret"));
    }

    #[test]
    fn a_url_without_a_valid_socket_is_refused_with_the_reason() {
        for (text, error) in [
            ("ws+unix:", UrlError::UnixPath),
            ("ws+unix:///:/x", UrlError::UnixPath),
            ("ws+unix::/x", UrlError::UnixPath),
            ("ws+unix:/%ff:/x", UrlError::UnixPath),
            ("ws+unix://host/a:/x", UrlError::UnixHost),
            ("ws+unix:/a:x", UrlError::UnixResource),
            ("ws+unix:/a:/x#y", UrlError::Fragment),
        ] {
            assert_eq!(WebSocketUrl::parse(text), Err(error), "{text}");
        }
    }
}
