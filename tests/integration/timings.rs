//! How long each phase of connecting took, and which one took too long.

use super::harness::{Authority, Peer, sockeye, wire};
use serde_json::Value;
use std::io::Read;
use std::net::TcpStream;
use tungstenite::Message;

/// The timings that `open` tells.
fn told(url: &str, arguments: &[&str]) -> Value {
    let run = sockeye([url, "--json"]).args(arguments).run();
    run.ends_with_status(0);
    let out = String::from_utf8_lossy(&run.stdout).into_owned();
    let open = out.lines().next().expect("an event");
    let open: Value = serde_json::from_str(open).expect("JSON");
    open["timings"].clone()
}

fn names(timings: &Value) -> Vec<&str> {
    let members = timings.as_object().expect("an object");
    assert!(members.values().all(|time| time.as_f64() >= Some(0.0)));
    members.keys().map(String::as_str).collect()
}

#[test]
fn open_tells_the_phases_that_there_were() {
    let timings = told("--echo", &[]);
    assert_eq!(names(&timings), ["tcp", "upgrade", "total"]);
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, |socket| {
        while !matches!(socket.read(), Ok(Message::Close(_)) | Err(_)) {}
        let _ = socket.flush();
    });
    let ca = authority.ca().display().to_string();
    let timings = told(peer.url(), &["--ca", &ca]);
    assert_eq!(names(&timings), ["dns", "tcp", "tls", "upgrade", "total"]);
    let of = |name: &str| timings[name].as_f64().expect("a number");
    assert!(of("total") >= of("dns") + of("tcp") + of("tls") + of("upgrade"));
}

#[test]
fn verbose_has_a_line_of_them() {
    let run = sockeye(["--echo", "-v", "-w", "0"]).run();
    run.ends_with_status(0)
        .says("* Timings: tcp ")
        .says(", upgrade ");
}

/// Says nothing until the client goes.
fn silent(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn a_server_that_never_answers_the_upgrade_is_named_as_that() {
    let peer = Peer::tcp(silent);
    let run = sockeye([peer.url(), "--connect-timeout", "3", "-1"]).run();
    run.ends_with_status(8).says_one_error();
    run.says("waiting for the answer to the upgrade request took longer than 3 s");
}

#[test]
fn a_port_that_never_answers_tls_is_named_with_the_scheme_that_may_be_right() {
    let peer = Peer::tcp(silent);
    let url = peer.url().replace("ws://", "wss://");
    let run = sockeye([&url, "--connect-timeout", "3", "-1"]).run();
    run.ends_with_status(8).says_one_error();
    run.says("the TLS handshake with 127.0.0.1 took longer than 3 s")
        .says("ws://");
}

#[test]
fn a_head_that_comes_too_slowly_is_bounded_too() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 101 Switching").unwrap();
        silent(stream);
    });
    let run = sockeye([peer.url(), "--connect-timeout", "3", "-1"]).run();
    run.ends_with_status(8).says_one_error();
}
