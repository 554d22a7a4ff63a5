//! Which credentials a request has.

use super::{Authorization, Cookies, Netrc};
use crate::http1::Headers;
use crate::protocol::upgrade::RequestError;
use crate::url::WebSocketUrl;
use std::time::{SystemTime, UNIX_EPOCH};

/// Who the request says it is from. `Debug` hides what is secret.
///
/// The first that there is goes into `Authorization`: a field of that name among the request's
/// headers, `authorization`, the URL's own user and password, the entry of the `netrc`.
///
/// All of it is for the server of the constructor's URL. Once a redirect has led to another origin,
/// none of it is sent any more ([`Options::for_another_origin`](crate::Options::for_another_origin));
/// what is left are the cookies of a file that are for that server, and the user and password in
/// the URL that it was redirected to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// Credentials that were given.
    pub authorization: Option<Authorization>,
    /// Where to look up the host when no others are given.
    pub netrc: Netrc,
    /// The cookies; a field `Cookie` among the request's headers takes their place.
    pub cookies: Cookies,
}

impl Credentials {
    /// Adds what may go to the server of `address`. `home` is the address that the constructor was
    /// given, unless a redirect has led away from its origin.
    ///
    /// # Errors
    /// When a part of it cannot stand in a field.
    pub(in crate::connection) fn add_to(
        &self,
        headers: &mut Headers,
        address: &WebSocketUrl,
        home: Option<&WebSocketUrl>,
    ) -> Result<(), RequestError> {
        if !headers.contains("Authorization")
            && let Some(authorization) = self.authorization_for(address, home)
        {
            headers.push("Authorization", &authorization.value()?)?;
        }
        if !headers.contains("Cookie")
            && let Some(cookies) = self.cookies.field(address, home.is_some(), now())
        {
            headers.push("Cookie", &cookies)?;
        }
        Ok(())
    }

    fn authorization_for(
        &self,
        address: &WebSocketUrl,
        home: Option<&WebSocketUrl>,
    ) -> Option<Authorization> {
        let Some(home) = home else {
            return of_url(address);
        };
        self.authorization
            .clone()
            .or_else(|| of_url(address))
            .or_else(|| of_url(home))
            .or_else(|| self.of_netrc(home))
            .or_else(|| of_name(home))
    }

    fn of_netrc(&self, home: &WebSocketUrl) -> Option<Authorization> {
        let user = home.username();
        let user = (!user.is_empty()).then_some(user.as_slice());
        let host = home.host().to_string();
        self.netrc.find(host.trim_matches(['[', ']']), user)
    }
}

/// User and password before the `@`.
fn of_url(address: &WebSocketUrl) -> Option<Authorization> {
    let password = address.password()?;
    Some(Authorization::basic(address.username(), password))
}

/// A user before the `@` without a password: it is empty.
fn of_name(address: &WebSocketUrl) -> Option<Authorization> {
    let user = address.username();
    (!user.is_empty()).then(|| Authorization::basic(user, ""))
}

/// In seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> WebSocketUrl {
        WebSocketUrl::parse(url).expect(url)
    }

    fn basic(user: &str, password: &str) -> Option<String> {
        Authorization::basic(user, password).value().ok()
    }

    /// What `Authorization` is at the URL, without a redirect.
    fn sent(credentials: &Credentials, url: &str) -> Option<String> {
        let (mut headers, home) = (Headers::new(), address(url));
        let added = credentials.add_to(&mut headers, &home, Some(&home));
        added.expect("legal fields");
        headers.get("Authorization").map(str::to_owned)
    }

    fn all() -> Credentials {
        let mut cookies = Cookies::new();
        cookies.push_pairs("a=b");
        Credentials {
            authorization: Some(Authorization::Bearer("t".to_owned())),
            netrc: Netrc::parse("machine h login n password p default login d").expect("right"),
            cookies,
        }
    }

    #[test]
    fn what_is_given_counts_before_the_url_and_the_url_before_netrc() {
        let mut credentials = all();
        let bearer = Some("Bearer t".to_owned());
        assert_eq!(sent(&credentials, "ws://u:p@h/"), bearer);
        credentials.authorization = None;
        assert_eq!(sent(&credentials, "ws://u:p%40@h/"), basic("u", "p@"));
        assert_eq!(sent(&credentials, "ws://u:@h/"), basic("u", ""));
        assert_eq!(sent(&credentials, "ws://h/"), basic("n", "p"));
        assert_eq!(sent(&credentials, "ws://n@h/"), basic("n", "p"));
        assert_eq!(sent(&credentials, "ws://u@h/"), basic("u", ""));
        assert_eq!(sent(&credentials, "ws://o/"), basic("d", ""));
        assert_eq!(sent(&Credentials::default(), "ws://h/"), None);
    }

    #[test]
    fn a_header_counts_before_everything() {
        let (mut headers, home) = (Headers::new(), address("ws://u:p@h/"));
        for (name, value) in [("authorization", "mine"), ("cookie", "mine")] {
            headers.push(name, value).expect("legal");
        }
        let before = headers.clone();
        let added = all().add_to(&mut headers, &home, Some(&home));
        assert_eq!((added, headers), (Ok(()), before));
    }

    #[test]
    fn at_the_same_server_all_goes_along() {
        let credentials = Credentials::default();
        let (mut headers, home) = (Headers::new(), address("ws://u:p@h/"));
        let there = address("ws://h/there");
        let added = credentials.add_to(&mut headers, &there, Some(&home));
        added.expect("legal fields");
        assert_eq!(
            headers.get("Authorization").map(str::to_owned),
            basic("u", "p")
        );
    }

    #[test]
    fn another_server_gets_the_cookies_and_the_password_that_are_for_it() {
        let mut headers = Headers::new();
        let mut credentials = all();
        let file = "o\tFALSE\t/\tFALSE\t0\tc\td";
        credentials.cookies.read_netscape(file).expect("right");
        let there = address("ws://v:q@o/");
        let added = credentials.add_to(&mut headers, &there, None);
        added.expect("legal fields");
        let theirs = basic("v", "q").unwrap_or_default();
        let left: Vec<_> = headers.iter().collect();
        assert_eq!(left, [("Authorization", &*theirs), ("Cookie", "c=d")]);
    }
}
