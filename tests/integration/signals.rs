//! SIGINT, SIGTERM and SIGHUP in pipes, one-shots and JSON mode: the connection is closed with 1000
//! and the status names the signal, a second signal ends the program at once, and one that was
//! ignored at the start stays ignored.

use super::harness::{PATIENCE, Peer, Running, Sockeye, sockeye, wire};
use rustix::process::Signal;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;

/// Each signal and the status it ends with.
const SIGNALS: [(Signal, i32); 3] = [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)];

/// A way to run the program until something ends it.
type FrontEnd = fn(&str) -> Sockeye;

/// Every front end but the interactive one.
const FRONT_ENDS: [(&str, FrontEnd); 3] = [
    ("pipe", |url| sockeye([url, "-w", "inf"])),
    ("one-shot", |url| sockeye([url, "-w", "inf", "-x", "hello"])),
    ("JSON", |url| sockeye([url, "--json"]).stdin_held()),
];

fn greet(stream: &mut TcpStream) {
    wire::upgrade(stream);
    let greeting = wire::frame(wire::FIN | wire::TEXT, b"greeting");
    stream.write_all(&greeting).unwrap();
}

/// Waits until the program has written the greeting.
fn is_greeted(running: &mut Running) {
    while !running.line().contains("greeting") {}
}

/// Sends a greeting, then waits for the close frame, which it answers; returns its code.
fn polite() -> Peer<Option<u16>> {
    Peer::tcp(|mut stream| {
        greet(&mut stream);
        let code = wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
        code
    })
}

#[test]
fn each_signal_closes_with_1000_and_is_the_status() {
    for (name, start) in FRONT_ENDS {
        for (signal, status) in SIGNALS {
            let peer = polite();
            let mut running = start(peer.url()).start();
            is_greeted(&mut running);
            running.signal(signal);
            let run = running.finish();
            run.ends_with_status(status);
            assert_eq!(run.stderr, "", "{name}");
            assert_eq!(peer.finish(), Some(1000), "{name}, {signal:?}");
        }
    }
}

#[test]
fn a_server_that_does_not_answer_the_close_does_not_hold_a_signal() {
    for (_, start) in FRONT_ENDS {
        let peer = Peer::tcp(|mut stream| {
            greet(&mut stream);
            let code = wire::read_until_close(&mut stream);
            let _ = stream.read_to_end(&mut Vec::new());
            code
        });
        let mut running = start(peer.url()).start();
        is_greeted(&mut running);
        running.signal(Signal::TERM);
        // The close handshake alone may take ten seconds.
        running.within(PATIENCE / 12).finish().ends_with_status(143);
        assert_eq!(peer.finish(), Some(1000));
    }
}

#[test]
fn a_second_signal_ends_at_once_and_is_the_status() {
    for (name, start) in FRONT_ENDS {
        let (closing, is_closing) = mpsc::channel();
        let peer = Peer::tcp(move |mut stream| {
            greet(&mut stream);
            wire::read_until_close(&mut stream);
            closing.send(()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let mut running = start(peer.url()).start();
        is_greeted(&mut running);
        running.signal(Signal::INT);
        is_closing.recv_timeout(PATIENCE).expect(name);
        running.signal(Signal::TERM);
        running.finish().ends_with_status(143);
    }
}

#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    // As `timeout` sends it: to the process, and to its group.
    let peer = polite();
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    is_greeted(&mut running);
    running.signal(Signal::TERM);
    running.signal(Signal::TERM);
    running.finish().ends_with_status(143);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn a_signal_ends_connecting() {
    for (_, start) in FRONT_ENDS {
        let (asked, is_asked) = mpsc::channel();
        let peer = Peer::tcp(move |mut stream| {
            wire::read_head(&mut stream);
            asked.send(()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let running = start(peer.url()).start();
        is_asked.recv_timeout(PATIENCE).expect("a request");
        running.signal(Signal::TERM);
        running.within(PATIENCE / 12).finish().ends_with_status(143);
        peer.finish();
    }
}

#[test]
fn a_signal_ends_the_wait_before_another_attempt() {
    // Bound and not listening: nobody else can have the port, and connections are refused.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket
        .bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())
        .unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let url = format!("ws://{address}/");
    for (_, start) in FRONT_ENDS {
        let retries = ["--retry", "inf", "--retry-delay", "600"];
        let running = start(&url).args(retries).start();
        running.wait_for("trying again");
        running.signal(Signal::HUP);
        running.finish().ends_with_status(129);
    }
}

#[test]
fn a_signal_ends_a_pipe_whose_reader_and_server_are_both_stuck() {
    let (stuck, is_stuck) = mpsc::channel();
    let peer = Peer::tcp(move |mut stream| {
        greet(&mut stream);
        // Nothing is read here, and more is sent than the program and its pipe hold.
        stream.set_write_timeout(Some(PATIENCE / 60)).unwrap();
        let frame = wire::frame(wire::FIN | wire::BINARY, &vec![0; 1 << 20]);
        while stream.write_all(&frame).is_ok() {}
        stuck.send(()).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut running = sockeye([peer.url(), "-w", "inf"])
        .stdin_from(|mut stdin| while stdin.write_all(&[b'\n'; 1 << 16]).is_ok() {})
        .start();
    is_greeted(&mut running);
    is_stuck.recv_timeout(PATIENCE).expect("a stuck server");
    running.signal(Signal::INT);
    running.within(PATIENCE / 12).finish().ends_with_status(130);
    peer.finish();
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    for (name, start) in FRONT_ENDS {
        let (sent, is_sent) = mpsc::channel();
        let peer = Peer::tcp(move |mut stream| {
            greet(&mut stream);
            is_sent.recv_timeout(PATIENCE).expect("the signals");
            let last = wire::frame(wire::FIN | wire::TEXT, b"still here");
            stream.write_all(&last).unwrap();
            stream.write_all(&wire::close(1000, "")).unwrap();
            wire::read_until_close(&mut stream)
        });
        let mut running = start(peer.url()).after("trap '' INT TERM HUP").start();
        is_greeted(&mut running);
        for (signal, _) in SIGNALS {
            running.signal(signal);
        }
        sent.send(()).unwrap();
        let run = running.end_input().finish();
        run.ends_with_status(0);
        let out = String::from_utf8_lossy(&run.stdout);
        assert!(out.contains("still here"), "{name}: {out}");
        assert_eq!(peer.finish(), Some(1000));
    }
}

#[test]
fn what_is_not_ignored_beside_it_still_ends_the_program() {
    let peer = polite();
    let running = sockeye([peer.url(), "-w", "inf"]).after("trap '' HUP");
    let mut running = running.start();
    is_greeted(&mut running);
    running.signal(Signal::HUP);
    running.signal(Signal::TERM);
    running.finish().ends_with_status(143);
    assert_eq!(peer.finish(), Some(1000));
}
