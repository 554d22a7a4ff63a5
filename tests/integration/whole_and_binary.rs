//! Binary messages, whole messages, chunks.

use super::harness::{PATIENCE, Peer, sockeye, wire};
use std::io::{BufReader, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use tungstenite::{Message, WebSocket};

/// Bytes of every value, none of which compresses to nothing.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32 ^ length as u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Sends every message back; returns them when the client closes.
fn echo(socket: &mut WebSocket<TcpStream>) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        match socket.read().expect("a message") {
            Message::Close(_) => {
                let _ = socket.flush();
                return messages;
            }
            message => {
                socket.send(message.clone()).expect("room for a reply");
                messages.push(message);
            }
        }
    }
}

#[test]
fn one_binary_message_of_every_length_around_the_header_forms_survives_both_ways() {
    for length in [0, 1, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537] {
        let peer = Peer::websocket(echo);
        let sent = bytes(length);
        let run = sockeye([peer.url(), "--binary", "--whole", "-1"])
            .stdin(sent.clone())
            .run();
        run.ends_with_status(0).prints(&sent);
        assert_eq!(peer.finish(), [Message::binary(sent)], "{length} bytes");
    }
}

#[test]
fn sixteen_mebibytes_of_binary_survive_both_ways() {
    let peer = Peer::websocket(echo);
    let sent = bytes(16 << 20);
    let run = sockeye([peer.url(), "--binary", "--whole", "-1"])
        .stdin(sent.clone())
        .run();
    run.ends_with_status(0).prints(&sent);
    assert!(peer.finish() == [Message::binary(sent)]);
}

#[test]
fn binary_input_goes_out_in_chunks_and_comes_back_with_nothing_added() {
    let peer = Peer::websocket(echo);
    let sent = bytes(200_000);
    let run = sockeye([peer.url(), "--binary", "-w", "1"])
        .stdin(sent.clone())
        .run();
    run.ends_with_status(0).prints(&sent);
    let messages = peer.finish();
    assert!(messages.iter().all(|message| message.is_binary()));
    assert!(
        messages
            .iter()
            .all(|message| (1..=65536).contains(&message.len()))
    );
}

/// The lengths of the messages that come up to the close frame, which it answers.
fn lengths() -> Peer<Vec<usize>> {
    Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut lengths = Vec::new();
        loop {
            let frame = wire::read_frame(&mut reader).expect("a close frame before the end");
            if frame.first == wire::FIN | wire::CLOSE {
                stream.write_all(&wire::close(1000, "")).unwrap();
                return lengths;
            }
            assert_eq!(frame.first, wire::FIN | wire::BINARY);
            lengths.push(frame.payload.len());
        }
    })
}

/// So many bytes in messages of this size.
fn in_chunks(total: usize, size: usize) -> Vec<usize> {
    (0..total)
        .step_by(size)
        .map(|start| size.min(total - start))
        .collect()
}

#[test]
fn a_chunk_has_exactly_the_chosen_size_whatever_the_input_comes_in() {
    const TOTAL: usize = 3_000_000;
    for size in [1000, 262_144, 1_000_003, 2_999_999, 3_000_000, 1 << 30] {
        let peer = lengths();
        let run = sockeye([peer.url(), "--binary", "-w", "0", "--no-compress"])
            .args(["--chunk", &size.to_string()])
            .stdin(bytes(TOTAL))
            .run();
        run.ends_with_status(0);
        assert_eq!(peer.finish(), in_chunks(TOTAL, size), "{size}");
    }
}

#[test]
fn a_file_goes_out_in_full_chunks_without_being_asked() {
    const TOTAL: usize = 1_000_000;
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes(TOTAL)).unwrap();
    let peer = lengths();
    let from_file = format!("exec <'{}'", file.path().display());
    let run = sockeye([peer.url(), "--binary", "-w", "0"]).after(&from_file);
    run.run().ends_with_status(0);
    assert_eq!(peer.finish(), in_chunks(TOTAL, 65536));
}

#[test]
fn slow_input_goes_out_as_it_comes_unless_a_size_was_chosen() {
    let (heard, is_heard) = mpsc::channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        while let Some(frame) = wire::read_frame(&mut stream) {
            if frame.first == wire::FIN | wire::CLOSE {
                return stream.write_all(&wire::close(1000, "")).unwrap();
            }
            heard.send(frame.payload.len()).unwrap();
        }
    });
    let mut running = sockeye([peer.url(), "--binary", "-w", "0"])
        .stdin_held()
        .start();
    for length in [1, 70_000, 5] {
        let stdin = running.stdin.as_mut().unwrap();
        stdin.write_all(&bytes(length)).unwrap();
        let mut left = length;
        while left > 0 {
            left -= is_heard.recv_timeout(PATIENCE).expect("what was written");
        }
    }
    running.end_input().finish().ends_with_status(0);
    peer.finish();
}

#[test]
fn a_chunk_that_no_message_can_have_is_a_usage_error() {
    for size in ["0", "2GiB", "many"] {
        let run = sockeye(["--echo", "--binary", "--chunk", size]).run();
        run.ends_with_status(2).says_one_error().says("--chunk");
    }
}

#[test]
fn the_size_of_a_chunk_can_be_chosen() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "--binary", "--chunk", "1000", "-w", "1"])
        .stdin(bytes(4500))
        .run();
    run.ends_with_status(0).prints(bytes(4500));
    let lengths: Vec<_> = peer.finish().iter().map(Message::len).collect();
    assert_eq!(lengths, [1000, 1000, 1000, 1000, 500]);
}

#[test]
fn standard_input_can_be_one_text_message_with_its_newlines() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "--whole", "-1"])
        .stdin("a\nb\r\n\nc\n")
        .run();
    run.ends_with_status(0);
    assert_eq!(peer.finish(), [Message::text("a\nb\r\n\nc\n")]);
}

#[test]
fn received_binary_is_written_raw_between_lines_of_text() {
    let peer = Peer::websocket(|socket| {
        for message in [
            Message::text("a"),
            Message::binary(vec![0, 255, 10]),
            Message::text("b"),
        ] {
            socket.send(message).unwrap();
        }
        echo(socket)
    });
    let run = sockeye([peer.url(), "-N", "3"]).run();
    run.ends_with_status(0).prints(b"a\n\x00\xff\nb\n");
}
