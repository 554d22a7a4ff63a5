//! The library's `WebSocket`: contract of the standard's interface, member by member.

use crate::harness::{PATIENCE, Peer, wire};
use sockeye::{
    BinaryType, Data, ErrorKind, Event, Events, ExceptionName, Options, ReadyState, WebSocket,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant};
use tungstenite::Message;

/// The next event in a few words; a test that waits for one that never comes fails.
fn next(events: &mut Events) -> String {
    let event = events.recv_deadline(Instant::now() + PATIENCE);
    match event {
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

fn rest(events: &mut Events) -> Vec<String> {
    let next = || Some(next(events)).filter(|event| event != "nothing");
    std::iter::from_fn(next).collect()
}

fn opened<T: Send + 'static>(peer: &Peer<T>) -> (WebSocket, Events) {
    let (socket, mut events) = WebSocket::new(peer.url(), &[]).expect("a good URL");
    assert_eq!(next(&mut events), "state OPEN");
    assert_eq!(next(&mut events), "open");
    (socket, events)
}

fn name(result: Result<(), sockeye::Exception>) -> Option<ExceptionName> {
    result.err().map(|exception| exception.name())
}

/// A server that reads nothing until it is told to, then everything.
fn deaf_until(told: mpsc::Receiver<()>) -> Peer<usize> {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        told.recv_timeout(PATIENCE).expect("told");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_or(0, |_| bytes.len())
    })
}

#[test]
fn every_member_before_during_and_after_a_connection() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, mut events) = WebSocket::new(peer.url(), &[]).expect("a good URL");
    assert_eq!(socket.url(), peer.url());
    assert_eq!(socket.ready_state(), ReadyState::Connecting);
    assert_eq!(
        (socket.protocol(), socket.extensions()),
        (String::new(), String::new())
    );
    assert_eq!(socket.buffered_amount(), 0);
    assert_eq!(socket.binary_type(), BinaryType::Blob);

    assert_eq!(next(&mut events), "state OPEN");
    assert_eq!(socket.ready_state(), ReadyState::Open);
    assert_eq!(next(&mut events), "open");

    socket.close(Some(3000), "done").expect("allowed");
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    assert_eq!(
        rest(&mut events),
        ["state CLOSING", "state CLOSED", "close 3000 \"done\" true"]
    );
    assert_eq!(socket.ready_state(), ReadyState::Closed);
    assert_eq!(next(&mut events), "nothing");
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
fn the_constructor_resolves_the_url_and_refuses_what_the_standard_refuses() {
    let exception = |url: &str, protocols: &[&str]| {
        WebSocket::new(url, protocols)
            .err()
            .map(|exception| exception.name())
    };
    let peer = Peer::tcp(|_stream| ());
    let url = format!("http://LOCALHOST:{}/a b", peer.port());
    let (socket, _events) = WebSocket::new(&url, &[]).expect("a good URL");
    assert_eq!(
        socket.url(),
        format!("ws://localhost:{}/a%20b", peer.port())
    );
    for bad in ["", "ftp://h/", "ws://h/#fragment", "ws://", "ws://h:65536/"] {
        assert_eq!(
            exception(bad, &[]),
            Some(ExceptionName::SyntaxError),
            "{bad:?}"
        );
    }
    for bad in [&["a b"][..], &[""], &["a", "b", "a"]] {
        let refused = exception("ws://h/", bad);
        assert_eq!(refused, Some(ExceptionName::SyntaxError), "{bad:?}");
    }
    assert_eq!(
        exception("ws://h:25/", &[]),
        Some(ExceptionName::SecurityError)
    );
}

#[test]
fn sending_while_connecting_is_an_invalid_state_error_and_counts_nothing() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let (socket, _events) = WebSocket::new(peer.url(), &[]).expect("a good URL");
    assert_eq!(
        name(socket.send("x")),
        Some(ExceptionName::InvalidStateError)
    );
    assert_eq!(socket.buffered_amount(), 0);
}

#[test]
fn closing_while_connecting_fails_the_connection() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let (socket, mut events) = WebSocket::new(peer.url(), &[]).expect("a good URL");
    socket.close(None, "").expect("allowed");
    assert_eq!(socket.ready_state(), ReadyState::Closing);
    assert_eq!(
        rest(&mut events),
        ["error Aborted", "state CLOSED", "close 1006 \"\" false"]
    );
}

#[test]
fn buffered_amount_is_the_payload_that_the_network_has_not_taken() {
    let (tell, told) = mpsc::channel();
    let peer = deaf_until(told);
    let (socket, _events) = opened(&peer);
    let size = 32 << 20;
    socket.send(vec![0; size]).expect("open");
    // A message counts when it is sent, whatever the network does.
    assert!(socket.buffered_amount() > 0);
    socket.send("héllo").expect("open");
    let stuck = Instant::now() + std::time::Duration::from_millis(1);
    assert!(!socket.wait_for_room(0, 0, Some(stuck)));
    tell.send(()).expect("it listens");
    assert!(socket.wait_for_room(0, 0, Some(Instant::now() + PATIENCE)));
    assert_eq!(socket.buffered_amount(), 0);
    let numbers = socket.statistics();
    assert_eq!((numbers.messages_queued, numbers.messages_sent), (2, 2));
    assert_eq!(numbers.bytes_sent, size as u64 + 6);
    socket.abort();
    assert!(peer.finish() > size);
}

#[test]
fn what_the_network_has_not_taken_can_be_sent_elsewhere_after_the_end() {
    let (tell, told) = mpsc::channel();
    let peer = deaf_until(told);
    let (socket, mut events) = opened(&peer);
    socket.send(vec![0; 32 << 20]).expect("open");
    socket.send("last").expect("open");
    assert!(socket.take_unsent().is_empty(), "it may still be sent");
    socket.abort();
    rest(&mut events);
    let sizes = |batches: Vec<sockeye::Batch>| -> Vec<u64> {
        batches.iter().map(sockeye::Batch::payload_len).collect()
    };
    assert_eq!(sizes(socket.take_unsent()), [32 << 20, 4]);
    assert_eq!(sizes(socket.take_unsent()), [0; 0], "once");
    let late = sockeye::Batch::one_text("late".to_owned());
    let buffered = socket.buffered_amount();
    assert_eq!(socket.offer_batch(late.clone()), Err(late));
    assert_eq!(socket.buffered_amount(), buffered);
    tell.send(()).expect("it listens");
    peer.finish();
}

#[test]
fn a_close_does_not_bring_buffered_amount_to_zero_and_later_sends_add_to_it() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, mut events) = opened(&peer);
    socket.close(None, "").expect("allowed");
    assert_eq!(
        name(socket.send("12345")),
        Some(ExceptionName::InvalidStateError)
    );
    assert_eq!(socket.buffered_amount(), 5);
    rest(&mut events);
    assert_eq!(
        name(socket.send("123")),
        Some(ExceptionName::InvalidStateError)
    );
    assert_eq!(socket.buffered_amount(), 8);
}

#[test]
fn close_checks_its_arguments_and_changes_nothing_when_they_are_wrong() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, _events) = opened(&peer);
    for code in [0, 999, 1001, 1005, 2999, 5000] {
        let refused = name(socket.close(Some(code), ""));
        assert_eq!(refused, Some(ExceptionName::InvalidAccessError), "{code}");
    }
    let long = "é".repeat(62);
    assert_eq!(long.len(), 124);
    assert_eq!(
        name(socket.close(Some(1000), &long)),
        Some(ExceptionName::SyntaxError)
    );
    assert_eq!(socket.ready_state(), ReadyState::Open);
    assert_eq!(name(socket.close(Some(1000), &long[..122])), None);
}

#[test]
fn force_close_sends_what_a_peer_may_send_and_nothing_else() {
    let peer = Peer::websocket(|socket| {
        loop {
            if let Message::Close(frame) = socket.read().expect("a close frame") {
                return frame.map(|frame| u16::from(frame.code));
            }
        }
    });
    let (socket, _events) = opened(&peer);
    assert_eq!(
        name(socket.force_close(Some(1006), "")),
        Some(ExceptionName::InvalidAccessError)
    );
    socket
        .force_close(Some(1011), "")
        .expect("allowed on the wire");
    assert_eq!(peer.finish(), Some(1011));
}

#[test]
fn messages_that_come_while_closing_are_delivered_and_marked() {
    let peer = Peer::tcp(|mut stream: TcpStream| {
        wire::upgrade(&mut stream);
        wire::read_until_close(&mut stream);
        let late = [wire::frame(0x81, b"late"), wire::close(1000, "")].concat();
        stream.write_all(&late).expect("written");
    });
    let (socket, mut events) = opened(&peer);
    socket.close(Some(1000), "").expect("allowed");
    assert_eq!(
        rest(&mut events),
        [
            "state CLOSING",
            "message late while CLOSING",
            "state CLOSED",
            "close 1000 \"\" true"
        ]
    );
}

#[test]
fn binary_type_may_change_between_two_messages() {
    let peer = Peer::websocket(|socket| {
        for _ in 0..2 {
            socket.send(Message::binary(vec![1, 2])).expect("sent");
        }
        while socket.read().is_ok() {}
    });
    let (socket, mut events) = opened(&peer);
    let mut binary = || match events.recv_timeout(PATIENCE) {
        Ok(Event::Message(message)) => match message.data {
            Data::Blob(blob) => ("blob", blob.size()),
            Data::ArrayBuffer(bytes) => ("arraybuffer", bytes.len() as u64),
            Data::Text(_) => ("text", 0),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(binary(), ("blob", 2));
    socket.set_binary_type(BinaryType::ArrayBuffer);
    assert_eq!(binary(), ("arraybuffer", 2));
}

#[test]
fn a_lost_connection_is_an_error_and_then_1006() {
    let peer = Peer::tcp(|mut stream| drop(wire::upgrade(&mut stream)));
    let (_socket, mut events) = opened(&peer);
    assert_eq!(
        rest(&mut events),
        ["error Lost", "state CLOSED", "close 1006 \"\" false"]
    );
}

#[test]
fn a_refusal_has_its_status_and_its_body() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n";
        stream.write_all(answer.as_bytes()).expect("written");
    });
    let (_socket, mut events) = WebSocket::new(peer.url(), &[]).expect("a good URL");
    match events.recv_timeout(PATIENCE) {
        Ok(Event::Error(error)) => {
            assert_eq!(error.kind(), ErrorKind::Refused);
            let refusal = error.refusal().expect("the answer");
            assert_eq!((refusal.status, &refusal.body[..]), (403, &b"no!\n"[..]));
        }
        other => panic!("{other:?}"),
    }
}

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
fn a_connection_that_nobody_holds_any_more_is_closed() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        wire::read_frame(&mut stream).map(|frame| frame.close_code())
    });
    drop(opened(&peer));
    // A close frame without a code.
    assert_eq!(peer.finish(), Some(None));
}

#[test]
fn a_listener_that_takes_nothing_slows_the_server_and_loses_nothing() {
    const MESSAGES: usize = 4_000;
    let (stuck, is_stuck) = mpsc::channel();
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
    is_stuck.recv_timeout(PATIENCE).expect("it gets stuck");
    let all = rest(&mut events);
    let messages = all.iter().filter(|event| event.starts_with("message"));
    assert_eq!(messages.count(), MESSAGES);
    assert_eq!(all.last().map(String::as_str), Some("close 1000 \"\" true"));
}

#[test]
fn connecting_takes_no_longer_than_its_budget() {
    let (held, told) = mpsc::channel::<()>();
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

fn impatient() -> Options {
    Options {
        close_timeout: Duration::from_millis(500),
        compress: false,
        ..Options::default()
    }
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
