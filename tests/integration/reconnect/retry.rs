//! `--retry`: until the server is up.

use super::super::harness::{Port, Service, sockeye};
use super::{AT_ONCE, close_after_client, echo, refusing, upgraded};
use rustix::process::Signal;
use std::io::{BufRead, BufReader};
use std::time::Instant;

#[test]
fn a_server_that_is_overloaded_is_asked_again_until_it_is_not() {
    let service = Service::start(vec![
        refusing(503, ""),
        refusing(429, "Retry-After: 0\r\n"),
        Box::new(drop),
        upgraded(echo),
    ]);
    let url = service.url();
    let run = sockeye([&url, "--retry", "5", "-x", "hi", "-1"]).run();
    run.ends_with_status(0).prints("hi\n");
    run.says("(1 of 5): the server refused the upgrade: 503")
        .says("(2 of 5): the server refused the upgrade: 429")
        .says("(3 of 5)")
        .does_not_say("(4 of 5)");
    service.finish();
}

#[test]
fn a_server_that_is_not_up_yet_is_waited_for() {
    let port = Port::reserve();
    let url = port.url();
    let mut running = sockeye([&url, "--json", "--retry", "inf", "--retry-delay", "0.05"])
        .stdin_held()
        .start();
    let stdout = running.stdout.take().expect("piped");
    let mut lines = BufReader::new(stdout).lines().map(|line| line.unwrap());
    let expected = ["error", "close", "retry", "error"];
    for kind in expected {
        let line = lines.next().expect("an event");
        assert!(line.starts_with(&format!(r#"{{"type":"{kind}""#)), "{line}");
    }
    let _service = Service::start_at(&port, vec![upgraded(close_after_client)]);
    let opened = lines.any(|line| line.starts_with(r#"{"type":"open""#));
    assert!(opened);
    drop(running.stdin.take());
    running.finish().ends_with_status(0);
}

#[test]
fn when_the_attempts_are_used_up_the_last_failure_is_the_end() {
    let port = Port::reserve();
    let url = port.url();
    let run = sockeye(["--retry", "2", "-1", &url]).args(AT_ONCE).run();
    run.ends_with_status(3).says_one_error();
    run.says("(2 of 2): connecting to").does_not_say("(3 of");
}

#[test]
fn the_attempts_end_when_the_time_is_over() {
    let port = Port::reserve();
    let url = port.url();
    let run = sockeye(["--retry", "inf", "--retry-max-time", "0.1", &url, "-1"])
        .args(["--retry-delay", "0.02"])
        .run();
    run.ends_with_status(3).says_one_error().says("attempt 1");
}

#[test]
fn what_will_not_pass_ends_at_once() {
    for status in [401, 404, 500] {
        let service = Service::start(vec![refusing(status, "")]);
        let url = service.url();
        let run = sockeye([&url, "--retry", "5", "-1"]).run();
        run.ends_with_status(5).does_not_say("trying again");
        service.finish();
    }
}

#[test]
fn quiet_says_nothing_about_attempts() {
    let service = Service::start(vec![refusing(503, ""), upgraded(echo)]);
    let run = sockeye([&service.url(), "-q", "--retry", "1", "-x", "a", "-1"]).run();
    run.ends_with_status(0).prints("a\n");
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn lines_that_come_before_the_server_is_up_wait_for_it() {
    let service = Service::start(vec![refusing(502, ""), upgraded(echo)]);
    let run = sockeye([&service.url(), "--retry", "1", "-N", "2"])
        .args(AT_ONCE)
        .stdin("a\nb\n")
        .run();
    run.ends_with_status(0).prints("a\nb\n");
}

#[test]
fn ctrl_c_ends_a_long_wait_at_once() {
    let begin = Instant::now();
    for arguments in [&["-1"][..], &["--json"]] {
        let service = Service::start(vec![refusing(503, "Retry-After: 299\r\n")]);
        let url = service.url();
        let running = sockeye([&url, "--retry", "1"])
            .args(arguments)
            .stdin_held()
            .start();
        running.wait_for("trying again in 4 min 59 s");
        running.signal(Signal::INT);
        running.finish().ends_with_status(130);
    }
    assert!(begin.elapsed().as_secs() < 200, "it did wait");
}

#[test]
fn a_server_that_asks_for_no_wait_does_not_shorten_ours() {
    for asked in [
        "Retry-After: 0\r\n",
        "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
    ] {
        let service = Service::start(vec![refusing(503, asked)]);
        // The own wait would be longer than there is time.
        let run = sockeye([&service.url(), "--retry", "inf", "--retry-max-time", "100"])
            .args(["--retry-delay", "200", "-1"])
            .run();
        run.ends_with_status(5).does_not_say("trying again");
        service.finish();
    }
}

#[test]
fn a_wait_that_the_server_asks_for_beyond_the_time_is_not_begun() {
    let service = Service::start(vec![refusing(503, "Retry-After: 200\r\n")]);
    let url = service.url();
    let run = sockeye([&url, "--retry", "5", "--retry-max-time", "100", "-1"]).run();
    run.ends_with_status(5).does_not_say("trying again");
}
