//! sockeye: a WebSocket client for the terminal.
//!
//! From what was typed to what happens: [`cli`] turns the command line into settings, and one of
//! the front ends does the work: [`interactive`] for a person, [`pipe`] and [`one_shot`] for a script (both
//! hold a [`transfer`]), [`json_mode`] for another program. They open a [`session`], over a line
//! that may come back ([`comeback`]), and show what comes through [`output`]. [`failure`] is what
//! may go wrong, [`advice`] what to do about it, and [`exit_status`] is the only place that turns
//! it into a number. [`signals`] are what else may end it.

#[cfg(not(unix))]
compile_error!("the program waits on file descriptors as Unix does; the library works anywhere");

mod advice;
mod cli;
mod comeback;
mod credentials;
mod echo_server;
mod exit_status;
mod failure;
mod interactive;
mod json_mode;
mod limits;
mod matcher;
mod one_shot;
mod output;
mod pipe;
mod retry_after;
mod session;
mod signals;
mod tls;
mod transfer;

use cli::Task;
use exit_status::ExitStatus;
use std::process::ExitCode;

fn main() -> ExitCode {
    let invocation = cli::parse(std::env::args_os());
    let status = match run(invocation.task) {
        Ok(()) => ExitStatus::Success,
        Err(error) => {
            let status = ExitStatus::of(&error);
            output::report::print(&error, status, &invocation.reporting);
            status
        }
    };
    ExitCode::from(status as u8)
}

fn run(task: Result<Task, failure::Failure>) -> anyhow::Result<()> {
    match task? {
        Task::Print(text) => output::raw::print(&text),
        Task::Interactive(connector, settings) => interactive::run(connector, settings),
        Task::Pipe(connector, settings) => pipe::run(connector, settings),
        Task::OneShot(connector, settings) => one_shot::run(connector, settings),
        Task::JsonMode(connector, settings) => json_mode::run(connector, settings),
    }
}
