//! A connection that a script holds: something is said, what comes back goes to standard output.
//!
//! Three threads, none of which can hold up the end. The [`listener`] takes what arrives, and its
//! [`ear`] writes it. The [`speaker`] sends, once the connection is open; at the end of what it has
//! to say it stays for replies and closes. The calling thread [`watch`]es for the end, for Ctrl-C,
//! and for a reader of standard output that has gone, and decides how it all went.

mod arrivals;
mod attend;
mod ear;
mod expect;
mod listener;
mod speaker;
mod watch;

pub(crate) use attend::attend;
pub(crate) use expect::{Expectation, Unmet};
pub(crate) use speaker::{Speaker, poll_through_signals};
pub(crate) use watch::{Seen, Watch};

use crate::comeback::{Line, Redial};
use crate::exit_status::CleanCodes;
use crate::failure::{Failure, Unsent};
use crate::limits::Limits;
use crate::output::notice::Notices;
use crate::output::pings::Pings;
use crate::output::progress::Progress;
use crate::output::raw;
use crate::output::verbose::Verbose;
use crate::session::{Connector, Ending};
use ear::{Ear, Heard, Manner, Until};
use expect::Vigil;
use listener::Listener;
use sockeye::protocol::Batch;
use speaker::{Silence, Stay, StillComing};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

/// How long a close may take that nobody waits for.
const GRACE: Duration = Duration::from_secs(1);
/// How long the speaker may count what it could not send.
const COUNTING: Duration = Duration::from_secs(2);

/// When to leave, and how messages are told apart.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Leave after so many messages.
    pub(crate) count: Option<u64>,
    /// How long to stay for replies after the last message was handed over.
    pub(crate) wait: Wait,
    /// Leave after messages that meet these, one each and in order; then `wait` does not matter,
    /// and `count` is the least that has to come.
    pub(crate) expectations: Vec<Expectation>,
    /// How long after the opening that may take.
    pub(crate) timeout: Wait,
    /// The bounds of the whole run.
    pub(crate) limits: Limits,
    /// How messages are written to standard output.
    pub(crate) form: raw::Form,
    /// Whether the time stands before each text message.
    pub(crate) timestamps: bool,
    /// Whether standard error shows how far it is.
    pub(crate) progress: bool,
    /// Which close codes are success.
    pub(crate) clean: CleanCodes,
    /// Tells on standard error how the connection goes.
    pub(crate) verbose: Option<Verbose>,
    /// Tells on standard error of pings and pongs.
    pub(crate) pings: Option<Pings>,
    /// Tells on standard error what happens by itself.
    pub(crate) notices: Notices,
}

/// How long to stay for replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// So long.
    For(Duration),
    /// Until the server closes.
    Forever,
}

/// What `talk` comes back with: an error of the input, or what it could not send.
pub(crate) type Said = Result<Unsent, Failure>;

/// Connects, sends `first`, lets `talk` speak as soon as the connection is open, writes what comes
/// back, and returns when the connection is closed and no other is to follow.
///
/// `talk` returns when it has nothing more to say or when [`Speaker::send`] refuses.
pub(crate) fn hold(
    connector: Connector,
    settings: &Settings,
    first: Vec<Batch>,
    talk: impl FnOnce(&Speaker) -> Said + Send + 'static,
) -> anyhow::Result<()> {
    let mut watch = Watch::new()?;
    let _guard = settings.limits.guard();
    let (silence, stop) = Silence::new()?;
    let (said_sender, said) = mpsc::channel();
    let (socket, events) = connector.open()?;
    let (until, stay) = leaving(settings)?;
    let line = Arc::new(Line::new(&connector, socket, first));
    let manner = Manner {
        until,
        timestamps: settings.timestamps,
        verbose: settings.verbose,
        pings: settings.pings,
        notices: settings.notices,
    };
    let writer = raw::Writer::new(raw::Stdout::new()?, settings.form);
    let redial = Redial::new(Arc::new(connector), Arc::clone(&line), settings.notices);
    let (spoken, left) = (Arc::clone(&line), Arc::clone(&line));
    let ear = Ear::new(writer, manner, move || left.leave());
    let listener = Listener::new(events, ear, redial, move || {
        start_speaking(spoken, silence, stay, talk, said_sender);
    });
    let done = watch.done_signal()?;
    let listening = thread::spawn(move || {
        let heard = listener.run();
        drop(done);
        heard
    });
    let progress = settings.progress.then(|| Progress::new(io::stdin()));
    let limits = &settings.limits;
    match attend(&mut watch, limits, settings.notices, &line, progress)? {
        Seen::Done => {}
        early => {
            return leave_early(&line, &mut watch, limits, early, said.try_recv().ok());
        }
    }
    let mut heard = match listening.join() {
        Ok(heard) => heard,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    drop(stop);
    heard.ending.asked = line.socket().close_code();
    conclude(heard, settings, || {
        let said = last_words(&said);
        (said, line.unsent())
    })
}

/// When the listener has heard enough, and how long the speaker stays.
fn leaving(settings: &Settings) -> io::Result<(Until, Stay)> {
    if settings.expectations.is_empty() {
        let until = settings.count.map_or(Until::Close, Until::Count);
        let still_coming = StillComing {
            notices: settings.notices,
            is_counted: settings.count.is_some(),
        };
        return Ok((until, Stay::For(settings.wait, still_coming)));
    }
    let (is_fulfilled, fulfilled) = io::pipe()?;
    let vigil = Vigil::new(
        settings.expectations.clone(),
        settings.count.unwrap_or(0),
        settings.timeout,
        fulfilled,
    );
    Ok((Until::Met(Box::new(vigil)), Stay::Until(is_fulfilled)))
}

fn start_speaking(
    line: Arc<Line>,
    silence: Silence,
    stay: Stay,
    talk: impl FnOnce(&Speaker) -> Said + Send + 'static,
    said: Sender<Said>,
) {
    thread::spawn(move || {
        // None when the first connection was the last and is over already.
        let Some(opened) = line.opened_after(0) else {
            return;
        };
        let speaker = Speaker::new(line, opened, silence, stay);
        let result = talk(&speaker);
        // Closing may end the program at once, so the result goes first.
        let all_sent = !matches!(result, Ok(unsent) if unsent != Unsent::default());
        _ = said.send(result);
        if all_sent {
            speaker.finish();
        }
    });
}

/// The polite end that nobody waits for long. Without a result of the speaker there is more to say.
fn leave_early(
    line: &Line,
    watch: &mut Watch,
    limits: &Limits,
    why: Seen,
    said: Option<Said>,
) -> anyhow::Result<()> {
    line.leave_early();
    _ = watch.wait(Some(why.grace()))?;
    let unsent = Unsent {
        messages: line.unsent(),
        more: said.is_none(),
    };
    Ok(why.result(limits, unsent)?)
}

fn last_words(said: &Receiver<Said>) -> Said {
    // Without an answer there was no speaker: the connection never opened.
    said.recv_timeout(COUNTING).unwrap_or(Ok(Unsent::default()))
}

/// How it all went, the most telling failure first. `spoken`, what was said and how many messages
/// of it were not sent, may take a moment to find out and is not always asked for.
fn conclude(
    mut heard: Heard,
    settings: &Settings,
    spoken: impl FnOnce() -> (Said, u64),
) -> anyhow::Result<()> {
    match heard.output {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => {
            return Err(anyhow::Error::new(error).context("cannot write to standard output"));
        }
        Ok(()) => {}
    }
    let expects = !settings.expectations.is_empty();
    let enough = settings.count.is_none_or(|wanted| heard.messages >= wanted);
    if settings.count.is_some() && enough && !expects {
        return Ok(());
    }
    if let Some(Err(unmet)) = heard.expected.take_if(is_late) {
        // What could not be sent any more, however much, is not the reason.
        return Err(unmet_failure(unmet, Unsent::default(), heard.ending).into());
    }
    let (said, queued) = spoken();
    let refused = said?;
    let unsent = Unsent {
        messages: refused.messages + queued,
        more: refused.more,
    };
    let all_sent = unsent == Unsent::default();
    match heard.expected {
        Some(Err(unmet)) => return Err(unmet_failure(unmet, unsent, heard.ending).into()),
        Some(Ok(())) if enough && all_sent => return Ok(()),
        _ => {}
    }
    if !all_sent {
        return Err(unsent_failure(unsent, heard.ending).into());
    }
    heard.ending.judge(&settings.clean)?;
    match settings.count {
        Some(wanted) => Err(Failure::TooFew {
            wanted,
            came: heard.messages,
        }
        .into()),
        None => Ok(()),
    }
}

fn is_late(expected: &mut Result<(), Unmet>) -> bool {
    matches!(expected, Err(unmet) if unmet.time.is_some())
}

/// An end before its time is told whichever it was.
fn unmet_failure(unmet: Unmet, unsent: Unsent, ending: Ending) -> Failure {
    let because = match unmet.time {
        Some(_) => None,
        None if unsent != Unsent::default() => Some(unsent_failure(unsent, ending)),
        None => Some(ending.too_early()),
    };
    Failure::Unmet {
        unmet: Box::new(unmet),
        because: because.map(Box::new),
    }
}

/// Any close is a failure for who had more to send, also one with 1000.
pub(crate) fn unsent_failure(unsent: Unsent, ending: Ending) -> Failure {
    Failure::Unsent {
        unsent,
        because: Box::new(ending.too_early()),
    }
}

#[cfg(test)]
mod tests;
