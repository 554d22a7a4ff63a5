//! Binary messages, whole messages, chunks.

use super::harness::{Peer, sockeye};
use std::net::TcpStream;
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
