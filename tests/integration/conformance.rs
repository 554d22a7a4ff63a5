//! Frames over a real socket: what the client accepts, and how it fails what breaks RFC 6455.

use super::harness::{Peer, Run, sockeye, wire};
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;
use wire::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT, close, frame};

const RSV1: u8 = 0x40;
const RSV2: u8 = 0x20;
const RSV3: u8 = 0x10;

/// Sends these bytes after the upgrade; returns what the client did and its close frame's code.
fn receiving(options: &[&str], bytes: Vec<u8>) -> (Run, Option<u16>) {
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&bytes).unwrap();
        let code = wire::read_until_close(&mut stream);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
        code
    });
    let run = sockeye(
        [peer.url(), "-w", "inf", "--no-compress"]
            .iter()
            .chain(options),
    )
    .run();
    let code = peer.finish();
    (run, code)
}

/// These bytes, then a proper close, are received as this output.
#[track_caller]
fn accepts(bytes: Vec<u8>, output: impl AsRef<[u8]>) {
    let (run, code) = receiving(&[], [bytes, close(1000, "")].concat());
    run.ends_with_status(0).prints(output);
    assert_eq!(code, Some(1000));
}

/// These bytes, after a good message, fail the connection with this code.
#[track_caller]
fn fails(expected: u16, bytes: Vec<u8>) {
    fails_with(&[], expected, bytes);
}

#[track_caller]
fn fails_with(options: &[&str], expected: u16, bytes: Vec<u8>) {
    let (run, code) = receiving(options, [frame(FIN | TEXT, b"before"), bytes].concat());
    run.ends_with_status(6).says_one_error().prints("before\n");
    assert_eq!(code, Some(expected), "{run}");
}

#[test]
fn a_message_in_three_frames_is_one_message() {
    let pieces = [
        frame(TEXT, b"one "),
        frame(CONTINUATION, b"two "),
        frame(FIN | CONTINUATION, b"three"),
    ];
    accepts(pieces.concat(), "one two three\n");
}

#[test]
fn control_frames_may_come_between_the_frames_of_a_message() {
    let pieces = [
        frame(TEXT, b"a"),
        frame(FIN | PING, b"ping"),
        frame(CONTINUATION, b""),
        frame(FIN | PONG, b"unasked"),
        frame(FIN | CONTINUATION, b"b"),
    ];
    accepts(pieces.concat(), "ab\n");
}

#[test]
fn a_character_may_be_split_between_frames() {
    let [first, rest @ ..] = "€".as_bytes() else {
        unreachable!()
    };
    let pieces = [frame(TEXT, &[*first]), frame(FIN | CONTINUATION, rest)];
    accepts(pieces.concat(), "€\n");
}

#[test]
fn empty_messages_of_both_kinds_are_messages() {
    accepts(
        [frame(FIN | TEXT, b""), frame(FIN | BINARY, b"")].concat(),
        "\n",
    );
}

#[test]
fn a_length_need_not_be_in_its_shortest_form_on_the_way_in() {
    // §5.2 binds the sender; the common implementations all read it. Either is right, not a hang.
    let long = [&[FIN | TEXT, 126, 0, 2], &b"ab"[..]].concat();
    let (run, code) = receiving(&[], [long, close(1000, "")].concat());
    match code {
        Some(1000) => run.ends_with_status(0).prints("ab\n"),
        _ => run.ends_with_status(6).says_one_error(),
    };
}

#[test]
fn everything_after_the_head_in_one_segment_belongs_to_the_first_frame() {
    let peer = Peer::tcp(|mut stream| {
        let head = wire::read_head(&mut stream);
        let accept = wire::accept_key(&head);
        let head = format!(
            "HTTP/1.1 101 x\r\nupgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\n\
             sec-websocket-accept: {accept}\r\n\r\n"
        );
        let all = [
            head.as_bytes(),
            &frame(FIN | TEXT, b"early"),
            &close(1000, ""),
        ];
        stream.write_all(&all.concat()).unwrap();
        wire::read_until_close(&mut stream)
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(0).prints("early\n");
}

#[test]
fn reserved_bits_without_an_extension_fail_with_1002() {
    for bit in [RSV1, RSV2, RSV3] {
        fails(1002, frame(FIN | bit | TEXT, b"x"));
    }
}

#[test]
fn reserved_opcodes_fail_with_1002() {
    for opcode in [3, 7, 11, 15] {
        fails(1002, frame(FIN | opcode, b"x"));
    }
}

#[test]
fn a_masked_frame_from_a_server_fails_with_1002() {
    fails(1002, vec![FIN | TEXT, 0x81, 1, 2, 3, 4, b'x' ^ 1]);
}

#[test]
fn a_control_frame_in_pieces_fails_with_1002() {
    fails(1002, frame(PING, b"x"));
}

#[test]
fn a_control_frame_over_125_bytes_fails_with_1002() {
    fails(1002, frame(FIN | PING, &[0; 126]));
}

#[test]
fn a_continuation_of_nothing_fails_with_1002() {
    fails(1002, frame(FIN | CONTINUATION, b"x"));
}

#[test]
fn a_new_message_inside_another_fails_with_1002() {
    fails(1002, [frame(TEXT, b"x"), frame(FIN | TEXT, b"y")].concat());
}

#[test]
fn a_length_with_the_highest_bit_set_fails_with_1002() {
    fails(1002, vec![FIN | BINARY, 127, 0x80, 0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn a_close_frame_with_one_byte_fails_with_1002() {
    fails(1002, frame(FIN | CLOSE, &[3]));
}

#[test]
fn close_codes_that_must_not_be_on_the_wire_fail_with_1002() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65535] {
        fails(1002, close(code, ""));
    }
}

#[test]
fn close_codes_that_may_be_on_the_wire_are_answered() {
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999] {
        let (_, answer) = receiving(&[], close(code, ""));
        assert_eq!(answer, Some(code));
    }
}

#[test]
fn a_close_reason_that_is_not_utf8_fails_with_1007() {
    fails(1007, frame(FIN | CLOSE, b"\x03\xe8\xff"));
}

#[test]
fn text_that_is_not_utf8_fails_with_1007() {
    // An overlong form, a surrogate, beyond the last code point, a lone continuation, cut short.
    for bad in [
        &b"\xc0\xaf"[..],
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x80",
        b"\xe2\x82",
    ] {
        fails(1007, frame(FIN | TEXT, bad));
    }
}

#[test]
fn text_fails_at_the_first_bad_byte_without_waiting_for_the_rest() {
    // A frame that promises ten bytes and stops after two: the client must not wait.
    fails(1007, vec![TEXT, 10, b'a', 0xff]);
}

#[test]
fn a_message_beyond_the_limit_fails_with_1009_before_it_arrives() {
    // The header promises 1 TiB; nothing of it ever comes.
    fails(1009, vec![FIN | BINARY, 127, 0, 0, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn nothing_after_a_failure_is_delivered() {
    let bytes = [frame(FIN | 3, b""), frame(FIN | TEXT, b"after")];
    fails(1002, bytes.concat());
}

#[test]
fn a_client_that_failed_does_not_hang_on_a_server_that_stays() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&frame(FIN | 3, b"")).unwrap();
        // Neither a close frame nor the end of the connection: the client has to leave by itself.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = sockeye([peer.url(), "-w", "inf", "--close-timeout", "0.3"]).run();
    run.ends_with_status(6).says_one_error();
}

#[test]
fn bytes_one_by_one_make_the_same_messages() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let pieces = [
            frame(TEXT, "a €".as_bytes()),
            frame(FIN | PING, b"p"),
            frame(FIN | CONTINUATION, &[b'x'; 130]),
            close(1000, "bye"),
        ];
        for byte in pieces.concat() {
            stream.write_all(&[byte]).unwrap();
            // Separate segments: there is no event for "the client has read it".
            std::thread::sleep(Duration::from_micros(200));
        }
        wire::read_until_close(&mut stream)
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(0)
        .prints(format!("a €{}\n", "x".repeat(130)));
}

#[test]
fn permessage_deflate_is_offered_as_browsers_do_and_left_out_on_demand() {
    for (options, offered) in [(&[][..], true), (&["--no-compress"], false)] {
        let peer = Peer::tcp(|mut stream| {
            let head = wire::upgrade(&mut stream);
            stream.write_all(&close(1000, "")).unwrap();
            wire::read_until_close(&mut stream);
            wire::field(&head, "Sec-WebSocket-Extensions").map(str::to_owned)
        });
        sockeye([peer.url(), "-w", "inf"].iter().chain(options))
            .run()
            .ends_with_status(0);
        let extensions = peer.finish();
        assert_eq!(extensions.is_some(), offered, "{extensions:?}");
        let browsers = "permessage-deflate; client_max_window_bits";
        assert!(extensions.is_none_or(|offer| offer == browsers));
    }
}

/// The server has agreed to permessage-deflate and sends these bytes.
fn deflated(bytes: Vec<u8>) -> (Run, Option<u16>) {
    let peer = Peer::tcp(move |mut stream| {
        let answer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
        wire::upgrade_with(&mut stream, answer);
        stream.write_all(&bytes).unwrap();
        let code = wire::read_until_close(&mut stream);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
        code
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    (run, peer.finish())
}

/// RFC 7692 §7.2.3.1: "Hello", compressed.
const HELLO: &[u8] = &[0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

#[test]
fn compressed_messages_in_fragments_and_plain_ones_may_alternate() {
    let pieces = [
        frame(FIN | RSV1 | TEXT, HELLO),
        frame(FIN | TEXT, b"plain"),
        frame(RSV1 | TEXT, &HELLO[..3]),
        frame(FIN | PING, b""),
        frame(FIN | CONTINUATION, &HELLO[3..]),
        // §7.2.3.2: the same again, from the window that was kept.
        frame(FIN | RSV1 | TEXT, &[0xf2, 0x00, 0x11, 0x00, 0x00]),
        close(1000, ""),
    ];
    let (run, code) = deflated(pieces.concat());
    run.ends_with_status(0)
        .prints("Hello\nplain\nHello\nHello\n");
    assert_eq!(code, Some(1000));
}

#[test]
fn an_invalid_compressed_stream_fails_with_1007() {
    let (run, code) = deflated(frame(FIN | RSV1 | TEXT, &[0xff; 20]));
    run.ends_with_status(6).says_one_error().prints("");
    assert_eq!(code, Some(1007));
}

#[test]
fn a_compressed_continuation_frame_fails_with_1002() {
    let pieces = [
        frame(RSV1 | TEXT, &HELLO[..3]),
        frame(FIN | RSV1 | CONTINUATION, &HELLO[3..]),
    ];
    let (run, code) = deflated(pieces.concat());
    run.ends_with_status(6).says_one_error();
    assert_eq!(code, Some(1002));
}

#[test]
fn a_compressed_control_frame_fails_with_1002() {
    let (run, code) = deflated(frame(FIN | RSV1 | PING, HELLO));
    run.ends_with_status(6).says_one_error();
    assert_eq!(code, Some(1002));
}

#[test]
fn a_deflate_bomb_fails_with_1009() {
    let mut compressor = flate2::Compress::new(flate2::Compression::best(), false);
    let zeros = vec![0; 1 << 20];
    let mut bomb = Vec::with_capacity(1 << 20);
    // 300 MiB of zeros, in about 300 KiB.
    for _ in 0..300 {
        compressor
            .compress_vec(&zeros, &mut bomb, flate2::FlushCompress::None)
            .unwrap();
    }
    compressor
        .compress_vec(&[], &mut bomb, flate2::FlushCompress::Sync)
        .unwrap();
    let (run, code) = deflated(frame(FIN | RSV1 | BINARY, &bomb[..bomb.len() - 4]));
    run.ends_with_status(6).says_one_error().prints("");
    assert_eq!(code, Some(1009));
}

#[test]
fn an_answer_about_deflate_that_was_not_offered_is_status_5() {
    for answer in [
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; made_up",
        "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
        "permessage-deflate, permessage-deflate",
        "permessage-deflate; client_max_window_bits",
    ] {
        let peer = Peer::tcp(move |mut stream| {
            wire::upgrade_with(
                &mut stream,
                &format!("Sec-WebSocket-Extensions: {answer}\r\n"),
            );
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let run = sockeye([peer.url(), "-w", "inf"]).run();
        run.ends_with_status(5)
            .says_one_error()
            .says("permessage-deflate");
    }
}
