//! What the line of `CLOSED` says when no close frame came: why, as far as it is true.

use super::patient::silent;
use crate::harness::{Peer, Port, Terminal, wire};
use std::io::{Read, Write};

/// The terminal shows this line of `CLOSED`, and nothing of a lost connection.
fn shows(mut terminal: Terminal, line: &str) {
    terminal.shows(line);
    let transcript = String::from_utf8_lossy(&terminal.transcript()).into_owned();
    assert!(!transcript.contains("lost"), "{transcript}");
    assert!(!transcript.contains("not clean"), "{transcript}");
}

fn start(url: &str) -> Terminal {
    Terminal::start(&[url, "--no-color"])
}

#[test]
fn a_connection_that_was_refused_or_never_found_was_never_open() {
    let port = Port::reserve();
    for url in [&*port.url(), "ws://does-not-exist.invalid/"] {
        shows(start(url), "CLOSED 1006 (never open), after ");
    }
}

#[test]
fn a_connection_that_the_server_refused_to_upgrade_was_never_open() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let answer = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    shows(start(peer.url()), "CLOSED 1006 (never open), after ");
}

#[test]
fn a_connection_that_the_user_canceled_was_never_open() {
    let (peer, _done) = silent();
    let mut terminal = start(peer.url());
    terminal.shows("CONNECTING").enters("/close");
    shows(terminal, "CLOSED 1006 (never open: canceled), after ");
}

#[test]
fn a_connection_that_failed_says_by_what() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut terminal = start(peer.url());
    terminal.shows("error: text came where a frame should begin");
    terminal.shows("CLOSED 1006 (protocol error), not clean, after ");
    terminal.enters("/quit").ends_with_status(0);

    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color", "--close-timeout", "0.2"]);
    terminal.shows("OPEN").enters("/close");
    terminal.shows("CLOSED 1006 (no close frame in time), not clean, after ");
    terminal.enters("/quit").ends_with_status(0);
}
