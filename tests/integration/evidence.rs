//! A failure shows what the server sent that led to it: in its line, with `-vv` and in JSON.

use super::harness::{Peer, Run, sockeye, wire};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::Shutdown;

/// A server that sends this after the upgrade, with these fields, and ends.
fn sending(bytes: &[u8], fields: &'static str) -> Peer {
    let bytes = bytes.to_vec();
    Peer::tcp(move |mut stream| {
        wire::upgrade_with(&mut stream, fields);
        stream.write_all(&bytes).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

const DEFLATE: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

fn run(bytes: &[u8], arguments: &[&str]) -> Run {
    let peer = sending(bytes, DEFLATE);
    let run = sockeye([peer.url(), "-w", "inf"]).args(arguments).run();
    peer.finish();
    run
}

/// The `error` of JSON mode, and the `close` after it.
fn told(bytes: &[u8]) -> (Value, Value) {
    let run = run(bytes, &["--json"]);
    let lines = String::from_utf8_lossy(&run.stdout);
    let lines: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["type"] == "error" || line["type"] == "close")
        .collect();
    match <[Value; 2]>::try_from(lines) {
        Ok([error, close]) => (error, close),
        Err(lines) => panic!("{lines:?}\n{run}"),
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";

#[test]
fn an_http_answer_where_a_frame_should_begin_is_shown_as_text() {
    let bytes = [&wire::frame(wire::FIN | wire::TEXT, b"hi")[..], ANSWER].concat();
    let plain = run(&bytes, &[]);
    plain.ends_with_status(6).prints("hi\n").says_one_error();
    plain.says("text came where a frame should begin (RFC 6455 §5.2): `HTTP/1.1 400 Bad Request…`");

    let verbose = run(&bytes, &["-vv"]);
    verbose.says("* What came, from byte 4 of the frames:\n");
    verbose.says("48 54 54 50 2f 31 2e 31  20 34 30 30 20 42 61 64  HTTP/1.1 400 Bad");
    verbose.says(" 20 63 6c  6f 73 65 0d 0a 0d 0a     tion: close....\n");
    verbose.does_not_say("received close");

    let (error, close) = told(&bytes);
    let evidence = &error["evidence"];
    assert_eq!(evidence["part"], "frames");
    assert_eq!(
        (&evidence["offset"], &evidence["start"]),
        (&4.into(), &4.into())
    );
    assert_eq!(evidence["data"].as_str().map(str::as_bytes), Some(ANSWER));
    assert_eq!(close["code"], 1006);
}

#[test]
fn an_answer_cannot_control_the_terminal_through_an_error() {
    let bytes = b"OK\x1b[2J\x1b]0;title\x07\xc2\x9b\xe2\x80\xae";
    for arguments in [&[][..], &["-vv"]] {
        let run = run(bytes, arguments);
        run.ends_with_status(6).says("`OK\\u{1b}[2J");
        assert!(
            !run.stderr.contains(['\x1b', '\x07', '\u{9b}', '\u{202e}']),
            "{run}"
        );
    }
}

#[test]
fn text_that_is_not_utf_8_is_shown_with_its_place_and_what_is_around() {
    let bytes = wire::frame(wire::FIN | wire::TEXT, b"{\"name\":\"J\xfcrgen\"}");
    let plain = run(&bytes, &[]);
    plain.ends_with_status(6).says_one_error();
    plain.says(r#"a text message is not UTF-8 (RFC 6455 §8.1): `{"name":"J\xfcrgen"}` at byte 10"#);
    let verbose = run(&bytes, &["-vv"]);
    verbose.says("* What came, from byte 0 of the message, wrong at 10:\n");
    let (error, _) = told(&bytes);
    let evidence = &error["evidence"];
    assert_eq!(
        (&evidence["part"], &evidence["offset"]),
        (&"message".into(), &10.into())
    );
    assert_eq!(evidence["data"], "eyJuYW1lIjoiSvxyZ2VuIn0=");
    assert_eq!(evidence["encoding"], "base64");
}

#[test]
fn reserved_bits_are_named_with_the_frame_and_the_extension() {
    for (first, message) in [
        (
            0xc9,
            "a ping frame has RSV1 set, but permessage-deflate leaves control frames alone",
        ),
        (
            0xa1,
            "a text frame has RSV2 set, to which permessage-deflate gives no meaning",
        ),
    ] {
        let bytes = wire::frame(first, b"x");
        let run = run(&bytes, &[]);
        run.ends_with_status(6).says(message);
        run.says(&format!("`{first:02x} 01 78`; closed with 1002"));
    }
    let peer = sending(&wire::frame(0xc1, b"x"), "");
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.says("a text frame has RSV1 set, and no extension was negotiated");
}

#[test]
fn a_message_that_a_lost_connection_cut_off_is_told() {
    let bytes = [
        &wire::frame(wire::FIN | wire::TEXT, b"whole")[..],
        b"\x81\x05hal",
    ]
    .concat();
    let plain = run(&bytes, &[]);
    plain.ends_with_status(6).prints("whole\n").says_one_error();
    plain.says("in the middle of a text message, 3 bytes of which had come");
    let verbose = run(&bytes, &["-vv"]);
    verbose.says("* received text FIN, 5 bytes: hal…");
    let (error, close) = told(&bytes);
    assert_eq!(error["evidence"]["offset"], 7);
    assert_eq!(
        (&close["code"], &close["wasClean"]),
        (&1006.into(), &false.into())
    );
}

#[test]
fn what_comes_after_a_close_frame_is_told_and_the_close_decides_the_status() {
    for (code, status) in [(1000, 0), (1008, 7)] {
        let late = wire::frame(wire::FIN | wire::TEXT, b"late");
        let bytes = [wire::close(code, ""), late].concat();
        let plain = run(&bytes, &[]);
        plain.ends_with_status(status).prints("");
        plain.says("6 bytes came after the close frame and are discarded (RFC 6455 §5.5.1)");
        let verbose = run(&bytes, &["-vv"]);
        verbose.says("* What came, from byte 4 of the frames:\n");
        verbose.says("81 04 6c 61 74 65");
        let (error, close) = told(&bytes);
        assert_eq!(error["evidence"]["data"], "gQRsYXRl");
        assert_eq!(
            (&close["code"], &close["wasClean"]),
            (&code.into(), &true.into())
        );
    }
}
