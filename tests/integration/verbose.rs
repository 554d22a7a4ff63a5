//! `-v`, `-vv` and `--dry-run`: how the connection goes, on standard error.

use super::harness::{
    Authority, PATIENCE, Peer, Port, RealPeer, Run, Task, Terminal, channel, output_of, program,
    sockeye, wait_or_kill, wire,
};
use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;
use tungstenite::Message;

/// The lines of standard error that begin with this mark.
fn marked<'r>(run: &'r Run, mark: &str) -> Vec<&'r str> {
    let lines = run.stderr.lines();
    lines.filter(|line| line.starts_with(mark)).collect()
}

/// Standard error has lines that begin so, in this order, others perhaps between them.
#[track_caller]
fn tells_in_order(run: &Run, beginnings: &[&str]) {
    let mut lines = run.stderr.lines();
    for beginning in beginnings {
        assert!(
            lines.any(|line| line.starts_with(beginning)),
            "no {beginning:?} after the ones before\n{run}"
        );
    }
}

#[test]
fn the_way_to_an_open_connection_and_its_end_are_told_in_their_order() {
    let run = sockeye(["--echo", "-v", "-s", "chat", "-x", "hi", "-1"]).run();
    run.ends_with_status(0).prints("hi\n");
    tells_in_order(
        &run,
        &[
            "* Trying 127.0.0.1:",
            "* Connected to 127.0.0.1:",
            "> GET / HTTP/1.1",
            "> Host: 127.0.0.1:",
            "> Sec-WebSocket-Key: ",
            "> Sec-WebSocket-Protocol: chat",
            ">",
            "< HTTP/1.1 101 Switching Protocols",
            "< Sec-WebSocket-Accept: ",
            "<",
            "* Subprotocol: chat",
            "* Extensions: permessage-deflate",
            "* sent close FIN masked, 2 bytes: 1000 (normal closure)",
            "* received close FIN, 2 bytes: 1000 (normal closure)",
        ],
    );
    run.does_not_say("* sent text");
}

#[test]
fn nothing_of_it_is_told_unasked() {
    let run = sockeye(["--echo", "-x", "hi", "-1"]).run();
    run.ends_with_status(0);
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn a_close_of_the_server_is_told_with_its_reason() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&wire::close(4001, "enough")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let run = sockeye([peer.url(), "-v", "-w", "inf"]).run();
    run.ends_with_status(7);
    tells_in_order(
        &run,
        &[
            "* received close FIN, 8 bytes: 4001 (private use): enough",
            "* sent close FIN masked, 2 bytes: 4001",
        ],
    );
}

#[test]
fn secrets_are_hidden_in_both_directions() {
    let peer = Peer::tcp(|mut stream| {
        let head = wire::upgrade_with(&mut stream, "Set-Cookie: hunter2\r\n");
        wire::read_until_close(&mut stream);
        head
    });
    let run = sockeye([
        peer.url(),
        "-v",
        "-H",
        "Authorization: Bearer hunter2",
        "-H",
        "Cookie: hunter2",
        "-w",
        "0",
    ])
    .run();
    run.says("> Authorization: [hidden]")
        .says("> Cookie: [hidden]")
        .says("< Set-Cookie: [hidden]")
        .does_not_say("hunter2");
    assert!(peer.finish().contains("Bearer hunter2"));
}

#[test]
fn a_refusal_shows_request_and_head_once_and_the_body() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let answer = "HTTP/1.1 403 Forbidden\r\nX-Why: origin\r\nContent-Length: 7\r\n\r\ngo away";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let run = sockeye([peer.url(), "-v", "-1"]).run();
    run.ends_with_status(5).says_one_error();
    tells_in_order(
        &run,
        &[
            "> GET / HTTP/1.1",
            "< HTTP/1.1 403 Forbidden",
            "< X-Why: origin",
            "sockeye: ",
            "go away",
        ],
    );
    assert_eq!(run.stderr.matches("X-Why").count(), 1, "{run}");
}

#[test]
fn an_answer_that_is_not_valid_is_shown() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let answer = "HTTP/1.1 101 Sure\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                      Sec-WebSocket-Accept: wrong\r\n\r\n";
        stream.write_all(answer.as_bytes()).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = sockeye([peer.url(), "-v", "-1"]).run();
    run.ends_with_status(5).says_one_error();
    tells_in_order(
        &run,
        &[
            "> GET / HTTP/1.1",
            "< HTTP/1.1 101 Sure",
            "< Sec-WebSocket-Accept: wrong",
            "sockeye: ",
        ],
    );
}

#[test]
fn every_address_that_failed_is_told() {
    let reserved = Port::reserve();
    let port = reserved.number();
    let run = sockeye([&*reserved.url(), "-v", "-1"]).run();
    run.ends_with_status(3);
    let trying = format!("* Trying 127.0.0.1:{port}");
    let failed = format!("* 127.0.0.1:{port}: connection refused");
    tells_in_order(&run, &[&trying, &failed, "sockeye: "]);
}

#[test]
fn a_name_is_told_with_its_addresses() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    let url = format!("localhost:{}", peer.port());
    let run = sockeye([&*url, "-v", "-w", "0"]).run();
    run.ends_with_status(0);
    tells_in_order(
        &run,
        &[
            "* Resolved localhost to ",
            "* Trying ",
            &format!("* Connected to 127.0.0.1:{}", peer.port()),
        ],
    );
}

#[test]
fn tls_shows_version_cipher_and_certificate() {
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, |socket| while socket.read().is_ok() {});
    let run = sockeye([peer.url(), "-v", "-n", "-w", "0"]).run();
    run.ends_with_status(0);
    tells_in_order(
        &run,
        &[
            "* Connected to ",
            "* TLS 1.3, TLS_",
            "* Certificate: CN=",
            "*   issued by: CN=an authority for tests",
            "*   valid from: 1975-01-01 00:00:00 UTC",
            "*   until: 4096-01-01 00:00:00 UTC",
            "> GET / HTTP/1.1",
        ],
    );
}

#[test]
fn every_frame_of_both_directions_is_told_in_the_order_of_the_wire() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let asked = wire::read_frame(&mut stream).unwrap();
        assert_eq!(asked.payload, b"ask");
        let bytes = [
            wire::frame(wire::TEXT, b"an"),
            wire::frame(wire::FIN | wire::PING, b"p\x1b"),
            wire::frame(wire::FIN | wire::CONTINUATION, b"swer"),
            wire::frame(wire::FIN | wire::BINARY, &[0, 255]),
        ];
        stream.write_all(&bytes.concat()).unwrap();
        wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
    });
    let run = sockeye([peer.url(), "-vv", "-x", "ask", "-N", "2"]).run();
    run.ends_with_status(0).prints(b"answer\n\x00\xff");
    let frames: Vec<_> = marked(&run, "* sent ")
        .into_iter()
        .chain(marked(&run, "* received "))
        .collect();
    assert_eq!(
        frames,
        [
            "* sent text FIN masked, 3 bytes: ask",
            "* sent pong FIN masked, 2 bytes: p\\x1b",
            "* sent close FIN masked, 2 bytes: 1000 (normal closure)",
            "* received text, 2 bytes: an",
            "* received ping FIN, 2 bytes: p\\x1b",
            "* received continuation FIN, 4 bytes: swer",
            "* received binary FIN, 2 bytes: 00 ff",
            "* received close FIN, 2 bytes: 1000 (normal closure)",
        ],
        "{run}"
    );
    let in_order = [
        "* sent text",
        "* received ping",
        "* sent pong",
        "* sent close",
    ];
    tells_in_order(&run, &in_order);
}

#[test]
fn compressed_frames_show_both_lengths() {
    // Long enough for Node to compress its answer.
    let long = "ab ".repeat(1000);
    for peer in [
        RealPeer::node(&["--deflate"]),
        RealPeer::python(&["--deflate"]),
    ]
    .into_iter()
    .flatten()
    {
        let url = peer.url("/");
        let run = sockeye([&*url, "-vv", "-x", &long, "-1"]).run();
        run.ends_with_status(0).prints(format!("{long}\n"));
        for direction in [
            "* sent text FIN RSV1 masked, ",
            "* received text FIN RSV1, ",
        ] {
            let lines = marked(&run, direction);
            let [line] = lines[..] else {
                panic!("not one {direction:?}\n{run}");
            };
            assert!(line.contains(" bytes (3000 inflated): ab ab "), "{line}");
        }
    }
}

#[test]
fn of_many_frames_none_is_left_out() {
    let lines = "x\n".repeat(20_000);
    let run = sockeye(["--echo", "-vv", "-N", "20000"])
        .stdin(lines.clone())
        .run();
    run.ends_with_status(0).prints(lines);
    assert_eq!(marked(&run, "* sent text").len(), 20_000);
    assert_eq!(marked(&run, "* received text").len(), 20_000);
}

#[test]
fn who_does_not_read_what_is_told_holds_up_what_is_told_about() {
    const LINES: usize = 30_000;
    let (done, is_done) = channel();
    let peer = Peer::websocket(move |socket| {
        for _ in 0..LINES {
            socket.read().unwrap();
        }
        let _ = done.send(());
        while socket.read().is_ok() {}
    });
    let mut child = Command::new(program())
        .args([peer.url(), "-vv", "-w", "0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let lines = format!("{}\n", "x".repeat(100)).repeat(LINES);
    let feeder = Task::spawn(move || stdin.write_all(lines.as_bytes()));
    // Without a bound all of it would be through in a fraction of this.
    let held_up = is_done.recv_timeout(Duration::from_secs(1)).is_err();
    let mut told = String::new();
    let stderr = child.stderr.take().unwrap();
    BufReader::new(stderr).read_to_string(&mut told).unwrap();
    let (status, _) = wait_or_kill(&mut child, PATIENCE);
    feeder.finish().unwrap();
    assert!(held_up, "everything was sent although nobody read");
    assert_eq!(told.matches("* sent text").count(), LINES);
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_interactive_client_shows_it_on_its_screen() {
    let mut terminal = Terminal::start(&["--echo", "-vv"]);
    terminal.shows("OPEN").enters("hello");
    terminal
        .shows("* received text FIN, 5 bytes: hello")
        .enters("/quit")
        .ends_with_status(0);
}

#[test]
fn at_a_terminal_a_refusal_shows_the_head_once_too() {
    let peer = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        let answer = "HTTP/1.1 403 Forbidden\r\nX-Why: origin\r\nContent-Length: 7\r\n\r\ngo away";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    let mut terminal = Terminal::start(&[peer.url(), "-v"]);
    terminal
        .shows("< X-Why: origin")
        .shows("go away")
        .shows("CLOSED");
    let screen = terminal.screen();
    assert_eq!(screen.matches("X-Why").count(), 1, "{screen}");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn verbose_and_quiet_exclude_each_other() {
    let run = sockeye(["--echo", "-v", "-q"]).run();
    run.ends_with_status(2).says_one_error();
}

#[test]
fn a_dry_run_prints_the_request_and_connects_to_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let run = sockeye([
        "--dry-run",
        &*format!("ws://me:hunter2@{address}/chat?room=1"),
        "-s",
        "one,two",
        "-o",
        "http://a.org",
        "-H",
        "Authorization: Bearer hunter2",
        "-x",
        "unsent",
    ])
    .run();
    run.ends_with_status(0);
    assert_eq!(run.stderr, "", "{run}");
    let printed = String::from_utf8_lossy(&run.stdout);
    for line in [
        &*format!("* Host 127.0.0.1, port {}, without TLS", address.port()),
        "> GET /chat?room=1 HTTP/1.1",
        &*format!("> Host: {address}"),
        "> Sec-WebSocket-Protocol: one, two",
        "> Origin: http://a.org",
        "> Authorization: [hidden]",
    ] {
        assert!(
            printed.lines().any(|found| found == line),
            "no {line}\n{run}"
        );
    }
    assert!(!printed.contains("hunter2"), "{run}");
    let nobody = listener.accept().expect_err("somebody came");
    assert_eq!(nobody.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn a_dry_run_finds_what_is_wrong() {
    for (wrong, word) in [
        (&["ftp://localhost/"][..], "scheme"),
        (&["localhost:25"], "--allow-bad-port"),
        (&["localhost", "-s", "a b"], "a b"),
        (
            &["localhost", "-H", "Transfer-Encoding: chunked"],
            "Transfer-Encoding",
        ),
        (&["localhost", "-H", "A b: c"], "'A …'"),
        (&["localhost", "-f", "/nowhere/at/all"], "/nowhere/at/all"),
        (&["wss://localhost", "--ca", "/nowhere"], "/nowhere"),
    ] {
        let run = sockeye(wrong.iter().chain(&["--dry-run"])).run();
        run.ends_with_status(2)
            .says_one_error()
            .says(word)
            .prints("");
    }
}

#[test]
fn messages_are_read_although_frames_are_told_to_a_closed_standard_error() {
    let peer = Peer::websocket(|socket| {
        socket.send(Message::text("hi")).unwrap();
        while socket.read().is_ok() {}
    });
    let command = format!("exec {} {} -vv -1 2>&-", program().display(), peer.url());
    let output = output_of(Command::new("sh").args(["-c", &command])).expect("a shell");
    assert_eq!(output.stdout, b"hi\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn beside_json_it_is_told_on_standard_error_alone() {
    let run = sockeye(["--echo", "--json", "-vv"]).stdin("").run();
    run.ends_with_status(0);
    tells_in_order(
        &run,
        &["> GET / HTTP/1.1", "< HTTP/1.1 101", "* sent close"],
    );
    let stdout = String::from_utf8_lossy(&run.stdout);
    assert!(stdout.lines().all(|line| line.starts_with('{')), "{run}");
}
