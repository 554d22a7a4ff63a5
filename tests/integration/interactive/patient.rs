//! Servers that are in no hurry, and a wait for what takes a while.

use super::super::harness::channel;
use crate::harness::{PATIENCE, Peer, Terminal, wire};
use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::Sender;
use std::time::Instant;
use wire::{CLOSE, FIN};

/// Takes frames until the close frame, which it answers, and returns all of them.
fn heard_out(mut stream: TcpStream) -> Vec<(u8, Vec<u8>)> {
    wire::upgrade(&mut stream);
    let mut frames = Vec::new();
    while let Some(frame) = wire::read_frame(&mut stream) {
        let is_last = frame.first == FIN | CLOSE;
        if is_last {
            let _ = stream.write_all(&wire::frame(FIN | CLOSE, &frame.payload));
        }
        frames.push((frame.first, frame.payload));
        if is_last {
            break;
        }
    }
    frames
}

/// A server that hands over the frames it got, the close frame included.
pub(super) fn listening() -> Peer<Vec<(u8, Vec<u8>)>> {
    Peer::tcp(heard_out)
}

/// A server that accepts connections, does this and no more until the sender is dropped.
pub(super) fn idle(begin: fn(&mut TcpStream)) -> (Peer, Sender<()>) {
    let (done, is_done) = channel();
    let peer = Peer::tcp(move |mut stream| {
        begin(&mut stream);
        is_done.wait_for_senders_to_end();
    });
    (peer, done)
}

/// One that does not even answer the opening handshake.
pub(super) fn silent() -> (Peer, Sender<()>) {
    idle(|_| ())
}

/// Enters a command again and again until a line of what it shows is as wanted.
#[track_caller]
pub(super) fn enters_until(terminal: &mut Terminal, command: &str, wanted: fn(&str) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    for turn in 1.. {
        // What follows the command's own lines, so that they are whole.
        let marker = format!("/turn{turn}");
        terminal
            .enters(command)
            .enters(&marker)
            .shows(&format!("no command {marker};"));
        let screen = terminal.screen();
        if screen.lines().any(wanted) {
            return;
        }
        assert!(Instant::now() < deadline, "{screen}");
    }
}
