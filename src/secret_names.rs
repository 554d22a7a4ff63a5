//! The names of header fields, query parameters and JSON members whose values are secrets, and the
//! subprotocols that are secrets. This is the only list of them.
//!
//! A name is split into words: `X-Auth-Key`, `x_auth_key` and `xAuthKey` are the same. If it is not
//! clear whether a value is a secret, it is treated as one, except for names that are commonly used
//! for something else (`Idempotency-Key`, `max_tokens`, `token_type`).

mod subprotocols;

pub(crate) use subprotocols::{plain_subprotocols, shown_subprotocol, shown_subprotocols};

/// The text shown in place of a secret.
pub(crate) const HIDDEN: &str = "[hidden]";

/// Parts of names of secrets, also across words: `Api-Key` contains `apikey`.
const SECRET_PARTS: [&str; 29] = [
    "token",
    "secret",
    "passw",
    "passphrase",
    "passcode",
    "passkey",
    "credential",
    "authorization",
    "authkey",
    "authcode",
    "cookie",
    "signature",
    "hmac",
    "jwt",
    "bearer",
    "csrf",
    "xsrf",
    "saml",
    "wsse",
    "sessionid",
    "sessid",
    "apikey",
    "appkey",
    "accesskey",
    "privatekey",
    "sharedkey",
    "masterkey",
    "signingkey",
    "encryptionkey",
];

/// The last words of names of secrets.
const SECRET_LAST_WORDS: [&str; 14] = [
    "key",
    "auth",
    "oauth",
    "sig",
    "sign",
    "pass",
    "passwd",
    "pwd",
    "otp",
    "totp",
    "ticket",
    "session",
    "sid",
    "assertion",
];

/// The words before `key` in names of keys that are not secrets.
const HARMLESS_KEYS: [&str; 17] = [
    // Sec-WebSocket-Key is not a secret; it proves that the server has read the request
    // (RFC 6455 §1.3).
    "websocket",
    "socket",
    "idempotency",
    "cache",
    "surrogate",
    "partition",
    "routing",
    "public",
    "primary",
    "foreign",
    "row",
    "range",
    "sort",
    "group",
    "dedup",
    "deduplication",
    "message",
];

/// The last words of names that describe a secret without containing it: `token_type`.
const DESCRIPTIONS: [&str; 28] = [
    "type",
    "method",
    "mode",
    "name",
    "count",
    "limit",
    "remaining",
    "reset",
    "used",
    "usage",
    "length",
    "size",
    "age",
    "ttl",
    "timeout",
    "expiry",
    "expires",
    "expiration",
    "url",
    "uri",
    "endpoint",
    "algorithm",
    "alg",
    "policy",
    "version",
    "format",
    "required",
    "enabled",
];

/// The words that make `tokens` a count, as in the APIs of language models: `max_tokens`.
const COUNTS: [&str; 11] = [
    "max",
    "min",
    "total",
    "num",
    "input",
    "output",
    "prompt",
    "completion",
    "cached",
    "remaining",
    "limit",
];

/// Whether the value of a header field, parameter or member of this name is likely to be a secret:
/// credentials, cookies, tokens, keys, signatures.
pub(crate) fn is_secret(name: &str) -> bool {
    let words = words(name);
    if is_harmless(&words) {
        return false;
    }
    let joined = words.concat();
    SECRET_PARTS.iter().any(|part| joined.contains(part)) || ends_in_secret(&words)
}

/// Whether a name is commonly used for a value that is not a secret.
fn is_harmless(words: &[String]) -> bool {
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&&**word));
    match words.last().map(String::as_str) {
        // `Access-Control-Allow-Credentials` says whether credentials may be sent (Fetch §3.3.3).
        _ if words.starts_with(&["access".to_owned(), "control".to_owned()]) => true,
        Some("tokens") => has(&COUNTS),
        Some(last) => DESCRIPTIONS.contains(&last),
        None => true,
    }
}

fn ends_in_secret(words: &[String]) -> bool {
    let words = match words {
        [before @ .., last] if matches!(&**last, "id" | "value" | "data") => before,
        words => words,
    };
    match words {
        [.., kind, key] if key == "key" => !HARMLESS_KEYS.contains(&&**kind),
        [.., last] => SECRET_LAST_WORDS.contains(&&**last),
        [] => false,
    }
}

/// The words of a name in lower case, without separators and without digits at their ends. A
/// capital letter begins a word: `accessToken`, `APIKey`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let next_is_lower = rest.peek().is_some_and(|next| next.is_lowercase());
        let begins = c.is_uppercase() && (before.is_lowercase() || next_is_lower);
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    let without_digits = |word: String| word.trim_end_matches(char::is_numeric).to_owned();
    let words = words.into_iter().map(without_digits);
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests;
