//! The progress line: on standard error, when that is a terminal, and gone at the end.

use super::harness::{Peer, Terminal, channel};
use tungstenite::Message;

#[test]
fn a_pipe_that_takes_long_tells_how_far_it_is_and_leaves_nothing_behind() {
    let (leave, may_leave) = channel();
    let peer = Peer::websocket(move |socket| {
        socket.read().expect("a line");
        socket.send("reply".into()).unwrap();
        may_leave.recv();
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
    });
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    std::fs::write(&input, "line\n").unwrap();
    let mut terminal = Terminal::script(
        r#"exec "$0" -w inf "$1" <"$2" >"$3""#,
        &[
            peer.url(),
            input.to_str().unwrap(),
            output.to_str().unwrap(),
        ],
    );
    terminal
        .shows("100 %, sent 1 (4 B, ")
        .shows("received 1 (5 B, ");
    leave.send(()).unwrap();
    terminal.ends_with_status(0);
    assert_eq!(terminal.screen().trim(), "", "it stays on the screen");
    assert_eq!(std::fs::read_to_string(output).unwrap(), "reply\n");
}

#[test]
fn an_error_follows_on_a_line_of_its_own() {
    let (leave, may_leave) = channel();
    let peer = Peer::websocket(move |socket| {
        socket.send(Message::text("hello")).unwrap();
        may_leave.recv();
    });
    let mut terminal = Terminal::script(
        r#"exec "$0" -w inf "$1" </dev/null | cat >/dev/null"#,
        &[peer.url()],
    );
    terminal.shows("received 1 (5 B, ");
    leave.send(()).unwrap();
    terminal.shows("sockeye: ");
    let screen = terminal.screen();
    assert!(
        screen.starts_with("sockeye: ") && !screen.contains("received 1"),
        "{screen}"
    );
}
