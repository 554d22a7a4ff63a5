//! Credentials that depend on the host of a request: those of a `.netrc` file, and cookies.

mod cookies;
mod netrc;

pub(crate) use cookies::Cookies;
pub(crate) use netrc::Netrc;

use sockeye::http1::Headers;
use sockeye::url::WebSocketUrl;
use sockeye::{Authorization, RequestHeaders};
use std::error::Error;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What `--netrc` and `-b` provide. `Debug` hides the secrets.
#[derive(Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) netrc: Netrc,
    pub(crate) cookies: Cookies,
}

/// The server that a connection is opened to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// That of the command line, which the credentials are meant for.
    CommandLine,
    /// Another one, which `/connect` names.
    Other,
}

impl Credentials {
    /// The header fields for connections that are opened with `url`. Another origin than that of
    /// the command line gets what names its host: entries of the `.netrc` file other than
    /// `default`, and the cookies of a cookie file.
    pub(crate) fn request_headers(
        self: &Arc<Self>,
        url: &WebSocketUrl,
        origin: Origin,
    ) -> Arc<dyn RequestHeaders> {
        Arc::new(OpenedWith {
            credentials: Arc::clone(self),
            user: url.username(),
            origin,
        })
    }

    /// The cookies of the cookie file, and with `pairs` those that were typed.
    fn add_cookies(
        &self,
        headers: &mut Headers,
        url: &WebSocketUrl,
        pairs: bool,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if let Some(cookies) = self.cookies.field(url, pairs, now()) {
            headers.push("Cookie", &cookies)?;
        }
        Ok(())
    }
}

/// The credentials for the requests of one connection.
struct OpenedWith {
    credentials: Arc<Credentials>,
    /// The user name of the URL that the connection is opened with. A redirect within the origin
    /// may lead to a URL without it.
    user: Vec<u8>,
    origin: Origin,
}

impl OpenedWith {
    fn netrc_entry(&self, url: &WebSocketUrl) -> Option<Authorization> {
        let netrc = &self.credentials.netrc;
        let user = (!self.user.is_empty()).then_some(self.user.as_slice());
        let host = url.host().to_string();
        let host = host.trim_matches(['[', ']']);
        match self.origin {
            Origin::CommandLine => netrc.find_or_default(host, user),
            Origin::Other => netrc.find(host, user),
        }
    }
}

impl RequestHeaders for OpenedWith {
    fn headers_for(&self, url: &WebSocketUrl) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        let mut headers = Headers::new();
        if let Some(authorization) = self.netrc_entry(url) {
            headers.push("Authorization", &authorization.header_value()?)?;
        }
        let pairs = self.origin == Origin::CommandLine;
        self.credentials.add_cookies(&mut headers, url, pairs)?;
        Ok(headers)
    }

    /// The cookies of the cookie file, each of which names its host.
    fn cross_origin_headers_for(
        &self,
        url: &WebSocketUrl,
    ) -> Result<Headers, Box<dyn Error + Send + Sync>> {
        let mut headers = Headers::new();
        self.credentials.add_cookies(&mut headers, url, false)?;
        Ok(headers)
    }
}

/// The seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> WebSocketUrl {
        WebSocketUrl::parse(text).expect(text)
    }

    fn credentials() -> Arc<Credentials> {
        let netrc = "machine h login n password p machine h login o password q default login d";
        let mut cookies = Cookies::default();
        cookies.push_pairs("a=b");
        let file = "o\tFALSE\t/\tFALSE\t0\tc\td\nh\tFALSE\t/\tFALSE\t0\te\tf";
        cookies.read_netscape(file).expect("right");
        Arc::new(Credentials {
            netrc: Netrc::parse(netrc).expect("right"),
            cookies,
        })
    }

    fn basic(user: &str, password: &str) -> String {
        let basic = Authorization::basic(user, password);
        basic.header_value().expect("legal")
    }

    fn fields(headers: Result<Headers, Box<dyn Error + Send + Sync>>) -> Vec<String> {
        let headers = headers.expect("legal");
        headers.iter().map(|(_, value)| value.to_owned()).collect()
    }

    #[test]
    fn the_origin_of_the_command_line_gets_everything() {
        let first = url("ws://h/");
        let source = credentials().request_headers(&first, Origin::CommandLine);
        let sent = fields(source.headers_for(&first));
        assert_eq!(sent, [basic("n", "p"), "a=b; e=f".to_owned()]);
        let other = url("ws://x/");
        let source = credentials().request_headers(&other, Origin::CommandLine);
        let sent = fields(source.headers_for(&other));
        assert_eq!(sent, [basic("d", ""), "a=b".to_owned()]);
    }

    #[test]
    fn the_user_of_the_first_url_chooses_the_entry_for_every_request() {
        let source = credentials().request_headers(&url("ws://o@h/"), Origin::CommandLine);
        let sent = fields(source.headers_for(&url("ws://h/next")));
        assert_eq!(sent[0], basic("o", "q"));
    }

    #[test]
    fn an_origin_that_is_connected_to_later_gets_what_names_its_host() {
        let to = |text: &str| {
            let source = credentials().request_headers(&url(text), Origin::Other);
            fields(source.headers_for(&url(text)))
        };
        assert_eq!(to("ws://h:81/"), [basic("n", "p"), "e=f".to_owned()]);
        assert_eq!(to("ws://o/"), ["c=d"]);
        assert_eq!(to("ws://x/"), [""; 0]);
    }

    #[test]
    fn a_redirect_to_another_origin_gets_its_own_cookies_only() {
        let source = credentials().request_headers(&url("ws://h/"), Origin::CommandLine);
        let sent = |text: &str| fields(source.cross_origin_headers_for(&url(text)));
        assert_eq!(sent("ws://o/"), ["c=d"]);
        assert_eq!(sent("ws://h/"), ["e=f"]);
        assert_eq!(sent("ws://x/"), [""; 0]);
    }

    #[test]
    fn a_user_name_with_a_colon_is_an_error() {
        let netrc = Netrc::parse("machine h login a:b password s3cret").expect("right");
        let credentials = Arc::new(Credentials {
            netrc,
            ..Credentials::default()
        });
        let source = credentials.request_headers(&url("ws://h/"), Origin::CommandLine);
        let error = source.headers_for(&url("ws://h/")).expect_err("a colon");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(!format!("{credentials:?}").contains("s3cret"));
    }
}
