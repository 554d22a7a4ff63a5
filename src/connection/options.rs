//! What a caller may choose beyond URL and subprotocols.

use super::authorization::Authorization;
use super::error::Error;
use super::redirect_chain::Redirects;
use super::request_headers::RequestHeaders;
use crate::http1::Headers;
use crate::protocol::upgrade::{Request, RequestError};
use crate::protocol::{KeepAlive, Trace};
use crate::transport;
use crate::url::WebSocketUrl;
use std::sync::Arc;
use std::time::Duration;

/// Everything beyond URL and subprotocols. [`Options::default`] is what a browser does.
///
/// ```
/// use sockeye::{Options, Redirects, WebSocket};
///
/// let options = Options {
///     redirects: Some(Redirects { most: 5, allow_downgrade: false }),
///     max_buffered_amount: 16 << 20,
///     ..Options::default()
/// };
/// let builder = WebSocket::builder("wss://example.com/").options(options);
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// Additional header fields for the request, in this order and spelling. After a redirect to
    /// another origin, only those that are known to be harmless are sent
    /// ([`Options::strip_for_cross_origin`]). None by default.
    pub headers: Headers,
    /// The credentials of the `Authorization` field, for the origin of the URL only. They replace
    /// the user name and the password in the URL; `headers` replaces both. None by default.
    pub authorization: Option<Authorization>,
    /// Supplies header fields that depend on the URL of the request; nothing does by default.
    pub request_headers: Option<Arc<dyn RequestHeaders>>,
    /// The value of `Sec-WebSocket-Version` (RFC 6455 §4.1): 13, except for tests of a server.
    pub version: u8,
    /// How redirects are followed (RFC 9110 §15.4). By default none is, as in a browser: the
    /// connection fails with [`ErrorKind::Refused`](crate::ErrorKind::Refused).
    pub redirects: Option<Redirects>,
    /// Whether the server may select any subprotocol, including one that was not offered, or none.
    /// By default the connection fails then (RFC 6455 §4.1).
    pub any_subprotocol: bool,
    /// Whether permessage-deflate is offered (RFC 7692): yes by default. Without the feature
    /// `deflate` it never is.
    pub compress: bool,
    /// The largest message that is accepted, in bytes after decompression: 128 MiB by default. A
    /// larger one fails the connection with the close code 1009 (RFC 6455 §7.4.1).
    pub max_message_size: usize,
    /// The most payload that may be queued and not yet handed to the network, in bytes before
    /// compression: 1 GiB by default. More is refused with `QuotaExceededError`. If nothing else is
    /// queued, a message of any size is accepted.
    pub max_buffered_amount: u64,
    /// The most messages that may be queued and not yet handed to the network: 2^24 by default.
    /// More are refused with `QuotaExceededError`.
    pub max_buffered_messages: u64,
    /// Whether a port on the Fetch standard's list of bad ports is allowed, such as 25. By default
    /// the constructor refuses it with `SecurityError`.
    pub allow_bad_port: bool,
    /// How long connecting may take, from the lookup of the name to the last byte of the server's
    /// answer, with all redirects: 30 seconds by default. Then the connection fails with
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut).
    pub connect_timeout: Duration,
    /// How long the server may take to answer our close frame, counted from when the network has
    /// taken all messages before it: 10 seconds by default. Then the connection counts as lost,
    /// however much the server still sends.
    pub close_timeout: Duration,
    /// Pings at an interval (RFC 6455 §5.5.2); none by default.
    pub keep_alive: Option<KeepAlive>,
    /// What is reported beside the standard's events, as [`Event::Connecting`] and
    /// [`Event::Frame`]: nothing by default.
    ///
    /// [`Event::Connecting`]: crate::Event::Connecting
    /// [`Event::Frame`]: crate::Event::Frame
    pub trace: Trace,
    /// How the server is reached, and what it must prove: proxies, TLS, sockets, addresses.
    pub transport: transport::TransportOptions,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            headers: Headers::default(),
            authorization: None,
            request_headers: None,
            version: Request::VERSION,
            redirects: None,
            any_subprotocol: false,
            compress: true,
            max_message_size: 128 << 20,
            max_buffered_amount: 1 << 30,
            max_buffered_messages: 1 << 24,
            allow_bad_port: false,
            connect_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(10),
            keep_alive: None,
            trace: Trace::Off,
            transport: transport::TransportOptions::default(),
        }
    }
}

impl Options {
    /// The header fields of a request for `url`, without those that the handshake adds. `first` is
    /// the URL that the connection was opened with, or `None` once a redirect has led to another
    /// origin.
    ///
    /// Of the sources of `Authorization`, the first one present wins: `headers`, `authorization`, a
    /// password in `url`, one in `first`, `request_headers`, a user name in `first`.
    pub(super) fn headers_for(
        &self,
        url: &WebSocketUrl,
        first: Option<&WebSocketUrl>,
    ) -> Result<Headers, Error> {
        let mut headers = self.headers.clone();
        let given = first.and(self.authorization.clone());
        let authorization = given
            .or_else(|| Authorization::with_password_of(url))
            .or_else(|| first.and_then(Authorization::with_password_of));
        add_authorization(&mut headers, authorization)?;
        if let Some(source) = &self.request_headers {
            let more = source.headers_for(url).map_err(Error::RequestHeaders)?;
            add_missing(&mut headers, &more)?;
        }
        let user = first.and_then(Authorization::with_user_of);
        add_authorization(&mut headers, user)?;
        Ok(headers)
    }
}

/// Adds the field `Authorization`, unless there is one.
fn add_authorization(
    headers: &mut Headers,
    authorization: Option<Authorization>,
) -> Result<(), Error> {
    if let Some(authorization) = authorization
        && !headers.contains("Authorization")
    {
        let value = authorization.header_value()?;
        headers
            .push("Authorization", &value)
            .map_err(RequestError::Header)?;
    }
    Ok(())
}

/// Adds the fields of `more` whose names `headers` does not have.
fn add_missing(headers: &mut Headers, more: &Headers) -> Result<(), Error> {
    let present = headers.clone();
    for (name, value) in more.iter().filter(|(name, _)| !present.contains(name)) {
        headers.push(name, value).map_err(RequestError::Header)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::request_headers::FixedHeaders;
    use super::*;

    fn url(url: &str) -> WebSocketUrl {
        WebSocketUrl::parse(url).expect(url)
    }

    fn basic(user: &str, password: &str) -> Option<String> {
        Authorization::basic(user, password).header_value().ok()
    }

    /// The `Authorization` of the request for a URL, without a redirect.
    fn authorization(options: &Options, text: &str) -> Option<String> {
        let url = url(text);
        let headers = options.headers_for(&url, Some(&url)).expect("legal fields");
        headers.get("Authorization").map(str::to_owned)
    }

    fn with_everything() -> Options {
        let source = FixedHeaders::new(&[("authorization", "source"), ("cookie", "source")]);
        Options {
            authorization: Some(Authorization::Bearer("t".to_owned())),
            request_headers: Some(Arc::new(source)),
            ..Options::default()
        }
    }

    #[test]
    fn of_the_sources_of_authorization_the_first_one_present_wins() {
        let mut options = with_everything();
        let bearer = Some("Bearer t".to_owned());
        assert_eq!(authorization(&options, "ws://u:p@h/"), bearer);
        options.authorization = None;
        assert_eq!(authorization(&options, "ws://u:p%40@h/"), basic("u", "p@"));
        let source = Some("source".to_owned());
        assert_eq!(authorization(&options, "ws://u@h/"), source);
        options.request_headers = None;
        assert_eq!(authorization(&options, "ws://u@h/"), basic("u", ""));
        assert_eq!(authorization(&options, "ws://h/"), None);
    }

    #[test]
    fn a_header_replaces_every_other_source() {
        let mut options = with_everything();
        for (name, value) in [("Authorization", "mine"), ("COOKIE", "mine")] {
            options.headers.push(name, value).expect("legal");
        }
        let url = url("ws://u:p@h/");
        let headers = options.headers_for(&url, Some(&url)).expect("legal");
        assert_eq!(headers, options.headers);
    }

    #[test]
    fn a_field_of_the_source_may_be_repeated() {
        let source = FixedHeaders::new(&[("X-A", "1"), ("X-A", "2")]);
        let options = Options {
            request_headers: Some(Arc::new(source)),
            ..Options::default()
        };
        let url = url("ws://h/");
        let headers = options.headers_for(&url, Some(&url)).expect("legal");
        assert_eq!(headers.get_all("X-A").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn a_redirect_within_the_origin_keeps_the_password_of_the_url() {
        let (first, next) = (url("ws://u:p@h/"), url("ws://h/next"));
        let options = Options::default();
        let headers = options.headers_for(&next, Some(&first)).expect("legal");
        assert_eq!(
            headers.get("Authorization").map(str::to_owned),
            basic("u", "p")
        );
    }

    #[test]
    fn another_origin_gets_the_password_of_its_own_url_only() {
        let options = Options {
            authorization: Some(Authorization::Bearer("t".to_owned())),
            ..Options::default()
        };
        let sent = |text: &str| {
            let headers = options.headers_for(&url(text), None).expect("legal");
            headers.get("Authorization").map(str::to_owned)
        };
        assert_eq!(sent("ws://v:q@o/"), basic("v", "q"));
        assert_eq!(sent("ws://o/"), None);
    }

    #[test]
    fn an_error_of_the_source_is_the_error_of_the_connection() {
        let options = Options {
            request_headers: Some(Arc::new(FixedHeaders::failing())),
            ..Options::default()
        };
        let url = url("ws://h/");
        let error = options.headers_for(&url, Some(&url)).expect_err("it fails");
        assert!(matches!(error, Error::RequestHeaders(_)), "{error:?}");
        assert_eq!(error.kind(), super::super::error::ErrorKind::Options);
    }
}
