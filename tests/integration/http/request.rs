//! What stands in the request.

use super::super::harness::{Peer, sockeye, wire};
use super::server::Server;
use std::io::Write;

/// The request that is sent with these options.
#[track_caller]
fn sent(options: &[&str]) -> String {
    let server = Server::accepting();
    let url = server.url("/");
    sockeye(options.iter().chain(&[&*url]))
        .run()
        .ends_with_status(0);
    server.head()
}

fn lines(head: &str) -> Vec<&str> {
    head.lines().filter(|line| !line.is_empty()).collect()
}

#[test]
fn fields_are_sent_as_typed_and_from_files() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "X-File: 1\r\n\r\nx-file: 2\r\n").unwrap();
    let at = format!("@{}", file.path().display());
    let head = sent(&[
        "-H",
        "x-ONE: a: b",
        "-H",
        &at,
        "-H",
        "X-One:c",
        "-H",
        "Empty;",
    ]);
    let lines = lines(&head);
    let expected = [
        "x-ONE: a: b",
        "X-File: 1",
        "x-file: 2",
        "X-One: c",
        "Empty: ",
    ];
    assert_eq!(lines[lines.len() - 5..], expected, "{head}");
}

#[test]
fn host_origin_and_agent_have_options_of_their_own() {
    let head = sent(&["--host", "virtual:81", "-o", "http://me", "-A", "it/1"]);
    for (name, value) in [
        ("Host", "virtual:81"),
        ("Origin", "http://me"),
        ("User-Agent", "it/1"),
    ] {
        assert_eq!(wire::field(&head, name), Some(value), "{head}");
        assert_eq!(head.matches(&format!("\n{name}:")).count(), 1, "{head}");
    }
    assert_eq!(wire::field(&sent(&["-A", ""]), "User-Agent"), None);
}

#[test]
fn version_8_is_asked_for_as_its_draft_has_it() {
    let head = sent(&["-p", "8", "-o", "http://me"]);
    assert_eq!(wire::field(&head, "Sec-WebSocket-Version"), Some("8"));
    assert_eq!(
        wire::field(&head, "Sec-WebSocket-Origin"),
        Some("http://me")
    );
    assert_eq!(wire::field(&head, "Origin"), None);
}

#[test]
fn what_would_break_the_request_is_refused_before_anything_is_sent() {
    for (options, words) in [
        (&["-H", "no colon hunter2"][..], "with a colon"),
        (&["-H", "a b: hunter2"], "header name"),
        (&["-H", "Content-Length: 5"], "Content-Length"),
        (&["-H", "Host: a", "-H", "host: b"], "more than once"),
        (&["--host", "a b"], "Host"),
        (&["-H", "X: a\r\nY: hunter2"], "control character"),
        (&["-H", "Transfer-Encoding: hunter2"], "Transfer-Encoding"),
        (&["-p", "9"], "8 and 13"),
        (&["-b", "/nowhere/at/all"], "-b: /nowhere"),
        (&["--bearer", "a b"], "--bearer"),
        (&["--bearer", "env:SOCKEYE_NO_SUCH"], "is not set"),
        (&["--bearer", "a", "-u", "b:c"], "cannot be used with"),
        (&["--netrc", "--netrc-file", "a"], "cannot be used with"),
        (&["--max-redirects", "many"], "--max-redirects"),
    ] {
        let run = sockeye(options.iter().chain(&["127.0.0.1:9999", "--dry-run"])).run();
        run.ends_with_status(2).says_one_error().says(words);
        run.does_not_say("hunter2");
    }
}

#[test]
fn addresses_that_cannot_be_are_refused_with_the_reason() {
    for (url, words) in [
        ("ws://[fe80::1%25]x]/", "not valid"),
        ("ws://h:65536/", "from 1 to 65535"),
        ("ws://h:0/", "port 0 is no server's"),
        ("ws:///x", "host"),
        ("ws://u:hunter2@/x", "host"),
        ("ws://xn--a/", "not valid"),
        ("ws://a%3Ab:hunter2@h/", "colon"),
    ] {
        let run = sockeye([url, "--dry-run"]).run();
        // `ws:///x` is `ws://x/` to the URL standard.
        if url == "ws:///x" {
            run.ends_with_status(0);
            continue;
        }
        run.ends_with_status(2).says_one_error().says(words);
        run.does_not_say("hunter2");
    }
}

#[test]
fn an_internationalized_name_is_asked_for_in_its_ascii_form() {
    let run = sockeye(["ws://Bücher.example/é?ü", "--dry-run"]).run();
    let expected = "* Would connect to ws://xn--bcher-kva.example/%C3%A9?%C3%BC\n";
    run.ends_with_status(0);
    let shown = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(shown.starts_with(expected), "{run}");
    assert!(shown.contains("> Host: xn--bcher-kva.example\n"), "{run}");
}

#[test]
fn pings_and_pongs_show_on_standard_error_when_asked_for() {
    for (option, shown) in [("-P", true), ("-q", false)] {
        let peer = Peer::tcp(|mut stream| {
            wire::upgrade(&mut stream);
            for (opcode, payload) in [(wire::PING, "one"), (wire::PONG, "two")] {
                let frame = wire::frame(wire::FIN | opcode, payload.as_bytes());
                stream.write_all(&frame).unwrap();
            }
            stream.write_all(&wire::close(1000, "")).unwrap();
            wire::read_until_close(&mut stream);
        });
        let run = sockeye([peer.url(), option, "-w", "inf"]).run();
        run.ends_with_status(0).prints("");
        assert_eq!(run.stderr == "< ping one\n< pong two\n", shown, "{run}");
    }
}
