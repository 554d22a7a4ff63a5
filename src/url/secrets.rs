//! The secrets in a URL.

use crate::secret_names::{self, HIDDEN};
use std::borrow::Cow;

/// See [`WebSocketUrl::hide_secrets`](super::WebSocketUrl::hide_secrets).
pub(super) fn hide_secrets(url: &str) -> Cow<'_, str> {
    let Some((before, after)) = around_password(url) else {
        return hide_in_query(url);
    };
    Cow::Owned(format!("{before}{HIDDEN}{}", hide_in_query(after)))
}

/// The parts before and after the password of an absolute URL (RFC 3986 §3.2.1).
fn around_password(url: &str) -> Option<(&str, &str)> {
    let begin = url.find("://")? + "://".len();
    let authority = url[begin..].split(['/', '?', '#', ' ']).next()?;
    let end = begin + authority.rfind('@')?;
    let password = begin + url[begin..end].find(':')? + 1;
    (password < end).then(|| (&url[..password], &url[end..]))
}

fn hide_in_query(url: &str) -> Cow<'_, str> {
    let Some((before, query)) = url.split_once('?') else {
        return Cow::Borrowed(url);
    };
    // In a request line, a space ends the query.
    let (query, rest) = query.split_at(query.find(['#', ' ']).unwrap_or(query.len()));
    if !query.split('&').any(is_secret) {
        return Cow::Borrowed(url);
    }
    let shown: Vec<Cow<'_, str>> = query.split('&').map(hide_value).collect();
    Cow::Owned(format!("{before}?{}{rest}", shown.join("&")))
}

fn hide_value(parameter: &str) -> Cow<'_, str> {
    match parameter.split_once('=') {
        Some((name, _)) if is_secret(parameter) => Cow::Owned(format!("{name}={HIDDEN}")),
        _ => Cow::Borrowed(parameter),
    }
}

/// Whether the value of `name=value` is a secret.
fn is_secret(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    !value.is_empty() && secret_names::is_secret(&String::from_utf8_lossy(&percent_decoded(name)))
}

/// The bytes that percent-encoded text stands for (RFC 3986 §2.1).
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_a_parameter_with_a_secret_name_is_hidden() {
        for name in [
            "token",
            "access_token",
            "Token",
            "key",
            "api_key",
            "api-key",
            "auth",
            "sig",
            "X-Amz-Signature",
            "client_secret",
            "password",
            "filter[key]",
            "%74oken",
            "to%6Ben",
        ] {
            let shown = hide_secrets(&format!("ws://h/?{name}=hunter2&a=1")).into_owned();
            assert_eq!(shown, format!("ws://h/?{name}=[hidden]&a=1"));
        }
    }

    #[test]
    fn a_password_is_hidden_and_similar_text_is_not() {
        for (url, shown) in [
            ("ws://a:b@h/x?token=c", "ws://a:[hidden]@h/x?token=[hidden]"),
            ("http://a:b:c@d@h", "http://a:[hidden]@h"),
            (
                "GET ws://a:b@h/ HTTP/1.1",
                "GET ws://a:[hidden]@h/ HTTP/1.1",
            ),
            ("ws://a:@h/", "ws://a:@h/"),
            ("ws://a@h:80/", "ws://a@h:80/"),
            ("ws://h:80/a@b", "ws://h:80/a@b"),
            ("/x:y@z", "/x:y@z"),
        ] {
            assert_eq!(hide_secrets(url), shown);
        }
    }

    #[test]
    fn everything_else_is_shown_and_not_copied() {
        for url in [
            "ws://h/token=1",
            "ws://h/?room=1&keyword=x&author=y",
            "ws://h/?token",
            "ws://h/?token=",
            "/?monkey=1",
            "",
        ] {
            assert!(matches!(hide_secrets(url), Cow::Borrowed(shown) if shown == url));
        }
    }

    #[test]
    fn text_after_the_query_stays() {
        assert_eq!(
            hide_secrets("GET /?sig=a HTTP/1.1"),
            "GET /?sig=[hidden] HTTP/1.1"
        );
        assert_eq!(
            hide_secrets("/?sig=a?b#c?token=d"),
            "/?sig=[hidden]#c?token=d"
        );
    }
}
