//! What was seen and sent, as much as is held.

use crate::output::human::Human;
use crate::output::json::{Payload, Record};
use crate::tls::error_in_words;
use sockeye::evidence::Evidence;
use sockeye::protocol::Batch;
use sockeye::{CloseEvent, Data, Event, Handshake, Message, ReadyState};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// The most bytes held, beside the newest entry.
const MOST: usize = 32 << 20;

/// What a handshake takes, about: its certificates and header fields.
const HANDSHAKE: usize = 8 << 10;

/// Which way something went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::interactive) enum Direction {
    Received,
    Sent,
}

impl Direction {
    fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }
}

/// One thing that was seen or sent.
#[derive(Debug, Clone)]
pub(in crate::interactive) struct Entry {
    pub(in crate::interactive) time: SystemTime,
    pub(in crate::interactive) direction: Direction,
    pub(in crate::interactive) what: EntryKind,
}

/// What it was.
#[derive(Debug, Clone)]
pub(in crate::interactive) enum EntryKind {
    Text {
        text: Box<str>,
        state: ReadyState,
    },
    Binary {
        bytes: Arc<[u8]>,
        state: ReadyState,
        /// What its line says about its file, because a blob is put into one only once.
        kept: Option<Box<str>>,
    },
    Ping(Box<[u8]>),
    Pong(Box<[u8]>, Option<Duration>),
    Open(Arc<Handshake>),
    Error {
        message: String,
        evidence: Option<Box<Evidence>>,
    },
    Close(CloseEvent),
    /// A close frame of ours.
    Closing {
        code: Option<u16>,
        reason: String,
    },
}

impl EntryKind {
    /// What there is to remember of an event.
    pub(in crate::interactive) fn of(event: &Event<'_>) -> Option<Self> {
        Some(match event {
            Event::Open(handshake) => Self::Open(Arc::clone(handshake)),
            Event::Message(message) => Self::of_message(message),
            Event::Ping(payload) => Self::Ping((**payload).into()),
            Event::Pong {
                payload,
                round_trip,
            } => Self::Pong((**payload).into(), *round_trip),
            Event::Error(error) => Self::Error {
                message: error_in_words(error),
                evidence: error.evidence().cloned().map(Box::new),
            },
            Event::Close(close) => Self::Close((*close).clone()),
            _ => return None,
        })
    }

    fn of_message(message: &Message<'_>) -> Self {
        let state = message.ready_state;
        match &message.data {
            Data::Text(text) => Self::Text {
                text: (**text).into(),
                state,
            },
            binary => Self::Binary {
                bytes: binary.bytes().into(),
                state,
                kept: None,
            },
        }
    }

    /// A message that was sent.
    pub(in crate::interactive) fn sent_text(text: &str) -> Self {
        Self::Text {
            text: text.into(),
            state: ReadyState::Open,
        }
    }

    /// A message that was sent.
    pub(in crate::interactive) fn sent_binary(bytes: &[u8]) -> Self {
        Self::Binary {
            bytes: bytes.into(),
            state: ReadyState::Open,
            kept: None,
        }
    }

    /// Messages that are sent together.
    pub(in crate::interactive) fn of_batch(batch: &Batch) -> Vec<Self> {
        let one = |payload: &[u8]| {
            if batch.is_text() {
                Self::sent_text(&String::from_utf8_lossy(payload))
            } else {
                Self::sent_binary(payload)
            }
        };
        batch.payloads().map(one).collect()
    }

    /// Whether it is a data message.
    pub(in crate::interactive) fn is_message(&self) -> bool {
        matches!(self, Self::Text { .. } | Self::Binary { .. })
    }

    /// Whether it is a ping or a pong.
    pub(in crate::interactive) fn is_control(&self) -> bool {
        matches!(self, Self::Ping(_) | Self::Pong(..))
    }

    /// The bytes in it.
    pub(in crate::interactive) fn size(&self) -> usize {
        match self {
            Self::Text { text, .. } => text.len(),
            Self::Binary { bytes, kept, .. } => {
                bytes.len() + kept.as_ref().map_or(0, |kept| kept.len())
            }
            Self::Ping(payload) | Self::Pong(payload, _) => payload.len(),
            Self::Open(_) => HANDSHAKE,
            Self::Error { message, evidence } => {
                message.len() + evidence.as_ref().map_or(0, |evidence| evidence.bytes.len())
            }
            Self::Close(CloseEvent { reason, .. }) | Self::Closing { reason, .. } => reason.len(),
        }
    }
}

impl Entry {
    /// Something that is sent.
    pub(in crate::interactive) fn sent(time: SystemTime, what: EntryKind) -> Self {
        Self {
            time,
            direction: Direction::Sent,
            what,
        }
    }

    /// Its payload, if it is a data message.
    pub(in crate::interactive) fn payload(&self) -> Option<&[u8]> {
        match &self.what {
            EntryKind::Text { text, .. } => Some(text.as_bytes()),
            EntryKind::Binary { bytes, .. } => Some(bytes),
            _ => None,
        }
    }

    /// Adds its lines, if it is a message or a control frame that came.
    pub(in crate::interactive) fn push_shown(&self, human: &mut Human, out: &mut String) {
        let (data, ready_state) = match &self.what {
            EntryKind::Text { text, state } => (Data::Text((&**text).into()), *state),
            EntryKind::Binary {
                kept: Some(rest),
                state,
                ..
            } => return human.kept(rest, self.time, *state, out),
            EntryKind::Binary { bytes, state, .. } => {
                (Data::ArrayBuffer((&**bytes).into()), *state)
            }
            EntryKind::Ping(payload) => {
                let ping = Event::Ping((&**payload).into());
                return human.control(&ping, self.time, out);
            }
            EntryKind::Pong(payload, round_trip) => {
                let pong = Event::Pong {
                    payload: (&**payload).into(),
                    round_trip: *round_trip,
                };
                return human.control(&pong, self.time, out);
            }
            _ => return,
        };
        let message = Message {
            data,
            ready_state,
            time: self.time,
        };
        match self.direction {
            Direction::Received => human.event(&Event::Message(message), out),
            Direction::Sent => human.sent(&message, out),
        }
    }

    /// Adds its line of JSON.
    pub(in crate::interactive) fn push_json(&self, out: &mut String) {
        let not_usual = |state: ReadyState| (state != ReadyState::Open).then(|| state.number());
        let record = match &self.what {
            EntryKind::Text { text, state } => Record::Message {
                data: Payload::Text(text),
                ready_state: not_usual(*state),
            },
            EntryKind::Binary { bytes, state, .. } => Record::Message {
                data: Payload::Bytes(bytes),
                ready_state: not_usual(*state),
            },
            EntryKind::Ping(payload) => Record::Ping(Payload::of_control(payload)),
            EntryKind::Pong(payload, round_trip) => Record::Pong {
                data: Payload::of_control(payload),
                round_trip: *round_trip,
            },
            EntryKind::Open(handshake) => Record::of_handshake(handshake),
            EntryKind::Error { message, evidence } => Record::Error {
                message,
                evidence: evidence.as_deref(),
            },
            EntryKind::Close(close) => Record::Close {
                code: close.code,
                reason: &close.reason,
                was_clean: close.was_clean,
            },
            EntryKind::Closing { code, reason } => Record::Closing {
                code: *code,
                reason,
            },
        };
        record.push_directed(self.direction.name(), self.time, out);
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.what.size()
    }
}

/// The newest entries, numbered from the first there ever was.
#[derive(Debug, Default)]
pub(in crate::interactive) struct EntryBuffer {
    entries: VecDeque<Entry>,
    /// The number of the oldest one held: so many were let go.
    first: u64,
    bytes: usize,
}

impl EntryBuffer {
    /// Takes an entry and gives its number. `needed`: nothing from this number on is let go.
    pub(in crate::interactive) fn push(&mut self, entry: Entry, needed: u64) -> u64 {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.is_full() && self.entries.len() > 1 && self.first < needed {
            if let Some(oldest) = self.entries.pop_front() {
                self.bytes -= oldest.size();
                self.first += 1;
            }
        }
        self.end() - 1
    }

    /// Whether older entries have to go.
    pub(in crate::interactive) fn is_full(&self) -> bool {
        self.bytes > MOST
    }

    /// The entry with this number, if it is held.
    pub(in crate::interactive) fn get(&self, number: u64) -> Option<&Entry> {
        let index = number.checked_sub(self.first)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The number of the oldest entry held: so many were let go.
    pub(in crate::interactive) fn first(&self) -> u64 {
        self.first
    }

    /// The number that the next entry gets.
    pub(in crate::interactive) fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    /// The data messages held, newest first.
    pub(in crate::interactive) fn newest_messages(&self) -> impl Iterator<Item = &Entry> {
        self.entries
            .iter()
            .rev()
            .filter(|entry| entry.what.is_message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Entry {
        Entry::sent(SystemTime::now(), EntryKind::sent_text(text))
    }

    fn json(entry: &Entry) -> serde_json::Value {
        let mut line = String::new();
        entry.push_json(&mut line);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        serde_json::from_str(&line).expect("JSON")
    }

    #[test]
    fn the_oldest_are_let_go_and_the_numbers_stay() {
        let mut entries = EntryBuffer::default();
        let large = "x".repeat(MOST / 4);
        for number in 0..10 {
            assert_eq!(entries.push(text(&large), u64::MAX), number);
        }
        assert_eq!((entries.first(), entries.end()), (7, 10));
        assert!(entries.get(6).is_none() && entries.get(7).is_some());
        assert!(entries.bytes <= MOST);
    }

    #[test]
    fn small_entries_count_with_what_they_cost() {
        let mut entries = EntryBuffer::default();
        for _ in 0..MOST / size_of::<Entry>() + 10 {
            entries.push(text(""), u64::MAX);
        }
        assert_eq!(entries.first(), 10);
    }

    #[test]
    fn the_newest_is_held_however_large() {
        let mut entries = EntryBuffer::default();
        entries.push(text("small"), u64::MAX);
        entries.push(text(&"x".repeat(MOST + 1)), u64::MAX);
        assert_eq!((entries.first(), entries.end()), (1, 2));
    }

    #[test]
    fn what_is_needed_stays() {
        let mut entries = EntryBuffer::default();
        let large = "x".repeat(MOST / 2);
        for _ in 0..4 {
            entries.push(text(&large), 1);
        }
        assert_eq!((entries.first(), entries.is_full()), (1, true));
        entries.push(text(""), u64::MAX);
        assert!(!entries.is_full());
    }

    #[test]
    fn each_entry_is_an_event_in_json_with_its_direction() {
        let sent = json(&text("a"));
        assert_eq!(
            (&sent["type"], &sent["direction"]),
            (&"message".into(), &"sent".into())
        );
        let binary = json(&Entry::sent(
            SystemTime::UNIX_EPOCH,
            EntryKind::sent_binary(&[0, 1, 2]),
        ));
        assert_eq!(
            (&binary["data"], &binary["encoding"]),
            (&"AAEC".into(), &"base64".into())
        );
        let closing = json(&Entry::sent(
            SystemTime::UNIX_EPOCH,
            EntryKind::Closing {
                code: Some(3000),
                reason: "bye".to_owned(),
            },
        ));
        assert_eq!(
            (&closing["type"], &closing["code"]),
            (&"close".into(), &3000.into())
        );
        let came = json(&Entry {
            time: SystemTime::UNIX_EPOCH,
            direction: Direction::Received,
            what: EntryKind::Text {
                text: "late".into(),
                state: ReadyState::Closing,
            },
        });
        assert_eq!(
            (&came["direction"], &came["readyState"]),
            (&"received".into(), &2.into())
        );
    }
}
