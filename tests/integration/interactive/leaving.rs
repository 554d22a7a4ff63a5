//! Every way of leaving, and of coming back: the close handshake is tried, the terminal restored.

use super::super::harness::channel;
use super::echo::echo;
use crate::harness::{PATIENCE, Peer, Task, Terminal, program, wait_or_kill, wire};
use rustix::fs::{Mode, OFlags};
use rustix::process::Signal;
use rustix::pty::{OpenptFlags, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

#[test]
fn a_line_survives_ctrl_z_and_fg() {
    let peer = echo();
    let job = "set -m; \"$0\" \"$@\"; echo suspended; read -r _; fg >&2; exit $?";
    let mut terminal = Terminal::script(job, &[peer.url()]);
    terminal.shows("OPEN").types("half a ").shows("half a ");
    terminal.types("\u{1a}").shows("suspended").types("\r");
    terminal.shows_lines(2, "open> half a ").enters("line");
    terminal.shows("heard half a line");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn a_signal_ends_a_program_that_ctrl_z_has_stopped() {
    for (signal, status) in [("TERM", "143"), ("HUP", "129")] {
        let peer = echo();
        // 148 is that of the stop: the shell has not heard more yet.
        let job = "set -m; \"$0\" \"$1\"; status=$?; echo suspended; kill -$2 %1; kill -CONT %1; \
                   while [ $status = 148 ]; do wait %1; status=$?; done; echo status $status";
        let mut terminal = Terminal::script(job, &[peer.url(), signal]);
        terminal.shows("OPEN").types("half").shows("half");
        terminal.types("\u{1a}").shows("suspended");
        terminal.shows(&format!("status {status}"));
        assert_eq!(peer.finish(), Some((1000, String::new())));
    }
}

#[test]
fn a_program_that_is_stopped_and_goes_on_still_edits() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").types("half a ").shows("half a ");
    terminal.signal(Signal::STOP);
    terminal.signal(Signal::CONT);
    terminal.enters("line").shows("heard half a line");
    terminal.enters("/quit").ends_with_status(0);
    peer.finish();
}

#[test]
fn sigterm_closes_with_1000_and_restores_the_terminal() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .types("half a line")
        .shows("half a l");
    terminal.signal(Signal::TERM);
    terminal.ends_with_status(143);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn sighup_closes_with_1000_and_is_status_129() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").signal(Signal::HUP);
    terminal.ends_with_status(129);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn sigint_from_outside_leaves_while_a_line_is_typed() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").types("half").shows("> half");
    terminal.signal(Signal::INT);
    terminal.ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let peer = echo();
    let ignoring = "trap '' INT TERM HUP; exec \"$0\" \"$@\"";
    let mut terminal = Terminal::script(ignoring, &[peer.url()]);
    terminal.shows("OPEN");
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        terminal.signal(signal);
    }
    terminal.enters("still here").shows("heard still here");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn a_closed_window_closes_the_connection() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .types("half a line")
        .shows("half a l");
    terminal.closes_the_window();
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

/// The program on a terminal that does not control it, so that no signal tells of its end.
fn on_a_terminal_without_signals(arguments: &[&str]) -> (File, Child) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let slave = rustix::fs::open(name.as_c_str(), flags, Mode::empty()).unwrap();
    let child = Command::new(program())
        .args(arguments)
        .env("TERM", "xterm-256color")
        .env("HISTFILE", "/dev/null")
        .stdin(slave.try_clone().unwrap())
        .stdout(slave)
        .stderr(Stdio::piped())
        .spawn();
    (master.into(), child.unwrap())
}

#[test]
fn a_terminal_that_has_gone_is_status_129_without_a_word() {
    for arguments in [&[][..], &["--plain"], &["--vi"]] {
        let peer = echo();
        let arguments = [arguments, &[peer.url()]].concat();
        let (mut terminal, mut child) = on_a_terminal_without_signals(&arguments);
        let mut shown = Vec::new();
        let shows_open = Task::spawn(move || {
            let mut block = [0; 4096];
            while !String::from_utf8_lossy(&shown).contains("OPEN") {
                let length = terminal.read(&mut block).unwrap();
                shown.extend_from_slice(&block[..length]);
            }
        });
        // The terminal goes with this thread.
        shows_open.finish();
        let (status, hung) = wait_or_kill(&mut child, PATIENCE);
        assert!(
            !hung && status.code() == Some(129),
            "{status} {arguments:?}"
        );
        let said = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert_eq!(said, "", "{arguments:?}");
        assert_eq!(peer.finish(), Some((1000, String::new())));
    }
}

#[test]
fn ctrl_c_empties_a_line_before_it_leaves() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("OPEN")
        .types("never sent")
        .shows("never sent");
    terminal.types("\u{3}").enters("sent").shows("heard sent");
    terminal.types("\u{3}").ends_with_status(0);
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn a_second_ctrl_c_leaves_a_server_that_does_not_answer() {
    let (closing, is_closing) = channel();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        let close = wire::read_until_close(&mut stream);
        closing.send(()).unwrap();
        // No answer: the end of the stream is what comes.
        let _ = stream.read(&mut [0]);
        close
    });
    let mut terminal = Terminal::start(&[peer.url(), "--close-timeout", "1000"]);
    terminal.shows("OPEN").types("\u{3}");
    is_closing.recv();
    terminal.types("\u{3}").ends_with_status(0);
    peer.finish();
}

#[test]
fn a_server_that_dies_leaves_the_line_being_typed() {
    let (typed, is_typed) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        is_typed.recv();
        // The head of a frame whose payload never comes.
        stream.write_all(&[0x81, 0x7e]).unwrap();
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").types("half a li").shows("half a li");
    typed.send(()).unwrap();
    terminal.shows("CLOSED 1006").shows("closed> half a li");
    terminal.enters("ne").shows("closed> half a line");
    terminal.shows("InvalidStateError");
    terminal.enters("/quit").ends_with_status(0);
    peer.finish();
}
