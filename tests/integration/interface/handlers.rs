//! The standard's event handlers.

use super::{connecting, in_time, opened};
use crate::harness::{Peer, Port, Server, Task, channel, wire};
use sockeye::{CloseEvent, Error, EventHandler, Events, Handshake, Message, Options, WebSocket};
use std::io::Write;

/// Writes down which handlers were called.
#[derive(Default)]
struct Recorder {
    calls: Vec<String>,
    /// What it sends when the connection is open; then it closes after the echo.
    greeting: Option<&'static str>,
}

impl EventHandler for Recorder {
    fn onopen(&mut self, socket: &WebSocket, handshake: &Handshake) {
        self.calls.push(format!("open {}", handshake.status));
        if let Some(greeting) = self.greeting {
            socket.send(greeting).expect("open");
        }
    }

    fn onmessage(&mut self, socket: &WebSocket, message: Message<'_>) {
        let text = String::from_utf8_lossy(message.data.bytes());
        self.calls.push(format!("message {text}"));
        if self.greeting.is_some() {
            socket.close(Some(1000), "enough").expect("allowed");
        }
    }

    fn onerror(&mut self, _: &WebSocket, error: &Error) {
        self.calls.push(format!("error {:?}", error.kind()));
    }

    fn onclose(&mut self, socket: &WebSocket, close: &CloseEvent) {
        let state = socket.ready_state();
        self.calls.push(format!("close {} {state}", close.code));
    }
}

/// Runs a connection to its end.
fn run<H: EventHandler + Send + 'static>(events: Events, mut handler: H) -> H {
    let run = move || {
        events.run(&mut handler);
        handler
    };
    Task::spawn(run).finish()
}

#[test]
fn a_handler_may_send_and_close() {
    let server = Server::echo();
    let (_socket, events) = connecting(&server.url(), Options::default());
    let handler = Recorder {
        greeting: Some("hello"),
        ..Recorder::default()
    };
    let handler = run(events, handler);
    assert_eq!(
        handler.calls,
        ["open 101", "message hello", "close 1000 CLOSED"]
    );
}

#[test]
fn handlers_are_called_in_the_order_of_the_events() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let frames =
            ["one", "two"].map(|text| wire::frame(wire::FIN | wire::TEXT, text.as_bytes()));
        stream.write_all(&frames.concat()).expect("written");
    });
    let (_socket, events) = connecting(peer.url(), Options::default());
    let handler = run(events, Recorder::default());
    let expected = [
        "open 101",
        "message one",
        "message two",
        "error Lost",
        "close 1006 CLOSED",
    ];
    assert_eq!(handler.calls, expected);
}

#[test]
fn a_connection_that_does_not_open_calls_onerror_and_onclose() {
    let port = Port::reserve();
    let (_socket, events) = connecting(&port.url(), Options::default());
    let handler = run(events, Recorder::default());
    assert_eq!(handler.calls, ["error Connect", "close 1006 CLOSED"]);
}

#[test]
fn every_handler_is_optional() {
    struct Nothing;
    impl EventHandler for Nothing {}
    let peer = Peer::websocket(|socket| {
        socket.send("unheard".into()).expect("sent");
        socket.close(None).expect("closed");
        while socket.read().is_ok() {}
    });
    let (socket, events) = connecting(peer.url(), Options::default());
    run(events, Nothing);
    assert!(in_time(|until| socket.close_and_wait(until)));
}

#[test]
fn dispatch_calls_handlers_for_what_has_arrived_and_says_whether_more_may_come() {
    let server = Server::echo();
    let (socket, mut events) = connecting(&server.url(), Options::default());
    let mut handler = Recorder {
        greeting: Some("hello"),
        ..Recorder::default()
    };
    let (wake, woken) = channel();
    events.on_wake(move || wake.send(()).expect("kept"));
    while events.dispatch(&mut handler) {
        woken.recv();
    }
    assert_eq!(
        handler.calls,
        ["open 101", "message hello", "close 1000 CLOSED"]
    );
    assert!(!events.dispatch(&mut handler), "nothing more comes");
    drop(socket);
}

#[test]
fn dispatch_does_not_wait() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (_socket, mut events) = opened(&peer);
    let mut handler = Recorder::default();
    assert!(events.dispatch(&mut handler));
    assert!(handler.calls.is_empty(), "{:?}", handler.calls);
}
