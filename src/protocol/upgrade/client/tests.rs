//! The answer, rule by rule (RFC 6455 §4.1).

use super::*;
use crate::http1::{HeadError, MAX_HEAD, Refusal};

/// The nonce of RFC 6455 §1.3.
const NONCE: [u8; 16] = *b"the sample nonce";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The answer of RFC 6455 §1.3.
const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\
    Sec-WebSocket-Protocol: chat\r\n\r\n";

fn request() -> Request {
    let mut request = Request::new("server.example.com", "/chat");
    request.protocols = vec!["chat".to_owned(), "superchat".to_owned()];
    request
}

fn client(request: Request) -> ClientUpgrade {
    ClientUpgrade::new(request, NONCE).expect("a legal request")
}

fn outcome_of(request: Request, answer: &str) -> Option<Result<Accepted, UpgradeError>> {
    let mut client = client(request);
    client.handle_input(answer.as_bytes());
    client.poll_outcome()
}

fn accepted(request: Request, answer: &str) -> Accepted {
    match outcome_of(request, answer) {
        Some(Ok(accepted)) => accepted,
        other => panic!("{answer:?} gave {other:?}"),
    }
}

fn invalid(request: Request, answer: &str) -> UpgradeError {
    match outcome_of(request, answer) {
        Some(Err(error)) => error,
        other => panic!("{answer:?} gave {other:?}"),
    }
}

fn refusal(outcome: Option<Result<Accepted, UpgradeError>>) -> Refusal {
    match outcome {
        Some(Err(UpgradeError::Refused(refusal))) => *refusal,
        other => panic!("{other:?}"),
    }
}

/// The example's answer with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert!(ANSWER.contains(from));
    ANSWER.replacen(from, to, 1)
}

#[cfg(feature = "deflate")]
#[test]
fn section_1_3_the_examples_key_and_answer_fit() {
    let client = client(request());
    let sent = String::from_utf8_lossy(client.poll_transmit());
    assert!(sent.starts_with("GET /chat HTTP/1.1\r\nHost: server.example.com\r\n"));
    assert!(sent.contains("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"));
    assert!(sent.contains("\r\nSec-WebSocket-Protocol: chat, superchat\r\n"));
    assert!(sent.ends_with("client_max_window_bits\r\n\r\n"));
    assert_eq!(accepted(request(), ANSWER).protocol, "chat");
}

#[test]
fn an_answer_means_the_same_however_it_is_cut() {
    let stream = [ANSWER.as_bytes(), b"\x81\x02hi"].concat();
    for cut in 0..stream.len() {
        let mut client = client(request());
        client.handle_input(&stream[..cut]);
        client.handle_input(&stream[cut..]);
        let Some(Ok(accepted)) = client.poll_outcome() else {
            panic!("not accepted when cut at {cut}");
        };
        assert_eq!(accepted.response.status, 101);
        assert_eq!(accepted.rest, b"\x81\x02hi", "cut at {cut}");
        assert_eq!(client.poll_outcome(), None);
    }
    let mut client = client(request());
    for byte in &stream {
        client.handle_input(&[*byte]);
    }
    assert!(matches!(client.poll_outcome(), Some(Ok(accepted)) if accepted.rest == b"\x81\x02hi"));
}

#[test]
fn upgrade_and_connection_are_compared_without_case_and_connection_is_a_list() {
    for (from, to) in [
        ("Upgrade: websocket", "UPGRADE: WebSocket"),
        ("Connection: Upgrade", "connection: keep-alive , uPGRADE"),
        (
            "Connection: Upgrade",
            "Connection: keep-alive\r\nConnection: Upgrade",
        ),
    ] {
        assert_eq!(accepted(request(), &changed(from, to)).protocol, "chat");
    }
}

#[test]
fn every_rule_of_section_4_1_is_held_against_the_answer() {
    let found = |value: &str| Some(value.to_owned());
    let accept = |found| UpgradeError::Accept {
        found,
        expected: ACCEPT.to_owned(),
    };
    let twice = format!("{ACCEPT}\r\nSec-WebSocket-Accept: {ACCEPT}");
    for (from, to, error) in [
        ("HTTP/1.1", "HTTP/1.0", UpgradeError::Version),
        ("Upgrade: websocket", "X: y", UpgradeError::Upgrade(None)),
        ("websocket", "h2c", UpgradeError::Upgrade(found("h2c"))),
        (
            "websocket",
            "websocket, h2c",
            UpgradeError::Upgrade(found("websocket, h2c")),
        ),
        (
            "Connection: Upgrade",
            "X: y",
            UpgradeError::Connection(None),
        ),
        (
            "Connection: Upgrade",
            "Connection: close",
            UpgradeError::Connection(found("close")),
        ),
        ("Sec-WebSocket-Accept", "X", accept(None)),
        (
            ACCEPT,
            "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
            accept(found("S3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
        ),
        (ACCEPT, &twice, accept(Some(format!("{ACCEPT}, {ACCEPT}")))),
        ("chat", "Chat", UpgradeError::Subprotocol("Chat".to_owned())),
        (
            "chat",
            "chat, superchat",
            UpgradeError::Subprotocol("chat, superchat".to_owned()),
        ),
    ] {
        assert_eq!(invalid(request(), &changed(from, to)), error);
    }
}

#[test]
fn fields_of_one_value_have_no_list_and_do_not_come_twice() {
    for (from, to) in [
        ("websocket", "websocket,"),
        ("websocket", "websocket\r\nUpgrade: "),
        ("websocket", "websocket\r\nUpgrade: websocket"),
        ("chat", "chat,"),
        ("chat", "chat\r\nSec-WebSocket-Protocol: chat"),
        ("chat", "chat\r\nSec-WebSocket-Protocol: "),
        ("chat", ""),
        (ACCEPT, ""),
    ] {
        assert!(
            invalid(request(), &changed(from, to))
                .to_string()
                .contains("server"),
            "{to}"
        );
    }
    let plain = Request::new("h", "/");
    let error = UpgradeError::Subprotocol(String::new());
    assert_eq!(
        invalid(plain, &changed("chat", "")),
        error,
        "RFC 6455 §4.1 wants a token"
    );
    for connection in [", Upgrade ,", "Upgrade\r\nConnection: ", "a;b, upgrade"] {
        let answer = changed("Connection: Upgrade", &format!("Connection: {connection}"));
        assert_eq!(
            accepted(request(), &answer).protocol,
            "chat",
            "{connection}"
        );
    }
}

#[test]
fn a_subprotocol_that_was_offered_has_to_be_chosen() {
    let none = changed("Sec-WebSocket-Protocol: chat\r\n", "");
    let error = invalid(request(), &none);
    assert_eq!(error, UpgradeError::NoSubprotocol(request().protocols));
    let plain = Request::new("h", "/");
    assert_eq!(accepted(plain.clone(), &none).protocol, "");
    let error = UpgradeError::Subprotocol("chat".to_owned());
    assert_eq!(invalid(plain, ANSWER), error);
}

#[test]
fn any_subprotocol_will_do_when_asked_so() {
    let mut request = request();
    request.any_subprotocol = true;
    let none = changed("Sec-WebSocket-Protocol: chat\r\n", "");
    assert_eq!(accepted(request.clone(), &none).protocol, "");
    assert_eq!(
        accepted(request, &changed("chat", "other")).protocol,
        "other"
    );
}

#[cfg(feature = "deflate")]
#[test]
fn extensions_are_used_only_as_offered() {
    let with = |field: &str| {
        changed(
            "\r\n\r\n",
            &format!("\r\nSec-WebSocket-Extensions: {field}\r\n\r\n"),
        )
    };
    let answer = with("permessage-deflate; server_max_window_bits=10");
    let got = accepted(request(), &answer);
    assert_eq!(
        got.extensions,
        "permessage-deflate; server_max_window_bits=10"
    );
    assert_eq!(
        got.deflate.map(|agreed| agreed.server_max_window_bits),
        Some(10)
    );
    assert_eq!(accepted(request(), ANSWER).deflate, None);

    let mut plain = request();
    plain.deflate = None;
    let error = UpgradeError::ExtensionNotOffered("permessage-deflate".to_owned());
    assert_eq!(invalid(plain, &answer), error);
    let twice = with("permessage-deflate\r\nSec-WebSocket-Extensions: permessage-deflate");
    assert_eq!(invalid(request(), &twice), UpgradeError::DeflateRepeated);
}

#[test]
fn interim_answers_are_skipped_but_not_without_end() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let patient = format!("{}{ANSWER}", interim.repeat(MAX_INTERIM));
    assert_eq!(accepted(request(), &patient).protocol, "chat");
    let endless = interim.repeat(MAX_INTERIM + 1);
    let error = UpgradeError::TooManyInterim(MAX_INTERIM);
    assert_eq!(invalid(request(), &endless), error);
}

#[test]
fn another_status_is_a_refusal_with_its_body_however_it_is_cut() {
    let stream = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 6\r\nWho: me\r\n\r\nsorry\nmore";
    for cut in 0..stream.len() {
        let mut client = client(request());
        client.handle_input(&stream[..cut]);
        client.handle_input(&stream[cut..]);
        let refusal = refusal(client.poll_outcome());
        assert_eq!(
            (refusal.status, refusal.phrase.as_str()),
            (403, "Forbidden")
        );
        assert_eq!(refusal.headers.get("who"), Some("me"));
        assert_eq!(refusal.body, b"sorry\n", "cut at {cut}");
    }
}

#[test]
fn a_refusal_without_length_is_told_at_the_end_of_the_connection_or_of_time() {
    for end in [ClientUpgrade::handle_eof, ClientUpgrade::handle_timeout] {
        let mut client = client(request());
        client.handle_input(b"HTTP/1.0 200 OK\r\n\r\n<html>");
        assert_eq!(client.poll_outcome(), None);
        end(&mut client);
        let refusal = refusal(client.poll_outcome());
        assert_eq!(
            (refusal.status, refusal.body.as_slice()),
            (200, b"<html>".as_slice())
        );
        end(&mut client);
        assert_eq!(client.poll_outcome(), None);
    }
}

#[test]
fn running_out_of_time_before_an_answer_is_not_for_the_handshake_to_tell() {
    let mut client = client(request());
    client.handle_input(b"HTTP/1.1 101");
    client.handle_timeout();
    assert_eq!(client.poll_outcome(), None);
}

#[test]
fn a_connection_that_ends_without_an_answer_says_so() {
    for (bytes, error) in [
        (b"".as_slice(), UpgradeError::NoAnswer),
        (b"HTTP/1.1 101 Swi", UpgradeError::CutShort),
        (b"HTTP/1.1 100 Continue\r\n\r\n", UpgradeError::CutShort),
    ] {
        let mut client = client(request());
        client.handle_input(bytes);
        client.handle_eof();
        assert_eq!(client.poll_outcome(), Some(Err(error)));
    }
}

#[test]
fn what_is_not_http_is_told_at_once() {
    for (answer, said) in [
        (
            "\x15\x03\x01\0\x02\x02\x0a",
            "the server's answer to the upgrade request cannot be read: it is not HTTP/1.1: it looks like TLS",
        ),
        (
            "+PONG\r\n",
            "the server's answer to the upgrade request cannot be read: it is not HTTP/1.1: it begins with \"+PONG\"",
        ),
    ] {
        assert_eq!(invalid(request(), answer).to_string(), said);
    }
}

#[test]
fn the_head_is_bounded() {
    let long = changed(
        "\r\n\r\n",
        &format!("\r\nX: {}\r\n\r\n", "x".repeat(MAX_HEAD)),
    );
    assert_eq!(invalid(request(), &long), HeadError::TooLong.into());
}

#[test]
fn errors_are_one_short_line_whatever_the_server_sends() {
    let answer = changed("websocket", &"\t\u{85}\u{202e}x".repeat(1000));
    let said = invalid(request(), &answer).to_string();
    assert!(
        said.chars().all(|c| !c.is_control() && c != '\u{202e}'),
        "{said}"
    );
    assert!(said.len() < 2000, "{}", said.len());
}

#[test]
fn secrets_do_not_show_in_debug() {
    let mut request = request();
    request
        .headers
        .push("Authorization", "Basic aHVudGVyMg==")
        .expect("a legal field");
    let client = client(request);
    assert!(
        client
            .poll_transmit()
            .windows(8)
            .any(|part| part == b"aHVudGVy")
    );
    let shown = format!("{client:?}");
    assert!(!shown.contains("aHVudGVy"), "{shown}");
    let codes = format!("{:?}", b"aHVudGVy");
    assert!(!shown.contains(codes.trim_matches(['[', ']'])), "{shown}");
}
