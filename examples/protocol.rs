//! The protocol alone, over a socket that this program reads and writes itself: sends a message,
//! prints the answer, closes.
//!
//! ```text
//! cargo run --example protocol -- localhost:8080 /
//! ```
//!
//! The state machines do no input or output, so the stream may be any: TLS of your own, a pipe, a
//! simulated network. The time is an argument, too.

#![expect(clippy::print_stdout, reason = "it shows what it receives")]

use sockeye::protocol::upgrade::{Accepted, ClientUpgrade, Request};
use sockeye::protocol::{Batch, Config, Endpoint, EndpointEvent};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, path] = arguments.as_slice() else {
        return Err("usage: protocol HOST:PORT PATH".into());
    };
    let mut stream = TcpStream::connect(host)?;
    let accepted = shake_hands(&mut stream, Request::new(host, path))?;
    let mut config = Config::client(random()?);
    config.deflate = accepted.deflate;
    let mut endpoint = Endpoint::new(&config, Instant::now());
    // The server may have sent its first messages right behind the head of its response.
    endpoint.handle_input(Instant::now(), &accepted.rest);
    endpoint.send(Batch::one_text("hello".to_owned()))?;
    talk(&mut stream, &mut endpoint)
}

/// The opening handshake (RFC 6455 §4).
fn shake_hands(stream: &mut TcpStream, request: Request) -> Result<Accepted> {
    let mut upgrade = ClientUpgrade::new(request, random()?)?;
    while !upgrade.poll_transmit().is_empty() {
        let count = stream.write(upgrade.poll_transmit())?;
        upgrade.handle_transmitted(count);
    }
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer)? {
            0 => upgrade.handle_eof(),
            count => upgrade.handle_input(&buffer[..count]),
        }
        if let Some(outcome) = upgrade.poll_outcome() {
            return Ok(outcome?);
        }
    }
}

/// Moves bytes between the stream and the endpoint until the connection has ended.
fn talk(stream: &mut TcpStream, endpoint: &mut Endpoint) -> Result<()> {
    let mut buffer = vec![0; 64 << 10];
    while !endpoint.is_closed() {
        while let Some(bytes) = endpoint.poll_transmit() {
            let count = stream.write(bytes)?;
            endpoint.handle_transmitted(Instant::now(), count);
        }
        stream.set_read_timeout(time_left(endpoint))?;
        match stream.read(&mut buffer) {
            Ok(0) => endpoint.handle_eof(Instant::now()),
            Ok(count) => endpoint.handle_input(Instant::now(), &buffer[..count]),
            Err(error) if is_timeout(&error) => {}
            Err(error) => endpoint.handle_read_error(Instant::now(), error.to_string()),
        }
        endpoint.handle_timeout(Instant::now());
        take_events(endpoint)?;
    }
    Ok(())
}

/// Until the endpoint wants to be told the time; a socket's timeout cannot be zero.
fn time_left(endpoint: &Endpoint) -> Option<Duration> {
    let left = endpoint.poll_timeout()?.duration_since(Instant::now());
    Some(left.max(Duration::from_millis(1)))
}

fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

/// Prints the answer and starts the closing handshake.
fn take_events(endpoint: &mut Endpoint) -> Result<()> {
    let mut is_answered = false;
    while let Some(event) = endpoint.poll_event() {
        match event {
            EndpointEvent::Text { text, .. } => {
                println!("{text}");
                is_answered = true;
            }
            EndpointEvent::Failed(failure) => return Err(failure.clone().into()),
            _ => {}
        }
    }
    if is_answered && endpoint.is_open() {
        endpoint.close(Instant::now(), Some(1000), "")?;
    }
    Ok(())
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
