//! What the connection's thread and the interface see of each other.

use super::commands::{Command, Commands};
use super::deliveries::{Deliveries, Delivery, NothingYet};
use crate::protocol::{Batch, Counters};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One for both sides.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) commands: Commands,
    pub(super) deliveries: Deliveries,
    /// Connecting is to end.
    pub(super) cancelled: AtomicBool,
    /// Payload bytes and messages given to `send`.
    queued_bytes: AtomicU64,
    queued_messages: AtomicU64,
    /// What the thread has done.
    counters: Mutex<Counters>,
    /// What the thread could not send.
    unsent: Mutex<Vec<Batch>>,
    room: Mutex<Room>,
    room_changed: Condvar,
}

/// Who waits for the network to take something.
#[derive(Debug, Default)]
struct Room {
    /// Somebody waits until no more than this is unsent.
    wanted: Option<Unsent>,
    /// Nothing that is queued will be sent any more.
    over: bool,
}

/// What was given to `send` and the network has not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// Payload.
    pub(crate) bytes: u64,
    /// Messages, which take memory even when they are empty.
    pub(crate) messages: u64,
}

impl Unsent {
    fn is_within(self, bound: Self) -> bool {
        self.bytes <= bound.bytes && self.messages <= bound.messages
    }
}

impl Shared {
    pub(super) fn new(waker: Option<Arc<mio::Waker>>) -> Self {
        Self {
            commands: Commands::new(waker),
            deliveries: Deliveries::default(),
            cancelled: AtomicBool::new(false),
            queued_bytes: AtomicU64::new(0),
            queued_messages: AtomicU64::new(0),
            counters: Mutex::default(),
            unsent: Mutex::default(),
            room: Mutex::default(),
            room_changed: Condvar::new(),
        }
    }

    /// The thread's numbers, after it has done something.
    pub(super) fn publish(&self, counters: Counters) {
        *self.counters() = counters;
        let mut room = self.room();
        if room
            .wanted
            .is_some_and(|wanted| self.unsent().is_within(wanted))
        {
            room.wanted = None;
            self.room_changed.notify_all();
        }
    }

    /// Nothing that is queued will be sent any more.
    pub(super) fn stop_sending(&self) {
        self.room().over = true;
        self.room_changed.notify_all();
    }

    /// Keeps what will not be sent for [`Handle::take_unsent`].
    pub(super) fn keep_unsent(&self, batches: Vec<Batch>) {
        let mut unsent = self.unsent.lock().unwrap_or_else(PoisonError::into_inner);
        unsent.extend(batches);
    }

    fn unsent(&self) -> Unsent {
        let sent = *self.counters();
        let left = |queued: &AtomicU64, sent| queued.load(Ordering::Acquire).saturating_sub(sent);
        Unsent {
            bytes: left(&self.queued_bytes, sent.bytes_sent),
            messages: left(&self.queued_messages, sent.messages_sent),
        }
    }

    fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by everyone who can speak or listen. When the last has gone, the connection is closed
/// (WHATWG WebSockets §7: an object that is garbage while open starts the closing handshake).
#[derive(Debug)]
struct Lifeline {
    shared: Arc<Shared>,
}

impl Drop for Lifeline {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Release);
        self.shared.commands.push(Command::Close {
            code: None,
            reason: String::new(),
        });
    }
}

/// The two ends for the interface.
pub(super) fn ends(shared: &Arc<Shared>) -> (Handle, Arrivals) {
    let lifeline = Arc::new(Lifeline {
        shared: Arc::clone(shared),
    });
    let handle = Handle {
        shared: Arc::clone(shared),
        _lifeline: Arc::clone(&lifeline),
    };
    let arrivals = Arrivals {
        shared: Arc::clone(shared),
        _lifeline: lifeline,
    };
    (handle, arrivals)
}

/// The interface's side, to speak with.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
    _lifeline: Arc<Lifeline>,
}

impl Handle {
    /// Queues messages; gives them back after [`Handle::take_unsent`].
    pub(crate) fn send(&self, batch: Batch) -> Result<(), Batch> {
        let (messages, bytes) = (batch.len() as u64, batch.payload_len());
        // Counted before the thread can count them as sent.
        self.add(messages, bytes);
        self.shared.commands.send(batch).inspect_err(|_| {
            let Shared {
                queued_bytes,
                queued_messages,
                ..
            } = &*self.shared;
            queued_bytes.fetch_sub(bytes, Ordering::AcqRel);
            queued_messages.fetch_sub(messages, Ordering::AcqRel);
        })
    }

    /// After the end: everything that was queued and that the network has not taken whole.
    /// Nothing is taken any more.
    pub(crate) fn take_unsent(&self) -> Vec<Batch> {
        let late = self.shared.commands.shut();
        let unsent = &self.shared.unsent;
        let mut unsent = unsent.lock().unwrap_or_else(PoisonError::into_inner);
        unsent.extend(late);
        std::mem::take(&mut unsent)
    }

    /// Counts messages that came too late to be sent.
    pub(crate) fn count(&self, batch: &Batch) {
        self.add(batch.len() as u64, batch.payload_len());
    }

    fn add(&self, messages: u64, bytes: u64) {
        let Shared {
            queued_bytes,
            queued_messages,
            ..
        } = &*self.shared;
        queued_bytes.fetch_add(bytes, Ordering::AcqRel);
        queued_messages.fetch_add(messages, Ordering::AcqRel);
    }

    /// Leaves any other wish.
    pub(crate) fn ask(&self, command: Command) {
        self.shared.commands.push(command);
    }

    /// Ends connecting, or drops the connection.
    pub(crate) fn abort(&self) {
        self.shared.cancelled.store(true, Ordering::Release);
        self.shared.commands.push(Command::Abort);
        self.shared.commands.wake();
    }

    /// Payload bytes queued and not yet handed to the network.
    pub(crate) fn buffered_amount(&self) -> u64 {
        self.shared.unsent().bytes
    }

    /// Messages queued so far.
    pub(crate) fn messages_queued(&self) -> u64 {
        self.shared.queued_messages.load(Ordering::Acquire)
    }

    /// The thread's numbers.
    pub(crate) fn counters(&self) -> Counters {
        *self.shared.counters()
    }

    /// Waits until no more than `bound` is unsent; false if that will not be, or not in time.
    pub(crate) fn wait_for_room(&self, bound: Unsent, deadline: Option<Instant>) -> bool {
        let mut room = self.shared.room();
        loop {
            if self.shared.unsent().is_within(bound) {
                return true;
            }
            if room.over || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return false;
            }
            // Several may wait: all are woken when the least demanding might go on, and look.
            room.wanted = Some(room.wanted.map_or(bound, |wanted| Unsent {
                bytes: wanted.bytes.max(bound.bytes),
                messages: wanted.messages.max(bound.messages),
            }));
            let changed = &self.shared.room_changed;
            room = match deadline {
                None => changed.wait(room).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    changed
                        .wait_timeout(room, left)
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
            };
        }
    }
}

/// The interface's side, to listen with.
#[derive(Debug)]
pub(crate) struct Arrivals {
    shared: Arc<Shared>,
    _lifeline: Arc<Lifeline>,
}

impl Arrivals {
    /// The next delivery; none once nothing more can come.
    pub(crate) fn next(&self, deadline: Option<Instant>) -> Result<Option<Delivery>, NothingYet> {
        let (delivery, resume) = self.shared.deliveries.next(deadline)?;
        if resume {
            self.shared.commands.wake();
        }
        Ok(delivery)
    }

    /// Waits until [`Arrivals::next`] would not.
    pub(crate) fn wait(&self) {
        self.shared.deliveries.wait();
    }

    /// Gives back an inbox whose events are all handed out.
    pub(crate) fn recycle(&self, inbox: crate::protocol::EventBuffer) {
        self.shared.deliveries.recycle(inbox);
    }
}

impl Drop for Arrivals {
    /// Nobody listens any more: what comes is dropped, so that it holds nothing up.
    fn drop(&mut self) {
        self.shared.deliveries.go_deaf();
        self.shared.commands.wake();
    }
}
