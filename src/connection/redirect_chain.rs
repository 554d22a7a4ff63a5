//! From one server to the next: redirects (RFC 9110 §15.4).

use crate::http1::{ResponseHead, excerpt};
use crate::url::{UrlError, WebSocketUrl};

/// How redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redirects {
    /// At most so many.
    pub most: u32,
    /// Whether one may lead from `wss` to `ws`.
    pub allow_downgrade: bool,
}

/// Why a redirect is not followed. The URLs are fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// It leads to no WebSocket server.
    #[error("the server redirects to what is no WebSocket server: {0}")]
    Nowhere(#[from] UrlError),
    /// From encrypted to not encrypted.
    #[error("the server redirects from wss to {0}, which is not encrypted")]
    Downgrade(String),
    /// To a port that browsers refuse.
    #[error("the server redirects to {0}, whose port belongs to another protocol and is refused")]
    BadPort(String),
    /// To where it came from.
    #[error("the redirects go in a circle: {0} has been asked already")]
    Circle(String),
    /// One more than is allowed.
    #[error("too many redirects: {most} were followed, and the next leads to {to}")]
    TooMany {
        /// How many are allowed.
        most: u32,
        /// Where the next would lead.
        to: String,
    },
}

/// Where connecting has led so far.
#[derive(Debug)]
pub(super) struct RedirectChain {
    home: WebSocketUrl,
    redirects: Vec<WebSocketUrl>,
    has_left: bool,
}

impl RedirectChain {
    /// Begins at the constructor's URL.
    pub(super) fn new(home: WebSocketUrl) -> Self {
        Self {
            home,
            redirects: Vec::new(),
            has_left: false,
        }
    }

    /// Whom to connect to.
    pub(super) fn here(&self) -> &WebSocketUrl {
        self.redirects.last().unwrap_or(&self.home)
    }

    /// The constructor's URL, unless a redirect has led away from its origin. Whoever leads back
    /// to it would choose what is asked there, so that there is no coming home.
    pub(super) fn home(&self) -> Option<&WebSocketUrl> {
        (!self.has_left).then_some(&self.home)
    }

    /// The constructor's URL, and those that redirects led to.
    pub(super) fn into_addresses(self) -> (WebSocketUrl, Vec<WebSocketUrl>) {
        (self.home, self.redirects)
    }

    /// Goes where a redirect leads to.
    pub(super) fn follow(
        &mut self,
        location: &str,
        redirects: Redirects,
        allow_bad_port: bool,
    ) -> Result<&WebSocketUrl, RedirectError> {
        let to = self.here().join(location)?;
        if self.redirects.len() >= redirects.most as usize {
            let most = redirects.most;
            let to = shown(&to);
            return Err(RedirectError::TooMany { most, to });
        }
        if self.here().is_secure() && !to.is_secure() && !redirects.allow_downgrade {
            return Err(RedirectError::Downgrade(shown(&to)));
        }
        if to.is_bad_port() && !allow_bad_port {
            return Err(RedirectError::BadPort(shown(&to)));
        }
        if self.home == to || self.redirects.contains(&to) {
            return Err(RedirectError::Circle(shown(&to)));
        }
        self.has_left |= !to.has_origin_of(&self.home);
        self.redirects.push(to);
        Ok(self.here())
    }
}

/// As much of a URL as fits a line; it is the server's to choose.
fn shown(to: &WebSocketUrl) -> String {
    excerpt(&to.to_string())
}

/// Where an answer redirects to, if it does. The method stays `GET` whichever status it is.
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

    fn chain(home: &str) -> RedirectChain {
        RedirectChain::new(WebSocketUrl::parse(home).expect(home))
    }

    #[test]
    fn each_redirect_is_relative_to_the_one_before() {
        let mut chain = chain("ws://a/b/");
        for (location, here) in [("c/", "ws://a/b/c/"), ("//h/x", "ws://h/x")] {
            let to = chain.follow(location, TWO, false).expect(location);
            assert_eq!(to.as_str(), here);
        }
        let (home, redirects) = chain.into_addresses();
        assert_eq!((home.as_str(), redirects.len()), ("ws://a/b/", 2));
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
    fn who_leaves_an_origin_does_not_come_home() {
        let mut chain = chain("ws://a/");
        chain.follow("/1", TWO, false).expect("right");
        assert!(chain.home().is_some());
        chain.follow("ws://a:81/", TWO, false).expect("right");
        assert!(chain.home().is_none());
        let ten = Redirects { most: 10, ..TWO };
        chain.follow("ws://a/2", ten, false).expect("right");
        assert!(chain.home().is_none());
    }

    #[test]
    fn encryption_is_not_given_up_unasked() {
        let mut chain = chain("wss://a/");
        let refused = chain.follow("http://a/x", TWO, false);
        assert!(matches!(refused, Err(RedirectError::Downgrade(_))));
        let asked = Redirects {
            allow_downgrade: true,
            ..TWO
        };
        assert!(chain.follow("http://a/x", asked, false).is_ok());
    }

    #[test]
    fn bad_ports_circles_and_nonsense_are_refused_at_each_redirect() {
        let mut chain = chain("ws://a/");
        let bad = chain.follow("ws://a:22/", TWO, false).map(drop);
        assert!(matches!(bad, Err(RedirectError::BadPort(_))));
        let circle = chain.follow("http://a/#x", TWO, false).map(drop);
        assert!(matches!(circle, Err(RedirectError::Circle(_))));
        let long = format!("http://a:22/{}", "x".repeat(60_000));
        let error = chain.follow(&long, TWO, false).expect_err("a bad port");
        assert!(error.to_string().len() < 300, "{error}");
        let long = format!("{}:", "x".repeat(60_000));
        let error = chain.follow(&long, TWO, false).expect_err("a scheme");
        assert!(error.to_string().len() < 300, "{error}");
        let nowhere = chain.follow("ftp://a/", TWO, false).map(drop);
        assert!(matches!(nowhere, Err(RedirectError::Nowhere(_))));
        assert!(chain.follow("ws://a:22/", TWO, true).is_ok());
    }
}
