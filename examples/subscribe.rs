//! Subscribes to a topic and prints the messages about it, until there are enough of them or the
//! time is over:
//!
//! ```text
//! cargo run --example subscribe -- ws://localhost:8080/ weather 10 60
//! ```
//!
//! It sends `subscribe weather` and prints the next 10 messages that begin with `weather `, for at
//! most 60 seconds.

#![expect(clippy::print_stdout, reason = "it shows what it receives")]

use sockeye::{Data, Event, Events, WebSocket};
use std::iter;
use std::time::{Duration, Instant};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, topic, count, seconds] = arguments.as_slice() else {
        return Err("usage: subscribe URL TOPIC COUNT SECONDS".into());
    };
    let deadline = Instant::now() + Duration::from_secs(seconds.parse()?);
    let (socket, mut events) = WebSocket::new(url, &[])?;
    wait_for_open(&mut events, deadline)?;
    socket.send(format!("subscribe {topic}"))?;

    let in_time = iter::from_fn(|| events.recv_deadline(deadline).ok().map(Event::into_owned));
    let matching = in_time.filter_map(|event| text_about(topic, event));
    for text in matching.take(count.parse()?) {
        println!("{}", text?);
    }
    // Dropping the socket would close the connection, too; this waits for the server's answer.
    let _ = socket.close_and_wait(Instant::now() + Duration::from_secs(5));
    Ok(())
}

fn wait_for_open(events: &mut Events, deadline: Instant) -> Result<()> {
    loop {
        match events.recv_deadline(deadline)? {
            Event::Open(_) => return Ok(()),
            Event::Error(error) => return Err(error.to_string().into()),
            _ => {}
        }
    }
}

/// The text of a message about this topic, or why the connection failed; none for other events.
fn text_about(topic: &str, event: Event<'_>) -> Option<Result<String, String>> {
    match event {
        Event::Message(message) => match message.data {
            Data::Text(text) => {
                let rest = text.strip_prefix(topic)?.strip_prefix(' ')?;
                Some(Ok(rest.to_owned()))
            }
            _ => None,
        },
        Event::Error(error) => Some(Err(error.to_string())),
        _ => None,
    }
}
