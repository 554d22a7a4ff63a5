//! Driven by another program: commands in and events out as JSON, one object a line.
//!
//! Four threads meet at the [`desk`]. The [`clerk`] reads [`lines`] and [`execute`]s the
//! [`command`]s in them; the [`teller`] tells what arrives, and executes the commands that were
//! [`waiting`] for the connection; a writer writes what both have to say; and the calling thread
//! watches for signals and for a reader of standard output that has gone.

mod clerk;
mod command;
mod desk;
mod execute;
mod lines;
mod teller;
mod waiting;

use crate::comeback::{Line, Redial};
use crate::exit_status::CleanCodes;
use crate::failure::{Failure, Unsent};
use crate::limits::Limits;
use crate::output::json::Record;
use crate::output::notice::Notices;
use crate::output::raw::Stdout;
use crate::output::verbose::Verbose;
use crate::session::Connector;
use crate::transfer::{Seen, Wait, Watch, attend, unsent_failure};
use clerk::Clerk;
use command::Refused;
use desk::{Desk, Stage};
use std::io::{self, Write};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

/// How long a close may take that nobody waits for.
const GRACE: Duration = Duration::from_secs(1);

/// How long the last lines may take when the run ends early.
const WRITING: Duration = Duration::from_millis(100);

/// When to leave.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How long to stay after the end of input.
    pub(crate) wait: Wait,
    /// Commands are answered as the interface says, also while there is no connection yet.
    pub(crate) immediate: bool,
    /// The bounds of the whole run.
    pub(crate) limits: Limits,
    /// Which close codes are success.
    pub(crate) clean: CleanCodes,
    /// Tells on standard error how the connection goes.
    pub(crate) verbose: Option<Verbose>,
    /// Tells on standard error what happens by itself.
    pub(crate) notices: Notices,
}

/// Obeys and tells until the end of input, then closes.
pub(crate) fn run(connector: Connector, settings: Settings) -> anyhow::Result<()> {
    let mut watch = Watch::new()?;
    let _guard = settings.limits.guard();
    let mut stdout = Stdout::new()?;
    let (socket, events) = connector.open().or_else(|failure| {
        if let Some(Refused { name, message }) = exception(&failure) {
            let (name, message) = (&*name, &*message);
            let record = Record::Exception { name, message };
            stdout.write_all(record.line(SystemTime::now(), None).as_bytes())?;
        }
        Err(anyhow::Error::new(failure))
    })?;
    let desk = Arc::new(Desk::new());
    let line = Arc::new(Line::new(&connector, socket, Vec::new()));
    let redial = Redial::new(Arc::new(connector), Arc::clone(&line), settings.notices);
    let clerk = Clerk {
        line: Arc::clone(&line),
        desk: Arc::clone(&desk),
        immediate: settings.immediate,
        wait: settings.wait,
    };
    let done = watch.done_signal()?;
    let writing = {
        let desk = Arc::clone(&desk);
        thread::spawn(move || {
            let written = desk.write_to(stdout);
            drop(done);
            written
        })
    };
    let (telling, told) = (Arc::clone(&desk), Arc::clone(&line));
    let diagnostics = teller::Diagnostics {
        verbose: settings.verbose,
        notices: settings.notices,
    };
    thread::spawn(move || teller::tell_all(events, &telling, diagnostics, redial, told));
    let serving = thread::spawn(move || clerk.serve(io::stdin()));
    let limits = &settings.limits;
    match attend(&mut watch, limits, settings.notices, &line, None)? {
        Seen::Done => {}
        early => return leave_early(&line, &desk, &mut watch, limits, early),
    }
    if let Err(error) = join(writing) {
        leave(&line, &desk, Instant::now() + GRACE);
        return Err(anyhow::Error::new(error).context("cannot write to standard output"));
    }
    join(serving)?;
    let (mut ending, unsent) = desk.take_ending();
    if let Some(unsent) = unsent {
        let unsent = Unsent {
            messages: unsent.messages(),
            more: false,
        };
        return Err(unsent_failure(unsent, ending).into());
    }
    ending.asked = line.socket().close_code();
    Ok(ending.judge(&settings.clean)?)
}

/// The refusal of a URL, a subprotocol or a port in the standard's words.
fn exception(failure: &Failure) -> Option<Refused> {
    match failure {
        Failure::Exception(exception) => Some(exception.clone().into()),
        Failure::Usage(message) => message.strip_prefix("SyntaxError: ").map(Refused::syntax),
        _ => None,
    }
}

fn leave_early(
    line: &Line,
    desk: &Desk,
    watch: &mut Watch,
    limits: &Limits,
    why: Seen,
) -> anyhow::Result<()> {
    let unsent = Unsent {
        messages: line.unsent(),
        more: false,
    };
    let result = why.result(limits, unsent);
    if let Err(failure @ (Failure::MaxTime(_) | Failure::SendTimeout { .. })) = &result {
        desk.turn(usize::MAX, |sheet| {
            teller::tell_reason(sheet, failure);
        });
    }
    let end = Instant::now() + why.grace();
    leave(line, desk, end);
    if why != Seen::OutputGone {
        desk.last_turn(|sheet| teller::tell_lost(sheet, line, line.unsent()));
        let writing = end.max(Instant::now() + WRITING);
        _ = watch.wait(Some(writing.saturating_duration_since(Instant::now())))?;
    }
    Ok(result?)
}

/// The polite end that nobody waits for long.
fn leave(line: &Line, desk: &Desk, end: Instant) {
    line.leave_early();
    desk.wait_for(Stage::Over, Some(end));
}

fn join<T>(thread: JoinHandle<T>) -> T {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}
