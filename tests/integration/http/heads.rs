//! Answers as servers write them, right and wrong: heads, extension fields, bodies, and how long
//! any of them may take.

use super::super::harness::{PATIENCE, Peer, Run, sockeye, wire};
use serde_json::{Value, json};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The fields of a valid answer.
fn valid(accept: &str) -> String {
    format!("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n")
}

/// A server whose answer is made from the right `Sec-WebSocket-Accept`, and that closes at once.
fn answering(answer: impl Fn(&str) -> String + Send + 'static) -> Peer {
    Peer::tcp(move |mut stream| {
        let head = wire::read_head(&mut stream);
        let answer = answer(&wire::accept_key(&head));
        // A client that has seen enough does not wait for the rest.
        let _ = stream.write_all(answer.as_bytes());
        let _ = stream.write_all(&wire::close(1000, ""));
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

fn answered(answer: impl Fn(&str) -> String + Send + 'static, arguments: &[&str]) -> Run {
    let peer = answering(answer);
    sockeye([peer.url(), "-w", "inf"]).args(arguments).run()
}

/// The run with more fields in a valid answer.
fn with_fields(fields: impl Into<String>) -> Run {
    let fields = fields.into();
    let answer = move |key: &str| format!("HTTP/1.1 101 Switching\r\n{}{fields}\r\n", valid(key));
    answered(answer, &["-v"])
}

#[test]
fn a_folded_line_is_read_as_one() {
    let run = with_fields("X-Folded: one,\r\n\ttwo\r\nX-Last: 3\r\n");
    run.ends_with_status(0).says("X-Folded: one, two\n");
    let folded = |key: &str| {
        let fields = valid(key).replace("Accept: ", "Accept:\r\n ");
        format!("HTTP/1.1 101 x\r\n{fields}\r\n")
    };
    answered(folded, &[]).ends_with_status(0);
}

#[test]
fn heads_are_read_as_leniently_as_user_agents_may() {
    for (line, end) in [
        ("HTTP/1.2 101 Switching", "\r\n"),
        ("HTTP/1.9 101 Switching", "\r\n"),
        ("HTTP/1.1 101", "\r\n"),
        ("HTTP/1.1 101 ", "\r\n"),
        ("\r\nHTTP/1.1 101 Switching", "\r\n"),
        ("HTTP/1.1 101 Switching", "\n"),
        ("HTTP/1.1 101 Umgeschaltet \u{fc}", "\r\n"),
    ] {
        let answer = move |key: &str| {
            let fields = valid(key).replace(": ", ":\t  ") + "X-Text: \u{fc} \t\r\n";
            format!("{line}\r\n{fields}\r\n").replace("\r\n", end)
        };
        answered(answer, &[]).ends_with_status(0);
    }
    let http_1_0 = |key: &str| format!("HTTP/1.0 101 x\r\n{}\r\n", valid(key));
    answered(http_1_0, &[]).ends_with_status(5).says("HTTP/1.0");
}

#[test]
fn heads_may_be_as_long_as_in_browsers() {
    with_fields(format!("X: {}\r\n", "x".repeat(250_000))).ends_with_status(0);
    with_fields("X: 1\r\n".repeat(990)).ends_with_status(0);
}

#[test]
fn a_head_beyond_the_limits_is_refused_with_the_limit() {
    let run = with_fields(format!("X: {}\r\n", "x".repeat(300_000)));
    run.ends_with_status(5).says_one_error().says("256 KiB");
    let run = with_fields("X: 1\r\n".repeat(1000));
    run.ends_with_status(5).says_one_error();
    run.says("more than 1000 header fields");
}

#[test]
fn a_line_that_cannot_be_read_is_shown_with_its_number_and_the_reason() {
    for (line, said) in [
        (
            "no colon here",
            "line 5 of its head has no colon: `no colon here`",
        ),
        (
            "Server : x",
            "line 5 of its head has a space before its colon: `Server : x`",
        ),
        (
            "X: a\x1b[2Jb",
            r"line 5 of its head has the control character \x1b in it: `X: a\u{1b}[2Jb`",
        ),
        (
            "X(y): z",
            "line 5 of its head has '(' in its name: `X(y): z`",
        ),
    ] {
        let run = with_fields(format!("{line}\r\n"));
        run.ends_with_status(5).says_one_error().says(said);
    }
    let run = answered(|_| "HTTP/1.1 OK\r\n\r\n".to_owned(), &[]);
    run.ends_with_status(5)
        .says("line 1 of its head is no status line");
    run.says("`HTTP/1.1 OK`");
}

#[test]
fn a_line_that_cannot_be_read_is_cut_and_shows_no_secret() {
    let run = with_fields(format!("{}\r\n", "x".repeat(50_000)));
    run.ends_with_status(5).says("xxx…`");
    assert!(run.stderr.len() < 4000, "{run}");
    let run = with_fields("Set-Cookie : id=hunter2\r\n");
    run.ends_with_status(5).says("`Set-Cookie : [hidden]`");
    run.does_not_say("hunter2");
}

#[test]
fn the_bytes_of_a_line_that_cannot_be_read_are_evidence() {
    let broken = |_: &str| "HTTP/1.1 101 x\r\nServer : y\r\n\r\n".to_owned();
    let run = answered(broken, &["-vv"]);
    run.ends_with_status(5).says("of the head, wrong at 22:");
    run.says("53 65 72 76 65 72 20 3a");
    let peer = answering(broken);
    let run = sockeye([peer.url(), "--json"]).run();
    run.ends_with_status(5);
    let error = json_line(&run, "error");
    let expected = json!({"part": "head", "offset": 22, "start": 16, "data": "Server : y"});
    assert_eq!(error["evidence"], expected, "{run}");
}

#[test]
fn the_bytes_of_what_is_not_http_are_evidence_from_servers_and_proxies() {
    let saying = |answer: &'static str| {
        Peer::tcp(move |mut stream| {
            wire::read_head(&mut stream);
            stream.write_all(answer.as_bytes()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        })
    };
    let run = sockeye([saying("+PONG\r\n").url(), "--json"]).run();
    let error = json_line(&run, "error");
    let expected = json!({"part": "head", "offset": 0, "start": 0, "data": "+PONG\r\n"});
    assert_eq!(error["evidence"], expected, "{run}");
    let proxy = saying("HTTP/1.1 200 OK\r\nno colon\r\n\r\n");
    let address = format!("127.0.0.1:{}", proxy.port());
    let run = sockeye(["ws://server.invalid", "--proxy", &address, "--json"]).run();
    let error = json_line(&run, "error");
    assert_eq!(error["evidence"]["data"], "no colon", "{run}");
}

/// The first line of this type in the output of `--json`.
#[track_caller]
fn json_line(run: &Run, kind: &str) -> Value {
    let lines = String::from_utf8_lossy(&run.stdout).into_owned();
    let mut lines = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let found = lines.find(|line: &Value| line["type"] == kind);
    found.unwrap_or_else(|| panic!("no line of type {kind}\n{run}"))
}

#[test]
fn a_malformed_field_of_extensions_fails_the_connection() {
    const NAME: &str = "Sec-WebSocket-Extensions";
    for fields in [
        format!("{NAME}:\r\n"),
        format!("{NAME}: ,\r\n"),
        format!("{NAME}: permessage-deflate;\r\n"),
        format!("{NAME}: permessage-deflate\r\n{NAME}: \r\n"),
        format!("{NAME}: permessage-deflate; ; server_no_context_takeover\r\n"),
    ] {
        let run = with_fields(&*fields);
        run.ends_with_status(5).says_one_error().says(NAME);
    }
    // RFC 2616 §2.1: empty elements do not count.
    let run = with_fields(format!("{NAME}: , permessage-deflate,\r\n"));
    run.ends_with_status(0);
}

/// A refusal that goes on as long as the client stays: `more` writes the next piece.
fn endless(
    head: &'static str,
    mut more: impl FnMut(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> Peer {
    Peer::tcp(move |mut stream| {
        wire::read_head(&mut stream);
        stream.write_all(head.as_bytes()).unwrap();
        while more(&mut stream).is_ok() {}
    })
}

/// Writes a byte, then takes its time.
fn drip(byte: &'static [u8]) -> impl FnMut(&mut TcpStream) -> std::io::Result<()> {
    move |stream| {
        thread::sleep(Duration::from_millis(50));
        stream.write_all(byte)
    }
}

const CHUNKED: &str = "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n";

#[test]
fn chunks_of_one_byte_with_long_extensions_end_within_the_time_for_connecting() {
    let chunk = format!("1;{}\r\nx\r\n", "e".repeat(4000));
    let server = endless(CHUNKED, move |stream| stream.write_all(chunk.as_bytes()));
    let run = sockeye([server.url(), "--connect-timeout", "2", "-1"]).run();
    run.ends_with_status(5).says_one_error().says("503 Busy");
}

#[test]
fn the_body_of_a_refusal_gets_no_more_time_because_it_keeps_coming() {
    for (head, byte) in [
        (CHUNKED, &b"1\r\nx\r\n"[..]),
        ("HTTP/1.1 503 Busy\r\n\r\n", b"x"),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 9999\r\n\r\n", b"x"),
    ] {
        let server = endless(head, drip(byte));
        let run = sockeye([server.url(), "--connect-timeout", "1", "-1"]).run();
        run.ends_with_status(5).says_one_error().says("503 Busy");
    }
}

#[test]
fn a_head_gets_no_more_time_because_it_keeps_coming() {
    for (head, piece) in [
        ("HTTP/1.1 101 ", &b"x"[..]),
        ("HTTP/1.1 101 x\r\n", b"X: y\r\n"),
        ("HTTP/1.1 103 x\r\n", b"X: y\r\n"),
    ] {
        let server = endless(head, drip(piece));
        let run = sockeye([server.url(), "--connect-timeout", "1", "-1"]).run();
        run.ends_with_status(8).says_one_error();
        run.says("waiting for the answer to the upgrade request took longer than 1 s");
    }
}

#[test]
fn the_answer_of_a_proxy_gets_no_more_time_because_it_keeps_coming() {
    for (head, piece, status) in [
        (CHUNKED, &b"1\r\nx\r\n"[..], 3),
        ("HTTP/1.1 503 Busy\r\n\r\n", b"x", 3),
        ("HTTP/1.1 200 ", b"x", 8),
    ] {
        let proxy = endless(head, drip(piece));
        let address = format!("127.0.0.1:{}", proxy.port());
        let line = ["ws://server.invalid", "--proxy", &address];
        let run = sockeye(line).args(["--connect-timeout", "1", "-1"]).run();
        run.ends_with_status(status).says_one_error();
    }
    let chunk = format!("1;{}\r\nx\r\n", "e".repeat(4000));
    let proxy = endless(CHUNKED, move |stream| stream.write_all(chunk.as_bytes()));
    let address = format!("127.0.0.1:{}", proxy.port());
    let line = ["ws://server.invalid", "--proxy", &address];
    let run = sockeye(line).args(["--connect-timeout", "2", "-1"]).run();
    run.ends_with_status(3).says_one_error().says("503 Busy");
}

#[test]
fn a_connection_that_is_reset_within_the_body_of_a_refusal_is_a_refusal() {
    let (seen, has_seen) = mpsc::channel();
    let server = Peer::tcp(move |mut stream| {
        wire::read_head(&mut stream);
        let head = b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nonly";
        stream.write_all(head).unwrap();
        // A reset takes away what has not been read.
        has_seen.recv_timeout(PATIENCE).unwrap();
        let linger = Some(Duration::ZERO);
        SockRef::from(&stream).set_linger(linger).unwrap();
    });
    let running = sockeye([server.url(), "-v", "-1"]).start();
    running.wait_for("< HTTP/1.1 403 No");
    seen.send(()).unwrap();
    let run = running.finish();
    run.ends_with_status(5)
        .says_one_error()
        .says("upgrade: 403 No");
}
