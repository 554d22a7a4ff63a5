//! Opening again, for who listens on a thread of its own.

use super::{Line, Pause, Plan};
use crate::output::notice::Notices;
use crate::session::{Connector, Ending};
use sockeye::Events;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// Brings the line back.
#[derive(Debug)]
pub(crate) struct Redial {
    connector: Arc<Connector>,
    line: Arc<Line>,
    plan: Plan,
    notices: Notices,
}

impl Redial {
    /// As the connector has it.
    pub(crate) fn new(connector: Arc<Connector>, line: Arc<Line>, notices: Notices) -> Self {
        let plan = Plan::new(connector.comeback);
        Self {
            connector,
            line,
            plan,
            notices,
        }
    }

    /// The connection is open: what goes first over it is queued, and whoever waits may speak.
    pub(crate) fn opened(&mut self) {
        self.plan.opened(Instant::now());
        if let Some(carried) = self.line.opened() {
            self.notices.tell(&carried.to_string());
        }
    }

    /// What comes after this end: the events of another connection, once it has been waited for.
    /// None when this end was the last.
    pub(crate) fn after(&mut self, ending: &Ending, tell: impl FnOnce(&Pause)) -> Option<Events> {
        let next = self.plan_next(ending).and_then(|pause| {
            tell(&pause);
            self.follow(&pause, ending)
        });
        if next.is_none() {
            self.line.over();
        }
        next
    }

    /// The attempt that follows this end, without waiting for it. None when there is to be none.
    pub(crate) fn plan_next(&mut self, ending: &Ending) -> Option<Pause> {
        if self.line.is_leaving() {
            return None;
        }
        let (now, today) = (Instant::now(), SystemTime::now());
        let pause = self.plan.after(ending, chance(), now, today)?;
        self.line.lost();
        Some(pause)
    }

    /// The events of the next connection, after the wait before it. None when somebody asks for
    /// the end meanwhile.
    pub(crate) fn follow(&self, pause: &Pause, ending: &Ending) -> Option<Events> {
        self.notices
            .tell(&format!("{pause}: {}", ending.in_a_line()));
        if !self.line.pause(pause.delay) {
            return None;
        }
        // What it is made of was right the first time.
        let (socket, events) = self.connector.open().ok()?;
        self.line.replace(socket).then_some(events)
    }
}

impl Drop for Redial {
    /// However listening ends, whoever waits for a connection is not left waiting.
    fn drop(&mut self) {
        self.line.over();
    }
}

/// Anything from 0 to 1. Without randomness the waits are as long as they may be.
pub(crate) fn chance() -> f64 {
    getrandom::u32().map_or(1.0, |number| f64::from(number) / f64::from(u32::MAX))
}
