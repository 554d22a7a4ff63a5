//! More events than anybody reads.

use super::super::harness::{Task, channel};
use crate::harness::{Peer, Terminal, wire};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// No flood is smaller.
const FLOOD: u64 = 200_000;

/// The frames of the next thousand messages.
fn thousand(first: u64) -> Vec<u8> {
    let frame = |number| {
        let text = format!("flood {number:08}.");
        wire::frame(wire::FIN | wire::TEXT, text.as_bytes())
    };
    (first..first + 1000).flat_map(frame).collect()
}

/// Floods the client until it has sent a frame like this and the flood was large enough, and
/// then ends the connection. Gives the number of messages and what came.
fn flood_until(stream: &mut TcpStream, first: u8) -> (u64, Vec<u8>) {
    wire::upgrade(stream);
    let heard = Arc::new(AtomicBool::new(false));
    let is_heard = Arc::clone(&heard);
    let mut ear = stream.try_clone().unwrap();
    let listener = Task::spawn(move || {
        let frame = loop {
            let frame = wire::read_frame(&mut ear).expect("what is waited for");
            if frame.first == wire::FIN | first {
                break frame;
            }
        };
        is_heard.store(true, Ordering::SeqCst);
        frame.payload
    });
    let mut sent = 0;
    while sent < FLOOD || !heard.load(Ordering::SeqCst) {
        stream.write_all(&thousand(sent)).unwrap();
        sent += 1000;
    }
    let payload = listener.finish();
    stream.write_all(&wire::close(1000, "dry")).unwrap();
    (sent, payload)
}

/// The numbers of the messages that were shown, in that order, and how many were folded away.
fn account(transcript: &[u8]) -> (Vec<u64>, u64) {
    let text = String::from_utf8_lossy(transcript);
    let number = |rest: &str| rest.get(..8)?.parse().ok();
    let shown = text.split("flood ").skip(1).filter_map(number).collect();
    let count = |rest: &str| -> Option<u64> {
        let (count, _) = rest.split_once(" message")?;
        count.replace(',', "").parse().ok()
    };
    let folded = text.split("… ").skip(1).filter_map(count).sum();
    (shown, folded)
}

/// Every message was shown or counted, once, and those shown came in their order.
#[track_caller]
fn adds_up(transcript: &[u8], sent: u64) {
    let (shown, folded) = account(transcript);
    let disorder = shown.windows(2).find(|pair| pair[0] >= pair[1]);
    assert_eq!(disorder, None);
    let count = shown.len() as u64;
    assert_eq!(count + folded, sent, "{count} shown, {folded} folded");
    assert_eq!(shown.last(), Some(&(sent - 1)), "the last one is shown");
    assert!(folded > count, "{count} shown, {folded} folded");
}

#[test]
fn typing_and_commands_are_answered_while_it_pours_and_the_count_of_the_folded_adds_up() {
    let peer = Peer::tcp(|mut stream| {
        let flooded = flood_until(&mut stream, wire::TEXT);
        wire::read_until_close(&mut stream);
        flooded
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.has_shown("folded away");
    terminal.enters("/state").has_shown("bufferedAmount  ");
    terminal.types("half a ").has_shown("half a ");
    terminal.enters("line").shows("CLOSED 1000");
    let transcript = terminal.transcript();
    terminal.enters("/quit").ends_with_status(0);
    let (sent, typed) = peer.finish();
    assert_eq!(typed, b"half a line");
    adds_up(&transcript, sent);
}

#[test]
fn the_last_messages_are_shown_again_in_full() {
    let peer = Peer::tcp(|mut stream| {
        let flooded = flood_until(&mut stream, wire::TEXT);
        wire::read_until_close(&mut stream);
        flooded
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal
        .has_shown("folded away")
        .enters("mine")
        .shows("CLOSED");
    let before = terminal.transcript().len();
    terminal
        .enters("/last 700")
        .has_shown("the last 700 messages:");
    terminal.enters("/quit").ends_with_status(0);
    let (sent, _) = peer.finish();
    let (shown, folded) = account(&terminal.transcript()[before..]);
    let expected: Vec<u64> = (sent - shown.len() as u64..sent).collect();
    assert_eq!((shown, folded), (expected.clone(), 0));
    // What was typed may be one of them.
    assert!(expected.len() >= 699, "{}", expected.len());
}

#[test]
fn quit_answers_while_it_pours_and_everything_is_told_in_its_order() {
    let peer = Peer::tcp(|mut stream| flood_until(&mut stream, wire::CLOSE));
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.has_shown("folded away").enters("/quit");
    terminal.ends_with_status(0);
    let (sent, _) = peer.finish();
    adds_up(&terminal.transcript(), sent);
}

#[test]
fn ctrl_c_answers_while_it_pours() {
    let peer = Peer::tcp(|mut stream| flood_until(&mut stream, wire::CLOSE));
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.has_shown("folded away").types("\u{3}");
    terminal.ends_with_status(0);
    peer.finish();
}

#[test]
fn a_dumb_terminal_folds_too() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        // What is typed later, the terminal itself would put between the lines.
        wire::read_frame(&mut stream).unwrap();
        for first in (0..FLOOD).step_by(1000) {
            stream.write_all(&thousand(first)).unwrap();
        }
        stream.write_all(&wire::close(1000, "dry")).unwrap();
        wire::read_until_close(&mut stream)
    });
    let mut terminal = Terminal::start_as("dumb", &[peer.url()]);
    terminal.shows("OPEN").enters("go").has_shown("CLOSED 1000");
    terminal.enters("/quit").ends_with_status(0);
    let transcript = terminal.transcript();
    assert!(!transcript.contains(&0x1b));
    adds_up(&transcript, FLOOD);
}

#[test]
fn a_hundred_messages_at_once_are_no_flood() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&thousand(0)[..100 * 17]).unwrap();
        wire::read_until_close(&mut stream)
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.has_shown("flood 00000099").enters("/quit");
    terminal.ends_with_status(0);
    let (shown, folded) = account(&terminal.transcript());
    assert_eq!((shown, folded), ((0..100).collect(), 0));
}

#[test]
fn events_wait_while_the_history_is_searched_and_none_is_lost() {
    let (search, is_searching) = channel();
    let (arrived, has_arrived) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        is_searching.recv();
        stream.write_all(&thousand(0)[..100 * 17]).unwrap();
        stream
            .write_all(&wire::frame(wire::FIN | wire::PING, b""))
            .unwrap();
        let answer = wire::read_frame(&mut stream).unwrap();
        assert_eq!(answer.first, wire::FIN | wire::PONG);
        arrived.send(()).unwrap();
        wire::read_until_close(&mut stream)
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    // An empty history is not searched.
    terminal.shows("OPEN").enters("/state").shows("binaryType");
    terminal.types("\u{12}").shows("search");
    search.send(()).unwrap();
    has_arrived.recv();
    terminal.types("\u{7}").has_shown("flood 00000099");
    terminal.enters("/quit").ends_with_status(0);
    let (shown, folded) = account(&terminal.transcript());
    assert_eq!((shown, folded), ((0..100).collect(), 0));
}

#[test]
fn a_line_survives_a_thousand_events_and_another_window() {
    let (typed, is_typed) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        is_typed.recv();
        stream.write_all(&thousand(0)).unwrap();
        let line = wire::read_frame(&mut stream).unwrap();
        stream.write_all(&wire::close(1000, "")).unwrap();
        line.payload
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal
        .shows("OPEN")
        .types("half 漢字 of a longer li")
        .shows("longer li");
    typed.send(()).unwrap();
    terminal.has_shown("flood 00000999").resizes(30, 20);
    terminal
        .shows_row("f a longer li")
        .types("ne")
        .shows_row("f a longer line");
    terminal
        .resizes(30, 100)
        .shows_row("   open> half 漢字 of a longer line");
    terminal.types(" with an end");
    terminal.shows("open> half 漢字 of a longer line with an end");
    terminal.enters("").shows("CLOSED 1000");
    let line = "half 漢字 of a longer line with an end";
    assert_eq!(terminal.screen().matches(line).count(), 1);
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(String::from_utf8_lossy(&peer.finish()), line);
}

#[test]
fn in_a_narrow_window_the_line_is_whole_while_events_wrap() {
    let (typed, is_typed) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        is_typed.recv();
        for text in [
            "a text that is wider than the window is",
            "漢字漢字漢字漢字漢字漢字",
        ] {
            let frame = wire::frame(wire::FIN | wire::TEXT, text.as_bytes());
            stream.write_all(&frame).unwrap();
        }
        let line = wire::read_frame(&mut stream).unwrap();
        wire::read_until_close(&mut stream);
        line.payload
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.shows("OPEN").resizes(30, 20);
    terminal.types("twenty columns are few").shows("few");
    typed.send(()).unwrap();
    terminal.shows("漢字").shows("open> twenty colu");
    terminal.shows("mns are few").enters("!");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), b"twenty columns are few!");
}

/// Far below what comes, above what is held of it.
#[cfg(target_os = "linux")]
const MEMORY: u64 = 96 << 20;

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_what_comes() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let frame = wire::frame(wire::FIN | wire::TEXT, &[b'x'; 16 << 10]);
        for _ in 0..256 << 6 {
            stream.write_all(&frame).unwrap();
        }
        stream.write_all(&thousand(0)[..17]).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.has_shown("flood 00000000");
    let peak = terminal.peak_memory();
    terminal.types("\u{3}").types("\u{3}").ends_with_status(0);
    assert!(peak < MEMORY, "it held {peak} bytes");
}
