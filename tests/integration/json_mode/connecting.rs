//! Commands that come before there is a connection.

use super::super::harness::{PATIENCE, Peer, Service, Task, sockeye, wire};
use super::driver::{Driver, close_after_client, kinds, members, parsed};
use serde_json::json;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

/// A server that answers the handshake when it is told to, and returns all frames up to the
/// client's close frame, each as its first byte and payload.
fn held(told: Receiver<()>) -> Peer<Vec<(u8, Vec<u8>)>> {
    Peer::tcp(move |mut stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        wire::upgrade(&mut stream);
        frames_until_close(&mut stream)
    })
}

fn frames_until_close(stream: &mut TcpStream) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    loop {
        let frame = wire::read_frame(stream).expect("a close frame before the end");
        if frame.first == wire::FIN | wire::CLOSE {
            stream.write_all(&wire::close(1000, "")).unwrap();
            return frames;
        }
        frames.push((frame.first & 0xf, frame.payload));
    }
}

fn refusing(mut stream: TcpStream, status: u16) {
    wire::read_head(&mut stream);
    let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).unwrap();
}

/// One of each command, with ids from 1 to 4.
const COMMANDS: &str = r#"{"type":"send","data":"a","id":1}
{"type":"ping","data":"b","id":2}
{"type":"pong","data":"c","id":3}
{"type":"send","data":"AAE=","encoding":"base64","id":4}
"#;

#[test]
fn commands_wait_for_the_open_in_their_order_and_state_alone_overtakes_them() {
    let (go_on, told) = mpsc::channel();
    let peer = held(told);
    let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
    driver.say(COMMANDS.trim_end());
    let state = driver.state();
    assert_eq!(
        (&state["readyState"], &state["bufferedAmount"]),
        (&json!(0), &json!(0))
    );
    // What is no command keeps its place among those that wait.
    driver.say(r#"{"type":"bend","id":5}"#);
    driver.say(r#"{"type":"close","code":3000,"id":6}"#);
    driver.say(r#"{"type":"send","data":"late","id":7}"#);
    assert_eq!(driver.state()["readyState"], 0);
    go_on.send(()).unwrap();
    driver.expect("open");
    for id in 1..=4 {
        assert_eq!(driver.expect("ok")["id"], id);
    }
    let exception = driver.expect("exception");
    assert_eq!(
        (&exception["id"], &exception["name"]),
        (&json!(5), &json!("SyntaxError"))
    );
    assert_eq!(driver.expect("ok")["id"], 6);
    let exception = driver.expect("exception");
    assert_eq!(
        (&exception["id"], &exception["name"]),
        (&json!(7), &json!("InvalidStateError"))
    );
    assert_eq!(driver.expect("close")["code"], 1000);
    driver.end().run.ends_with_status(0);
    let mut frames = peer.finish();
    // Control frames may go before messages.
    frames.sort();
    let expected: [(u8, &[u8]); 4] = [
        (wire::TEXT, b"a"),
        (wire::BINARY, b"\0\x01"),
        (wire::PING, b"b"),
        (wire::PONG, b"c"),
    ];
    assert_eq!(
        frames,
        expected.map(|(kind, payload)| (kind, payload.to_vec()))
    );
}

#[test]
fn a_plain_pipe_of_commands_sends_all_of_them() {
    let (go_on, told) = mpsc::channel();
    let peer = held(told);
    let input = format!("{COMMANDS}{{\"type\":\"close\"}}\n");
    let running = sockeye(["--json", peer.url(), "--no-compress"])
        .stdin(input)
        .start();
    go_on.send(()).unwrap();
    let run = running.finish();
    run.ends_with_status(0);
    assert_eq!(kinds(&run), ["open", "ok", "ok", "ok", "ok", "close"]);
    assert_eq!(peer.finish().len(), 4);
}

#[test]
fn what_is_no_command_is_answered_at_once_when_nothing_waits_before_it() {
    let (go_on, told) = mpsc::channel();
    let peer = held(told);
    let mut driver = Driver::start(&[peer.url()]);
    driver.ask("hello", "exception");
    go_on.send(()).unwrap();
    driver.expect("open");
    driver.end().run.ends_with_status(0);
}

#[test]
fn when_connecting_fails_error_and_close_come_before_the_answers() {
    let (go_on, told) = mpsc::channel::<()>();
    let peer = Peer::tcp(move |stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        refusing(stream, 403);
    });
    let mut driver = Driver::start(&[peer.url()]);
    driver.say(COMMANDS.trim_end());
    driver.say(r#"{"type":"close","id":5}"#);
    driver.say(r#"{"type":"close","code":1001,"id":6}"#);
    assert_eq!(driver.state()["readyState"], 0);
    go_on.send(()).unwrap();
    driver.expect("error");
    assert_eq!(
        members(&driver.expect("close")),
        r#"{"code":1006,"reason":"","wasClean":false}"#
    );
    for id in 1..=4 {
        let exception = driver.expect("exception");
        assert_eq!(
            (&exception["id"], &exception["name"]),
            (&json!(id), &json!("InvalidStateError"))
        );
    }
    assert_eq!(driver.expect("ok")["id"], 5);
    let exception = driver.expect("exception");
    assert_eq!(
        (&exception["id"], &exception["name"]),
        (&json!(6), &json!("InvalidAccessError"))
    );
    assert_eq!(driver.state()["readyState"], 3);
    driver
        .end()
        .run
        .ends_with_status(5)
        .says_one_error()
        .says("403");
}

#[test]
fn the_end_of_input_waits_for_the_same_failure() {
    let peer = Peer::tcp(|stream| refusing(stream, 404));
    let run = sockeye(["--json", peer.url()]).stdin(COMMANDS).run();
    run.ends_with_status(5).says_one_error();
    let expected = [
        "error",
        "close",
        "exception",
        "exception",
        "exception",
        "exception",
    ];
    assert_eq!(kinds(&run), expected);
}

#[test]
fn with_retry_commands_and_the_end_of_input_wait_across_attempts() {
    let (sent, received) = mpsc::channel();
    let service = Service::start(vec![
        Box::new(|stream| refusing(stream, 503)),
        Box::new(|stream| refusing(stream, 503)),
        Box::new(move |mut stream| {
            wire::upgrade(&mut stream);
            sent.send(frames_until_close(&mut stream)).unwrap();
        }),
    ]);
    let run = sockeye(["--json", &service.url(), "--retry", "5"])
        .args(["--retry-delay", "0.01", "--no-compress"])
        .stdin(COMMANDS)
        .run();
    run.ends_with_status(0);
    let attempt = ["error", "close", "retry"];
    let rest = ["open", "ok", "ok", "ok", "ok", "close"];
    assert_eq!(kinds(&run), [&attempt[..], &attempt, &rest].concat());
    assert_eq!(
        received.recv_timeout(PATIENCE).map(|frames| frames.len()),
        Ok(4)
    );
    service.finish();
}

#[test]
fn when_the_attempts_are_used_up_the_answers_follow_the_last_close() {
    let service = Service::start(vec![
        Box::new(|stream| refusing(stream, 503)),
        Box::new(|stream| refusing(stream, 503)),
    ]);
    let run = sockeye([
        "--json",
        &service.url(),
        "--retry",
        "1",
        "--retry-delay",
        "0.01",
    ])
    .stdin("{\"type\":\"send\",\"data\":\"a\",\"id\":1}\n{\"type\":\"close\",\"id\":2}\n")
    .run();
    run.ends_with_status(5);
    let expected = [
        "error",
        "close",
        "retry",
        "error",
        "close",
        "exception",
        "ok",
    ];
    assert_eq!(kinds(&run), expected);
}

#[test]
fn commands_wait_for_the_next_connection_too() {
    let (lose, lost) = mpsc::channel::<()>();
    let (sent, received) = mpsc::channel();
    let service = Service::start(vec![
        Box::new(move |mut stream| {
            wire::upgrade(&mut stream);
            let _ = lost.recv_timeout(PATIENCE);
        }),
        Box::new(move |mut stream| {
            wire::upgrade(&mut stream);
            sent.send(frames_until_close(&mut stream)).unwrap();
        }),
    ]);
    let mut driver = Driver::start(&[
        &service.url(),
        "--reconnect",
        "--retry-delay",
        "0.2",
        "--no-compress",
    ]);
    driver.expect("open");
    lose.send(()).unwrap();
    for kind in ["error", "close", "retry"] {
        driver.expect(kind);
    }
    // Also when the input ends before there is one.
    driver.say(COMMANDS.trim_end());
    driver.say(r#"{"type":"close","id":5}"#);
    let end = driver.end();
    end.run.ends_with_status(0);
    assert_eq!(end.kinds(), ["open", "ok", "ok", "ok", "ok", "ok", "close"]);
    assert_eq!(
        received.recv_timeout(PATIENCE).map(|frames| frames.len()),
        Ok(4)
    );
    service.finish();
}

#[test]
fn a_close_alone_does_not_wait_for_another_connection_at_the_end_of_input() {
    let service = Service::start(vec![Box::new(|mut stream| _ = wire::upgrade(&mut stream))]);
    let mut driver = Driver::start(&[&service.url(), "--reconnect", "--retry-delay", "500"]);
    for kind in ["open", "error", "close", "retry"] {
        driver.expect(kind);
    }
    driver.say(r#"{"type":"close","id":1}"#);
    let end = driver.end();
    assert_eq!(end.kinds(), ["ok"]);
    end.run.ends_with_status(6);
    service.finish();
}

#[test]
fn what_waits_counts_towards_the_64_mib_above_which_the_input_is_not_read() {
    const SIZE: usize = 4 << 20;
    const COUNT: usize = 24;
    const SILENCE: Duration = Duration::from_secs(1);
    let (go_on, told) = mpsc::channel();
    let peer = held(told);
    let Driver {
        running,
        mut stdin,
        lines,
    } = Driver::start(&[peer.url(), "--no-compress"]);
    let feeding = Task::spawn(move || {
        let data = "x".repeat(SIZE);
        for _ in 0..COUNT {
            let both =
                format!("{{\"type\":\"send\",\"data\":\"{data}\"}}\n{{\"type\":\"state\"}}\n");
            stdin.write_all(both.as_bytes()).expect("it reads on");
        }
        stdin
    });
    let mut go_on = Some(go_on);
    let mut connecting = 0;
    let mut states = 0;
    while states < COUNT {
        // Silence only lets the server go on: how long it takes decides nothing.
        let quiet = if go_on.is_some() { SILENCE } else { PATIENCE };
        let line = lines.recv_timeout(quiet).or_else(|_| {
            go_on.take().map(|go_on| go_on.send(()));
            lines.recv_timeout(PATIENCE)
        });
        let line = parsed(&line.expect("a state"));
        states += usize::from(line["type"] == "state");
        connecting += usize::from(line["readyState"] == 0);
    }
    // The one that goes above the bound is taken whole, and its `state` waits behind it.
    assert!(connecting <= 16, "{connecting} were taken");
    drop(feeding.finish());
    running.finish().ends_with_status(0);
    let lengths: Vec<usize> = peer.finish().iter().map(|frame| frame.1.len()).collect();
    assert_eq!(lengths, [SIZE; COUNT]);
}

#[test]
fn immediate_has_no_meaning_without_json() {
    let run = sockeye(["--immediate", "--echo"]).run();
    run.ends_with_status(2).says_one_error().says("--json");
    let run = sockeye(["--immediate", "--echo", "-x", "a"]).run();
    run.ends_with_status(2).says_one_error().says("--immediate");
}

#[test]
fn with_immediate_commands_are_answered_while_connecting() {
    let (go_on, told) = mpsc::channel();
    let peer = Peer::tcp(move |mut stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        wire::upgrade(&mut stream);
        close_after_client(&mut stream)
    });
    let mut driver = Driver::start(&[peer.url(), "--immediate"]);
    let state = driver.state();
    assert_eq!(
        (&state["readyState"], &state["url"]),
        (&json!(0), &json!(peer.url()))
    );
    for command in [r#""send","data":"a""#, r#""ping""#, r#""pong""#] {
        let exception = driver.ask(&format!(r#"{{"type":{command},"id":2}}"#), "exception");
        assert_eq!(exception["name"], "InvalidStateError");
        assert_eq!(exception["id"], 2);
    }
    // Nothing of what was refused is counted.
    assert_eq!(driver.state()["bufferedAmount"], 0);
    go_on.send(()).unwrap();
    driver.expect("open");
    driver.end().run.ends_with_status(0);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn with_immediate_a_close_while_connecting_fails_the_connection() {
    let peer = Peer::tcp(|mut stream| {
        // Ends when the client does.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut driver = Driver::start(&[peer.url(), "--immediate"]);
    driver.ask(r#"{"type":"close","id":1}"#, "ok");
    driver.expect("error");
    let close = driver.expect("close");
    assert_eq!(
        members(&close),
        r#"{"code":1006,"reason":"","wasClean":false}"#
    );
    assert_eq!(driver.state()["readyState"], 3);
    driver.end().run.ends_with_status(1).says_one_error();
}
