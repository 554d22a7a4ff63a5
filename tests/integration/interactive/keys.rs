//! Keys and pastes, in whatever pieces they come, and what is shown meanwhile.

use super::echo::{answer, echo, hears_one};
use crate::harness::{Peer, Terminal, channel};
use rustix::process::Signal;
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// Sends `news` when it is told to, and then answers; or closes when it is told to again.
fn news_on_demand() -> (Peer<()>, std::sync::mpsc::Sender<()>) {
    let (tell, told) = channel();
    let peer = Peer::websocket(move |socket| {
        told.recv();
        socket.send("news".into()).unwrap();
        let _ = answer_one(socket);
        told.recv();
        let _ = socket.close(None);
        while socket.read().is_ok() {}
    });
    (peer, tell)
}

fn answer_one(socket: &mut WebSocket<std::net::TcpStream>) -> Option<()> {
    let text = socket.read().ok()?.into_text().ok()?;
    socket.send(format!("heard {text}.").into()).ok()
}

/// What comes is shown inside this key sequence, and the line goes on after `ending`.
#[track_caller]
fn shows_inside(options: &[&str], sequence: &str, ending: &str, line: &str) {
    let (peer, tell) = news_on_demand();
    let mut terminal = Terminal::start(&[&[peer.url(), "--no-color"], options].concat());
    terminal
        .shows("open> ")
        .enters("/state")
        .shows("binaryType");
    terminal
        .shows_lines(2, "open> ")
        .types("half")
        .shows("> half");
    terminal.types(sequence);
    tell.send(()).unwrap();
    terminal.shows("< news\n");
    terminal.types(ending).enters("");
    terminal.shows(&format!("heard {line}."));
    terminal.types("more").shows("> more").types(sequence);
    tell.send(()).unwrap();
    terminal.shows("CLOSED 1005");
    terminal.types(ending).shows("closed> ");
    terminal.signal(Signal::TERM);
    terminal.ends_with_status(143);
    peer.finish();
}

#[test]
fn what_comes_is_shown_after_a_lone_escape() {
    shows_inside(&[], "\x1b", "\x05!", "half!");
}

#[test]
fn what_comes_is_shown_inside_half_an_escape_sequence() {
    for half in ["\x1b[", "\x1b[1;", "\x1bO"] {
        shows_inside(&[], half, "\x05!", "half!");
    }
}

#[test]
fn what_comes_is_shown_before_a_quoted_character() {
    shows_inside(&[], "\x16", "!", "half!");
}

#[test]
fn what_comes_is_shown_while_the_history_is_searched() {
    shows_inside(&[], "\x12st", "\x07!", "half!");
}

#[test]
fn what_comes_is_shown_inside_a_count_and_a_command_of_two_keys() {
    shows_inside(&[], "\x1b3", "!", "half!!!");
    shows_inside(&[], "\x18", "\x07!", "half!");
}

#[test]
fn what_comes_is_shown_inside_a_command_of_vi() {
    for command in ["\x1bd", "\x1b2d", "\x1bf", "\x1br"] {
        shows_inside(&["--vi"], command, "\x07ddihalf!", "half!");
    }
}

#[test]
fn a_lone_escape_is_a_key_by_itself_after_a_moment() {
    let (typed, is_typed) = channel();
    let (_silence, nothing) = channel::<()>();
    let peer = Peer::websocket(move |socket| {
        is_typed.recv();
        // Several times as long as the rest of a key sequence is waited for. Nothing on the screen
        // tells when that time is over.
        let _ = nothing.recv_timeout(Duration::from_secs(3));
        socket.send("later".into()).unwrap();
        let line = socket.read().unwrap();
        let _ = socket.read();
        line
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ").types("half").shows("half");
    terminal.types("\x1b");
    typed.send(()).unwrap();
    terminal.shows("later").enters("b").shows("> halfb");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish().to_text().ok(), Some("halfb"));
}

#[test]
fn the_prompt_tells_the_state_inside_a_key_sequence() {
    let (tell, told) = channel();
    let peer = Peer::websocket(move |socket| {
        told.recv();
        let _ = socket.close(None);
        while socket.read().is_ok() {}
    });
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.shows("OPEN").types("half").shows("open> half");
    terminal.types("\x16");
    tell.send(()).unwrap();
    terminal.shows("CLOSED 1005").shows_row(" closed> half");
    terminal.types("!\x03").enters("/quit").ends_with_status(0);
    peer.finish();
}

#[test]
fn a_line_survives_another_window_inside_a_key_sequence() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").types("half").shows("> half");
    terminal.types("\x16").resizes(20, 60).types("!");
    terminal.shows("> half!").enters("").shows("heard half!");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn what_the_terminal_says_by_itself_is_not_typed() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .types("a\x1b[0;10;10Mb\x1b]11;rgb:0000/0000/0000\x1b\\c");
    terminal.enters("\x1b[?62;22cd").shows("heard abcd");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_paste_that_ends_inside_an_escape_sequence_swallows_no_key() {
    let peer = hears_one();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("open> ")
        .types("\x1b[200~a\x1b[2\x1b[201~\x03");
    terminal
        .types("\x1b[200~b\x1b[2\x1b[201~c\r")
        .shows("got it");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text("b\x1b[2c"));
}

#[test]
fn a_paste_is_sent_as_it_is() {
    let pasted = "a\tb\x07 \x1b[31mred\x1b[m \x03\x00\x1b\x7f \u{85}\u{202e}";
    let peer = hears_one();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN");
    terminal.types(&format!("\x1b[200~{pasted}\x1b[201~"));
    terminal
        .shows("a\\tb\\x07 \\x1b[31mred")
        .types("\r")
        .shows("got it");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text(pasted));
}

#[test]
fn a_paste_is_kept_between_two_lines_and_in_every_mode_of_vi() {
    let peer = Peer::websocket(answer);
    let mut terminal = Terminal::start(&[peer.url(), "--vi"]);
    terminal.shows("OPEN");
    terminal.types("\x1b[200~one\x1b[201~\r\x1b[200~2 two\x1b[201~\r");
    terminal.shows("heard one").shows("heard 2 two");
    terminal.types("\x1b").types("\x1b[200~3 three\x1b[201~\r");
    terminal.shows("heard 3 three");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_and_the_session_goes_on() {
    let peer = hears_one();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").types_bytes(b"ab\xffcd\r");
    terminal.shows("SyntaxError: this line is not valid UTF-8 at byte 2; it was not sent");
    terminal.types_bytes(b"\x1b[200~\xe6\xbc \x1b[201~\r");
    terminal.shows("not valid UTF-8 at byte 0");
    terminal.enters("fine").shows("got it");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text("fine"));
}

#[test]
fn a_noncharacter_is_text_as_any_other() {
    let peer = hears_one();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("a\u{fdd0}b").shows("got it");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text("a\u{fdd0}b"));
}
