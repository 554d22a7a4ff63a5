//! How a pipe, a one-shot or JSON mode ends: `--close-code`, `--close-reason`.

use super::args;
use crate::failure::Failure;
use crate::session::CloseArguments;
use clap::Args;
use sockeye::close_code;

/// The options, each as it was typed.
#[derive(Debug, Args)]
#[command(next_help_heading = args::ENDING)]
pub(super) struct EndingArgs {
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

    /// What bounds or ends a run that nobody types in has no meaning at a terminal.
    pub(super) fn check_interactive(&self) -> Result<(), Failure> {
        if self.close() == CloseArguments::default() {
            return Ok(());
        }
        Err(Failure::Usage(
            "--close-code and --close-reason are for pipes, -x and --json; at a terminal, \
             /close CODE REASON closes"
                .to_owned(),
        ))
    }
}

fn code(typed: &str) -> Result<u16, String> {
    let code = typed.parse().ok();
    code.filter(|code| close_code::may_be_asked(*code))
        .ok_or_else(|| "the close code is 1000 or from 3000 to 4999".to_owned())
}

fn reason(typed: &str) -> Result<String, String> {
    let (most, length) = (close_code::MAX_REASON, typed.len());
    if length > most {
        return Err(format!(
            "a close reason has at most {most} bytes of UTF-8, not {length}"
        ));
    }
    Ok(typed.to_owned())
}
