//! Takes events one after the other, over as many connections as follow each other.

use super::GRACE;
use super::ear::{Ear, Heard};
use crate::comeback::Redial;
use sockeye::Events;
use std::io::Write;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Instant;

/// Called once, when the first connection is open.
type Begin = Box<dyn FnOnce() + Send>;

/// Takes every event until the last.
pub(super) struct Listener<W> {
    events: Events,
    ear: Ear<W>,
    redial: Redial,
    begin: Option<Begin>,
}

impl<W: Write> Listener<W> {
    /// `begin` is called once, when the first connection is open.
    pub(super) fn new(
        events: Events,
        ear: Ear<W>,
        redial: Redial,
        begin: impl FnOnce() + Send + 'static,
    ) -> Self {
        Self {
            events,
            ear,
            redial,
            begin: Some(Box::new(begin)),
        }
    }

    /// Writes messages until the last close event, over as many connections as it takes.
    pub(super) fn run(mut self) -> Heard {
        loop {
            if self.hear_out() {
                break;
            }
            match self.redial.after(self.ear.ending(), |_| {}) {
                None => break,
                Some(events) => {
                    self.events = events;
                    self.ear.begin_anew();
                }
            }
        }
        self.ear.done()
    }

    /// Writes messages until the close event; flushes whenever there is nothing more to read.
    /// Tells whether enough was heard.
    fn hear_out(&mut self) -> bool {
        let Self { events, ear, .. } = self;
        // A deadline in the past never waits, and costs no look at the clock.
        let at_once = Instant::now();
        loop {
            let more = match events.recv_deadline(at_once) {
                Ok(event) => ear.take(Some(event)),
                Err(RecvTimeoutError::Disconnected) => ear.take(None),
                Err(RecvTimeoutError::Timeout) => {
                    ear.flush();
                    match ear
                        .deadline()
                        .map(|deadline| events.recv_deadline(deadline))
                    {
                        None => ear.take(events.recv().ok()),
                        Some(Ok(event)) => ear.take(Some(event)),
                        Some(Err(RecvTimeoutError::Disconnected)) => ear.take(None),
                        Some(Err(RecvTimeoutError::Timeout)) => ear.give_up(),
                    }
                }
            };
            if ear.is_satisfied() {
                settle(events, ear);
                return true;
            }
            if ear.take_opened() {
                self.redial.opened();
                if let Some(begin) = self.begin.take() {
                    begin();
                }
            }
            if !more {
                return false;
            }
        }
    }
}

/// Waits for the close event while nothing else matters any more: a server that goes on sending
/// cannot hold us.
fn settle<W: Write>(events: &mut Events, ear: &mut Ear<W>) {
    let deadline = Instant::now() + GRACE;
    while let Ok(event) = events.recv_deadline(deadline) {
        if !ear.take(Some(event)) || Instant::now() >= deadline {
            return;
        }
    }
}
