//! When a message came: by the clock on the wall, and after the one before.

use crate::output::size::Span;
use jiff::tz::TimeZone;
use std::fmt::{self, Write};
use std::time::SystemTime;

/// Remembers the message before.
#[derive(Debug, Default)]
pub(super) struct Clock {
    previous: Option<SystemTime>,
    /// Looked up when the first time is told.
    zone: Option<TimeZone>,
}

impl Clock {
    /// A message came at this time; the answer is when the one before came. Called for each,
    /// shown with its time or not.
    pub(super) fn tick(&mut self, time: SystemTime) -> Option<SystemTime> {
        self.previous.replace(time)
    }

    /// `14:03:05.123  +210 ms`: the local time, and how long after the one before; nothing, when
    /// the clock was put back between them. Of the same width unless minutes were silent.
    pub(super) fn tell(&mut self, time: SystemTime, previous: Option<SystemTime>) -> String {
        let zone = self.zone.get_or_insert_with(TimeZone::system);
        let mut told = local(time, zone);
        let since = previous.map_or_else(String::new, |previous| {
            format!(
                "+{}",
                Span(time.duration_since(previous).unwrap_or_default())
            )
        });
        // Writing to a String cannot fail.
        _ = write!(told, " {since:>8}");
        told
    }
}

/// The time of day to the millisecond.
fn local(time: SystemTime, zone: &TimeZone) -> String {
    match jiff::Timestamp::try_from(time) {
        Ok(time) => TimeOfDay(zone.to_datetime(time).time()).to_string(),
        // Thousands of years away: nobody's clock.
        Err(_) => "--:--:--.---".to_owned(),
    }
}

struct TimeOfDay(jiff::civil::Time);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        let (hour, minute, second) = (time.hour(), time.minute(), time.second());
        write!(
            f,
            "{hour:02}:{minute:02}:{second:02}.{:03}",
            time.millisecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::tz::offset;
    use std::time::{Duration, UNIX_EPOCH};

    fn at(milliseconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(milliseconds)
    }

    fn clock() -> Clock {
        Clock {
            zone: Some(TimeZone::fixed(offset(2))),
            ..Clock::default()
        }
    }

    #[test]
    fn the_time_is_that_of_the_clock_on_the_wall() {
        let told = clock().tell(at(1_234_567_890_123), None);
        assert_eq!(told, "01:31:30.123         ");
    }

    #[test]
    fn the_time_since_the_message_before_stands_behind_it() {
        let mut clock = clock();
        clock.tick(at(1000));
        let previous = clock.tick(at(1210));
        assert_eq!(clock.tell(at(1210), previous), "02:00:01.210  +210 ms");
        let previous = clock.tick(at(900));
        assert_eq!(clock.tell(at(900), previous), "02:00:00.900    +0 µs");
    }
}
