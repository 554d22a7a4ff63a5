//! The browser's order of events, and one close event, which is the last one.

use super::{connecting, failed, impatient, next, opened, opened_with, rest};
use crate::harness::{PATIENCE, Peer, Port, wire};
use sockeye::{ErrorKind, Event, Options, ReadyState, WebSocket};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::TryRecvError;

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
fn a_refused_connection_fails_before_it_opens() {
    let port = Port::reserve();
    let (_socket, mut events) = connecting(&port.url(), Options::default());
    assert_eq!(rest(&mut events), failed("Connect"));
}

#[test]
fn an_aborted_connection_fails_while_connecting_and_while_open() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let (socket, mut events) = connecting(peer.url(), Options::default());
    socket.abort();
    assert_eq!(rest(&mut events), failed("Aborted"));

    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, mut events) = opened(&peer);
    socket.abort();
    assert_eq!(rest(&mut events), failed("Aborted"));
}

#[test]
fn a_server_that_breaks_the_protocol_is_told_so_and_fails_the_connection() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let frames = [wire::frame(wire::FIN | wire::TEXT, b"good"), vec![0xff; 16]];
        stream.write_all(&frames.concat()).expect("written");
        wire::read_until_close(&mut stream)
    });
    let (_socket, mut events) = opened_with(peer.url(), impatient());
    let mut expected = vec!["message good while OPEN", "state CLOSING", "error Protocol"];
    expected.extend(["state CLOSED", "close 1006 \"\" false"]);
    assert_eq!(rest(&mut events), expected);
    assert_eq!(peer.finish(), Some(1002));
}

#[test]
fn after_the_close_event_nothing_comes_however_it_is_asked_for() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, mut events) = opened(&peer);
    socket.abort();
    let seen = rest(&mut events);
    let closes = seen.iter().filter(|event| event.starts_with("close "));
    assert_eq!(closes.count(), 1);
    events.wait();
    assert!(events.recv().is_err());
    assert_eq!(events.try_recv().err(), Some(TryRecvError::Disconnected));
    assert_eq!(next(&mut events), "nothing");
    assert!(Iterator::next(&mut events).is_none());
}

#[test]
fn frames_that_come_with_the_answer_to_the_upgrade_are_not_lost() {
    // More than is read at a time, and more than the handshake reads.
    const COUNT: usize = 100;
    let peer = Peer::tcp(|mut stream: TcpStream| {
        let request = wire::read_head(&mut stream);
        let answer = wire::switching(&request, "").into_bytes();
        let message = wire::frame(wire::FIN | wire::BINARY, &[7; 4000]);
        let end = wire::close(1000, "");
        let bytes = [answer, message.repeat(COUNT), end].concat();
        stream.write_all(&bytes).expect("written");
        wire::read_until_close(&mut stream)
    });
    let (_socket, mut events) = opened(&peer);
    let seen = rest(&mut events);
    let messages = seen.iter().filter(|event| event.starts_with("message"));
    assert_eq!(messages.count(), COUNT);
    assert_eq!(seen.last().expect("an end"), "close 1000 \"\" true");
}
