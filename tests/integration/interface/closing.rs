//! Every wait has one deadline, which no peer extends, whether or not anybody takes the events.

use super::{failed, impatient, in_time, next, opened, opened_with, patient, rest};
use crate::harness::{PATIENCE, Peer, Server, Task, channel, wire};
use sockeye::{Options, ReadyState, WebSocket};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// A point in time that passes while a test waits for it.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(50)
}

#[test]
fn the_state_changes_although_nobody_takes_the_events() {
    let peer = Peer::websocket(|socket| socket.close(None).and_then(|()| socket.flush()));
    let (socket, mut events) = opened(&peer);
    let deadline = Instant::now() + PATIENCE;
    assert!(socket.close_and_wait(deadline), "the server has closed");
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    let seen = rest(&mut events);
    assert_eq!(seen[seen.len() - 2], "state CLOSED");
    drop(peer.finish());
}

#[test]
fn a_connection_that_is_closed_ends_in_time_although_nobody_takes_its_events() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let message = wire::frame(wire::FIN | wire::BINARY, &[0; 1 << 16]);
        // Until the client has gone.
        while stream.write_all(&message).is_ok() {}
    });
    let opened = WebSocket::builder(peer.url())
        .protocols(&[])
        .options(impatient())
        .connect();
    let (socket, mut events) = opened.expect("a good URL");
    assert_eq!(next(&mut events), "state OPEN");
    socket.close(None, "").expect("open");
    peer.finish();
    let seen = rest(&mut events);
    let end = ["error TimedOut", "state CLOSED", "close 1006 \"\" false"];
    assert_eq!(seen[seen.len() - 3..], end);
}

#[test]
fn a_slow_listener_gets_all_that_came_and_a_clean_close_from_a_server_in_time() {
    const COUNT: usize = 70;
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let message = wire::frame(wire::FIN | wire::BINARY, &[0; 1 << 16]);
        for _ in 0..COUNT {
            stream.write_all(&message).expect("there is room for this");
        }
        let code = wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).expect("there");
        // The client goes when its time is up, though it has not listened.
        let _ = stream.read_to_end(&mut Vec::new());
        code
    });
    let opened = WebSocket::builder(peer.url())
        .protocols(&[])
        .options(impatient())
        .connect();
    let (socket, mut events) = opened.expect("a good URL");
    assert_eq!(next(&mut events), "state OPEN");
    socket.close(Some(1000), "").expect("open");
    assert_eq!(peer.finish(), Some(1000));
    let seen = rest(&mut events);
    assert_eq!(seen.last().expect("an end"), "close 1000 \"\" true");
    let messages = seen.iter().filter(|event| event.starts_with("message"));
    assert_eq!(messages.count(), COUNT);
}

#[test]
fn connecting_takes_no_longer_than_its_budget() {
    let (held, told) = channel::<()>();
    let peer = Peer::tcp(move |_stream| told.recv_timeout(PATIENCE).is_ok());
    let options = Options {
        connect_timeout: std::time::Duration::from_millis(50),
        ..Options::default()
    };
    let (_socket, mut events) = WebSocket::builder(peer.url())
        .protocols(&[])
        .options(options)
        .connect()
        .expect("a good URL");
    assert_eq!(
        rest(&mut events),
        ["error TimedOut", "state CLOSED", "close 1006 \"\" false"]
    );
    drop(held);
}

/// A server that answers the upgrade, reads everything, and keeps the connection for as long as
/// the sender of what it returns is held.
fn silent() -> (Peer<()>, Sender<()>) {
    let (hold, held) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let mut other = stream.try_clone().expect("another handle");
        Task::spawn(move || other.read_to_end(&mut Vec::new()));
        let _ = held.recv_timeout(PATIENCE);
        stream.shutdown(Shutdown::Both).expect("still open");
    });
    (peer, hold)
}

#[test]
fn an_echo_server_whose_answers_nobody_takes_does_not_hold_up_the_end() {
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), impatient());
    let message = vec![0; 1 << 20];
    for _ in 0..64 {
        socket.send(&message[..]).expect("open");
    }
    socket.close(None, "").expect("open");
    assert!(
        in_time(|until| socket.close_and_wait(until)),
        "it ends in time"
    );
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    let seen = rest(&mut events);
    assert_eq!(seen[seen.len() - 3..], failed("TimedOut"));
}

#[test]
fn an_echo_server_gets_everything_before_the_close_frame_if_the_answers_are_taken() {
    const COUNT: usize = 64;
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), patient());
    let message = vec![0; 1 << 20];
    for _ in 0..COUNT {
        socket.send(&message[..]).expect("open");
    }
    socket.close(Some(1000), "").expect("open");
    let seen = rest(&mut events);
    let messages = seen.iter().filter(|event| event.starts_with("message"));
    assert_eq!(messages.count(), COUNT);
    assert_eq!(seen.last().expect("an end"), "close 1000 \"\" true");
}

#[test]
fn a_server_that_keeps_sending_does_not_extend_the_close_timeout() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        while stream
            .write_all(&wire::frame(wire::FIN | wire::TEXT, b"x"))
            .is_ok()
        {}
    });
    let (socket, mut events) = opened_with(peer.url(), impatient());
    socket.close(None, "").expect("open");
    let seen = rest(&mut events);
    assert_eq!(seen[seen.len() - 3..], failed("TimedOut"));
    peer.finish();
}

#[test]
fn close_and_wait_says_whether_the_connection_has_ended() {
    let (peer, hold) = silent();
    let (socket, mut events) = opened_with(peer.url(), patient());
    assert!(!socket.close_and_wait(soon()), "the server does not answer");
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    drop(hold);
    assert!(
        in_time(|until| socket.close_and_wait(until)),
        "the server has gone"
    );
    assert!(socket.close_and_wait(Instant::now()), "no wait is needed");
    assert_eq!(socket.close_code(), Some(1000));
    rest(&mut events);
    peer.finish();
}

#[test]
fn close_and_wait_ends_connecting() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let (socket, mut events) = WebSocket::new(peer.url(), &[]).expect("a good URL");
    assert!(in_time(|until| socket.close_and_wait(until)));
    assert_eq!(rest(&mut events), failed("Aborted"));
}

#[test]
fn flush_says_whether_the_network_has_everything() {
    let (tell, told) = channel();
    let peer = super::deaf_until(told);
    let (socket, _events) = opened_with(peer.url(), patient());
    assert!(socket.flush(Instant::now()), "nothing is to be sent");
    socket.send(vec![0; 32 << 20]).expect("open");
    assert!(!socket.flush(soon()), "the server reads nothing");
    tell.send(()).expect("it listens");
    assert!(
        in_time(|until| socket.flush(until)),
        "the server reads everything"
    );
    socket.abort();
    assert!(peer.finish() > 32 << 20);
}

#[test]
fn flush_ends_when_the_connection_does() {
    let (tell, told) = channel();
    let peer = super::deaf_until(told);
    let (socket, _events) = opened_with(peer.url(), patient());
    socket.send(vec![0; 32 << 20]).expect("open");
    let other = socket.clone();
    let flushing = Task::spawn(move || in_time(|until| other.flush(until)));
    socket.abort();
    assert!(!flushing.finish(), "it will never be sent");
    tell.send(()).expect("it listens");
    peer.finish();
}
