//! `--json`: what a program that drives the client may rely on.

use super::harness::{PATIENCE, Peer, Run, Running, sockeye, wire};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::ChildStdin;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use tungstenite::Message;

/// The program, and what it has not been asked to forget.
struct Driver {
    running: Running,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

/// What was left to read when the program ended, and how it ended.
struct End {
    lines: Vec<Value>,
    run: Run,
}

impl Driver {
    fn start(arguments: &[&str]) -> Self {
        let arguments = ["--json"].iter().chain(arguments);
        let mut running = sockeye(arguments).stdin_held().start();
        let stdin = running.stdin.take().expect("held");
        let stdout = running.stdout.take().expect("piped");
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                // The test may have seen enough.
                let _ = sender.send(line.expect("UTF-8"));
            }
        });
        Self {
            running,
            stdin,
            lines,
        }
    }

    fn say(&mut self, line: impl AsRef<[u8]>) {
        let line = [line.as_ref(), b"\n"].concat();
        self.stdin.write_all(&line).expect("it reads");
    }

    #[track_caller]
    fn next_raw(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|error| panic!("no further line: {error}"))
    }

    #[track_caller]
    fn next(&self) -> Value {
        parsed(&self.next_raw())
    }

    /// The next line, which must be of this type.
    #[track_caller]
    fn expect(&self, kind: &str) -> Value {
        let line = self.next();
        assert_eq!(line["type"], kind, "{line}");
        line
    }

    /// Says this and expects an answer of that type.
    #[track_caller]
    fn ask(&mut self, line: &str, kind: &str) -> Value {
        self.say(line);
        self.expect(kind)
    }

    #[track_caller]
    fn state(&mut self) -> Value {
        self.ask(r#"{"type":"state"}"#, "state")
    }

    /// Ends the input and waits for the program.
    #[track_caller]
    fn end(self) -> End {
        drop(self.stdin);
        let run = self.running.finish();
        let lines = self.lines.iter().map(|line| parsed(&line)).collect();
        End { lines, run }
    }
}

impl End {
    fn kinds(&self) -> Vec<&str> {
        let kind = |line: &'_ Value| line["type"].as_str().map(|_| ());
        assert!(self.lines.iter().all(|line| kind(line).is_some()));
        self.lines
            .iter()
            .map(|line| line["type"].as_str().unwrap())
            .collect()
    }
}

/// Every line is an object with `type` first and `time` second, to the microsecond.
#[track_caller]
fn parsed(line: &str) -> Value {
    let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
    let members: Vec<&String> = value.as_object().expect("an object").keys().collect();
    assert_eq!(members[..2], ["type", "time"], "{line}");
    let (_, after) = line.split_once(r#","time":"#).expect("a time");
    let time: String = after
        .chars()
        .take_while(|c| *c != ',' && *c != '}')
        .collect();
    let (_, decimals) = time.split_once('.').expect("a fraction");
    assert_eq!(decimals.len(), 6, "{line}");
    value
}

/// The members after `type` and `time`, in their order.
fn members(value: &Value) -> String {
    let mut object = value.as_object().expect("an object").clone();
    object.shift_remove("type");
    object.shift_remove("time");
    Value::Object(object).to_string()
}

fn text(payload: &str) -> Vec<u8> {
    wire::frame(wire::FIN | wire::TEXT, payload.as_bytes())
}

/// A server that upgrades and then does this.
fn upgraded<T: Send + 'static>(
    serve: impl FnOnce(&mut TcpStream) -> T + Send + 'static,
) -> Peer<T> {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        serve(&mut stream)
    })
}

/// Answers the client's close frame, having read what comes before.
fn close_after_client(stream: &mut TcpStream) -> Option<u16> {
    let code = wire::read_until_close(stream);
    stream.write_all(&wire::close(1000, "")).unwrap();
    code
}

#[test]
fn open_tells_url_protocol_and_extensions() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade_with(&mut stream, "Sec-WebSocket-Protocol: b\r\n");
        close_after_client(&mut stream)
    });
    let driver = Driver::start(&[peer.url(), "-s", "a,b"]);
    let open = driver.expect("open");
    let expected = format!(
        r#"{{"url":"{}","protocol":"b","extensions":""}}"#,
        peer.url()
    );
    assert_eq!(members(&open), expected);
    driver.end().run.ends_with_status(0);
}

#[test]
fn messages_come_back_as_text_or_base64_whatever_the_binary_type_is() {
    for binary_type in ["blob", "arraybuffer"] {
        let mut driver = Driver::start(&["--echo", "--binary-type", binary_type]);
        driver.expect("open");
        let message = driver.ask(r#"{"type":"send","data":"tex\u0074 \" é"}"#, "message");
        assert_eq!(members(&message), r#"{"data":"text \" é"}"#);
        let message = driver.ask(
            r#"{"type":"send","data":"AAEC","encoding":"base64"}"#,
            "message",
        );
        assert_eq!(members(&message), r#"{"data":"AAEC","encoding":"base64"}"#);
        assert_eq!(driver.state()["binaryType"], binary_type);
        driver.end().run.ends_with_status(0);
    }
}

#[test]
fn pings_and_pongs_are_events_and_an_answered_ping_has_its_round_trip() {
    let peer = upgraded(|stream| {
        for (first, payload) in [
            (wire::PING, b"x"),
            (wire::PING, b"\xff"),
            (wire::PONG, b"u"),
        ] {
            stream
                .write_all(&wire::frame(wire::FIN | first, payload))
                .unwrap();
        }
        loop {
            let frame = wire::read_frame(stream).expect("a ping comes");
            if frame.first == wire::FIN | wire::PING {
                let pong = wire::frame(wire::FIN | wire::PONG, &frame.payload);
                stream.write_all(&pong).unwrap();
                return close_after_client(stream);
            }
        }
    });
    let mut driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    assert_eq!(members(&driver.expect("ping")), r#"{"data":"x"}"#);
    let binary = driver.expect("ping");
    assert_eq!(members(&binary), r#"{"data":"/w==","encoding":"base64"}"#);
    assert_eq!(members(&driver.expect("pong")), r#"{"data":"u"}"#);
    let pong = driver.ask(r#"{"type":"ping","data":"mine"}"#, "pong");
    assert_eq!(pong["data"], "mine");
    let seconds = pong["rtt"].as_f64().expect("a number of seconds");
    assert!((0.0..60.0).contains(&seconds), "{pong}");
    driver.end().run.ends_with_status(0);
}

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
    // Members nobody knows are ignored, and a carriage return is white space.
    let message = driver.ask(
        "{\"type\":\"send\",\"data\":\"a\",\"more\":[{}]}\r",
        "message",
    );
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

#[test]
fn commands_are_answered_while_connecting() {
    let (go_on, told) = mpsc::channel();
    let peer = Peer::tcp(move |mut stream| {
        told.recv_timeout(PATIENCE).expect("the test goes on");
        wire::upgrade(&mut stream);
        close_after_client(&mut stream)
    });
    let mut driver = Driver::start(&[peer.url()]);
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
fn close_while_connecting_is_an_error_and_then_a_close_with_1006() {
    let peer = Peer::tcp(|mut stream| {
        // Ends when the client does.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let mut driver = Driver::start(&[peer.url()]);
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
    let feeding = thread::spawn(move || {
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
        let state = parsed(&lines.recv_timeout(PATIENCE).expect("a state"));
        most = most.max(state["bufferedAmount"].as_u64().expect("a number"));
        if most > 60 << 20
            && let Some(go_on) = go_on.take()
        {
            go_on.send(()).unwrap();
        }
    }
    assert!(most <= (64 << 20) + SIZE as u64, "{most}");
    let stdin = feeding.join().expect("fed");
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
fn the_close_comes_before_any_state_that_says_3() {
    for _ in 0..5 {
        let peer = upgraded(|stream| {
            stream.write_all(&text("now")).unwrap();
            stream.write_all(&wire::close(1000, "")).unwrap();
            wire::read_until_close(stream)
        });
        let mut driver = Driver::start(&[peer.url()]);
        // Asked again and again, also in the very moment of the change.
        let mut told = Vec::new();
        loop {
            driver.say(r#"{"type":"state"}"#);
            let line = driver.next();
            let state = line["readyState"].as_u64();
            told.push(line["type"].as_str().unwrap().to_owned());
            let is_state = line["type"] == "state";
            if is_state && state == Some(3) {
                break;
            }
            let before_open = !told.contains(&"open".to_owned());
            assert_eq!(
                is_state && before_open,
                is_state && state == Some(0),
                "{told:?}"
            );
        }
        assert!(told.contains(&"close".to_owned()), "{told:?}");
        driver.end().run.ends_with_status(0);
    }
}

#[test]
fn a_message_that_arrives_while_closing_says_so() {
    let peer = upgraded(|stream| {
        stream.write_all(&text("before")).unwrap();
        assert_eq!(wire::read_until_close(stream), Some(3000));
        stream.write_all(&text("after")).unwrap();
        let binary = wire::frame(wire::FIN | wire::BINARY, b"\0");
        stream.write_all(&binary).unwrap();
        stream.write_all(&wire::close(3000, "bye")).unwrap();
    });
    let mut driver = Driver::start(&[peer.url(), "--ok-codes", "3000"]);
    driver.expect("open");
    assert_eq!(members(&driver.expect("message")), r#"{"data":"before"}"#);
    driver.say(r#"{"type":"close","code":3000,"reason":"bye"}"#);
    let after = driver.expect("message");
    assert_eq!(members(&after), r#"{"data":"after","readyState":2}"#);
    let binary = driver.expect("message");
    let expected = r#"{"data":"AA==","encoding":"base64","readyState":2}"#;
    assert_eq!(members(&binary), expected);
    let close = driver.expect("close");
    assert_eq!(
        members(&close),
        r#"{"code":3000,"reason":"bye","wasClean":true}"#
    );
    driver.end().run.ends_with_status(0);
}

#[test]
fn at_the_end_of_input_everything_is_sent_then_closed_and_what_still_comes_is_told() {
    let peer = upgraded(|stream| {
        let mut payloads = Vec::new();
        loop {
            let frame = wire::read_frame(stream).expect("a close frame before the end");
            if frame.first == wire::FIN | wire::CLOSE {
                stream.write_all(&text("last")).unwrap();
                stream.write_all(&wire::close(1000, "")).unwrap();
                return (payloads, frame.close_code());
            }
            payloads.push(frame.payload);
        }
    });
    let mut driver = Driver::start(&[peer.url(), "--no-compress"]);
    driver.expect("open");
    driver.say(r#"{"type":"send","data":"a"}"#);
    driver
        .stdin
        .write_all(br#"{"type":"send","data":"b"}"#)
        .unwrap();
    let end = driver.end();
    end.run.ends_with_status(0);
    assert_eq!(end.run.stderr, "");
    assert_eq!(end.kinds(), ["message", "close"]);
    assert_eq!(end.lines[0]["data"], "last");
    assert_eq!(
        peer.finish(),
        (vec![b"a".to_vec(), b"b".to_vec()], Some(1000))
    );
}

#[test]
fn after_the_end_of_input_it_stays_as_long_as_asked() {
    let (go_on, told) = mpsc::channel();
    let peer = upgraded(move |stream| {
        told.recv_timeout(PATIENCE).expect("the input has ended");
        stream.write_all(&text("late")).unwrap();
        stream.write_all(&wire::close(1000, "")).unwrap();
        wire::read_until_close(stream)
    });
    let driver = Driver::start(&[peer.url(), "-w", "inf"]);
    driver.expect("open");
    let Driver {
        running,
        stdin,
        lines,
    } = driver;
    drop(stdin);
    go_on.send(()).unwrap();
    running.finish().ends_with_status(0);
    let kinds: Vec<String> = lines.iter().collect();
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    assert!(kinds[0].contains("late") && kinds[1].contains("\"close\""));
}

#[test]
fn without_input_it_connects_and_closes() {
    let peer = upgraded(close_after_client);
    let run = sockeye(["--json", peer.url()]).run();
    run.ends_with_status(0);
    let stdout = String::from_utf8(run.stdout.clone()).expect("UTF-8");
    let kinds: Vec<Value> = stdout
        .lines()
        .map(|line| parsed(line)["type"].clone())
        .collect();
    assert_eq!(kinds, ["open", "close"], "{run}");
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn a_lost_connection_is_an_error_and_then_a_close_with_1006() {
    let peer = upgraded(|_| ());
    let driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    let error = driver.expect("error");
    assert_ne!(error["message"], "");
    let close = driver.expect("close");
    assert_eq!(
        (&close["code"], &close["wasClean"]),
        (&json!(1006), &json!(false))
    );
    driver.end().run.ends_with_status(6).says_one_error();
}

#[test]
fn a_connection_that_is_never_made_is_an_error_and_then_a_close() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let end = Driver::start(&[&format!("127.0.0.1:{port}")]).end();
    assert_eq!(end.kinds(), ["error", "close"]);
    end.run.ends_with_status(3).says_one_error();

    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
    });
    let end = Driver::start(&[peer.url()]).end();
    assert_eq!(end.kinds(), ["error", "close"]);
    end.run.ends_with_status(5).says_one_error();
}

#[test]
fn a_bad_url_protocol_or_port_is_one_exception_and_status_2() {
    for (arguments, name) in [
        (&["ftp://localhost/"][..], "SyntaxError"),
        (&["ws://localhost/#a"], "SyntaxError"),
        (&["ws://localhost:8080/", "-s", "a b"], "SyntaxError"),
        (&["ws://localhost:8080/", "-s", "a,a"], "SyntaxError"),
        (&["ws://localhost:25/"], "SecurityError"),
    ] {
        let end = Driver::start(arguments).end();
        assert_eq!(end.kinds(), ["exception"], "{arguments:?}");
        assert_eq!(end.lines[0]["name"], name, "{arguments:?}");
        let message = end.lines[0]["message"].as_str().expect("text");
        assert!(
            !message.is_empty() && !message.contains("Error:"),
            "{message}"
        );
        end.run.ends_with_status(2).says_one_error();
    }
}

#[test]
fn options_that_have_no_meaning_with_json_are_usage_errors() {
    for option in [
        "-x a", "-f a", "-i", "--binary", "--whole", "-0", "-1", "-N 2",
    ] {
        let arguments = ["--json", "--echo"].into_iter().chain(option.split(' '));
        let run = sockeye(arguments).run();
        run.ends_with_status(2)
            .prints("")
            .says_one_error()
            .says("--json");
    }
}

#[test]
fn an_interrupt_closes_with_1000_and_is_status_130() {
    let peer = upgraded(close_after_client);
    let driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    driver.running.signal(Signal::INT);
    assert_eq!(driver.expect("close")["code"], 1000);
    let Driver {
        running,
        stdin: _held,
        ..
    } = driver;
    running.finish().ends_with_status(130);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly_though_nothing_happens() {
    let peer = upgraded(close_after_client);
    let mut running = sockeye(["--json", peer.url()]).stdin_held().start();
    let mut stdout = BufReader::new(running.stdout.take().expect("piped"));
    stdout.read_line(&mut String::new()).expect("open");
    drop(stdout);
    let stdin = running.stdin.take();
    let run = running.finish();
    drop(stdin);
    run.ends_with_status(0);
    assert_eq!(run.stderr, "");
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn many_messages_are_told_in_order_and_none_is_lost() {
    const COUNT: usize = 20_000;
    let driver = Driver::start(&["--echo"]);
    driver.expect("open");
    let Driver {
        running,
        mut stdin,
        lines,
    } = driver;
    let feeding = thread::spawn(move || {
        for number in 0..COUNT {
            let line = format!("{{\"type\":\"send\",\"data\":\"{number}\",\"id\":{number}}}\n");
            stdin.write_all(line.as_bytes()).expect("it reads on");
        }
        stdin
    });
    let (mut answered, mut echoed) = (0, 0);
    while answered < COUNT || echoed < COUNT {
        let line = parsed(&lines.recv_timeout(PATIENCE).expect("a line"));
        if line["type"] == "ok" {
            assert_eq!(line["id"], answered);
            answered += 1;
        } else {
            assert_eq!(line["data"], echoed.to_string());
            echoed += 1;
        }
    }
    let stdin = feeding.join().expect("fed");
    let end = Driver {
        running,
        stdin,
        lines,
    }
    .end();
    end.run.ends_with_status(0);
    assert_eq!(end.kinds(), ["close"]);
}
