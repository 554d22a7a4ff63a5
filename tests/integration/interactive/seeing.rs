//! Commands that tell about the connection.

use super::patient::{enters_until, listening, silent};
use crate::harness::{Authority, Peer, Terminal, wire};

#[test]
fn info_shows_both_heads_without_their_secrets_and_what_took_how_long() {
    let peer = Peer::tcp(|mut stream| {
        let fields = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10\r\n\
                      Set-Cookie: hunter3\r\nX-Answer: 42\r\n";
        wire::upgrade_with(&mut stream, fields);
        wire::read_until_close(&mut stream)
    });
    let authorization = "Authorization: Bearer hunter2";
    let mut terminal = Terminal::start(&[peer.url(), "-H", authorization, "-H", "X-Asked: 41"]);
    terminal.shows("OPEN").enters("/info");
    let address = format!("server          127.0.0.1:{}", peer.port());
    for words in [
        &*address,
        "client          127.0.0.1:",
        "    sent          deflate, a window of 1 KiB, kept",
        "    received      deflate, a window of 32 KiB, kept",
        "tcp  ",
        "upgrade  ",
        "total  ",
        "GET / HTTP/1.1",
        "Authorization: [hidden]",
        "X-Asked: 41",
        "HTTP/1.1 101",
        "Set-Cookie: [hidden]",
        "X-Answer: 42",
    ] {
        terminal.shows(words);
    }
    terminal.enters("/quit").ends_with_status(0);
    let transcript = String::from_utf8_lossy(&terminal.transcript()).into_owned();
    assert!(!transcript.contains("hunter"), "{transcript}");
}

#[test]
fn info_shows_tls_and_the_certificate() {
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, |socket| while socket.read().is_ok() {});
    let ca = authority.ca();
    let mut terminal = Terminal::start(&[peer.url(), "--ca", ca.to_str().unwrap()]);
    terminal.shows("OPEN").enters("/info").shows("TLS 1.3");
    for words in [
        "TLS_AES_256_GCM_SHA384",
        "names           localhost",
        "issuer          CN=an authority for tests",
        "valid until     4096-01-01 00:00:00 UTC",
        "expires in ",
    ] {
        terminal.shows(words);
    }
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn stats_count_both_ways_and_plot_the_last_seconds() {
    let mut terminal = Terminal::script("LC_ALL=C.UTF-8 exec \"$0\" \"$@\"", &["--echo"]);
    terminal
        .shows("OPEN")
        .enters("/stats")
        .shows("/ping measures one");
    terminal.enters("hello").shows_lines(2, "hello");
    terminal
        .enters("/ping a")
        .shows("pong a")
        .enters("/ping b")
        .shows("pong b");
    // A second has to pass before there is something to plot.
    enters_until(&mut terminal, "/stats", |line| {
        line.starts_with("  received") && line.contains('█')
    });
    terminal.shows("messages                1          1");
    terminal.shows("payload               5 B        5 B");
    terminal
        .shows("Messages a second, last ")
        .shows("█")
        .shows("median");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn help_has_groups_and_examples() {
    let (peer, done) = silent();
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal
        .enters("/help")
        .shows("Control frames")
        .shows("/repeat N INTERVAL TEXT | off");
    terminal.enters("/help close").shows("/close 3001 see you");
    terminal.enters("/help clsoe").shows("did you mean /close?");
    terminal.enters("/quit").ends_with_status(0);
    drop(done);
}

#[test]
fn on_a_narrow_terminal_reports_are_wrapped_in_their_column() {
    let peer = listening();
    let script = "stty cols 40; exec \"$0\" \"$@\"";
    let url = format!("{}a/rather/long/path/to/somewhere", peer.url());
    let mut terminal = Terminal::script(script, &[&url]);
    terminal.shows("OPEN").enters("/state").shows("binaryType");
    let screen = terminal.screen();
    let rows: Vec<_> = screen
        .lines()
        .skip_while(|line| !line.starts_with("  url"))
        .collect();
    let value = |row: &str| row.get(18..).unwrap_or_default().to_owned();
    assert!(rows[1].starts_with(&" ".repeat(18)), "{screen}");
    assert!(rows.iter().all(|row| row.chars().count() < 40), "{screen}");
    let joined = value(rows[0]) + &value(rows[1]) + &value(rows[2]);
    assert!(joined.starts_with(&url), "{screen}");
    terminal.enters("/quit").ends_with_status(0);
}
