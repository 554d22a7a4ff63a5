//! The interactive client.
//!
//! Four threads. The [`editor`] reads lines, the [`display`] makes events into frames, the
//! [`screen`] shows them above the line being typed, and the calling thread carries out one
//! [`commands`] entry after the other. It is the calling thread that returns, whatever the others
//! are waiting for, and the terminal is put back as it was. What was seen and sent is in the
//! [`notebook`], and in a file while there is a [`recording`]. Beside them, the [`pulse`] takes the
//! connection's numbers once a second, and a [`repeat`] under way has a thread of its own.

mod actions;
mod arguments;
mod commands;
mod completion;
mod compose;
mod display;
mod editor;
mod filter;
mod frame;
mod help;
mod hints;
mod history;
mod journal;
mod notebook;
mod prompt;
mod pulse;
mod recording;
mod repeat;
mod report;
mod returning;
mod screen;
mod terminal;
mod typing;
mod view;
mod vocabulary;

pub(crate) use editor::Editing;
pub(crate) use history::Place as HistoryPlace;

use crate::comeback::Plan;
use crate::exit_status::CleanCodes;
use crate::failure::Failure;
use crate::output::human::{Human, Looks};
use crate::output::size::Span;
use crate::output::style::Style;
use crate::output::verbose::Verbose;
use crate::session::{Connector, Ending};
use crate::signals::{self, EndSignal};
use actions::Outcome;
use arguments::Close;
use completion::Known;
use editor::{Desk, Editor};
use history::History;
use notebook::Notebook;
use prompt::Current;
use pulse::Pulse;
use recording::Recording;
use repeat::Repeating;
use returning::Returning;
use screen::Screen;
use signal_hook::consts::{SIGCONT, SIGINT};
use signal_hook::iterator::Signals;
use sockeye::address::hide_secrets;
use sockeye::protocol::Batch;
use sockeye::{BlobDir, Events, ReadyState};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};
use terminal::Lent;
use vocabulary::Vocabulary;

/// How long leaving may take: the close handshake is tried, not waited for.
const LEAVING: Duration = Duration::from_secs(2);

/// How often a prompt that moves is painted anew.
const REPAINT: Duration = Duration::from_millis(100);

/// How the interactive client behaves.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Messages that are sent when the connection is open.
    pub(crate) first: Vec<Batch>,
    /// Colours.
    pub(crate) style: Style,
    /// Tells how the connection goes.
    pub(crate) verbose: Option<Verbose>,
    /// Messages and errors only.
    pub(crate) quiet: bool,
    /// The time before each message.
    pub(crate) timestamps: bool,
    /// Where binary messages are kept.
    pub(crate) blobs: BlobDir,
    /// Leave when the connection ends.
    pub(crate) exit_on_close: bool,
    /// Which close codes are success then.
    pub(crate) clean: CleanCodes,
    /// The bound of the close handshake.
    pub(crate) close_timeout: Duration,
    /// How lines are typed.
    pub(crate) editing: Editing,
}

/// What the calling thread hears of.
#[derive(Debug)]
enum Happening {
    /// A line was typed.
    Line(String),
    /// Ctrl-D, or Ctrl-C on an empty line, or the terminal cannot be read.
    EndOfInput,
    /// The connection is open.
    Open,
    /// The connection has ended.
    Closed(Ending),
    /// It is time to connect again.
    Due,
    /// A signal, Ctrl-C while nothing is being edited among them.
    Signal(i32),
    /// A thread has panicked; what it had to say is on the screen.
    Broken,
}

/// Tells when its thread panics: the others must not go on as if nothing had happened.
struct Alarm(Sender<Happening>);

impl Alarm {
    fn with(sender: &Sender<Happening>) -> Self {
        Self(sender.clone())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if thread::panicking() {
            // Nobody hears it when the program is about to end.
            _ = self.0.send(Happening::Broken);
        }
    }
}

/// Talks with the user until the user leaves.
pub(crate) fn run(connector: Connector, settings: Settings) -> anyhow::Result<()> {
    let (socket, events) = connector.open()?;
    let (sender, happenings) = mpsc::channel();
    let _terminal = terminal::Restore::later(io::stdout());
    let lent = Lent::default();
    hear_signals(sender.clone(), lent.clone())?;
    let screen = Screen::start();
    let looks = Looks {
        timestamps: settings.timestamps,
        ..Looks::default()
    };
    let notebook = Notebook::new(looks);
    let current = Current::new(socket, notebook.clone());
    let (place, host) = (settings.editing.history.clone(), connector.history_name());
    let known = Known {
        history: History::new(place, host, &screen, settings.style),
        typed: Vocabulary::default(),
        received: Vocabulary::default(),
    };
    let desk = Desk {
        current: current.clone(),
        screen: screen.clone(),
        style: settings.style,
        known: known.clone(),
    };
    let editor = Editor::start(desk, &settings.editing, sender.clone())?;
    let mut client = Client {
        returning: Returning::new(Plan::new(connector.comeback)),
        connector,
        pulse: Pulse::start(&current),
        repeating: Repeating::default(),
        current,
        screen,
        known,
        lent,
        style: settings.style,
        verbose: settings.verbose,
        quiet: settings.quiet,
        notebook,
        recording: None,
        is_over: false,
        blobs: settings.blobs.path().to_owned(),
        first: settings.first,
        has_said_how_to_leave: Arc::default(),
        sender,
    };
    client.show(events);
    let leaving = settings.close_timeout.min(LEAVING);
    let clean = settings.exit_on_close.then_some(settings.clean);
    client.talk(&editor, &happenings, clean.as_ref(), leaving)
}

/// Signals become happenings, so that the terminal is restored whatever ends the program.
fn hear_signals(sender: Sender<Happening>, lent: Lent) -> io::Result<()> {
    let mut coming = Signals::new(signals::heeded())?;
    coming.add_signal(SIGCONT)?;
    thread::spawn(move || {
        for signal in coming.forever() {
            if signal == SIGINT && lent.is_lent() {
                continue;
            }
            _ = sender.send(Happening::Signal(signal));
        }
    });
    Ok(())
}

/// What carries out the commands.
struct Client {
    connector: Connector,
    returning: Returning,
    current: Current,
    pulse: Pulse,
    repeating: Repeating,
    screen: Screen,
    known: Known,
    lent: Lent,
    style: Style,
    verbose: Option<Verbose>,
    quiet: bool,
    notebook: Notebook,
    recording: Option<Recording>,
    /// Everything about the connection has been told, its end too.
    is_over: bool,
    blobs: PathBuf,
    first: Vec<Batch>,
    has_said_how_to_leave: Arc<AtomicBool>,
    sender: Sender<Happening>,
}

impl Client {
    /// Hands the events of the current connection to a display of their own.
    fn show(&mut self, events: Events) {
        self.is_over = false;
        let mut human = Human::new(self.style, self.quiet, BlobDir::at(&self.blobs));
        human.set_tries_again(self.connector.comeback.is_asked());
        let url = self.current.socket().url().to_owned();
        let url = hide_secrets(&url);
        let human = if self.verbose.is_some() {
            human.without_heads()
        } else {
            human
        };
        self.pulse.restart();
        let voice = display::Voice {
            human,
            verbose: self.verbose,
            quiet: self.quiet,
            style: self.style,
            pulse: self.pulse.clone(),
            vocabulary: self.known.received.clone(),
            has_said_how_to_leave: Arc::clone(&self.has_said_how_to_leave),
        };
        let sender = self.sender.clone();
        display::start(events, &url, voice, &self.screen, &self.notebook, sender);
    }

    /// One happening after the other, and at last all that is still to be shown and written.
    /// `clean`: leave when the connection ends, with these codes as success.
    fn talk(
        mut self,
        editor: &Editor,
        happenings: &Receiver<Happening>,
        clean: Option<&CleanCodes>,
        leaving: Duration,
    ) -> anyhow::Result<()> {
        self.screen.print_between();
        editor.next_line();
        let left = self.hear(editor, happenings, clean, leaving);
        if let Some(recording) = self.recording.take() {
            recording.finish();
        }
        if editor.wait_for_typing() {
            self.screen.settle();
        }
        left
    }

    fn hear(
        &mut self,
        editor: &Editor,
        happenings: &Receiver<Happening>,
        clean: Option<&CleanCodes>,
        leaving: Duration,
    ) -> anyhow::Result<()> {
        loop {
            match self.next(happenings)? {
                Happening::Line(line) => match self.obey(&line) {
                    Outcome::Stay => {
                        self.screen.print_between();
                        editor.next_line();
                    }
                    Outcome::Leave => {
                        editor.last_line();
                        return self.leave(happenings, leaving, Ok(()));
                    }
                },
                Happening::EndOfInput => {
                    editor.last_line();
                    return self.leave(happenings, leaving, Ok(()));
                }
                Happening::Signal(SIGCONT) => editor.resume(&self.screen),
                Happening::Broken => anyhow::bail!("internal error: a part of the program failed"),
                Happening::Signal(SIGINT) => return self.leave(happenings, leaving, Ok(())),
                Happening::Signal(number) => {
                    let signal = EndSignal::from_number(number).unwrap_or(EndSignal::Terminate);
                    return self.leave(happenings, leaving, Err(Failure::Interrupted(signal)));
                }
                Happening::Open => self.opened(),
                Happening::Due => self.connect(),
                Happening::Closed(mut ending) => {
                    self.repeating.end();
                    self.is_over = true;
                    ending.asked = self.current.socket().close_asked();
                    if !self.comes_back(&ending)
                        && let Some(clean) = clean
                    {
                        return Ok(ending.judge(clean)?);
                    }
                }
            }
        }
    }

    /// Waits for the next happening, and keeps the prompt true meanwhile.
    fn next(&self, happenings: &Receiver<Happening>) -> Result<Happening, RecvError> {
        loop {
            let is_outdated = self.current.is_outdated();
            if is_outdated {
                self.screen.repaint();
            }
            let looks_again = is_outdated || self.current.is_moving();
            let tick = looks_again.then(|| Instant::now() + REPAINT);
            let due = self.returning.due();
            let Some(until) = tick.into_iter().chain(due).min() else {
                return happenings.recv();
            };
            match happenings.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(happening) => return Ok(happening),
                Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
                Err(RecvTimeoutError::Timeout) if due.is_some_and(|due| due <= Instant::now()) => {
                    return Ok(Happening::Due);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// Closes with 1000 and waits a bounded time for the end; Ctrl-C ends the waiting.
    fn leave(
        &self,
        happenings: &Receiver<Happening>,
        leaving: Duration,
        result: Result<(), Failure>,
    ) -> anyhow::Result<()> {
        let socket = self.current.socket();
        // The socket knows of its end before all is told that came before it.
        if !self.is_over || socket.ready_state() != ReadyState::Closed {
            if socket.ready_state() <= ReadyState::Open {
                // Allowed in both states.
                _ = self.close(&socket, &Close::normal());
            }
            let deadline = Instant::now() + leaving;
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                match happenings.recv_timeout(left) {
                    Ok(Happening::Open | Happening::Line(_) | Happening::Signal(SIGCONT)) => {}
                    Err(_) => {
                        let waited = Span(leaving);
                        self.notice(&format!("the server did not close within {waited}: left"));
                        break;
                    }
                    _ => break,
                }
            }
        }
        Ok(result?)
    }
}
