//! Events, and the buffer that holds them until they are polled.

use super::close::CloseFrame;
use super::failure::Failure;
use super::trace::{Direction, Frame};
use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

/// What happened on the connection. Payloads are borrowed until the next call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndpointEvent<'a> {
    /// A complete text message.
    Text {
        /// The message.
        text: &'a str,
        /// Whether it came after the close handshake was started.
        closing: bool,
    },
    /// A complete binary message.
    Binary {
        /// The message.
        bytes: &'a [u8],
        /// Whether it came after the close handshake was started.
        closing: bool,
    },
    /// A ping. Its pong is queued already, unless pongs are withheld.
    Ping(&'a [u8]),
    /// A pong.
    Pong {
        /// The payload.
        payload: &'a [u8],
        /// The time since the ping that it answers; `None` if it answers none.
        round_trip: Option<Duration>,
    },
    /// Either side has started the close handshake.
    Closing,
    /// A frame, reported before its other events if [`Config::trace`](super::Config::trace)
    /// asks for it.
    Frame(Frame<'a>),
    /// The connection failed, or something received is discarded. [`EndpointEvent::Closed`]
    /// follows.
    Failed(&'a Failure),
    /// The connection has ended. This is the last event, and comes once.
    Closed {
        /// The peer's close frame, if one came.
        frame: Option<&'a CloseFrame>,
        /// Whether both close frames were exchanged (RFC 6455 §7.1.4).
        clean: bool,
    },
}

/// Events in their order, to be taken from an endpoint with [`Endpoint::swap_events`] and polled
/// elsewhere.
///
/// Small payloads share one buffer, so that a message costs no allocation. Large ones keep the
/// buffer in which they were assembled, so that they are not copied again.
///
/// [`Endpoint::swap_events`]: super::Endpoint::swap_events
#[derive(Debug, Default)]
pub(crate) struct EventBuffer {
    text: String,
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// The first record that was not popped.
    next: usize,
    /// The bytes of payloads outside the shared buffers.
    owned: usize,
}

#[derive(Debug)]
enum Record {
    Text {
        text: Payload<String>,
        closing: bool,
    },
    Binary {
        bytes: Payload<Vec<u8>>,
        closing: bool,
    },
    Ping(Range<usize>),
    Pong(Range<usize>, Option<Duration>),
    Closing,
    /// Boxed because it is rare and large.
    Frame(Box<FrameRecord>),
    /// Boxed because it is rare and large.
    Failed(Box<Failure>),
    Closed {
        frame: Option<CloseFrame>,
        clean: bool,
    },
}

/// A [`Frame`] whose payload prefix is in the shared buffer.
#[derive(Debug)]
struct FrameRecord {
    direction: Direction,
    opcode: u8,
    fin: bool,
    rsv1: bool,
    rsv2: bool,
    rsv3: bool,
    masked: bool,
    length: u64,
    inflated: Option<u64>,
    beginning: Range<usize>,
}

#[derive(Debug)]
enum Payload<T> {
    Shared(Range<usize>),
    Own(T),
}

/// A payload of at least this many bytes keeps the buffer in which it was assembled.
const LARGE: usize = 16 * 1024;

impl EventBuffer {
    /// Whether there are no more events.
    pub(crate) fn is_empty(&self) -> bool {
        self.next == self.records.len()
    }

    /// The approximate memory of the events, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.text.len() + self.bytes.len() + self.owned + size_of_val(&self.records[..])
    }

    /// The allocated memory of the shared buffers, in bytes.
    pub(crate) fn capacity(&self) -> usize {
        self.text.capacity() + self.bytes.capacity() + size_of::<Record>() * self.records.capacity()
    }

    /// The next event. Its payload is borrowed until the next call.
    pub(crate) fn pop(&mut self) -> Option<EndpointEvent<'_>> {
        if let Some(popped) = self.next.checked_sub(1) {
            self.records[popped].free();
        }
        if self.is_empty() {
            self.clear();
            return None;
        }
        self.next += 1;
        Some(match &self.records[self.next - 1] {
            Record::Text { text, closing } => EndpointEvent::Text {
                text: match text {
                    Payload::Shared(at) => &self.text[at.clone()],
                    Payload::Own(text) => text,
                },
                closing: *closing,
            },
            Record::Binary { bytes, closing } => EndpointEvent::Binary {
                bytes: match bytes {
                    Payload::Shared(at) => &self.bytes[at.clone()],
                    Payload::Own(bytes) => bytes,
                },
                closing: *closing,
            },
            Record::Ping(at) => EndpointEvent::Ping(&self.bytes[at.clone()]),
            Record::Pong(at, round_trip) => EndpointEvent::Pong {
                payload: &self.bytes[at.clone()],
                round_trip: *round_trip,
            },
            Record::Closing => EndpointEvent::Closing,
            Record::Frame(record) => EndpointEvent::Frame(record.frame(&self.bytes)),
            Record::Failed(failure) => EndpointEvent::Failed(failure),
            Record::Closed { frame, clean } => EndpointEvent::Closed {
                frame: frame.as_ref(),
                clean: *clean,
            },
        })
    }

    /// Removes all events and keeps the memory of the shared buffers.
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.bytes.clear();
        self.records.clear();
        self.next = 0;
        self.owned = 0;
    }

    pub(super) fn push_text(&mut self, text: &str, closing: bool) {
        let start = self.text.len();
        self.text.push_str(text);
        let text = Payload::Shared(start..self.text.len());
        self.records.push(Record::Text { text, closing });
    }

    pub(super) fn push_binary(&mut self, bytes: &[u8], closing: bool) {
        let bytes = Payload::Shared(self.share(bytes));
        self.records.push(Record::Binary { bytes, closing });
    }

    /// Takes a message that was assembled in `text`, and leaves `text` empty.
    pub(super) fn take_text(&mut self, text: &mut String, closing: bool) {
        if text.len() < LARGE {
            self.push_text(text, closing);
            return text.clear();
        }
        self.owned += text.len();
        let text = Payload::Own(std::mem::take(text));
        self.records.push(Record::Text { text, closing });
    }

    /// Takes a message that was assembled in `bytes`, and leaves `bytes` empty.
    pub(super) fn take_binary(&mut self, bytes: &mut Vec<u8>, closing: bool) {
        if bytes.len() < LARGE {
            self.push_binary(bytes, closing);
            return bytes.clear();
        }
        self.owned += bytes.len();
        let bytes = Payload::Own(std::mem::take(bytes));
        self.records.push(Record::Binary { bytes, closing });
    }

    pub(super) fn push_ping(&mut self, payload: &[u8]) {
        let at = self.share(payload);
        self.records.push(Record::Ping(at));
    }

    pub(super) fn push_pong(&mut self, payload: &[u8], round_trip: Option<Duration>) {
        let at = self.share(payload);
        self.records.push(Record::Pong(at, round_trip));
    }

    pub(super) fn push_closing(&mut self) {
        self.records.push(Record::Closing);
    }

    pub(super) fn push_frame(&mut self, frame: &Frame<'_>) {
        self.owned += size_of::<FrameRecord>();
        let record = FrameRecord {
            direction: frame.direction,
            opcode: frame.opcode,
            fin: frame.fin,
            rsv1: frame.rsv1,
            rsv2: frame.rsv2,
            rsv3: frame.rsv3,
            masked: frame.masked,
            length: frame.length,
            inflated: frame.inflated,
            beginning: self.share(&frame.beginning),
        };
        self.records.push(Record::Frame(Box::new(record)));
    }

    pub(super) fn push_failed(&mut self, failure: Failure) {
        self.records.push(Record::Failed(Box::new(failure)));
    }

    pub(super) fn push_closed(&mut self, frame: Option<CloseFrame>, clean: bool) {
        self.records.push(Record::Closed { frame, clean });
    }

    fn share(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}

impl FrameRecord {
    fn frame<'a>(&self, bytes: &'a [u8]) -> Frame<'a> {
        Frame {
            direction: self.direction,
            opcode: self.opcode,
            fin: self.fin,
            rsv1: self.rsv1,
            rsv2: self.rsv2,
            rsv3: self.rsv3,
            masked: self.masked,
            length: self.length,
            inflated: self.inflated,
            beginning: Cow::Borrowed(&bytes[self.beginning.clone()]),
        }
    }
}

impl Record {
    /// Frees the memory of a payload that was popped.
    fn free(&mut self) {
        match self {
            Self::Text {
                text: Payload::Own(text),
                ..
            } => *text = String::new(),
            Self::Binary {
                bytes: Payload::Own(bytes),
                ..
            } => *bytes = Vec::new(),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_payloads_come_out_in_their_order() {
        let mut buffer = EventBuffer::default();
        let large = "x".repeat(LARGE);
        buffer.push_text("a", false);
        buffer.take_text(&mut large.clone(), true);
        buffer.take_binary(&mut vec![1], false);
        buffer.push_ping(b"p");

        assert_eq!(
            buffer.pop(),
            Some(EndpointEvent::Text {
                text: "a",
                closing: false
            })
        );
        assert_eq!(
            buffer.pop(),
            Some(EndpointEvent::Text {
                text: &large,
                closing: true
            })
        );
        assert_eq!(
            buffer.pop(),
            Some(EndpointEvent::Binary {
                bytes: &[1],
                closing: false
            })
        );
        assert_eq!(buffer.pop(), Some(EndpointEvent::Ping(b"p")));
        assert_eq!(buffer.pop(), None);
    }

    #[test]
    fn an_emptied_inbox_takes_new_events() {
        let mut buffer = EventBuffer::default();
        buffer.push_text("first", false);
        while buffer.pop().is_some() {}
        assert_eq!(buffer.size(), 0);

        buffer.push_text("second", false);
        assert_eq!(
            buffer.pop(),
            Some(EndpointEvent::Text {
                text: "second",
                closing: false
            })
        );
    }
}
