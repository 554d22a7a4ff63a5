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
mod blob_dir;
mod blobs;
mod blocking;
mod commands;
mod completion;
mod compose;
mod display;
mod editor;
mod files;
mod filter;
mod foreground;
mod frame;
mod help;
mod hints;
mod history;
mod interrupts;
mod journal;
mod leaving;
mod notebook;
mod pending;
mod prompt;
mod pseudo_terminal;
mod pulse;
mod recording;
mod repeat;
mod report;
mod returning;
mod screen;
mod terminal;
mod view;
mod vocabulary;

pub(crate) use blob_dir::private_blob_dir;
pub(crate) use editor::Editing;
pub(crate) use history::Place as HistoryPlace;

use crate::advice::InUse;
use crate::comeback::Plan;
use crate::exit_status::CleanCodes;
use crate::failure::Failure;
use crate::output::human::{Human, Looks};
use crate::output::style::Style;
use crate::output::verbose::Verbose;
use crate::session::{Connector, Ending};
use crate::signals::EndSignal;
use actions::Outcome;
use blobs::Blobs;
use blocking::Blocking;
use completion::Known;
use editor::{Desk, Editor};
use foreground::{Foreground, TakeBack};
use history::History;
use interrupts::{CLOSING, Interrupts};
use leaving::LEAVING;
use notebook::Notebook;
use pending::{Done, Pending};
use prompt::Current;
use pulse::Pulse;
use recording::Recording;
use repeat::Repeating;
use returning::Returning;
use screen::Screen;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT};
use sockeye::Events;
use sockeye::protocol::Batch;
use sockeye::url::WebSocketUrl;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};
use vocabulary::Vocabulary;

/// How long leaving waits until the last lines are in the history file.
const KEEPING: Duration = Duration::from_secs(2);

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
    /// The folder that binary messages are written to.
    pub(crate) blob_dir: PathBuf,
    /// Leave when the connection ends.
    pub(crate) exit_on_close: bool,
    /// Which close codes are success then.
    pub(crate) clean: CleanCodes,
    /// The bound of the close handshake.
    pub(crate) close_timeout: Duration,
    /// What is not to be recommended.
    pub(crate) in_use: InUse,
    /// How lines are typed.
    pub(crate) editing: Editing,
}

/// What the calling thread hears of.
#[derive(Debug)]
enum Happening {
    /// A line was typed.
    Line(String),
    /// Ctrl-C on an empty line.
    Interrupt,
    /// Ctrl-D.
    EndOfInput,
    /// The terminal cannot be read, for this reason.
    Unreadable(String),
    /// The work of a command has ended.
    Done(Done),
    /// The work of a command takes long.
    Slow,
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

impl Happening {
    /// What it means that no line could be read. That the terminal has gone may be seen before
    /// SIGHUP comes, or without it.
    fn of_unread(self, screen: &Screen) -> Self {
        match screen.has_hung_up() {
            true => Self::Signal(SIGHUP),
            false => self,
        }
    }
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
    let screen = Screen::open()?;
    let _terminal = screen.restore_later();
    let foreground = Foreground::default();
    let _foreground = TakeBack(foreground.clone());
    let interrupts = Interrupts::hear(sender.clone(), foreground.clone(), screen.clone())?;
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
        lookup: Blocking::default(),
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
        foreground,
        style: settings.style,
        verbose: settings.verbose,
        quiet: settings.quiet,
        notebook,
        recording: None,
        pending: Pending::default(),
        interrupts,
        is_asked: false,
        is_over: false,
        blobs: settings.blob_dir,
        first: settings.first,
        in_use: settings.in_use,
        has_said_how_to_leave: Arc::default(),
        sender,
    };
    client.show(events);
    let leaving = settings.close_timeout.min(LEAVING);
    let clean = settings.exit_on_close.then_some(settings.clean);
    client.talk(&editor, &happenings, clean.as_ref(), leaving)
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
    foreground: Foreground,
    style: Style,
    verbose: Option<Verbose>,
    quiet: bool,
    notebook: Notebook,
    recording: Option<Recording>,
    pending: Pending,
    interrupts: Interrupts,
    /// The editor was asked for a line that has not come.
    is_asked: bool,
    /// Everything about the connection has been told, its end too.
    is_over: bool,
    blobs: PathBuf,
    first: Vec<Batch>,
    in_use: InUse,
    has_said_how_to_leave: Arc<AtomicBool>,
    sender: Sender<Happening>,
}

impl Client {
    /// Hands the events of the current connection to a display of their own.
    fn show(&mut self, events: Events) {
        self.is_over = false;
        let mut human = Human::new(self.style, self.quiet);
        human.set_tries_again(self.connector.comeback.is_asked());
        human.set_in_use(self.in_use);
        let url = self.current.socket().url().to_owned();
        let url = WebSocketUrl::hide_secrets(&url);
        let human = if self.verbose.is_some() {
            human.without_heads()
        } else {
            human
        };
        self.pulse.restart();
        let screen = self.screen.clone();
        let announce = Box::new(move |line| screen.print(line));
        let voice = display::Voice {
            human,
            blobs: Blobs::at(&self.blobs, self.style, announce),
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
        let left = self.hear(editor, happenings, clean, leaving);
        if let Some(recording) = self.recording.take() {
            recording.finish();
        }
        self.known.history.settle(KEEPING);
        self.screen.settle();
        left
    }

    fn hear(
        &mut self,
        editor: &Editor,
        happenings: &Receiver<Happening>,
        clean: Option<&CleanCodes>,
        leaving: Duration,
    ) -> anyhow::Result<()> {
        let mut last: Option<Ending> = None;
        loop {
            // A message that is being written in an editor is not taken away.
            if let Some(clean) = clean
                && !self.pending.is_in_foreground()
                && let Some(ending) = last.take()
            {
                return Ok(ending.judge(clean)?);
            }
            self.ask_for_a_line(editor);
            match self.next(happenings)? {
                Happening::Line(line) => {
                    self.is_asked = false;
                    if self.obey(&line) == Outcome::Leave {
                        editor.last_line();
                        return self.leave(happenings, leaving, Ok(()));
                    }
                }
                Happening::Interrupt if self.give_up() => self.is_asked = false,
                Happening::Interrupt | Happening::EndOfInput => {
                    editor.last_line();
                    return self.leave(happenings, leaving, Ok(()));
                }
                Happening::Unreadable(reason) => {
                    let unreadable = Err(Failure::Terminal(reason));
                    return self.leave(happenings, leaving, unreadable);
                }
                Happening::Done(done) => self.finish(done),
                Happening::Slow => self.tell_slow(),
                Happening::Signal(SIGCONT) => {
                    self.foreground.resume();
                    self.screen.resume();
                }
                Happening::Broken => anyhow::bail!("internal error: a part of the program failed"),
                Happening::Signal(SIGINT) if self.interrupted(editor) => {
                    self.interrupts.forget();
                }
                Happening::Signal(SIGINT) => return self.leave(happenings, leaving, Ok(())),
                Happening::Signal(number) => {
                    let signal = EndSignal::from_number(number).unwrap_or(EndSignal::Terminate);
                    let interrupted = Err(Failure::Interrupted(signal));
                    return self.leave(happenings, leaving.min(CLOSING), interrupted);
                }
                Happening::Open => self.opened(),
                Happening::Due => self.connect(),
                Happening::Closed(mut ending) => {
                    self.repeating.end();
                    self.is_over = true;
                    ending.asked = self.current.socket().close_code();
                    if !self.comes_back(&ending) && clean.is_some() {
                        last = Some(ending);
                    }
                }
            }
        }
    }

    /// Lets the user type the next line, unless the command before is about to end.
    fn ask_for_a_line(&mut self, editor: &Editor) {
        if !self.is_asked && !self.pending.keeps_the_prompt() {
            editor.next_line();
            self.is_asked = true;
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
            let (due, soon) = (self.returning.due(), self.pending.soon());
            let Some(until) = tick.into_iter().chain(due).chain(soon).min() else {
                return happenings.recv();
            };
            match happenings.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(happening) => return Ok(happening),
                Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
                Err(RecvTimeoutError::Timeout) => {
                    let has_come = |time: Option<Instant>| time.is_some_and(|time| time <= until);
                    if has_come(soon) {
                        return Ok(Happening::Slow);
                    } else if has_come(due) {
                        return Ok(Happening::Due);
                    }
                }
            }
        }
    }
}
