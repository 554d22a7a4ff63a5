//! `--reconnect` for programs (`--json`), for people, and with a real server that restarts.

use super::super::harness::{Port, RealPeer, Running, Service, Terminal, channel, sockeye, wire};
use super::{AT_ONCE, close_after_client, echo, hear, say, upgraded};
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{ChildStdin, ChildStdout};

/// What `--json` tells, line by line.
struct Told(Lines<BufReader<ChildStdout>>);

/// Both ends of a program that takes commands.
fn driven(running: &mut Running) -> (ChildStdin, Told) {
    let stdin = running.stdin.take().expect("held");
    let stdout = running.stdout.take().expect("piped");
    (stdin, Told(BufReader::new(stdout).lines()))
}

impl Told {
    #[track_caller]
    fn expect(&mut self, kind: &str) -> String {
        let line = self.0.next().expect("another event").unwrap();
        let begins = format!(r#"{{"type":"{kind}","time":"#);
        assert!(line.starts_with(&begins), "no {kind}: {line}");
        line
    }
}

#[test]
fn a_program_is_told_of_each_connection_and_what_was_queued_goes_first() {
    const COUNT: usize = 400;
    let (lose, lost) = channel::<()>();
    let service = Service::start(vec![
        upgraded(move |stream| {
            hear(stream, 3);
            lost.wait_for_senders_to_end();
        }),
        upgraded(|stream| {
            let first: usize = hear(stream, 1)[0][..9].parse().unwrap();
            assert!((3..COUNT).contains(&first), "{first}");
            for expected in first + 1..COUNT {
                assert_eq!(hear(stream, 1)[0][..9].parse(), Ok(expected));
            }
            assert_eq!(hear(stream, 1), ["newer"]);
            close_after_client(stream);
        }),
    ]);
    let mut running = sockeye(["--json", "--reconnect", &service.url()])
        .args(AT_ONCE)
        .stdin_held()
        .start();
    let (mut stdin, mut told) = driven(&mut running);
    told.expect("open");
    let filler = "x".repeat(100_000);
    for number in 0..COUNT {
        let line = format!(r#"{{"type":"send","data":"{number:09}{filler}"}}"#);
        writeln!(stdin, "{line}").unwrap();
    }
    writeln!(stdin, r#"{{"type":"pong","id":1}}"#).unwrap();
    told.expect("ok");
    drop(lose);
    told.expect("error");
    assert!(told.expect("close").contains("1006"));
    assert!(
        told.expect("retry")
            .contains(r#""attempt":1,"delay":0.01}"#)
    );
    assert!(told.expect("open").contains(r#""timings":{"#));
    writeln!(stdin, r#"{{"type":"send","data":"newer"}}"#).unwrap();
    drop(stdin);
    told.expect("close");
    running
        .finish()
        .ends_with_status(0)
        .says("messages (")
        .says("were not sent; sending them now");
    service.finish();
}

#[test]
fn a_program_that_has_nothing_left_to_send_may_leave_while_the_server_is_away() {
    let service = Service::start(vec![upgraded(|_| ())]);
    let running = sockeye(["--json", "--reconnect", &service.url()])
        .args(["--retry-delay", "500"])
        .stdin_held()
        .start();
    running.wait_for("trying again");
    running.end_input().finish().ends_with_status(6);
}

#[test]
fn a_program_that_closes_is_not_brought_back() {
    let service = Service::start(vec![upgraded(|stream| _ = wire::read_until_close(stream))]);
    let mut running = sockeye(["--json", "--reconnect", &service.url()])
        .stdin_held()
        .start();
    let (mut stdin, mut told) = driven(&mut running);
    told.expect("open");
    writeln!(stdin, r#"{{"type":"close","code":3000}}"#).unwrap();
    told.expect("error");
    told.expect("close");
    drop(stdin);
    running
        .finish()
        .ends_with_status(6)
        .does_not_say("trying again");
}

#[test]
fn the_echo_of_a_code_of_our_own_is_status_0() {
    for (code, status) in [(4000, 0), (4001, 7)] {
        let service = Service::start(vec![upgraded(move |stream| {
            assert_eq!(wire::read_until_close(stream), Some(4000));
            stream.write_all(&wire::close(code, "")).unwrap();
        })]);
        let mut running = sockeye(["--json", &service.url()]).stdin_held().start();
        let (mut stdin, mut told) = driven(&mut running);
        told.expect("open");
        writeln!(stdin, r#"{{"type":"close","code":4000}}"#).unwrap();
        told.expect("close");
        drop(stdin);
        running.finish().ends_with_status(status);
    }
}

#[test]
fn a_person_is_told_and_what_is_typed_goes_out_over_the_next_connection() {
    let service = Service::start(vec![
        upgraded(|stream| assert_eq!(hear(stream, 2), ["hello", "one"])),
        upgraded(|stream| {
            assert_eq!(hear(stream, 1), ["hello"]);
            say(stream, "welcome back");
            echo(stream);
        }),
    ]);
    let url = service.url();
    let mut terminal = Terminal::start(&[
        &url,
        "-x",
        "hello",
        "-i",
        "--reconnect",
        "--retry-delay",
        "0.2",
    ]);
    terminal.shows("OPEN after").enters("one");
    terminal.shows("trying again in 200 ms (attempt 1)");
    terminal.shows("< welcome back");
    terminal.enters("two").shows("< two");
    terminal.enters("/quit").ends_with_status(0);
    service.finish();
}

#[test]
fn a_person_who_waits_for_a_server_is_not_told_each_time_to_wait() {
    let port = Port::reserve();
    let url = port.url();
    let mut terminal = Terminal::start(&[&url, "--retry", "1", "--retry-delay", "0.1"]);
    terminal.shows("trying again in 100 ms (1 of 1)");
    terminal.shows_lines(2, "CLOSED 1006");
    assert!(!terminal.screen().contains("--retry"));
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_person_who_closes_or_leaves_is_not_brought_back() {
    let service = Service::start(vec![upgraded(|_| ())]);
    let mut terminal = Terminal::start(&[&service.url(), "--reconnect", "--retry-delay", "500"]);
    terminal.shows("trying again").shows("connect>");
    terminal.enters("/close").shows("closed>");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_real_server_that_restarts_is_come_back_to() {
    let reserved = Port::reserve();
    let port = reserved.number().to_string();
    let Some(server) = RealPeer::node(&["--port", &port]) else {
        return;
    };
    let url = server.url("/");
    let mut running = sockeye(["--json", "--reconnect", &url])
        .args(["--retry-delay", "0.05"])
        .stdin_held()
        .start();
    let (mut stdin, mut told) = driven(&mut running);
    told.expect("open");
    writeln!(stdin, r#"{{"type":"send","data":"before"}}"#).unwrap();
    assert!(told.expect("message").contains("before"));
    drop(server);
    told.expect("error");
    told.expect("close");
    told.expect("retry");
    let _again = RealPeer::node(&["--port", &port]).expect("it was there before");
    let opened = told
        .0
        .any(|line| line.unwrap().starts_with(r#"{"type":"open""#));
    assert!(opened);
    writeln!(stdin, r#"{{"type":"send","data":"after"}}"#).unwrap();
    assert!(told.expect("message").contains("after"));
    drop(stdin);
    told.expect("close");
    running.finish().ends_with_status(0);
}
