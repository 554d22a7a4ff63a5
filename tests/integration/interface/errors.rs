//! The error event says what the failure is about, and has what shows it.

use super::{connecting, impatient, patience};
use crate::harness::{Peer, Port, wire};
use sockeye::evidence::Part;
use sockeye::{Error, ErrorKind, Event, Events, Options, Redirects};
use std::io::Write;
use std::sync::Arc;

/// The error event, which comes.
fn error(events: &mut Events) -> Arc<Error> {
    loop {
        match events.recv_deadline(patience()).expect("an error") {
            Event::Error(error) => return error,
            Event::Close(close) => panic!("no error before {close:?}"),
            _ => {}
        }
    }
}

/// The error of a connection to a server that answers the request with these bytes.
fn error_of_answer(answer: &'static [u8], options: Options) -> Arc<Error> {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        stream.write_all(answer).expect("written");
    });
    error(&mut connecting(peer.url(), options).1)
}

#[test]
fn an_answer_that_is_none_shows_its_bytes() {
    let error = error_of_answer(b"SSH-2.0-OpenSSH_9.6\r\n", Options::default());
    assert_eq!(error.kind(), ErrorKind::Handshake);
    let evidence = error.evidence().expect("what the server sent");
    assert!(evidence.bytes.starts_with(b"SSH-2.0"), "{evidence:?}");
}

#[test]
fn a_refusal_has_its_answer_and_a_redirect_its_own_kind() {
    let refused = error_of_answer(
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n",
        Options::default(),
    );
    assert_eq!(refused.kind(), ErrorKind::Refused);
    let refusal = refused.refusal().expect("the answer");
    assert_eq!((refusal.status, &refusal.body[..]), (403, &b"no!\n"[..]));

    let options = Options {
        redirects: Some(Redirects {
            most: 0,
            allow_downgrade: false,
        }),
        ..Options::default()
    };
    let answer = b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(error_of_answer(answer, options).kind(), ErrorKind::Redirect);
}

#[test]
fn text_that_is_not_utf_8_shows_where_it_is_not() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let frame = wire::frame(wire::FIN | wire::TEXT, b"good\xff");
        stream.write_all(&frame).expect("written");
        wire::read_until_close(&mut stream)
    });
    let error = error(&mut connecting(peer.url(), impatient()).1);
    assert_eq!(error.kind(), ErrorKind::Protocol);
    let evidence = error.evidence().expect("the text");
    assert_eq!((evidence.part, evidence.offset), (Part::Message, 4));
    assert!(!error.is_temporary());
    assert_eq!(peer.finish(), Some(1007));
}

#[test]
fn a_refused_port_and_a_lost_connection_may_go_well_later() {
    let refused = error(&mut connecting(&Port::reserve().url(), Options::default()).1);
    assert_eq!(refused.kind(), ErrorKind::Connect);
    assert!(refused.is_temporary());

    let peer = Peer::tcp(|mut stream| drop(wire::upgrade(&mut stream)));
    let lost = error(&mut connecting(peer.url(), Options::default()).1);
    assert_eq!(lost.kind(), ErrorKind::Lost);
    assert!(lost.is_temporary() && lost.evidence().is_none());
}

#[test]
fn an_error_of_an_option_comes_before_any_connection() {
    let port = Port::reserve();
    let options = Options {
        headers: [("Sec-WebSocket-Key", "mine")].into_iter().fold(
            sockeye::http1::Headers::new(),
            |mut headers, (name, value)| {
                headers.push(name, value).expect("a field");
                headers
            },
        ),
        ..Options::default()
    };
    let error = error(&mut connecting(&port.url(), options).1);
    assert_eq!(error.kind(), ErrorKind::Options);
}
