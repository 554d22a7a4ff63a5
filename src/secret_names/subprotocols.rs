//! Subprotocols that are secrets.
//!
//! The only header field that a page in a browser can set is `Sec-WebSocket-Protocol`, so many
//! servers take a token there: `access_token, eyJ…`, `base64url.bearer.authorization.k8s.io.dG9r…`.

use super::{HIDDEN, is_secret};

/// The maximum length of a plain name. The longest one that is registered (IANA, WebSocket
/// Subprotocol Name Registry) has 54 characters.
const LONGEST: usize = 64;
/// The maximum length of a word in a plain name.
const LONGEST_WORD: usize = 20;
/// The maximum number of digits in a plain name, for versions and years.
const DIGITS: usize = 6;

/// For each of the offered subprotocols, whether it is plainly a name and not a secret.
///
/// A plain name is short and consists of words (letters, then digits, like `v10`, or a numeronym
/// like `k8s`) separated by `.`, `-`, `_`, `+` or `/`, as the names in the IANA registry do. A name
/// that announces a secret (`access_token`, `bearer`) is not plain, and no subprotocol after it is.
pub(crate) fn plain_subprotocols<S: AsRef<str>>(offered: &[S]) -> Vec<bool> {
    let mut secrets_follow = false;
    let plain = offered.iter().map(|protocol| {
        secrets_follow |= is_secret(protocol.as_ref());
        !secrets_follow && is_plain(protocol.as_ref())
    });
    plain.collect()
}

/// Subprotocols for users and logs: those that may be secrets are hidden.
pub(crate) fn shown_subprotocols<S: AsRef<str>>(offered: &[S]) -> Vec<&str> {
    let plain = plain_subprotocols(offered);
    let all = offered.iter().zip(plain);
    all.map(|(protocol, plain)| if plain { protocol.as_ref() } else { HIDDEN })
        .collect()
}

/// The subprotocol of an open connection for users and logs: it is hidden if it may be a secret.
///
/// Servers that take a token as a subprotocol often choose it as that of the connection.
pub(crate) fn shown_subprotocol(chosen: &str) -> &str {
    let plain = plain_subprotocols(&[chosen]) == [true];
    if plain { chosen } else { HIDDEN }
}

fn is_plain(protocol: &str) -> bool {
    let digits = protocol.bytes().filter(u8::is_ascii_digit).count();
    let mut words = protocol.split(['.', '-', '_', '+', '/']);
    protocol.len() <= LONGEST && digits <= DIGITS && words.all(is_word)
}

/// Whether `word` is a word or a numeronym, not random characters.
fn is_word(word: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let letters = word.trim_end_matches(is_digit);
    let has_letters_only = letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    // In random letters, one of four pairs is a small letter before a capital one.
    let pairs = letters.as_bytes().windows(2);
    let humps = pairs.filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let is_numeronym = word.len() <= 4 && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    // The beginning of JSON in Base64, and so of a JSON Web Token (RFC 7519).
    let is_json = word.starts_with("eyJ");
    !is_json
        && word.len() <= LONGEST_WORD
        && (has_letters_only && humps.count() <= 2 || is_numeronym)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_subprotocols_are_plain() {
        for name in [
            "chat",
            "superchat",
            "mqtt",
            "mqttv3.1",
            "wamp.2.json",
            "v12.stomp",
            "graphql-transport-ws",
            "graphql-ws",
            "ocpp2.0.1",
            "opcua+uajson",
            "MBWS.huawei.com",
            "WSNetMQ",
            "notificationchannel-netapi-rest.openmobilealliance.org",
            "v5.channel.k8s.io",
            "base64.channel.k8s.io",
            "actioncable-v1-json",
            "protobuf.reliable.webpubsub.azure.v1",
            "janus-protocol",
            "binary",
            "rust_websocket",
            "echo-protocol",
        ] {
            assert_eq!(plain_subprotocols(&[name]), [true], "{name}");
        }
    }

    #[test]
    fn tokens_are_not_plain() {
        for name in [
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "eyJh.eyJz.c2ln",
            "base64url.bearer.authorization.k8s.io.dG9rZW4",
            "access_token",
            "Bearer",
            "token.abc",
            "jwt",
            "550e8400-e29b-41d4-a716-446655440000",
            "d41d8cd98f00b204e9800998ecf8427e",
            "ghp_abcdEFGH1234abcdEFGH1234abcd",
            "aB3xK9pQ",
            "QmFzZTY0VGV4dA",
            "sk-proj-abc123def456",
            "xqzjkvbnmwplrtysdfghc",
            "1234567",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert_eq!(plain_subprotocols(&[name]), [false], "{name}");
        }
    }

    #[test]
    fn everything_after_a_name_that_announces_a_secret_is_hidden() {
        let offered = ["chat", "access_token", "hunter"];
        assert_eq!(plain_subprotocols(&offered), [true, false, false]);
        assert_eq!(shown_subprotocols(&offered), ["chat", HIDDEN, HIDDEN]);
        assert_eq!(shown_subprotocol("graphql-ws"), "graphql-ws");
        assert_eq!(shown_subprotocol("eyJhbGciOiJIUzI1NiJ9"), HIDDEN);
    }
}
