//! How what comes in is shown.

use crate::harness::{Peer, Terminal, wire};
use std::io::Write;
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// Sends these messages, and stays until the client closes.
fn saying(messages: Vec<Message>) -> Peer {
    Peer::websocket(move |socket| {
        for message in messages {
            socket.send(message).expect("sent");
        }
        until_closed(socket);
    })
}

fn until_closed(socket: &mut WebSocket<TcpStream>) {
    while socket.read().is_ok() {}
}

/// Answers the request for an upgrade with something else.
fn refusing(content_type: &str, body: &str) -> Peer {
    let answer = format!(
        "HTTP/1.1 502 Bad Gateway\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    Peer::tcp(move |mut stream| {
        wire::read_head(&mut stream);
        stream.write_all(answer.as_bytes()).expect("answered");
    })
}

fn leave(mut terminal: Terminal) -> Vec<u8> {
    terminal.enters("/quit").ends_with_status(0);
    terminal.transcript()
}

fn contains(transcript: &[u8], words: &str) -> bool {
    transcript
        .windows(words.len())
        .any(|bytes| bytes == words.as_bytes())
}

#[test]
fn short_json_is_one_line_and_long_json_is_folded_to_the_window() {
    let long = format!(
        "{{\"list\":[{}],\"end\":true}}",
        ["1234567890"; 12].join(",")
    );
    let peer = saying(vec![r#"{"a":1,"b":[1.0,2]}"#.into(), long.into()]);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("< {\"a\": 1, \"b\": [1.0, 2]}\n")
        .shows_lines(12, "      1234567890")
        .shows("    \"end\": true\n  }\n");
    leave(terminal);
}

#[test]
fn the_width_of_the_window_decides() {
    let json = r#"{"first":"0123456789","second":"0123456789"}"#;
    let peer = saying(vec![json.into()]);
    let script = r#"stty cols 40; exec "$0" "$@""#;
    let mut terminal = Terminal::script(script, &[peer.url()]);
    terminal.shows("    \"first\": \"0123456789\",\n    \"second\": \"0123456789\"\n  }\n");
    leave(terminal);
}

#[test]
fn json_is_coloured_by_role_and_not_where_colour_is_unwanted() {
    let painted = |program: &str, arguments: &[&str]| {
        let peer = saying(vec![r#"{"k":["s",1,null]}"#.into()]);
        let script = format!(r#"exec {program} "$0" "$@""#);
        let mut terminal = Terminal::script(&script, &[&[peer.url()], arguments].concat());
        terminal.shows(r#"{"k": ["s", 1, null]}"#);
        leave(terminal)
    };
    let colours = [
        "\x1b[1;34m\"k\"",
        "\x1b[32m\"s\"",
        "\x1b[35m1",
        "\x1b[1;35mnull",
    ];
    for transcript in [
        painted("", &[]),
        painted("env NO_COLOR=1", &["--color", "always"]),
    ] {
        for colour in colours {
            assert!(
                contains(&transcript, colour),
                "{}",
                transcript.escape_ascii()
            );
        }
    }
    for transcript in [
        painted("env NO_COLOR=1", &[]),
        painted("", &["--color", "never"]),
    ] {
        for any in ["\x1b[3", "\x1b[1;", "\x1b[2m"] {
            assert!(!contains(&transcript, any), "{}", transcript.escape_ascii());
        }
    }
}

#[test]
fn nothing_in_json_or_its_keys_steers_the_terminal() {
    let json = "{\"key\u{202e}\":\"\u{9b}2Jvalue\"}";
    let peer = saying(vec![json.into()]);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows(r#"{"key\u202e": "\u009b2Jvalue"}"#);
    let transcript = leave(terminal);
    assert!(!contains(&transcript, "\u{202e}") && !contains(&transcript, "\u{9b}"));
}

#[test]
fn a_very_long_message_is_cut_and_says_so() {
    let json = format!("[{}0]", "123456,".repeat(150_000));
    let peer = saying(vec![json.into(), "x ".repeat(100_000).into()]);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .shows("… 1.0 MiB more (/last 1 shows it whole)")
        .shows("… 193 KiB more (/last 1 shows it whole)");
    leave(terminal);
}

#[test]
fn a_blob_is_told_by_size_kind_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let image = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01".to_vec();
    let peer = saying(vec![image.clone().into(), b"\0\x01\x02".to_vec().into()]);
    let folder = folder.path().to_str().unwrap();
    let mut terminal = Terminal::start(&[peer.url(), "--blob-dir", folder]);
    terminal
        .shows("< binary, 20 B, PNG image: ")
        .shows("< binary, 3 B: ");
    leave(terminal);
    assert_eq!(
        std::fs::read(format!("{folder}/000001.bin")).unwrap(),
        image
    );
}

#[test]
fn the_name_of_a_file_cannot_steer_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("x\u{1b}[2J\u{202e}");
    let peer = saying(vec![b"\0".to_vec().into()]);
    let folder = folder.to_str().unwrap();
    let mut terminal = Terminal::start(&[peer.url(), "--blob-dir", folder]);
    terminal.shows(r"x\x1b[2J\u{202e}/000001.bin");
    assert!(!contains(&leave(terminal), "\u{202e}"));
}

#[test]
fn an_array_buffer_is_a_hex_dump_that_fits_the_window_and_counts_the_rest() {
    let bytes: Vec<u8> = (0..64).cycle().take(2000).collect();
    let arguments = |url: &str| [url.to_owned(), "--binary-type".into(), "arraybuffer".into()];
    for (columns, row) in [
        (
            100,
            "  000003f0  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  0123456789:;<=>?\n",
        ),
        (60, "  000003f0  30 31 32 33 34 35 36 37  01234567\n"),
    ] {
        let peer = saying(vec![bytes.clone().into()]);
        let arguments = arguments(peer.url());
        let arguments = arguments.each_ref().map(String::as_str);
        let script = format!(r#"stty cols {columns}; exec "$0" "$@""#);
        let mut terminal = Terminal::script(&script, &arguments);
        terminal.shows("… 976 more bytes").shows(row);
        leave(terminal);
    }
}

#[test]
fn timestamps_have_the_clock_and_the_time_since_the_message_before() {
    let peer = saying(vec![
        "one".into(),
        Message::binary(vec![0]),
        "two".into(),
        Message::Ping("three".into()),
    ]);
    let mut terminal = Terminal::start(&[peer.url(), "--timestamps"]);
    terminal.shows("< one").shows("< two").shows("< ping three");
    let screen = terminal.screen();
    let line = |end: &str| {
        screen
            .lines()
            .find(|line| line.ends_with(end))
            .unwrap()
            .to_owned()
    };
    assert!(!line("< one").contains('+'), "{screen}");
    let binary = screen.lines().find(|line| line.contains("< binary"));
    assert!(binary.is_some_and(|line| line.contains('+')), "{screen}");
    for end in ["< two", "< ping three"] {
        let line = line(end);
        let (clock, rest) = line.split_at("00:00:00.000".len());
        assert!(rest.contains('+') && rest.contains("s <"), "{line}");
        let shape: String = clock.replace(|c: char| c.is_ascii_digit(), "0");
        assert_eq!(shape, "00:00:00.000", "{line}");
    }
    leave(terminal);
}

#[test]
fn the_clock_is_that_of_the_place() {
    let told = |zone: &str| {
        let peer = saying(vec!["now".into()]);
        let script = format!(r#"TZ={zone} exec "$0" "$@""#);
        let mut terminal = Terminal::script(&script, &[peer.url(), "--timestamps"]);
        terminal.shows("< now");
        let screen = terminal.screen();
        let line = screen.lines().find(|line| line.ends_with("< now")).unwrap();
        let hour: u32 = line[..2].parse().unwrap();
        let minute: u32 = line[3..5].parse().unwrap();
        leave(terminal);
        hour * 60 + minute
    };
    let apart = (told("EAST-5:30") + 24 * 60 - told("UTC0")) % (24 * 60);
    // The first was told earlier.
    assert!((325..=330).contains(&apart), "{apart} minutes apart");
}

#[test]
fn control_frames_are_dim() {
    let peer = saying(vec![Message::Ping("hello".into())]);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("< ping hello");
    assert!(contains(&leave(terminal), "\x1b[2m< ping hello\x1b[0m"));
}

#[test]
fn each_change_of_state_tells_how_long_the_state_before_took() {
    let peer = saying(vec![]);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN after ").enters("/close 3003");
    terminal
        .shows("CLOSING after ")
        .shows("CLOSED 3003 (forbidden), after ");
    leave(terminal);
}

#[test]
fn the_json_of_a_refusal_is_laid_out_and_a_page_is_shown_as_text() {
    let peer = refusing("application/json", r#"{"error":{"code":"denied"}}"#);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows(r#"{"error": {"code": "denied"}}"#);
    leave(terminal);
    let page = "<html><head><style>p { }</style></head><body><h1>Out</h1><p>to &lt;lunch&gt;\u{9b}2J</body></html>";
    let peer = refusing("text/html", page);
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("\nOut\n\nto <lunch>\\x9b2J\n");
    assert!(!terminal.screen().contains("<h1>"));
    leave(terminal);
}
