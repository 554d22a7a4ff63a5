//! `/edit`: a message is written in a program of the user's choice.

use super::super::harness::channel;
use super::echo::{echo, hears_one};
use crate::harness::{PATIENCE, Peer, Terminal};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;
use tempfile::TempDir;
use tungstenite::Message;

/// A script that is started as an editor.
fn editor(folder: &TempDir, script: &str) -> String {
    let path = folder.path().join("editor");
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn with_editor(url: &str, editor: &str) -> Terminal {
    Terminal::script("VISUAL=\"$2\" exec \"$0\" \"$1\"", &[url, editor])
}

#[test]
fn a_message_is_composed_in_an_editor_and_what_comes_waits() {
    let folder = tempfile::tempdir().unwrap();
    let (told, tell) = channel();
    let go_on = folder.path().join("go on");
    let released = go_on.clone();
    let peer = Peer::websocket(move |socket| {
        tell.recv();
        socket.send("interruption".into()).unwrap();
        fs::write(&released, "").unwrap();
        let first = socket.read().expect("a message");
        socket.send("got it".into()).unwrap();
        while socket.read().is_ok() {}
        first
    });
    let script = format!(
        "cat \"$2\"; echo editing; until [ -e '{}' ]; do sleep 0.01; done\n\
         echo 'second line' >> \"$2\"; echo edited; stty raw -echo",
        go_on.display()
    );
    let editor = format!("{} -x", editor(&folder, &script));
    let mut terminal = with_editor(peer.url(), &editor);
    terminal
        .shows("open> ")
        .enters("/edit dear server")
        .shows("editing");
    told.send(()).unwrap();
    terminal.shows("interruption").shows("got it");
    let screen = terminal.screen();
    let place = |words: &str| screen.find(words).unwrap_or_else(|| panic!("{screen}"));
    assert!(place("edited") < place("interruption"), "{screen}");
    // Line feeds return the carriage, although the editor has left the terminal raw.
    let is_at_left = |line: &str| line.starts_with("sent 23 B");
    assert!(screen.lines().any(is_at_left), "{screen}");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text("dear server\nsecond line"));
}

#[test]
fn an_editor_that_fails_or_changes_nothing_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for (script, shown) in [("exit 3", "exit status: 3"), ("true", "nothing was sent")] {
        let peer = hears_one();
        let mut terminal = with_editor(peer.url(), &editor(&folder, script));
        terminal.shows("open> ").enters("/edit draft").shows(shown);
        terminal.enters("after").shows("got it");
        terminal.enters("/quit").ends_with_status(0);
        assert_eq!(peer.finish(), Message::text("after"));
    }
    let peer = echo();
    let mut terminal = with_editor(peer.url(), "/nowhere/editor --wait");
    terminal.shows("open> ").enters("/edit draft");
    terminal.shows("cannot start the editor '/nowhere/editor'");
    terminal.enters("after").shows("heard after");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn ctrl_c_in_the_editor_is_the_editors() {
    let folder = tempfile::tempdir().unwrap();
    let script = "trap 'echo stopped > \"$1\"; exit 0' INT; echo editing; \
                  while :; do sleep 0.01; done";
    let peer = echo();
    let mut terminal = with_editor(peer.url(), &editor(&folder, script));
    terminal
        .shows("open> ")
        .enters("/edit draft")
        .shows("editing");
    terminal.types("\x03").shows("heard stopped");
    terminal.enters("after").shows("heard after");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_signal_ends_the_editor_and_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let told = folder.path().join("told");
    for (signal, name, status) in [(Signal::TERM, "TERM", 143), (Signal::HUP, "HUP", 129)] {
        let script = format!(
            "trap 'echo {name} > \"{}\"; exit 0' {name}\n\
             stty raw -echo; echo editing; while :; do sleep 0.01; done",
            told.display()
        );
        let peer = echo();
        let mut terminal = with_editor(peer.url(), &editor(&folder, &script));
        terminal
            .shows("open> ")
            .enters("/edit draft")
            .shows("editing");
        terminal.signal(signal);
        terminal.ends_with_status(status);
        assert_eq!(peer.finish(), Some((1000, String::new())));
        assert_eq!(fs::read_to_string(&told).unwrap().trim(), name);
    }
}

#[test]
fn an_editor_that_does_not_end_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let (release, released) = (
        folder.path().join("release"),
        folder.path().join("released"),
    );
    let script = format!(
        "trap '' TERM HUP INT TTOU; stty raw -echo; echo editing\n\
         until [ -e '{}' ]; do sleep 0.01; done; touch '{}'",
        release.display(),
        released.display()
    );
    let peer = echo();
    let mut terminal = with_editor(peer.url(), &editor(&folder, &script));
    terminal
        .shows("open> ")
        .enters("/edit draft")
        .shows("editing");
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.ends(), 143);
    fs::write(&release, "").unwrap();
    let deadline = Instant::now() + PATIENCE;
    while !released.exists() && Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(peer.finish(), Some((1000, String::new())));
}

#[test]
fn ctrl_z_in_the_editor_stops_both_and_fg_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let script = "echo editing; read -r line; echo \"$line\" > \"$1\"";
    let peer = echo();
    let job = "set -m; VISUAL=\"$2\" \"$0\" \"$1\"; echo suspended; read -r _; fg >&2; exit $?";
    let editor = editor(&folder, script);
    let mut terminal = Terminal::script(job, &[peer.url(), &editor]);
    terminal
        .shows("open> ")
        .enters("/edit draft")
        .shows("editing");
    terminal.types("\u{1a}").shows("suspended").types("\r");
    terminal
        .shows("\"${0}\"")
        .enters("written")
        .shows("heard written");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn what_was_composed_survives_a_connection_that_has_ended() {
    let folder = tempfile::tempdir().unwrap();
    let peer = Peer::websocket(|socket| {
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
    });
    let mut terminal = with_editor(peer.url(), &editor(&folder, "echo more >> \"$1\""));
    terminal.shows("CLOSED").enters("/edit work");
    terminal
        .shows("InvalidStateError")
        .types("\x1b[A")
        .shows("> work");
    terminal.types("\x03");
    terminal.enters("/quit").ends_with_status(0);
}
