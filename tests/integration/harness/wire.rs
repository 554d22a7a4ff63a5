//! RFC 6455 by hand, for what no library would send and to see every bit that the client sends.

use std::io::{BufRead, BufReader, Read, Write};

/// The `FIN` bit of a frame's first byte.
pub(crate) const FIN: u8 = 0x80;
/// Opcodes (§5.2).
pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// Reads the client's request, answers 101, and returns the request's head.
pub(crate) fn upgrade(stream: &mut (impl Read + Write)) -> String {
    upgrade_with(stream, "")
}

/// As [`upgrade`], with more header fields in the answer, each ended by `\r\n`.
pub(crate) fn upgrade_with(stream: &mut (impl Read + Write), fields: &str) -> String {
    let head = read_head(stream);
    stream
        .write_all(switching(&head, fields).as_bytes())
        .expect("answering");
    head
}

/// The answer that agrees to a request, with more header fields, each ended by `\r\n`.
pub(crate) fn switching(request: &str, fields: &str) -> String {
    let accept = accept_key(request);
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{fields}\r\n"
    )
}

/// What `Sec-WebSocket-Accept` has to be in the answer to a request (§4.2.2).
pub(crate) fn accept_key(request: &str) -> String {
    let key = field(request, "Sec-WebSocket-Key").expect("a key in the request");
    tungstenite::handshake::derive_accept_key(key.as_bytes())
}

/// Reads up to the empty line that ends a head. The client sends nothing beyond it before the
/// answer, so buffering loses nothing.
pub(crate) fn read_head(stream: &mut impl Read) -> String {
    let mut head = String::new();
    let mut lines = BufReader::new(stream);
    while !head.ends_with("\r\n\r\n") {
        let read = lines.read_line(&mut head).expect("a request head");
        assert_ne!(read, 0, "the request ended early: {head:?}");
    }
    head
}

/// The value of one header field.
pub(crate) fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let of = |line: &'h str| {
        line.split_once(':')
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
    };
    head.lines().find_map(of).map(|(_, value)| value.trim())
}

/// One unmasked frame, its first byte as given, its length in the shortest form.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        length @ 0..=125 => bytes.push(length as u8),
        length @ 126..=0xffff => {
            bytes.push(126);
            bytes.extend((length as u16).to_be_bytes());
        }
        length => {
            bytes.push(127);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// A close frame with code and reason.
pub(crate) fn close(code: u16, reason: &str) -> Vec<u8> {
    frame(
        FIN | CLOSE,
        &[&code.to_be_bytes(), reason.as_bytes()].concat(),
    )
}

/// A frame from the client, unmasked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// `FIN`, reserved bits and opcode.
    pub(crate) first: u8,
    /// Whether it was masked, as a client's must be.
    pub(crate) masked: bool,
    /// What it carried.
    pub(crate) payload: Vec<u8>,
}

impl Frame {
    /// The code of a close frame; none when its body is empty.
    pub(crate) fn close_code(&self) -> Option<u16> {
        assert_eq!(self.first, FIN | CLOSE, "not a close frame: {self:?}");
        let code = self.payload.first_chunk::<2>()?;
        Some(u16::from_be_bytes(*code))
    }
}

/// Reads one frame; none when the connection ends before it.
pub(crate) fn read_frame(stream: &mut impl Read) -> Option<Frame> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).ok()?;
    let length = match head[1] & 0x7f {
        126 => u16::from_be_bytes(read_array(stream)).into(),
        127 => u64::from_be_bytes(read_array(stream)),
        short => short.into(),
    };
    let masked = head[1] & 0x80 != 0;
    let key: [u8; 4] = if masked { read_array(stream) } else { [0; 4] };
    let mut payload = vec![0; length.try_into().expect("a length that fits")];
    stream.read_exact(&mut payload).expect("a whole frame");
    for (byte, mask) in payload.iter_mut().zip(key.iter().cycle()) {
        *byte ^= mask;
    }
    Some(Frame {
        first: head[0],
        masked,
        payload,
    })
}

fn read_array<const N: usize>(stream: &mut impl Read) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).expect("a whole frame header");
    bytes
}

/// Reads frames up to the client's close frame and returns its code.
pub(crate) fn read_until_close(stream: &mut impl Read) -> Option<u16> {
    loop {
        let frame = read_frame(stream).expect("a close frame before the end");
        if frame.first == FIN | CLOSE {
            return frame.close_code();
        }
    }
}
