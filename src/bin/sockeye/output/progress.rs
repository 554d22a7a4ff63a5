//! How far a pipe is: one line on standard error, drawn over itself and gone at the end.

use super::size::Bytes;
use super::{text_width, window};
use rustix::fs::{FileType, SeekFrom, fstat, seek};
use sockeye::Statistics;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

/// How often to show it.
pub(crate) const INTERVAL: Duration = Duration::from_millis(150);
/// What is over sooner needs no line.
const QUIET: Duration = Duration::from_secs(1);
/// Rates are taken over so many intervals.
const SAMPLES: usize = 10;

/// The line, if it has been long enough. Dropping it erases it.
#[derive(Debug)]
pub(crate) struct Progress<F: AsFd> {
    source: F,
    /// Where the source began and where it ends, when it is a file.
    extent: Option<(u64, u64)>,
    begin: Instant,
    samples: VecDeque<(Instant, Statistics)>,
    is_shown: bool,
}

impl<F: AsFd> Progress<F> {
    /// Of a conversation that begins now and sends what this source has.
    pub(crate) fn new(source: F) -> Self {
        let extent = extent(&source);
        Self {
            source,
            extent,
            begin: Instant::now(),
            samples: VecDeque::with_capacity(SAMPLES + 1),
            is_shown: false,
        }
    }

    /// Draws the line with these numbers.
    pub(crate) fn show(&mut self, numbers: &Statistics, buffered: u64) {
        let now = Instant::now();
        if self.samples.len() == SAMPLES {
            self.samples.pop_front();
        }
        let (since, before) = *self.samples.front().unwrap_or(&(self.begin, *numbers));
        self.samples.push_back((now, *numbers));
        if now < self.begin + QUIET {
            return;
        }
        let line = line(&Moment {
            numbers,
            before: &before,
            time: now - since,
            buffered,
            share: self.share(),
        });
        // In the last column some terminals would begin a new line.
        let width = window::columns(io::stderr()) - 1;
        self.is_shown = true;
        draw(text_width::prefix(&line, width));
    }

    /// How much of the source is read, if that can be known.
    fn share(&self) -> Option<f64> {
        let (start, end) = self.extent?;
        let here = seek(&self.source, SeekFrom::Current(0)).ok()?;
        let done = here.saturating_sub(start) as f64 / (end - start) as f64;
        Some(done.min(1.0))
    }
}

impl<F: AsFd> Drop for Progress<F> {
    fn drop(&mut self) {
        if self.is_shown {
            draw("");
        }
    }
}

fn draw(line: &str) {
    // Without a standard error there is nobody to show it to.
    _ = io::stderr().write_all(format!("\r{line}\x1b[K").as_bytes());
}

/// From the offset to the end of a file that has something left.
fn extent(source: impl AsFd) -> Option<(u64, u64)> {
    let stat = fstat(&source).ok()?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return None;
    }
    let start = seek(&source, SeekFrom::Current(0)).ok()?;
    let end = u64::try_from(stat.st_size).ok()?;
    (start < end).then_some((start, end))
}

/// What one line tells.
struct Moment<'a> {
    numbers: &'a Statistics,
    /// The numbers a while ago.
    before: &'a Statistics,
    /// How long ago.
    time: Duration,
    buffered: u64,
    share: Option<f64>,
}

fn line(moment: &Moment<'_>) -> String {
    let Moment {
        numbers, before, ..
    } = moment;
    let mut parts = Vec::new();
    if let Some(share) = moment.share {
        parts.push(format!("{:.0} %", (share * 100.0).floor()));
    }
    if numbers.messages_sent > 0 || numbers.messages_queued > 0 {
        let rate = rate(numbers.bytes_sent, before.bytes_sent, moment.time);
        parts.push(flow(
            "sent",
            numbers.messages_sent,
            numbers.bytes_sent,
            rate,
        ));
    }
    let rate = rate(numbers.bytes_received, before.bytes_received, moment.time);
    parts.push(flow(
        "received",
        numbers.messages_received,
        numbers.bytes_received,
        rate,
    ));
    if moment.buffered > 0 {
        parts.push(format!("{} buffered", Bytes(moment.buffered)));
    }
    parts.join(", ")
}

fn flow(verb: &str, messages: u64, bytes: u64, rate: Bytes) -> String {
    format!("{verb} {messages} ({}, {rate}/s)", Bytes(bytes))
}

fn rate(now: u64, before: u64, time: Duration) -> Bytes {
    // A time of zero gives no number, which is cast to 0.
    Bytes((now.saturating_sub(before) as f64 / time.as_secs_f64()) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Seek;

    fn told(numbers: Statistics, before: Statistics, share: Option<f64>) -> String {
        line(&Moment {
            numbers: &numbers,
            before: &before,
            time: Duration::from_secs(2),
            buffered: numbers.messages_queued * 1024,
            share,
        })
    }

    #[test]
    fn the_line_has_share_counts_bytes_rates_and_what_waits() {
        let before = Statistics {
            bytes_sent: 2 << 20,
            ..Statistics::default()
        };
        let numbers = Statistics {
            messages_queued: 64,
            messages_sent: 60,
            bytes_sent: 6 << 20,
            messages_received: 7,
            bytes_received: 2048,
            ..Statistics::default()
        };
        assert_eq!(
            told(numbers, before, Some(0.499)),
            "49 %, sent 60 (6.0 MiB, 2.0 MiB/s), received 7 (2.0 KiB, 1.0 KiB/s), 64 KiB buffered"
        );
    }

    #[test]
    fn who_sends_nothing_is_not_told_about_sending() {
        let numbers = Statistics {
            messages_received: 1,
            bytes_received: 4,
            ..Statistics::default()
        };
        assert_eq!(told(numbers, numbers, None), "received 1 (4 B, 0 B/s)");
    }

    #[test]
    fn the_share_is_of_what_was_left_of_a_file() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&[0; 100]).expect("written");
        file.seek(io::SeekFrom::Start(20)).expect("there");
        let reader = file.try_clone().expect("the same offset");
        let progress = Progress::new(reader);
        assert_eq!(progress.share(), Some(0.0));
        file.seek(io::SeekFrom::Start(60)).expect("there");
        assert_eq!(progress.share(), Some(0.5));
    }

    #[test]
    fn what_is_no_file_has_no_share() {
        let (reader, _writer) = io::pipe().expect("a pipe");
        assert_eq!(Progress::new(reader).share(), None);
        assert_eq!(
            Progress::new(tempfile::tempfile().expect("empty")).share(),
            None
        );
    }
}
