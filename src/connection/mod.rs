//! The thread that owns socket, TLS and protocol machine.
//!
//! It connects, then waits for the socket, a wish or a deadline, gives that one thing to the
//! machine, does what the machine then wants done, and waits again. It never prints and never
//! waits for the user: what it has for the interface lies in a queue that is bounded in bytes,
//! and while that is full it does not read.

mod another_origin;
mod authorization;
mod commands;
mod deliveries;
mod driver;
mod error;
mod handshake;
mod opening;
mod options;
mod redirect_chain;
mod request_headers;
mod shared;
mod step;

pub use another_origin::LeftOut;
pub use authorization::Authorization;
pub(crate) use commands::Command;
pub(crate) use deliveries::Delivery;
pub use deliveries::NothingYet;
pub use error::{Error, ErrorKind};
pub use handshake::{Handshake, Timings};
pub use options::Options;
pub use redirect_chain::{RedirectError, Redirects};
pub use request_headers::RequestHeaders;
pub(crate) use shared::{Arrivals, Handle, Unsent};
pub use step::Step;

use crate::deadline::Deadline;
use crate::protocol::Trace;
use crate::transport::{ConnectContext, ConnectObserver};
use crate::url::WebSocketUrl;
use opening::{Opened, Opening};
use shared::Shared;
use std::io;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

/// The token of the waker of the connection's thread.
const WAKER: mio::Token = mio::Token(0);
/// The token of its socket.
const STREAM: mio::Token = mio::Token(1);

/// Begins to connect. Whatever goes wrong is delivered.
pub(crate) fn open(
    address: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> (Handle, Arrivals) {
    let (poll, waker) = poll().map_or_else(
        |error| (Err(error), None),
        |(poll, waker)| (Ok(poll), Some(waker)),
    );
    let shared = Arc::new(Shared::new(waker));
    let ends = shared::ends(&shared);
    let opening = Opening {
        address,
        protocols,
        options,
    };
    let started = poll.and_then(|poll| {
        let shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("connection".to_owned())
            .spawn(move || run(&shared, poll, opening))
    });
    if let Err(error) = started {
        finish(&shared, Some(Error::System(error)));
    }
    ends
}

/// The request's lines, secrets hidden, after all checks that need no connection.
pub(crate) fn dry_run(
    address: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> Result<Vec<String>, Error> {
    let opening = Opening {
        address,
        protocols,
        options,
    };
    opening.dry_run()
}

fn poll() -> io::Result<(mio::Poll, Arc<mio::Waker>)> {
    let poll = mio::Poll::new()?;
    let waker = mio::Waker::new(poll.registry(), WAKER)?;
    Ok((poll, Arc::new(waker)))
}

/// The thread.
fn run(shared: &Arc<Shared>, mut poll: mio::Poll, opening: Opening) {
    let failed = match connect(shared, &mut poll, opening) {
        Ok(opened) => {
            opened.drive(shared, poll);
            None
        }
        Err(error) => Some(error),
    };
    finish(shared, failed);
}

/// Polls the future until it is ready or the connection is not wanted any more.
fn connect(shared: &Arc<Shared>, poll: &mut mio::Poll, opening: Opening) -> Result<Opened, Error> {
    let registry = poll.registry().try_clone().map_err(Error::System)?;
    let waker = shared.commands.waker();
    let wake = move || _ = waker.as_ref().map(|waker| waker.wake());
    let observer = Arc::new(Observer {
        shared: Arc::clone(shared),
        trace: opening.options.trace,
        until: Mutex::new(Deadline::NEVER),
    });
    let context = ConnectContext::new(
        registry,
        STREAM,
        Arc::new(wake),
        observer.clone(),
        opening.options.connect_timeout,
    );
    let report = |step| observer.report(step);
    let mut opened: Pin<Box<dyn Future<Output = _> + Send>> =
        Box::pin(opening.run(report, context));
    let mut events = mio::Events::with_capacity(16);
    let mut task = Context::from_waker(Waker::noop());
    loop {
        if shared.cancelled.load(Ordering::Acquire) {
            return Err(crate::transport::Error::Cancelled.into());
        }
        if let Poll::Ready(result) = opened.as_mut().poll(&mut task) {
            return result;
        }
        let until = *observer
            .until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match poll.poll(&mut events, until.remaining(Instant::now())) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                return Err(crate::transport::Error::Poll(error).into());
            }
            _ => {}
        }
    }
}

struct Observer {
    shared: Arc<Shared>,
    trace: Trace,
    until: Mutex<Deadline>,
}

impl Observer {
    fn report(&self, step: Step) {
        if self.trace > Trace::Off || matches!(step, Step::Redirected { .. }) {
            self.shared.deliveries.push(Delivery::Step(Box::new(step)));
        }
    }
}

impl ConnectObserver for Observer {
    fn handle_step(&self, step: crate::transport::Step) {
        self.report(Step::Transport(step));
    }

    fn handle_wait(&self, deadline: Deadline) {
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = deadline;
    }
}

fn finish(shared: &Shared, failed: Option<Error>) {
    if let Some(error) = failed {
        shared.deliveries.push(Delivery::Failed(error));
    }
    shared.stop_sending();
    shared.deliveries.finish();
}
