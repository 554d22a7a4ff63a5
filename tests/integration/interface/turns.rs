//! A receiver that would block runs the event loop itself, as long as messages are few. The
//! connection must go on whoever runs it, and also when nobody receives.

use super::{connecting, next, opened, patience, patient};
use crate::harness::{Peer, Task, channel, wire};
use sockeye::{Events, Options, Trace, WebSocket};
use std::io::Write;
use std::net::TcpStream;

/// Enough echoes for the receiver to run the event loop.
const ECHOES: usize = 50;

const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// A server that echoes a few messages and then does something else.
fn peer<T: Send + 'static>(then: impl FnOnce(&mut TcpStream) -> T + Send + 'static) -> Peer<T> {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        for _ in 0..ECHOES {
            wire::read_frame(&mut stream).expect("a message");
            let echo = wire::frame(wire::FIN | wire::TEXT, b"x");
            stream.write_all(&echo).expect("there");
        }
        then(&mut stream)
    })
}

/// Opens a connection whose receiver runs the event loop.
fn echoed<T: Send + 'static>(peer: &Peer<T>) -> (WebSocket, Events) {
    let (socket, mut events) = opened(peer);
    for _ in 0..ECHOES {
        socket.send("x").expect("open");
        assert_eq!(next(&mut events), "message x while OPEN");
    }
    (socket, events)
}

#[test]
fn a_ping_is_answered_while_nobody_receives() {
    let peer = peer(|stream| {
        for _ in 0..3 {
            stream.write_all(&wire::frame(PING, b"p")).expect("there");
            let pong = wire::read_frame(stream).expect("a pong");
            assert_eq!(pong.first, PONG);
        }
    });
    let (_socket, _events) = echoed(&peer);
    peer.finish();
}

#[test]
fn what_is_sent_while_nobody_receives_arrives() {
    const BURST: usize = 1_000;
    let peer = peer(|stream| {
        for _ in 0..=BURST {
            wire::read_frame(stream).expect("a message");
        }
    });
    let (socket, _events) = echoed(&peer);
    let sender = socket.clone();
    Task::spawn(move || sender.send("alone").expect("open")).finish();
    for _ in 0..BURST {
        socket.send("one of many").expect("open");
    }
    peer.finish();
}

#[test]
fn more_than_the_network_takes_is_sent_while_nobody_receives() {
    const SIZE: usize = 16 << 20;
    let peer = peer(|stream| wire::read_frame(stream).map(|frame| frame.payload.len()));
    let (socket, _events) = echoed(&peer);
    socket.send(vec![0; SIZE]).expect("open");
    assert_eq!(peer.finish(), Some(SIZE));
}

#[test]
fn a_receiver_is_woken_by_what_other_threads_do() {
    for round in 0..50 {
        let peer = peer(|stream| {
            while let Some(frame) = wire::read_frame(stream) {
                if frame.first == wire::FIN | wire::CLOSE {
                    return stream.write_all(&wire::close(1001, "")).expect("there");
                }
            }
        });
        let (socket, mut events) = echoed(&peer);
        let other = Task::spawn(move || {
            if round % 2 == 0 {
                socket.abort();
            } else {
                assert!(!socket.flush(patience()) || socket.buffered_amount() == 0);
                socket.force_close(Some(1001), "").expect("a right code");
            }
        });
        // No deadline: the end is what wakes it.
        let end = Task::spawn(move || events.by_ref().last());
        other.finish();
        assert!(end.finish().is_some(), "the close event");
        drop(peer);
    }
}

#[test]
fn a_receiver_gets_what_other_threads_cause_while_the_server_is_silent() {
    const ROUNDS: usize = 500;
    let peer = peer(|stream| while wire::read_frame(stream).is_some() {});
    let options = Options {
        trace: Trace::Frames,
        ..patient()
    };
    let (socket, mut events) = connecting(peer.url(), options);
    while next(&mut events) != "open" {}
    for _ in 0..ECHOES {
        socket.send("x").expect("open");
        while next(&mut events) != "message x while OPEN" {}
    }
    let (arrived, arrival) = channel();
    let receiver = Task::spawn(move || {
        for _ in 0..ROUNDS {
            arrived.send(next(&mut events)).expect("kept");
        }
        events
    });
    for _ in 0..ROUNDS {
        socket.send("late").expect("open");
        // The frame is an event. The receiver waits for the next one before it is sent.
        let event = arrival.recv();
        assert!(event.contains("Sent"), "{event}");
    }
    socket.abort();
    drop(receiver.finish());
}

#[test]
fn much_that_arrives_and_little_after_it_is_all_received() {
    const MANY: usize = 300;
    let peer = peer(|stream| {
        let large = wire::frame(wire::FIN | wire::BINARY, &[7; 1 << 16]);
        for _ in 0..MANY {
            stream.write_all(&large).expect("there");
        }
        for _ in 0..ECHOES {
            wire::read_frame(stream).expect("a message");
            let echo = wire::frame(wire::FIN | wire::TEXT, b"x");
            stream.write_all(&echo).expect("there");
        }
    });
    let (socket, mut events) = echoed(&peer);
    for _ in 0..MANY {
        assert!(next(&mut events).starts_with("message \u{7}"));
    }
    for _ in 0..ECHOES {
        socket.send("x").expect("open");
        assert_eq!(next(&mut events), "message x while OPEN");
    }
    peer.finish();
}

#[test]
fn the_last_handle_is_dropped_while_nobody_runs_the_loop() {
    let peer = peer(|stream| {
        let last = wire::read_frame(stream).expect("a message");
        (last.payload, wire::read_until_close(stream))
    });
    let (socket, events) = echoed(&peer);
    socket.send("last").expect("open");
    drop((socket, events));
    assert_eq!(peer.finish(), (b"last".to_vec(), None));
}
