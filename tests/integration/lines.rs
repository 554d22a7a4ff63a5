//! Lines in, lines out: what a pipe may rely on (each test is one promise of the manual).

use super::harness::{Peer, Sockeye, Task, channel, sockeye, wire};
use rustix::process::Signal;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// The program against its own private echo server.
fn echo<const N: usize>(arguments: [&str; N]) -> Sockeye {
    sockeye(["--echo", "-w", "2"].into_iter().chain(arguments))
}

/// Everything that the client sends up to its close frame.
fn received(socket: &mut WebSocket<TcpStream>) -> Vec<Message> {
    let mut messages = Vec::new();
    loop {
        match socket.read() {
            Ok(Message::Close(_)) => {
                // Sends the answer that tungstenite has queued.
                let _ = socket.flush();
                return messages;
            }
            Ok(message) => messages.push(message),
            Err(error) => panic!("after {} messages: {error}", messages.len()),
        }
    }
}

fn texts(messages: &[Message]) -> Vec<&str> {
    let text = |message: &'_ Message| matches!(message, Message::Text(_));
    assert!(messages.iter().all(text), "{messages:?}");
    messages.iter().map(|m| m.to_text().unwrap()).collect()
}

#[test]
fn two_lines_come_back_from_the_private_echo_server() {
    let run = sockeye(["--echo"]).stdin("hello\nworld\n").run();
    run.ends_with_status(0).prints("hello\nworld\n");
}

#[test]
fn a_last_line_without_newline_is_a_message_too() {
    echo([])
        .stdin("a\nb")
        .run()
        .ends_with_status(0)
        .prints("a\nb\n");
}

#[test]
fn an_empty_line_is_an_empty_message() {
    let peer = Peer::websocket(received);
    let run = sockeye([peer.url(), "-w", "0"]).stdin("\n\na\n\n").run();
    run.ends_with_status(0);
    assert_eq!(texts(&peer.finish()), ["", "", "a", ""]);
}

#[test]
fn empty_messages_come_back_as_empty_lines() {
    let run = echo([]).stdin("\n\na\n\n").run();
    run.ends_with_status(0).prints("\n\na\n\n");
}

#[test]
fn empty_input_sends_nothing() {
    let peer = Peer::websocket(received);
    sockeye([peer.url(), "-w", "0"])
        .stdin("")
        .run()
        .ends_with_status(0);
    assert_eq!(peer.finish(), []);
}

#[test]
fn a_carriage_return_before_the_newline_belongs_to_the_line_ending() {
    let peer = Peer::websocket(received);
    let run = sockeye([peer.url(), "-w", "0"])
        .stdin("a\r\nb\rc\r\n\r\n")
        .run();
    run.ends_with_status(0);
    assert_eq!(texts(&peer.finish()), ["a", "b\rc", ""]);
}

#[test]
fn messages_end_with_nul_in_both_directions_on_demand() {
    let run = echo(["-0"]).stdin("two\nlines\0\0three\r\n\0").run();
    run.ends_with_status(0).prints("two\nlines\0\0three\r\n\0");
}

#[test]
fn a_newline_inside_a_received_message_is_left_alone() {
    let peer = Peer::websocket(|socket| {
        socket.send("a\nb\r\n".into()).unwrap();
        received(socket)
    });
    let run = sockeye([peer.url(), "-1"]).run();
    run.ends_with_status(0).prints("a\nb\r\n\n");
}

#[test]
fn text_that_is_not_utf8_is_status_2_after_everything_before_it_was_delivered() {
    let peer = Peer::websocket(received);
    let run = sockeye([peer.url(), "-w", "0"])
        .stdin(b"one\ntwo\nth\xffree\nfour\n".to_vec())
        .run();
    run.ends_with_status(2).says_one_error();
    run.says("line 3").says("byte");
    assert_eq!(texts(&peer.finish()), ["one", "two"]);
}

#[test]
fn lines_that_come_before_the_connection_is_open_wait_for_it() {
    let (written, wait) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wait.recv();
        wire::upgrade(&mut stream);
        let first = wire::read_frame(&mut stream).expect("the first line");
        let second = wire::read_frame(&mut stream).expect("the second line");
        let code = wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
        (first.payload, second.payload, code)
    });
    let run = sockeye([peer.url(), "-w", "0", "--no-compress"])
        .stdin_from(move |mut stdin| {
            stdin.write_all(b"early\nbird\n").unwrap();
            written.send(()).unwrap();
        })
        .run();
    run.ends_with_status(0);
    let (first, second, code) = peer.finish();
    assert_eq!((&*first, &*second), (&b"early"[..], &b"bird"[..]));
    assert_eq!(code, Some(1000));
}

#[test]
fn every_frame_of_the_client_is_masked() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let frame = wire::read_frame(&mut stream).expect("a frame");
        let close = wire::read_frame(&mut stream).expect("a close frame");
        stream.write_all(&wire::close(1000, "")).unwrap();
        (frame, close)
    });
    let run = sockeye([peer.url(), "-w", "0"]).stdin("masked\n").run();
    run.ends_with_status(0);
    let (frame, close) = peer.finish();
    assert!(frame.masked && close.masked, "{frame:?} {close:?}");
    assert_eq!(frame.payload, b"masked");
    assert_eq!(frame.first, wire::FIN | wire::TEXT);
}

#[test]
fn replies_after_the_end_of_input_are_written() {
    let peer = Peer::websocket(|socket| {
        assert_eq!(socket.read().unwrap(), Message::text("question"));
        // The end of input has no sign on the wire: wait until the program had time to see it.
        socket.send("late answer".into()).unwrap();
        received(socket)
    });
    let run = sockeye([peer.url(), "-w", "2", "-N", "1"])
        .stdin("question\n")
        .run();
    run.ends_with_status(0).prints("late answer\n");
}

#[test]
fn what_the_server_sends_before_its_own_close_frame_is_written_too() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        assert_eq!(wire::read_until_close(&mut stream), Some(1000));
        stream
            .write_all(&wire::frame(wire::FIN | wire::TEXT, b"last words"))
            .unwrap();
        stream.write_all(&wire::close(1000, "")).unwrap();
    });
    let run = sockeye([peer.url(), "-w", "0"]).stdin("").run();
    run.ends_with_status(0).prints("last words\n");
}

#[test]
fn without_input_it_subscribes_until_the_server_closes() {
    for forever in ["inf", "-1"] {
        let peer = Peer::websocket(|socket| {
            for text in ["a", "b", "c"] {
                socket.send(text.into()).unwrap();
            }
            socket.close(None).unwrap();
            while socket.read().is_ok() {}
        });
        let run = sockeye([peer.url(), "-w", forever]).run();
        run.ends_with_status(0).prints("a\nb\nc\n");
    }
}

#[test]
fn it_leaves_after_as_many_messages_as_asked_for() {
    let peer = Peer::websocket(|socket| {
        for text in ["1", "2", "3", "4"] {
            socket.send(text.into()).unwrap();
        }
        received(socket)
    });
    let run = sockeye([peer.url(), "-N", "2", "-w", "inf"])
        .stdin_held()
        .run();
    run.ends_with_status(0).prints("1\n2\n");
}

#[test]
fn a_reader_of_standard_output_that_leaves_ends_it_quietly() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let line = wire::frame(wire::FIN | wire::TEXT, &[b'x'; 1000]);
        // Until the client is gone.
        while stream.write_all(&line).is_ok() {}
    });
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    let mut line = String::new();
    let mut head = BufReader::new(running.stdout.take().unwrap());
    head.read_line(&mut line).unwrap();
    drop(head);
    let run = running.finish();
    run.ends_with_status(0);
    assert_eq!(run.stderr, "", "{run}");
    assert_eq!(line.len(), 1001);
}

#[test]
fn a_reader_that_leaves_is_noticed_while_nothing_arrives() {
    let (open, is_open) = channel();
    let peer = Peer::websocket(move |socket| {
        open.send(()).unwrap();
        received_until_end(socket);
    });
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    is_open.recv();
    drop(running.stdout.take());
    let run = running.finish();
    run.ends_with_status(0);
    assert_eq!(run.stderr, "", "{run}");
}

fn received_until_end(socket: &mut WebSocket<TcpStream>) {
    while socket.read().is_ok() {}
}

#[test]
fn a_server_that_stops_reading_for_a_while_loses_nothing() {
    let line = "0123456789".repeat(100);
    let input = format!("{line}\n").repeat(30_000);
    let (fed, all_fed) = channel();
    let peer = Peer::websocket(move |socket| {
        // 30 MB do not fit into the sockets' buffers: reading starts late, and loses nothing.
        let early = all_fed.recv_timeout(std::time::Duration::from_millis(500));
        let messages = received(socket);
        assert!(messages.iter().all(|message| message.len() == 1000));
        (early.is_ok(), messages.len())
    });
    let run = sockeye([peer.url(), "-w", "0", "--no-compress"])
        .stdin_from(move |mut stdin| {
            stdin.write_all(input.as_bytes()).unwrap();
            let _ = fed.send(());
        })
        .run();
    run.ends_with_status(0);
    assert_eq!(peer.finish().1, 30_000);
}

#[test]
fn a_slow_server_holds_standard_input_back() {
    const INPUT: usize = 512 << 20;
    let (full, is_full) = channel::<usize>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let taken = is_full.recv();
        stream.shutdown(Shutdown::Both).unwrap();
        taken
    });
    let run = sockeye([peer.url(), "-w", "0", "--no-compress"])
        .stdin_from(move |stdin| {
            let taken = write_until_stuck(stdin, INPUT);
            full.send(taken).unwrap();
        })
        .run();
    run.ends_with_status(6).says_one_error();
    let taken = peer.finish();
    assert!(
        taken < 128 << 20,
        "it took in {taken} bytes that nobody read"
    );
}

/// Writes lines until the pipe takes nothing for two seconds; returns how much it took.
fn write_until_stuck(stdin: std::process::ChildStdin, most: usize) -> usize {
    let (progress, seen) = channel();
    std::thread::spawn(move || {
        let mut stdin = stdin;
        let block = format!("{}\n", "x".repeat(1023)).repeat(64);
        for _ in 0..most / block.len() {
            if stdin.write_all(block.as_bytes()).is_err() || progress.send(block.len()).is_err() {
                return;
            }
        }
    });
    let mut taken = 0;
    while let Ok(bytes) = seen.recv_timeout(std::time::Duration::from_secs(2)) {
        taken += bytes;
    }
    taken
}

#[test]
fn a_slow_reader_of_standard_output_holds_the_socket_back() {
    let (stuck, is_stuck) = channel();
    let line = wire::frame(wire::FIN | wire::TEXT, &[b'x'; 1 << 20]);
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream
            .set_write_timeout(Some(std::time::Duration::from_secs(2)))
            .unwrap();
        let mut sent = 0;
        while sent < 512 && stream.write_all(&line).is_ok() {
            sent += 1;
        }
        stuck.send(sent).unwrap();
    });
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    let sent = is_stuck.recv();
    assert!(sent < 128, "it took in {sent} MiB that nobody read");
    let mut out = Vec::new();
    running
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut out)
        .unwrap();
    // The server gave up inside a frame; all the whole messages before it are there.
    assert_eq!(out.len(), sent * ((1 << 20) + 1));
    running.finish().ends_with_status(6);
}

#[test]
fn ctrl_c_closes_with_1000_and_is_status_130() {
    let (opened, is_open) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        stream
            .write_all(&wire::frame(wire::FIN | wire::TEXT, b"here"))
            .unwrap();
        opened.send(()).unwrap();
        let code = wire::read_until_close(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
        code
    });
    let mut running = sockeye([peer.url(), "-w", "inf"]).start();
    is_open.recv();
    // The message on standard output says that the program has seen the opening.
    let mut line = String::new();
    let mut stdout = BufReader::new(running.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    running.signal(Signal::INT);
    running.finish().ends_with_status(130);
    assert_eq!(peer.finish(), Some(1000));
}

#[test]
fn escape_sequences_of_the_server_reach_a_pipe_untouched() {
    let hostile = "\u{1b}]0;title\u{7}\u{1b}[31mred\u{9b}2J\u{202e}\u{7f}";
    let peer = Peer::websocket(move |socket| {
        socket.send(hostile.into()).unwrap();
        received(socket)
    });
    let run = sockeye([peer.url(), "-1"]).run();
    run.ends_with_status(0).prints(format!("{hostile}\n"));
}

#[test]
fn input_that_could_not_be_sent_is_an_error_that_counts_it() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        wire::read_frame(&mut stream).expect("the first line");
        stream.write_all(&wire::close(4001, "enough")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let run = sockeye([peer.url(), "-w", "inf"])
        .stdin_from(|mut stdin| {
            // More than could ever be sent: until the program leaves.
            let block = b"line\n".repeat(10_000);
            while stdin.write_all(&block).is_ok() {}
        })
        .run();
    run.ends_with_status(7).says_one_error();
    run.says("4001").says("not sent");
    assert_eq!(peer.finish(), Some(4001));
}

/// Sends messages without an end until the client closes, or three at once.
fn pouring(without_end: bool) -> Peer {
    Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let message = wire::frame(wire::FIN | wire::TEXT, b"more");
        stream.write_all(&message.repeat(3)).unwrap();
        let mut reader = stream.try_clone().unwrap();
        let (closing, is_closing) = channel();
        let reading = Task::spawn(move || {
            wire::read_until_close(&mut reader);
            closing.send(()).unwrap();
        });
        let pause = Duration::from_millis(20);
        while is_closing.recv_timeout(pause).is_err() {
            if without_end {
                stream.write_all(&message).unwrap();
            }
        }
        reading.finish();
        stream.write_all(&wire::close(1000, "")).unwrap();
    })
}

#[test]
fn leaving_while_messages_still_come_is_told_with_what_would_change_it() {
    let still_coming = "messages were still coming when the 1 s of -w were over";
    for (arguments, counts) in [(&["-w", "1"][..], false), (&["-w1", "-N", "900000"], true)] {
        let peer = pouring(true);
        let run = sockeye([peer.url()]).args(arguments).run();
        run.ends_with_status(if counts { 9 } else { 0 });
        run.says(still_coming).says("-w SECONDS stays longer");
        assert_eq!(run.stderr.contains("-N COUNT"), !counts, "{run}");
    }
    let peer = pouring(true);
    let run = sockeye([peer.url(), "-w", "1", "-x", "hello"]).run();
    run.ends_with_status(0).says(still_coming);
}

#[test]
fn leaving_is_not_told_when_the_answers_have_ended_or_nobody_asks() {
    for (without_end, arguments) in [
        (false, &["-w", "1"][..]),
        (true, &["-w", "0"]),
        (true, &["-w", "1", "-q"]),
        (true, &["-w", "1", "-N", "2"]),
    ] {
        let peer = pouring(without_end);
        let run = sockeye([peer.url()]).args(arguments).run();
        run.ends_with_status(0);
        assert_eq!(run.stderr, "", "{run}");
    }
}
