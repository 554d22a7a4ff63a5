//! The header fields of an answer as they may be seen.

use super::sanitize;
use sockeye::http1::Headers;
use sockeye::url::WebSocketUrl;
use std::borrow::Cow;

/// Names and values that cannot steer the terminal; secrets are hidden, also those in the query of
/// the URL that a redirect leads to.
pub(crate) fn shown(headers: &Headers) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    headers.redacted().map(|(name, value)| {
        let value = match is_url(name) {
            true => WebSocketUrl::hide_secrets(&value).into_owned(),
            false => value.into_owned(),
        };
        let value = sanitize::line(&value).into_owned();
        (sanitize::line(name), Cow::Owned(value))
    })
}

fn is_url(name: &str) -> bool {
    ["Location", "Content-Location", "Refresh", "Link"]
        .iter()
        .any(|url| url.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_secrets_nor_escapes_are_seen() {
        let mut headers = Headers::new();
        for (name, value) in [
            ("location", "/x?token=hunter2"),
            ("LOCATION", "/\u{9b}?token=hunter2"),
            ("Set-Cookie", "hunter2"),
            ("X", "/?token=1\u{9b}"),
        ] {
            headers.push(name, value).expect("legal");
        }
        let lines: Vec<String> = shown(&headers)
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        let expected = [
            "location: /x?token=[hidden]",
            "LOCATION: /\\x9b?token=[hidden]",
            "Set-Cookie: [hidden]",
            "X: /?token=1\\x9b",
        ];
        assert_eq!(lines, expected);
    }
}
