//! A terminal that takes little or nothing.

use super::echo::answer;
use crate::harness::{Peer, Terminal};
use rustix::process::Signal;
use std::time::Duration;

/// One large message, and then many small ones for as long as the client reads.
fn flooding(large: usize) -> Peer<()> {
    Peer::websocket(move |socket| {
        let _ = socket.send("x".repeat(large).into());
        while socket.send("news of the day".into()).is_ok() {}
    })
}

/// A client on a terminal that nobody reads, with more to show than it takes.
fn frozen(peer: &Peer<()>, options: &[&str]) -> Terminal {
    let mut terminal = Terminal::start(&[&[peer.url()], options].concat());
    terminal.shows("news of the day").types("half").freezes();
    terminal
}

/// Far more than the second that it may take, for a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn sigterm_and_sighup_end_a_client_whose_terminal_takes_nothing() {
    for (signal, status) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let peer = flooding(1);
        let mut terminal = frozen(&peer, &["--close-timeout", "1000"]);
        terminal.signal(signal);
        assert!(terminal.ends_frozen_with_status(status) < SOON);
        peer.finish();
    }
}

#[test]
fn a_second_sigint_ends_a_client_whose_terminal_takes_nothing() {
    let peer = flooding(1);
    let mut terminal = frozen(&peer, &["--close-timeout", "1000"]);
    terminal.signal(Signal::INT);
    terminal.signals_until_it_ends(Signal::INT);
    assert!(terminal.ends_frozen_with_status(0) < SOON);
    peer.finish();
}

#[test]
fn ctrl_c_leaves_although_the_terminal_takes_nothing() {
    let peer = flooding(1);
    let mut terminal = frozen(&peer, &[]);
    // The first one empties the line.
    terminal.types("\x03\x03");
    assert!(terminal.ends_frozen_with_status(0) < SOON);
    peer.finish();
}

#[test]
fn a_dumb_terminal_that_takes_nothing_keeps_nobody() {
    let peer = flooding(1);
    let mut terminal = Terminal::start_as("dumb", &[peer.url()]);
    terminal.shows("news of the day").freezes();
    terminal.signal(Signal::TERM);
    assert!(terminal.ends_frozen_with_status(143) < SOON);
    peer.finish();
}

#[test]
fn a_terminal_that_reads_again_shows_everything_and_the_line() {
    let peer = Peer::websocket(|socket| {
        for number in 0..300 {
            let _ = socket.send(format!("number {number}, which is wide {:60}", ".").into());
        }
        answer(socket)
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("OPEN").freezes().types("half a ");
    terminal.thaws().shows("number 299,").shows("open> half a ");
    terminal.enters("line").shows("heard half a line");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn sigterm_stops_what_is_being_painted_and_the_end_is_told() {
    let peer = Peer::websocket(|socket| {
        socket.send("begin ".repeat(4 << 20).into()).unwrap();
        answer(socket)
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("begin").types("/last 1\r");
    terminal.has_shown("the last message:").signal(Signal::TERM);
    terminal.ends_with_status(143);
    let screen = terminal.screen();
    assert!(
        screen.contains("… stopped; ") && screen.contains("CLOSED 1000"),
        "{screen}"
    );
}

#[test]
fn ctrl_c_stops_what_is_being_painted_and_nothing_else() {
    let peer = Peer::websocket(|socket| {
        socket.send("begin ".repeat(4 << 20).into()).unwrap();
        answer(socket)
    });
    let mut terminal = Terminal::start(&[peer.url()]);
    terminal.shows("begin").types("/last 1\r");
    terminal.has_shown("the last message:").types("\x03");
    terminal.shows("… stopped; ");
    terminal.enters("after").shows("heard after");
    terminal.enters("/quit").ends_with_status(0);
}
