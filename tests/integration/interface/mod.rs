//! The library's interface, and what it promises of a connection whatever the peer does and
//! whichever thread does what.

/// How long closing may take, and who waits for it.
mod closing;
/// Dropping the handles, up to the end of `main`.
mod dropping;
/// Errors: what they are about, and what they show.
mod errors;
/// Connections in an event loop of the caller's own.
mod event_loop;
/// The standard's event handlers.
mod handlers;
/// The members of the standard's interface.
mod members;
/// The browser's order of events.
mod order;
/// Panics in the driver and in functions of the caller's own.
mod panics;
/// What waits in memory, and how much of it.
mod queues;
/// The ways to receive.
mod receiving;
/// Many threads, many rounds.
mod stress;
/// Which thread runs the event loop of a connection on its own thread.
mod turns;

use crate::harness::{PATIENCE, Peer, Receiver, wire};
use sockeye::{Event, Events, ExceptionName, Options, WebSocket};
use std::io::Read;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// When a test gives up.
fn patience() -> Instant {
    Instant::now() + PATIENCE
}

/// Whether a wait succeeds before a test gives up. A wait whose wake-up is lost looks again at its
/// deadline, and then succeeds too late.
fn in_time(wait: impl FnOnce(Instant) -> bool) -> bool {
    let until = patience();
    wait(until) && Instant::now() < until
}

/// The next event in a few words; a test that waits for one that never comes fails.
fn next(events: &mut Events) -> String {
    match events.recv_deadline(patience()) {
        Ok(event) => described(&event),
        Err(RecvTimeoutError::Disconnected) => "nothing".to_owned(),
        Err(RecvTimeoutError::Timeout) => panic!("no event in time"),
    }
}

fn described(event: &Event<'_>) -> String {
    match event {
        Event::ReadyState(state) => format!("state {state}"),
        Event::Open(_) => "open".to_owned(),
        Event::Message(message) => {
            let text = String::from_utf8_lossy(message.data.bytes());
            format!("message {text} while {}", message.ready_state)
        }
        Event::Error(error) => format!("error {:?}", error.kind()),
        Event::Close(close) => {
            format!(
                "close {} {:?} {}",
                close.code, close.reason, close.was_clean
            )
        }
        other => format!("{other:?}"),
    }
}

/// All events up to the end.
fn rest(events: &mut Events) -> Vec<String> {
    let next = || Some(next(events)).filter(|event| event != "nothing");
    std::iter::from_fn(next).collect()
}

/// The end of a connection that failed.
fn failed(kind: &str) -> [String; 3] {
    [
        format!("error {kind}"),
        "state CLOSED".to_owned(),
        "close 1006 \"\" false".to_owned(),
    ]
}

/// A connection that is being opened.
fn connecting(url: &str, options: Options) -> (WebSocket, Events) {
    let connection = WebSocket::builder(url).options(options).connect();
    connection.expect("a good URL")
}

/// An open connection.
fn opened_with(url: &str, options: Options) -> (WebSocket, Events) {
    let (socket, mut events) = connecting(url, options);
    assert_eq!(next(&mut events), "state OPEN");
    assert_eq!(next(&mut events), "open");
    (socket, events)
}

fn opened<T: Send + 'static>(peer: &Peer<T>) -> (WebSocket, Events) {
    opened_with(peer.url(), Options::default())
}

/// Options with a short time to close, and without compression.
fn impatient() -> Options {
    Options {
        close_timeout: Duration::from_millis(500),
        compress: false,
        ..Options::default()
    }
}

/// Options with far more time to close than a test has.
fn patient() -> Options {
    Options {
        close_timeout: 10 * PATIENCE,
        compress: false,
        ..Options::default()
    }
}

/// Which exception a call was refused with.
fn name(result: Result<(), sockeye::Exception>) -> Option<ExceptionName> {
    result.err().map(|exception| exception.name())
}

/// A server that reads nothing until it is told to, then everything. Returns how many bytes.
fn deaf_until(told: Receiver<()>) -> Peer<usize> {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        told.recv();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_or(0, |_| bytes.len())
    })
}
