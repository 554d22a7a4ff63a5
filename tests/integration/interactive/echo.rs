//! A server that says what it has heard.

use crate::harness::Peer;
use std::net::TcpStream;
use tungstenite::{Message, WebSocket};

/// Answers each text with `heard` and the text, or with the length of a long one; hands over code
/// and reason of the client's close frame, if it came.
pub(super) fn echo() -> Peer<Option<(u16, String)>> {
    Peer::websocket(answer)
}

/// As [`echo`], for a server that has done something else before.
pub(super) fn answer(socket: &mut WebSocket<TcpStream>) -> Option<(u16, String)> {
    loop {
        match socket.read().ok()? {
            Message::Close(frame) => {
                let _ = socket.flush();
                return frame.map(|frame| (frame.code.into(), frame.reason.to_string()));
            }
            Message::Text(text) => {
                let heard = match text.len() {
                    0..1000 => format!("heard {text}"),
                    length => format!("heard {length} bytes"),
                };
                socket.send(heard.into()).unwrap();
            }
            _ => {}
        }
    }
}

/// Gives back the first message.
pub(super) fn hears_one() -> Peer<Message> {
    Peer::websocket(|socket| {
        let first = socket.read().expect("a message");
        socket.send("got it".into()).unwrap();
        while socket.read().is_ok() {}
        first
    })
}
