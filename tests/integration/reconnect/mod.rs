//! Coming back, and noticing that one has to.

mod keep_alive;
mod pipes;
mod programs;

mod retry;

use super::harness::wire;
use std::io::{Read, Write};
use std::net::TcpStream;

/// Attempts at once, and as many as it takes.
const AT_ONCE: [&str; 2] = ["--retry-delay", "0"];

/// Answers the handshake with this status, and with these fields.
fn refusing(status: u16, fields: &'static str) -> Box<dyn FnOnce(TcpStream) + Send> {
    Box::new(move |mut stream| {
        wire::read_head(&mut stream);
        let answer = format!("HTTP/1.1 {status} No\r\n{fields}Content-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
    })
}

/// Upgrades, then does this.
fn upgraded(
    serve: impl FnOnce(&mut TcpStream) + Send + 'static,
) -> Box<dyn FnOnce(TcpStream) + Send> {
    Box::new(move |mut stream| {
        wire::upgrade(&mut stream);
        serve(&mut stream);
    })
}

/// Sends one text message.
fn say(stream: &mut impl Write, text: &str) {
    let frame = wire::frame(wire::FIN | wire::TEXT, text.as_bytes());
    stream.write_all(&frame).unwrap();
}

/// The payloads of so many messages; pings between them are answered.
fn hear(stream: &mut (impl Read + Write), count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let frame = wire::read_frame(stream).expect("another message");
        if frame.first == wire::FIN | wire::PING {
            let pong = wire::frame(wire::FIN | wire::PONG, &frame.payload);
            stream.write_all(&pong).unwrap();
            continue;
        }
        assert_eq!(frame.first, wire::FIN | wire::TEXT, "{frame:?}");
        heard.push(String::from_utf8(frame.payload).unwrap());
    }
    heard
}

/// Closes as the client does.
fn close_after_client(stream: &mut (impl Read + Write)) {
    wire::read_until_close(stream);
    stream.write_all(&wire::close(1000, "")).unwrap();
}

/// Sends back what comes until the client closes.
fn echo(stream: &mut (impl Read + Write)) {
    loop {
        let frame = wire::read_frame(stream).expect("a close frame before the end");
        if frame.first == wire::FIN | wire::CLOSE {
            return stream.write_all(&wire::close(1000, "")).unwrap();
        }
        stream
            .write_all(&wire::frame(frame.first, &frame.payload))
            .unwrap();
    }
}
