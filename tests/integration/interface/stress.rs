//! Many threads and many rounds: no wake-up is lost, nothing is counted twice or not at all, and
//! everything ends.

use super::{in_time, next, opened_with, patient, rest};
use crate::harness::{Server, Task, channel};
use sockeye::{Batch, WebSocket};
use std::sync::{Arc, Barrier};

/// Sends messages that are numbered, until the connection does not take them any more. Returns
/// how many it has taken.
fn send_until_refused(socket: &WebSocket, most: usize) -> u64 {
    let mut taken = 0;
    while taken < most as u64 && socket.offer_batch(Batch::one_text("x".to_owned())).is_ok() {
        taken += 1;
    }
    taken
}

#[test]
fn each_of_many_echoes_arrives_though_both_sides_sleep_in_between() {
    const ROUNDS: usize = 10_000;
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), patient());
    for _ in 0..ROUNDS {
        socket.send("x").expect("open");
        assert_eq!(next(&mut events), "message x while OPEN");
    }
    let numbers = socket.statistics();
    assert_eq!(numbers.messages_queued, ROUNDS as u64);
    assert_eq!(numbers.messages_received, ROUNDS as u64);
}

#[test]
fn a_callback_is_called_for_each_of_many_events() {
    const ROUNDS: usize = 10_000;
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), patient());
    let (wake, woken) = channel();
    events.on_wake(move || wake.send(()).expect("kept"));
    for _ in 0..ROUNDS {
        socket.send("x").expect("open");
        while events.try_recv().is_err() {
            woken.recv();
        }
    }
}

#[test]
fn threads_that_send_and_wait_for_room_lose_nothing() {
    const THREADS: u64 = 4;
    const ROUNDS: u64 = 10_000;
    let server = Server::echo();
    let (socket, mut events) = opened_with(&server.url(), patient());
    let senders: Vec<_> = (0..THREADS)
        .map(|thread| {
            let socket = socket.clone();
            Task::spawn(move || {
                for round in 0..ROUNDS {
                    socket.send("x").expect("open");
                    // Each thread waits for another amount.
                    if round % 8 == thread {
                        assert!(in_time(|until| socket.wait_for_room(
                            thread,
                            thread,
                            Some(until)
                        )));
                    }
                }
            })
        })
        .collect();
    for _ in 0..THREADS * ROUNDS {
        assert_eq!(next(&mut events), "message x while OPEN");
    }
    senders.into_iter().for_each(Task::finish);
    let numbers = socket.statistics();
    let all = THREADS * ROUNDS;
    assert_eq!((numbers.messages_queued, numbers.messages_sent), (all, all));
    assert_eq!(socket.buffered_amount(), 0);
    assert!(in_time(|until| socket.close_and_wait(until)));
}

/// What ends a connection in the midst of everything.
#[derive(Clone, Copy)]
enum End {
    Close,
    Abort,
    Drop,
}

/// Several threads use a connection while one ends it. Everything ends, and each message that was
/// accepted was sent or comes back.
fn end_in_the_midst(url: &str, end: End) {
    let (socket, mut events) = opened_with(url, patient());
    let start = Arc::new(Barrier::new(3));
    let senders: Vec<_> = (0..2)
        .map(|_| {
            let (socket, start) = (socket.clone(), Arc::clone(&start));
            Task::spawn(move || {
                start.wait();
                let taken = send_until_refused(&socket, 50);
                in_time(|until| socket.wait_for_room(0, 0, Some(until)));
                taken
            })
        })
        .collect();
    start.wait();
    match end {
        End::Close => socket.close(Some(1000), "").expect("allowed"),
        End::Abort => socket.abort(),
        End::Drop => drop(events.try_recv().is_ok()),
    }
    let taken: u64 = senders.into_iter().map(Task::finish).sum();
    if matches!(end, End::Drop) {
        return drop((socket, events));
    }
    assert!(in_time(|until| socket.close_and_wait(until)), "it ends");
    let seen = rest(&mut events);
    assert!(
        seen.last().expect("an end").starts_with("close "),
        "{seen:?}"
    );
    let unsent = socket
        .take_unsent()
        .iter()
        .map(|batch| batch.len() as u64)
        .sum::<u64>();
    let numbers = socket.statistics();
    assert_eq!(numbers.messages_queued, taken);
    assert_eq!(numbers.messages_sent + unsent, taken);
}

#[test]
fn a_connection_may_end_while_many_threads_use_it() {
    const ROUNDS: usize = 1_000;
    let server = Server::echo();
    for round in 0..ROUNDS {
        let end = [End::Close, End::Abort, End::Drop][round % 3];
        end_in_the_midst(&server.url(), end);
    }
}
