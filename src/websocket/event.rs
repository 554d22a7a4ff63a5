//! Events, in the standard's order (WHATWG WebSockets §4).

use super::blob::Blob;
use crate::connection::{Error, Handshake, ReadyState, Step};
use crate::protocol::Frame;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// An event of a connection.
///
/// Its payload is borrowed from the buffer that it arrived in; [`Event::into_owned`] copies it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event<'a> {
    /// `readyState` has changed to this value; comes before the event that explains it.
    ReadyState(ReadyState),
    /// A step of connecting. A redirect is always reported, the other steps if [`Options::trace`]
    /// asks for them.
    ///
    /// [`Options::trace`]: crate::Options::trace
    Connecting(Box<Step>),
    /// `open`: the connection is open. Messages can be sent from now on.
    Open(Arc<Handshake>),
    /// `message`: a message has arrived, complete.
    Message(Message<'a>),
    /// The server sent a ping (RFC 6455 §5.5.2); its application data. It is answered without your
    /// help, unless [`set_pongs`] withholds the pong.
    ///
    /// [`set_pongs`]: crate::WebSocket::set_pongs
    Ping(Cow<'a, [u8]>),
    /// The server sent a pong (RFC 6455 §5.5.3).
    Pong {
        /// Its application data.
        payload: Cow<'a, [u8]>,
        /// The time since the ping that it answers; none if it answers no ping of ours.
        round_trip: Option<Duration>,
    },
    /// A frame was sent or received; comes before the event it leads to. Reported if
    /// [`Options::trace`](crate::Options::trace) asks for it.
    Frame(Frame<'a>),
    /// `error`: the connection failed, or the server sent something around its close frame that
    /// cannot be delivered ([`ErrorKind::Discarded`](crate::ErrorKind::Discarded)). A close event
    /// follows.
    Error(Arc<Error>),
    /// `close`: the connection has ended. It comes exactly once, last.
    Close(CloseEvent),
}

impl Event<'_> {
    /// The same event with a copy of its payload.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::ReadyState(state) => Event::ReadyState(state),
            Self::Connecting(step) => Event::Connecting(step),
            Self::Open(handshake) => Event::Open(handshake),
            Self::Message(message) => Event::Message(message.into_owned()),
            Self::Ping(payload) => Event::Ping(owned(payload)),
            Self::Pong {
                payload,
                round_trip,
            } => Event::Pong {
                payload: owned(payload),
                round_trip,
            },
            Self::Frame(frame) => Event::Frame(frame.into_owned()),
            Self::Error(error) => Event::Error(error),
            Self::Close(close) => Event::Close(close),
        }
    }
}

fn owned(bytes: Cow<'_, [u8]>) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.into_owned())
}

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its content.
    pub data: Data<'a>,
    /// [`ReadyState::Closing`] if it came after `close()`, else [`ReadyState::Open`].
    pub ready_state: ReadyState,
    /// When its last bytes were read from the network.
    pub time: SystemTime,
}

impl Message<'_> {
    /// The same message with a copy of its data.
    #[must_use]
    pub fn into_owned(self) -> Message<'static> {
        Message {
            data: match self.data {
                Data::Text(text) => Data::Text(Cow::Owned(text.into_owned())),
                Data::Blob(blob) => Data::Blob(blob.into_owned()),
                Data::ArrayBuffer(bytes) => Data::ArrayBuffer(owned(bytes)),
            },
            ready_state: self.ready_state,
            time: self.time,
        }
    }
}

/// The content of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data<'a> {
    /// A text message (RFC 6455 §5.6), which is valid UTF-8.
    Text(Cow<'a, str>),
    /// A binary message while `binaryType` is `blob`.
    Blob(Blob<'a>),
    /// A binary message while `binaryType` is `arraybuffer`.
    ArrayBuffer(Cow<'a, [u8]>),
}

impl Data<'_> {
    /// The content as bytes, also of a text message.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Blob(blob) => blob.in_memory(),
            Self::ArrayBuffer(bytes) => bytes,
        }
    }
}

/// How a connection ended (WHATWG WebSockets §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseEvent {
    /// The code in the server's close frame (RFC 6455 §7.4.1); 1005 if it had none, 1006 if there
    /// was no close frame.
    pub code: u16,
    /// The reason in that frame, `""` if none; at most 123 bytes.
    pub reason: String,
    /// Whether the closing handshake was completed before the connection ended (RFC 6455 §7.1.4).
    pub was_clean: bool,
}
