//! The end of input, other ends, and the status.

use super::super::harness::{sockeye, wire};
use super::driver::{Driver, close_after_client, members, parsed, text, upgraded};
use rustix::process::Signal;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};

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
    let peer = upgraded(|stream| {
        // A line without its end is carried out at the end of input: now that has come.
        wire::read_frame(stream).expect("the last message");
        stream.write_all(&text("late")).unwrap();
        stream.write_all(&wire::close(3005, "")).unwrap();
        wire::read_until_close(stream)
    });
    let arguments = [
        peer.url(),
        "--no-compress",
        "-w",
        "inf",
        "--ok-codes",
        "3005",
    ];
    let mut driver = Driver::start(&arguments);
    driver.expect("open");
    let last = br#"{"type":"send","data":"a"}"#;
    driver.stdin.write_all(last).unwrap();
    let end = driver.end();
    end.run.ends_with_status(0);
    assert_eq!(end.kinds(), ["message", "close"]);
    assert_eq!(members(&end.lines[0]), r#"{"data":"late"}"#);
    assert_eq!(peer.finish(), Some(3005), "the client has closed by itself");
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
fn a_bad_url_protocol_or_port_is_one_exception_and_status_2() {
    for (arguments, name) in [
        (&["ftp://localhost/"][..], "SyntaxError"),
        (&["ws://localhost/#a"], "SyntaxError"),
        (&["ws://localhost:8080/", "-s", "a b"], "SyntaxError"),
        (&["ws://localhost:8080/", "-s", "a,a"], "SyntaxError"),
        (&["ws://localhost:25/"], "SecurityError"),
        // Nobody is asked for a password first.
        (&["ftp://localhost/", "-u", "me"], "SyntaxError"),
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
