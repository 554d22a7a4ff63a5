//! Sending without outrunning the network, and the polite end.

use super::Wait;
use super::arrivals::Arrivals;
use crate::comeback::{Line, Opened};
use crate::output::notice::Notices;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sockeye::deadline::Deadline;
use sockeye::protocol::Batch;
use std::cell::RefCell;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Payload that may wait for the network before we wait for it too.
const MUCH: u64 = 1 << 20;
/// How often to look what comes in the time that one stays, and how long is between two looks.
const LOOKS: u32 = 20;
const OFTEN: Duration = Duration::from_millis(10);
const SELDOM: Duration = Duration::from_millis(250);
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

    /// Waits for silence at most so long; false when that was not long enough.
    fn wait(&self, time: Duration) -> bool {
        // Longer than the system can count is for ever.
        let time = Timespec::try_from(time).ok();
        let mut fds = [PollFd::new(&self.0, PollFlags::IN)];
        // An error ends the waiting as silence does; there is nothing else to do about it.
        !matches!(poll_through_signals(&mut fds, time.as_ref()), Ok(0))
    }

    /// Waits for silence or for the sign.
    fn wait_or(&self, sign: &PipeReader) {
        let mut fds = [&self.0, sign].map(|end| PollFd::new(end, PollFlags::IN));
        _ = poll_through_signals(&mut fds, None);
    }
}

/// How long to stay after everything is said.
#[derive(Debug)]
pub(super) enum Stay {
    /// So long, and a word when messages are still coming then.
    For(Wait, StillComing),
    /// Until the other half is dropped.
    Until(PipeReader),
}

/// Says that messages were still coming when the time to stay for them was over.
#[derive(Debug, Clone, Copy)]
pub(super) struct StillComing {
    pub(super) notices: Notices,
    /// The number of messages to come is limited already (`-N`).
    pub(super) is_counted: bool,
}

impl StillComing {
    fn tell(self, time: Duration) {
        let count = if self.is_counted {
            ""
        } else {
            ", -N COUNT leaves after so many"
        };
        self.notices.tell(&format!(
            "messages were still coming when the {} s of -w were over: \
             -w SECONDS stays longer{count}",
            time.as_secs_f64()
        ));
    }
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
    line: Arc<Line>,
    /// The connection that is spoken over.
    over: RefCell<Opened>,
    silence: Silence,
    stay: Stay,
}

impl Speaker {
    /// Speaks over the line, whose first connection this is.
    pub(super) fn new(line: Arc<Line>, over: Opened, silence: Silence, stay: Stay) -> Self {
        Self {
            line,
            over: RefCell::new(over),
            silence,
            stay,
        }
    }

    /// Queues a batch; comes back when there is room for another, however many connections that
    /// takes.
    pub(crate) fn send(&self, mut batch: Batch) -> Result<(), Refused> {
        loop {
            let offered = self.over.borrow().socket.offer_batch(batch);
            match offered {
                Ok(()) => break,
                Err(back) => batch = back,
            }
            if !self.follow() {
                return Err(Refused {
                    messages: batch.len() as u64,
                });
            }
        }
        if !self.has_room(MUCH, MANY) {
            // What was queued goes out over the next connection, before anything else.
            self.follow();
        }
        Ok(())
    }

    fn has_room(&self, bytes: u64, messages: u64) -> bool {
        let socket = self.over.borrow().socket.clone();
        socket.wait_for_room(bytes, messages, None)
    }

    /// Waits for the next connection; false when there will be none.
    fn follow(&self) -> bool {
        let number = self.over.borrow().number;
        let next = self.line.opened_after(number);
        next.map(|next| *self.over.borrow_mut() = next).is_some()
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

    fn stay(&self) {
        match &self.stay {
            Stay::For(Wait::For(time), still_coming) => self.stay_for(*time, *still_coming),
            Stay::For(Wait::Forever, _) => _ = self.silence.wait(Duration::MAX),
            Stay::Until(sign) => self.silence.wait_or(sign),
        }
    }

    /// Stays so long, and looks now and then what comes.
    fn stay_for(&self, time: Duration, still_coming: StillComing) {
        let socket = self.over.borrow().socket.clone();
        let received = || socket.statistics().messages_received;
        let (end, often) = (
            Deadline::after(Instant::now(), time),
            (time / LOOKS).clamp(OFTEN, SELDOM),
        );
        let mut arrivals = Arrivals::beyond(received());
        loop {
            let left = end.remaining(Instant::now()).unwrap_or(Duration::MAX);
            if self.silence.wait(left.min(often)) {
                return;
            }
            let now = Instant::now();
            arrivals.look(now, received());
            if end.is_past(now) {
                if arrivals.go_on(now) {
                    still_coming.tell(time);
                }
                return;
            }
        }
    }

    /// Hands over what is queued, stays for replies, closes. A connection that is lost meanwhile
    /// is followed by the next, and all of that begins anew.
    pub(super) fn finish(&self) {
        loop {
            if self.has_room(0, 0) {
                self.stay();
                if self.line.is_open(self.over.borrow().number) {
                    return self.line.leave();
                }
            }
            if !self.follow() {
                return;
            }
        }
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

    #[test]
    fn waiting_ends_when_nobody_listens_any_more() {
        let (silence, stop) = Silence::new().expect("a pipe");
        let waiting = thread::spawn(move || silence.wait(Duration::MAX));
        drop(stop);
        assert!(waiting.join().expect("it came back"));
    }

    #[test]
    fn waiting_ends_when_what_is_waited_for_has_come() {
        let (silence, _stop) = Silence::new().expect("a pipe");
        let (is_met, met) = io::pipe().expect("a pipe");
        drop(met);
        silence.wait_or(&is_met);
    }

    #[test]
    fn waiting_ends_when_the_time_is_up() {
        let (silence, _stop) = Silence::new().expect("a pipe");
        assert!(!silence.wait(Duration::ZERO));
    }
}
