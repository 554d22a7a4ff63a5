//! What all steps of connecting share: one deadline, one way to wait, and who is told.

use super::error::TransportError;
use super::step::TransportStep;
use crate::deadline::Deadline;
use mio::event::Source;
use mio::{Interest, Registry, Token};
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// Makes the loop that drives the connection run again. Any thread may call it.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Receives what connecting reports.
pub(crate) trait ConnectObserver: Send + Sync {
    /// Something happened.
    fn handle_step(&self, step: TransportStep);

    /// The future waits for an event of its sockets, for a call of [`Wake`], or until
    /// `deadline`. It is to be polled again upon whichever comes first.
    fn handle_wait(&self, deadline: Deadline);
}

/// What all steps of connecting share.
///
/// Connecting is a future that is polled by whoever runs the event loop. It needs no executor:
/// it never uses the waker it is polled with. Its sockets are registered with the loop's
/// `mio::Registry`, all under one token, and [`ConnectContext::wait`] is the only place where it
/// is pending. To cancel it, drop it.
pub(crate) struct ConnectContext {
    registry: Registry,
    token: Token,
    wake: Wake,
    observer: Arc<dyn ConnectObserver>,
    limit: Duration,
    deadline: Deadline,
}

impl ConnectContext {
    /// Starts the clock: all steps together may take as long as `limit`.
    pub(crate) fn new(
        registry: Registry,
        token: Token,
        wake: Wake,
        observer: Arc<dyn ConnectObserver>,
        limit: Duration,
    ) -> Self {
        Self {
            registry,
            token,
            wake,
            observer,
            limit,
            deadline: Deadline::after(Instant::now(), limit),
        }
    }

    /// Waits for any event, or until `until` if that comes first.
    ///
    /// It may return without a reason, so the caller checks whatever it waits for. `phase` says
    /// what is under way, for the error: `resolving a.org`.
    ///
    /// # Errors
    /// [`TransportError::TimedOut`], also when an event came at the same time.
    pub(crate) async fn wait(
        &self,
        phase: &(dyn fmt::Display + Sync),
        until: Option<Instant>,
    ) -> Result<(), TransportError> {
        self.check(phase)?;
        self.observer
            .handle_wait(self.deadline.earlier(until.into()));
        let mut has_waited = false;
        poll_fn(|_| match std::mem::replace(&mut has_waited, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })
        .await;
        self.check(phase)
    }

    /// Checks that there is time left.
    ///
    /// Code that handles input without waiting calls it before each read. Otherwise a peer that
    /// always has more to send could extend the time.
    ///
    /// # Errors
    /// [`TransportError::TimedOut`].
    pub(crate) fn check(&self, phase: &dyn fmt::Display) -> Result<(), TransportError> {
        if self.deadline.is_past(Instant::now()) {
            return Err(TransportError::TimedOut {
                phase: phase.to_string(),
                budget: self.limit,
            });
        }
        Ok(())
    }

    /// Registers a socket, edge-triggered in both directions.
    pub(super) fn register(&self, socket: &mut dyn Source) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.registry.register(socket, self.token, interest)
    }

    /// Reports a step.
    pub(crate) fn report(&self, step: TransportStep) {
        self.observer.handle_step(step);
    }

    /// Ends a wait from another thread.
    pub(super) fn wake(&self) -> Wake {
        Arc::clone(&self.wake)
    }
}

impl fmt::Debug for ConnectContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectContext")
            .field("limit", &self.limit)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Measures steps one after another.
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
