//! Commands that wait for a file, and all that does not wait for them.

use super::echo::{answer, echo};
use crate::harness::{PATIENCE, Peer, Terminal};
use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::process::Signal;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc;
use tempfile::TempDir;

/// A pipe that nobody writes to, in a folder of its own.
fn pipe() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
    (folder, path)
}

#[test]
fn messages_are_shown_while_a_pipe_has_no_writer_and_ctrl_c_gives_up() {
    for options in [&[][..], &["--plain"]] {
        let (_folder, pipe) = pipe();
        let (tell, told) = mpsc::channel();
        let peer = Peer::websocket(move |socket| {
            told.recv_timeout(PATIENCE).unwrap();
            socket.send("news".into()).unwrap();
            answer(socket)
        });
        let mut terminal = Terminal::start(&[&[peer.url()], options].concat());
        terminal
            .shows("OPEN")
            .enters(&format!("/text @{}", pipe.display()));
        terminal.shows("Ctrl-C gives up");
        tell.send(()).unwrap();
        terminal.shows("< news");
        if options.is_empty() {
            terminal.shows_lines(2, "open> ");
        }
        terminal.types("\u{3}").shows("gave up reading ");
        terminal.enters("after").shows("heard after");
        terminal.enters("/quit").ends_with_status(0);
        assert_eq!(peer.finish(), Some((1000, String::new())));
    }
}

#[test]
fn every_way_of_leaving_works_while_a_pipe_has_no_writer() {
    for command in ["/text", "/binary"] {
        let signals = [(Signal::TERM, 143), (Signal::HUP, 129)];
        for (signal, status) in signals.map(|(signal, status)| (Some(signal), status)) {
            leaves_while_it_waits(command, signal, "", status);
        }
        leaves_while_it_waits(command, None, "\u{4}", 0);
        leaves_while_it_waits(command, None, "\u{4}\u{3}", 0);
        leaves_while_it_waits(command, None, "/quit\r", 0);
    }
}

fn leaves_while_it_waits(command: &str, signal: Option<Signal>, keys: &str, status: u32) {
    let (_folder, pipe) = pipe();
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters(&format!("{command} @{}", pipe.display()));
    terminal.shows("Ctrl-C gives up").shows_lines(2, "open> ");
    if let Some(signal) = signal {
        terminal.signal(signal);
    }
    terminal.types(keys).ends_with_status(status);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn what_is_sent_after_a_file_that_takes_long_arrives_after_it() {
    let (_folder, pipe) = pipe();
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters(&format!("/text @{}", pipe.display()));
    terminal.shows("Ctrl-C gives up").enters("second");
    // What sends nothing does not wait.
    terminal.enters("/state").shows("binaryType");
    assert!(!terminal.screen().contains("heard"));
    fs::write(&pipe, "first").unwrap();
    terminal.shows("heard first").shows("heard second");
    let screen = terminal.screen();
    assert!(
        screen.find("heard first") < screen.find("heard second"),
        "{screen}"
    );
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn quitting_sends_the_file_that_was_asked_for_before() {
    let (_folder, pipe) = pipe();
    let peer = Peer::websocket(|socket| socket.read().unwrap());
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .enters(&format!("/text @{}", pipe.display()));
    terminal.shows("Ctrl-C gives up").enters("/quit");
    fs::write(&pipe, "all of it").unwrap();
    terminal.ends_with_status(0);
    assert_eq!(peer.finish(), tungstenite::Message::text("all of it"));
}

#[test]
fn a_tilde_is_a_home_directory_wherever_a_file_is_named() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("note.txt"), "from home").unwrap();
    let peer = echo();
    let script = "HOME=\"$2\" exec \"$0\" \"$1\"";
    let mut terminal = Terminal::script(script, &[peer.url(), home.path().to_str().unwrap()]);
    terminal.shows("OPEN").enters("/text @~/note.txt");
    terminal.shows_lines(1, "heard from home");
    terminal
        .enters("/text @~/no\t")
        .shows_lines(2, "heard from home");
    terminal.enters("/save ~/log").shows("until /save off");
    terminal.enters("/save off").shows("events in ");
    terminal
        .enters("/text @~no-such-user/x")
        .shows("there is no user no-such-user");
    terminal.enters("/quit").ends_with_status(0);
    assert!(home.path().join("log").exists());
}

#[test]
fn what_is_no_file_is_refused_with_its_path() {
    let (folder, pipe) = pipe();
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN");
    let large = folder.path().join("large");
    let file = fs::File::create(&large).unwrap();
    file.set_len((1 << 30) + 1).unwrap();
    for (line, right) in [
        (
            format!("/binary @{}", folder.path().display()),
            "it is a folder, not a file",
        ),
        ("/text @/dev/zero".to_owned(), "it is a device, not a file"),
        ("/text @/dev/tty".to_owned(), "'/dev/tty': it is a device"),
        (
            format!("/text @{}", large.display()),
            "1.0 GiB is the most for one message",
        ),
        (
            format!("/save {}", pipe.display()),
            "it is a pipe, not a file",
        ),
        (
            "/save /nowhere/x".to_owned(),
            "'/nowhere/x': no such file or directory",
        ),
    ] {
        terminal.enters(&line).shows(right);
    }
    terminal.enters("/quit").ends_with_status(0);
}
