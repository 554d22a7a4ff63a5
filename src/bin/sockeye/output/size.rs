//! Numbers, numbers of bytes and lengths of time for people.

use std::fmt;
use std::time::Duration;

/// Bytes in at most three digits and a unit of 1024: `999 B`, `1.5 KiB`, `64 MiB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        if self.0 < 1000 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut value = self.0 as f64 / 1024.0;
        let mut unit = 0;
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let decimals = usize::from(value < 9.95);
        f.pad(&format!("{value:.decimals$} {}", UNITS[unit]))
    }
}

/// A number with its thousands apart: `4,812`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        f.pad(&text)
    }
}

/// A number with its noun: `1 message`, `4,812 messages`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {}", Count(count), plural(count, noun))
}

/// A noun whose plural ends in `s`, as it stands after a number.
pub(crate) fn plural(count: u64, noun: &str) -> Plural<'_> {
    Plural {
        noun,
        is_one: count == 1,
    }
}

/// See [`plural`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plural<'a> {
    noun: &'a str,
    is_one: bool,
}

impl fmt::Display for Plural<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.noun)?;
        f.write_str(if self.is_one { "" } else { "s" })
    }
}

/// A length of time in three digits or so: `210 µs`, `3.4 ms`, `12.5 s`, `3 min 20 s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let text = match seconds {
            s if s < 0.000_999_5 => format!("{:.0} µs", s * 1e6),
            s if s < 0.099_95 => format!("{:.1} ms", s * 1e3),
            s if s < 0.999_5 => format!("{:.0} ms", s * 1e3),
            s if s < 99.95 => format!("{s:.1} s"),
            _ => long(self.0.as_secs()),
        };
        f.pad(&text)
    }
}

fn long(seconds: u64) -> String {
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    if hours == 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else {
        format!("{hours} h {minutes} min")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let texts = [0, 999, 1000, 96_240, 1_234_567].map(|number| Count(number).to_string());
        assert_eq!(texts, ["0", "999", "1,000", "96,240", "1,234,567"]);
    }

    #[test]
    fn one_is_singular_and_any_other_number_plural() {
        let texts = [0, 1, 2, 4812].map(|count| counted(count, "message"));
        assert_eq!(
            texts,
            ["0 messages", "1 message", "2 messages", "4,812 messages"]
        );
    }

    #[test]
    fn bytes_never_need_more_than_seven_columns() {
        let shown = |bytes| Bytes(bytes).to_string();
        assert_eq!(shown(0), "0 B");
        assert_eq!(shown(999), "999 B");
        assert_eq!(shown(1000), "1.0 KiB");
        assert_eq!(shown(10 << 10), "10 KiB");
        assert_eq!(shown((1 << 20) - 1), "1.0 MiB");
        assert_eq!(shown(64 << 20), "64 MiB");
        for shift in 0..64 {
            for bytes in [(1u64 << shift) - 1, 1 << shift] {
                assert!(shown(bytes).len() <= 7, "{bytes}: {}", shown(bytes));
            }
        }
    }

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        let shown = |micros| Span(Duration::from_micros(micros)).to_string();
        assert_eq!(shown(210), "210 µs");
        assert_eq!(shown(3_400), "3.4 ms");
        assert_eq!(shown(340_000), "340 ms");
        assert_eq!(shown(2_000_000), "2.0 s");
        assert_eq!(shown(200_000_000), "3 min 20 s");
        assert_eq!(shown(7_500_000_000), "2 h 5 min");
    }
}
