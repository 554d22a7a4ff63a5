//! A program that does not read what it is told, and messages that become large when told.

use super::super::harness::{Running, Task, channel, is_full, sockeye, wire};
use super::driver::{Driver, close_after_client, upgraded};
use std::io::{BufRead, BufReader, Write};

#[track_caller]
fn stays_below(running: &Running, most: u64) {
    #[cfg(target_os = "linux")]
    {
        let peak = running.peak_memory();
        assert!(peak < most, "{peak} bytes");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (running, most);
}

/// How many lines of this type are left to read.
fn count(running: &mut Running, kind: &str) -> usize {
    let stdout = running.stdout.take().expect("piped");
    let begins = format!("{{\"type\":\"{kind}\"");
    BufReader::new(stdout)
        .lines()
        .filter(|line| line.as_ref().expect("UTF-8").starts_with(&begins))
        .count()
}

#[test]
fn pings_and_pongs_that_nobody_reads_hold_up_the_server_and_take_bounded_memory() {
    for opcode in [wire::PING, wire::PONG] {
        let (stuck, is_stuck) = channel();
        let (sent, all) = channel();
        let peer = upgraded(move |stream| {
            let block = wire::frame(wire::FIN | opcode, b"").repeat(4096);
            let mut pouring = stream.try_clone().expect("a second handle");
            let mut blocks = 0;
            while !is_full(&pouring) {
                pouring.write_all(&block).unwrap();
                blocks += 1;
            }
            stuck.send(()).unwrap();
            sent.send(blocks * 4096).unwrap();
            pouring.write_all(&wire::close(1000, "")).unwrap();
            while wire::read_frame(stream).is_some_and(|frame| frame.first & 0xf != wire::CLOSE) {}
        });
        let mut running = sockeye(["--json", peer.url()]).stdin_held().start();
        is_stuck.recv();
        stays_below(&running, 100 << 20);
        let stdin = running.stdin.take();
        drop(stdin);
        let kind = if opcode == wire::PING { "ping" } else { "pong" };
        assert_eq!(count(&mut running, kind), all.recv());
        running.finish().ends_with_status(0);
    }
}

#[test]
fn answers_that_nobody_reads_hold_up_the_input_and_take_bounded_memory() {
    let peer = upgraded(close_after_client);
    let mut running = sockeye(["--json", peer.url()]).stdin_held().start();
    let mut stdin = running.stdin.take().expect("held");
    // The answer carries the id. A line goes into a pipe with room as a whole or not at all.
    let id = "x".repeat(4000);
    let line = format!("{{\"type\":\"state\",\"id\":\"{id}\"}}\n");
    let (sent, all) = channel();
    let (go_on, told) = channel();
    let feeding = Task::spawn(move || {
        let mut lines = 0;
        while !is_full(&stdin) {
            stdin.write_all(line.as_bytes()).expect("it reads on");
            lines += 1;
        }
        sent.send(lines).unwrap();
        told.recv();
        drop(stdin);
    });
    let lines: usize = all.recv();
    stays_below(&running, 256 << 20);
    go_on.send(()).unwrap();
    assert_eq!(count(&mut running, "state"), lines);
    feeding.finish();
    running.finish().ends_with_status(0);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn a_message_whose_every_byte_is_escaped_is_told_whole() {
    const SIZE: usize = 16 << 20;
    let peer = upgraded(|stream| {
        let message = wire::frame(wire::FIN | wire::TEXT, &[1; SIZE]);
        stream.write_all(&message).unwrap();
        close_after_client(stream)
    });
    let driver = Driver::start(&[peer.url()]);
    driver.expect("open");
    let message = driver.expect("message");
    let data = message["data"].as_str().expect("text");
    assert!(data.len() == SIZE && data.bytes().all(|byte| byte == 1));
    // The message, and once what it becomes.
    stays_below(&driver.running, (7 * SIZE as u64) + (64 << 20));
    driver.end().run.ends_with_status(0);
}
