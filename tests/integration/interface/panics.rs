//! A panic of the caller's own code, wherever it is called, ends the connection with an error and
//! a close event, and nothing else.

use super::{connecting, failed, next, opened_with, patience, rest};
use crate::harness::{Peer, Server};
use sockeye::http1::Headers;
use sockeye::url::WebSocketUrl;
use sockeye::{Error, Event, Options, ReadyState, RequestHeaders, Trace};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Panics while connecting.
struct Panics;

impl RequestHeaders for Panics {
    fn headers_for(
        &self,
        _: &WebSocketUrl,
    ) -> Result<Headers, Box<dyn std::error::Error + Send + Sync>> {
        panic!("a panic while connecting");
    }
}

#[test]
fn a_panic_while_connecting_is_an_error_with_its_message() {
    let peer = Peer::tcp(|_stream| ());
    let options = Options {
        request_headers: Some(Arc::new(Panics)),
        ..Options::default()
    };
    let (socket, mut events) = connecting(peer.url(), options);
    match events.recv_deadline(patience()) {
        Ok(Event::Error(error)) => match &*error {
            Error::Panicked(message) => assert_eq!(message, "a panic while connecting"),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    assert_eq!(rest(&mut events), failed("")[1..]);
    assert_eq!(socket.ready_state(), ReadyState::Closed);
}

#[test]
fn a_panic_in_a_callback_on_the_drivers_thread_ends_the_connection() {
    let peer = Peer::websocket(|socket| {
        socket.read().expect("a message");
        socket.send("panic".into()).expect("sent");
        while socket.read().is_ok() {}
    });
    let (socket, mut events) = opened_with(peer.url(), Options::default());
    let is_armed = AtomicBool::new(false);
    events.on_wake(move || {
        assert!(!is_armed.swap(true, Ordering::SeqCst), "called again");
    });
    socket.send("go").expect("open");
    assert_eq!(next(&mut events), "message panic while OPEN");
    assert_eq!(rest(&mut events), failed("Internal"));
}

#[test]
fn a_panic_in_a_callback_on_a_thread_that_sends_does_not_end_that_thread() {
    let server = Server::echo();
    let options = Options {
        trace: Trace::Frames,
        ..Options::default()
    };
    let (socket, mut events) = connecting(&server.url(), options);
    while next(&mut events) != "open" {}
    let is_armed = AtomicBool::new(false);
    events.on_wake(move || {
        assert!(!is_armed.swap(true, Ordering::SeqCst), "called again");
    });
    // The frame that is sent is an event, too.
    socket.send("x").expect("open");
    assert!(socket.close_and_wait(patience()));
    let seen = rest(&mut events);
    assert_eq!(seen[seen.len() - 3..], failed("Internal"));
}
