//! `--expect` and `--expect-json`: what is waited for, and what a failure tells.

use super::harness::{Peer, Port, Run, channel, sockeye, wire};
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// Reads up to the client's close frame; returns its code.
fn until_close(socket: &mut WebSocket<TcpStream>) -> Option<u16> {
    loop {
        if let Message::Close(frame) = socket.read().expect("a message") {
            let _ = socket.flush();
            return frame.map(|frame| frame.code.into());
        }
    }
}

/// A server that says this once it has heard something.
fn answering(answers: &'static [&str]) -> Peer<Option<u16>> {
    Peer::websocket(move |socket| {
        socket.read().expect("a question");
        for answer in answers {
            socket.send((*answer).into()).unwrap();
        }
        until_close(socket)
    })
}

/// Asks such a server, with these options.
fn ask(answers: &'static [&str], options: &[&str]) -> Run {
    let peer = answering(answers);
    let run = sockeye([&[peer.url(), "-x", "?"], options].concat()).run();
    assert_eq!(peer.finish(), Some(1000));
    run
}

#[test]
fn it_leaves_after_the_message_that_matches() {
    let run = ask(
        &["wait", "all ok"],
        &["--expect", "ok$", "--timeout", "inf"],
    );
    run.ends_with_status(0).prints("wait\nall ok\n");
}

#[test]
fn a_member_of_a_json_message_can_be_expected() {
    let answers = &["ok", r#"{"status":"busy"}"#, r#"{"id":1,"status":"ok"}"#];
    let run = ask(answers, &["--expect-json", r#"/status="ok""#]);
    run.ends_with_status(0);
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn both_kinds_are_met_in_the_order_given() {
    let options = ["--expect", "a", "--expect-json", "/b=1", "--expect", "c"];
    let right = ask(&["a", r#"{"b":1}"#, "c"], &options);
    right.ends_with_status(0);
    let wrong = ask(
        &["c", r#"{"b":1}"#, "a", "c"],
        &[&options[..], &["--timeout", "2"]].concat(),
    );
    wrong.ends_with_status(9).says_one_error();
    wrong.says("--expect-json '/b=1' (expectation 2 of 3)");
}

#[test]
fn time_that_runs_out_is_status_9_and_shows_the_last_messages_harmless() {
    let answers = &["1", "2", "3", "4", "5", "6", "7\u{1b}[2J"];
    let run = ask(answers, &["--expect", "never", "--timeout", "2"]);
    run.ends_with_status(9).says_one_error();
    run.says("no message met --expect 'never' within 2 s\nthe last 5 of 7 messages");
    run.says("  3\n  4\n  5\n  6\n  7\\x1b[2J\n");
    run.prints("1\n2\n3\n4\n5\n6\n7\u{1b}[2J\n");
}

#[test]
fn silence_is_said_to_be_silence() {
    let run = ask(&[], &["--expect", "x", "--timeout", "2"]);
    run.ends_with_status(9).says("no message came");
}

#[test]
fn messages_without_a_pause_do_not_stretch_the_time() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let line = wire::frame(wire::FIN | wire::TEXT, b"tick");
        // Until the client is gone.
        while std::io::Write::write_all(&mut stream, &line).is_ok() {}
    });
    let options = ["--expect", "tock", "--timeout", "2", "--close-timeout", "1"];
    let run = sockeye([&[peer.url()], &options[..]].concat()).run();
    run.ends_with_status(9)
        .says("'tock' within 2 s")
        .says("  tick\n");
}

#[test]
fn a_connection_that_ends_first_is_status_9_and_says_how_it_ended() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        std::io::Write::write_all(&mut stream, &wire::close(4001, "not today")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let run = sockeye([peer.url(), "--expect", "x", "--timeout", "inf"]).run();
    run.ends_with_status(9).says_one_error();
    run.says("--expect 'x': ").says("4001").says("not today");

    let peer = Peer::tcp(|mut stream| drop(wire::upgrade(&mut stream)));
    let run = sockeye([peer.url(), "--expect", "x", "--timeout", "inf"]).run();
    run.ends_with_status(9).says_one_error().says("lost");
}

#[test]
fn a_connection_that_never_opened_keeps_its_own_status() {
    let port = Port::reserve();
    let run = sockeye([&*port.url(), "--expect", "x"]).run();
    run.ends_with_status(3).says_one_error();
}

#[test]
fn a_count_and_an_expectation_have_to_be_met_both() {
    let run = ask(&["a", "b", "c"], &["--expect", "a", "-N", "3"]);
    run.ends_with_status(0).prints("a\nb\nc\n");
    let few = ask(&["a"], &["--expect", "a", "-N", "2", "--timeout", "2"]);
    few.ends_with_status(9).says("1 of 2 messages came");
    let other = ask(&["b"], &["--expect", "a", "-1", "--timeout", "2"]);
    other
        .ends_with_status(9)
        .says("no message met --expect 'a'");
}

#[test]
fn a_binary_message_counts_with_its_bytes() {
    let peer = Peer::websocket(|socket| {
        socket.send(Message::binary(vec![1, 0xff, 2])).unwrap();
        until_close(socket)
    });
    let run = sockeye([peer.url(), "--expect", r"(?-u)\xff"]).run();
    run.ends_with_status(0).prints([1, 0xff, 2]);
}

#[test]
fn a_pipe_sends_all_its_input_even_when_the_answer_comes_before_its_end() {
    let (answered, is_answered) = channel();
    let peer = Peer::websocket(move |socket| {
        socket.read().unwrap();
        socket.send("ok".into()).unwrap();
        answered.send(()).unwrap();
        let second = socket.read().unwrap();
        (second, until_close(socket))
    });
    let run = sockeye([peer.url(), "--expect", "ok"])
        .stdin_from(move |mut stdin| {
            std::io::Write::write_all(&mut stdin, b"one\n").unwrap();
            is_answered.recv();
            std::io::Write::write_all(&mut stdin, b"two\n").unwrap();
        })
        .run();
    run.ends_with_status(0).prints("ok\n");
    assert_eq!(peer.finish(), (Message::text("two"), Some(1000)));
}

#[test]
fn what_cannot_be_expected_is_status_2_before_anything_is_done() {
    for options in [
        ["--expect", "a("],
        ["--expect-json", "/a=b"],
        ["--expect-json", "a=1"],
    ] {
        let run = sockeye([&["--echo", "-x", "a"], &options[..]].concat()).run();
        run.ends_with_status(2).says_one_error().prints("");
        run.says(options[0]).says(options[1]);
    }
    let alone = sockeye(["--echo", "-x", "a", "--timeout", "1"]).run();
    alone.ends_with_status(2).says_one_error().says("--expect");
}

#[test]
fn the_time_stands_before_each_text_message_on_demand() {
    let run = sockeye(["--echo", "--timestamps", "-x", "a", "-x", "b", "-N", "2"]).run();
    run.ends_with_status(0);
    let out = String::from_utf8(run.stdout.clone()).unwrap();
    let messages = stamped_messages(&out);
    assert_eq!(messages, ["a", "b"], "{run}");
}

/// What follows `2026-03-01T12:00:00.250Z ` in each line.
fn stamped_messages(out: &str) -> Vec<&str> {
    let message = |line| {
        let (time, message) = str::split_once(line, ' ').expect("a time");
        let form: String = time.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(form, "0000-00-00T00:00:00.000Z");
        message
    };
    out.lines().map(message).collect()
}
