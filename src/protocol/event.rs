//! Events, and the queue whose entries share one buffer.

use super::{Direction, Failure, Frame, Status};
use std::ops::Range;
use std::time::Duration;

/// What the peer did. Payloads are borrowed from the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A text message, whole.
    Text {
        /// The message.
        text: &'a str,
        /// It came after our close frame was asked for.
        closing: bool,
    },
    /// A binary message, whole.
    Binary {
        /// The message.
        bytes: &'a [u8],
        /// It came after our close frame was asked for.
        closing: bool,
    },
    /// A ping; its pong is queued already.
    Ping(&'a [u8]),
    /// A pong.
    Pong {
        /// What it carried.
        payload: &'a [u8],
        /// The time since the ping that it answers; none when nobody asked.
        round_trip: Option<Duration>,
    },
    /// The close handshake has begun, by either side.
    Closing,
    /// A frame, before whatever else it leads to. Told when [`Config::trace`](super::Config::trace)
    /// asks for it.
    Frame(Frame<'a>),
    /// The connection failed, or something that came could not be delivered; [`Event::Closed`]
    /// follows.
    Failed(&'a Failure),
    /// The end: last, once.
    Closed {
        /// The peer's close frame, if one came.
        status: Option<&'a Status>,
        /// Both close frames were exchanged.
        clean: bool,
    },
}

/// Events in their order. Small payloads share one buffer, so that a message costs no allocation;
/// large ones have one of their own, so that none is copied twice.
#[derive(Debug, Default)]
pub struct Inbox {
    text: String,
    bytes: Vec<u8>,
    records: Vec<Record>,
    /// The first record that was not handed out.
    next: usize,
    /// The bytes that payloads of their own take.
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
    /// In a box: it is rare, and the others are to stay small.
    Frame(Box<FrameRecord>),
    /// In a box for the same reason.
    Failed(Box<Failure>),
    Closed {
        status: Option<Status>,
        clean: bool,
    },
}

/// A [`Frame`] whose beginning lies in the shared buffer.
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

/// From here on a payload that was gathered in a buffer of its own keeps that buffer.
const LARGE: usize = 16 * 1024;

impl Inbox {
    /// Whether nothing is left to hand out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.next == self.records.len()
    }

    /// About how much memory its events take, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.text.len() + self.bytes.len() + self.owned + size_of_val(&self.records[..])
    }

    /// The memory of the shared buffers, used or not, in bytes.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.text.capacity() + self.bytes.capacity() + size_of::<Record>() * self.records.capacity()
    }

    /// The next event; its payload is lent until the next call.
    pub fn pop(&mut self) -> Option<Event<'_>> {
        if let Some(lent) = self.next.checked_sub(1) {
            self.records[lent].free();
        }
        if self.is_empty() {
            self.clear();
            return None;
        }
        self.next += 1;
        Some(match &self.records[self.next - 1] {
            Record::Text { text, closing } => Event::Text {
                text: match text {
                    Payload::Shared(at) => &self.text[at.clone()],
                    Payload::Own(text) => text,
                },
                closing: *closing,
            },
            Record::Binary { bytes, closing } => Event::Binary {
                bytes: match bytes {
                    Payload::Shared(at) => &self.bytes[at.clone()],
                    Payload::Own(bytes) => bytes,
                },
                closing: *closing,
            },
            Record::Ping(at) => Event::Ping(&self.bytes[at.clone()]),
            Record::Pong(at, round_trip) => Event::Pong {
                payload: &self.bytes[at.clone()],
                round_trip: *round_trip,
            },
            Record::Closing => Event::Closing,
            Record::Frame(record) => Event::Frame(record.lend(&self.bytes)),
            Record::Failed(failure) => Event::Failed(failure),
            Record::Closed { status, clean } => Event::Closed {
                status: status.as_ref(),
                clean: *clean,
            },
        })
    }

    /// Forgets every event; the memory of the shared buffers stays for the next ones.
    pub fn clear(&mut self) {
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

    /// Takes over a message that was gathered in `text`, and leaves it empty.
    pub(super) fn take_text(&mut self, text: &mut String, closing: bool) {
        if text.len() < LARGE {
            self.push_text(text, closing);
            return text.clear();
        }
        self.owned += text.len();
        let text = Payload::Own(std::mem::take(text));
        self.records.push(Record::Text { text, closing });
    }

    /// Takes over a message that was gathered in `bytes`, and leaves it empty.
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
            beginning: self.share(frame.beginning),
        };
        self.records.push(Record::Frame(Box::new(record)));
    }

    pub(super) fn push_failed(&mut self, failure: Failure) {
        self.records.push(Record::Failed(Box::new(failure)));
    }

    pub(super) fn push_closed(&mut self, status: Option<Status>, clean: bool) {
        self.records.push(Record::Closed { status, clean });
    }

    fn share(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }
}

impl FrameRecord {
    fn lend<'a>(&self, bytes: &'a [u8]) -> Frame<'a> {
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
            beginning: &bytes[self.beginning.clone()],
        }
    }
}

impl Record {
    /// Gives back the memory of a payload that has been handed out.
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
        let mut inbox = Inbox::default();
        let large = "x".repeat(LARGE);
        inbox.push_text("a", false);
        inbox.take_text(&mut large.clone(), true);
        inbox.take_binary(&mut vec![1], false);
        inbox.push_ping(b"p");

        assert_eq!(
            inbox.pop(),
            Some(Event::Text {
                text: "a",
                closing: false
            })
        );
        assert_eq!(
            inbox.pop(),
            Some(Event::Text {
                text: &large,
                closing: true
            })
        );
        assert_eq!(
            inbox.pop(),
            Some(Event::Binary {
                bytes: &[1],
                closing: false
            })
        );
        assert_eq!(inbox.pop(), Some(Event::Ping(b"p")));
        assert_eq!(inbox.pop(), None);
    }

    #[test]
    fn an_emptied_inbox_takes_new_events() {
        let mut inbox = Inbox::default();
        inbox.push_text("first", false);
        while inbox.pop().is_some() {}
        assert_eq!(inbox.size(), 0);

        inbox.push_text("second", false);
        assert_eq!(
            inbox.pop(),
            Some(Event::Text {
                text: "second",
                closing: false
            })
        );
    }
}
