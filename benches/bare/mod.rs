//! The opening handshake over a bare socket, both sides of it, without any extension.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// Connects to a server on this machine and makes the handshake.
pub(crate) fn connect(port: u16) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let request = format!(
        "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    read_head(&mut stream);
    stream
}

/// Answers the handshake of a client.
pub(crate) fn accept(stream: &mut TcpStream) {
    stream.set_nodelay(true).unwrap();
    let head = read_head(stream);
    let key = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Sec-WebSocket-Key")
            .then_some(value)
    });
    let accept = tungstenite::handshake::derive_accept_key(key.unwrap().trim().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).unwrap();
}

/// Reads byte by byte, so that no byte after the head is taken.
fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut bytes = BufReader::with_capacity(1, stream);
    while !head.ends_with(b"\r\n\r\n") {
        assert_ne!(bytes.read_until(b'\n', &mut head).unwrap(), 0, "no head");
    }
    String::from_utf8(head).unwrap()
}
