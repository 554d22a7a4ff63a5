//! What the interface asks of the connection's thread.

use crate::protocol::Batch;
use std::sync::{Arc, Mutex, PoisonError};

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
    queue: Mutex<Vec<Command>>,
    /// None when there is no thread.
    waker: Option<Arc<mio::Waker>>,
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
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push(command);
        if queue.len() == 1 {
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
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *queue, into);
    }
}
