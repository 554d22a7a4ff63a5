//! What makes a connection go on: in the caller's event loop, or on a thread of its own.

use super::error::Error;
use super::established::Readiness;
use super::opening::{Opened, Opening};
use super::shared::Shared;
use crate::deadline::Deadline;
use crate::transport::{self, ConnectContext, Wake};
use mio::event::Event;
use mio::{Events, Poll, Registry, Token};
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context};
use std::time::{Duration, Instant};

/// Drives one connection inside the caller's event loop.
/// [`Builder::connect_in`](crate::Builder::connect_in) makes it.
///
/// The loop is a `mio::Poll`. The driver registers its sockets there under the token that it was
/// given, and any number of drivers may share one loop. Each round of the loop is:
///
/// 1. [`timeout`](Driver::timeout) writes what was sent meanwhile and says how long
///    `Poll::poll` may wait;
/// 2. [`handle_event`](Driver::handle_event) takes each event with the driver's token;
/// 3. [`drive`](Driver::drive) does what can be done, after which the
///    [`Events`](crate::Events) of the connection can be received without waiting.
///
/// Nothing here blocks. If the driver is dropped before the connection has ended, the connection
/// is dropped too: what can be written without waiting is written. Call
/// [`close_and_wait`](Driver::close_and_wait) for the rest.
pub struct Driver {
    shared: Arc<Shared>,
    connecting: Option<Connecting>,
    readiness: Readiness,
    registry: Registry,
}

type Connecting = Pin<Box<dyn Future<Output = Result<Opened, Error>> + Send>>;

impl Driver {
    pub(super) fn new(
        shared: &Arc<Shared>,
        opening: Opening,
        registry: Registry,
        token: Token,
        wake: Wake,
    ) -> io::Result<Self> {
        let observer = Arc::clone(shared);
        let limit = opening.options.connect_timeout;
        let context = ConnectContext::new(registry.try_clone()?, token, wake, observer, limit);
        let observer = Arc::clone(shared);
        let report = move |step| observer.with(|state| state.report(step));
        Ok(Self {
            shared: Arc::clone(shared),
            connecting: Some(Box::pin(opening.run(report, context))),
            readiness: Readiness::default(),
            registry,
        })
    }

    /// Takes an event of the driver's token.
    pub fn handle_event(&mut self, event: &Event) {
        self.readiness.readable |= event.is_readable();
        self.readiness.writable |= event.is_writable();
        self.readiness.read_closed |= event.is_read_closed();
    }

    /// Does everything that can be done without waiting: connects, reads, writes, keeps the
    /// deadlines. Call it after the events of each `Poll::poll`, and when the time that
    /// [`Driver::timeout`] returned has passed.
    ///
    /// A panic in here ends the connection with an error and a close event, like any failure.
    pub fn drive(&mut self) {
        let step = catch_unwind(AssertUnwindSafe(|| self.step()));
        if let Err(panic) = step {
            self.shared.fail(Error::panicked(&*panic));
            let connecting = self.connecting.take();
            // What is left of it may panic again, which says nothing new.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(connecting)));
        }
    }

    fn step(&mut self) {
        if self.connecting.is_some() && !self.connect() {
            return;
        }
        let ready = std::mem::take(&mut self.readiness);
        self.shared.with(|state| {
            state.awake();
            state.step(Instant::now(), ready);
        });
    }

    /// Polls the future that connects. Returns whether connecting has come to an end. The lock is
    /// not held meanwhile: the future reports to the state.
    fn connect(&mut self) -> bool {
        if self.shared.with(|state| {
            state.awake();
            state.is_cancelled()
        }) {
            self.connecting = None;
            self.shared
                .fail(transport::TransportError::Cancelled.into());
            return true;
        }
        let Some(future) = &mut self.connecting else {
            return true;
        };
        let mut context = Context::from_waker(task::Waker::noop());
        let task::Poll::Ready(result) = future.as_mut().poll(&mut context) else {
            return false;
        };
        self.connecting = None;
        match result {
            Ok(opened) => self.shared.with(|state| state.open(opened)),
            Err(error) => self.shared.fail(error),
        }
        true
    }

    /// Writes what was queued since [`Driver::drive`], and returns how long `Poll::poll` may wait:
    /// `None` if it may wait for events alone. Call it right before.
    ///
    /// It is zero once the connection has ended, so that the loop notices. Do not ask a driver that
    /// [is finished](Driver::is_finished).
    pub fn timeout(&mut self) -> Option<Duration> {
        self.shared.with(|state| {
            let now = Instant::now();
            state.prepare_to_wait(now);
            state.sleep(now).remaining(now)
        })
    }

    /// Whether the connection has ended. Its last event is the close event; nothing is left to
    /// drive.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.shared.read(|state| state.has_ended())
    }

    /// Closes the connection with the code 1000, unless that has begun, and blocks until it has
    /// ended or `deadline` has passed. Returns whether it has ended. Its events stay to be
    /// received.
    ///
    /// # Errors
    /// If the operating system gives no second event queue, or waiting for it fails.
    pub fn close_and_wait(mut self, deadline: Instant) -> io::Result<bool> {
        let now = Instant::now();
        self.shared.with(|state| state.close(Some(1000), "", now));
        let mut poll = Poll::new()?;
        self.move_to(poll.registry())?;
        let waker = mio::Waker::new(poll.registry(), WAKER)?;
        let wake: Wake = Arc::new(move || _ = waker.wake());
        let replaced = (self.shared).with(|state| std::mem::replace(&mut state.driver_waker, wake));
        // Not under the lock: what it owns may use the connection.
        drop(replaced);
        let mut events = Events::with_capacity(16);
        while !self.is_finished() && Instant::now() < deadline {
            self.turn(&mut poll, &mut events, Deadline::at(deadline))?;
        }
        Ok(self.is_finished())
    }

    /// One round of a loop of our own: waits for an event, at most until `deadline`, and does what
    /// there is to do.
    pub(super) fn turn(
        &mut self,
        poll: &mut Poll,
        events: &mut Events,
        deadline: Deadline,
    ) -> io::Result<()> {
        let timeout = self.timeout();
        let left = deadline.remaining(Instant::now());
        match poll.poll(events, [timeout, left].into_iter().flatten().min()) {
            // A signal is no event.
            Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() == SOCKET) {
            self.handle_event(event);
        }
        self.drive();
        Ok(())
    }

    /// The event loop cannot wait any more; `how` says why.
    pub(super) fn lose(&self, how: String) {
        let now = Instant::now();
        self.shared.with(|state| state.lose(how, now));
    }

    /// Registers the stream with another event loop.
    fn move_to(&self, registry: &Registry) -> io::Result<()> {
        self.shared.with(|state| {
            let Some(open) = state.open_mut() else {
                return Ok(());
            };
            let stream = open.stream();
            stream.deregister(&self.registry)?;
            stream.register(registry, SOCKET)
        })
    }
}

impl Drop for Driver {
    /// Nobody is left to carry the connection on.
    fn drop(&mut self) {
        let now = Instant::now();
        self.shared.with(|state| {
            if !state.has_ended() {
                state.prepare_to_wait(now);
                state.abort(now);
                state.step(now, Readiness::default());
            }
            if !state.has_ended() {
                state.fail(transport::TransportError::Cancelled.into());
            }
        });
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("connecting", &self.connecting.is_some())
            .finish_non_exhaustive()
    }
}

/// The token of the socket, in a loop of our own.
pub(super) const SOCKET: Token = Token(0);
/// The token of the waker.
pub(super) const WAKER: Token = Token(1);
