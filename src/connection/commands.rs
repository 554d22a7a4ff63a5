//! What the interface asks of the connection's thread.

use crate::protocol::Batch;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One wish.
#[derive(Debug)]
pub(crate) enum Command {
    /// Send these messages.
    Send(Batch),
    /// Send a ping.
    Ping(Vec<u8>),
    /// Send a pong nobody asked for.
    Pong(Vec<u8>),
    /// Answer pings, or withhold the pongs.
    Pongs(bool),
    /// Start the close handshake.
    Close {
        /// None for a frame without a body.
        code: Option<u16>,
        /// At most 123 bytes.
        reason: String,
    },
    /// Drop the connection.
    Abort,
}

/// Wishes on their way to the thread.
#[derive(Debug)]
pub(super) struct Commands {
    queue: Mutex<Queue>,
    /// None when there is no thread.
    waker: Option<Arc<mio::Waker>>,
}

#[derive(Debug, Default)]
struct Queue {
    wishes: Vec<Command>,
    /// Nothing more is taken: what was not sent has been given back.
    shut: bool,
}

impl Commands {
    pub(super) fn new(waker: Option<Arc<mio::Waker>>) -> Self {
        Self {
            queue: Mutex::default(),
            waker,
        }
    }

    /// Leaves a wish and wakes the thread, unless an earlier wish has done so.
    pub(super) fn push(&self, command: Command) {
        let mut queue = self.lock();
        if !queue.shut {
            queue.wishes.push(command);
            self.wake_for_first(queue);
        }
    }

    /// Leaves messages to send, or gives them back when nothing more is taken.
    pub(super) fn send(&self, batch: Batch) -> Result<(), Batch> {
        let mut queue = self.lock();
        if queue.shut {
            return Err(batch);
        }
        queue.wishes.push(Command::Send(batch));
        self.wake_for_first(queue);
        Ok(())
    }

    /// Takes nothing from now on, and gives back the messages that nobody has fetched.
    pub(super) fn shut(&self) -> Vec<Batch> {
        let mut queue = self.lock();
        queue.shut = true;
        let batch = |command| match command {
            Command::Send(batch) => Some(batch),
            _ => None,
        };
        queue.wishes.drain(..).filter_map(batch).collect()
    }

    fn wake_for_first(&self, queue: MutexGuard<'_, Queue>) {
        if queue.wishes.len() == 1 {
            drop(queue);
            self.wake();
        }
    }

    /// Wakes the thread to look around. The waker of a thread that is gone wakes nobody, and
    /// nobody is what has to be woken then.
    pub(super) fn wake(&self) {
        let _ = self.waker.as_ref().map(|waker| waker.wake());
    }

    pub(super) fn waker(&self) -> Option<Arc<mio::Waker>> {
        self.waker.clone()
    }

    /// Exchanges the wishes so far for an empty list.
    pub(super) fn take(&self, into: &mut Vec<Command>) {
        std::mem::swap(&mut self.lock().wishes, into);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
