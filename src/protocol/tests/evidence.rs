//! What a failure shows of the bytes that led to it.

use super::{Listening, frame, with_deflate};
use crate::evidence::Part;
use crate::protocol::role::Role;
use crate::protocol::{EndpointEvent, Failure};

/// The failures that these pieces lead to, one read each, and the end after them.
fn failures(mut client: Listening, pieces: &[&[u8]]) -> Vec<Failure> {
    for piece in pieces {
        client.endpoint.handle_input(client.now, piece);
    }
    super::transmitted(&mut client.endpoint, client.now);
    client.endpoint.handle_eof(client.now);
    let mut failures = Vec::new();
    while let Some(event) = client.endpoint.poll_event() {
        if let EndpointEvent::Failed(failure) = event {
            failures.push(failure.clone());
        }
    }
    failures
}

/// The one failure of a client: its words, where it was, and what it shows.
fn failure(pieces: &[&[u8]]) -> (String, Part, u64, Vec<u8>) {
    let failures = failures(Listening::client(), pieces);
    let [failure] = &failures[..] else {
        panic!("{failures:?}");
    };
    let evidence = failure.evidence().expect("evidence").clone();
    let said = failure.to_string();
    (said, evidence.part, evidence.offset, evidence.bytes)
}

const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

#[test]
fn text_where_a_frame_should_begin_is_shown_as_text() {
    let (said, part, offset, bytes) = failure(&[&frame(0x81, b"hi"), ANSWER]);
    assert_eq!(
        said,
        "text came where a frame should begin (RFC 6455 §5.2): `HTTP/1.1 400 Bad Request…`; \
         closed with 1002"
    );
    assert_eq!((part, offset, &bytes[..]), (Part::Frames, 4, ANSWER));
    // Also the text that could begin a compressed message.
    for text in [&b"GET / HTTP/1.1"[..], b"{\"a\":1}", b"Hello", b"\x20\x20"] {
        let client = Listening::new(&with_deflate(Role::Client));
        let said = failures(client, &[text])[0].to_string();
        assert!(said.starts_with("text came where"), "{said}");
    }
}

#[test]
fn a_frame_that_breaks_a_rule_is_shown_from_its_header_on() {
    let bad = frame(0xb1, b"Hello");
    let hi = frame(0x81, b"hi");
    for pieces in [
        &[&[&hi[..], &bad].concat()[..]][..],
        &[&hi, &bad],
        &[&hi, &bad[..1], &bad[1..]],
    ] {
        let (said, part, offset, bytes) = failure(pieces);
        assert_eq!(
            said,
            "a text frame has RSV2 and RSV3 set, and no extension was negotiated (RFC 6455 \
             §5.2): `b1 05 48 65 6c 6c 6f`; closed with 1002"
        );
        assert_eq!((part, offset, &bytes[..]), (Part::Frames, 4, &bad[..]));
    }
}

#[test]
fn a_frame_out_of_place_is_shown_from_its_header_on() {
    let bad = frame(0x80, b"tail");
    let (said, _, offset, bytes) = failure(&[&[&frame(0x81, b"hi")[..], &bad].concat()]);
    assert!(said.contains("no message to continue"), "{said}");
    assert_eq!((offset, &bytes[..]), (4, &bad[..]));
    let bad = frame(0x88, b"\x03\xed");
    let (said, _, offset, bytes) = failure(&[&frame(0x89, b""), &bad]);
    assert!(said.contains("code 1005"), "{said}");
    assert_eq!((offset, &bytes[..]), (2, &bad[..]));
}

#[test]
fn text_that_is_not_utf_8_is_shown_with_what_is_around_and_where_in_the_message() {
    let whole = frame(0x81, b"before\xffafter");
    let fragments = [frame(0x01, b"bef"), frame(0x80, b"ore\xffafter")].concat();
    for pieces in [
        &[&whole[..]][..],
        &[&fragments],
        &[&whole[..5], &whole[5..]],
    ] {
        let (said, part, offset, bytes) = failure(pieces);
        assert_eq!(
            said,
            "a text message is not UTF-8 (RFC 6455 §8.1): `before\\xffafter` at byte 6; closed \
             with 1007"
        );
        let expected = (Part::Message, 6, &b"before\xffafter"[..]);
        assert_eq!((part, offset, &bytes[..]), expected);
    }
}

#[test]
fn a_reason_that_is_not_utf_8_is_shown_with_where_in_it() {
    let (said, part, offset, _) = failure(&[&frame(0x88, b"\x03\xe8bye\xff")]);
    assert!(said.contains("`bye\\xff` at byte 3"), "{said}");
    assert_eq!((part, offset), (Part::Reason, 3));
}

#[test]
fn a_lost_connection_tells_what_it_cut_off() {
    let lost = "the connection was lost without a close handshake";
    for (came, within, shown) in [
        (
            &b"\x81\x05hel"[..],
            "a text message, 3 bytes of which had come",
            &b"\x81\x05hel"[..],
        ),
        (
            b"\x02\x01\xff",
            "a binary message, 1 byte of which had come",
            b"\xff",
        ),
        (
            b"\x01\x01a\x80",
            "a text message, 1 byte of which had come",
            b"a",
        ),
        (b"\x82\x7e\x01", "a frame header", b"\x82\x7e\x01"),
        (b"\x89\x05pin", "a ping frame", b"\x89\x05pin"),
    ] {
        for pieces in [&[came][..], &[&came[..1], &came[1..]]] {
            let (said, _, _, bytes) = failure(pieces);
            assert_eq!(said, format!("{lost}, in the middle of {within}"));
            assert_eq!(bytes, shown);
        }
    }
    let nothing = failures(Listening::client(), &[&frame(0x81, b"hi")]);
    assert_eq!(nothing[0].to_string(), lost);
}

#[test]
fn section_5_5_1_what_comes_after_a_close_frame_is_told_and_the_close_counts() {
    let close = frame(0x88, b"\x03\xe8bye");
    let late = frame(0x81, b"late");
    for pieces in [
        &[&[&close[..], &late].concat()[..]][..],
        &[&close, &late],
        &[&close, &late[..1], &late[1..]],
    ] {
        let mut client = Listening::client();
        for piece in pieces {
            client.endpoint.handle_input(client.now, piece);
        }
        client.says();
        client.endpoint.handle_eof(client.now);
        assert_eq!(
            super::events(&mut client.endpoint),
            [
                "closing",
                "failed: 6 bytes came after the close frame and are discarded (RFC 6455 §5.5.1): \
                 `81 04 6c 61 74 65`",
                "closed 1000 \"bye\" clean"
            ]
        );
    }
}

#[test]
fn a_message_that_a_close_frame_cut_off_is_told_and_the_close_counts() {
    let mut client = Listening::client();
    client.hears(&[frame(0x01, b"part"), frame(0x88, b"\x03\xe8")].concat());
    client.says();
    client.endpoint.handle_eof(client.now);
    assert_eq!(
        super::events(&mut client.endpoint),
        [
            "failed: the close frame came in the middle of a text message, 4 bytes of which had \
             come",
            "closed 1000 \"\" clean"
        ]
    );
}

#[test]
fn what_comes_after_a_failure_is_not_told() {
    let failures = failures(Listening::client(), &[&frame(0x83, b""), b"more"]);
    assert_eq!(failures.len(), 1, "{failures:?}");
}
