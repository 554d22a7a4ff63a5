//! Names that are hidden, and similar names that must not be.

use super::*;

#[test]
fn names_of_secrets_are_recognized_in_every_spelling() {
    for name in [
        // Header fields.
        "Authorization",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Auth",
        "X-Auth-Key",
        "X-Auth-Token",
        "X-API-Key",
        "X_API_KEY",
        "apikey",
        "X-MBX-APIKEY",
        "X-Access-Key",
        "X-Session-Id",
        "X-JWT",
        "X-JWT-Assertion",
        "X-Signature",
        "X-Hub-Signature-256",
        "X-Shopify-Hmac-Sha256",
        "X-Passphrase",
        "Ocp-Apim-Subscription-Key",
        "X-Functions-Key",
        "CB-ACCESS-KEY",
        "CB-ACCESS-SIGN",
        "CB-ACCESS-PASSPHRASE",
        "APCA-API-KEY-ID",
        "CF-Access-Client-Secret",
        "X-CSRF-Token",
        "X-GitHub-OTP",
        "X-WSSE",
        // Parameters.
        "token",
        "access_token",
        "Token",
        "key",
        "key2",
        "api-key",
        "auth",
        "auth_key",
        "auth_code",
        "jwt",
        "session",
        "sid",
        "connect.sid",
        "PHPSESSID",
        "JSESSIONID",
        "sig",
        "X-Amz-Signature",
        "X-Amz-Credential",
        "X-Amz-Security-Token",
        "client_secret",
        "client_assertion",
        "SAMLResponse",
        "ticket",
        "filter[key]",
        // Members of JSON.
        "password",
        "passwd",
        "pass",
        "pwd1",
        "accessToken",
        "refreshToken",
        "APIKey",
        "sessionID",
        "privateKey",
        "userAuth",
        "authSig",
        "otp",
        "credentials",
        "tokens",
    ] {
        assert!(is_secret(name), "{name}: {:?}", words(name));
    }
}

#[test]
fn names_of_other_things_are_not_taken_for_secrets() {
    for name in [
        "",
        "-",
        "Host",
        "Origin",
        "User-Agent",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Sec-WebSocket-Key",
        "Sec-WebSocket-Accept",
        "Sec-WebSocket-Protocol",
        "Access-Control-Allow-Credentials",
        "X-Request-Id",
        "X-Correlation-ID",
        "Idempotency-Key",
        "X-Idempotency-Key",
        "Surrogate-Key",
        "Public-Key",
        "partitionKey",
        "X-Auth-Type",
        "X-Authenticated-User",
        "X-RateLimit-Remaining-Tokens",
        "X-Amz-SignedHeaders",
        "X-Amz-Date",
        "CB-ACCESS-TIMESTAMP",
        "author",
        "authority",
        "keyword",
        "keys",
        "keyboard",
        "monkey",
        "code",
        "room",
        "passing",
        "compass",
        "design",
        "signal",
        "sessions",
        "session_timeout",
        "token_type",
        "max_tokens",
        "maxOutputTokens",
        "total_tokens",
        "cookie_name",
        "password-policy",
        "side",
        "tickets",
    ] {
        assert!(!is_secret(name), "{name}: {:?}", words(name));
    }
}

#[test]
fn a_name_is_split_into_words() {
    for (name, expected) in [
        ("X-Auth-Key", &["x", "auth", "key"][..]),
        ("x_auth__key2", &["x", "auth", "key"]),
        ("accessToken", &["access", "token"]),
        ("APIKey", &["api", "key"]),
        ("sessionID", &["session", "id"]),
        ("CB-ACCESS-SIGN", &["cb", "access", "sign"]),
        ("256", &[]),
    ] {
        assert_eq!(words(name), expected, "{name}");
    }
}
