//! How a pipe, a one-shot or JSON mode ends, and when at the latest: `--max-time`,
//! `--send-timeout`, `--close-code`, `--close-reason`.

use super::{args, values};
use crate::failure::Failure;
use crate::limits::{Limits, MaxTime};
use crate::session::CloseArguments;
use crate::transfer::Wait;
use clap::Args;
use sockeye::CloseCode;
use std::time::{Duration, Instant};

/// The options, each as it was typed.
#[derive(Debug, Args)]
#[command(next_help_heading = args::ENDING)]
pub(super) struct EndingArgs {
    /// Give up the whole run, whatever it is doing, after SECONDS; 'inf' or 0 for never
    #[arg(short, long, value_name = "SECONDS", default_value = "inf", value_parser = max_time)]
    max_time: Wait,

    /// Give up when the server takes nothing of what is to be sent for SECONDS; 'inf' for never
    #[arg(long, value_name = "SECONDS", default_value = "inf", value_parser = send_timeout)]
    send_timeout: Wait,

    /// Close with CODE at the end of a pipe, a one-shot or JSON mode: 1000 or 3000 to 4999
    #[arg(long, value_name = "CODE", default_value = "1000", hide_default_value = true, value_parser = code)]
    close_code: u16,

    /// Say why when closing so; at most 123 bytes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, value_parser = reason)]
    close_reason: String,
}

impl EndingArgs {
    /// What the connection is closed with at the end.
    pub(super) fn close(&self) -> CloseArguments {
        CloseArguments {
            code: self.close_code,
            reason: self.close_reason.clone(),
        }
    }

    /// The bounds of a run that begins now.
    pub(super) fn limits(&self, now: Instant) -> Limits {
        Limits {
            max_time: MaxTime::starting(now, self.max_time),
            send_timeout: self.send_timeout,
        }
    }

    /// What is for a run that nobody types in would do nothing at a terminal.
    pub(super) fn check_interactive(&self) -> Result<(), Failure> {
        let given = [
            ("--max-time", self.max_time != Wait::Forever),
            ("--send-timeout", self.send_timeout != Wait::Forever),
            ("--close-code", self.close_code != 1000),
            ("--close-reason", !self.close_reason.is_empty()),
        ];
        let Some((option, _)) = given.into_iter().find(|(_, is_given)| *is_given) else {
            return Ok(());
        };
        let instead = match option {
            "--close-code" | "--close-reason" => "type /close CODE REASON",
            _ => "add -x TEXT to send a message and leave, or </dev/null to send none",
        };
        Err(Failure::Usage(format!(
            "{option} is for pipes, -x, -f and --json, not for the interactive client: {instead}"
        )))
    }
}

/// As in curl, 0 is no bound.
fn max_time(typed: &str) -> Result<Wait, String> {
    match values::wait(typed) {
        Ok(Wait::For(Duration::ZERO)) => Ok(Wait::Forever),
        Ok(time) => Ok(time),
        Err(_) => Err("seconds are a number of 0 or more, or 'inf'".to_owned()),
    }
}

fn send_timeout(typed: &str) -> Result<Wait, String> {
    values::wait(typed)
        .ok()
        .filter(|time| *time != Wait::For(Duration::ZERO))
        .ok_or_else(|| "seconds are a number above 0, or 'inf'".to_owned())
}

fn code(typed: &str) -> Result<u16, String> {
    let code = typed.parse().ok();
    code.filter(|code| CloseCode(*code).is_valid_for_close())
        .ok_or_else(|| "the close code is 1000 or from 3000 to 4999".to_owned())
}

fn reason(typed: &str) -> Result<String, String> {
    let (most, length) = (CloseCode::MAX_REASON, typed.len());
    if length > most {
        return Err(format!(
            "a close reason has at most {most} bytes of UTF-8, not {length}"
        ));
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(line: &[&str]) -> Result<(), Failure> {
        let line = ["sockeye", "u"].iter().chain(line).map(Into::into);
        let typed = args::parse(line).expect("a right command line");
        typed.args.ending.check_interactive()
    }

    #[test]
    fn what_ends_a_run_that_nobody_types_in_is_refused_at_a_terminal() {
        assert!(checked(&[]).is_ok());
        for (option, value) in [
            ("--max-time", "1"),
            ("--send-timeout", "1"),
            ("--close-code", "3000"),
            ("--close-reason", "bye"),
        ] {
            let error = checked(&[option, value]).expect_err("refused").to_string();
            assert!(error.starts_with(option), "{error}");
        }
    }
}
