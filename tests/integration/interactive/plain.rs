//! Lines without an editor: `--plain` and `TERM=dumb`.

use super::echo::echo;
use crate::harness::{Peer, Terminal};
use tungstenite::Message;

#[test]
fn nothing_is_painted_twice_and_no_cursor_is_moved() {
    let peer = echo();
    for (kind, options) in [("xterm-256color", &["--plain"][..]), ("dumb", &[])] {
        let peer = if kind == "dumb" { &echo() } else { &peer };
        let arguments = [&[peer.url()], options].concat();
        let mut terminal = Terminal::start_as(kind, &arguments);
        terminal.shows("OPEN").enters("hello").shows("heard hello");
        terminal.enters("/quit").shows("CLOSED");
        let transcript = terminal.transcript();
        terminal.ends_with_status(0);
        let text = transcript.escape_ascii().to_string();
        assert!(!transcript.contains(&0x1b), "{text}");
        assert!(!transcript.contains(&0x08), "{text}");
        assert_eq!(text.matches("hello").count(), 2, "typed and heard: {text}");
        assert!(!text.contains("open>"), "{text}");
    }
}

#[test]
fn colours_are_used_when_they_are_forced() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), "--plain", "--color", "always"]);
    terminal.shows("OPEN").enters("/quit");
    let transcript = terminal.transcript();
    terminal.ends_with_status(0);
    let escapes = transcript.split(|byte| *byte == 0x1b).skip(1);
    for escape in escapes {
        let end = escape.iter().position(u8::is_ascii_alphabetic);
        assert_eq!(end.map(|end| escape[end]), Some(b'm'), "only colours");
    }
}

#[test]
fn unfinished_json_goes_on_and_ctrl_d_forgets_it() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), "--plain"]);
    terminal.shows("OPEN").enters("{").shows("goes on");
    terminal.enters("\"a\": 1}").shows("heard {");
    terminal
        .enters("[")
        .shows_lines(2, "goes on")
        .types("\u{4}");
    terminal
        .shows("forgotten")
        .enters("after")
        .shows("heard after");
    terminal.types("\u{4}").ends_with_status(0);
}

#[test]
fn a_line_that_the_terminal_has_cut_is_not_sent() {
    let peer = Peer::websocket(|socket| socket.read().expect("a message"));
    let mut terminal = Terminal::start(&[peer.url(), "--plain"]);
    terminal
        .shows("OPEN")
        .enters(&"x".repeat(5000))
        .shows("4095 bytes");
    terminal.enters("short");
    assert_eq!(peer.finish(), Message::text("short"));
}

#[test]
fn a_line_that_is_not_utf_8_is_refused_with_its_offset_and_the_session_goes_on() {
    for (kind, options) in [("xterm-256color", &["--plain"][..]), ("dumb", &[])] {
        let peer = echo();
        let mut terminal = Terminal::start_as(kind, &[&[peer.url()], options].concat());
        terminal.shows("OPEN").types_bytes(b"ab\xffcd\r");
        terminal.shows("SyntaxError: this line is not valid UTF-8 at byte 2; it was not sent");
        terminal.enters("after").shows("heard after");
        terminal.enters("/quit").ends_with_status(0);
    }
}

#[test]
fn what_comes_after_ctrl_c_has_a_row_of_its_own() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), "--plain"]);
    terminal.shows("OPEN").types("\x03").ends_with_status(0);
    let screen = terminal.screen();
    assert!(screen.lines().any(|row| row.trim_end() == "^C"), "{screen}");
}
