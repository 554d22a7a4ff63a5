//! A connection on a thread of its own.

use super::driver::{Driver, SOCKET, WAKER};
use super::error::Error;
use super::event_loop::EventLoop;
use super::opening::Opening;
use super::shared::Shared;
use crate::deadline::Deadline;
use crate::io_error::io_reason;
use crate::transport::Wake;
use mio::{Events, Poll};
use std::sync::Arc;

/// Starts a thread with an event loop of its own. Whatever goes wrong ends the connection.
pub(super) fn spawn(opening: Opening, new_shared: impl FnOnce(Wake) -> Arc<Shared>) -> Arc<Shared> {
    let waker = Poll::new().and_then(|poll| {
        let waker = Arc::new(mio::Waker::new(poll.registry(), WAKER)?);
        Ok((poll, waker))
    });
    let (poll, wake): (_, Wake) = match waker {
        // A loop that is gone has nobody to wake.
        Ok((poll, waker)) => (Ok(poll), Arc::new(move || _ = waker.wake())),
        Err(error) => (Err(error), Arc::new(|| {})),
    };
    let shared = new_shared(Arc::clone(&wake));
    let started = poll.and_then(|poll| {
        let registry = poll.registry().try_clone()?;
        let event_loop = OwnLoop {
            driver: Driver::new(&shared, opening, registry, SOCKET, wake)?,
            poll,
            events: Events::with_capacity(16),
        };
        let thread = std::thread::Builder::new().name("websocket".to_owned());
        let shared = Arc::clone(&shared);
        thread.spawn(move || run(&shared, Box::new(event_loop)))
    });
    match started {
        Ok(_) => shared.with(|state| state.has_own_thread = true),
        Err(error) => shared.fail(Error::System(error)),
    }
    shared
}

fn run(shared: &Shared, mut event_loop: Box<dyn EventLoop>) {
    shared.with(|state| state.loop_owner.start());
    loop {
        event_loop.turn(Deadline::NEVER);
        if shared.read(|state| state.has_ended()) {
            return;
        }
        if shared.with(|state| state.may_receiver_run_loop()) {
            match shared.lend_loop(event_loop) {
                Some(returned) => event_loop = returned,
                None => return,
            }
        }
    }
}

/// A driver with a `mio::Poll` of its own.
struct OwnLoop {
    driver: Driver,
    poll: Poll,
    events: Events,
}

impl EventLoop for OwnLoop {
    fn turn(&mut self, deadline: Deadline) {
        let turned = (self.driver).turn(&mut self.poll, &mut self.events, deadline);
        if let Err(error) = turned {
            self.driver.lose(io_reason(&error));
        }
    }
}
