//! How a connection can end or fail to begin: one clear line, and the exit status of the manual's
//! table.

use super::harness::{Peer, Port, RealPeer, Run, sockeye, wire};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;
use tungstenite::Message;

/// Subscribes to a server that sends one line and then does this.
fn subscribe(then: impl FnOnce(&mut TcpStream) + Send + 'static) -> Run {
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream
            .write_all(&wire::frame(wire::FIN | wire::TEXT, b"line"))
            .unwrap();
        then(&mut stream);
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.prints("line\n");
    run
}

/// A server that closes properly with this frame.
fn closing_with(frame: Vec<u8>) -> Run {
    subscribe(move |stream| {
        stream.write_all(&frame).unwrap();
        let answer = wire::read_frame(stream).expect("the client answers the close frame");
        assert_eq!(answer.first, wire::FIN | wire::CLOSE);
        assert_eq!(
            answer.payload.get(..2),
            frame.get(2..4),
            "the code comes back"
        );
    })
}

/// A server that answers the opening handshake with these bytes and ends.
fn answering(bytes: &'static [u8]) -> Run {
    let peer = Peer::tcp(move |mut stream| {
        wire::read_head(&mut stream);
        stream.write_all(bytes).unwrap();
    });
    sockeye([peer.url(), "-w", "inf"]).run()
}

#[test]
fn a_close_with_1000_is_status_0() {
    let run = closing_with(wire::close(1000, "done"));
    run.ends_with_status(0);
}

#[test]
fn a_close_with_1001_is_status_0() {
    closing_with(wire::close(1001, "")).ends_with_status(0);
}

#[test]
fn a_close_without_a_code_is_status_0() {
    closing_with(wire::frame(wire::FIN | wire::CLOSE, b"")).ends_with_status(0);
}

#[test]
fn a_close_with_1008_is_status_7_and_shows_code_and_reason() {
    let run = closing_with(wire::close(1008, "not you"));
    run.ends_with_status(7).says_one_error();
    run.says("1008").says("not you");
}

#[test]
fn a_close_with_4001_is_status_7_and_shows_code_and_reason() {
    let run = closing_with(wire::close(4001, "gone fishing"));
    run.ends_with_status(7).says_one_error();
    run.says("4001").says("gone fishing");
}

#[test]
fn the_codes_that_count_as_clean_can_be_chosen() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&wire::close(4001, "")).unwrap();
        let _ = wire::read_frame(&mut stream);
    });
    let run = sockeye([peer.url(), "-w", "inf", "--ok-codes", "1000,4001"]).run();
    run.ends_with_status(0);
}

#[test]
fn a_reason_with_escape_sequences_is_shown_escaped() {
    let run = closing_with(wire::close(4000, "\u{1b}[2J\u{7}x"));
    run.ends_with_status(7).says_one_error();
    assert!(!run.stderr.contains(['\u{1b}', '\u{7}']), "{run}");
}

#[test]
fn tcp_dropped_in_the_middle_of_a_frame_is_status_6() {
    let run = subscribe(|stream| stream.write_all(b"\x81\x05hel").unwrap());
    run.ends_with_status(6).says_one_error();
}

#[test]
fn tcp_dropped_between_two_frames_is_status_6() {
    subscribe(|_| ()).ends_with_status(6).says_one_error();
}

#[test]
fn garbage_instead_of_frames_is_status_6() {
    let run = subscribe(|stream| {
        stream
            .write_all(b"\xff\xff\xff\xffthis is no frame")
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    run.ends_with_status(6).says_one_error();
}

#[test]
fn an_answer_of_403_is_status_5_and_is_shown() {
    let run = answering(
        b"HTTP/1.1 403 Forbidden\r\nX-Why: members only\r\nContent-Length: 9\r\n\r\ngo away!\n",
    );
    run.ends_with_status(5).says_one_error().prints("");
    run.says("403").says("members only").says("go away!");
}

#[test]
fn an_answer_that_is_not_http_is_status_5() {
    let run = answering(b"SSH-2.0-OpenSSH_9.9\r\n\x00\x01\x02\r\n\r\n");
    run.ends_with_status(5).says_one_error().prints("");
}

#[test]
fn a_wrong_accept_key_is_status_5() {
    let run = answering(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
          Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
    );
    run.ends_with_status(5)
        .says_one_error()
        .says("Sec-WebSocket-Accept");
}

#[test]
fn a_connection_closed_instead_of_an_answer_is_no_success() {
    let run = answering(b"");
    run.ends_with_status(5).says_one_error();
}

#[test]
fn an_endless_head_is_refused() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 101 Switching Protocols\r\n");
        while stream
            .write_all(b"X-Filler: 0123456789012345678901234567890\r\n")
            .is_ok()
        {}
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(5).says_one_error();
}

#[test]
fn an_extension_that_was_not_offered_is_status_5() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade_with(&mut stream, "Sec-WebSocket-Extensions: x-made-up\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(5).says_one_error().says("x-made-up");
}

#[test]
fn a_subprotocol_that_was_not_asked_for_is_status_5() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade_with(&mut stream, "Sec-WebSocket-Protocol: chat\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = sockeye([peer.url(), "-w", "inf"]).run();
    run.ends_with_status(5).says_one_error().says("chat");
}

#[test]
fn subprotocols_are_offered_in_order_and_the_choice_is_accepted() {
    let peer = Peer::tcp(|mut stream| {
        let head = wire::upgrade_with(&mut stream, "Sec-WebSocket-Protocol: two\r\n");
        stream.write_all(&wire::close(1000, "")).unwrap();
        let _ = wire::read_frame(&mut stream);
        wire::field(&head, "Sec-WebSocket-Protocol").map(str::to_owned)
    });
    let run = sockeye([peer.url(), "-s", "one", "-s", "two", "-w", "inf"]).run();
    run.ends_with_status(0);
    let offered = peer.finish().expect("subprotocols in the request");
    let offered: Vec<_> = offered.split(',').map(str::trim).collect();
    assert_eq!(offered, ["one", "two"]);
}

#[test]
fn an_answer_that_never_comes_is_status_8() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = sockeye([peer.url(), "-w", "inf", "--connect-timeout", "0.3"]).run();
    run.ends_with_status(8).says_one_error();
}

#[test]
fn a_close_that_is_never_answered_is_status_8() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let code = wire::read_until_close(&mut stream);
        let _ = stream.read_to_end(&mut Vec::new());
        code
    });
    let run = sockeye([peer.url(), "-w", "0", "--close-timeout", "0.3"])
        .stdin("")
        .run();
    run.ends_with_status(8).says_one_error();
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn a_refused_connection_is_status_3() {
    let port = Port::reserve();
    let run = sockeye([&port.url()]).run();
    run.ends_with_status(3).says_one_error().prints("");
}

#[test]
fn a_name_that_does_not_exist_is_status_3() {
    let run = sockeye(["ws://does-not-exist.invalid/"]).run();
    run.ends_with_status(3)
        .says_one_error()
        .says("does-not-exist.invalid");
}

#[test]
fn a_bad_url_is_status_2() {
    for url in [
        "ws://",
        "ftp://localhost/",
        "ws://localhost/#part",
        "ws://local host/",
    ] {
        sockeye([url])
            .run()
            .ends_with_status(2)
            .says_one_error()
            .prints("");
    }
}

#[test]
fn a_bad_subprotocol_is_status_2() {
    for bad in ["two words", "", "a,b\u{e9}"] {
        let run = sockeye(["localhost:9", "--allow-bad-port", "-s", bad]).run();
        run.ends_with_status(2).says_one_error();
    }
}

#[test]
fn a_port_on_the_bad_port_list_is_status_2_and_names_the_override() {
    let run = sockeye(["localhost:25"]).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("--allow-bad-port");
}

#[test]
fn an_option_that_does_not_exist_is_status_2() {
    sockeye(["--no-such-option"])
        .run()
        .ends_with_status(2)
        .says("--no-such-option");
}

#[test]
fn a_ping_is_answered_with_its_payload() {
    let peer = Peer::websocket(|socket| {
        socket.send(Message::Ping("are you there".into())).unwrap();
        let pong = socket.read().unwrap();
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
        pong
    });
    sockeye([peer.url(), "-w", "inf"]).run().ends_with_status(0);
    assert_eq!(peer.finish(), Message::Pong("are you there".into()));
}

#[test]
fn closing_codes_of_node_and_python_give_the_same_statuses() {
    let peers = [RealPeer::node(&[]), RealPeer::python(&[])];
    for peer in peers.into_iter().flatten() {
        for (path, status) in [
            ("/close", 0),
            ("/close?code=1000&reason=bye", 0),
            ("/close?code=1008&reason=policy", 7),
            ("/close?code=4001&reason=application", 7),
        ] {
            let run = sockeye([&*peer.url(path), "-w", "inf"]).run();
            run.ends_with_status(status).prints("");
            if let Some((_, reason)) = path.split_once("reason=").filter(|_| status != 0) {
                run.says_one_error().says(reason);
            }
        }
    }
}

/// Answers nothing, and goes on sending this until the client has gone. Gives the client's close
/// code.
fn never_quiet(bytes: &'static [u8]) -> Peer<Option<u16>> {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let code = wire::read_until_close(&mut stream);
        let mut bytes = bytes.chunks(1).cycle();
        while stream.write_all(bytes.next().unwrap_or_default()).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
        code
    })
}

#[test]
fn a_server_that_ignores_the_close_frame_and_goes_on_sending_is_left_in_time() {
    // Whole messages, a large one that never ends, and pings.
    for bytes in [
        &b"\x81\x01x"[..],
        b"\x82\x7f\0\0\0\0\0\x10\0\0xxxxxxxxxxxxxxxxxxxxxxxxx",
        b"\x89\x01p",
    ] {
        let peer = never_quiet(bytes);
        let arguments = ["-x", "hi", "-w", "0", "--close-timeout", "0.5"];
        let run = sockeye([peer.url()]).args(arguments).run();
        run.ends_with_status(8).says_one_error().says("0.5 s");
        assert_eq!(run.stdout.starts_with(b"x\n"), bytes[0] == 0x81, "{run}");
        assert_eq!(peer.finish(), Some(1000));
    }
}

#[test]
fn in_json_mode_a_server_that_ignores_the_close_frame_gets_its_close_event_in_time() {
    let peer = never_quiet(b"\x81\x01x");
    let arguments = ["--json", "--close-timeout", "0.5"];
    let run = sockeye([peer.url()]).args(arguments).stdin("").run();
    run.ends_with_status(8);
    let told = String::from_utf8_lossy(&run.stdout);
    let mut last = told.lines().rev();
    let close = last.next().expect("a line");
    assert!(
        close.contains(r#""type":"close""#) && close.contains(r#""code":1006"#),
        "{run}"
    );
    assert!(last.next().is_some_and(|line| line.contains("error")));
    peer.finish();
}

#[test]
fn a_ping_is_answered_when_a_close_frame_came_with_it() {
    let run = subscribe(|stream| {
        let both = [
            wire::frame(wire::FIN | wire::PING, b"p"),
            wire::close(1000, ""),
        ];
        stream.write_all(&both.concat()).unwrap();
        let pong = wire::read_frame(stream).expect("a pong");
        assert_eq!(
            (pong.first, &pong.payload[..]),
            (wire::FIN | wire::PONG, &b"p"[..])
        );
        assert_eq!(wire::read_frame(stream).unwrap().close_code(), Some(1000));
    });
    run.ends_with_status(0);
}

#[test]
fn a_close_frame_is_answered_although_the_server_has_ended_its_half_with_it() {
    let run = subscribe(|stream| {
        stream.write_all(&wire::close(1000, "")).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(wire::read_frame(stream).unwrap().close_code(), Some(1000));
    });
    run.ends_with_status(0);
}

/// The close frame of the client, echoed; its code and reason.
fn closed_with() -> Peer<(Option<u16>, String)> {
    Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        loop {
            let frame = wire::read_frame(&mut stream).expect("a close frame before the end");
            if frame.first == wire::FIN | wire::CLOSE {
                let echo = wire::frame(frame.first, &frame.payload);
                stream.write_all(&echo).unwrap();
                let reason = String::from_utf8_lossy(&frame.payload[2..]).into_owned();
                return (frame.close_code(), reason);
            }
        }
    })
}

#[test]
fn code_and_reason_of_the_last_close_can_be_chosen_and_their_echo_is_success() {
    for arguments in [&["-w", "0"][..], &["-x", "hi", "-w", "0"], &["--json"]] {
        let peer = closed_with();
        let run = sockeye([peer.url(), "--close-code", "4001", "--close-reason", "bye"])
            .args(arguments)
            .run();
        run.ends_with_status(0);
        assert_eq!(run.stderr, "", "{run}");
        assert_eq!(peer.finish(), (Some(4001), "bye".to_owned()));
    }
}

#[test]
fn a_reason_alone_goes_with_1000() {
    let peer = closed_with();
    let run = sockeye([peer.url(), "--close-reason", "done", "-w", "0"]).run();
    run.ends_with_status(0);
    assert_eq!(peer.finish(), (Some(1000), "done".to_owned()));
}

#[test]
fn what_close_would_refuse_is_a_usage_error() {
    let long = "\u{e9}".repeat(62);
    for (option, value, right) in [
        ("--close-code", "1001", "3000 to 4999"),
        ("--close-code", "5000", "3000 to 4999"),
        ("--close-code", "bye", "3000 to 4999"),
        ("--close-reason", &*long, "123 bytes"),
    ] {
        let run = sockeye(["--echo", option, value, "-x", "a"]).run();
        run.ends_with_status(2).says_one_error();
        run.says(option).says(right);
    }
}
