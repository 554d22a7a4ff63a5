//! `/state` and `/stats`, laid out to be read.

use crate::output::sanitize;
use crate::output::size::{Bytes, Span};
use crate::output::style::{Role, Style};
use sockeye::{Statistics, WebSocket};
use std::fmt::Write;

/// Every member of the interface, and how long the state has lasted.
pub(super) fn state(socket: &WebSocket, style: Style) -> String {
    let state = socket.ready_state();
    let age = Span(socket.state_age());
    let painted = style.paint(Role::from(state), state);
    let buffered = socket.buffered_amount();
    let text = |text: &str| match text {
        "" => "\"\"".to_owned(),
        text => sanitize::line(text).into_owned(),
    };
    rows(
        style,
        &[
            ("url", text(socket.url())),
            (
                "readyState",
                format!("{} {painted} for {age}", state.number()),
            ),
            ("bufferedAmount", format!("{buffered} bytes")),
            ("protocol", text(socket.protocol())),
            ("extensions", text(socket.extensions())),
            ("binaryType", socket.binary_type().to_string()),
        ],
    )
}

/// Numbers of a connection.
pub(super) fn statistics(numbers: &Statistics, style: Style) -> String {
    let direction = |messages: u64, bytes: u64, wire: u64| {
        let share = match bytes {
            0 => String::new(),
            bytes => format!(" ({:.0} %)", wire as f64 / bytes as f64 * 100.0),
        };
        format!(
            "{}, {}, {} on the wire{share}",
            counted(messages),
            Bytes(bytes),
            Bytes(wire)
        )
    };
    let waiting = numbers
        .messages_queued
        .saturating_sub(numbers.messages_sent);
    rows(
        style,
        &[
            (
                "sent",
                direction(
                    numbers.messages_sent,
                    numbers.bytes_sent,
                    numbers.wire_bytes_sent,
                ),
            ),
            ("waiting", counted(waiting)),
            (
                "received",
                direction(
                    numbers.messages_received,
                    numbers.bytes_received,
                    numbers.wire_bytes_received,
                ),
            ),
            (
                "round trip",
                numbers.last_round_trip.map_or_else(
                    || "none measured; try /ping".to_owned(),
                    |time| Span(time).to_string(),
                ),
            ),
        ],
    )
}

fn counted(messages: u64) -> String {
    match messages {
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    }
}

fn rows(style: Style, rows: &[(&str, String)]) -> String {
    let mut out = String::new();
    for (name, value) in rows {
        // Writing to a String cannot fail.
        _ = writeln!(out, "  {:<14}  {value}", style.paint(Role::Strong, name));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_tell_compression_and_what_waits() {
        let numbers = Statistics {
            messages_queued: 3,
            messages_sent: 2,
            bytes_sent: 1000,
            wire_bytes_sent: 250,
            ..Statistics::default()
        };
        let text = statistics(&numbers, Style { colored: false });
        assert!(
            text.contains("2 messages, 1.0 KiB, 250 B on the wire (25 %)"),
            "{text}"
        );
        assert!(text.contains("waiting         1 message\n"), "{text}");
    }
}
