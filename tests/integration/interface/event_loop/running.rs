//! Open connections in an event loop of the caller's own.

use super::super::{failed, impatient, next, patient, rest};
use super::{EventLoop, arrived, soon};
use crate::harness::{PATIENCE, Peer, Server, Task, channel, wire};
use sockeye::protocol::KeepAlive;
use sockeye::{Event, Options, ReadyState, WebSocket};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

#[test]
fn one_loop_drives_two_hundred_connections() {
    const CONNECTIONS: usize = 200;
    const MESSAGES: usize = 10;
    let server = Server::echo();
    let mut event_loop = EventLoop::new();
    let mut all: Vec<_> = (0..CONNECTIONS)
        .map(|_| event_loop.connect(WebSocket::builder(&server.url()).options(patient())))
        .collect();
    for (_, events) in &mut all {
        assert_eq!(event_loop.next(events), "state OPEN");
        assert_eq!(event_loop.next(events), "open");
    }
    for round in 0..MESSAGES {
        let text = format!("round {round}");
        for (socket, _) in &all {
            socket.send(&text).expect("open");
        }
        for (_, events) in &mut all {
            let echo = event_loop.next(events);
            assert_eq!(echo, format!("message {text} while OPEN"));
        }
    }
    for (socket, _) in &all {
        socket.close(Some(1000), "").expect("open");
    }
    for (_, events) in &mut all {
        let seen = event_loop.rest(events);
        assert_eq!(seen.last().expect("an end"), "close 1000 \"\" true");
    }
    assert!(event_loop.slots.iter().all(|slot| slot.driver.is_none()));
}

#[test]
fn what_another_thread_sends_wakes_the_loop() {
    const MESSAGES: usize = 10_000;
    let server = Server::echo();
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(&server.url(), patient());
    let sending = Task::spawn(move || {
        for _ in 0..MESSAGES {
            socket.send("x").expect("open");
        }
        socket
    });
    for _ in 0..MESSAGES {
        assert_eq!(event_loop.next(&mut events), "message x while OPEN");
    }
    let socket = sending.finish();
    let numbers = socket.statistics();
    assert_eq!(numbers.messages_sent, MESSAGES as u64);
}

#[test]
fn what_the_loops_own_thread_sends_is_sent_by_the_next_round() {
    const MESSAGES: usize = 2_000;
    let server = Server::echo();
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(&server.url(), patient());
    for _ in 0..MESSAGES {
        socket.send("x").expect("open");
        assert_eq!(event_loop.next(&mut events), "message x while OPEN");
    }
}

#[test]
fn the_timeout_of_the_driver_keeps_the_deadline_of_a_pong() {
    let (hold, held) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let _ = held.recv_timeout(PATIENCE);
    });
    let options = Options {
        keep_alive: Some(KeepAlive {
            interval: Duration::from_millis(20),
            timeout: Some(Duration::from_millis(50)),
        }),
        ..patient()
    };
    let mut event_loop = EventLoop::new();
    let (_socket, mut events) = event_loop.open(peer.url(), options);
    assert_eq!(event_loop.rest(&mut events), failed("TimedOut"));
    drop(hold);
    peer.finish();
}

#[test]
fn the_timeout_of_the_driver_keeps_the_close_timeout_also_when_another_thread_closes() {
    let (hold, held) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let _ = held.recv_timeout(PATIENCE);
    });
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(peer.url(), impatient());
    let closing = Task::spawn(move || socket.close(None, "").expect("open"));
    let mut expected = vec!["state CLOSING".to_owned()];
    expected.extend(failed("TimedOut"));
    assert_eq!(event_loop.rest(&mut events), expected);
    closing.finish();
    drop(hold);
    peer.finish();
}

/// Has a server send this message many times at once, and nothing afterwards that would announce
/// the rest. All of them arrive.
fn receive_all(message: &[u8], count: usize) {
    let frames = wire::frame(wire::FIN | wire::BINARY, message).repeat(count);
    let (hold, held) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&frames).expect("written");
        let _ = held.recv_timeout(PATIENCE);
    });
    let mut event_loop = EventLoop::new();
    let (_socket, mut events) = event_loop.open(peer.url(), patient());
    for _ in 0..count {
        assert!(event_loop.next(&mut events).starts_with("message"));
    }
    drop(hold);
    peer.finish();
}

#[test]
fn nothing_is_left_unread_when_much_arrives_at_once() {
    // Far more than is read in one round.
    receive_all(&[0; 64 << 10], 64);
}

#[test]
fn nothing_is_left_unread_when_more_arrives_at_once_than_may_wait_in_memory() {
    receive_all(b"", 400_000);
}

#[test]
fn a_paused_connection_goes_on_when_another_thread_takes_its_events() {
    const COUNT: usize = 256;
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let message = wire::frame(wire::FIN | wire::BINARY, &[0; 64 << 10]);
        stream.write_all(&message.repeat(COUNT)).expect("written");
        stream.write_all(&wire::close(1000, "")).expect("written");
        wire::read_until_close(&mut stream)
    });
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(peer.url(), patient());
    let receiving = Task::spawn(move || rest(&mut events));
    while socket.ready_state() != ReadyState::Closed {
        event_loop.turn();
    }
    let seen = receiving.finish();
    let messages = seen.iter().filter(|event| event.starts_with("message"));
    assert_eq!(messages.count(), COUNT);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn dropping_the_handles_does_not_block_the_loop() {
    let (tell, told) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        told.recv();
        let message = wire::read_frame(&mut stream).expect("a message");
        wire::read_until_close(&mut stream);
        message.payload.len()
    });
    let mut event_loop = EventLoop::new();
    let (socket, events) = event_loop.open(peer.url(), patient());
    socket.send(vec![0; 32 << 20]).expect("open");
    Task::spawn(move || drop((socket, events))).finish();
    // What was sent is sent as long as the loop goes on.
    tell.send(()).expect("it listens");
    let server = Task::spawn(move || peer.finish());
    while event_loop.slots[0].driver.is_some() {
        event_loop.turn();
    }
    assert_eq!(server.finish(), 32 << 20);
}

#[test]
fn a_dropped_driver_ends_its_connection_with_a_close_event() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.connect(WebSocket::builder(peer.url()));
    drop(event_loop);
    assert_eq!(rest(&mut events), failed("Aborted"));
    assert_eq!(socket.ready_state(), ReadyState::Closed);

    let peer = Peer::websocket(|socket| {
        let text = socket.read().expect("a message");
        while socket.read().is_ok() {}
        text.to_string()
    });
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(peer.url(), patient());
    socket.send("written without waiting").expect("open");
    drop(event_loop);
    assert_eq!(rest(&mut events), failed("Aborted"));
    assert_eq!(peer.finish(), "written without waiting");
}

#[test]
fn a_driver_may_close_and_wait_for_the_end() {
    let peer = Peer::websocket(|socket| {
        let mut bytes = 0;
        while let Ok(message) = socket.read() {
            bytes += message.into_data().len();
        }
        bytes
    });
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(peer.url(), patient());
    socket.send(vec![0; 8 << 20]).expect("open");
    let driver = event_loop.into_driver();
    let has_ended = driver.close_and_wait(Instant::now() + PATIENCE);
    assert!(has_ended.expect("a loop of its own"));
    let expected = ["state CLOSING", "state CLOSED", "close 1000 \"\" true"];
    assert_eq!(arrived(&mut events), expected);
    assert!(peer.finish() >= 8 << 20);
}

#[test]
fn a_driver_waits_for_the_end_no_longer_than_it_is_told() {
    let (hold, held) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let _ = held.recv_timeout(PATIENCE);
    });
    let mut event_loop = EventLoop::new();
    let (_socket, mut events) = event_loop.open(peer.url(), patient());
    let driver = event_loop.into_driver();
    let has_ended = driver.close_and_wait(soon());
    assert!(!has_ended.expect("a loop of its own"));
    let seen = arrived(&mut events);
    assert_eq!(seen[1..], failed("Aborted"), "after {}", seen[0]);
    drop(hold);
    peer.finish();
}

#[test]
fn a_driver_that_waits_for_the_end_is_woken_by_other_threads() {
    let (hold, held) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        wire::read_until_close(&mut stream);
        let message = wire::frame(wire::FIN | wire::BINARY, &[0; 64 << 10]);
        // More than is read while nobody takes it.
        for _ in 0..256 {
            stream.write_all(&message).expect("it is read");
        }
        let _ = held.recv_timeout(PATIENCE);
    });
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(peer.url(), patient());
    let driver = event_loop.into_driver();
    let receiving = Task::spawn(move || {
        for _ in 0..256 {
            while !next(&mut events).starts_with("message") {}
        }
        socket.abort();
        rest(&mut events)
    });
    let has_ended = driver.close_and_wait(Instant::now() + PATIENCE);
    assert!(has_ended.expect("a loop of its own"), "it has been aborted");
    assert_eq!(receiving.finish(), failed("Aborted"));
    drop(hold);
    peer.finish();
}

#[test]
fn events_are_there_as_soon_as_the_driver_has_run() {
    let server = Server::echo();
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(&server.url(), patient());
    socket.send("x").expect("open");
    loop {
        event_loop.turn();
        match events.try_recv() {
            Ok(Event::Message(_)) => return,
            Ok(other) => panic!("{other:?}"),
            Err(_) => {}
        }
    }
}
