//! URLs as browsers parse them, and as users type them.

use super::websocket_url::BAD_PORTS;
use super::*;

fn parsed(text: &str) -> WebSocketUrl {
    WebSocketUrl::parse(text).expect(text)
}

fn typed(text: &str) -> String {
    match WebSocketUrl::from_typed(text) {
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
    let ftp = Err(UrlError::Scheme("ftp".to_owned()));
    assert_eq!(WebSocketUrl::parse("ftp://a"), ftp);
    assert_eq!(WebSocketUrl::parse("a/b"), Err(UrlError::NoScheme));
    let mail = Err(UrlError::Scheme("mailto".to_owned()));
    assert_eq!(WebSocketUrl::parse("mailto:a"), mail);
}

#[test]
fn a_fragment_is_refused_even_when_empty() {
    assert_eq!(WebSocketUrl::parse("ws://a/#b"), Err(UrlError::Fragment));
    assert_eq!(WebSocketUrl::parse("ws://a/#"), Err(UrlError::Fragment));
    assert_eq!(parsed("ws://a/%23b").resource(), "/%23b");
}

#[test]
fn an_empty_host_is_refused() {
    for text in ["ws://", "wss://:80/", "ws://user@/x"] {
        assert_eq!(WebSocketUrl::parse(text), Err(UrlError::NoHost), "{text}");
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
    let error = WebSocketUrl::parse("ws://a:65536").expect_err("too large");
    assert!(error.to_string().contains("from 1 to 65535"), "{error}");
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
    assert_eq!(format!("{address:?}"), "WebSocketUrl(ws://a/x)");
    let error = WebSocketUrl::parse("ws://user:s3cret@a:99999/").expect_err("port");
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
fn an_address_that_a_user_types_gets_a_scheme() {
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
    ] {
        assert_eq!(typed(text), url, "{text}");
    }
}

#[test]
fn an_error_is_one_line_and_says_what_a_url_looks_like() {
    for text in [
        "", " ", "/x", ":", "?", "a:b", "65536", ":99999", "ftp://a", "a b", "[::1", "x/#y",
    ] {
        let message = typed(text);
        assert!(message.contains("URL"), "{text}: {message}");
        assert_eq!(message.lines().count(), 1, "{text}: {message}");
    }
}

#[test]
fn a_secret_in_the_query_is_sent_but_not_shown() {
    let address = parsed("ws://user@a/x?room=1&access_token=s3cret");
    assert_eq!(address.resource(), "/x?room=1&access_token=s3cret");
    assert_eq!(address.as_str(), "ws://user@a/x?room=1&access_token=s3cret");
    let shown = format!("{address} {address:?}");
    assert!(
        !shown.contains("s3cret") && shown.contains("room=1"),
        "{shown}"
    );
}

#[test]
fn the_whole_url_parses_to_the_same_address() {
    let address = WebSocketUrl::from_typed("me:p%40ss@h:81/x").expect("right");
    assert_eq!(address.href(), "ws://me:p%40ss@h:81/x");
    assert_eq!(parsed(address.href()), address);
    assert_eq!(address.password().as_deref(), Some(&b"p@ss"[..]));
}

#[test]
fn an_internationalized_name_is_sent_in_its_ascii_form() {
    assert_eq!(
        parsed("ws://Bücher.example/").authority(),
        "xn--bcher-kva.example"
    );
    assert_eq!(
        parsed("ws://b%C3%BCcher.example/").authority(),
        "xn--bcher-kva.example"
    );
    assert_eq!(
        typed("例え.テスト:8080"),
        "ws://xn--r8jz45g.xn--zckzah:8080/"
    );
    for wrong in ["ws://xn--a/", "ws://a\u{ad}\u{200d}%/", "ws://a%2Fb/"] {
        let error = WebSocketUrl::parse(wrong).expect_err(wrong).to_string();
        assert!(error.starts_with("the URL is not valid: "), "{error}");
    }
}

#[test]
fn a_path_is_percent_encoded_once() {
    assert_eq!(
        parsed("ws://a/é b%20c%2F?q=ü x").resource(),
        "/%C3%A9%20b%20c%2F?q=%C3%BC%20x"
    );
}

#[test]
fn a_redirect_is_relative_to_the_url_that_answered() {
    let here = parsed("wss://u:p@a:81/b/c?d");
    for (location, there) in [
        ("/x", "wss://u@a:81/x"),
        ("x?y", "wss://u@a:81/b/x?y"),
        ("?y", "wss://u@a:81/b/c?y"),
        ("//o/x", "wss://o/x"),
        ("http://o/x#top", "ws://o/x"),
        ("https://o/", "wss://o/"),
        ("https:/x", "wss://u@a:81/x"),
        ("https:x", "wss://u@a:81/b/x"),
        ("wss:/o/x", "wss://o/x"),
        ("http:/o/x", "ws://o/x"),
        (r"/\o/x", "wss://o/x"),
        ("", "wss://u@a:81/b/c?d"),
    ] {
        let joined = here.join(location).expect(location);
        assert_eq!(joined.as_str(), there, "{location}");
    }
    assert_eq!(here.join("/x").expect("right").password(), here.password());
    let ftp = UrlError::Scheme("ftp".to_owned());
    assert_eq!(here.join("ftp://o/"), Err(ftp));
    assert_eq!(here.join("http://o:99999/"), Err(UrlError::Port));
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let here = parsed("ws://a/x");
    assert!(here.has_origin_of(&parsed("ws://u:p@A:80/y")));
    for other in ["wss://a/x", "ws://a:81/x", "ws://b/x", "wss://a:80/x"] {
        assert!(!here.has_origin_of(&parsed(other)), "{other}");
    }
}
