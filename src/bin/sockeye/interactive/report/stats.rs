//! `/stats`: how much went both ways, how fast, and how long answers took.

use super::sheet::{Page, Sheet};
use crate::interactive::stats_sampler::{Flow, Measured, RoundTrips, Second};
use crate::output::size::{Bytes, Count, Span, counted};
use crate::output::style::Role;
use sockeye::Statistics;

/// Numbers of a connection, and what they did in the last minute.
pub(in crate::interactive) fn stats(
    numbers: &Statistics,
    buffered: u64,
    measured: &Measured,
    page: Page,
) -> String {
    let mut sheet = Sheet::new(page);
    directions(&mut sheet, numbers, measured);
    waiting(&mut sheet, numbers, buffered);
    last_minute(&mut sheet, measured, page);
    round_trips(&mut sheet, &measured.round_trips, page);
    sheet.finish()
}

/// One column for each direction.
fn directions(sheet: &mut Sheet, numbers: &Statistics, measured: &Measured) {
    let open = measured.open_for().as_secs_f64();
    let now = measured.seconds.back().copied().unwrap_or_default();
    let columns = [
        Column {
            messages: numbers.messages_sent,
            bytes: numbers.bytes_sent,
            wire: numbers.wire_bytes_sent,
            now: now.sent,
        },
        Column {
            messages: numbers.messages_received,
            bytes: numbers.bytes_received,
            wire: numbers.wire_bytes_received,
            now: now.received,
        },
    ];
    let average = |amount: u64| {
        if open > 0.0 {
            amount as f64 / open
        } else {
            0.0
        }
    };
    sheet.columns("Traffic", &["sent", "received"]);
    let mut row = |name: &str, cell: &dyn Fn(&Column) -> String| {
        sheet.numbers(name, &columns.each_ref().map(cell));
    };
    row("messages", &|column| number(column.messages));
    row("payload", &|column| Bytes(column.bytes).to_string());
    row("on the wire", &|column| Bytes(column.wire).to_string());
    row("of payload", &Column::ratio);
    row("now", &|column| rate(column.now.messages as f64));
    row("", &|column| byte_rate(column.now.bytes as f64));
    row("average", &|column| rate(average(column.messages)));
    row("", &|column| byte_rate(average(column.bytes)));
}

/// One direction.
struct Column {
    messages: u64,
    bytes: u64,
    wire: u64,
    /// The last second.
    now: Flow,
}

impl Column {
    /// What the wire carried for the payload: below 100 % with compression, above it by framing.
    fn ratio(&self) -> String {
        match self.bytes {
            0 => "-".to_owned(),
            bytes => format!("{:.0} %", self.wire as f64 / bytes as f64 * 100.0),
        }
    }
}

/// With its thousands apart, as far as the column has room for it.
fn number(amount: u64) -> String {
    match amount {
        ..10_000_000 => Count(amount).to_string(),
        _ => amount.to_string(),
    }
}

/// Messages a second: exact when there are few.
fn rate(messages: f64) -> String {
    if messages > 0.0 && messages < 9.95 {
        format!("{messages:.1}/s")
    } else {
        format!("{}/s", number(messages.round() as u64))
    }
}

fn byte_rate(bytes: f64) -> String {
    format!("{}/s", Bytes(bytes as u64))
}

/// What the network has not taken, if anything.
fn waiting(sheet: &mut Sheet, numbers: &Statistics, buffered: u64) {
    let messages = numbers
        .messages_queued
        .saturating_sub(numbers.messages_sent);
    if messages > 0 || buffered > 0 {
        let text = format!(
            "{}, {} buffered",
            counted(messages, "message"),
            Bytes(buffered)
        );
        sheet.painted(Role::Changing, "waiting", text);
    }
}

/// Messages of each second, one plot for each direction.
fn last_minute(sheet: &mut Sheet, measured: &Measured, page: Page) {
    let shown = measured.seconds.len().min(page.room());
    if shown == 0 {
        return;
    }
    let seconds = || measured.seconds.iter().rev().take(shown).rev();
    sheet.heading(&format!("Messages a second, last {shown} s"));
    let mut plot = |name: &str, flow: fn(&Second) -> Flow| {
        let values: Vec<f64> = seconds()
            .map(|second| flow(second).messages as f64)
            .collect();
        let most = values.iter().copied().fold(0.0, f64::max);
        sheet.row(name, page.blocks.plot(&values));
        sheet.row("", format!("at most {}", rate(most)));
    };
    plot("sent", |second| second.sent);
    plot("received", |second| second.received);
}

fn round_trips(sheet: &mut Sheet, trips: &RoundTrips, page: Page) {
    let (Some(last), Some(median)) = (trips.recent.back(), trips.median()) else {
        sheet.heading("Round trips");
        return sheet.text("none measured yet: /ping measures one");
    };
    sheet.heading(&format!("Round trips, {}", trips.count));
    for (name, time) in [
        ("last", *last),
        ("median", median),
        ("least", trips.least),
        ("most", trips.most),
    ] {
        sheet.numbers(name, &[Span(time).to_string()]);
    }
    let shown = trips.recent.len().min(page.room());
    let recent = trips.recent.iter().rev().take(shown).rev();
    let values: Vec<f64> = recent.map(|time| time.as_secs_f64()).collect();
    if shown > 1 {
        sheet.row(&format!("last {shown}"), page.blocks.plot(&values));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactive::report::sheet::tests::page;
    use std::time::Duration;

    fn measured() -> Measured {
        let mut measured = Measured::default();
        for messages in [0, 4, 6, 6] {
            let numbers = Statistics {
                messages_received: messages,
                ..Statistics::default()
            };
            measured.pass(1, &numbers);
        }
        for milliseconds in [3, 1, 2] {
            measured
                .round_trips
                .add(Duration::from_millis(milliseconds));
        }
        measured
    }

    fn told(width: usize) -> String {
        let numbers = Statistics {
            messages_queued: 3,
            messages_sent: 2,
            bytes_sent: 1000,
            wire_bytes_sent: 250,
            messages_received: 1_234_567_890,
            bytes_received: u64::MAX,
            wire_bytes_received: u64::MAX,
            ..Statistics::default()
        };
        stats(&numbers, 70_000, &measured(), page(width))
    }

    /// The words of the row that begins with this one.
    fn words<'t>(shown: &'t str, name: &str) -> Vec<&'t str> {
        let mut lines = shown.lines().map(str::split_whitespace);
        let row = lines.find(|words| words.clone().next() == Some(name));
        row.map(Iterator::collect).unwrap_or_default()
    }

    #[test]
    fn both_directions_have_their_amounts_and_their_compression() {
        let shown = told(80);
        assert_eq!(words(&shown, "messages"), ["messages", "2", "1234567890"]);
        assert_eq!(words(&shown, "payload")[..3], ["payload", "1.0", "KiB"]);
        assert_eq!(words(&shown, "of")[..4], ["of", "payload", "25", "%"]);
        assert!(
            shown.contains("waiting         1 message, 68 KiB buffered\n"),
            "{shown}"
        );
    }

    #[test]
    fn large_numbers_can_be_read() {
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(rate(113_970.4), "113,970/s");
        assert_eq!(
            (rate(0.0), rate(2.0)),
            ("0/s".to_owned(), "2.0/s".to_owned())
        );
    }

    #[test]
    fn the_last_seconds_and_round_trips_are_plotted() {
        let shown = told(80);
        assert!(shown.contains("Messages a second, last 4 s\n"), "{shown}");
        assert!(shown.contains("received        ▁█▅▁\n"), "{shown}");
        assert!(shown.contains("at most 4.0/s\n"), "{shown}");
        assert!(shown.contains("Round trips, 3\n"), "{shown}");
        assert_eq!(words(&shown, "median"), ["median", "2.0", "ms"]);
        assert!(shown.contains("last 3          █▄▆\n"), "{shown}");
    }

    #[test]
    fn a_connection_that_has_done_nothing_says_so() {
        let idle = Measured::default();
        let shown = stats(&Statistics::default(), 0, &idle, page(80));
        assert!(
            shown.contains("/ping") && !shown.contains("waiting"),
            "{shown}"
        );
        assert!(!shown.contains("NaN") && !shown.contains("inf"), "{shown}");
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        for width in [39, 79, 199] {
            let shown = told(width);
            let widest = shown.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{widest:?} of {width}:\n{shown}");
        }
    }
}
