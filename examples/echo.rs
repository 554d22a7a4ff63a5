//! Sends a message and prints the answer: `cargo run --example echo -- ws://localhost:8080/`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it shows what it receives"
)]

use sockeye::{Error, EventHandler, Handshake, Message, WebSocket};

struct Echo;

impl EventHandler for Echo {
    fn onopen(&mut self, socket: &WebSocket, _: &Handshake) {
        let _ = socket.send("hello");
    }

    fn onmessage(&mut self, socket: &WebSocket, message: Message<'_>) {
        println!("{}", String::from_utf8_lossy(message.data.bytes()));
        let _ = socket.close(Some(1000), "");
    }

    fn onerror(&mut self, _: &WebSocket, error: &Error) {
        eprintln!("{error}");
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: echo URL")?;
    let (_, events) = WebSocket::new(&url, &[])?;
    events.run(&mut Echo);
    Ok(())
}
