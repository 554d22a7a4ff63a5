//! Cookies that were brought along (RFC 6265 §5.4).

use crate::url::WebSocketUrl;
use std::fmt;
use url::Host;

/// What curl writes before the domain of a cookie that scripts in a page do not see.
const HTTP_ONLY: &str = "#HttpOnly_";

/// Cookies for requests. `Debug` shows how many there are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Cookies {
    /// For the server of the constructor's URL.
    pairs: Vec<String>,
    /// For whom they say.
    jar: Vec<Cookie>,
}

/// What is wrong with a file of cookies. No content is told: it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CookieError {
    /// A line has not its seven parts.
    #[error(
        "line {0}: a cookie has seven parts with tabs between them (domain, subdomains, path, \
         secure, expires, name, value)"
    )]
    Parts(usize),
    /// The second or fourth part is neither `TRUE` nor `FALSE`.
    #[error("line {0}: whether subdomains count, and whether only wss does, is TRUE or FALSE")]
    Flag(usize),
    /// The fifth part is no number.
    #[error("line {0}: the end of a cookie's time is a number of seconds since 1970, or 0")]
    Expires(usize),
}

/// A line of the file.
#[derive(Clone, PartialEq, Eq)]
struct Cookie {
    domain: String,
    with_subdomains: bool,
    path: String,
    secure: bool,
    /// In seconds since 1970; 0 when it lasts as long as the program.
    expires: u64,
    name: String,
    value: String,
}

impl Cookies {
    /// No cookies.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `a=b; c=d`: for the server of the constructor's URL, and no other one that a redirect
    /// leads to.
    pub fn push_pairs(&mut self, pairs: &str) {
        let pairs = pairs.trim_matches([' ', '\t', ';']);
        if !pairs.is_empty() {
            self.pairs.push(pairs.to_owned());
        }
    }

    /// Adds the cookies of a file as Netscape's browser wrote them, and curl, wget and the tools of
    /// browsers do. Each is for the servers it says.
    ///
    /// # Errors
    /// For the first line that is none.
    pub fn read_netscape(&mut self, file: &str) -> Result<(), CookieError> {
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

    /// Those of the file only.
    pub(in crate::connection) fn of_file(&self) -> Self {
        Self {
            pairs: Vec::new(),
            jar: self.jar.clone(),
        }
    }

    /// Those that do not say where they may go.
    pub(in crate::connection) fn of_options(&self) -> Self {
        Self {
            pairs: self.pairs.clone(),
            jar: Vec::new(),
        }
    }

    /// The value of the `Cookie` field for this server; `home` if it is the constructor's. `now` is
    /// in seconds since 1970.
    pub(super) fn field(&self, address: &WebSocketUrl, home: bool, now: u64) -> Option<String> {
        let mut fit: Vec<&Cookie> = self.jar.iter().collect();
        fit.retain(|cookie| cookie.is_for(address) && !cookie.is_over(now));
        // RFC 6265 §5.4, step 2: longer paths come first.
        fit.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
        let of_jar = fit.into_iter().map(Cookie::pair);
        let pairs = self.pairs.iter().filter(|_| home).cloned();
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
        // Some leave out the tab before an empty value.
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
            return Err(CookieError::Parts(number));
        };
        let expires: f64 = expires.parse().map_err(|_| CookieError::Expires(number))?;
        Ok(Self {
            domain: domain.trim_start_matches('.').to_ascii_lowercase(),
            with_subdomains: flag(with_subdomains)?,
            path: path.to_owned(),
            secure: flag(secure)?,
            // Some write fractions, and -1 for what lasts as long as the browser.
            expires: expires.max(0.0) as u64,
            name: name.to_owned(),
            value: value.first().copied().unwrap_or_default().to_owned(),
        })
    }

    fn is_for(&self, address: &WebSocketUrl) -> bool {
        let host = address.host();
        let name = host.to_string();
        let is_below = || {
            let parent = name.strip_suffix(&self.domain);
            // RFC 6265 §5.1.3: an IP address is below nothing.
            matches!(host, Host::Domain(_)) && parent.is_some_and(|rest| rest.ends_with('.'))
        };
        (name == self.domain || self.with_subdomains && is_below())
            && (address.is_secure() || !self.secure)
            && self.has_path_of(address)
    }

    /// RFC 6265 §5.1.4.
    fn has_path_of(&self, address: &WebSocketUrl) -> bool {
        let path = address.resource().split('?').next().unwrap_or_default();
        let rest = path.strip_prefix(self.path.as_str());
        rest.is_some_and(|rest| {
            rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/')
        })
    }

    fn is_over(&self, now: u64) -> bool {
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
        let mut cookies = Cookies::new();
        cookies.read_netscape(file).expect(file);
        let address = WebSocketUrl::parse(url).expect(url);
        cookies.field(&address, true, NOW).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_to_its_domain_and_below_only_if_it_says_so() {
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
    fn a_cookie_goes_to_its_path_and_below() {
        let file = "h\tFALSE\t/a\tFALSE\t0\tx\t1\nh\tFALSE\t/a/\tFALSE\t0\ty\t2";
        assert_eq!(sent(file, "ws://h/a"), "x=1");
        assert_eq!(sent(file, "ws://h/a?/b"), "x=1");
        assert_eq!(sent(file, "ws://h/a/b"), "y=2; x=1");
        assert_eq!(sent(file, "ws://h/ab"), "");
        assert_eq!(sent(file, "ws://h/"), "");
    }

    #[test]
    fn a_secure_cookie_goes_only_over_tls() {
        let file = "h\tFALSE\t/\tTRUE\t0\ta\tb";
        assert_eq!(sent(file, "wss://h/"), "a=b");
        assert_eq!(sent(file, "ws://h/"), "");
    }

    #[test]
    fn a_cookie_whose_time_is_over_stays() {
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
    fn comments_and_empty_lines_are_none_and_http_only_is_no_comment() {
        let file =
            "# Netscape HTTP Cookie File\r\n\r\n#HttpOnly_h\tFALSE\t/\tFALSE\t0\ta\tb=c\td\r\n";
        assert_eq!(sent(file, "ws://h/"), "a=b=c\td");
        assert_eq!(sent("h\tFALSE\t/\tFALSE\t0\tempty", "ws://h/"), "empty=");
    }

    #[test]
    fn what_is_no_cookie_is_told_with_its_line_and_without_content() {
        for (file, error) in [
            ("\nsession=s3cret", CookieError::Parts(2)),
            ("h\tyes\t/\tFALSE\t0\ta\ts3cret", CookieError::Flag(1)),
            ("h\tTRUE\t/\tFALSE\ts3cret\ta\tb", CookieError::Expires(1)),
        ] {
            let refused = Cookies::new().read_netscape(file);
            assert_eq!(refused, Err(error), "{file:?}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }

    #[test]
    fn pairs_go_home_only_and_before_those_of_the_file() {
        let mut cookies = Cookies::new();
        cookies.push_pairs(" a=1; b=2; ");
        cookies.push_pairs("c=s3cret");
        cookies.push_pairs("");
        let file = "h\tFALSE\t/\tFALSE\t0\td\t4";
        cookies.read_netscape(file).expect("right");
        let address = WebSocketUrl::parse("ws://h/").expect("right");
        let field = |home| cookies.field(&address, home, NOW).unwrap_or_default();
        assert_eq!(field(true), "a=1; b=2; c=s3cret; d=4");
        assert_eq!(field(false), "d=4");
        assert!(!format!("{cookies:?}").contains("s3cret"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(([a-z.#0-9-]|TRUE|FALSE|/|.){0,3}[\t\n])*") {
            let mut cookies = Cookies::new();
            _ = cookies.read_netscape(&text);
            let address = WebSocketUrl::parse("wss://a.b/c").expect("right");
            _ = cookies.field(&address, true, NOW);
        }
    }
}
