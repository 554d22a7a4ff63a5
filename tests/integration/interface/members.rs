//! The library's `WebSocket`: contract of the standard's interface, member by member.

use super::{deaf_until, name, next, opened, rest};
use crate::harness::{PATIENCE, Peer, channel};
use sockeye::{BinaryType, Data, Event, ExceptionName, ReadyState, WebSocket};
use std::io::Read;
use std::time::Instant;
use tungstenite::Message;

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
fn buffered_amount_is_the_payload_that_the_network_has_not_taken() {
    let (tell, told) = channel();
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
    let (tell, told) = channel();
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
