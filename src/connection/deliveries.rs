//! What the connection's thread has for whoever listens, bounded in bytes.

use super::{Error, Handshake, Step};
use crate::protocol::EventBuffer;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime};

/// While more than this is undelivered, the socket is not read.
const HIGH: usize = 2 << 20;
/// Once no more than this is undelivered, it is read again.
const LOW: usize = 1 << 20;
/// How many empty inboxes are kept for the next events.
const SPARE: usize = 8;
/// An inbox that grew larger than this is not kept.
const SPARE_SIZE: usize = 1 << 20;

/// One delivery: many events for one lock and one wake-up.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// Something happened on the way to the connection.
    Step(Box<Step>),
    /// The connection is made.
    Opened {
        /// How.
        handshake: Box<Handshake>,
        /// When.
        at: SystemTime,
    },
    /// It could not be made, and that was all.
    Failed(Error),
    /// What the protocol machine found.
    Events {
        /// The events.
        inbox: EventBuffer,
        /// When the bytes arrived.
        at: SystemTime,
    },
}

/// Nothing came before the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NothingYet;

#[derive(Debug, Default)]
pub(super) struct Deliveries {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    ready: VecDeque<Delivery>,
    spare: Vec<EventBuffer>,
    /// The size of the events in `ready`.
    bytes: usize,
    /// The listener sleeps.
    waiting: bool,
    /// The thread has stopped reading because of `HIGH`.
    paused: bool,
    /// The thread is gone: nothing comes after what is ready.
    over: bool,
    /// The listener is gone: nothing is kept.
    deaf: bool,
}

impl Deliveries {
    /// Hands a delivery over.
    pub(super) fn push(&self, delivery: Delivery) {
        let mut queue = self.lock();
        if queue.deaf {
            return;
        }
        queue.bytes += delivery.size();
        queue.ready.push_back(delivery);
        queue.paused = queue.bytes > HIGH;
        if queue.waiting {
            queue.waiting = false;
            self.arrived.notify_one();
        }
    }

    /// Whether the socket may be read on.
    pub(super) fn has_room(&self) -> bool {
        !self.lock().paused
    }

    /// Whether less than this is undelivered, in bytes.
    pub(super) fn is_below(&self, most: usize) -> bool {
        self.lock().bytes < most
    }

    /// An inbox to gather the next events in.
    pub(super) fn spare(&self) -> EventBuffer {
        self.lock().spare.pop().unwrap_or_default()
    }

    /// Nothing more comes.
    pub(super) fn finish(&self) {
        self.lock().over = true;
        self.arrived.notify_one();
    }

    /// Nobody listens any more.
    pub(super) fn go_deaf(&self) {
        let mut queue = self.lock();
        queue.deaf = true;
        queue.paused = false;
        queue.ready.clear();
        queue.bytes = 0;
    }

    /// The next delivery; none once nothing more can come. The second value tells whether the
    /// thread is to be woken because there is room again.
    pub(super) fn next(
        &self,
        deadline: Option<Instant>,
    ) -> Result<(Option<Delivery>, bool), NothingYet> {
        let mut queue = self.lock();
        loop {
            if let Some(delivery) = queue.ready.pop_front() {
                queue.bytes -= delivery.size();
                let resume = queue.paused && queue.bytes <= LOW;
                if resume {
                    queue.paused = false;
                }
                return Ok((Some(delivery), resume));
            }
            if queue.over {
                return Ok((None, false));
            }
            queue.waiting = true;
            queue = match deadline {
                None => self
                    .arrived
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let now = Instant::now();
                    if deadline <= now {
                        queue.waiting = false;
                        return Err(NothingYet);
                    }
                    self.arrived
                        .wait_timeout(queue, deadline - now)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }

    /// Waits until there is a delivery, or nothing more can come.
    pub(super) fn wait(&self) {
        let mut queue = self.lock();
        while queue.ready.is_empty() && !queue.over {
            queue.waiting = true;
            queue = self
                .arrived
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives back an inbox whose events are handed out, for its memory.
    pub(super) fn recycle(&self, mut inbox: EventBuffer) {
        inbox.clear();
        let mut queue = self.lock();
        if inbox.capacity() <= SPARE_SIZE && queue.spare.len() < SPARE {
            queue.spare.push(inbox);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Delivery {
    fn size(&self) -> usize {
        match self {
            Self::Events { inbox, .. } => inbox.size(),
            Self::Step(_) | Self::Opened { .. } | Self::Failed(_) => 0,
        }
    }
}
