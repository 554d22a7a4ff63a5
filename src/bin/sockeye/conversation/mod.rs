//! A connection that a script holds: something is said, what comes back goes to standard output.
//!
//! Three threads, none of which can hold up the end. The [`listener`] writes what arrives. The
//! [`speaker`] sends, once the connection is open; at the end of what it has to say it stays for
//! replies and closes. The calling thread [`watch`]es for the end, for Ctrl-C, and for a reader of
//! standard output that has gone, and decides how it all went.

mod listener;
mod speaker;
mod watch;

pub(crate) use speaker::Speaker;

use crate::exit_status::CleanCodes;
use crate::failure::{Failure, Unsent};
use crate::output::raw;
use crate::session::{Connector, Ending};
use listener::{Heard, Listener};
use sockeye::{Statistics, WebSocket};
use speaker::Silence;
use std::io;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;
use watch::{Seen, Watch};

/// How long a close may take that nobody waits for.
const GRACE: Duration = Duration::from_secs(1);
/// How long the speaker may count what it could not send.
const COUNTING: Duration = Duration::from_secs(2);

/// When to leave, and how messages are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Leave after so many messages.
    pub(crate) count: Option<u64>,
    /// How long to stay for replies after the last message was handed over.
    pub(crate) wait: Wait,
    /// How messages are written to standard output.
    pub(crate) form: raw::Form,
    /// Which close codes are success.
    pub(crate) clean: CleanCodes,
}

/// How long to stay for replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// So long.
    For(Duration),
    /// Until the server closes.
    Forever,
}

/// What the speaker comes back with: an error of the input, or what it could not send.
pub(crate) type Said = Result<Unsent, Failure>;

/// Connects, lets `talk` speak as soon as the connection is open, writes what comes back, and
/// returns when the connection is closed.
///
/// `talk` returns when it has nothing more to say or when [`Speaker::send`] refuses.
pub(crate) fn hold(
    connector: &Connector,
    settings: &Settings,
    talk: impl FnOnce(&Speaker) -> Said + Send + 'static,
) -> anyhow::Result<()> {
    let mut watch = Watch::new()?;
    let (silence, stop) = Silence::new()?;
    let (said_sender, said) = mpsc::channel();
    let (socket, events) = connector.open()?;
    let speaker = Speaker::new(socket.clone(), silence, settings.wait);
    let listener = Listener::new(
        socket.clone(),
        events,
        raw::Writer::new(raw::Stdout::new()?, settings.form),
        settings.count,
        Box::new(move || start_speaking(speaker, talk, said_sender)),
    );
    let done = watch.done_signal()?;
    let listening = thread::spawn(move || {
        let heard = listener.run();
        drop(done);
        heard
    });
    match watch.wait(None)? {
        Seen::Done => {}
        early => return leave_early(&socket, &mut watch, early),
    }
    let heard = match listening.join() {
        Ok(heard) => heard,
        Err(panic) => std::panic::resume_unwind(panic),
    };
    drop(stop);
    conclude(heard, settings, || {
        let said = last_words(&said);
        (said, socket.statistics())
    })
}

fn start_speaking(
    speaker: Speaker,
    talk: impl FnOnce(&Speaker) -> Said + Send + 'static,
    said: Sender<Said>,
) {
    thread::spawn(move || {
        let result = talk(&speaker);
        // Closing may end the program at once, so the result goes first.
        let all_sent = !matches!(result, Ok(unsent) if unsent != Unsent::default());
        _ = said.send(result);
        if all_sent {
            speaker.finish();
        }
    });
}

/// The polite end that nobody waits for long.
fn leave_early(socket: &WebSocket, watch: &mut Watch, why: Seen) -> anyhow::Result<()> {
    // In every state `close` is allowed and has the right effect.
    _ = socket.close(Some(1000), "");
    _ = watch.wait(Some(GRACE))?;
    match why {
        Seen::Interrupted => Err(Failure::Interrupted.into()),
        _ => Ok(()),
    }
}

fn last_words(said: &Receiver<Said>) -> Said {
    // Without an answer there was no speaker: the connection never opened.
    said.recv_timeout(COUNTING).unwrap_or(Ok(Unsent::default()))
}

/// How it all went, the most telling failure first. `spoken`, what was said and the numbers, may
/// take a moment to find out and is not always asked for.
fn conclude(
    heard: Heard,
    settings: &Settings,
    spoken: impl FnOnce() -> (Said, Statistics),
) -> anyhow::Result<()> {
    match heard.output {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        Err(error) => {
            return Err(anyhow::Error::new(error).context("cannot write to standard output"));
        }
        Ok(()) => {}
    }
    if settings
        .count
        .is_some_and(|wanted| heard.messages >= wanted)
    {
        return Ok(());
    }
    let (said, numbers) = spoken();
    let refused = said?;
    let unsent = Unsent {
        messages: refused.messages
            + numbers
                .messages_queued
                .saturating_sub(numbers.messages_sent),
        more: refused.more,
    };
    if unsent != Unsent::default() {
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

/// Any close is a failure for who had more to send, also one with 1000.
fn unsent_failure(unsent: Unsent, ending: Ending) -> Failure {
    let because = ending.judge(&CleanCodes(Vec::new())).err();
    Failure::Unsent {
        unsent,
        because: Box::new(because.unwrap_or_else(Failure::lost)),
    }
}

#[cfg(test)]
mod tests;
