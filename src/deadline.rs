//! The point in time at which a wait ends.

use std::time::{Duration, Instant};

/// The end of one wait: fixed when the wait begins, and the same whatever the peer sends.
///
/// Code that waits takes a `Deadline` and asks it how much time is left before each step. It
/// never computes a new one because data arrived. The clock is an argument, so that the protocol
/// can use it in simulated time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// The wait has no end.
    pub const NEVER: Self = Self(None);

    /// The wait ends at this time.
    #[must_use]
    pub fn at(end: Instant) -> Self {
        Self(Some(end))
    }

    /// The wait ends `limit` after `now`. A limit beyond what the clock can represent is
    /// [`Deadline::NEVER`].
    #[must_use]
    pub fn after(now: Instant, limit: Duration) -> Self {
        Self(now.checked_add(limit))
    }

    /// Whether the wait is over.
    #[must_use]
    pub fn is_past(self, now: Instant) -> bool {
        self.0.is_some_and(|end| end <= now)
    }

    /// The time left: zero when the wait is over, `None` when it has no end. This is the timeout
    /// that `poll` and `recv_timeout` take.
    #[must_use]
    pub fn remaining(self, now: Instant) -> Option<Duration> {
        self.0.map(|end| end.saturating_duration_since(now))
    }

    /// The one of the two that comes first.
    #[must_use]
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(one), Some(two)) => Self(Some(one.min(two))),
            (one, two) => Self(one.or(two)),
        }
    }

    /// The time at which the wait ends, or `None` when it has no end.
    #[must_use]
    pub fn instant(self) -> Option<Instant> {
        self.0
    }
}

impl From<Option<Instant>> for Deadline {
    /// `None` is [`Deadline::NEVER`].
    fn from(end: Option<Instant>) -> Self {
        Self(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_time_left_shrinks_to_zero_and_no_further() {
        let now = Instant::now();
        let deadline = Deadline::after(now, SECOND);
        assert_eq!(deadline.remaining(now), Some(SECOND));
        assert_eq!(deadline.remaining(now + SECOND), Some(Duration::ZERO));
        assert_eq!(deadline.remaining(now + 2 * SECOND), Some(Duration::ZERO));
        assert!(!deadline.is_past(now));
        assert!(deadline.is_past(now + SECOND));
    }

    #[test]
    fn a_limit_beyond_the_clock_is_no_limit() {
        let now = Instant::now();
        let deadline = Deadline::after(now, Duration::MAX);
        assert_eq!(deadline, Deadline::NEVER);
        assert_eq!(deadline.remaining(now), None);
        assert!(!deadline.is_past(now));
    }

    #[test]
    fn the_earlier_of_two_wins_and_any_end_is_earlier_than_none() {
        let now = Instant::now();
        let (soon, later) = (Deadline::at(now), Deadline::after(now, SECOND));
        assert_eq!(soon.earlier(later), soon);
        assert_eq!(later.earlier(soon), soon);
        assert_eq!(Deadline::NEVER.earlier(later), later);
        assert_eq!(later.earlier(Deadline::NEVER), later);
    }
}
