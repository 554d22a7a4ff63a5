//! A connection beside the event loop of a GUI toolkit. The channel stands for the toolkit's event
//! queue, standard input for the user, and a vector for the window:
//!
//! ```text
//! cargo run --example gui -- ws://localhost:8080/
//! ```
//!
//! The toolkit's loop must not block and cannot wait for a socket. So the connection runs on its
//! own thread, `on_wake` posts an event to the loop, and the loop receives what has arrived.

#![expect(clippy::print_stdout, reason = "the terminal is its window")]

use sockeye::{CloseEvent, Error, EventHandler, Handshake, Message, WebSocket};
use std::io::BufRead;
use std::sync::mpsc::{self, Sender};
use std::thread;

/// An event of the toolkit's loop.
enum UiEvent {
    /// Something has arrived from the server.
    Arrived,
    /// The user has entered a line.
    Entered(String),
    /// The user closes the window.
    CloseRequested,
}

/// The window with its state. Only the thread of the loop uses it, so it needs no lock.
#[derive(Default)]
struct Window {
    /// Lines that were entered before the connection was open.
    outbox: Vec<String>,
    is_closing: bool,
    lines_shown: Vec<String>,
}

impl Window {
    fn enter(&mut self, socket: &WebSocket, line: String) {
        if let Err(exception) = socket.send(&line) {
            match socket.handshake() {
                None => self.outbox.push(line),
                Some(_) => self.show(format!("not sent: {exception}")),
            }
        }
    }

    fn show(&mut self, line: String) {
        println!("{line}");
        self.lines_shown.push(line);
    }

    /// Closes once everything that was entered has been sent.
    fn close(&mut self, socket: &WebSocket) {
        self.is_closing = true;
        if self.outbox.is_empty() {
            let _ = socket.close(Some(1000), "");
        }
    }
}

impl EventHandler for Window {
    fn onopen(&mut self, socket: &WebSocket, _: &Handshake) {
        self.show(format!("connected to {}", socket.url()));
        for line in std::mem::take(&mut self.outbox) {
            self.enter(socket, line);
        }
        if self.is_closing {
            self.close(socket);
        }
    }

    fn onmessage(&mut self, _: &WebSocket, message: Message<'_>) {
        self.show(String::from_utf8_lossy(message.data.bytes()).into_owned());
    }

    fn onerror(&mut self, _: &WebSocket, error: &Error) {
        self.show(error.to_string());
    }

    fn onclose(&mut self, _: &WebSocket, close: &CloseEvent) {
        self.show(format!("closed with {}", close.code));
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("usage: gui URL")?;
    let (queue, ui_events) = mpsc::channel();
    let (socket, mut events) = WebSocket::new(&url, &[])?;
    let post = queue.clone();
    // A loop that has ended receives nothing.
    events.on_wake(move || _ = post.send(UiEvent::Arrived));
    thread::spawn(move || read_input(&queue));

    let mut window = Window::default();
    for event in ui_events {
        match event {
            UiEvent::Arrived => {
                let may_go_on = events.dispatch(&mut window);
                if !may_go_on {
                    break;
                }
            }
            UiEvent::Entered(line) => window.enter(&socket, line),
            UiEvent::CloseRequested => window.close(&socket),
        }
    }
    Ok(())
}

/// Posts what the user does.
fn read_input(queue: &Sender<UiEvent>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        if queue.send(UiEvent::Entered(line)).is_err() {
            return;
        }
    }
    let _ = queue.send(UiEvent::CloseRequested);
}
