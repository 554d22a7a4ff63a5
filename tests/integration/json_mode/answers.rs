//! Answers in every state, while a side is slow, and after the close.

use super::super::harness::{PATIENCE, Task, sockeye, wire};
use super::driver::{Driver, close_after_client, members, parsed, text, upgraded};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::sync::mpsc;
use std::time::Duration;

#[test]
fn commands_are_answered_while_the_network_is_blocked() {
    const SIZE: usize = 8 << 20;
    let (go_on, told) = mpsc::channel();
    let peer = upgraded(move |stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        let frame = wire::read_frame(stream).expect("the large message");
        (frame.payload.len(), close_after_client(stream))
    });
    let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
    driver.expect("open");
    let data = "x".repeat(SIZE);
    driver.ask(
        &format!(r#"{{"type":"send","data":"{data}","id":1}}"#),
        "ok",
    );
    let state = driver.state();
    assert_eq!(state["readyState"], 1);
    let left = state["bufferedAmount"].as_u64().expect("a number");
    assert!(0 < left && left <= SIZE as u64, "{state}");
    driver.ask(r#"{"type":"ping","id":2}"#, "ok");
    driver.ask(r#"{"type":"close","id":3}"#, "ok");
    assert_eq!(driver.state()["readyState"], 2);
    go_on.send(()).unwrap();
    let close = driver.expect("close");
    assert_eq!(close["wasClean"], true);
    assert_eq!(driver.state()["bufferedAmount"], 0);
    driver.end().run.ends_with_status(0);
    assert_eq!(peer.finish(), (SIZE, None));
}

#[test]
fn above_64_mib_reading_waits_for_the_network_and_nothing_is_lost() {
    const SIZE: usize = 4 << 20;
    const COUNT: usize = 20;
    const SILENCE: Duration = Duration::from_secs(1);
    let (go_on, told) = mpsc::channel();
    let peer = upgraded(move |stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        let mut payload = 0;
        loop {
            let frame = wire::read_frame(stream).expect("a close frame before the end");
            if frame.first == wire::FIN | wire::CLOSE {
                stream.write_all(&wire::close(1000, "")).unwrap();
                return payload;
            }
            payload += frame.payload.len();
        }
    });
    let driver = Driver::start(&[peer.url(), "--no-compress"]);
    driver.expect("open");
    let Driver {
        running,
        mut stdin,
        lines,
    } = driver;
    let feeding = Task::spawn(move || {
        let data = "x".repeat(SIZE);
        for _ in 0..COUNT {
            let both =
                format!("{{\"type\":\"send\",\"data\":\"{data}\"}}\n{{\"type\":\"state\"}}\n");
            stdin.write_all(both.as_bytes()).expect("it reads on");
        }
        stdin
    });
    let mut most = 0;
    let mut go_on = Some(go_on);
    for _ in 0..COUNT {
        // Silence only lets the server go on: how long it takes decides nothing.
        let quiet = if go_on.is_some() { SILENCE } else { PATIENCE };
        let line = lines.recv_timeout(quiet).or_else(|_| {
            go_on.take().map(|go_on| go_on.send(()));
            lines.recv_timeout(PATIENCE)
        });
        let state = parsed(&line.expect("a state"));
        most = most.max(state["bufferedAmount"].as_u64().expect("a number"));
    }
    assert!(most <= (64 << 20) + SIZE as u64, "{most}");
    let stdin = feeding.finish();
    let driver = Driver {
        running,
        stdin,
        lines,
    };
    driver.end().run.ends_with_status(0);
    assert_eq!(peer.finish(), SIZE * COUNT);
}

#[test]
fn after_the_close_commands_are_answered_until_the_end_of_input() {
    let peer = upgraded(|stream| {
        stream.write_all(&wire::close(4001, "gone")).unwrap();
        wire::read_until_close(stream)
    });
    let mut driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    let close = driver.expect("close");
    assert_eq!(
        members(&close),
        r#"{"code":4001,"reason":"gone","wasClean":true}"#
    );
    let exception = driver.ask(r#"{"type":"send","data":"abc","id":1}"#, "exception");
    assert_eq!(exception["name"], "InvalidStateError");
    let state = driver.state();
    assert_eq!(
        (&state["readyState"], &state["bufferedAmount"]),
        (&json!(3), &json!(3))
    );
    driver.ask(r#"{"type":"close","id":2}"#, "ok");
    driver.ask("what?", "exception");
    let end = driver.end();
    assert_eq!(end.lines, [Value::Null; 0]);
    end.run.ends_with_status(7).says_one_error().says("4001");
}

#[test]
fn a_slow_reader_holds_up_the_messages_and_not_the_commands() {
    const COUNT: usize = 512;
    let frame = text(&"x".repeat(64 << 10));
    let (much, written) = mpsc::channel();
    let (heard, hears) = mpsc::channel();
    let peer = upgraded(move |stream| {
        let mut pouring = stream.try_clone().expect("a second handle");
        let pours = Task::spawn(move || {
            for number in 0..COUNT {
                pouring.write_all(&frame).unwrap();
                // More than the pipe of standard output holds.
                if number == 32 {
                    much.send(()).unwrap();
                }
            }
        });
        let frame = wire::read_frame(stream).expect("the message");
        heard.send(frame.payload).unwrap();
        pours.finish();
        close_after_client(stream)
    });
    let arguments = ["--json", "--no-compress", peer.url()];
    let mut running = sockeye(arguments).stdin_held().start();
    let mut stdin = running.stdin.take().expect("held");
    let stdout = running.stdout.as_mut().expect("piped");
    // Byte by byte, so that what follows the line stays in the pipe.
    let mut byte = [0];
    while byte != *b"\n" {
        stdout.read_exact(&mut byte).expect("the open event");
    }
    written.recv_timeout(PATIENCE).expect("poured");
    stdin
        .write_all(b"{\"type\":\"send\",\"data\":\"a\",\"id\":1}\n")
        .unwrap();
    let payload = hears.recv_timeout(PATIENCE);
    assert_eq!(payload.expect("sent though nothing is read"), b"a");
    drop(stdin);
    let run = running.finish();
    run.ends_with_status(0);
    let count = |kind: &str| {
        let begin = format!("{{\"type\":\"{kind}\"");
        let lines = run.stdout.split(|byte| *byte == b'\n');
        lines
            .filter(|line| line.starts_with(begin.as_bytes()))
            .count()
    };
    let counts = ["ok", "message", "close"].map(count);
    assert_eq!(counts, [1, COUNT, 1]);
}
