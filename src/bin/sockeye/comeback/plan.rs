//! Whether and when to try again.

use super::backoff;
use crate::output::size::Span;
use crate::retry_after;
use crate::session::Ending;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

/// A connection that lasted so long starts the count of attempts anew; one that is lost at once
/// is as good as an attempt that failed.
const LASTING: Duration = Duration::from_secs(5);

/// Who asks for no wait at all still leaves the server, and the reader of our lines, this much.
const LEAST: Duration = Duration::from_millis(10);

/// Close codes of a server that will be back: going away, restarting, overloaded, and a gateway
/// that does not reach it (RFC 6455 §7.4.1 and the registry of close codes).
const WILL_BE_BACK: [u16; 4] = [1001, 1012, 1013, 1014];

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// At most so often in a row.
    AtMost(u64),
    /// Without end.
    Forever,
}

/// What was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Attempts until the first connection is open, beyond the first attempt.
    pub(crate) retry: Option<Times>,
    /// Attempts to open another when a connection is lost.
    pub(crate) reconnect: Option<Times>,
    /// The wait before each attempt, instead of one that grows.
    pub(crate) delay: Option<Duration>,
    /// No attempt begins later than this after the first failure.
    pub(crate) max_time: Option<Duration>,
}

impl Settings {
    /// Whether anything is tried again at all.
    pub(crate) fn is_asked(&self) -> bool {
        self.retry.is_some() || self.reconnect.is_some()
    }
}

/// The wait before another attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pause {
    /// How long.
    pub(crate) delay: Duration,
    /// Which attempt in a row follows, from 1.
    pub(crate) attempt: u64,
    times: Times,
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trying again in {} ", Span(self.delay))?;
        match self.times {
            Times::AtMost(most) => write!(f, "({} of {most})", self.attempt),
            Times::Forever => write!(f, "(attempt {})", self.attempt),
        }
    }
}

/// Decides after each end.
#[derive(Debug)]
pub(crate) struct Plan {
    settings: Settings,
    /// Attempts in a row that have been planned.
    attempts: u64,
    /// When the first of them was.
    since: Option<Instant>,
    /// There has been a connection.
    was_open: bool,
    /// When the present connection was opened, if it was.
    opened: Option<Instant>,
}

impl Plan {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings,
            attempts: 0,
            since: None,
            was_open: false,
            opened: None,
        }
    }

    /// Whether a lost connection may be followed by another.
    pub(crate) fn reconnects(&self) -> bool {
        self.settings.reconnect.is_some()
    }

    /// The connection is open.
    pub(crate) fn opened(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.was_open, true) {
            self.begin_anew();
        }
        self.opened = Some(now);
    }

    /// The next attempt after this end, if there is to be one. `chance` is random, from 0 to 1.
    pub(crate) fn after(
        &mut self,
        ending: &Ending,
        chance: f64,
        now: Instant,
        today: SystemTime,
    ) -> Option<Pause> {
        let opened = self.opened.take();
        if opened.is_some_and(|opened| now.duration_since(opened) >= LASTING) {
            self.begin_anew();
        }
        let times = self.times().filter(|_| may_pass(ending))?;
        if matches!(times, Times::AtMost(most) if self.attempts >= most) {
            return None;
        }
        let attempt = self.attempts + 1;
        let asked = ending
            .refusal()
            .and_then(|refusal| retry_after::wait(&refusal.headers, today));
        let own = self.settings.delay;
        let own = own.unwrap_or_else(|| backoff::delay(attempt, chance));
        // A server may ask for a longer wait, never for a shorter one: `Retry-After: 0` from a
        // proxy in front of a server that is down would have us ask it without a pause.
        let delay = own.max(asked.unwrap_or_default()).max(LEAST);
        let since = *self.since.get_or_insert(now);
        let spent = now.duration_since(since).saturating_add(delay);
        if self.settings.max_time.is_some_and(|most| spent > most) {
            return None;
        }
        self.attempts = attempt;
        Some(Pause {
            delay,
            attempt,
            times,
        })
    }

    fn begin_anew(&mut self) {
        self.attempts = 0;
        self.since = None;
    }

    fn times(&self) -> Option<Times> {
        if self.was_open {
            self.settings.reconnect
        } else {
            self.settings.retry
        }
    }
}

/// Whether the reason for this end may go away by itself.
fn may_pass(ending: &Ending) -> bool {
    match (&ending.failure, &ending.close) {
        (Some(_), _) => ending.is_temporary,
        (None, Some(close)) => WILL_BE_BACK.contains(&close.code),
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests;
