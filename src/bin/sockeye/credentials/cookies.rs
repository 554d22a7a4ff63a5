//! Cookies of the command line and of cookie files (RFC 6265 §5.4).

use sockeye::url::WebSocketUrl;
use std::fmt;
use url::Host;

/// The prefix that curl writes before the domain of a cookie with the attribute `HttpOnly`.
const HTTP_ONLY: &str = "#HttpOnly_";

/// Cookies for requests. `Debug` shows their number.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Cookies {
    /// `a=b; c=d`, for the origin of the command line.
    pairs: Vec<String>,
    /// The cookies of files, each with its domain.
    jar: Vec<Cookie>,
}

/// What is wrong with a cookie file. The content is not shown: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CookieError {
    /// A line does not have seven fields.
    #[error(
        "line {0}: a cookie has seven fields separated by tabs (domain, subdomains, path, \
         secure, expires, name, value)"
    )]
    Fields(usize),
    /// The second or fourth field is neither `TRUE` nor `FALSE`.
    #[error("line {0}: the second and the fourth field (subdomains, secure) must be TRUE or FALSE")]
    Flag(usize),
    /// The fifth field is not a number.
    #[error("line {0}: the fifth field (expires) must be a number of seconds since 1970, or 0")]
    Expires(usize),
}

/// One line of a cookie file.
#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    domain: String,
    with_subdomains: bool,
    path: String,
    secure: bool,
    /// In seconds since 1970. 0 is a session cookie.
    expires: u64,
    name: String,
    value: String,
}

impl Cookies {
    /// Adds `a=b; c=d`, for the origin of the command line only.
    pub(crate) fn push_pairs(&mut self, pairs: &str) {
        let pairs = pairs.trim_matches([' ', '\t', ';']);
        if !pairs.is_empty() {
            self.pairs.push(pairs.to_owned());
        }
    }

    /// Adds the cookies of a file in the format of Netscape's browser, which curl, wget and browser
    /// extensions write. Each is sent to the servers that its domain, path and flags select.
    ///
    /// # Errors
    /// The first line that is not a cookie.
    pub(crate) fn read_netscape(&mut self, file: &str) -> Result<(), CookieError> {
        for (index, line) in file.lines().enumerate() {
            let (line, number) = (line.trim_end_matches('\r'), index + 1);
            let cookie = line.strip_prefix(HTTP_ONLY);
            let is_comment = cookie.is_none() && line.trim_start().starts_with('#');
            if !is_comment && !line.trim().is_empty() {
                self.jar
                    .push(Cookie::parse(cookie.unwrap_or(line), number)?);
            }
        }
        Ok(())
    }

    /// The value of the `Cookie` field of a request for `url`: the cookies of files, and before
    /// them the pairs if `with_pairs`. `now` is in seconds since 1970.
    pub(super) fn field(&self, url: &WebSocketUrl, with_pairs: bool, now: u64) -> Option<String> {
        let mut fit: Vec<&Cookie> = self.jar.iter().collect();
        fit.retain(|cookie| cookie.is_for(url) && !cookie.has_expired(now));
        // RFC 6265 §5.4, step 2: longer paths come first.
        fit.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let of_jar = fit.into_iter().map(Cookie::pair);
        let pairs = self.pairs.iter().filter(|_| with_pairs).cloned();
        let all: Vec<String> = pairs.chain(of_jar).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cookies({} + {})", self.pairs.len(), self.jar.len())
    }
}

impl Cookie {
    fn parse(line: &str, number: usize) -> Result<Self, CookieError> {
        let flag = |text: &str| match text.to_ascii_uppercase().as_str() {
            "TRUE" => Ok(true),
            "FALSE" => Ok(false),
            _ => Err(CookieError::Flag(number)),
        };
        let parts: Vec<&str> = line.splitn(7, '\t').collect();
        // Some programs leave out the tab before an empty value.
        let [
            domain,
            with_subdomains,
            path,
            secure,
            expires,
            name,
            ref value @ ..,
        ] = parts[..]
        else {
            return Err(CookieError::Fields(number));
        };
        let expires: f64 = expires.parse().map_err(|_| CookieError::Expires(number))?;
        Ok(Self {
            domain: domain.trim_start_matches('.').to_ascii_lowercase(),
            with_subdomains: flag(with_subdomains)?,
            path: path.to_owned(),
            secure: flag(secure)?,
            // Some programs write fractions, and -1 for a session cookie.
            expires: expires.max(0.0) as u64,
            name: name.to_owned(),
            value: value.first().copied().unwrap_or_default().to_owned(),
        })
    }

    fn is_for(&self, url: &WebSocketUrl) -> bool {
        let host = url.host();
        let name = host.to_string();
        let is_below = || {
            let parent = name.strip_suffix(&self.domain);
            // RFC 6265 §5.1.3: only the subdomains of a name match, and an IP address has none.
            matches!(host, Host::Domain(_)) && parent.is_some_and(|rest| rest.ends_with('.'))
        };
        (name == self.domain || self.with_subdomains && is_below())
            && (url.is_secure() || !self.secure)
            && self.has_path_of(url)
    }

    /// RFC 6265 §5.1.4.
    fn has_path_of(&self, url: &WebSocketUrl) -> bool {
        let path = url.resource().split('?').next().unwrap_or_default();
        let rest = path.strip_prefix(self.path.as_str());
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/')
        })
    }

    fn has_expired(&self, now: u64) -> bool {
        self.expires != 0 && self.expires <= now
    }

    fn pair(&self) -> String {
        format!("{}={}", self.name, self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_000_000;

    fn sent(file: &str, url: &str) -> String {
        let mut cookies = Cookies::default();
        cookies.read_netscape(file).expect(file);
        let address = WebSocketUrl::parse(url).expect(url);
        cookies.field(&address, true, NOW).unwrap_or_default()
    }

    #[test]
    fn a_cookie_is_sent_to_its_domain_and_with_the_flag_to_subdomains() {
        let wide = ".Example.com\tTRUE\t/\tFALSE\t0\ta\tb";
        let narrow = "example.com\tFALSE\t/\tFALSE\t0\ta\tb";
        for (file, url, expected) in [
            (wide, "ws://example.com/", "a=b"),
            (wide, "ws://x.y.example.com/", "a=b"),
            (wide, "ws://badexample.com/", ""),
            (wide, "ws://example.com.evil/", ""),
            (narrow, "ws://EXAMPLE.com/", "a=b"),
            (narrow, "ws://x.example.com/", ""),
            ("0.0.1\tTRUE\t/\tFALSE\t0\ta\tb", "ws://127.0.0.1/", ""),
            ("127.0.0.1\tFALSE\t/\tFALSE\t0\ta\tb", "ws://127.1/", "a=b"),
            ("[::1]\tFALSE\t/\tFALSE\t0\ta\tb", "ws://[::1]:9/", "a=b"),
        ] {
            assert_eq!(sent(file, url), expected, "{file} {url}");
        }
    }

    #[test]
    fn a_cookie_is_sent_to_its_path_and_below() {
        let file = "h\tFALSE\t/a\tFALSE\t0\tx\t1\nh\tFALSE\t/a/\tFALSE\t0\ty\t2";
        assert_eq!(sent(file, "ws://h/a"), "x=1");
        assert_eq!(sent(file, "ws://h/a?/b"), "x=1");
        assert_eq!(sent(file, "ws://h/a/b"), "y=2; x=1");
        assert_eq!(sent(file, "ws://h/ab"), "");
        assert_eq!(sent(file, "ws://h/"), "");
    }

    #[test]
    fn a_secure_cookie_is_sent_over_tls_only() {
        let file = "h\tFALSE\t/\tTRUE\t0\ta\tb";
        assert_eq!(sent(file, "wss://h/"), "a=b");
        assert_eq!(sent(file, "ws://h/"), "");
    }

    #[test]
    fn an_expired_cookie_is_not_sent() {
        for (expires, expected) in [
            ("0", "a=b"),
            ("1000000", ""),
            ("1000001.5", "a=b"),
            ("-1", "a=b"),
        ] {
            let file = format!("h\tFALSE\t/\tFALSE\t{expires}\ta\tb");
            assert_eq!(sent(&file, "ws://h/"), expected, "{expires}");
        }
    }

    #[test]
    fn comments_and_empty_lines_are_skipped_and_http_only_is_not_a_comment() {
        let file =
            "# Netscape HTTP Cookie File\r\n\r\n#HttpOnly_h\tFALSE\t/\tFALSE\t0\ta\tb=c\td\r\n";
        assert_eq!(sent(file, "ws://h/"), "a=b=c\td");
        assert_eq!(sent("h\tFALSE\t/\tFALSE\t0\tempty", "ws://h/"), "empty=");
    }

    #[test]
    fn an_error_names_the_line_and_not_its_content() {
        for (file, error) in [
            ("\nsession=s3cret", CookieError::Fields(2)),
            ("h\tyes\t/\tFALSE\t0\ta\ts3cret", CookieError::Flag(1)),
            ("h\tTRUE\t/\tFALSE\ts3cret\ta\tb", CookieError::Expires(1)),
        ] {
            let refused = Cookies::default().read_netscape(file);
            assert_eq!(refused, Err(error), "{file:?}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }

    #[test]
    fn pairs_come_before_the_cookies_of_the_file_and_can_be_left_out() {
        let mut cookies = Cookies::default();
        cookies.push_pairs(" a=1; b=2; ");
        cookies.push_pairs("c=s3cret");
        cookies.push_pairs("");
        let file = "h\tFALSE\t/\tFALSE\t0\td\t4";
        cookies.read_netscape(file).expect("right");
        let address = WebSocketUrl::parse("ws://h/").expect("right");
        let field = |with_pairs| cookies.field(&address, with_pairs, NOW).unwrap_or_default();
        assert_eq!(field(true), "a=1; b=2; c=s3cret; d=4");
        assert_eq!(field(false), "d=4");
        assert!(!format!("{cookies:?}").contains("s3cret"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(([a-z.#0-9-]|TRUE|FALSE|/|.){0,3}[\t\n])*") {
            let mut cookies = Cookies::default();
            _ = cookies.read_netscape(&text);
            let address = WebSocketUrl::parse("wss://a.b/c").expect("right");
            _ = cookies.field(&address, true, NOW);
        }
    }
}
