//! The URLs that redirects lead to (RFC 9110 §15.4).

use crate::http1::{ResponseHead, excerpt};
use crate::url::{UrlError, WebSocketUrl};

/// How redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirects {
    /// The maximum number of redirects that are followed.
    pub most: u32,
    /// Whether a redirect may lead from `wss` to `ws`.
    pub allow_downgrade: bool,
}

/// Why a redirect is not followed. The URLs have their secrets hidden and are shortened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// `Location` is not the URL of a WebSocket server.
    #[error("the server redirects to what is not a WebSocket URL: {0}")]
    NotWebSocket(#[from] UrlError),
    /// The redirect leads from `wss` to this `ws` URL.
    #[error("the server redirects from wss to {0}, which is not encrypted")]
    Downgrade(String),
    /// The port is on the Fetch standard's list of bad ports.
    #[error("the server redirects to {0}, whose port belongs to another protocol and is refused")]
    BadPort(String),
    /// The URL has been requested before.
    #[error("the redirects form a loop: {0} has been requested already")]
    Loop(String),
    /// There is one redirect more than [`Redirects::most`].
    #[error("too many redirects: {most} were followed, and the next leads to {to}")]
    TooMany {
        /// The maximum number.
        most: u32,
        /// The URL that the next redirect leads to.
        to: String,
    },
}

/// The URLs requested so far.
#[derive(Debug)]
pub(super) struct RedirectChain {
    first: WebSocketUrl,
    redirects: Vec<WebSocketUrl>,
    has_left_origin: bool,
}

impl RedirectChain {
    /// A chain that begins at the URL that the connection is opened with.
    pub(super) fn new(first: WebSocketUrl) -> Self {
        Self {
            first,
            redirects: Vec::new(),
            has_left_origin: false,
        }
    }

    /// The URL that the connection was opened with.
    pub(super) fn first(&self) -> &WebSocketUrl {
        &self.first
    }

    /// The URL to request now.
    pub(super) fn current(&self) -> &WebSocketUrl {
        self.redirects.last().unwrap_or(&self.first)
    }

    /// Whether a redirect has led to another origin than that of the first URL. It stays true when
    /// a later redirect leads back: the other server has chosen what is requested there.
    pub(super) fn has_left_origin(&self) -> bool {
        self.has_left_origin
    }

    /// The first URL, and those of the redirects in order.
    pub(super) fn into_urls(self) -> (WebSocketUrl, Vec<WebSocketUrl>) {
        (self.first, self.redirects)
    }

    /// Makes the URL in `location` the current one.
    pub(super) fn follow(
        &mut self,
        location: &str,
        redirects: Redirects,
        allow_bad_port: bool,
    ) -> Result<&WebSocketUrl, RedirectError> {
        let to = self.current().join(location)?;
        if self.redirects.len() >= redirects.most as usize {
            let most = redirects.most;
            let to = shown(&to);
            return Err(RedirectError::TooMany { most, to });
        }
        if self.current().is_secure() && !to.is_secure() && !redirects.allow_downgrade {
            return Err(RedirectError::Downgrade(shown(&to)));
        }
        if to.is_bad_port() && !allow_bad_port {
            return Err(RedirectError::BadPort(shown(&to)));
        }
        if self.first == to || self.redirects.contains(&to) {
            return Err(RedirectError::Loop(shown(&to)));
        }
        self.has_left_origin |= !to.has_origin_of(&self.first);
        self.redirects.push(to);
        Ok(self.current())
    }
}

/// The beginning of a URL, with its secrets hidden. The server may choose a long one.
fn shown(to: &WebSocketUrl) -> String {
    excerpt(&to.to_string())
}

/// The `Location` of an answer that redirects. The method stays `GET` for each of these statuses.
pub(super) fn location(answer: &ResponseHead) -> Option<&str> {
    matches!(answer.status, 301 | 302 | 303 | 307 | 308)
        .then(|| answer.headers.get("Location"))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Redirects = Redirects {
        most: 2,
        allow_downgrade: false,
    };

    fn chain(first: &str) -> RedirectChain {
        RedirectChain::new(WebSocketUrl::parse(first).expect(first))
    }

    #[test]
    fn each_redirect_is_relative_to_the_one_before() {
        let mut chain = chain("ws://a/b/");
        for (location, current) in [("c/", "ws://a/b/c/"), ("//h/x", "ws://h/x")] {
            let to = chain.follow(location, TWO, false).expect(location);
            assert_eq!(to.as_str(), current);
        }
        let (first, redirects) = chain.into_urls();
        assert_eq!((first.as_str(), redirects.len()), ("ws://a/b/", 2));
    }

    #[test]
    fn one_more_than_allowed_is_refused() {
        let mut chain = chain("ws://a/");
        for location in ["/1", "/2"] {
            chain.follow(location, TWO, false).expect(location);
        }
        let error = chain.follow("/3?token=s3cret", TWO, false).expect_err("3");
        assert!(matches!(error, RedirectError::TooMany { most: 2, .. }));
        assert!(!format!("{error} {error:?}").contains("s3cret"));
    }

    #[test]
    fn a_chain_that_left_its_origin_does_not_return_to_it() {
        let mut chain = chain("ws://a/");
        chain.follow("/1", TWO, false).expect("right");
        assert!(!chain.has_left_origin());
        chain.follow("ws://a:81/", TWO, false).expect("right");
        assert!(chain.has_left_origin());
        let ten = Redirects { most: 10, ..TWO };
        chain.follow("ws://a/2", ten, false).expect("right");
        assert!(chain.has_left_origin());
    }

    #[test]
    fn a_downgrade_is_refused_unless_it_is_allowed() {
        let mut chain = chain("wss://a/");
        let refused = chain.follow("http://a/x", TWO, false);
        assert!(matches!(refused, Err(RedirectError::Downgrade(_))));
        let allowed = Redirects {
            allow_downgrade: true,
            ..TWO
        };
        assert!(chain.follow("http://a/x", allowed, false).is_ok());
    }

    #[test]
    fn bad_ports_loops_and_other_schemes_are_refused() {
        let mut chain = chain("ws://a/");
        let bad = chain.follow("ws://a:22/", TWO, false).map(drop);
        assert!(matches!(bad, Err(RedirectError::BadPort(_))));
        let same = chain.follow("http://a/#x", TWO, false).map(drop);
        assert!(matches!(same, Err(RedirectError::Loop(_))));
        let long = format!("http://a:22/{}", "x".repeat(60_000));
        let error = chain.follow(&long, TWO, false).expect_err("a bad port");
        assert!(error.to_string().len() < 300, "{error}");
        let long = format!("{}:", "x".repeat(60_000));
        let error = chain.follow(&long, TWO, false).expect_err("a scheme");
        assert!(error.to_string().len() < 300, "{error}");
        let ftp = chain.follow("ftp://a/", TWO, false).map(drop);
        assert!(matches!(ftp, Err(RedirectError::NotWebSocket(_))));
        assert!(chain.follow("ws://a:22/", TWO, true).is_ok());
    }
}
