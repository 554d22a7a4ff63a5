//! Which messages are shown, and where they are kept.

use super::super::harness::channel;
use crate::harness::{Peer, Terminal};
use serde_json::Value;
use std::fs;
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// For each text that comes: three messages.
fn answering(socket: &mut WebSocket<TcpStream>) {
    loop {
        match socket.read().expect("a message") {
            Message::Close(_) => {
                let _ = socket.flush();
                return;
            }
            Message::Text(text) => {
                for answer in [
                    format!("news of {text}"),
                    format!("{{\"about\":\"{text}\",\"status\":\"ok\"}}"),
                    format!("end of {text}"),
                ] {
                    socket.send(answer.into()).unwrap();
                }
            }
            _ => {}
        }
    }
}

fn start(peer: &Peer) -> Terminal {
    let mut terminal = Terminal::start(&[peer.url(), "--no-color"]);
    terminal.shows("OPEN");
    terminal
}

#[test]
fn a_filter_hides_what_does_not_match_and_counts_it() {
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal.enters("/filter ^end").shows("filter ^end");
    terminal.enters("one").shows("< end of one");
    terminal
        .enters("/filter")
        .shows("filter ^end, 2 messages hidden");
    terminal.enters("/filter off");
    terminal.shows("filter off; ^end: 2 messages hidden; /last shows them");
    let screen = terminal.screen();
    assert!(
        !screen.contains("< news") && !screen.contains("about"),
        "{screen}"
    );
    terminal
        .enters("/last 3")
        .shows("< news of one")
        .shows("about");
    terminal.enters("two").shows("< news of two");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_filter_looks_into_json() {
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal
        .enters("/filter /status=ok")
        .shows("filter /status=ok");
    terminal.enters("one").shows("about");
    terminal.enters("/filter").shows("2 messages hidden");
    assert!(!terminal.screen().contains("< news"));
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn last_shows_what_was_sent_and_received_with_their_marks() {
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal.enters("/last").shows("no messages yet");
    terminal
        .enters("one")
        .shows("< end of one")
        .enters("/clear");
    terminal.enters("/last").shows("the last 4 messages:");
    terminal.shows("> one\n< news of one\n");
    terminal
        .enters("/last 1")
        .shows("the last message:\n< end of one\n");
    terminal.enters("/last 0").shows("/last 10");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn clear_brings_the_prompt_to_the_top() {
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal
        .enters("one")
        .shows("< end of one")
        .enters("/clear");
    terminal.types("typed").shows("open> typed");
    assert!(
        terminal.screen().starts_with("   open> typed"),
        "{}",
        terminal.screen()
    );
    terminal.types("\u{3}").enters("/quit").ends_with_status(0);
}

#[test]
fn commands_typed_ahead_are_each_answered_in_their_place() {
    let (typed, is_typed) = channel();
    let peer = Peer::websocket(move |socket| {
        is_typed.recv();
        socket.send("interruption".into()).unwrap();
        answering(socket);
    });
    let mut terminal = start(&peer);
    terminal.types("half").shows("open> half");
    typed.send(()).unwrap();
    terminal.shows("< interruption\n   open> half");
    terminal.types("\u{3}/pretty\r/timestamps\r/filter\r");
    terminal.shows("/pretty\npretty on\n   open> /timestamps\ntimestamps off\n");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn looks_change_from_the_next_message_on() {
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal.enters("/timestamps").shows("timestamps off");
    terminal
        .enters("/timestamps on")
        .enters("one")
        .shows("< end of one");
    let screen = terminal.screen();
    let line = screen.lines().find(|line| line.contains("< news")).unwrap();
    assert!(
        line.starts_with(|first: char| first.is_ascii_digit()),
        "{line}"
    );
    terminal
        .enters("/timestamps off")
        .enters("two")
        .shows("\n< end of two");
    terminal
        .enters("/pretty off")
        .enters("/pretty")
        .shows("pretty off");
    terminal
        .enters("three")
        .shows(r#"< {"about":"three","status":"ok"}"#);
    terminal.enters("/pretty of").shows("neither on nor off");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn save_writes_both_directions_before_and_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("talk.jsonl");
    let file = path.to_str().unwrap();
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal.enters("one").shows("< end of one");
    terminal
        .enters(&format!("/save {file}"))
        .shows("5 events go to");
    terminal.enters("/ping x").shows("pong x");
    terminal.enters("two").shows("< end of two");
    terminal.enters("/quit").ends_with_status(0);
    let events: Vec<Value> = fs::read_to_string(&path)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let told: Vec<String> = events
        .iter()
        .map(|event| {
            let text = |name| event[name].as_str().unwrap_or_default();
            format!("{} {} {}", text("direction"), text("type"), text("data"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "received open ",
            "sent message one",
            "received message news of one",
            r#"received message {"about":"one","status":"ok"}"#,
            "received message end of one",
            "sent ping x",
            "received pong x",
            "sent message two",
            "received message news of two",
            r#"received message {"about":"two","status":"ok"}"#,
            "received message end of two",
            "sent close ",
            "received close ",
        ]
    );
    let times: Vec<f64> = events
        .iter()
        .map(|event| event["time"].as_f64().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[cfg(unix)]
#[test]
fn a_saved_file_is_private_and_an_existing_one_stays() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let [new, old] = ["new", "old"].map(|name| folder.path().join(name));
    fs::write(&old, "before").unwrap();
    let peer = Peer::websocket(answering);
    let mut terminal = start(&peer);
    terminal
        .enters(&format!("/save {}", old.display()))
        .shows("exists");
    assert_eq!(fs::read_to_string(&old).unwrap(), "before");
    let nowhere = folder.path().join("nowhere/file");
    terminal.enters(&format!("/save {}", nowhere.display()));
    terminal.shows("no such file or directory");
    terminal
        .enters("/save /dev/null")
        .shows("it is a device, not a file");
    terminal
        .enters(&format!("/save {}", new.display()))
        .shows("new, and all that follow");
    terminal.enters("/save other").shows("already");
    terminal.enters("/save off").shows("1 event in");
    terminal
        .enters(&format!("/save --force {}", old.display()))
        .shows("old, and all that follow");
    terminal.enters("/quit").ends_with_status(0);
    let mode = fs::metadata(&new).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        fs::read_to_string(&old)
            .unwrap()
            .starts_with("{\"type\":\"open\"")
    );
}
