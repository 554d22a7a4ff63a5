//! The command line: as typed ([`args`]), then as meant ([`config`]).
//!
//! Options end here: what leaves this folder are the settings of a front end, in the front end's
//! own types. Whether something is a terminal is asked once, in [`terminals`].

mod args;
mod ask;
mod comeback;
mod config;
mod editing;
mod ending;
mod epilogue;
mod expectations;
mod generate;
mod http;
mod messages;
mod network;
mod order;
mod other_tools;
mod proxy;
mod secret;
mod terminals;
mod tls;
mod values;

use crate::failure::Failure;
use crate::output::report::Reporting;
use crate::session::Connector;
use crate::{interactive, json_mode, one_shot, pipe};
use std::ffi::OsString;
use terminals::Terminals;

/// What to do, and how to report that it failed.
pub(crate) struct Invocation {
    /// What to do, or what is wrong with the command line.
    pub(crate) task: Result<Task, Failure>,
    /// How to report a failure.
    pub(crate) reporting: Reporting,
}

/// What the command line asks for.
pub(crate) enum Task {
    /// A text that needs no connection: help, completions, the manual page.
    Print(Vec<u8>),
    /// A person at a terminal.
    Interactive(Connector, interactive::Settings),
    /// Standard input to standard output.
    Pipe(Connector, pipe::Settings),
    /// Messages from the command line.
    OneShot(Connector, one_shot::Settings),
    /// Commands and events as JSON.
    JsonMode(Connector, json_mode::Settings),
}

/// Understands the command line.
pub(crate) fn parse(line: impl Iterator<Item = OsString>) -> Invocation {
    let terminals = Terminals::look();
    match args::parse(line) {
        Ok(typed) => Invocation {
            reporting: config::reporting(&typed.args, &terminals),
            task: config::task(typed, &terminals),
        },
        Err(unparsed) => Invocation {
            reporting: terminals.reporting(),
            task: match unparsed {
                args::Unparsed::Wrong(message) => Err(Failure::Usage(message)),
                args::Unparsed::Help(text) => Ok(Task::Print(text.into_bytes())),
            },
        },
    }
}
