//! `--max-time` bounds the whole run, `--send-timeout` a server that takes nothing of what is sent.

use super::harness::{PATIENCE, Peer, Sockeye, sockeye, wire};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::Duration;

/// Far more than anything here may take, far less than what would end it otherwise.
const SOON: Duration = Duration::from_secs(20);

/// A way to run the program until something ends it.
type FrontEnd = fn(&str) -> Sockeye;

/// Every front end but the interactive one.
const FRONT_ENDS: [FrontEnd; 3] = [
    |url| sockeye([url]).stdin_held(),
    |url| sockeye([url, "-x", "hello", "-w", "600"]),
    |url| sockeye([url, "--json"]).stdin_held(),
];

/// The bound, and nothing else that would end the run before the harness does.
const MAX_TIME: [&str; 6] = [
    "--max-time",
    "2",
    "--connect-timeout",
    "600",
    "--close-timeout",
    "600",
];

fn read_to_end(stream: &mut TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn the_whole_run_is_bounded_and_the_connection_closed() {
    for start in FRONT_ENDS {
        let peer = Peer::tcp(|mut stream| {
            wire::upgrade(&mut stream);
            wire::read_until_close(&mut stream)
        });
        let run = start(peer.url()).args(MAX_TIME).patience(SOON).run();
        run.ends_with_status(8).says_one_error().says("--max-time");
        assert_eq!(peer.finish(), Some(1000));
    }
}

#[test]
fn connecting_counts() {
    for start in FRONT_ENDS {
        let peer = Peer::tcp(|mut stream| {
            wire::read_head(&mut stream);
            read_to_end(&mut stream);
        });
        let run = start(peer.url()).args(MAX_TIME).patience(SOON).run();
        run.ends_with_status(8).says_one_error().says("--max-time");
    }
}

#[test]
fn the_wait_before_another_attempt_counts() {
    for start in FRONT_ENDS {
        let peer = Peer::tcp(|mut stream| {
            wire::read_head(&mut stream);
            let busy = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(busy).unwrap();
        });
        let run = start(peer.url())
            .args(MAX_TIME)
            .args(["--retry", "1", "--retry-delay", "600"])
            .patience(SOON)
            .run();
        run.ends_with_status(8).says_one_error().says("--max-time");
    }
}

#[test]
fn the_close_handshake_counts() {
    for arguments in [&["-w", "0"][..], &["-w", "0", "-x", "hi"], &["--json"]] {
        let peer = Peer::tcp(|mut stream| {
            wire::upgrade(&mut stream);
            wire::read_until_close(&mut stream);
            read_to_end(&mut stream);
        });
        let run = sockeye([peer.url()]).stdin_held();
        let run = run.args(MAX_TIME).args(arguments);
        let run = run.patience(SOON).start().end_input().finish();
        run.ends_with_status(8).says_one_error().says("--max-time");
    }
}

#[test]
fn a_reader_and_a_server_that_are_stuck_count() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let block = wire::frame(wire::FIN | wire::TEXT, b"more").repeat(10_000);
        while stream.write_all(&block).is_ok() {}
    });
    let mut running = sockeye([peer.url(), "-w", "inf"])
        .args(MAX_TIME)
        .stdin_from(|mut stdin| while stdin.write_all(&[b'\n'; 1 << 16]).is_ok() {})
        .patience(SOON)
        .start();
    // Held, and never read.
    let _stdout = running.stdout.take();
    let run = running.finish();
    run.ends_with_status(8).says_one_error().says("--max-time");
}

#[test]
fn a_file_that_nobody_writes_counts() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    let pipe = pipe.to_str().unwrap();
    let run = sockeye(["--echo", "-f", pipe])
        .args(MAX_TIME)
        .after(&format!("mkfifo '{pipe}'"))
        .patience(SOON)
        .run();
    run.ends_with_status(8).says_one_error().says("--max-time");
}

#[test]
fn standard_input_that_does_not_end_counts() {
    let run = sockeye(["--echo", "-f", "-"]).args(MAX_TIME).stdin_held();
    let run = run.patience(SOON).run();
    run.ends_with_status(8).says_one_error().says("--max-time");
}

#[test]
fn what_is_over_in_time_is_as_ever_and_0_is_no_bound() {
    for bound in ["600", "0", "inf"] {
        let run = sockeye(["--echo", "-x", "hi", "-1", "-m", bound]).run();
        run.ends_with_status(0).prints("hi\n");
    }
}

/// A server that upgrades and then takes nothing for as long as this is kept.
struct Stuck {
    /// Dropped before the peer, which waits for that.
    _leave: Sender<()>,
    peer: Peer,
}

impl Stuck {
    fn start() -> Self {
        let (leave, may_leave) = mpsc::channel::<()>();
        let peer = Peer::tcp(move |mut stream| {
            wire::upgrade(&mut stream);
            let _ = may_leave.recv_timeout(2 * PATIENCE);
        });
        Self {
            _leave: leave,
            peer,
        }
    }

    fn url(&self) -> &str {
        self.peer.url()
    }
}

/// More bytes than the buffers of two sockets hold.
const MUCH: usize = 32 << 20;

/// So much text that does not compress to little.
fn much() -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b'a' + (state % 26) as u8
    };
    std::iter::repeat_with(next).take(MUCH).collect()
}

#[test]
fn a_server_that_takes_nothing_ends_the_run_when_asked() {
    let give_up = ["--send-timeout", "1", "-w", "inf"];
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), much()).unwrap();
    let command = format!(
        "{{\"type\":\"send\",\"data\":\"{}\"}}\n",
        String::from_utf8(much()).unwrap()
    );
    let lines = much().chunks(1000).collect::<Vec<_>>().join(&b'\n');
    let runs: [(&[&str], Vec<u8>); 3] = [
        (&[], lines),
        (&["-f", file.path().to_str().unwrap()], Vec::new()),
        (&["--json"], command.into_bytes()),
    ];
    for (arguments, input) in runs {
        let peer = Stuck::start();
        let run = sockeye([peer.url()])
            .args(give_up)
            .args(arguments)
            .stdin(input)
            .run();
        run.ends_with_status(8).says_one_error();
        run.says("--send-timeout").says("not sent");
    }
}

/// The types of the JSON lines in `output`, in their order.
fn types(output: &str) -> Vec<String> {
    let types = output.lines().map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        line["type"].as_str().unwrap().to_owned()
    });
    types.collect()
}

#[test]
fn json_mode_tells_why_a_limit_ended_the_run_and_then_the_close() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let code = wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
        code
    });
    let run = sockeye([peer.url(), "--json"])
        .stdin_held()
        .args(MAX_TIME)
        .patience(SOON)
        .run();
    run.ends_with_status(8);
    let output = String::from_utf8_lossy(&run.stdout);
    assert_eq!(types(&output), ["open", "error", "close"], "{output}");
    assert!(output.contains("--max-time"), "{output}");
    assert!(output.contains("\"code\":1000"), "{output}");
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn json_mode_tells_the_close_of_a_connection_whose_server_takes_nothing() {
    let command = format!(
        "{{\"type\":\"send\",\"data\":\"{}\"}}\n",
        String::from_utf8(much()).unwrap()
    );
    let peer = Stuck::start();
    let run = sockeye([peer.url(), "--json", "--send-timeout", "1"])
        .stdin(command.clone())
        .run();
    run.ends_with_status(8);
    let output = String::from_utf8_lossy(&run.stdout);
    assert_eq!(
        types(&output),
        ["open", "error", "unsent", "close"],
        "{output}"
    );
    assert!(output.contains("--send-timeout"), "{output}");
    assert!(output.contains("\"messages\":1"), "{output}");
    assert!(output.contains("\"code\":1006"), "{output}");

    let peer = Stuck::start();
    let mut running = sockeye([peer.url(), "--json", "-w", "inf"])
        .stdin(command)
        .start();
    assert!(running.line().contains("open"));
    running.signal(Signal::TERM);
    let run = running.finish();
    run.ends_with_status(143);
    assert_eq!(
        types(&String::from_utf8_lossy(&run.stdout)).last().unwrap(),
        "close"
    );
}

#[test]
fn a_server_that_is_slow_is_waited_for() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        // With the header of a frame of this length: 2 bytes, 8 of length, 4 of key.
        let mut left = 14 + MUCH;
        while left > 0 {
            // Slower than the bound, all in all.
            thread::sleep(Duration::from_millis(200));
            let mut taken = vec![0; left.min(2 << 20)];
            stream.read_exact(&mut taken).unwrap();
            left -= taken.len();
        }
        stream.write_all(&wire::close(1000, "")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let run = sockeye([peer.url(), "--whole", "--no-compress", "-w", "inf"])
        .args(["--send-timeout", "2"])
        .stdin(much())
        .run();
    run.ends_with_status(0);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn standard_error_says_so_when_a_server_takes_nothing_for_long() {
    let peer = Stuck::start();
    let running = sockeye([peer.url(), "--whole", "-w", "inf"])
        .stdin(much())
        .patience(PATIENCE)
        .start();
    running.wait_for("the server has taken nothing for 10 s");
    running.wait_for("--send-timeout SECONDS gives up");
    running.signal(Signal::INT);
    running.finish().ends_with_status(130);
}
