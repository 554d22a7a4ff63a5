//! What the world did, in the standard's order (WHATWG WebSockets §4).

use super::{Blob, Error, Handshake, ReadyState};
use crate::connection::Step;
use crate::protocol::Frame;
use std::time::{Duration, SystemTime};

/// One event. Payloads are borrowed from the buffer they arrived in.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// `readyState` has this new value from now on; comes before the event that explains it.
    ReadyState(ReadyState),
    /// Something happened on the way to the connection. Told when [`Options::trace`] asks for
    /// it.
    ///
    /// [`Options::trace`]: super::Options::trace
    Connecting(&'a Step),
    /// The connection is made.
    Open(&'a Handshake),
    /// A message came, whole.
    Message(Message<'a>),
    /// The server sent a ping; the pong is on its way, unless [`set_pongs`] withholds it.
    ///
    /// [`set_pongs`]: super::WebSocket::set_pongs
    Ping(&'a [u8]),
    /// The server sent a pong.
    Pong {
        /// What it carried.
        payload: &'a [u8],
        /// The time since the ping that it answers; none when nobody asked.
        round_trip: Option<Duration>,
    },
    /// A frame went over the wire, in either direction; it comes before the event it leads to.
    /// Told when [`Options::trace`](super::Options::trace) asks for it.
    Frame(Frame<'a>),
    /// The connection failed, or the server sent something around its close frame that cannot be
    /// delivered ([`ErrorKind::Discarded`](super::ErrorKind::Discarded)). A close event follows.
    Error(&'a Error),
    /// The end, exactly once.
    Close(&'a CloseEvent),
}

/// A message, and when and in which state it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it carried.
    pub data: Data<'a>,
    /// [`ReadyState::Closing`] for what still comes after `close()`, else [`ReadyState::Open`].
    pub ready_state: ReadyState,
    /// When its bytes arrived.
    pub time: SystemTime,
}

/// What a message carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data<'a> {
    /// A text message.
    Text(&'a str),
    /// A binary message while `binaryType` is `blob`.
    Blob(Blob<'a>),
    /// A binary message while `binaryType` is `arraybuffer`.
    ArrayBuffer(&'a [u8]),
}

impl<'a> Data<'a> {
    /// The bytes, whichever it is.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Blob(blob) => blob.bytes(),
            Self::ArrayBuffer(bytes) => bytes,
        }
    }
}

/// How a connection ended (WHATWG WebSockets §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseEvent {
    /// The code of the close frame that came; 1005 when it had none, 1006 when none came.
    pub code: u16,
    /// The reason in that frame.
    pub reason: String,
    /// Whether both close frames were exchanged before the connection ended.
    pub was_clean: bool,
}
