//! A program that drives the client, and servers for it.

use super::super::harness::{PATIENCE, Peer, Run, Running, sockeye, wire};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::ChildStdin;
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// The program, and what it has not been asked to forget.
pub(super) struct Driver {
    pub(super) running: Running,
    pub(super) stdin: ChildStdin,
    pub(super) lines: Receiver<String>,
}

/// What was left to read when the program ended, and how it ended.
pub(super) struct End {
    pub(super) lines: Vec<Value>,
    pub(super) run: Run,
}

impl Driver {
    pub(super) fn start(arguments: &[&str]) -> Self {
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

    pub(super) fn say(&mut self, line: impl AsRef<[u8]>) {
        let line = [line.as_ref(), b"\n"].concat();
        self.stdin.write_all(&line).expect("it reads");
    }

    #[track_caller]
    fn next_raw(&self) -> String {
        let line = self.lines.recv_timeout(PATIENCE);
        line.unwrap_or_else(|error| panic!("no further line: {error}"))
    }

    #[track_caller]
    pub(super) fn next(&self) -> Value {
        parsed(&self.next_raw())
    }

    /// The next line, which must be of this type.
    #[track_caller]
    pub(super) fn expect(&self, kind: &str) -> Value {
        let line = self.next();
        assert_eq!(line["type"], kind, "{line}");
        line
    }

    /// Says this and expects an answer of that type.
    #[track_caller]
    pub(super) fn ask(&mut self, line: &str, kind: &str) -> Value {
        self.say(line);
        self.expect(kind)
    }

    #[track_caller]
    pub(super) fn state(&mut self) -> Value {
        self.ask(r#"{"type":"state"}"#, "state")
    }

    /// Ends the input and waits for the program.
    #[track_caller]
    pub(super) fn end(self) -> End {
        drop(self.stdin);
        let run = self.running.finish();
        let lines = self.lines.iter().map(|line| parsed(&line)).collect();
        End { lines, run }
    }
}

impl End {
    pub(super) fn kinds(&self) -> Vec<&str> {
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
pub(super) fn parsed(line: &str) -> Value {
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
pub(super) fn members(value: &Value) -> String {
    let mut object = value.as_object().expect("an object").clone();
    object.shift_remove("type");
    object.shift_remove("time");
    Value::Object(object).to_string()
}

/// The types of all lines on standard output.
#[track_caller]
pub(super) fn kinds(run: &Run) -> Vec<String> {
    let stdout = std::str::from_utf8(&run.stdout).expect("UTF-8");
    let kind = |line| parsed(line)["type"].as_str().expect("text").to_owned();
    stdout.lines().map(kind).collect()
}

pub(super) fn text(payload: &str) -> Vec<u8> {
    wire::frame(wire::FIN | wire::TEXT, payload.as_bytes())
}

/// A server that upgrades and then does this.
pub(super) fn upgraded<T: Send + 'static>(
    serve: impl FnOnce(&mut TcpStream) -> T + Send + 'static,
) -> Peer<T> {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        serve(&mut stream)
    })
}

/// Answers the client's close frame, having read what comes before.
pub(super) fn close_after_client(stream: &mut TcpStream) -> Option<u16> {
    let code = wire::read_until_close(stream);
    stream.write_all(&wire::close(1000, "")).unwrap();
    code
}
