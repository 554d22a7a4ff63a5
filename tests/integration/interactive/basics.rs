//! What is typed and what the screen shows.

use super::super::harness::channel;
use super::echo::{answer, echo};
use crate::harness::{Peer, Terminal, wire};
use std::io::Write;
use tungstenite::Message;

/// Says this once the client is there, and then echoes.
fn saying(words: &'static str) -> Peer<Option<(u16, String)>> {
    Peer::websocket(move |socket| {
        socket.send(words.into()).unwrap();
        answer(socket)
    })
}

#[test]
fn the_screen_shows_open_and_a_typed_line_comes_back() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("hello").shows("heard hello");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn the_first_connection_says_how_to_leave_and_no_other_does() {
    const HINT: &str = "Ctrl-D leaves, /help lists commands";
    let peer = echo();
    let mut terminal = Terminal::start(&["--echo"]);
    terminal.shows(HINT).enters("/close").shows("CLOSED");
    terminal.enters(&format!("/connect {}", peer.url()));
    terminal.shows_lines(2, "OPEN after").enters("hello");
    terminal.shows("heard hello").enters("/quit");
    terminal.shows_lines(2, "CLOSED").ends_with_status(0);
    let screen = terminal.screen();
    assert_eq!(screen.matches(HINT).count(), 1, "{screen}");

    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), "-q"]);
    terminal.shows("open> ").enters("hello").shows("heard");
    let screen = terminal.screen();
    assert!(!screen.contains("leaves"), "{screen}");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn the_private_echo_server_needs_no_url() {
    let mut terminal = Terminal::start(&["--echo"]);
    terminal
        .shows("OPEN")
        .enters("over and out")
        .shows_lines(2, "over and out");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn messages_of_the_command_line_are_sent_before_the_person_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("message");
    std::fs::write(&file, "second").unwrap();
    let peer = echo();
    let file = file.to_str().unwrap();
    let mut terminal = Terminal::start(&[peer.url(), "-i", "-x", "first", "-f", file]);
    terminal.shows("heard first").shows("heard second");
    terminal.enters("third").shows("heard third");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn two_slashes_send_one() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("//state")
        .shows("heard /state");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn state_shows_every_member_of_the_interface() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("/state");
    for member in [
        "url",
        "protocol",
        "extensions",
        "readyState",
        "bufferedAmount",
        "binaryType",
    ] {
        terminal.shows(member);
    }
    terminal.shows(peer.url()).shows("blob");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn close_sends_code_and_reason_and_the_client_stays() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/close 3001 see you")
        .shows("CLOSED 3001");
    assert_eq!(peer.finish(), Some((3001, "see you".to_owned())));
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn close_with_1000_and_a_reason_is_clean() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/close 1000 bye")
        .shows("CLOSED");
    assert_eq!(peer.finish(), Some((1000, "bye".to_owned())));
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn close_without_arguments_sends_no_code() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("/close").shows("CLOSED 1005");
    assert_eq!(peer.finish(), None);
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_close_code_that_the_standard_refuses_is_one_line_and_changes_nothing() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/close 1005")
        .shows("3000–4999");
    terminal.enters("still here").shows("heard still here");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_ping_shows_its_round_trip() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/ping marco")
        .shows("pong marco");
    let screen = terminal.screen();
    let line = screen
        .lines()
        .find(|line| line.contains("pong marco"))
        .unwrap();
    assert!(line.trim_end().ends_with('s'), "no time in {line:?}");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn help_names_the_commands() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("/help");
    for command in ["/close", "/ping", "/state", "/help", "/quit"] {
        terminal.shows_lines(1, command);
    }
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn an_unknown_command_is_one_line_and_is_not_sent() {
    let peer = Peer::websocket(|socket| {
        let first = socket.read().unwrap();
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
        first
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters("/frobnicate now")
        .shows("/help");
    terminal.enters("after").shows("CLOSED");
    assert_eq!(peer.finish(), Message::text("after"));
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_server_that_closes_is_explained_and_the_client_stays() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream
            .write_all(&wire::close(4001, "gone fishing"))
            .unwrap();
        wire::read_until_close(&mut stream)
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("CLOSED").shows("4001").shows("gone fishing");
    terminal.enters("too late").shows("InvalidStateError");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_server_that_closes_ends_it_on_demand_with_the_status_of_the_close() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        stream.write_all(&wire::close(4001, "")).unwrap();
        wire::read_until_close(&mut stream)
    });
    Terminal::start(&[peer.url(), "--exit-on-close"]).ends_with_status(7);
}

#[test]
fn ctrl_d_on_an_empty_line_closes_with_1000_and_leaves() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    // Before the prompt the terminal would take the key for itself.
    terminal.shows("open> ").types("\u{4}");
    terminal.ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn ctrl_c_on_an_empty_line_closes_with_1000_and_leaves() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ").types("\u{3}");
    terminal.ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn a_message_that_arrives_while_a_line_is_typed_leaves_the_line_whole() {
    let (typed, is_typed) = channel();
    let peer = Peer::websocket(move |socket| {
        is_typed.recv();
        socket.send("interruption".into()).unwrap();
        answer(socket)
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").types("half a li").shows("half a li");
    typed.send(()).unwrap();
    terminal
        .shows("interruption")
        .enters("ne")
        .shows("heard half a line");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn escape_sequences_of_the_server_are_shown_and_not_obeyed() {
    let peer = saying("\u{1b}]0;stolen title\u{7}\u{1b}[8mhidden\u{9b}2J\u{202e}end");
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("stolen title").shows("hidden").shows("end");
    let transcript = terminal.transcript();
    for hostile in [
        &b"\x1b]0;stolen"[..],
        b"\x1b[8m",
        b"\xc2\x9b",
        b"\xe2\x80\xae",
        b"\x07",
    ] {
        let found = transcript
            .windows(hostile.len())
            .any(|bytes| bytes == hostile);
        assert!(
            !found,
            "{:?} reached the terminal",
            hostile.escape_ascii().to_string()
        );
    }
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_dumb_terminal_works_without_escape_sequences() {
    let peer = saying("welcome");
    let mut terminal = Terminal::start_as("dumb", &[peer.url()]);
    terminal.shows("OPEN").shows("welcome");
    terminal.enters("hello").shows("heard hello");
    terminal.enters("/quit");
    let transcript = terminal.transcript();
    terminal.ends_with_status(0);
    assert!(!transcript.contains(&0x1b), "{}", transcript.escape_ascii());
}

#[test]
fn a_refused_connection_is_explained_and_the_client_stays() {
    let peer = Peer::<()>::tcp(|_| ());
    let url = peer.url().to_owned();
    drop(peer);
    let mut terminal = Terminal::start(&[&url]);
    terminal.shows("CLOSED").shows_in_any_case("refused");
    terminal.enters("/quit").ends_with_status(0);
}
