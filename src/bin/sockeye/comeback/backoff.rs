//! How long to wait between attempts: exponential back-off with full jitter, so that many clients
//! of one server do not come back in step.

use std::time::Duration;

/// The longest first wait; it doubles with each attempt.
const FIRST: Duration = Duration::from_millis(250);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(30);

/// The wait before attempt `attempt` (from 1): a `chance` from 0 to 1 of all that it may be.
pub(super) fn delay(attempt: u64, chance: f64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    let most = 2u32
        .checked_pow(doublings)
        .and_then(|factor| FIRST.checked_mul(factor))
        .map_or(LONGEST, |most| most.min(LONGEST));
    most.mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_wait_doubles_up_to_half_a_minute() {
        let longest: Vec<f64> = (1..10).map(|n| delay(n, 1.0).as_secs_f64()).collect();
        let expected = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
        assert_eq!(longest, expected);
        assert_eq!(delay(u64::MAX, 1.0), LONGEST);
    }

    #[test]
    fn the_wait_is_anything_from_nothing_to_the_longest() {
        assert_eq!(delay(4, 0.0), Duration::ZERO);
        assert_eq!(delay(4, 0.25), Duration::from_millis(500));
    }
}
