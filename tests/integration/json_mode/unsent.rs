//! Messages that were accepted and could not be sent.

use super::super::harness::{PATIENCE, Service, wire};
use super::driver::{Driver, members, parsed, upgraded};
use serde_json::{Value, json};
use std::io::Write;
use std::sync::mpsc;

/// More than the sockets of both sides hold.
const SIZE: usize = 8 << 20;

/// Three messages, of which the network takes a part of the first.
fn sends() -> String {
    let data = "x".repeat(SIZE);
    (1..=3)
        .map(|id| format!("{{\"type\":\"send\",\"data\":\"{data}\",\"id\":{id}}}\n"))
        .collect()
}

/// Has all three accepted while the server reads nothing, then lets it go on.
fn accepted(driver: &mut Driver, go_on: &mpsc::Sender<()>) {
    driver.expect("open");
    driver.say(sends().trim_end());
    for id in 1..=3 {
        assert_eq!(driver.expect("ok")["id"], id);
    }
    let _ = go_on.send(());
}

#[test]
fn messages_that_a_close_of_the_server_leaves_unsent_are_told_before_it_and_are_status_7() {
    for code in [1000, 4001] {
        let (go_on, told) = mpsc::channel();
        let peer = upgraded(move |stream| {
            told.recv_timeout(PATIENCE).expect("the test goes on");
            stream.write_all(&wire::close(code, "")).unwrap();
            // The client may be gone before all of what it had begun is read.
            while wire::read_frame(stream).is_some_and(|frame| frame.first & 0xf != wire::CLOSE) {}
        });
        let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
        accepted(&mut driver, &go_on);
        let unsent = driver.expect("unsent");
        // The message that was begun is finished before the close frame (RFC 6455 §5.4).
        let (messages, bytes) = (&unsent["messages"], &unsent["bytes"]);
        assert!([json!(2), json!(3)].contains(messages), "{unsent}");
        let count = messages.as_u64().expect("a number");
        assert_eq!(bytes, &json!(count * SIZE as u64));
        assert_eq!(driver.expect("close")["code"], code);
        // What is refused was not accepted.
        let exception = driver.ask(r#"{"type":"send","data":"late","id":4}"#, "exception");
        assert_eq!(exception["name"], "InvalidStateError");
        let end = driver.end();
        assert_eq!(end.lines, [Value::Null; 0]);
        end.run
            .ends_with_status(7)
            .says_one_error()
            .says(&format!("{count} messages were not sent"));
    }
}

#[test]
fn messages_that_a_lost_connection_leaves_unsent_are_told_after_the_error_and_are_status_6() {
    let (go_on, told) = mpsc::channel();
    let peer = upgraded(move |_| told.recv_timeout(PATIENCE).expect("the test goes on"));
    let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
    accepted(&mut driver, &go_on);
    driver.expect("error");
    let expected = format!(r#"{{"messages":3,"bytes":{}}}"#, 3 * SIZE);
    assert_eq!(members(&driver.expect("unsent")), expected);
    driver.expect("close");
    let end = driver.end();
    end.run
        .ends_with_status(6)
        .says_one_error()
        .says("3 messages were not sent");
}

#[test]
fn messages_that_the_next_connection_sends_are_not_unsent() {
    let (go_on, told) = mpsc::channel::<()>();
    let (heard, hears) = mpsc::channel();
    let service = Service::start(vec![
        Box::new(move |mut stream| {
            wire::upgrade(&mut stream);
            told.recv_timeout(PATIENCE).expect("the test goes on");
        }),
        Box::new(move |mut stream| {
            wire::upgrade(&mut stream);
            for _ in 0..3 {
                let frame = wire::read_frame(&mut stream).expect("a message");
                heard.send(frame.payload.len()).unwrap();
            }
            wire::read_until_close(&mut stream);
            stream.write_all(&wire::close(1000, "")).unwrap();
        }),
    ]);
    let mut driver = Driver::start(&[
        &service.url(),
        "--no-compress",
        "--reconnect",
        "--retry-delay",
        "0.01",
    ]);
    accepted(&mut driver, &go_on);
    let end = driver.end();
    end.run.ends_with_status(0);
    assert_eq!(end.kinds(), ["error", "close", "retry", "open", "close"]);
    let lengths: Vec<usize> = hears.try_iter().collect();
    assert_eq!(lengths, [SIZE; 3]);
    service.finish();
}

#[test]
fn when_no_connection_follows_what_was_carried_over_is_told_before_the_last_close() {
    let (go_on, told) = mpsc::channel::<()>();
    let service = Service::start(vec![
        Box::new(move |mut stream| {
            wire::upgrade(&mut stream);
            told.recv_timeout(PATIENCE).expect("the test goes on");
        }),
        Box::new(|mut stream| {
            wire::read_head(&mut stream);
            let answer = b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).unwrap();
        }),
    ]);
    let mut driver = Driver::start(&[
        &service.url(),
        "--no-compress",
        "--reconnect=1",
        "--retry-delay",
        "0.01",
    ]);
    accepted(&mut driver, &go_on);
    let end = driver.end();
    end.run.ends_with_status(5).says("3 messages were not sent");
    let expected = ["error", "close", "retry", "error", "unsent", "close"];
    assert_eq!(end.kinds(), expected);
    assert_eq!(end.lines[4]["messages"], 3);
    service.finish();
}

#[test]
fn after_the_end_of_input_too_what_a_close_of_the_server_leaves_unsent_is_told() {
    let (go_on, told) = mpsc::channel();
    let peer = upgraded(move |stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        stream.write_all(&wire::close(1000, "")).unwrap();
        while wire::read_frame(stream).is_some_and(|frame| frame.first & 0xf != wire::CLOSE) {}
    });
    let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
    accepted(&mut driver, &mpsc::channel().0);
    drop(driver.stdin);
    go_on.send(()).unwrap();
    driver.running.finish().ends_with_status(7);
    let kinds: Vec<Value> = driver
        .lines
        .iter()
        .map(|line| parsed(&line)["type"].clone())
        .collect();
    assert_eq!(kinds, ["unsent", "close"]);
}
