//! What a pipe and a one-shot cost, beside the least that moving the same bytes can cost.
//!
//! The limits are this executable again, started as a bare socket program that makes the same
//! opening handshake. *raw* then moves the same frames, masked on the way out, in large writes or
//! reads, without looking at a single message or touching the standard streams. *loop* does the
//! work of a pipe in one loop: it reads the lines, frames and masks each, or takes the frames
//! apart and writes the lines, in large blocks. All are timed from process start to exit against
//! the same server. Run it with `cargo bench --bench pipe`; each number is the best of
//! `SOCKEYE_BENCH_RUNS` runs, 5 by default.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the table is what it is for, and a failure in it is a panic"
)]

mod bare;

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const LINES: usize = 1_000_000;
const LENGTH: usize = 100;
/// A masked frame of `LENGTH` bytes: two bytes of header, four of key.
const MASKED: usize = LENGTH + 6;
const UNMASKED: usize = LENGTH + 2;
const BLOCK: usize = 1 << 18;
const CLOSE: [u8; 4] = [0x88, 2, 0x03, 0xe8];

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "bare", work, port] => run_bare(work, port.parse().unwrap()),
        _ => table(),
    }
}

fn table() {
    println!(
        "{:<38} {:>10} {:>10} {:>10} {:>7} {:>7}",
        "work", "raw", "loop", "sockeye", "÷ raw", "÷ loop"
    );
    row("send 1,000,000 lines of 100 B", "send", send);
    row("receive 1,000,000 lines of 100 B", "receive", receive);
    row("one-shot: connect, one echo, close", "once", once);
}

/// Times the bare programs and ours in turns, so that what else the machine does meets them all.
fn row(name: &str, work: &str, ours: impl Fn(u16) -> Command) {
    let runs = std::env::var("SOCKEYE_BENCH_RUNS").map_or(5, |runs| runs.parse().unwrap());
    let output = match work {
        "send" => 0,
        "receive" => LINES * (LENGTH + 1),
        _ => 6,
    };
    let looped = format!("{work}-loop");
    let mut best = [Duration::MAX; 3];
    for _ in 0..runs {
        best[0] = best[0].min(time(work, |port| bare_command(work, port)).0);
        for (best, (time, written)) in best[1..].iter_mut().zip([
            time(work, |port| bare_command(&looped, port)),
            time(work, &ours),
        ]) {
            assert_eq!(written, output, "bytes on standard output");
            *best = time.min(*best);
        }
    }
    let [raw, looped, ours] = best.map(|time| time.as_secs_f64() * 1000.0);
    println!(
        "{name:<38} {raw:>7.1} ms {looped:>7.1} ms {ours:>7.1} ms {:>6.2}x {:>6.2}x",
        ours / raw,
        ours / looped
    );
}

/// From the start of the program to its exit, and how much it wrote on standard output. The
/// server must have seen everything.
fn time(work: &str, command: impl Fn(u16) -> Command) -> (Duration, usize) {
    let (port, server) = serve(work);
    let mut command = command(port);
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let written = drain(child.stdout.take().unwrap());
    let status = child.wait().unwrap();
    let time = start.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    server.join().unwrap();
    (time, written)
}

fn drain(mut from: impl Read) -> usize {
    let mut block = vec![0; BLOCK];
    let mut total = 0;
    loop {
        match from.read(&mut block).unwrap() {
            0 => return total,
            length => total += length,
        }
    }
}

fn sockeye(arguments: &[&str], port: u16) -> Command {
    let program = std::env::var("SOCKEYE_PROGRAM");
    let program = program.unwrap_or_else(|_| env!("CARGO_BIN_EXE_sockeye").to_owned());
    let mut command = Command::new(program);
    command
        .arg(format!("ws://127.0.0.1:{port}/"))
        .args(arguments);
    command.stdin(Stdio::null());
    command
}

fn send(port: u16) -> Command {
    let mut command = sockeye(&["-w", "0"], port);
    command.stdin(lines());
    command
}

/// The lines to send, made once.
fn lines() -> File {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench-lines");
    let size = (LINES * (LENGTH + 1)) as u64;
    if !std::fs::metadata(&path).is_ok_and(|file| file.len() == size) {
        std::fs::write(&path, format!("{}\n", "x".repeat(LENGTH)).repeat(LINES)).unwrap();
    }
    File::open(&path).unwrap()
}

fn receive(port: u16) -> Command {
    sockeye(&["-w", "inf"], port)
}

fn once(port: u16) -> Command {
    sockeye(&["-x", "hello", "-1"], port)
}

fn bare_command(work: &str, port: u16) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["bare", work, &port.to_string()]);
    command.stdin(if work == "send-loop" {
        lines().into()
    } else {
        Stdio::null()
    });
    command
}

/// The server for one connection. It answers the handshake without any extension.
fn serve(work: &str) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = match work {
        "send" => sink,
        "receive" => source,
        _ => echo,
    };
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        bare::accept(&mut stream);
        serve(&mut stream);
    });
    (port, thread)
}

fn sink(stream: &mut TcpStream) {
    read_exactly(stream, LINES * MASKED);
    read_exactly(stream, CLOSE.len() + 4);
    stream.write_all(&CLOSE).unwrap();
}

fn source(stream: &mut TcpStream) {
    write_frames(stream, &frame(false));
    stream.write_all(&CLOSE).unwrap();
    read_exactly(stream, CLOSE.len() + 4);
}

fn echo(stream: &mut TcpStream) {
    read_exactly(stream, 2 + 4 + 5);
    stream.write_all(b"\x81\x05hello").unwrap();
    read_exactly(stream, CLOSE.len() + 4);
    stream.write_all(&CLOSE).unwrap();
}

/// The least that does the work: what no program on a socket can be faster than.
fn run_bare(work: &str, port: u16) {
    let mut stream = bare::connect(port);
    match work {
        "send" => write_frames(&mut stream, &frame(true)),
        "receive" => read_exactly(&mut stream, LINES * UNMASKED + CLOSE.len()),
        "send-loop" => send_lines(&mut stream),
        "receive-loop" => receive_lines(&mut stream),
        _ => {
            stream.write_all(b"\x81\x85\0\0\0\0hello").unwrap();
            read_exactly(&mut stream, 2 + 5);
            if work == "once-loop" {
                std::io::stdout().write_all(b"hello\n").unwrap();
            }
        }
    }
    stream
        .write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8])
        .unwrap();
    drain(stream);
}

/// Reads lines, frames and masks each, writes in large blocks.
fn send_lines(stream: &mut TcpStream) {
    let mut input = File::from(std::io::stdin().as_fd().try_clone_to_owned().unwrap());
    let mut lines = vec![0; (BLOCK / (LENGTH + 1)) * (LENGTH + 1)];
    let mut frames = Vec::with_capacity(2 * BLOCK);
    let mut key = 0x1234_5678_u32;
    loop {
        let length = input.read(&mut lines).unwrap();
        if length == 0 {
            return;
        }
        assert_eq!(length % (LENGTH + 1), 0, "whole lines from a file");
        frames.clear();
        for line in lines[..length].split_inclusive(|byte| *byte == b'\n') {
            let text = std::str::from_utf8(&line[..line.len() - 1]).unwrap();
            key = key.wrapping_mul(0x9e37_79b1).rotate_left(9);
            let key = key.to_ne_bytes();
            frames.extend_from_slice(&[0x81, 0x80 | text.len() as u8]);
            frames.extend_from_slice(&key);
            let start = frames.len();
            frames.extend_from_slice(text.as_bytes());
            for four in frames[start..].chunks_mut(4) {
                four.iter_mut()
                    .zip(key)
                    .for_each(|(byte, key)| *byte ^= key);
            }
        }
        stream.write_all(&frames).unwrap();
    }
}

/// Takes frames apart and writes their payloads as lines, in large blocks, up to the close frame.
fn receive_lines(stream: &mut TcpStream) {
    let mut output = File::from(std::io::stdout().as_fd().try_clone_to_owned().unwrap());
    let mut bytes = vec![0; BLOCK];
    let mut filled = 0;
    let mut lines = Vec::with_capacity(2 * BLOCK);
    loop {
        let length = stream.read(&mut bytes[filled..]).unwrap();
        assert_ne!(length, 0, "the connection ended early");
        filled += length;
        let mut at = 0;
        while filled - at >= 2 && filled - at >= 2 + usize::from(bytes[at + 1]) {
            let payload = &bytes[at + 2..at + 2 + usize::from(bytes[at + 1])];
            if bytes[at] == CLOSE[0] {
                return output.write_all(&lines).unwrap();
            }
            let text = std::str::from_utf8(payload).unwrap();
            lines.extend_from_slice(text.as_bytes());
            lines.push(b'\n');
            at += 2 + payload.len();
        }
        bytes.copy_within(at..filled, 0);
        filled -= at;
        output.write_all(&lines).unwrap();
        lines.clear();
    }
}

fn frame(masked: bool) -> Vec<u8> {
    let mut frame = vec![0x81, LENGTH as u8 | if masked { 0x80 } else { 0 }];
    let key: &[u8] = if masked { &[1, 2, 3, 4] } else { &[0; 4] };
    if masked {
        frame.extend(key);
    }
    frame.extend((0..LENGTH).map(|at| b'x' ^ key[at % 4]));
    frame
}

fn write_frames(stream: &mut TcpStream, frame: &[u8]) {
    let in_a_block = BLOCK / frame.len();
    let block = frame.repeat(in_a_block);
    for _ in 0..LINES / in_a_block {
        stream.write_all(&block).unwrap();
    }
    let rest = LINES % in_a_block;
    stream.write_all(&block[..rest * frame.len()]).unwrap();
}

fn read_exactly(stream: &mut TcpStream, mut length: usize) {
    let mut block = vec![0; BLOCK];
    while length > 0 {
        let most = length.min(BLOCK);
        match stream.read(&mut block[..most]).unwrap() {
            0 => panic!("the connection ended {length} bytes early"),
            read => length -= read,
        }
    }
}
