//! A panic of the caller's own code, wherever it is called, ends the connection with an error and
//! a close event, and nothing else.

use super::event_loop::EventLoop;
use super::{connecting, failed, in_time, next, opened_with, patience, patient, rest};
use crate::harness::{Peer, Server};
use mio::event::Source;
use mio::{Interest, Registry, Token};
use sockeye::http1::Headers;
use sockeye::transport::{Connector, Transport};
use sockeye::url::WebSocketUrl;
use sockeye::{Error, Event, Options, ReadyState, RequestHeaders, Trace};
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

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
    assert!(in_time(|until| socket.close_and_wait(until)));
    let seen = rest(&mut events);
    assert_eq!(seen[seen.len() - 3..], failed("Internal"));
}

/// Where a stream panics.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Panic {
    Nowhere,
    Read,
    Write,
    Drop,
}

/// A stream that panics where it is told to.
struct PanickingStream {
    stream: mio::net::TcpStream,
    at: Arc<Mutex<Panic>>,
}

impl PanickingStream {
    fn pass(&self, here: Panic) {
        let at = *self.at.lock().expect("not poisoned");
        assert!(at != here, "a panic of the stream");
    }
}

impl Read for PanickingStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.pass(Panic::Read);
        self.stream.read(buffer)
    }
}

impl Write for PanickingStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pass(Panic::Write);
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl Source for PanickingStream {
    fn register(&mut self, to: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.stream.register(to, token, interests)
    }

    fn reregister(&mut self, to: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.stream.reregister(to, token, interests)
    }

    fn deregister(&mut self, from: &Registry) -> io::Result<()> {
        self.stream.deregister(from)
    }
}

impl Drop for PanickingStream {
    fn drop(&mut self) {
        self.pass(Panic::Drop);
    }
}

/// Options with such a stream, and where to say when it panics.
fn with_panicking_stream() -> (Options, Arc<Mutex<Panic>>) {
    let at = Arc::new(Mutex::new(Panic::Nowhere));
    let told = Arc::clone(&at);
    let mut options = patient();
    options.transport.connector = Some(Connector::new(move |_, port| {
        let stream = mio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port).into())?;
        let at = Arc::clone(&told);
        Ok(Box::new(PanickingStream { stream, at }) as Box<dyn Transport>)
    }));
    (options, at)
}

#[test]
fn a_stream_that_panics_while_connecting_ends_the_connection() {
    for panic in [Panic::Read, Panic::Write] {
        let server = Server::echo();
        let (options, at) = with_panicking_stream();
        *at.lock().expect("not poisoned") = panic;
        let (_socket, mut events) = connecting(&server.url(), options);
        assert_eq!(rest(&mut events), failed("Internal"));
    }
}

#[test]
fn a_stream_that_panics_ends_the_connection_and_no_thread_that_sends() {
    const ROUNDS: usize = 20;
    for round in 0..ROUNDS {
        let server = Server::echo();
        let (options, at) = with_panicking_stream();
        let (socket, mut events) = opened_with(&server.url(), options);
        let panic = [Panic::Write, Panic::Read][round % 2];
        *at.lock().expect("not poisoned") = panic;
        // On this thread, or on the driver's.
        let sent = socket.send("x");
        assert!(panic == Panic::Read || sent.is_ok(), "{sent:?}");
        assert_eq!(rest(&mut events), failed("Internal"));
        assert_eq!(socket.ready_state(), ReadyState::Closed);
    }
}

#[test]
fn a_stream_that_panics_when_it_is_dropped_holds_no_event_back() {
    let server = Server::echo();
    let (options, at) = with_panicking_stream();
    let (socket, mut events) = opened_with(&server.url(), options);
    *at.lock().expect("not poisoned") = Panic::Drop;
    socket.abort();
    assert_eq!(rest(&mut events), failed("Aborted"));
}

#[test]
fn a_stream_that_panics_does_not_end_an_event_loop_of_the_callers_own() {
    let server = Server::echo();
    for is_dropped in [false, true] {
        let (options, at) = with_panicking_stream();
        let mut event_loop = EventLoop::new();
        let (socket, mut events) = event_loop.open(&server.url(), options);
        socket.send("x").expect("open");
        *at.lock().expect("not poisoned") = Panic::Write;
        if is_dropped {
            drop(event_loop);
        } else {
            event_loop.turn();
        }
        assert_eq!(rest(&mut events), failed("Internal"));
    }
}
