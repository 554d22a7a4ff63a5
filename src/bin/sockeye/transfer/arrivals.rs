//! Whether messages keep coming: leaving in the middle of them is worth a word.

use std::time::{Duration, Instant};

/// Messages that come while somebody looks now and then.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// The number of messages at the last look.
    count: u64,
    /// How often there were more at a look than at the one before.
    moments: u32,
    /// The first and the last of these looks.
    span: Option<(Instant, Instant)>,
}

impl Arrivals {
    /// None yet beyond these.
    pub(super) fn beyond(count: u64) -> Self {
        Self {
            count,
            moments: 0,
            span: None,
        }
    }

    /// So many have come by now.
    pub(super) fn look(&mut self, now: Instant, count: u64) {
        if std::mem::replace(&mut self.count, count) != count {
            self.moments += 1;
            let first = self.span.map_or(now, |(first, _)| first);
            self.span = Some((first, now));
        }
    }

    /// Whether more are to be expected: the last came no longer ago than twice what lay between
    /// them on average. One alone is an answer.
    pub(super) fn go_on(&self, now: Instant) -> bool {
        let Some((first, last)) = self.span.filter(|_| self.moments > 1) else {
            return false;
        };
        let pause: Duration = (last - first) / (self.moments - 1);
        now - last <= 2 * pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether messages go on after looks at these counts, one each second.
    fn go_on(counts: &[u64]) -> bool {
        let begin = Instant::now();
        let at = |second| begin + Duration::from_secs(second);
        let mut arrivals = Arrivals::beyond(5);
        for (second, count) in (1..).zip(counts) {
            arrivals.look(at(second), *count);
        }
        arrivals.go_on(at(counts.len() as u64))
    }

    #[test]
    fn a_stream_and_a_clock_go_on() {
        assert!(go_on(&[6, 7, 8, 9]));
        assert!(go_on(&[1000, 2000, 3000]));
        assert!(go_on(&[5, 6, 6, 6, 7, 7, 7, 8, 8, 8]));
    }

    #[test]
    fn answers_that_have_come_to_their_end_do_not() {
        assert!(!go_on(&[5, 5, 5, 5]));
        assert!(!go_on(&[5, 5, 5, 6]), "one answer");
        assert!(!go_on(&[50, 500, 500, 500, 500]), "a burst");
    }
}
