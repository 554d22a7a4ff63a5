//! Refusals and answers that are none: what they look like, and what to do about them. The words
//! of each piece of advice are tested beside it; here, that a user gets to see it.

use super::harness::{Peer, Port, Run, Terminal, sockeye, wire};
use std::io::{Read, Write};
use std::net::TcpStream;

/// A server that answers the opening handshake with these bytes.
fn answering(bytes: Vec<u8>) -> Peer {
    Peer::tcp(move |mut stream| {
        wire::read_head(&mut stream);
        stream.write_all(&bytes).unwrap();
    })
}

fn answered(bytes: impl Into<Vec<u8>>) -> Run {
    let peer = answering(bytes.into());
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(5).says_one_error().prints("");
    run
}

/// The line under everything else.
fn advice(run: &Run) -> &str {
    run.stderr.lines().last().unwrap_or_default()
}

/// A server that says this before it has heard anything, as many do.
fn greeting(bytes: &'static [u8]) -> Run {
    let peer = Peer::tcp(move |mut stream| {
        stream.write_all(bytes).unwrap();
        // A server that goes with something unread resets the connection.
        wire::read_head(&mut stream);
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(5).says_one_error().prints("");
    run
}

/// A valid answer but for what is changed about it.
fn switching(fields: impl Fn(&str) -> String + Send + 'static, arguments: &[&str]) -> Run {
    let peer = Peer::tcp(move |mut stream: TcpStream| {
        let head = wire::read_head(&mut stream);
        let fields = fields(&wire::accept_key(&head));
        let answer = format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        stream.write_all(&wire::close(1000, "")).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    sockeye([peer.url(), "-w", "inf"]).args(arguments).run()
}

fn valid(accept: &str) -> String {
    format!("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n")
}

#[test]
fn the_advice_stands_under_the_answer() {
    let run = answered(
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\
         Content-Length: 3\r\n\r\nno!",
    );
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines[0].starts_with("sockeye: the server refused the upgrade: 401"));
    assert!(lines[1].starts_with("HTTP 401"), "{run}");
    assert_eq!(lines[lines.len() - 2], "no!", "{run}");
    assert!(advice(&run).contains("-u NAME:PASSWORD"), "{run}");
}

#[test]
fn the_interactive_client_advises_too() {
    let peer = answering(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n".to_vec());
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("may want an origin: -o ORIGIN")
        .shows("closed>");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_server_cannot_steer_the_terminal_through_advice() {
    let run = answered("HTTP/1.1 302 Found\r\nLocation: /\u{9b}2J\r\nContent-Length: 0\r\n\r\n");
    assert!(advice(&run).contains("-L"), "{run}");
    assert!(!run.stderr.contains('\u{9b}'), "{run}");
}

#[test]
fn tls_on_a_plain_url_is_told_with_the_right_scheme() {
    // An alert: unexpected message.
    let run = answered(b"\x15\x03\x01\x00\x02\x02\x0a");
    run.says("it looks like TLS");
    assert!(advice(&run).contains("use wss:// for ws://"), "{run}");
    let run = answered(
        "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
    );
    assert!(advice(&run).contains("use wss:// for ws://"), "{run}");
}

#[test]
fn a_plain_answer_on_a_tls_url_is_told_with_the_right_scheme() {
    let peer = Peer::tcp(|mut stream| {
        // The record with the client's first words: type, version, length.
        let mut head = [0; 5];
        stream.read_exact(&mut head).unwrap();
        let length = u16::from_be_bytes([head[3], head[4]]);
        stream.read_exact(&mut vec![0; length.into()]).unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
    });
    let url = peer.url().replace("ws://", "wss://");
    let run = sockeye([&url, "-1"]).run();
    run.ends_with_status(4).says_one_error().says("ws://");
}

#[test]
fn another_protocol_is_named() {
    let table: [(&[u8], &str); 5] = [
        (b"\0\0\x12\x04\0\0\0\0\0", "HTTP/2"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "SSH"),
        (b"220 mail.example.org ESMTP\r\n", "SMTP"),
        (b"-ERR unknown command\r\n", "Redis"),
        (b"\x4a\0\0\0\x0a8.0.36\0", "MySQL"),
    ];
    for (bytes, name) in table {
        let run = greeting(bytes);
        run.says(&format!("it looks like {name}"));
        assert!(advice(&run).contains("port"), "{run}");
    }
}

#[test]
fn a_server_that_says_nothing_is_advised_about() {
    let run = answered("");
    run.says("without answering");
    assert!(advice(&run).contains("wss://"), "{run}");
}

#[test]
fn fields_that_a_proxy_has_stripped_are_told() {
    let without = |name: &'static str| {
        move |accept: &str| {
            let fields = valid(accept);
            let kept = fields.split_inclusive("\r\n");
            kept.filter(|field| !field.starts_with(name)).collect()
        }
    };
    for name in ["Upgrade", "Connection", "Sec-WebSocket-Accept"] {
        let run = switching(without(name), &[]);
        run.ends_with_status(5).says_one_error();
        run.says(&format!("no {name} header"));
        assert!(advice(&run).contains("proxy in between"), "{run}");
    }
}

#[test]
fn a_wrong_accept_points_to_a_cache() {
    let run = switching(|_| valid("dGhlIHNhbXBsZSBub25jZQ=="), &[]);
    run.ends_with_status(5).says_one_error();
    assert!(advice(&run).contains("cache"), "{run}");
}

#[test]
fn a_subprotocol_that_was_not_agreed_on_is_refused_unless_any_will_do() {
    let choosing = |chosen: &'static str| move |accept: &str| valid(accept) + chosen;
    for (chosen, words) in [
        ("", "none of the subprotocols offered (a, b)"),
        (
            "Sec-WebSocket-Protocol: c\r\n",
            "\"c\", which was not offered",
        ),
    ] {
        let run = switching(choosing(chosen), &["-s", "a,b"]);
        run.ends_with_status(5).says_one_error().says(words);
        assert!(advice(&run).contains("--any-subprotocol"), "{run}");
        let run = switching(choosing(chosen), &["-s", "a,b", "--any-subprotocol"]);
        run.ends_with_status(0);
    }
}

#[test]
fn an_extension_that_was_not_offered_is_refused() {
    let extended = |accept: &str| valid(accept) + "Sec-WebSocket-Extensions: x-other\r\n";
    let run = switching(extended, &[]);
    run.ends_with_status(5).says_one_error().says("x-other");
}

/// The advice of a run with these options against a server that answers so.
fn advice_with(answer: &str, options: &[&str]) -> String {
    let peer = answering(answer.as_bytes().to_vec());
    let run = sockeye([peer.url(), "-w", "inf"]).args(options).run();
    advice(run.ends_with_status(5)).to_owned()
}

#[test]
fn what_is_in_use_is_not_recommended() {
    let forbidden = "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n";
    let said = advice_with(forbidden, &[]);
    assert!(
        said.contains("-o ORIGIN") && said.contains("--bearer"),
        "{said}"
    );
    let said = advice_with(forbidden, &["-o", "https://page.example"]);
    assert!(
        !said.contains("-o ORIGIN") && said.contains("--bearer"),
        "{said}"
    );
    let said = advice_with(forbidden, &["-H", "X-Api-Key: x"]);
    assert!(
        said.contains("-o ORIGIN") && !said.contains("--bearer"),
        "{said}"
    );

    let missing = "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n";
    let said = advice_with(missing, &[]);
    assert!(
        said.contains("path") && said.contains("-o ORIGIN"),
        "{said}"
    );
    let said = advice_with(missing, &["-H", "Origin: https://page.example"]);
    assert_eq!(said, "is the path right?");

    let overloaded = "HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n";
    assert!(advice_with(overloaded, &[]).contains("--retry"));

    for (option, recommended) in [("-v", true), ("--no-compress", false)] {
        let fields = |accept: &str| valid(accept) + "Sec-WebSocket-Extensions: x\r\n";
        let run = switching(fields, &[option]);
        let advised = run
            .ends_with_status(5)
            .stderr
            .contains("--no-compress offers");
        assert_eq!(advised, recommended, "{run}");
    }
}

#[test]
fn retry_and_reconnect_are_recommended_to_who_does_not_use_them() {
    let port = Port::reserve();
    let url = port.url();
    sockeye([&*url, "-1"])
        .run()
        .ends_with_status(3)
        .says("--retry waits");
    let tried = sockeye([&*url, "-1", "--retry", "1", "--retry-delay", "0"]).run();
    tried.ends_with_status(3).does_not_say("--retry waits");
    for (option, recommended) in [("-v", true), ("--reconnect=0", false)] {
        let peer = Peer::tcp(|mut stream| {
            wire::upgrade(&mut stream);
            stream.write_all(&wire::close(1012, "")).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let run = sockeye([peer.url(), "-w", "inf", option]).run();
        let advised = run
            .ends_with_status(7)
            .stderr
            .contains("--reconnect connects");
        assert_eq!(advised, recommended, "{run}");
    }
}

#[test]
fn a_version_that_was_asked_for_is_not_what_is_wrong() {
    // So does a server in Go whose proxy has dropped Upgrade.
    for status in ["400 Bad Request", "426 Upgrade Required"] {
        let answer =
            format!("HTTP/1.1 {status}\r\nSec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n");
        let said = advice_with(&answer, &[]);
        assert!(
            said.contains("pass Upgrade") && !said.contains("-p "),
            "{said}"
        );
    }
}

#[test]
fn a_connection_that_is_dropped_may_be_about_the_subprotocol() {
    let dropped = |options: &[&str]| {
        let peer = Peer::tcp(|mut stream| _ = wire::read_head(&mut stream));
        let run = sockeye([peer.url(), "-w", "inf"]).args(options).run();
        advice(run.ends_with_status(5)).to_owned()
    };
    assert!(dropped(&[]).contains("want a subprotocol: -s NAME"));
    let said = dropped(&["-s", "chat"]);
    assert!(
        said.contains("not know the subprotocol that was offered"),
        "{said}"
    );
    assert!(!said.contains("-s NAME"), "{said}");
}
