//! The members of an object, each with the comma before it. Writing to a `String` cannot fail, so
//! results are let go.

use crate::output::sanitize;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// Seconds since the epoch, to the microsecond.
pub(super) fn push_time(out: &mut String, time: SystemTime) {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    _ = write!(out, "{}.{:06}", since.as_secs(), since.subsec_micros());
}

/// To the microsecond, and without an exponent however short.
pub(super) fn in_seconds(time: Duration) -> f64 {
    Duration::from_micros(u64::try_from(time.as_micros()).unwrap_or(u64::MAX)).as_secs_f64()
}

/// A member whose value is JSON as it stands.
pub(super) fn push_value(out: &mut String, name: &str, value: impl std::fmt::Display) {
    _ = write!(out, ",\"{name}\":{value}");
}

/// A member whose value is a text.
pub(super) fn push_text(out: &mut String, name: &str, text: &str) {
    out.push_str(",\"");
    out.push_str(name);
    out.push_str("\":\"");
    push_escaped(out, text);
    out.push('"');
}

/// What JSON wants escaped (RFC 8259 §7), and what would steer a terminal.
fn push_escaped(out: &mut String, mut text: &str) {
    while let Some(at) = text.bytes().position(may_need_escape) {
        let (plain, rest) = text.split_at(at);
        out.push_str(plain);
        // The byte is a whole character or begins one.
        let Some(c) = rest.chars().next() else {
            return;
        };
        push_character(out, c);
        text = &rest[c.len_utf8()..];
    }
    out.push_str(text);
}

/// Every character that is escaped begins with one of these bytes, and little else does.
fn may_need_escape(byte: u8) -> bool {
    matches!(byte, 0..=0x1f | b'"' | b'\\' | 0x7f | 0xc2 | 0xd8 | 0xe2)
}

/// Appends a character, escaped if it has to be.
fn push_character(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if sanitize::steers(c) => push_unit(out, u32::from(c)),
        c => out.push(c),
    }
}

/// Appends `\uXXXX`: what is escaped so is in the basic plane, where four digits do.
fn push_unit(out: &mut String, unit: u32) {
    out.push_str("\\u");
    for shift in [12, 8, 4, 0] {
        out.extend(char::from_digit((unit >> shift) & 0xf, 16));
    }
}
