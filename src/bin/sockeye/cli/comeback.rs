//! Staying connected and coming back: `--ping-interval`, `--retry`, `--reconnect`.

use super::values;
use crate::comeback::{Settings, Times};
use crate::transfer::Wait;
use clap::{ArgGroup, Args};
use sockeye::protocol::KeepAlive;
use std::time::Duration;

const COMING_BACK: &str = "Staying connected and coming back";

/// The options, each as it was typed.
#[derive(Debug, Args)]
#[command(next_help_heading = COMING_BACK, group = ArgGroup::new("comebacks").multiple(true))]
pub(super) struct ComebackArgs {
    /// Send a ping each SECONDS
    #[arg(long, value_name = "SECONDS", value_parser = interval)]
    ping_interval: Option<Duration>,

    /// Give the connection up for lost when such a ping is not answered within SECONDS; 'inf' for
    /// never
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = values::wait, allow_hyphen_values = true, requires = "ping_interval")]
    ping_timeout: Wait,

    /// Try up to N more times until the first connection is open, each after a longer wait; 'inf'
    /// without end
    #[arg(long, value_name = "N", value_parser = times, group = "comebacks")]
    retry: Option<Times>,

    /// Connect again when the connection is lost, at most N times in a row; send -x and -f again,
    /// then what was queued and not sent
    #[arg(long, value_name = "N", value_parser = times, group = "comebacks", num_args = 0..=1, require_equals = true, default_missing_value = "inf")]
    reconnect: Option<Times>,

    /// Wait SECONDS before each further attempt, instead of up to 0.25, 0.5, 1, … 30
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, requires = "comebacks")]
    retry_delay: Option<Duration>,

    /// Begin no further attempt SECONDS after the first failure
    #[arg(long, value_name = "SECONDS", value_parser = values::seconds, requires = "comebacks")]
    retry_max_time: Option<Duration>,
}

impl ComebackArgs {
    /// When to open again.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            retry: self.retry,
            reconnect: self.reconnect,
            delay: self.retry_delay,
            max_time: self.retry_max_time,
        }
    }

    /// Pings at an interval.
    pub(super) fn keep_alive(&self) -> Option<KeepAlive> {
        self.ping_interval.map(|interval| KeepAlive {
            interval,
            timeout: match self.ping_timeout {
                Wait::For(time) => Some(time),
                Wait::Forever => None,
            },
        })
    }
}

fn interval(typed: &str) -> Result<Duration, String> {
    values::seconds(typed)
        .ok()
        .filter(|interval| *interval >= Duration::from_millis(1))
        .ok_or_else(|| "an interval is a number of seconds above 0, like 20 or 0.5".to_owned())
}

fn times(typed: &str) -> Result<Times, String> {
    match typed {
        "inf" | "infinity" => Ok(Times::Forever),
        _ => typed
            .parse()
            .map(Times::AtMost)
            .map_err(|_| "a number of attempts, or 'inf'".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: ComebackArgs,
        url: String,
    }

    fn parsed(line: &[&str]) -> Result<ComebackArgs, clap::Error> {
        let line = ["sockeye"].iter().chain(line);
        Line::try_parse_from(line).map(|line| line.args)
    }

    #[test]
    fn reconnect_takes_a_number_or_none_and_never_the_url() {
        let reconnect = |line: &[&str]| parsed(line).expect("right").settings().reconnect;
        assert_eq!(reconnect(&["u"]), None);
        assert_eq!(reconnect(&["--reconnect", "u"]), Some(Times::Forever));
        assert_eq!(reconnect(&["--reconnect=3", "u"]), Some(Times::AtMost(3)));
        assert_eq!(reconnect(&["--reconnect=inf", "u"]), Some(Times::Forever));
    }

    #[test]
    fn pings_are_sent_when_asked_and_their_pongs_awaited() {
        let keep_alive = |line: &[&str]| parsed(line).expect("right").keep_alive();
        assert_eq!(keep_alive(&["u"]), None);
        let seconds = |interval, timeout: Option<u64>| {
            Some(KeepAlive {
                interval: Duration::from_secs(interval),
                timeout: timeout.map(Duration::from_secs),
            })
        };
        assert_eq!(
            keep_alive(&["--ping-interval", "5", "u"]),
            seconds(5, Some(20))
        );
        let line = ["--ping-interval", "5", "--ping-timeout", "inf", "u"];
        assert_eq!(keep_alive(&line), seconds(5, None));
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for wrong in [
            &["--ping-interval", "0", "u"][..],
            &["--ping-timeout", "1", "u"],
            &["--retry", "-1", "u"],
            &["--retry", "often", "u"],
            &["--retry", "1", "--retry-delay", "-1", "u"],
            &["--retry-delay", "1", "u"],
            &["--retry-max-time", "1", "u"],
        ] {
            assert!(parsed(wrong).is_err(), "{wrong:?}");
        }
    }
}
