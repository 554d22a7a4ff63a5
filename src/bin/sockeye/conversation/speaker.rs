//! Sending without outrunning the network, and the polite end.

use super::Wait;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sockeye::WebSocket;
use sockeye::protocol::Batch;
use std::cell::Cell;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::BorrowedFd;

/// Payload that may wait for the network before we wait for it too.
const MUCH: u64 = 1 << 20;
/// As many messages may wait, however small they are: each costs memory beside its payload.
const MANY: u64 = 1 << 16;

/// Ends when the other half, a [`PipeWriter`], is dropped: nobody listens any more.
#[derive(Debug)]
pub(crate) struct Silence(PipeReader);

impl Silence {
    /// The sign, and what to drop to give it.
    pub(super) fn new() -> io::Result<(Self, PipeWriter)> {
        let (reader, writer) = io::pipe()?;
        Ok((Self(reader), writer))
    }

    /// Waits for silence, or as long as one stays.
    fn wait(&self, stay: &Stay) {
        let mut fds = vec![PollFd::new(&self.0, PollFlags::IN)];
        let timeout = match stay {
            // Longer than the system can count is for ever.
            Stay::For(Wait::For(time)) => Timespec::try_from(*time).ok(),
            Stay::For(Wait::Forever) => None,
            Stay::Until(sign) => {
                fds.push(PollFd::new(sign, PollFlags::IN));
                None
            }
        };
        // An error ends the waiting as silence does; there is nothing else to do about it.
        _ = poll_through_signals(&mut fds, timeout.as_ref());
    }
}

/// How long to stay after everything is said.
#[derive(Debug)]
pub(super) enum Stay {
    /// So long.
    For(Wait),
    /// Until the other half is dropped.
    Until(PipeReader),
}

/// The connection is closing or closed: nothing can be sent any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused {
    /// How many messages of the batch were not queued.
    pub(crate) messages: u64,
}

/// One side of the conversation.
#[derive(Debug)]
pub(crate) struct Speaker {
    socket: WebSocket,
    silence: Silence,
    stay: Stay,
    refused: Cell<u64>,
}

impl Speaker {
    pub(super) fn new(socket: WebSocket, silence: Silence, stay: Stay) -> Self {
        Self {
            socket,
            silence,
            stay,
            refused: Cell::new(0),
        }
    }

    /// Queues a batch; comes back when there is room for another.
    pub(crate) fn send(&self, batch: Batch) -> Result<(), Refused> {
        let messages = batch.len() as u64;
        if self.socket.send_batch(batch).is_err() {
            self.refused.set(self.refused.get() + messages);
            return Err(Refused { messages });
        }
        self.socket.wait_for_room(MUCH, MANY, None);
        Ok(())
    }

    /// How many messages the socket refused. It counts them as queued, like those it took.
    pub(super) fn refused(&self) -> u64 {
        self.refused.get()
    }

    /// [`Speaker::send`] for each batch; a refusal counts the messages of all that are left.
    pub(crate) fn send_all(&self, batches: Vec<Batch>) -> Result<(), Refused> {
        let mut batches = batches.into_iter();
        while let Some(batch) = batches.next() {
            if let Err(refused) = self.send(batch) {
                let left: u64 = batches.map(|batch| batch.len() as u64).sum();
                return Err(Refused {
                    messages: refused.messages + left,
                });
            }
        }
        Ok(())
    }

    /// Waits until there is something to read from `input`; `false` when nobody listens any more.
    pub(crate) fn wait_for_input(&self, input: BorrowedFd<'_>) -> io::Result<bool> {
        let mut fds = [
            PollFd::from_borrowed_fd(input, PollFlags::IN),
            PollFd::new(&self.silence.0, PollFlags::IN),
        ];
        poll_through_signals(&mut fds, None)?;
        Ok(fds[1].revents().is_empty())
    }

    /// Hands over what is queued, stays for replies, closes.
    pub(super) fn finish(&self) {
        self.socket.wait_for_room(0, 0, None);
        self.silence.wait(&self.stay);
        // Refused only for arguments that these are not.
        _ = self.socket.close(Some(1000), "");
    }
}

/// `poll` that goes on after a signal. The time begins anew then: signals are rare.
pub(crate) fn poll_through_signals(
    fds: &mut [PollFd<'_>],
    timeout: Option<&Timespec>,
) -> io::Result<usize> {
    loop {
        match poll(fds, timeout) {
            Err(rustix::io::Errno::INTR) => {}
            ready => return Ok(ready?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn waiting_ends_when_nobody_listens_any_more() {
        let (silence, stop) = Silence::new().expect("a pipe");
        let waiting = thread::spawn(move || silence.wait(&Stay::For(Wait::Forever)));
        drop(stop);
        waiting.join().expect("it came back");
    }

    #[test]
    fn waiting_ends_when_what_is_waited_for_has_come() {
        let (silence, _stop) = Silence::new().expect("a pipe");
        let (is_met, met) = io::pipe().expect("a pipe");
        drop(met);
        silence.wait(&Stay::Until(is_met));
    }

    #[test]
    fn waiting_ends_when_the_time_is_up() {
        let (silence, _stop) = Silence::new().expect("a pipe");
        silence.wait(&Stay::For(Wait::For(Duration::ZERO)));
    }
}
