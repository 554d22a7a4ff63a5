//! What a connection does over time: messages a second, and round trips.

use super::prompt::Current;
use sockeye::{Event, Statistics};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// So many seconds are remembered.
pub(super) const SECONDS: usize = 60;
/// So many round trips are remembered, for their median and their plot.
const ROUND_TRIPS: usize = 240;

/// Measures the connection that is talked to now; every clone tells and hears the same.
#[derive(Debug, Clone, Default)]
pub(super) struct StatsSampler(Arc<Mutex<Measured>>);

/// What has been measured.
#[derive(Debug, Clone, Default)]
pub(super) struct Measured {
    /// When the connection was made, and when it ended.
    opened: Option<Instant>,
    ended: Option<Instant>,
    /// The numbers at the end of the last second.
    before: Statistics,
    /// The last seconds, the newest at the end.
    pub(super) seconds: VecDeque<Second>,
    pub(super) round_trips: RoundTrips,
}

/// What happened within one second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Second {
    pub(super) sent: Flow,
    pub(super) received: Flow,
}

/// What went one way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flow {
    pub(super) messages: u64,
    /// Payload.
    pub(super) bytes: u64,
}

/// The round trips of pings.
#[derive(Debug, Clone, Default)]
pub(super) struct RoundTrips {
    /// The last ones, the newest at the end.
    pub(super) recent: VecDeque<Duration>,
    /// All of them.
    pub(super) count: u64,
    pub(super) least: Duration,
    pub(super) most: Duration,
}

impl StatsSampler {
    /// Begins to look at the connection, once a second.
    pub(super) fn start(current: &Current) -> Self {
        let pulse = Self::default();
        let (measuring, current) = (pulse.clone(), current.clone());
        thread::spawn(move || {
            let mut last = Instant::now();
            loop {
                thread::sleep(Duration::from_secs(1));
                // A suspended program has slept longer.
                let slept = last.elapsed().as_secs_f64().round() as usize;
                last = Instant::now();
                let numbers = current.socket().statistics();
                measuring.lock().pass(slept, &numbers);
            }
        });
        pulse
    }

    /// Another connection begins: what was measured of the last one is forgotten.
    pub(super) fn restart(&self) {
        *self.lock() = Measured::default();
    }

    /// Takes in what an event tells.
    pub(super) fn hear(&self, event: &Event<'_>) {
        match event {
            Event::Open(_) => self.lock().opened = Some(Instant::now()),
            Event::Close(_) => self.lock().ended = Some(Instant::now()),
            Event::Pong {
                round_trip: Some(time),
                ..
            } => self.lock().round_trips.add(*time),
            _ => {}
        }
    }

    /// What has been measured so far.
    pub(super) fn measured(&self) -> Measured {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Measured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Measured {
    /// How long the connection has been open, or was.
    pub(super) fn open_for(&self) -> Duration {
        let end = self.ended.unwrap_or_else(Instant::now);
        self.opened.map_or(Duration::ZERO, |opened| end - opened)
    }

    /// So many seconds have passed, and these are the numbers now.
    pub(super) fn pass(&mut self, seconds: usize, numbers: &Statistics) {
        let Statistics {
            messages_sent,
            bytes_sent,
            messages_received,
            bytes_received,
            ..
        } = std::mem::replace(&mut self.before, *numbers);
        let second = Second {
            sent: Flow {
                messages: numbers.messages_sent.saturating_sub(messages_sent),
                bytes: numbers.bytes_sent.saturating_sub(bytes_sent),
            },
            received: Flow {
                messages: numbers.messages_received.saturating_sub(messages_received),
                bytes: numbers.bytes_received.saturating_sub(bytes_received),
            },
        };
        let idle = seconds.saturating_sub(1).min(SECONDS);
        self.seconds.extend([Second::default()].repeat(idle));
        self.seconds.push_back(second);
        let surplus = self.seconds.len().saturating_sub(SECONDS);
        self.seconds.drain(..surplus);
    }
}

impl RoundTrips {
    pub(super) fn add(&mut self, time: Duration) {
        self.least = match self.count {
            0 => time,
            _ => self.least.min(time),
        };
        self.most = self.most.max(time);
        self.count += 1;
        if self.recent.len() == ROUND_TRIPS {
            self.recent.pop_front();
        }
        self.recent.push_back(time);
    }

    /// The median of the recent ones, the lower one of two.
    pub(super) fn median(&self) -> Option<Duration> {
        let mut sorted: Vec<_> = self.recent.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len().saturating_sub(1) / 2).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(messages_sent: u64, bytes_received: u64) -> Statistics {
        Statistics {
            messages_sent,
            bytes_received,
            ..Statistics::default()
        }
    }

    #[test]
    fn a_second_has_what_came_since_the_one_before() {
        let mut measured = Measured::default();
        measured.pass(1, &numbers(3, 100));
        measured.pass(1, &numbers(5, 100));
        let told: Vec<_> = (measured.seconds.iter())
            .map(|second| (second.sent.messages, second.received.bytes))
            .collect();
        assert_eq!(told, [(3, 100), (2, 0)]);
    }

    #[test]
    fn seconds_slept_through_are_idle_and_no_more_than_a_minute_is_kept() {
        let mut measured = Measured::default();
        measured.pass(1, &numbers(1, 0));
        measured.pass(3, &numbers(2, 0));
        let sent: Vec<u64> = measured.seconds.iter().map(|s| s.sent.messages).collect();
        assert_eq!(sent, [1, 0, 0, 1]);
        measured.pass(usize::MAX, &numbers(7, 0));
        assert_eq!(measured.seconds.len(), SECONDS);
        assert_eq!(measured.seconds.back().map(|s| s.sent.messages), Some(5));
    }

    #[test]
    fn round_trips_have_a_median_and_their_extremes_outlive_them() {
        let mut trips = RoundTrips::default();
        assert_eq!(trips.median(), None);
        for milliseconds in [9, 1, 5, 100] {
            trips.add(Duration::from_millis(milliseconds));
        }
        assert_eq!(trips.median(), Some(Duration::from_millis(5)));
        for _ in 0..1000 {
            trips.add(Duration::from_millis(7));
        }
        assert_eq!(trips.recent.len(), ROUND_TRIPS);
        let extremes = (trips.least.as_millis(), trips.most.as_millis());
        assert_eq!((extremes, trips.count), ((1, 100), 1004));
    }
}
