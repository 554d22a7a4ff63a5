//! Spellings of URLs: which server a text leads to, and whether the connection is encrypted.

use super::super::harness::{Peer, sockeye, wire};
use super::server::{Answer, Server, redirect};
use std::io::Read;

/// The handshake record that every TLS connection begins with (RFC 8446 §5.1).
const HANDSHAKE: u8 = 0x16;

/// Runs the program with this URL and leads all its connections to one server, which returns the
/// first bytes that it gets.
fn first_bytes(url: &str) -> Vec<u8> {
    let peer = Peer::tcp(|mut stream| {
        let mut bytes = vec![0; 4096];
        let count = stream.read(&mut bytes).unwrap();
        bytes.truncate(count);
        bytes
    });
    let to = format!("::127.0.0.1:{}", peer.port());
    sockeye([url, "--connect-to", &to, "-1"]).run();
    peer.finish()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[test]
fn every_spelling_of_wss_is_encrypted_and_leads_to_its_host() {
    for url in [
        "wss:/host.example/path",
        "wss:host.example/path",
        "wss:///host.example/path",
        r"wss:\\host.example\path",
        "WSS:host.example:80",
        "w\tss://host.example/",
        "https:/host.example/",
        "https:user:password@host.example:80/",
    ] {
        let bytes = first_bytes(url);
        assert_eq!(bytes.first(), Some(&HANDSHAKE), "{url:?}: {bytes:?}");
        assert!(contains(&bytes, "host.example"), "{url:?}: {bytes:?}");
        assert!(!contains(&bytes, "password"), "{url:?}: {bytes:?}");
    }
}

#[test]
fn every_spelling_of_ws_and_of_an_address_leads_to_its_host() {
    for (url, host) in [
        ("ws:/localhost:9009/path", "localhost:9009"),
        ("ws:localhost:9009/path", "localhost:9009"),
        ("http:/127.0.0.1:9009/path", "127.0.0.1:9009"),
        ("localhost:9009/path", "localhost:9009"),
        ("name:9009/path", "name:9009"),
        ("user:password@name:9009/path", "name:9009"),
        (":9009/path", "localhost:9009"),
        ("9009/path", "localhost:9009"),
        ("[::1]:9009/path", "[::1]:9009"),
        ("name/path", "name"),
    ] {
        let bytes = first_bytes(url);
        let head = String::from_utf8_lossy(&bytes);
        assert!(head.starts_with("GET /path HTTP/1.1\r\n"), "{url}: {head}");
        assert_eq!(wire::field(&head, "Host"), Some(host), "{url}: {head}");
    }
}

#[test]
fn a_text_that_is_no_url_is_a_syntax_error_and_nothing_is_connected() {
    for url in [
        "ws:",
        "wss:",
        "https:/",
        "mailto:a@b",
        "mailto:a@b:25",
        "ftp:21",
        "about:blank",
        "localhost:/x",
        "\"wss://host.example\"",
        "\u{200b}wss://host.example",
        "wss//host.example",
    ] {
        // Port 1 is one that no server of this machine may be asked at.
        let run = sockeye([url, "--connect-to", "::127.0.0.1:1", "-1"]).run();
        run.ends_with_status(2).says_one_error();
        run.says("SyntaxError: the URL");
    }
}

#[test]
fn a_scheme_that_may_be_a_host_is_told_with_what_to_write() {
    let run = sockeye(["user:80@host", "-1"]).run();
    run.ends_with_status(2).says("write ws:// before it");
}

#[test]
fn a_proxy_of_any_spelling_is_the_one_that_the_standard_says() {
    for proxy in [
        "https:/127.0.0.1:",
        "https:127.0.0.1:",
        "HTTPS:///127.0.0.1:",
    ] {
        let peer = Peer::tcp(|mut stream| {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            byte[0]
        });
        let proxy = format!("{proxy}{}", peer.port());
        sockeye(["ws://host.example", "--proxy", &proxy, "-1"]).run();
        assert_eq!(peer.finish(), HANDSHAKE, "{proxy}");
    }
    for proxy in ["socks5:127.0.0.1:1", "socks5:/127.0.0.1:1", "wss:1"] {
        let run = sockeye(["ws://host.example", "--proxy", proxy, "-1"]).run();
        run.ends_with_status(2).says("the proxy");
    }
}

#[test]
fn a_redirect_with_the_scheme_of_its_server_and_no_slashes_is_a_path_there() {
    let server = Server::start(|path| match path {
        "/" => redirect(302, "http:/there"),
        _ => Answer::Upgrade,
    });
    let run = sockeye([&*server.url("/"), "-L", "-1"]).run();
    run.ends_with_status(0).prints("done\n");
    let heads = server.heads();
    assert!(
        heads[1].starts_with("GET /there HTTP/1.1\r\n"),
        "{heads:#?}"
    );
}
