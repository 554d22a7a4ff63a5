//! `--reconnect` in pipes and one-shots: nothing lost, nothing doubled, in order.

use super::super::harness::{Service, channel, is_full, sockeye, wire};
use super::{AT_ONCE, close_after_client, echo, hear, refusing, say, upgraded};
use rustix::process::Signal;
use std::io::{Read, Write};
use std::net::Shutdown;

#[test]
fn a_one_shot_asks_again_when_its_question_was_lost() {
    let service = Service::start(vec![
        upgraded(|stream| assert_eq!(hear(stream, 1), ["question"])),
        refusing(503, ""),
        upgraded(echo),
    ]);
    let run = sockeye([&service.url(), "-x", "question", "-1", "--reconnect"])
        .args(AT_ONCE)
        .run();
    run.ends_with_status(0).prints("question\n");
    run.says("(attempt 1): the connection was lost")
        .says("(attempt 2): the server refused the upgrade: 503");
    service.finish();
}

#[test]
fn a_subscription_goes_on_over_the_next_connection_and_counts_go_on() {
    let service = Service::start(vec![
        upgraded(|stream| {
            assert_eq!(hear(stream, 1), ["subscribe"]);
            say(stream, "one");
            say(stream, "two");
        }),
        upgraded(|stream| {
            assert_eq!(hear(stream, 1), ["subscribe"]);
            say(stream, "three");
            close_after_client(stream);
        }),
    ]);
    let run = sockeye([&service.url(), "-x", "subscribe", "-N", "3", "--reconnect"])
        .args(AT_ONCE)
        .run();
    run.ends_with_status(0).prints("one\ntwo\nthree\n");
    service.finish();
}

#[test]
fn only_so_many_attempts_in_a_row() {
    let service = Service::start(vec![upgraded(|_| ()), refusing(503, ""), refusing(502, "")]);
    let run = sockeye([&service.url(), "-w", "inf", "--reconnect=2"])
        .args(AT_ONCE)
        .run();
    run.ends_with_status(5).says_one_error().says("502");
    service.finish();
}

#[test]
fn a_restarting_server_is_come_back_to_and_one_that_is_done_is_not() {
    let closing = |code| {
        upgraded(move |stream| {
            stream.write_all(&wire::close(code, "")).unwrap();
            wire::read_until_close(stream);
        })
    };
    let codes = [1001, 1012, 1013, 1014, 1000];
    let service = Service::start(codes.map(closing).into());
    let run = sockeye([&service.url(), "-w", "inf", "--reconnect"])
        .args(AT_ONCE)
        .run();
    run.ends_with_status(0)
        .says("(attempt 4): closed with 1014")
        .does_not_say("attempt 5");
    service.finish();
    let service = Service::start(vec![closing(1008)]);
    let run = sockeye([&service.url(), "-w", "inf", "--reconnect"]).run();
    run.ends_with_status(7).does_not_say("trying again");
}

#[test]
fn a_pipe_goes_on_where_it_was_with_nothing_lost_and_nothing_doubled() {
    let (gone, is_gone) = channel::<()>();
    let service = Service::start(vec![
        upgraded(|stream| assert_eq!(hear(stream, 3), ["first", "a", "b"])),
        upgraded(|stream| {
            assert_eq!(hear(stream, 3), ["first", "c", "d"]);
            close_after_client(stream);
        }),
    ]);
    let arguments = [
        &service.url(),
        "-x",
        "first",
        "-i",
        "-w",
        "0",
        "--reconnect",
    ];
    let running = sockeye(arguments)
        .args(AT_ONCE)
        .stdin_from(move |mut stdin| {
            stdin.write_all(b"a\nb\n").unwrap();
            // What goes into a connection that is being lost may be lost with it.
            is_gone.wait_for_senders_to_end();
            stdin.write_all(b"c\nd\n").unwrap();
        })
        .start();
    running.wait_for("trying again");
    drop(gone);
    running.finish().ends_with_status(0);
    service.finish();
}

/// Lines that do not fit into all the buffers between two programs on one machine.
const LINES: usize = 400;

fn line(number: usize) -> String {
    format!("{number:09}{}\n", "x".repeat(100_000))
}

#[test]
fn what_was_queued_and_not_sent_is_sent_first_over_the_next_connection() {
    let service = Service::start(vec![
        // What is on its way is lost with the connection.
        upgraded(|stream| _ = hear(stream, 3)),
        upgraded(|stream| {
            let first = hear(stream, 1);
            let first: usize = first[0][..9].parse().unwrap();
            assert!(first >= 3, "message {first} came twice");
            for expected in first + 1..LINES {
                assert_eq!(hear(stream, 1)[0][..9].parse(), Ok(expected));
            }
            close_after_client(stream);
        }),
    ]);
    let run = sockeye([&service.url(), "-w", "0", "--reconnect"])
        .args(AT_ONCE)
        .stdin((0..LINES).map(line).collect::<String>())
        .run();
    run.ends_with_status(0).says("trying again");
    service.finish();
}

/// How many whole messages of [`line`] are in these bytes.
fn whole_messages(bytes: &[u8]) -> usize {
    /// First byte, length in nine bytes, masking key.
    const LARGE: usize = 1 + 9 + 4;
    bytes.len() / (LARGE + line(0).len() - 1)
}

#[test]
fn exactly_what_the_network_had_not_taken_goes_out_over_the_next_connection() {
    let (stuck, is_stuck) = channel();
    let (lose, lost) = channel::<()>();
    let (tell, told) = channel();
    let service = Service::start(vec![
        // Reads nothing until the client has given up, then everything it had handed over.
        upgraded(move |stream| {
            is_stuck.recv();
            // The client takes the end of the stream for a lost connection. What it has handed to
            // the network can still be read.
            stream.shutdown(Shutdown::Write).unwrap();
            lost.wait_for_senders_to_end();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            tell.send(whole_messages(&bytes)).unwrap();
        }),
        upgraded(move |stream| {
            for expected in told.recv()..LINES {
                assert_eq!(hear(stream, 1)[0][..9].parse(), Ok(expected));
            }
            close_after_client(stream);
        }),
    ]);
    let running = sockeye([&service.url(), "-w", "0", "--reconnect"])
        .args(AT_ONCE)
        .stdin_from(move |mut stdin| {
            let input: String = (0..LINES).map(line).collect();
            // A pipe that has room has room for so much.
            for piece in input.as_bytes().chunks(4096) {
                if is_full(&stdin) {
                    let _ = stuck.send(());
                }
                stdin.write_all(piece).unwrap();
            }
        })
        .start();
    running.wait_for("trying again");
    drop(lose);
    running.finish().ends_with_status(0);
    service.finish();
}

#[test]
fn messages_of_the_command_line_that_were_not_sent_go_out_once_and_not_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    std::fs::write(&file, "x".repeat(40 << 20)).unwrap();
    let service = Service::start(vec![
        // Without a look at what is sent.
        upgraded(|_| ()),
        upgraded(|stream| {
            assert_eq!(hear(stream, 1)[0].len(), 40 << 20);
            assert_eq!(hear(stream, 2), ["small", "line"]);
            close_after_client(stream);
        }),
    ]);
    let run = sockeye([&service.url(), "-i", "-w", "0", "--reconnect", "-f"])
        .args([file.as_os_str(), "-x".as_ref(), "small".as_ref()])
        .args(AT_ONCE)
        .stdin("line\n")
        .run();
    // The line may have been read before the loss, or after it; the others are not counted.
    run.ends_with_status(0).does_not_say("messages (");
    service.finish();
}

#[test]
fn what_could_not_be_sent_in_the_end_is_counted() {
    let service = Service::start(vec![upgraded(|stream| {
        hear(stream, 1);
    })]);
    let input = "x".repeat(99_999) + "\n";
    let run = sockeye([&service.url(), "-w", "0", "--reconnect=1"])
        .args(AT_ONCE)
        .stdin(input.repeat(400))
        .run();
    run.ends_with_status(3).says_one_error();
    run.says("messages were not sent: connecting to");
}

#[test]
fn ctrl_c_while_waiting_to_come_back_is_status_130() {
    let service = Service::start(vec![upgraded(|_| ())]);
    let running = sockeye([&service.url(), "-w", "inf", "--reconnect"])
        .args(["--retry-delay", "500"])
        .stdin_held()
        .start();
    running.wait_for("trying again");
    running.signal(Signal::INT);
    running.finish().ends_with_status(130);
}
