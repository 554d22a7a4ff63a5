//! `-x` and `-f`: say something, hear the answer, leave.

use super::harness::{Peer, sockeye, wire};
use std::io::Write;
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// Sends every message back; returns them and the code of the client's close frame.
fn echo(socket: &mut WebSocket<TcpStream>) -> (Vec<Message>, Option<u16>) {
    let mut messages = Vec::new();
    loop {
        match socket.read().expect("a message") {
            Message::Close(frame) => {
                let _ = socket.flush();
                return (messages, frame.map(|frame| frame.code.into()));
            }
            message => {
                socket.send(message.clone()).expect("room for a reply");
                messages.push(message);
            }
        }
    }
}

#[test]
fn the_reply_is_written_and_the_connection_closed_with_1000() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "-x", "hi", "-1"]).run();
    run.ends_with_status(0).prints("hi\n");
    assert_eq!(peer.finish(), (vec![Message::text("hi")], Some(1000)));
}

#[test]
fn messages_go_out_in_the_order_given_whether_text_or_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, "two\nlines\n").unwrap();
    let peer = Peer::websocket(echo);
    let run = sockeye([
        peer.url(),
        "-x",
        "1",
        "-f",
        file.to_str().unwrap(),
        "-x",
        "3",
        "-N",
        "3",
    ])
    .run();
    run.ends_with_status(0).prints("1\ntwo\nlines\n\n3\n");
    let expected = ["1", "two\nlines\n", "3"].map(Message::text);
    assert_eq!(peer.finish().0, expected);
}

#[test]
fn a_file_is_one_binary_message_on_demand() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, [0, 159, 146, 150]).unwrap();
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "--binary", "-f", file.to_str().unwrap(), "-1"]).run();
    run.ends_with_status(0).prints([0, 159, 146, 150]);
    assert_eq!(peer.finish().0, [Message::binary(vec![0, 159, 146, 150])]);
}

#[test]
fn a_file_that_is_not_there_is_status_2_before_anything_is_sent() {
    let run = sockeye(["--echo", "-f", "/does/not/exist"]).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("/does/not/exist");
}

#[test]
fn it_waits_for_replies_and_then_leaves() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "-x", "a", "-x", "b", "-w", "2"]).run();
    run.ends_with_status(0).prints("a\nb\n");
    assert_eq!(peer.finish().1, Some(1000));
}

#[test]
fn standard_input_is_not_read() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "-x", "hi", "-1"])
        .stdin("not this\n")
        .run();
    run.ends_with_status(0).prints("hi\n");
    assert_eq!(peer.finish().0, [Message::text("hi")]);
}

#[test]
fn standard_input_is_one_message_where_a_file_would_be() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "-x", "1", "-f", "-", "-x", "3", "-N", "3"])
        .stdin("two\nlines\n")
        .run();
    run.ends_with_status(0).prints("1\ntwo\nlines\n\n3\n");
    let expected = ["1", "two\nlines\n", "3"].map(Message::text);
    assert_eq!(peer.finish().0, expected);
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "--binary", "-f", "-", "-1"])
        .stdin([0, 159, 146, 150])
        .run();
    run.ends_with_status(0).prints([0, 159, 146, 150]);
    assert_eq!(peer.finish().0, [Message::binary(vec![0, 159, 146, 150])]);
}

#[test]
fn standard_input_is_there_only_once_and_is_named_when_it_is_not_text() {
    for (arguments, right) in [
        (&["-f", "-", "-f", "-"][..], "once"),
        (&["-f", "-", "-i"], "leave out -i"),
    ] {
        let run = sockeye(["--echo"]).args(arguments).stdin("a\n").run();
        run.ends_with_status(2).says_one_error();
        run.says("-f -").says(right).prints("");
    }
    let run = sockeye(["--echo", "-f", "-"])
        .stdin(b"a\xff".to_vec())
        .run();
    run.ends_with_status(2).says_one_error();
    run.says("standard input is not valid UTF-8 at byte 1");
}

#[test]
fn standard_input_that_stays_open_does_not_hold_it_up() {
    let run = sockeye(["--echo", "-x", "hi", "-1"]).stdin_held().run();
    run.ends_with_status(0).prints("hi\n");
}

#[test]
fn fewer_replies_than_asked_for_is_status_9() {
    let peer = Peer::websocket(|socket| {
        socket.send("only one".into()).unwrap();
        while socket.read().is_ok() {}
    });
    let run = sockeye([peer.url(), "-x", "hi", "-N", "2", "-w", "2"]).run();
    run.ends_with_status(9)
        .says_one_error()
        .prints("only one\n");
}

#[test]
fn a_server_that_closes_before_the_replies_came_is_status_9() {
    let peer = Peer::websocket(|socket| {
        socket.read().unwrap();
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
    });
    let run = sockeye([peer.url(), "-x", "hi", "-N", "2", "-w", "inf"]).run();
    run.ends_with_status(9).says_one_error().prints("");
}

#[test]
fn an_empty_message_is_sent() {
    let peer = Peer::websocket(echo);
    let run = sockeye([peer.url(), "-x", "", "-1"]).run();
    run.ends_with_status(0).prints("\n");
    assert_eq!(peer.finish().0, [Message::text("")]);
}

#[test]
fn a_url_without_a_scheme_means_ws() {
    for form in [
        "localhost:PORT",
        "127.0.0.1:PORT/path",
        ":PORT",
        "PORT",
        "http://127.0.0.1:PORT",
    ] {
        let peer = Peer::websocket(echo);
        let url = form.replace("PORT", &peer.port().to_string());
        let run = sockeye([&*url, "-x", "hi", "-1"]).run();
        run.ends_with_status(0).prints("hi\n");
    }
}

#[test]
fn a_server_that_goes_on_sending_cannot_hold_it() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let flood = wire::frame(0x81, b"more").repeat(1000);
        while stream.write_all(&flood).is_ok() {}
    });
    let run = sockeye([peer.url(), "-x", "hi", "-N", "2"]).run();
    run.ends_with_status(0).prints("more\nmore\n");
    peer.finish();
}
