//! The one time budget and the one wait of all route.

use super::{Error, Step};
use crate::deadline::Deadline;
use mio::{Events, Poll, Registry, Token, Waker};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The token of the waker that ends a wait from another thread.
pub const WAKER: Token = Token(0);
/// The token that a connected stream is registered under.
pub const STREAM: Token = Token(1);
/// The first token that route may use for sockets of their own.
pub(super) const FIRST_FREE: usize = 2;

/// Connecting on one thread: what it waits with, until when, and whether it is still wanted.
///
/// Another thread ends it by setting the flag and then waking the waker.
pub struct ConnectContext<'a> {
    poll: &'a mut Poll,
    events: Events,
    waker: Arc<Waker>,
    cancelled: &'a AtomicBool,
    budget: Duration,
    deadline: Deadline,
    reporter: Option<&'a mut dyn FnMut(Step)>,
}

impl<'a> ConnectContext<'a> {
    /// Begins now and may take as long as `budget` (a budget beyond what a clock can count is
    /// none). `waker` is `poll`'s own, under [`WAKER`].
    #[must_use]
    pub fn new(
        poll: &'a mut Poll,
        waker: Arc<Waker>,
        cancelled: &'a AtomicBool,
        budget: Duration,
    ) -> Self {
        Self {
            poll,
            events: Events::with_capacity(16),
            waker,
            cancelled,
            budget,
            deadline: Deadline::after(Instant::now(), budget),
            reporter: None,
        }
    }

    /// Has every step told as it happens.
    #[must_use]
    pub fn reporting_to(mut self, reporter: &'a mut dyn FnMut(Step)) -> Self {
        self.reporter = Some(reporter);
        self
    }

    /// Waits for any event, or until `until` if that comes first.
    ///
    /// It does not say what happened, and may return without reason: the caller looks at
    /// whatever it is waiting for. `phase` is what is going on, for the error: `resolving a.org`.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::TimedOut`], both also when an event came at the same
    /// time; [`Error::Poll`] when the operating system fails.
    pub fn wait(&mut self, phase: &dyn fmt::Display, until: Option<Instant>) -> Result<(), Error> {
        self.check(phase)?;
        let deadline = self.deadline.earlier(until.into());
        let timeout = deadline.remaining(Instant::now());
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(Error::Poll(error)),
            _ => self.check(phase),
        }
    }

    /// Where a hop registers its sockets.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        self.poll.registry()
    }

    /// Tells a step, if anyone wants to know.
    pub(super) fn report(&mut self, step: impl FnOnce() -> Step) {
        if let Some(reporter) = &mut self.reporter {
            reporter(step());
        }
    }

    /// What a helper thread ends the wait with.
    pub(super) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Whether there is time left and the connection still wanted.
    ///
    /// Code that handles what comes without waiting calls it before each read: a peer that always
    /// has more to send could extend the time otherwise.
    ///
    /// # Errors
    /// [`Error::Cancelled`] and [`Error::TimedOut`].
    pub fn check(&self, phase: &dyn fmt::Display) -> Result<(), Error> {
        if self.cancelled.load(Ordering::Acquire) {
            return Err(Error::Cancelled);
        }
        if self.deadline.is_past(Instant::now()) {
            return Err(Error::TimedOut {
                phase: phase.to_string(),
                budget: self.budget,
            });
        }
        Ok(())
    }
}

impl fmt::Debug for ConnectContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectContext")
            .field("budget", &self.budget)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Measures route one after another.
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start or the last lap.
    pub(super) fn lap(&mut self) -> Duration {
        let now = Instant::now();
        now - std::mem::replace(&mut self.0, now)
    }
}
