//! When a server wants to be asked again (RFC 9110 §10.2.3).

use sockeye::http1::Headers;
use std::time::{Duration, SystemTime};

/// No server makes us wait longer.
const LONGEST: Duration = Duration::from_secs(300);

/// How long after `now` the field `Retry-After` asks to wait: seconds, or a date. At most five
/// minutes; none without the field, or when it is neither.
pub(crate) fn wait(headers: &Headers, now: SystemTime) -> Option<Duration> {
    let mut fields = headers.iter();
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    let value = value.trim();
    let wait = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than a number has are a long time.
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        let date = httpdate::parse_http_date(value).ok()?;
        date.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for(value: &str) -> Option<u64> {
        let mut headers = Headers::new();
        headers.push("retry-after", value).expect("legal");
        // Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 §5.6.7.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        wait(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_and_the_three_forms_of_a_date_are_understood() {
        assert_eq!(wait_for("7"), Some(7));
        assert_eq!(wait_for("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(wait_for("Sunday, 06-Nov-94 08:49:47 GMT"), Some(10));
        assert_eq!(wait_for("Sun Nov  6 08:49:47 1994"), Some(10));
    }

    #[test]
    fn a_date_that_has_passed_is_now() {
        assert_eq!(wait_for("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
    }

    #[test]
    fn no_server_makes_us_wait_longer_than_five_minutes() {
        assert_eq!(wait_for("86400"), Some(300));
        assert_eq!(wait_for("99999999999999999999999"), Some(300));
        assert_eq!(wait_for("Sun, 06 Nov 2044 08:49:47 GMT"), Some(300));
    }

    #[test]
    fn what_is_neither_is_as_if_it_were_not_there() {
        for value in ["soon", "-1", "1.5", ""] {
            assert_eq!(wait_for(value), None, "{value}");
        }
    }
}
