//! Values of options: what is typed, and one line about what would be right.

use crate::exit_status::CleanCodes;
use crate::transfer::Wait;
use sockeye::CloseCode;
use std::time::Duration;

/// A message has to be whole in memory, so there is a bound for what comes from files.
pub(super) const LARGEST_MESSAGE: usize = 1 << 30;

/// Seconds with a fraction; 0 or more.
pub(super) fn seconds(typed: &str) -> Result<Duration, String> {
    typed
        .parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "seconds are a number of 0 or more, like 2 or 0.5".to_owned())
}

/// Seconds, or `inf` or `-1` for ever.
pub(super) fn wait(typed: &str) -> Result<Wait, String> {
    match typed {
        "-1" | "inf" | "infinity" => Ok(Wait::Forever),
        _ => seconds(typed)
            .map(Wait::For)
            .map_err(|_| "seconds are a number of 0 or more, or 'inf' (or -1)".to_owned()),
    }
}

/// A number of messages, 1 or more.
pub(super) fn count(typed: &str) -> Result<u64, String> {
    let count = typed.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| "a count is a whole number above 0".to_owned())
}

/// A number of bytes, with or without a unit: `1000`, `64KiB`, `16M`, `1.5GB`.
pub(super) fn size(typed: &str) -> Result<usize, String> {
    let wrong = || "a size is a number above 0 and a unit, like 65536, 64KiB or 16MB".to_owned();
    let digits = typed
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(typed.len());
    let (number, unit) = typed.split_at(digits);
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kib" => 1024.0,
        "m" | "mib" => f64::from(1 << 20),
        "g" | "gib" => f64::from(1 << 30),
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        _ => return Err(wrong()),
    };
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * factor;
    // Everything below 2^53 is exact, and no memory is larger.
    if (1.0..9.0e15).contains(&bytes) {
        Ok(bytes as usize)
    } else {
        Err(wrong())
    }
}

/// A size of which there can be a whole message in memory.
pub(super) fn chunk(typed: &str) -> Result<usize, String> {
    let size = size(typed)?;
    if size > LARGEST_MESSAGE {
        return Err("a message is sent whole, so a chunk has at most 1GiB".to_owned());
    }
    Ok(size)
}

/// Close codes with commas between them.
pub(super) fn clean_codes(typed: &str) -> Result<CleanCodes, String> {
    let code = |typed: &str| {
        let code = typed.trim().parse::<u16>().ok()?;
        (CloseCode(code).may_be_sent() || code == CloseCode::NO_STATUS.0).then_some(code)
    };
    typed
        .split(',')
        .map(code)
        .collect::<Option<_>>()
        .map(CleanCodes)
        .ok_or_else(|| "close codes are numbers like 1000,4000 (1005: no code)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_fractions_and_are_never_negative() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        for wrong in ["-1", "inf", "NaN", "", "2s", "1e300"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_wait_may_be_for_ever() {
        assert_eq!(wait("inf"), Ok(Wait::Forever));
        assert_eq!(wait("-1"), Ok(Wait::Forever));
        assert_eq!(wait("2"), Ok(Wait::For(Duration::from_secs(2))));
        for wrong in ["-2", "NaN", "soon"] {
            assert!(wait(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes_take_both_kinds_of_units() {
        assert_eq!(size("1000"), Ok(1000));
        assert_eq!(size("64KiB"), Ok(65536));
        assert_eq!(size("64k"), Ok(65536));
        assert_eq!(size("1.5 MB"), Ok(1_500_000));
        assert_eq!(size("2G"), Ok(2 << 30));
        for wrong in [
            "",
            "0",
            "-1",
            "MiB",
            "1 TiBs",
            "1..2",
            "1e3",
            "99999999999999999999",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_chunk_fits_into_memory() {
        assert_eq!(chunk("1000"), Ok(1000));
        assert_eq!(chunk("1GiB"), Ok(1 << 30));
        assert!(chunk("1.1GiB").is_err_and(|wrong| wrong.contains("1GiB")));
    }

    #[test]
    fn clean_codes_are_codes_that_can_come() {
        assert_eq!(clean_codes("1000, 4000"), Ok(CleanCodes(vec![1000, 4000])));
        assert_eq!(clean_codes("1005"), Ok(CleanCodes(vec![1005])));
        for wrong in ["", "1006", "1000,", "70000", "ok"] {
            assert!(clean_codes(wrong).is_err(), "{wrong}");
        }
    }
}
