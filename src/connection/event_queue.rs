//! What the driver has for the receiver, in order and bounded in bytes.

use super::error::Error;
use super::handshake::Handshake;
use super::step::Step;
use crate::protocol::EventBuffer;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::SystemTime;

/// While more than this is queued, the socket is not read.
const HIGH: usize = 2 << 20;
/// Once no more than this is queued, it is read again.
const LOW: usize = 1 << 20;
/// How many empty inboxes are kept for the next events.
const SPARE: usize = 8;
/// An inbox that grew larger than this is not kept.
const SPARE_SIZE: usize = 1 << 20;

/// One entry of the queue. Many events make one entry, so that a message costs no lock.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Something happened while connecting.
    Step(Box<Step>),
    /// The connection is open.
    Opened {
        /// What connecting has shown.
        handshake: Arc<Handshake>,
        /// When the server's answer arrived.
        at: SystemTime,
    },
    /// The connection failed, and the protocol machine has not said so. This is the last entry.
    Failed(Error),
    /// What the protocol machine reported.
    Events {
        /// The events.
        inbox: EventBuffer,
        /// When their bytes arrived.
        at: SystemTime,
    },
}

impl Delivery {
    fn size(&self) -> usize {
        match self {
            Self::Events { inbox, .. } => inbox.size(),
            Self::Step(_) | Self::Opened { .. } | Self::Failed(_) => 0,
        }
    }
}

/// Entries in order. Each has a bounded number of bytes, and the driver stops reading above
/// [`HIGH`], so the queue is bounded too.
#[derive(Debug, Default)]
pub(super) struct EventQueue {
    ready: VecDeque<Delivery>,
    spare: Vec<EventBuffer>,
    /// The size of what is in `ready`.
    bytes: usize,
    /// Reading has stopped because of [`HIGH`].
    is_full: bool,
    /// Nothing follows what is in `ready`.
    is_finished: bool,
    /// The receiver is gone: nothing is kept.
    is_closed: bool,
    /// There is something new since [`EventQueue::take_news`].
    has_news: bool,
}

impl EventQueue {
    pub(super) fn push(&mut self, delivery: Delivery) {
        if self.is_closed {
            return;
        }
        self.bytes += delivery.size();
        self.ready.push_back(delivery);
        self.is_full = self.bytes > HIGH;
        self.has_news = true;
    }

    /// Nothing more will be pushed.
    pub(super) fn finish(&mut self) {
        self.is_finished = true;
        self.has_news = true;
    }

    /// The receiver is gone.
    pub(super) fn close_receiver(&mut self) {
        self.ready.clear();
        (self.bytes, self.is_full, self.is_closed) = (0, false, true);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Whether the socket may be read.
    pub(super) fn has_room(&self) -> bool {
        !self.is_full
    }

    /// Whether less than `limit` bytes are queued.
    pub(super) fn is_below(&self, limit: usize) -> bool {
        self.bytes < limit
    }

    /// The next entry; `Ok(None)` when nothing more will come, `Err` when nothing is there yet.
    pub(super) fn pop(&mut self) -> Result<Option<Delivery>, Empty> {
        let Some(delivery) = self.ready.pop_front() else {
            return if self.is_finished {
                Ok(None)
            } else {
                Err(Empty)
            };
        };
        self.bytes -= delivery.size();
        self.is_full &= self.bytes > LOW;
        Ok(Some(delivery))
    }

    /// Whether [`EventQueue::pop`] has an answer.
    pub(super) fn is_ready(&self) -> bool {
        self.is_finished || !self.ready.is_empty()
    }

    /// Whether something was pushed since the last [`EventQueue::take_news`].
    pub(super) fn has_news(&self) -> bool {
        self.has_news
    }

    /// Whether something was pushed since the last call.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }

    /// An empty inbox for the next events.
    pub(super) fn spare(&mut self) -> EventBuffer {
        self.spare.pop().unwrap_or_default()
    }

    /// Takes back an inbox whose events were all handed out, for its memory.
    pub(super) fn recycle(&mut self, mut inbox: EventBuffer) {
        inbox.clear();
        if inbox.capacity() <= SPARE_SIZE && self.spare.len() < SPARE {
            self.spare.push(inbox);
        }
    }
}

/// Nothing is there yet.
#[derive(Debug)]
pub(super) struct Empty;
