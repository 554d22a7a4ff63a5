//! What waits in memory is bounded in bytes and in number.

use super::{deaf_until, in_time, name, opened, opened_with, patient, rest};
use crate::harness::{PATIENCE, Peer, channel, wire};
use sockeye::{ExceptionName, Options, ReadyState};
use std::io::Write;
use std::time::Duration;

#[test]
fn a_listener_that_takes_nothing_slows_the_server_and_loses_nothing() {
    const MESSAGES: usize = 4_000;
    let (stuck, is_stuck) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream
            .set_write_timeout(Some(std::time::Duration::from_millis(500)))
            .expect("a bound");
        let bytes = wire::frame(0x82, &[7; 16 << 10]).repeat(MESSAGES);
        let mut written = 0;
        // A write that times out says that the client has stopped reading.
        while let Ok(count) = stream.write(&bytes[written..]) {
            written += count;
            assert!(written < bytes.len(), "the client has read 64 MiB ahead");
        }
        stuck.send(()).expect("somebody waits");
        stream.set_write_timeout(Some(PATIENCE)).expect("a bound");
        stream.write_all(&bytes[written..]).expect("written");
        stream.write_all(&wire::close(1000, "")).expect("written");
        wire::read_until_close(&mut stream);
    });
    let (_socket, mut events) = opened(&peer);
    is_stuck.recv();
    let all = rest(&mut events);
    let messages = all.iter().filter(|event| event.starts_with("message"));
    assert_eq!(messages.count(), MESSAGES);
    assert_eq!(all.last().map(String::as_str), Some("close 1000 \"\" true"));
}

/// Has a server send this frame again and again until the client reads no more, and returns how
/// many bytes the client has read.
fn read_ahead(frame: Vec<u8>) -> u64 {
    let (stuck, is_stuck) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream
            .set_write_timeout(Some(Duration::from_millis(500)))
            .expect("a bound");
        let frames = frame.repeat((1 << 20) / frame.len());
        // Operating systems hold a few of them.
        let is_read = (0..64).all(|_| stream.write_all(&frames).is_ok());
        stuck.send(!is_read).expect("somebody waits");
    });
    let (socket, _events) = opened(&peer);
    let is_stuck = is_stuck.recv();
    assert!(is_stuck, "the client has read 64 MiB ahead");
    let read = socket.statistics().wire_bytes_received;
    socket.abort();
    peer.finish();
    read
}

#[test]
fn a_flood_of_empty_messages_is_not_read_ahead() {
    let empty = wire::frame(wire::FIN | wire::TEXT, b"");
    let read = read_ahead(empty);
    assert!(read < 1 << 20, "{read} bytes");
}

#[test]
fn a_flood_of_pings_and_pongs_is_not_read_ahead() {
    for opcode in [wire::PING, wire::PONG] {
        let read = read_ahead(wire::frame(wire::FIN | opcode, b""));
        assert!(read < 1 << 20, "{read} bytes");
    }
}

#[test]
fn more_bytes_than_may_wait_are_refused_and_counted_nowhere() {
    let (tell, told) = channel();
    let peer = deaf_until(told);
    let options = Options {
        max_buffered_amount: 1000,
        ..patient()
    };
    let (socket, _events) = opened_with(peer.url(), options);
    // A message is taken however large it is when nothing else waits.
    socket.send(vec![0; 32 << 20]).expect("alone");
    let buffered = socket.buffered_amount();
    assert!(buffered > 1000, "{buffered}");
    assert_eq!(
        name(socket.send("x")),
        Some(ExceptionName::QuotaExceededError)
    );
    assert_eq!(socket.ready_state(), ReadyState::Open);
    assert_eq!(socket.statistics().messages_queued, 1);
    assert!(socket.buffered_amount() <= buffered);

    tell.send(()).expect("it listens");
    assert!(in_time(|until| socket.wait_for_room(
        500,
        u64::MAX,
        Some(until)
    )));
    socket.send("x").expect("there is room");
    assert!(in_time(|until| socket.flush(until)));
    socket.abort();
    peer.finish();
}

#[test]
fn more_messages_than_may_wait_are_refused_though_they_are_empty() {
    let (tell, told) = channel();
    let peer = deaf_until(told);
    let options = Options {
        max_buffered_messages: 3,
        ..patient()
    };
    let (socket, _events) = opened_with(peer.url(), options);
    socket.send(vec![0; 32 << 20]).expect("alone");
    socket.send("").expect("the second");
    socket.send("").expect("the third");
    assert_eq!(
        name(socket.send("")),
        Some(ExceptionName::QuotaExceededError)
    );
    assert_eq!(socket.statistics().messages_queued, 3);

    tell.send(()).expect("it listens");
    assert!(in_time(|until| socket.wait_for_room(
        u64::MAX,
        2,
        Some(until)
    )));
    socket.send("").expect("there is room");
    assert!(in_time(|until| socket.flush(until)));
    assert_eq!(socket.statistics().messages_sent, 4);
    socket.abort();
    peer.finish();
}

#[test]
fn send_refuses_when_nobody_can_receive_any_more() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, events) = opened(&peer);
    drop(events);
    for _ in 0..200_000 {
        let refused = name(socket.send("x"));
        assert_eq!(refused, Some(ExceptionName::InvalidStateError));
    }
    assert_eq!(socket.buffered_amount(), 0);
    assert_eq!(socket.statistics().messages_queued, 0);
    assert!(
        in_time(|until| socket.close_and_wait(until)),
        "closing is possible"
    );
}

#[test]
fn what_comes_when_nobody_can_receive_holds_nothing_up() {
    const MESSAGES: usize = 1024;
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let message = wire::frame(wire::FIN | wire::BINARY, &[0; 64 << 10]);
        for _ in 0..MESSAGES {
            stream.write_all(&message).expect("it is read");
        }
        stream.write_all(&wire::close(1000, "")).expect("written");
        wire::read_until_close(&mut stream)
    });
    let (socket, events) = opened(&peer);
    drop(events);
    assert_eq!(peer.finish(), Some(1000));
    assert!(in_time(|until| socket.close_and_wait(until)));
    assert_eq!(socket.statistics().messages_received, MESSAGES as u64);
}
