//! Files that are sent as one message, piece by piece.

use crate::harness::{PATIENCE, Peer, RealPeer, wire};
use sockeye::{Blob, Event, Events, ExceptionName, Options, WebSocket};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::Instant;
use tempfile::tempdir;
use tungstenite::Message;
use tungstenite::protocol::WebSocketConfig;

/// Bytes in which a loss, a repetition or a change of order shows.
fn pattern(len: usize) -> Vec<u8> {
    let numbers = (0u32..).flat_map(u32::to_le_bytes);
    numbers.take(len).collect()
}

fn file(path: &Path, content: &[u8]) -> Blob<'static> {
    fs::write(path, content).expect("a file");
    Blob::from_file(path).expect("a regular file")
}

fn opened(url: &str, compress: bool) -> (WebSocket, Events) {
    let options = Options {
        compress,
        ..Options::default()
    };
    let builder = WebSocket::builder(url).options(options);
    let (socket, mut events) = builder.connect().expect("a good URL");
    loop {
        let event = events.recv_timeout(PATIENCE).expect("an event in time");
        if matches!(event, Event::Open(_)) {
            return (socket, events);
        }
    }
}

#[test]
fn a_file_is_one_message_between_others_in_their_order() {
    let folder = tempdir().expect("a folder");
    let content = pattern(5 << 20);
    let blob = file(&folder.path().join("large"), &content);
    let peer = Peer::websocket(|socket| {
        socket.set_config(|config: &mut WebSocketConfig| config.max_frame_size = None);
        let mut messages = Vec::new();
        while let Ok(message) = socket.read() {
            if !message.is_close() {
                messages.push(message);
            }
        }
        messages
    });
    let (socket, _events) = opened(peer.url(), false);
    socket.send("before").expect("open");
    socket.send(blob.clone()).expect("open");
    assert!(
        socket.buffered_amount() > 0,
        "the whole size counts at once"
    );
    socket.send("after").expect("open");
    let deadline = Instant::now() + PATIENCE;
    assert!(socket.flush(deadline));
    assert_eq!(socket.statistics().bytes_sent, 6 + blob.size() + 5);
    assert!(socket.close_and_wait(deadline));
    let expected = [
        Message::text("before"),
        Message::binary(content),
        Message::text("after"),
    ];
    assert!(peer.finish() == expected, "the same three messages");
}

#[test]
fn an_empty_file_is_an_empty_message() {
    let folder = tempdir().expect("a folder");
    let blob = file(&folder.path().join("empty"), b"");
    let peer = Peer::websocket(|socket| socket.read());
    let (socket, _events) = opened(peer.url(), false);
    socket.send(blob).expect("open");
    assert_eq!(peer.finish().expect("a message"), Message::binary(vec![]));
}

#[test]
fn a_file_that_turns_out_shorter_fails_the_connection_and_is_named() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("shrinking");
    let blob = file(&path, &pattern(64 << 20));
    let (tell, told) = mpsc::channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        told.recv_timeout(PATIENCE).expect("told");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).map_or(0, |_| bytes.len())
    });
    let (socket, mut events) = opened(peer.url(), false);
    socket.send(blob).expect("open");
    let truncated = File::options().write(true).open(&path).expect("the file");
    truncated.set_len(1000).expect("shorter");
    tell.send(()).expect("it listens");
    let error = loop {
        let event = events.recv_timeout(PATIENCE).expect("an event in time");
        if let Event::Error(error) = event {
            break error.to_string();
        }
    };
    assert!(error.contains("shrinking"), "{error}");
    assert!(error.contains("67108864"), "{error}");
    assert!(peer.finish() < 64 << 20, "nothing is padded");
}

#[test]
fn what_is_no_regular_file_is_refused_and_so_is_one_that_is_gone() {
    let folder = tempdir().expect("a folder");
    assert!(Blob::from_file(folder.path()).is_err());
    let path = folder.path().join("gone");
    let blob = file(&path, b"x");
    fs::remove_file(&path).expect("ours");
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let (socket, _events) = opened(peer.url(), false);
    let exception = socket.send(blob).expect_err("no file");
    assert_eq!(exception.name(), ExceptionName::NotReadableError);
    assert_eq!(socket.buffered_amount(), 0);
}

#[test]
fn a_compressed_file_arrives_whole_at_a_server_that_inflates_it() {
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("text");
    let mut writer = File::create(&path).expect("a file");
    for number in 0..200_000 {
        writeln!(writer, "line {number}").expect("written");
    }
    let content = fs::read(&path).expect("the file");
    let blob = Blob::from_file(&path).expect("a regular file");
    let Some(peer) = RealPeer::node(&["--deflate"]) else {
        return;
    };
    let (socket, mut events) = opened(&peer.url("/"), true);
    assert!(socket.extensions().contains("permessage-deflate"));
    socket.send(blob).expect("open");
    loop {
        let event = events.recv_timeout(PATIENCE).expect("an event in time");
        if let Event::Message(message) = event {
            assert!(message.data.bytes() == content, "the same bytes");
            return;
        }
    }
}
