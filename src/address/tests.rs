//! URLs as browsers read them, and as people type them.

use super::*;

fn parsed(text: &str) -> Address {
    Address::parse(text).expect(text)
}

fn typed(text: &str) -> String {
    match Address::from_typed(text) {
        Ok(address) => address.as_str().to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn http_becomes_ws_and_https_becomes_wss() {
    assert_eq!(parsed("http://a/b").as_str(), "ws://a/b");
    assert_eq!(parsed("https://a:443/b").as_str(), "wss://a/b");
    assert!(!parsed("ws://a").is_secure() && parsed("wss://a").is_secure());
}

#[test]
fn other_schemes_and_relative_urls_are_refused() {
    let ftp = Err(AddressError::Scheme("ftp".to_owned()));
    assert_eq!(Address::parse("ftp://a"), ftp);
    assert_eq!(Address::parse("a/b"), Err(AddressError::NoScheme));
    let mail = Err(AddressError::Scheme("mailto".to_owned()));
    assert_eq!(Address::parse("mailto:a"), mail);
}

#[test]
fn a_fragment_is_refused_even_when_empty() {
    assert_eq!(Address::parse("ws://a/#b"), Err(AddressError::Fragment));
    assert_eq!(Address::parse("ws://a/#"), Err(AddressError::Fragment));
    assert_eq!(parsed("ws://a/%23b").resource(), "/%23b");
}

#[test]
fn an_empty_host_is_refused() {
    for text in ["ws://", "wss://:80/", "ws://user@/x"] {
        assert_eq!(Address::parse(text), Err(AddressError::NoHost), "{text}");
    }
}

#[test]
fn the_port_defaults_to_the_schemes_own() {
    assert_eq!(parsed("ws://a").port(), 80);
    assert_eq!(parsed("wss://a").port(), 443);
    assert_eq!(parsed("wss://a:80").port(), 80);
}

#[test]
fn a_port_over_65535_is_refused_with_the_reason() {
    assert_eq!(parsed("ws://a:65535").port(), 65535);
    let error = Address::parse("ws://a:65536").expect_err("too large");
    assert!(error.to_string().contains("from 0 to 65535"), "{error}");
}

#[test]
fn port_0_is_a_bad_port() {
    let address = parsed("ws://a:0");
    assert_eq!(address.port(), 0);
    assert!(address.is_bad_port());
}

#[test]
fn the_bad_ports_are_sorted_and_those_of_the_fetch_standard() {
    assert!(BAD_PORTS.is_sorted());
    for (text, bad) in [
        ("ws://a:6667", true),
        ("ws://a:6670", false),
        ("ws://a:10080", true),
        ("ws://a:22", true),
        ("ws://a:80", false),
        ("wss://a", false),
        ("ws://a:8080", false),
    ] {
        assert_eq!(parsed(text).is_bad_port(), bad, "{text}");
    }
}

#[test]
fn the_authority_has_no_userinfo_no_default_port_and_brackets() {
    assert_eq!(parsed("ws://u:p@a:80/x").authority(), "a");
    assert_eq!(parsed("wss://u:p@a:80/x").authority(), "a:80");
    assert_eq!(parsed("ws://[::1]:9/x").authority(), "[::1]:9");
    assert_eq!(parsed("ws://[::1]/x").authority(), "[::1]");
}

#[test]
fn the_resource_is_path_and_query_and_never_empty() {
    assert_eq!(parsed("ws://a").resource(), "/");
    assert_eq!(parsed("ws://a?q=1").resource(), "/?q=1");
    assert_eq!(parsed("ws://a/b c?d").resource(), "/b%20c?d");
}

#[test]
fn a_password_is_never_shown() {
    let address = parsed("ws://user:s3cret@a/x");
    assert_eq!(address.as_str(), "ws://user@a/x");
    assert_eq!(address.to_string(), "ws://user@a/x");
    assert_eq!(format!("{address:?}"), "Address(ws://a/x)");
    let error = Address::parse("ws://user:s3cret@a:99999/").expect_err("port");
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

#[test]
fn userinfo_is_percent_decoded() {
    let address = parsed("ws://a%40b:p%3A%zz%C3%A9@host/");
    assert_eq!(address.username(), b"a@b");
    assert_eq!(address.password().as_deref(), Some("p:%zzé".as_bytes()));
    assert_eq!(parsed("ws://a/").username(), b"");
    assert_eq!(parsed("ws://a/").password(), None);
}

#[test]
fn what_a_person_types_gets_a_scheme() {
    for (text, url) in [
        ("localhost:8080/x", "ws://localhost:8080/x"),
        (":8080", "ws://localhost:8080/"),
        ("8080", "ws://localhost:8080/"),
        ("8080/x?y", "ws://localhost:8080/x?y"),
        (":8080?y", "ws://localhost:8080/?y"),
        ("[::1]:9", "ws://[::1]:9/"),
        ("::1", "ws://[::1]/"),
        ("example.com/path", "ws://example.com/path"),
        ("example.com/?to=ws://x", "ws://example.com/?to=ws://x"),
        ("wss://example.com", "wss://example.com/"),
        ("HTTPS://example.com", "wss://example.com/"),
        (" 127.0.0.1:1 ", "ws://127.0.0.1:1/"),
        ("ws:8080", "ws://ws:8080/"),
    ] {
        assert_eq!(typed(text), url, "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_one_line_that_says_what_would_be_right() {
    for text in [
        "", " ", "/x", ":", "?", "a:b", "65536", ":99999", "ftp://a", "a b", "[::1", "x/#y",
    ] {
        let message = typed(text);
        assert!(message.contains("URL"), "{text}: {message}");
        assert_eq!(message.lines().count(), 1, "{text}: {message}");
    }
}
