//! The prompt follows what it tells while a line is typed.

use super::super::harness::channel;
use crate::harness::{Peer, Terminal, wire};
use tungstenite::Message;

#[test]
fn the_prompt_shows_what_waits_for_the_network_and_that_it_has_gone() {
    let (ask, asked) = channel::<()>();
    let peer = Peer::tcp(move |mut stream| {
        wire::upgrade(&mut stream);
        // Nothing is read meanwhile.
        asked.recv();
        wire::read_until_close(&mut stream)
    });
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("large");
    std::fs::write(&file, vec![b'x'; 32 << 20]).unwrap();
    let mut terminal = Terminal::start(&[peer.url(), "--no-compress"]);
    terminal.shows("OPEN");
    terminal.enters(&format!("/text @{}", file.display()));
    terminal.shows("MiB> ").types("half a line");
    terminal.shows("MiB> half a line");
    ask.send(()).unwrap();
    terminal.shows("   open> half a line");
    terminal.types("\u{3}").enters("/quit").ends_with_status(0);
    peer.finish();
}

#[test]
fn the_prompt_counts_what_the_filter_hides() {
    let (ask, asked) = channel::<()>();
    let peer = Peer::websocket(move |socket| {
        asked.recv();
        for _ in 0..12 {
            socket.send("noise".into()).unwrap();
        }
        socket.send("signal".into()).unwrap();
        while !matches!(socket.read(), Ok(Message::Close(_)) | Err(_)) {}
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").enters("/filter signal");
    terminal.shows("open [   0 hidden]> ").types("half");
    ask.send(()).unwrap();
    terminal.shows("open [  12 hidden]> half").shows("< signal");
    terminal
        .types("\u{3}")
        .enters("/filter off")
        .shows("   open> ");
    terminal.enters("/quit").ends_with_status(0);
    peer.finish();
}

#[test]
fn the_prompt_follows_the_state_when_nothing_else_is_shown() {
    let (ask, asked) = channel::<()>();
    let peer = Peer::websocket(move |socket| {
        asked.recv();
        socket.close(None).unwrap();
        while socket.read().is_ok() {}
    });
    let mut terminal = Terminal::start(&[peer.url(), "-q"]);
    terminal.shows("   open> ").types("half");
    ask.send(()).unwrap();
    terminal.shows(" closed> half");
    terminal.types("\u{3}").enters("/quit").ends_with_status(0);
    peer.finish();
}
