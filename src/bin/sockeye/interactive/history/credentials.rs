//! Lines that hold a secret. In doubt a line counts as one: it is only left out of a file.

use regex::{Regex, RegexSet};
use sockeye::http1::Headers;
use std::sync::LazyLock;

/// How secrets look.
const PATTERNS: [&str; 8] = [
    r"(?i)[?&](key|session|code)=",
    r"(?i)\b(bearer|basic|digest)\s+[\w+/=.~-]{6,}",
    // Twitch, redis, NATS and the like.
    r"(?i)^(pass|auth)\s+\S",
    // A URL with user information.
    r#"(?i)[a-z][a-z0-9+.-]*://[^\s/?#@"]+@"#,
    // JSON Web Tokens (RFC 7519).
    r"\beyJ[\w-]{4,}\.[\w-]{4,}\.",
    // Keys of well-known services begin like this.
    r"\b(sk-[\w-]{16}|[sr]k_(live|test)_\w{8}|gh[pousr]_\w{16}|github_pat_\w{16}|glpat-[\w-]{16}|(AKIA|ASIA)[0-9A-Z]{12}|xox[abeprs]-[\w-]{8}|AIza[\w-]{30}|npm_\w{20}|hf_\w{20})",
    r"-----BEGIN [A-Z ]*PRIVATE KEY",
    r"(?i)\boauth:\w",
];

/// A name and a value: JSON members, headers, queries, assignments, at any depth of quoting.
const NAMED: &str = r#"([\w.-]+)[\\"']*\s*[:=]\s*[\\"']*[^\s\\"']"#;

/// Names that have a secret in a header or a query, and in messages mostly something else.
const IN_EVERY_MESSAGE: [&str; 2] = ["key", "session"];

/// Without the tables a line counts as a secret.
static VALUES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMED).ok());
static SECRETS: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(PATTERNS).ok());

/// Whether the line seems to hold a password, a key or the like.
pub(super) fn are_in(line: &str) -> bool {
    SECRETS
        .as_ref()
        .is_none_or(|secrets| secrets.is_match(line))
        || VALUES
            .as_ref()
            .is_none_or(|values| has_secret(values, line))
}

/// Whether a value in it has the name of a secret.
fn has_secret(values: &Regex, line: &str) -> bool {
    let mut names = values.captures_iter(line).filter_map(|found| found.get(1));
    names
        .any(|name| Headers::is_secret(name.as_str()) && !IN_EVERY_MESSAGE.contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_recognized() {
        for line in [
            r#"{"op":"login","password":"hunter2"}"#,
            r#"{"Password" : 1}"#,
            r#"{"inner":"{\"client_secret\":\"x\"}"}"#,
            "login user=a&passwd=b",
            "X-Api-Key: abc",
            "Authorization: Bearer abc",
            "Cookie: a=b",
            r#"{"accessToken":"x"}"#,
            r#"{"pass":"x"}"#,
            r#"{"sig" : "x"}"#,
            r#"{"otp":123456}"#,
            r#"{"x":{"authKey":"x"}}"#,
            "X-JWT: abc",
            "wss://host/?session=abc",
            "bearer abcdef123",
            "Basic dXNlcjpwYXNz",
            "/connect ws://user:pass@host/",
            "/connect wss://host/?token=abc",
            "wss://host/?a=1&key=abc",
            "PASS oauth:abc",
            "auth eyJhbGciOi.eyJzdWIi.sig",
            "x eyJhbGciOi.eyJzdWIi.sig",
            "sk-abcdefghijklmnopqrst",
            "ghp_abcdefghijklmnopqrst",
            "AKIAIOSFODNN7EXAMPLE",
            "-----BEGIN RSA PRIVATE KEY-----",
        ] {
            assert!(are_in(line), "{line}");
        }
    }

    #[test]
    fn other_lines_are_none() {
        for line in [
            "",
            "hello",
            r#"{"op":"subscribe","channel":"trades"}"#,
            "/connect wss://host/chat?room=1",
            "/close 3000 no more tokens",
            "mail me: a@b.example",
            r#"{"keys":["a"],"code":1}"#,
            r#"{"key":"ArrowUp","author":"me"}"#,
            r#"{"type":"session.update","session":{"context":"alto"}}"#,
            r#"{"max_tokens":100,"token_type":"x"}"#,
            "passing by",
        ] {
            assert!(!are_in(line), "{line}");
        }
    }
}
