//! What is a command and what is not: ids, wrong types, and the standard's exceptions.

use super::super::harness::{PATIENCE, Peer, Task, wire};
use super::driver::{Driver, close_after_client, members, parsed, upgraded};
use serde_json::json;
use std::io::Write;
use tungstenite::Message;

#[test]
fn an_id_of_any_value_comes_back_and_without_one_there_is_no_ok() {
    let peer = upgraded(close_after_client);
    let mut driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    driver.say(r#"{"type":"send","data":"no id"}"#);
    for id in [
        "7",
        "-1.50",
        "12345678901234567890123",
        "1e999",
        "null",
        "true",
        r#""\u00e9""#,
        r#"{"b":[1,{}],"a":""}"#,
    ] {
        for command in [
            r#""send","data":"a""#,
            r#""ping""#,
            r#""pong""#,
            r#""state""#,
            r#""send""#,
        ] {
            driver.say(format!(r#"{{"id": {id}, "type":{command}}}"#));
            let answer = driver.lines.recv_timeout(PATIENCE).expect("an answer");
            let end = format!(r#","id":{id}}}"#);
            assert!(answer.ends_with(&end), "{answer}");
            let kind = match command {
                r#""state""# => "state",
                r#""send""# => "exception",
                _ => "ok",
            };
            let begin = format!(r#"{{"type":"{kind}","time":"#);
            assert!(answer.starts_with(&begin), "{answer}");
        }
    }
    let ok = driver.ask(r#"{"type":"close","id":"last"}"#, "ok");
    assert_eq!(members(&ok), r#"{"id":"last"}"#);
    let end = driver.end();
    end.run.ends_with_status(0);
    assert_eq!(end.kinds(), ["close"]);
}

#[test]
fn state_has_every_member_in_order() {
    let peer = upgraded(close_after_client);
    let mut driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    let expected = format!(
        r#"{{"readyState":1,"bufferedAmount":0,"url":"{}","protocol":"","extensions":"","binaryType":"blob"}}"#,
        peer.url()
    );
    assert_eq!(members(&driver.state()), expected);
    driver.end().run.ends_with_status(0);
}

#[test]
fn a_line_that_is_no_command_is_a_syntax_error_and_the_connection_stays() {
    let mut driver = Driver::start(&["--echo"]);
    driver.expect("open");
    let lines: [&[u8]; 8] = [
        b"",
        b"hello",
        b"[]",
        b"\"state\"",
        b"{\"type\":\"state\"",
        b"{\"type\":\"send\",\"data\":\"\xff\"}",
        b"{}",
        b"{\"type\":\"bend\",\"more\":1}",
    ];
    for line in lines {
        driver.say(line);
        assert_eq!(driver.expect("exception")["name"], "SyntaxError");
    }
    // A carriage return is white space.
    let message = driver.ask("{\"type\":\"send\",\"data\":\"a\"}\r", "message");
    assert_eq!(message["data"], "a");
    driver.end().run.ends_with_status(0);
}

#[test]
fn a_member_of_the_wrong_type_is_named() {
    let mut driver = Driver::start(&["--echo"]);
    driver.expect("open");
    for (command, member) in [
        (r#""type":7"#, "type"),
        (r#""type":"send""#, "data"),
        (r#""type":"send","data":7"#, "data"),
        (r#""type":"send","data":"AA","encoding":"base64""#, "data"),
        (r#""type":"send","data":"A-_A","encoding":"base64""#, "data"),
        (
            r#""type":"send","data":"AAEC","encoding":"hex""#,
            "encoding",
        ),
        (r#""type":"close","code":"1000""#, "code"),
        (r#""type":"close","code":1000,"reason":{}"#, "reason"),
        (r#""type":"ping","data":[]"#, "data"),
        (r#""type":"state","data":"a""#, "data"),
        (r#""type":"send","data":"a","code":1"#, "code"),
        (
            r#""type":"send","data":"a","ecnoding":"base64""#,
            "ecnoding",
        ),
        (r#""type":"send","data":"a","data":"b""#, "data"),
        (r#""type":"send","type":"state","data":"b""#, "type"),
    ] {
        let exception = driver.ask(&format!(r#"{{{command},"id":1}}"#), "exception");
        assert_eq!(
            (&exception["name"], &exception["id"]),
            (&json!("SyntaxError"), &json!(1))
        );
        let message = exception["message"].as_str().expect("text");
        assert!(
            message.contains(&format!("'{member}'")),
            "{command}: {message}"
        );
    }
    assert_eq!(driver.state()["readyState"], 1);
    driver.end().run.ends_with_status(0);
}

#[test]
fn the_id_of_a_broken_line_comes_back_when_it_stands_before_the_mistake() {
    let mut driver = Driver::start(&["--echo"]);
    driver.expect("open");
    let lines: [&[u8]; 4] = [
        b"{\"id\":[1],\"type\":\"send\",\"data\":\"a",
        b"{\"id\":[1],\"type\":\"send\",\"data\":\"\xff\"}",
        b"{\"id\":[1],\"type\":\"state\"} {}",
        b"{\"id\":[1],\"type\":\"send\",\"data\":\"\\ud800\"}",
    ];
    for line in lines {
        driver.say(line);
        let exception = driver.expect("exception");
        let expected = (&json!("SyntaxError"), &json!([1]));
        assert_eq!((&exception["name"], &exception["id"]), expected);
    }
    driver.end().run.ends_with_status(0);
}

/// More than the longest line that is taken.
const ENDLESS: usize = 300 << 20;

#[test]
fn a_line_without_end_is_one_exception_and_takes_bounded_memory() {
    let driver = Driver::start(&["--echo"]);
    driver.expect("open");
    let Driver {
        running,
        mut stdin,
        lines,
    } = driver;
    let feeding = Task::spawn(move || {
        let block = vec![b'x'; 1 << 20];
        stdin
            .write_all(br#"{"id":7,"type":"send","data":""#)
            .unwrap();
        for _ in 0..ENDLESS / block.len() {
            stdin.write_all(&block).expect("it reads on");
        }
        stdin.write_all(b"\n").unwrap();
        stdin
    });
    let exception = parsed(&lines.recv_timeout(PATIENCE).expect("an answer"));
    let expected = (&json!("SyntaxError"), &json!(7));
    assert_eq!((&exception["name"], &exception["id"]), expected);
    let stdin = feeding.finish();
    #[cfg(target_os = "linux")]
    {
        let peak = running.peak_memory();
        assert!(peak < 300 << 20, "{peak} bytes");
    }
    let mut driver = Driver {
        running,
        stdin,
        lines,
    };
    assert_eq!(driver.state()["readyState"], 1);
    driver.end().run.ends_with_status(0);
}

#[test]
fn a_message_of_64_mib_is_sent() {
    const SIZE: usize = 64 << 20;
    let peer = upgraded(|stream| {
        let frame = wire::read_frame(stream).expect("the message");
        assert_eq!(close_after_client(stream), Some(1000));
        (
            frame.payload.len(),
            frame.payload.iter().all(|byte| *byte == b'x'),
        )
    });
    let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
    let data = "x".repeat(SIZE);
    driver.say(format!(r#"{{"type":"send","data":"{data}","id":1}}"#));
    driver.expect("open");
    driver.expect("ok");
    driver.end().run.ends_with_status(0);
    assert_eq!(peer.finish(), (SIZE, true));
}

#[test]
fn a_lone_surrogate_is_refused_and_never_replaced() {
    let peer = Peer::websocket(|socket| match socket.read().expect("a message") {
        Message::Text(text) => text.to_string(),
        other => panic!("{other:?}"),
    });
    let mut driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    for data in [r"\ud800", r"a\udc00b", r"\ud800\u0041", r"\ud83d\ud83d"] {
        let line = format!(r#"{{"type":"send","data":"{data}"}}"#);
        let exception = driver.ask(&line, "exception");
        assert_eq!(exception["name"], "SyntaxError", "{data}");
    }
    let close = r#"{"type":"close","code":1000,"reason":"\ud800"}"#;
    assert_eq!(driver.ask(close, "exception")["name"], "SyntaxError");
    driver.say(r#"{"type":"send","data":"\ud83d\ude00"}"#);
    assert_eq!(peer.finish(), "😀");
}

#[test]
fn what_close_and_ping_do_not_take_is_refused_in_the_standards_words() {
    let long = "x".repeat(126);
    let mut driver = Driver::start(&["--echo"]);
    driver.expect("open");
    for (command, name) in [
        (
            r#""type":"close","code":1001"#.to_owned(),
            "InvalidAccessError",
        ),
        (
            r#""type":"close","code":70000"#.to_owned(),
            "InvalidAccessError",
        ),
        (
            r#""type":"close","code":-1"#.to_owned(),
            "InvalidAccessError",
        ),
        (
            format!(r#""type":"close","code":3000,"reason":"{long}""#),
            "SyntaxError",
        ),
        (format!(r#""type":"ping","data":"{long}""#), "SyntaxError"),
    ] {
        let exception = driver.ask(&format!(r#"{{{command},"id":[]}}"#), "exception");
        assert_eq!(exception["name"], name, "{exception}");
        assert_eq!(exception["id"], json!([]));
    }
    assert_eq!(driver.state()["readyState"], 1);
    driver.end().run.ends_with_status(0);
}
