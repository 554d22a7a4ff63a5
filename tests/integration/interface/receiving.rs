//! The ways to receive: blocking, with a bound, by several threads, by a callback.

use super::{described, failed, in_time, next, opened, opened_with, rest};
use crate::harness::{PATIENCE, Peer, Server, Task, channel, wire};
use sockeye::{Event, Events, Options, WebSocket};
use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

#[test]
fn nothing_yet_is_told_without_waiting() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (_socket, mut events) = opened(&peer);
    assert_eq!(events.try_recv().err(), Some(TryRecvError::Empty));
    let past = Instant::now();
    let error = events.recv_deadline(past).err();
    assert_eq!(error, Some(RecvTimeoutError::Timeout));
}

#[test]
fn every_way_to_receive_hands_out_the_same_events() {
    const MESSAGES: usize = 5;
    let server = Server::start(|mut stream| {
        wire::upgrade(&mut stream);
        let message = wire::frame(wire::FIN | wire::TEXT, b"m");
        stream
            .write_all(&message.repeat(MESSAGES))
            .expect("written");
        stream.write_all(&wire::close(1000, "")).expect("written");
        wire::read_until_close(&mut stream);
    });
    let ways: [fn(&mut Events) -> Option<String>; 5] = [
        |events| events.recv().ok().map(|event| described(&event)),
        |events| Iterator::next(events).map(|event| described(&event)),
        |events| Some(next(events)).filter(|event| event != "nothing"),
        |events| match events.recv_timeout(PATIENCE) {
            Ok(event) => Some(described(&event)),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("no event in time"),
        },
        |events| {
            events.wait();
            match events.try_recv() {
                Ok(event) => Some(described(&event)),
                Err(TryRecvError::Disconnected) => None,
                Err(TryRecvError::Empty) => panic!("it was there"),
            }
        },
    ];
    let mut expected = vec!["message m while OPEN"; MESSAGES];
    expected.extend(["state CLOSING", "state CLOSED", "close 1000 \"\" true"]);
    for way in ways {
        let (_socket, mut events) = opened_with(&server.url(), Options::default());
        let receive = move || std::iter::from_fn(|| way(&mut events)).collect::<Vec<_>>();
        assert_eq!(Task::spawn(receive).finish(), expected);
    }
}

#[test]
fn a_bounded_wait_ends_while_nothing_comes_and_loses_nothing() {
    let (tell, told) = channel();
    let peer = Peer::websocket(move |socket| {
        told.recv();
        socket.send("late".into()).expect("sent");
        while socket.read().is_ok() {}
    });
    let (_socket, mut events) = opened(&peer);
    let short = Duration::from_millis(20);
    let nothing = events.recv_timeout(short).err();
    assert_eq!(nothing, Some(RecvTimeoutError::Timeout));
    let nothing = events.recv_deadline(Instant::now() + short).err();
    assert_eq!(nothing, Some(RecvTimeoutError::Timeout));
    tell.send(()).expect("it waits");
    assert_eq!(next(&mut events), "message late while OPEN");
}

/// Has several threads wait for an event, which `cause` brings about, and waits for all of them.
fn wait_in_threads(events: Events, cause: impl FnOnce()) -> Events {
    const THREADS: usize = 3;
    let (events, start) = (Arc::new(events), Arc::new(Barrier::new(THREADS + 1)));
    let wait = |_| {
        let (events, start) = (Arc::clone(&events), Arc::clone(&start));
        Task::spawn(move || {
            start.wait();
            events.wait();
        })
    };
    let waiting: Vec<_> = (0..THREADS).map(wait).collect();
    start.wait();
    cause();
    waiting.into_iter().for_each(Task::finish);
    Arc::into_inner(events).expect("the threads have ended")
}

#[test]
fn an_event_wakes_every_thread_that_waits_and_so_does_the_end() {
    const ROUNDS: usize = 500;
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), Options::default());
    for _ in 0..ROUNDS {
        events = wait_in_threads(events, || socket.send("x").expect("open"));
        assert_eq!(next(&mut events), "message x while OPEN");
    }
    events = wait_in_threads(events, || socket.abort());
    assert_eq!(rest(&mut events), failed("Aborted"));
    wait_in_threads(events, || ());
}

/// Receives like an event loop: only after the callback has been called.
fn receive_when_woken(events: &mut Events, woken: &crate::harness::Receiver<()>) -> Vec<String> {
    let mut seen = Vec::new();
    loop {
        woken.recv();
        loop {
            match events.try_recv() {
                Ok(event) => seen.push(described(&event)),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return seen,
            }
        }
    }
}

#[test]
fn a_callback_tells_of_everything_up_to_the_end() {
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), Options::default());
    let (wake, woken) = channel();
    events.on_wake(move || wake.send(()).expect("somebody receives"));
    woken.recv();
    assert_eq!(events.try_recv().err(), Some(TryRecvError::Empty));
    socket.send("x").expect("open");
    let closes = Task::spawn(move || {
        assert!(in_time(|until| socket.flush(until)));
        socket.close(Some(1000), "").expect("open");
    });
    let seen = receive_when_woken(&mut events, &woken);
    let last = ["state CLOSED", "close 1000 \"\" true"];
    assert_eq!(seen[seen.len() - 2..], last);
    closes.finish();
}

#[test]
fn another_callback_replaces_the_first_and_a_dropped_receiver_forgets_both() {
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), Options::default());
    let (first, first_woken) = channel();
    events.on_wake(move || first.send(()).expect("kept"));
    first_woken.recv();
    let (second, second_woken) = channel();
    events.on_wake(move || second.send(()).expect("kept"));
    first_woken.wait_for_senders_to_end();
    second_woken.recv();
    socket.send("x").expect("open");
    second_woken.recv();
    assert_eq!(next(&mut events), "message x while OPEN");
    drop(events);
    second_woken.wait_for_senders_to_end();
}

/// Uses a connection when it is dropped.
struct UsesConnection(WebSocket);

impl Drop for UsesConnection {
    fn drop(&mut self) {
        let _ = (self.0.ready_state(), self.0.send("dropped"));
    }
}

#[test]
fn what_a_callback_owns_may_use_the_connection_when_it_is_dropped() {
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), Options::default());
    let dropping = Task::spawn(move || {
        let owned = UsesConnection(socket.clone());
        events.on_wake(move || _ = &owned);
        events.on_wake(|| {});
        assert_eq!(next(&mut events), "message dropped while OPEN");
        let owned = UsesConnection(socket.clone());
        events.on_wake(move || _ = &owned);
        drop(events);
        assert!(in_time(|until| socket.close_and_wait(until)));
    });
    dropping.finish();
}

#[test]
fn a_callback_may_use_the_connection() {
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), Options::default());
    let once = Arc::new(Mutex::new(Some("called")));
    let other = socket.clone();
    events.on_wake(move || {
        let text = once.lock().expect("not poisoned").take();
        if let Some(text) = text {
            other.send(text).expect("open");
        }
    });
    assert_eq!(next(&mut events), "message called while OPEN");
    assert!(in_time(|until| socket.close_and_wait(until)));
    assert!(matches!(events.recv(), Ok(Event::ReadyState(_))));
}
