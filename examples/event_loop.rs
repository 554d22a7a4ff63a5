//! Connections inside an event loop of your own, without any thread: sends a message to each URL,
//! and prints the answers as they come.
//!
//! ```text
//! cargo run --example event_loop -- ws://localhost:8080/ ws://localhost:8081/
//! ```
//!
//! The loop is a `mio::Poll`, which may wait for other sources as well. Any number of connections
//! may share it.

#![expect(clippy::print_stdout, reason = "it shows what it receives")]

use mio::{Poll, Token, Waker};
use sockeye::{Driver, Event, Events, WebSocket};
use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// The token of the waker. The connections have the tokens from 0.
const WAKER: Token = Token(usize::MAX);

struct Connection {
    socket: WebSocket,
    events: Events,
    driver: Driver,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut poll = Poll::new()?;
    let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
    let mut connections = Vec::new();
    for (index, url) in std::env::args().skip(1).enumerate() {
        let waker = Arc::clone(&waker);
        let (socket, events, driver) = WebSocket::builder(&url).connect_in(
            poll.registry(),
            Token(index),
            // A loop that is gone has nobody to wake.
            move || _ = waker.wake(),
        )?;
        connections.push(Connection {
            socket,
            events,
            driver,
        });
    }

    let mut ready = mio::Events::with_capacity(64);
    loop {
        for connection in &mut connections {
            connection.driver.drive();
            connection.receive()?;
        }
        if connections.iter().all(|one| one.driver.is_finished()) {
            return Ok(());
        }
        let timeout = timeout(&mut connections);
        wait(&mut poll, &mut ready, timeout)?;
        for event in &ready {
            if let Some(connection) = connections.get_mut(event.token().0) {
                connection.driver.handle_event(event);
            }
        }
    }
}

impl Connection {
    /// Takes what has arrived.
    fn receive(&mut self) -> Result<(), Box<dyn std::error::Error>> {
        while let Ok(event) = self.events.try_recv() {
            match event {
                Event::Open(_) => self.socket.send("hello")?,
                Event::Message(message) => {
                    let text = String::from_utf8_lossy(message.data.bytes());
                    println!("{}: {text}", self.socket.url());
                    self.socket.close(Some(1000), "")?;
                }
                Event::Error(error) => println!("{}: {error}", self.socket.url()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// How long the loop may wait: as long as the connection whose time comes first.
fn timeout(connections: &mut [Connection]) -> Option<Duration> {
    let drivers = connections.iter_mut().map(|one| &mut one.driver);
    let running = drivers.filter(|driver| !driver.is_finished());
    running.filter_map(Driver::timeout).min()
}

/// Waits for events. A signal is none.
fn wait(poll: &mut Poll, ready: &mut mio::Events, timeout: Option<Duration>) -> io::Result<()> {
    match poll.poll(ready, timeout) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        result => result,
    }
}
