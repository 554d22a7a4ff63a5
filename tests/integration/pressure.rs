//! Pipes under pressure: whichever side is slower, nothing is lost, nothing comes twice, the order
//! is kept, and memory stays where it is.

use super::harness::{Peer, channel, is_full, sockeye, wire};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::ChildStdin;
use std::sync::mpsc::Sender;

/// A message of this length makes sixteen a KiB, its newline included.
const LENGTH: usize = 1023;
/// Together more than the sockets, the pipes and the program's marks hold.
const COUNT: usize = 30_000;

/// The message with this number.
fn message(number: usize) -> String {
    let mut message = "x".repeat(LENGTH - 6);
    message.push_str(&format!("{number:06}"));
    message
}

/// Writes all messages, and says once when the program takes no more. The reader may leave.
fn feed(mut stdin: ChildStdin, stuck: &Sender<()>) {
    let mut is_stuck = false;
    for number in 0..COUNT {
        is_stuck = is_stuck || (is_full(&stdin) && stuck.send(()).is_ok());
        if writeln!(stdin, "{}", message(number)).is_err() {
            return;
        }
    }
    assert!(is_stuck, "all of it went in, though nobody read");
}

/// How many messages come, each the next one, up to the client's close frame.
fn count_in_order(stream: &mut impl Read, first: usize) -> usize {
    let mut number = first;
    loop {
        let frame = wire::read_frame(stream).expect("a close frame before the end");
        if frame.first == wire::FIN | wire::CLOSE {
            return number;
        }
        assert!(frame.payload == message(number).as_bytes(), "not {number}");
        number += 1;
    }
}

#[test]
fn a_server_that_reads_only_after_the_input_got_stuck_gets_every_line_in_order() {
    let (stuck, is_stuck) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        is_stuck.recv();
        let count = count_in_order(&mut BufReader::new(&stream), 0);
        stream.write_all(&wire::close(1000, "")).unwrap();
        count
    });
    let run = sockeye([peer.url(), "-w", "0", "--no-compress"])
        .stdin_from(move |stdin| feed(stdin, &stuck))
        .run();
    run.ends_with_status(0);
    assert_eq!(peer.finish(), COUNT);
}

#[test]
fn a_server_that_closes_in_the_middle_and_the_count_of_what_was_not_sent_add_up() {
    let (stuck, is_stuck) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        is_stuck.recv();
        stream.write_all(&wire::close(4001, "enough")).unwrap();
        count_in_order(&mut BufReader::new(&stream), 0)
    });
    let run = sockeye([peer.url(), "-w", "0", "--no-compress"])
        .stdin_from(move |stdin| feed(stdin, &stuck))
        .run();
    run.ends_with_status(7).says_one_error().says("4001");
    let got = peer.finish();
    let (told, _) = run
        .stderr
        .split_once(" messages were not sent")
        .expect("a count");
    let unsent: usize = told.rsplit(' ').next().unwrap().parse().expect("a number");
    // A feeder that stops for long while the rest is counted makes the count a lower bound.
    if told.contains("at least") {
        assert!(got + unsent <= COUNT, "{got} messages came\n{run}");
    } else {
        assert_eq!(got + unsent, COUNT, "{got} messages came\n{run}");
    }
    assert!(unsent > 0 && got > 0, "{got} messages came\n{run}");
}

#[test]
fn a_reader_that_begins_only_after_the_server_got_stuck_gets_every_message_in_order() {
    let (stuck, is_stuck) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        for number in 0..COUNT {
            let mut fds = [PollFd::new(&stream, PollFlags::OUT)];
            let patience = Timespec {
                tv_sec: 0,
                tv_nsec: 500_000_000,
            };
            if poll(&mut fds, Some(&patience)).unwrap() == 0 {
                let _ = stuck.send(());
            }
            let line = wire::frame(wire::FIN | wire::TEXT, message(number).as_bytes());
            stream.write_all(&line).unwrap();
        }
        stream.write_all(&wire::close(1000, "")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    let mut stdout = BufReader::new(running.stdout.take().unwrap());
    is_stuck.recv();
    let mut line = String::new();
    for number in 0..COUNT {
        line.clear();
        stdout.read_line(&mut line).unwrap();
        assert!(line.trim_end() == message(number), "not {number}: {line:?}");
    }
    assert_eq!(
        stdout.read_line(&mut line).unwrap(),
        0,
        "more than was sent"
    );
    running.finish().ends_with_status(0);
    assert_eq!(peer.finish(), Some(1000));
}

/// Far below what goes through, far above what the program needs.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 64 << 20;
/// Messages of 16 KiB, newline included, make 256 MiB.
#[cfg(target_os = "linux")]
const BIG: (usize, usize) = ((16 << 10) - 1, 16 << 10);

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_input() {
    let (all_read, is_all_read) = channel();
    let (leave, may_leave) = channel();
    let (length, count) = BIG;
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        // Each has two bytes of header, two of length and four of key.
        let mut frames = Read::take(&stream, (count * (length + 8)) as u64);
        std::io::copy(&mut frames, &mut std::io::sink()).unwrap();
        all_read.send(()).unwrap();
        may_leave.recv();
        let code = wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
        code
    });
    let running = sockeye([peer.url(), "-w", "0", "--no-compress"])
        .stdin_from(move |mut stdin| {
            let line = format!("{}\n", "x".repeat(length));
            for _ in 0..count {
                stdin.write_all(line.as_bytes()).unwrap();
            }
        })
        .start();
    is_all_read.recv();
    let peak = running.peak_memory();
    leave.send(()).unwrap();
    running.finish().ends_with_status(0);
    assert_eq!(peer.finish(), Some(1000));
    assert!(peak < MEMORY, "it held {peak} bytes");
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_output() {
    let (length, count) = BIG;
    let (leave, may_leave) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let line = wire::frame(wire::FIN | wire::TEXT, &vec![b'x'; length]);
        for _ in 0..count {
            stream.write_all(&line).unwrap();
        }
        may_leave.recv();
        stream.write_all(&wire::close(1000, "")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    let stdout = running.stdout.take().unwrap();
    let mut all = stdout.take((count * (length + 1)) as u64);
    let read = std::io::copy(&mut all, &mut std::io::sink()).unwrap();
    let peak = running.peak_memory();
    leave.send(()).unwrap();
    running.finish().ends_with_status(0);
    assert_eq!((read, peer.finish()), (256 << 20, Some(1000)));
    assert!(peak < MEMORY, "it held {peak} bytes");
}
