//! A password question, however it ends: the terminal is as it was.

use super::server::Server;
use crate::harness::{Terminal, wire};
use rustix::process::Signal;

/// `Authorization` of `me` with the password `hunter2`.
const MINE: &str = "Basic bWU6aHVudGVyMg==";

fn asked(url: &str) -> Terminal {
    let mut terminal = Terminal::start(&["-u", "me", "-x", "hello", "-1", url]);
    terminal.shows("Password of me:");
    terminal
}

#[test]
fn a_signal_at_the_question_ends_the_program_and_restores_the_terminal() {
    for (signal, status) in [(Signal::HUP, 129), (Signal::INT, 130), (Signal::TERM, 143)] {
        let mut terminal = asked("ws://127.0.0.1:9999/");
        terminal.types("hunt").signal(signal);
        terminal.ends_with_status(status);
    }
}

#[test]
fn control_d_at_the_question_ends_the_program() {
    let mut terminal = asked("ws://127.0.0.1:9999/");
    terminal.types("\u{4}").ends_with_status(130);
}

#[test]
fn control_z_at_the_question_gives_the_terminal_back_until_fg() {
    let server = Server::accepting();
    let url = server.url("/");
    let job = "set -m; \"$0\" \"$@\"; echo suspended; stty -a | grep -o ' echo '; \
               read -r _; fg >&2; exit $?";
    let mut terminal = Terminal::script(job, &["-u", "me", "-x", "hello", "-1", &url]);
    terminal.shows("Password of me:").types("wrong\u{1a}");
    terminal.shows("suspended").shows_row(" echo").types("\r");
    terminal.has_shown_after("suspended", "Password of me:");
    terminal
        .types("hunter2\r")
        .shows("done")
        .ends_with_status(0);
    assert_eq!(wire::field(&server.head(), "Authorization"), Some(MINE));
    let shown = String::from_utf8_lossy(&terminal.transcript()).into_owned();
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn control_z_where_no_shell_waits_asks_again() {
    let server = Server::accepting();
    let mut terminal = asked(&server.url("/"));
    terminal.types("wrong\u{1a}hunter2\r");
    terminal.shows("done").ends_with_status(0);
    assert_eq!(wire::field(&server.head(), "Authorization"), Some(MINE));
}

#[test]
fn a_program_that_is_stopped_at_the_question_and_goes_on_is_still_silent() {
    let server = Server::accepting();
    let mut terminal = asked(&server.url("/"));
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.has_shown_after("Password of me: ", "Password of me: ");
    terminal
        .types("hunter2\r")
        .shows("done")
        .ends_with_status(0);
    let shown = String::from_utf8_lossy(&terminal.transcript()).into_owned();
    assert!(!shown.contains("hunter"), "{shown}");
    server.head();
}
