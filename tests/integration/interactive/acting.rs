//! Commands that act on the connection.

use super::patient::{enters_until, idle, listening, silent};
use crate::harness::{Peer, RealPeer, Terminal, wire};
use std::io::Write;
use wire::{BINARY, CLOSE, CONTINUATION, FIN, PING, PONG, TEXT};

const CLOSED_WITH_1000: (u8, [u8; 2]) = (FIN | CLOSE, [0x03, 0xe8]);

/// The frames before the close frame of leaving.
fn before_leaving(mut frames: Vec<(u8, Vec<u8>)>) -> Vec<(u8, Vec<u8>)> {
    let (first, code) = CLOSED_WITH_1000;
    assert_eq!(frames.pop(), Some((first, code.to_vec())));
    frames
}

#[test]
fn a_message_goes_in_fragments_of_the_size_that_was_typed() {
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("/fragment 2 héll");
    terminal.enters("/quit").ends_with_status(0);
    let expected = [
        (TEXT, b"h\xc3".to_vec()),
        (CONTINUATION, b"\xa9l".to_vec()),
        (FIN | CONTINUATION, b"l".to_vec()),
    ];
    assert_eq!(before_leaving(peer.finish()), expected);
}

#[test]
fn fragments_arrive_whole_at_node_compressed_or_not() {
    let text = "one fragment, two fragments, three fragments, four fragments, five";
    for options in [
        &[][..],
        &["--deflate"],
        &["--deflate", "--client-no-context-takeover"],
    ] {
        let Some(peer) = RealPeer::node(options) else {
            return;
        };
        let url = peer.url("/");
        let mut terminal = Terminal::start(&[&url, "-vv"]);
        terminal.shows("OPEN");
        for size in ["7", "30", "1000"] {
            terminal.enters(&format!("/fragment {size} {size}: {text}"));
            terminal.shows(&format!("< {size}: {text}"));
        }
        terminal.enters("/quit").ends_with_status(0);
        let transcript = String::from_utf8_lossy(&terminal.transcript()).into_owned();
        assert!(
            transcript.contains("sent continuation masked, 7 bytes"),
            "{transcript}"
        );
        let compressed = transcript.contains("sent text RSV1 masked, 7 bytes");
        assert_eq!(compressed, !options.is_empty(), "{transcript}");
    }
}

#[test]
fn pongs_are_withheld_and_sent_again() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let mut heard = Vec::new();
        for number in ["1", "2", "3"] {
            let ping = wire::frame(FIN | PING, number.as_bytes());
            stream.write_all(&ping).unwrap();
            stream
                .write_all(&wire::frame(FIN | TEXT, b"pinged"))
                .unwrap();
            // A pong or none, and then a message.
            loop {
                let frame = wire::read_frame(&mut stream).unwrap();
                let is_text = frame.first == FIN | TEXT;
                heard.push((frame.first, String::from_utf8(frame.payload).unwrap()));
                if is_text {
                    break;
                }
            }
        }
        wire::read_until_close(&mut stream);
        heard
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows_lines(1, "pinged").enters("/pongs off");
    terminal
        .shows("unanswered")
        .enters("/state")
        .shows("withheld");
    terminal.enters("quiet").shows_lines(2, "< pinged");
    terminal
        .enters("/pongs maybe")
        .shows("'maybe' is neither on nor off");
    terminal
        .enters("/pongs on")
        .enters("loud")
        .shows_lines(3, "< pinged")
        .enters("end");
    terminal.enters("/quit").ends_with_status(0);
    let text = |words: &str| (FIN | TEXT, words.to_owned());
    let pong = |number: &str| (FIN | PONG, number.to_owned());
    let expected = [
        pong("1"),
        text("quiet"),
        text("loud"),
        pong("3"),
        text("end"),
    ];
    assert_eq!(peer.finish(), expected);
}

#[test]
fn a_message_is_repeated_and_numbered_while_one_types() {
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("/repeat 3 20ms beat {n}");
    terminal.shows("/repeat: all 3 sent in ").enters("between");
    terminal.enters("/quit").ends_with_status(0);
    let texts = before_leaving(peer.finish())
        .into_iter()
        .map(|(first, payload)| {
            assert_eq!(first, FIN | TEXT);
            String::from_utf8(payload).unwrap()
        });
    assert_eq!(
        texts.collect::<Vec<_>>(),
        ["beat 1", "beat 2", "beat 3", "between"]
    );
}

#[test]
fn repeating_is_one_at_a_time_can_be_looked_at_and_stopped() {
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/repeat 9 1m beat")
        .enters("/repeat");
    terminal.shows("/repeat: 1 of 9 sent so far");
    terminal
        .enters("/repeat 2 0 x")
        .shows("repeated already (1 of 9 sent)");
    terminal
        .enters("/repeat off")
        .shows("/repeat: stopped, 1 of 9 sent");
    terminal
        .enters("/repeat off")
        .shows("nothing is being repeated");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(
        before_leaving(peer.finish()),
        [(FIN | TEXT, b"beat".to_vec())]
    );
}

#[test]
fn repeating_ends_with_the_connection_and_does_not_begin_without_one() {
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/repeat inf 1m beat")
        .enters("/close");
    terminal.shows("/repeat: 1 sent, then the connection ended");
    terminal.enters("/repeat 1 0 x").shows("InvalidStateError");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn repeating_waits_for_a_slow_network_and_typing_does_not() {
    const SIZE: usize = 200;
    // Nothing is read after the handshake.
    let (peer, done) = idle(|stream| drop(wire::upgrade(stream)));
    let mut terminal = Terminal::start(&[peer.url()]);
    let text = "x".repeat(SIZE);
    terminal
        .shows("OPEN")
        .enters(&format!("/repeat inf 0 {text}"));
    // In the end the network is full.
    enters_until(&mut terminal, "/state", |line| line.contains("KiB)"));
    // Who does not wait for it has queued far more by now.
    for _ in 0..100 {
        enters_until(&mut terminal, "/state", |line| line.contains("KiB)"));
    }
    assert!(!terminal.screen().contains("MiB"), "{}", terminal.screen());
    terminal.enters("/repeat off").shows("/repeat: stopped, ");
    let screen = terminal.screen();
    let (_, rest) = screen.split_once("stopped, ").unwrap();
    let sent: usize = rest.split(' ').next().unwrap().parse().unwrap();
    assert!(sent * SIZE < 64 << 20, "{sent} messages of {SIZE} bytes");
    drop(done);
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn wrong_arguments_are_one_line_that_says_what_is_right_and_nothing_is_sent() {
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN");
    let long_reason = format!("/close 1000 {}", "é".repeat(62));
    let long_ping = format!("/ping {}", "x".repeat(126));
    for (line, right) in [
        (
            "/close abc",
            "'abc' is no close code: a close code is 1000 or 3000–4999",
        ),
        (
            "/close 1005",
            "1005 is never sent: a close code is 1000 or 3000–4999",
        ),
        (
            "/close --force 1006",
            "a code that may be sent is 1000–1003",
        ),
        (
            "/close 1011",
            "1011 is for servers: a close code is 1000 or 3000–4999; --force",
        ),
        (&long_reason, "the reason has 124 bytes, 123 is the most"),
        (
            &long_ping,
            "a control frame carries at most 125 bytes, these are 126",
        ),
        (
            "/text @/nowhere/x",
            "cannot read '/nowhere/x': no such file or directory",
        ),
        ("/binary @/", "cannot read '/': it is a folder"),
        (
            "/binary 00ff",
            "binary data is hex:… or base64:… or text:… or @FILE",
        ),
        (
            "/fragment 0 x",
            "'0' is no size: a fragment has 1 byte or more",
        ),
        (
            "/repeat 2 soon x",
            "'soon' is no time: 0, 500ms, 2s and 1m are",
        ),
        ("/state now", "'now' is too much"),
    ] {
        terminal.enters(line).shows(right);
    }
    terminal
        .enters("after all")
        .enters("/quit")
        .ends_with_status(0);
    let expected = [(FIN | TEXT, b"after all".to_vec())];
    assert_eq!(before_leaving(peer.finish()), expected);
}

#[test]
fn a_forced_close_puts_code_and_reason_on_the_wire() {
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/close --force 1011 out of order");
    terminal
        .shows("CLOSED 1011")
        .enters("/close")
        .shows("nothing to close");
    terminal.enters("/quit").ends_with_status(0);
    let body = [&1011_u16.to_be_bytes()[..], b"out of order"].concat();
    assert_eq!(peer.finish(), [(FIN | CLOSE, body)]);
}

#[test]
fn a_file_goes_as_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, "two\nlines\n").unwrap();
    let path = file.display();
    let peer = listening();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters(&format!("/text @{path}"));
    terminal.enters(&format!("/binary @{path}")).enters("/quit");
    terminal.ends_with_status(0);
    let bytes = b"two\nlines\n".to_vec();
    let expected = [(FIN | TEXT, bytes.clone()), (FIN | BINARY, bytes)];
    assert_eq!(before_leaving(peer.finish()), expected);
}

#[test]
fn connect_goes_elsewhere_after_a_close_and_not_before() {
    let (here, there) = (listening(), listening());
    let mut terminal = Terminal::start(&[here.url()]);
    terminal
        .shows("OPEN")
        .enters(&format!("/connect {}", there.url()));
    terminal.shows("the connection is OPEN: /close it first");
    terminal
        .enters("/pongs off")
        .enters("/close")
        .shows("CLOSED 1005");
    terminal.enters("/connect ftp://x/").shows("SyntaxError");
    terminal
        .enters("/connect ws://127.0.0.1:25/")
        .shows("SecurityError");
    terminal.enters(&format!("/connect {}", there.url()));
    terminal.shows_lines(2, "OPEN after").enters("moved");
    // What was set stays.
    terminal.enters("/state").shows("withheld");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(
        before_leaving(there.finish()),
        [(FIN | TEXT, b"moved".to_vec())]
    );
}

#[test]
fn connect_after_a_refusal_and_while_connecting() {
    let gone = Peer::<()>::tcp(|_| ());
    let refusing = gone.url().to_owned();
    drop(gone);
    let (peer, done) = silent();
    let mut terminal = Terminal::start(&[&refusing]);
    terminal
        .shows("CLOSED 1006")
        .enters("/info")
        .shows("the connection was never made");
    terminal.enters(&format!("/connect {}", peer.url()));
    terminal.shows(&format!("CONNECTING {}", peer.url()));
    terminal
        .enters("/connect")
        .shows("the connection is CONNECTING: /close it first");
    terminal
        .enters("/info")
        .shows("no answer yet, CONNECTING for");
    terminal
        .enters("/ping")
        .shows("the connection is CONNECTING, not OPEN");
    terminal.enters("/close").shows_lines(2, "CLOSED 1006");
    terminal.enters("/quit").ends_with_status(0);
    drop(done);
}
