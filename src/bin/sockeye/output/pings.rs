//! Pings and pongs beside a pipe, for those who want to see them (`-P`).

use super::size::Span;
use super::style::{Role, Style};
use super::{hex, sanitize};
use sockeye::Event;
use std::io::{self, Write};

/// Tells on standard error of pings and pongs that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pings {
    /// Colours.
    pub(crate) style: Style,
}

impl Pings {
    /// Whether there is something to tell about this event.
    pub(crate) fn concerns(event: &Event<'_>) -> bool {
        matches!(event, Event::Ping(_) | Event::Pong { .. })
    }

    /// Tells one event.
    pub(crate) fn tell(self, event: &Event<'_>) {
        if let Some(line) = line(event) {
            let line = self.style.paint(Role::Faint, line);
            // Nobody is left to tell when standard error is gone.
            _ = io::stderr().write_all(format!("{line}\n").as_bytes());
        }
    }
}

/// `< ping DATA`, `< pong DATA 0.2 ms`
pub(super) fn line(event: &Event<'_>) -> Option<String> {
    let (name, payload, time) = match event {
        Event::Ping(payload) => ("ping", payload, None),
        Event::Pong {
            payload,
            round_trip,
        } => ("pong", payload, *round_trip),
        _ => return None,
    };
    let time = time.map_or_else(String::new, |time| Span(time).to_string());
    let mut line = format!("< {name}");
    for part in [control_payload(payload), time] {
        if !part.is_empty() {
            line.push(' ');
            line.push_str(&part);
        }
    }
    Some(line)
}

/// Text where it is text, else its bytes.
fn control_payload(payload: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(payload) {
        return sanitize::line(text).into_owned();
    }
    let mut digits = String::from("hex:");
    for byte in payload {
        hex::push_hex(*byte, &mut digits);
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_ping_has_its_data_and_a_pong_its_round_trip() {
        assert_eq!(
            line(&Event::Ping(b"a\x1b".as_slice().into())).as_deref(),
            Some("< ping a\\x1b")
        );
        assert_eq!(
            line(&Event::Ping(b"".as_slice().into())).as_deref(),
            Some("< ping")
        );
        let pong = Event::Pong {
            payload: b"a".as_slice().into(),
            round_trip: Some(Duration::from_millis(2)),
        };
        let empty = Event::Pong {
            payload: b"".as_slice().into(),
            round_trip: Some(Duration::from_millis(2)),
        };
        let told = line(&empty).unwrap_or_default();
        assert!(told.starts_with("< pong 2"), "{told}");
        let told = line(&pong).unwrap_or_default();
        assert!(
            told.starts_with("< pong a 2") && told.ends_with("ms"),
            "{told}"
        );
    }
}
