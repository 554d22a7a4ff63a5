//! Dropping the last handle: what `send` has accepted arrives, and nothing blocks for ever.

use super::{deaf_until, impatient, next, opened, opened_with, patient};
use crate::harness::{PATIENCE, Peer, Task, channel, wait_or_kill, wire};
use sockeye::{Events, Options, WebSocket};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The URL of the server, for a child process.
const SERVER: &str = "SOCKEYE_TEST_SERVER";

/// What a server has got: the payload of all messages in bytes, and the code of the close frame.
type Got = (usize, Option<u16>);

/// Reads messages up to the close frame, with a pause after each.
fn read_slowly(mut stream: TcpStream, pause: Duration) -> Got {
    wire::upgrade(&mut stream);
    let mut bytes = 0;
    loop {
        let frame = wire::read_frame(&mut stream).expect("a close frame before the end");
        if frame.first == wire::FIN | wire::CLOSE {
            return (bytes, frame.close_code());
        }
        bytes += frame.payload.len();
        std::thread::sleep(pause);
    }
}

/// Runs this test in a process of its own, where [`SERVER`] is set.
fn run_in_child(test: &str, url: &str) {
    let program = std::env::current_exe().expect("the program of the tests");
    let mut child = Command::new(program)
        .args(["--exact", test])
        .env(SERVER, url)
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    let (status, hung) = wait_or_kill(&mut child, PATIENCE);
    assert!(status.success() && !hung, "{status}");
}

/// Sends messages, and drops what it has of the connection.
fn send_and_leave(url: &str, size: usize, count: usize) {
    let (socket, _events) = opened_with(url, patient());
    for _ in 0..count {
        socket.send(vec![0; size]).expect("open");
    }
}

#[test]
fn a_program_may_end_right_after_send() {
    if let Ok(url) = std::env::var(SERVER) {
        return send_and_leave(&url, 300_000, 1);
    }
    let peer = Peer::tcp(|stream| read_slowly(stream, Duration::ZERO));
    let test = "interface::dropping::a_program_may_end_right_after_send";
    run_in_child(test, peer.url());
    assert_eq!(peer.finish(), (300_000, None));
}

#[test]
fn a_program_may_end_right_after_send_though_the_server_is_slow() {
    if let Ok(url) = std::env::var(SERVER) {
        return send_and_leave(&url, 1_000_000, 30);
    }
    let peer = Peer::tcp(|stream| read_slowly(stream, Duration::from_millis(10)));
    let test = "interface::dropping::a_program_may_end_right_after_send_though_the_server_is_slow";
    run_in_child(test, peer.url());
    assert_eq!(peer.finish(), (30_000_000, None));
}

#[test]
fn a_connection_that_nobody_holds_any_more_is_closed() {
    let peer = Peer::tcp(|stream| read_slowly(stream, Duration::ZERO));
    drop(opened(&peer));
    // A close frame without a code.
    assert_eq!(peer.finish(), (0, None));
}

#[test]
fn a_server_that_reads_nothing_holds_up_a_drop_for_the_close_timeout() {
    let (tell, told) = channel();
    let peer = deaf_until(told);
    let (socket, events) = opened_with(peer.url(), impatient());
    socket.send(vec![0; 32 << 20]).expect("open");
    Task::spawn(move || drop((socket, events))).finish();
    tell.send(()).expect("it listens");
    peer.finish();
}

#[test]
fn a_server_that_answers_no_close_frame_holds_up_a_drop_for_a_moment() {
    let (tell, told) = channel();
    let peer = Peer::tcp(move |stream| {
        let kept = stream.try_clone().expect("another handle");
        let got = read_slowly(stream, Duration::ZERO);
        told.recv();
        drop(kept);
        got
    });
    let (socket, events) = opened_with(peer.url(), patient());
    socket.send("x").expect("open");
    Task::spawn(move || drop((socket, events))).finish();
    tell.send(()).expect("it waits");
    assert_eq!(peer.finish(), (1, None));
}

#[test]
fn dropping_a_connection_that_is_being_opened_ends_it_at_once() {
    for has_pongs in [true, false] {
        let (ask, is_asked) = channel();
        let peer = Peer::tcp(move |mut stream| {
            wire::read_head(&mut stream);
            ask.send(()).expect("somebody waits");
            stream.read_to_end(&mut Vec::new()).is_ok()
        });
        let options = Options {
            connect_timeout: 10 * PATIENCE,
            ..patient()
        };
        let connection = WebSocket::builder(peer.url()).options(options).connect();
        let (socket, events) = connection.expect("a good URL");
        socket.set_pongs(has_pongs);
        is_asked.recv();
        Task::spawn(move || drop((socket, events))).finish();
        assert!(peer.finish(), "the server sees the end");
    }
}

#[test]
fn a_clone_keeps_the_connection_and_so_do_its_events() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, mut events) = opened(&peer);
    let clone = socket.clone();
    drop(socket);
    clone.send("x").expect("open");
    drop(clone);
    assert!(events.try_recv().is_err(), "nothing has happened");
    drop(events);
    peer.finish();
}

#[test]
fn the_last_handle_may_be_dropped_on_the_thread_that_drives_the_connection() {
    let (tell, told) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        told.recv();
        let message = wire::frame(wire::FIN | wire::TEXT, b"go");
        stream.write_all(&message).expect("written");
        wire::read_until_close(&mut stream)
    });
    let handles: Arc<Mutex<Option<(WebSocket, Events)>>> = Arc::default();
    let (dropped, is_dropped) = channel();
    let (socket, events) = opened_with(peer.url(), patient());
    let slot = Arc::clone(&handles);
    events.on_wake(move || {
        let taken = slot.lock().expect("not poisoned").take();
        if taken.is_some() {
            drop(taken);
            dropped.send(()).expect("somebody waits");
        }
    });
    *handles.lock().expect("not poisoned") = Some((socket, events));
    tell.send(()).expect("it waits");
    is_dropped.recv();
    assert_eq!(peer.finish(), None);
}

#[test]
fn events_go_on_when_every_other_handle_is_dropped() {
    let peer = Peer::websocket(|socket| {
        socket.send("one".into()).expect("sent");
        socket.close(None).expect("closed");
        while socket.read().is_ok() {}
    });
    let (socket, mut events) = opened(&peer);
    drop(socket);
    assert_eq!(next(&mut events), "message one while OPEN");
    assert_eq!(next(&mut events), "state CLOSING");
}
