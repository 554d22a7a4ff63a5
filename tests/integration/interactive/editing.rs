//! What is recalled, completed, pasted and composed.

use super::super::harness::channel;
use super::echo::{echo, hears_one};
use crate::harness::{Peer, Terminal};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tungstenite::Message;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn lines_come_back_in_the_next_session_but_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lines");
    let option = format!("--history-file={}", file.display());
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), &option]);
    terminal
        .shows("open> ")
        .enters("first")
        .shows("heard first");
    terminal.enters("[1,\r2]").shows("heard [1");
    terminal.enters("password=hunter2").shows("heard password");
    terminal.enters(" not this").shows("heard  not this");
    terminal.enters("first").shows_lines(2, "heard first");
    terminal.enters("/quit").ends_with_status(0);
    let kept = fs::read_to_string(&file).unwrap();
    assert_eq!(kept, "first\n[1,\\n2]\nfirst\n/quit\n");
    assert_eq!(mode(&file), 0o600);

    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), &option]);
    terminal
        .shows("open> ")
        .types("\x1b[A\x1b[A")
        .shows("> first");
    terminal
        .types("\x1b[A")
        .shows("> [1,")
        .types("\r")
        .shows("heard [1");
    terminal.enters("/history 4");
    terminal
        .shows("1  first")
        .shows("2  /quit")
        .shows("3  [1,\\n2]");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn each_host_and_port_has_a_file_for_this_user_alone() {
    let state = tempfile::tempdir().unwrap();
    let peer = echo();
    let script = "XDG_STATE_HOME=\"$2\" exec \"$0\" \"$1\"";
    let mut terminal = Terminal::script(script, &[peer.url(), state.path().to_str().unwrap()]);
    terminal
        .shows("open> ")
        .enters("hello")
        .shows("heard hello");
    terminal.enters("/quit").ends_with_status(0);
    let folder = state.path().join("sockeye/history");
    let file = folder.join(format!("127.0.0.1_{}", peer.port()));
    assert_eq!(fs::read_to_string(&file).unwrap(), "hello\n/quit\n");
    assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
}

#[test]
fn no_history_leaves_nothing_behind() {
    let state = tempfile::tempdir().unwrap();
    let peer = echo();
    let script = "XDG_STATE_HOME=\"$2\" exec \"$0\" \"$1\" --no-history";
    let mut terminal = Terminal::script(script, &[peer.url(), state.path().to_str().unwrap()]);
    terminal
        .shows("open> ")
        .enters("hello")
        .shows("heard hello");
    terminal
        .types("\x1b[A")
        .shows_lines(2, "> hello")
        .types("\r");
    terminal.shows_lines(2, "heard hello");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(fs::read_dir(state.path()).unwrap().count(), 0);
}

#[test]
fn a_history_that_cannot_be_kept_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let option = format!("--history-file={}", folder.path().display());
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), &option]);
    terminal.shows("history: cannot read").shows("open> ");
    terminal.enters("hello").shows("heard hello");
    terminal.enters("again").shows("heard again");
    let screen = terminal.screen();
    assert_eq!(screen.matches("history:").count(), 1, "{screen}");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_command_that_was_searched_for_answers_although_messages_wait() {
    let (search, searching) = channel();
    let (sent, all_sent) = channel();
    let peer = Peer::websocket(move |socket| {
        searching.recv();
        for number in 0..20 {
            socket.send(format!("number {number}.").into()).unwrap();
            // Each comes on its own: the pong says that the client has the message.
            socket.send(Message::Ping("x".into())).unwrap();
            assert!(socket.read().expect("a pong").is_pong());
        }
        sent.send(()).unwrap();
        while socket.read().is_ok() {}
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("open> ")
        .enters("/state")
        .shows("binaryType");
    // Between lines the terminal would take Ctrl-R for itself.
    terminal
        .shows_lines(2, "open> ")
        .types("\x12st")
        .shows("`st': /state");
    search.send(()).unwrap();
    all_sent.recv();
    terminal.types("\r").shows_lines(2, "binaryType");
    for number in 0..20 {
        terminal.shows(&format!("number {number}."));
    }
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn ctrl_c_leaves_a_search_and_then_empties_the_line() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("open> ")
        .enters("needle")
        .shows("heard needle");
    terminal.shows_lines(2, "open> ");
    terminal
        .types("\x12")
        .shows("reverse-i-search")
        .types("\x03");
    terminal.shows_lines(2, "open> ").types("half\x03");
    terminal.enters("whole").shows("heard whole");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn up_finds_the_line_that_begins_as_this_one() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ");
    for line in ["apple", "banana", "apricot", "cherry"] {
        terminal.enters(line).shows(&format!("heard {line}"));
    }
    terminal.types("ap\x1b[A\x1b[A").types("\r");
    terminal.shows_lines(2, "heard apple");
    terminal
        .types("\x1b[A\x1b[A\r")
        .shows_lines(2, "heard cherry");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn tab_completes_commands_arguments_files_and_json_keys() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("greeting.txt"), "good morning").unwrap();
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ");
    terminal.enters("{\"channel\":1}").shows("heard {");
    terminal
        .types("{\"ch\t2}\r")
        .shows("heard {\"channel\": 2}");
    terminal
        .types("/st\t")
        .shows("/state  /stats")
        .types("\x03");
    terminal
        .types("/close 3\t")
        .shows("3000 unauthorized")
        .types("\x03");
    let path = folder.path().join("greet");
    terminal.types(&format!("/te\t@{}\t\r", path.display()));
    terminal.shows("heard good morning");
    terminal
        .types("/binaryt\ta\t\r/state\r")
        .shows("arraybuffer");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_hint_is_taken_with_the_right_arrow_or_end_and_not_otherwise() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("open> ")
        .enters("hello world")
        .shows("heard hello world");
    terminal
        .types("hel")
        .shows_lines(2, "> hello world")
        .types("\r");
    terminal.shows_lines(2, "heard hel");
    terminal
        .types("hell\x1b[C\r")
        .shows_lines(2, "heard hello world");
    terminal
        .types("hello \x05\r")
        .shows_lines(3, "heard hello world");
    terminal
        .types("hello w\x1b[F\r")
        .shows_lines(4, "heard hello world");
    let screen = terminal.screen();
    assert!(
        screen.lines().any(|line| line.trim_end() == "< heard hel"),
        "{screen}"
    );
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_hint_for_a_command_never_comes_from_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    fs::write(&secret, "the key").unwrap();
    let trap = format!("/binary @{}", secret.display());
    let peer = Peer::websocket(move |socket| {
        socket.send(trap.into()).unwrap();
        let mut messages = Vec::new();
        while let Ok(message) = socket.read() {
            messages.push(message);
        }
        messages
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("< /binary @")
        .types("/bi\x1b[C\x1b[F\t\x03/bin\x1b[C\r");
    terminal.shows("there is no command /bin;");
    terminal.enters("/quit").ends_with_status(0);
    let messages = peer.finish();
    assert!(
        messages.iter().all(Message::is_close),
        "{messages:?} was sent"
    );
}

#[test]
fn the_pattern_of_arguments_is_shown_and_never_sent() {
    let peer = Peer::websocket(|socket| {
        let Message::Close(frame) = socket.read().expect("a close frame") else {
            panic!("no close frame");
        };
        let _ = socket.flush();
        frame.map(|frame| frame.reason.to_string())
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ").types("/close");
    terminal.shows("/close [--force] [CODE] [REASON …]");
    terminal
        .types("\x1b[C\x1b[F\x05\x06\r")
        .shows("CLOSED 1005");
    assert_eq!(peer.finish(), None);
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn without_colour_there_are_no_hints() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal
        .shows("open> ")
        .enters("hello")
        .shows("heard hello");
    terminal.types("hel\x1b[C\x05.\r").shows("heard hel.");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn one_paste_is_one_message_and_waits_for_enter() {
    let peer = hears_one();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ");
    terminal
        .types("\x1b[200~one\r\ntwo\tżółw\n\rfour\r\x1b[201~")
        .shows("four");
    terminal.types("!\r").shows("got it");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text("one\ntwo\tżółw\n\nfour!"));
}

#[test]
fn a_paste_too_tall_for_the_screen_is_folded_and_sent_whole() {
    let text: String = (0..200).map(|row| format!("row {row}\n")).collect();
    let peer = hears_one();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("open> ")
        .types(&format!("\x1b[200~{text}\x1b[201~"));
    terminal.shows("> [block 1: 1.5 KiB, 200 lines]");
    // A mark that was changed is refused, and undoing brings it back.
    terminal
        .types("\x7f\r")
        .has_shown("was changed")
        .types("]\r");
    terminal
        .shows("got it")
        .types("\x1b[A")
        .shows_lines(2, "[block 1");
    terminal.types("\x03");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(peer.finish(), Message::text(text.trim_end()));
}

#[test]
fn a_mebibyte_is_pasted_and_sent() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("open> ");
    terminal.types(&format!("\x1b[200~{}\x1b[201~", "x".repeat(1 << 20)));
    terminal.shows("[block 1: 1.0 MiB, 1 line]").types("\r");
    terminal.shows("heard 1048576 bytes");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn vi_keys_edit_the_line_on_demand() {
    let peer = echo();
    let mut terminal = Terminal::start(&[peer.url(), "--vi"]);
    terminal.shows("open> ").shows("open> ");
    // Back to the last character, which goes.
    terminal.types("hellox").types("\x1bhx\r");
    terminal.shows("heard hello");
    let screen = terminal.screen();
    assert!(!screen.contains("heard hellox"), "{screen}");
    terminal.enters("/quit").ends_with_status(0);
}
