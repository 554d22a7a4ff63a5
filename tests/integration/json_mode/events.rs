//! What is told, with which members and in which order.

use super::super::harness::{PATIENCE, Peer, Port, Task, wire};
use super::driver::{Driver, close_after_client, members, parsed, text, upgraded};
use serde_json::json;
use std::io::Write;

#[test]
fn open_tells_url_protocol_and_extensions() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade_with(&mut stream, "Sec-WebSocket-Protocol: b\r\n");
        close_after_client(&mut stream)
    });
    let driver = Driver::start(&[peer.url(), "-s", "a,b"]);
    let open = driver.expect("open");
    let expected = format!(
        r#"{{"url":"{}","protocol":"b","extensions":"","timings":{{"tcp":"#,
        peer.url()
    );
    assert!(members(&open).starts_with(&expected), "{open}");
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
    let port = Port::reserve();
    let end = Driver::start(&[&port.url()]).end();
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
fn many_messages_are_told_in_order_and_none_is_lost() {
    const COUNT: usize = 20_000;
    let driver = Driver::start(&["--echo"]);
    driver.expect("open");
    let Driver {
        running,
        mut stdin,
        lines,
    } = driver;
    let feeding = Task::spawn(move || {
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
    let stdin = feeding.finish();
    let end = Driver {
        running,
        stdin,
        lines,
    }
    .end();
    end.run.ends_with_status(0);
    assert_eq!(end.kinds(), ["close"]);
}
