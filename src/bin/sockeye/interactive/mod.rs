//! The interactive client.
//!
//! Four threads. The [`editor`] reads lines, [`render`] makes events into batches of lines, the
//! [`printer`] shows them above the line being typed, and the calling thread carries out one
//! [`commands`] entry after the other. It is the calling thread that returns, whatever the others
//! are waiting for, and the terminal is put back as it was. What was received and sent is in the
//! [`log`], and in a file while there is a [`session_log`]. Beside them, [`stats_sampler`] takes
//! the connection's numbers once a second, and a [`repeat`] under way has a thread of its own.

mod actions;
mod arguments;
mod blob_dir;
mod blobs;
mod blocking;
mod commands;
mod completion;
mod editor;
mod external_editor;
mod files;
mod filter;
mod foreground;
mod help;
mod hints;
mod history;
mod interrupts;
mod leaving;
mod log;
mod pending;
mod printer;
mod prompt;
mod pseudo_terminal;
mod reconnect;
mod render;
mod repeat;
mod report;
mod session_log;
mod stats_sampler;
mod terminal;
mod ui_event;
mod view;

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
use completion::{CompletionIndex, CompletionSource};
use editor::{Desk, Editor};
use foreground::{Foreground, TakeBack};
use history::History;
use interrupts::{CLOSING, Interrupts};
use leaving::LEAVING;
use log::MessageLog;
use pending::Pending;
use printer::TerminalPrinter;
use prompt::Current;
use reconnect::ReconnectState;
use repeat::Repeating;
use session_log::SessionLog;
use signal_hook::consts::{SIGCONT, SIGINT};
use sockeye::Events;
use sockeye::protocol::Batch;
use sockeye::url::WebSocketUrl;
use stats_sampler::StatsSampler;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};
use ui_event::UiEvent;

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

/// Talks with the user until the user leaves.
pub(crate) fn run(connector: Connector, settings: Settings) -> anyhow::Result<()> {
    let (socket, events) = connector.open()?;
    let (sender, ui_events) = mpsc::channel();
    let printer = TerminalPrinter::open()?;
    let _terminal = printer.restore_later();
    let foreground = Foreground::default();
    let _foreground = TakeBack(foreground.clone());
    let interrupts = Interrupts::hear(sender.clone(), foreground.clone(), printer.clone())?;
    let looks = Looks {
        timestamps: settings.timestamps,
        ..Looks::default()
    };
    let log = MessageLog::new(looks);
    let current = Current::new(socket, log.clone());
    let (place, host) = (settings.editing.history.clone(), connector.history_name());
    let completion = CompletionSource {
        history: History::new(place, host, &printer, settings.style),
        typed: CompletionIndex::default(),
        received: CompletionIndex::default(),
        lookup: Blocking::default(),
    };
    let desk = Desk {
        current: current.clone(),
        printer: printer.clone(),
        style: settings.style,
        completion: completion.clone(),
    };
    let editor = Editor::start(desk, &settings.editing, sender.clone())?;
    let mut client = Client {
        reconnect: ReconnectState::new(Plan::new(connector.comeback)),
        connector,
        stats: StatsSampler::start(&current),
        repeating: Repeating::default(),
        current,
        printer,
        completion,
        foreground,
        style: settings.style,
        verbose: settings.verbose,
        quiet: settings.quiet,
        log,
        session_log: None,
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
    client.talk(&editor, &ui_events, clean.as_ref(), leaving)
}

/// What carries out the commands.
struct Client {
    connector: Connector,
    reconnect: ReconnectState,
    current: Current,
    stats: StatsSampler,
    repeating: Repeating,
    printer: TerminalPrinter,
    completion: CompletionSource,
    foreground: Foreground,
    style: Style,
    verbose: Option<Verbose>,
    quiet: bool,
    log: MessageLog,
    session_log: Option<SessionLog>,
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
    sender: Sender<UiEvent>,
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
        self.stats.restart();
        let printer = self.printer.clone();
        let announce = Box::new(move |line| printer.print(line));
        let context = render::RenderContext {
            human,
            blobs: Blobs::at(&self.blobs, self.style, announce),
            verbose: self.verbose,
            quiet: self.quiet,
            style: self.style,
            stats: self.stats.clone(),
            index: self.completion.received.clone(),
            has_said_how_to_leave: Arc::clone(&self.has_said_how_to_leave),
        };
        let sender = self.sender.clone();
        render::start(events, &url, context, &self.printer, &self.log, sender);
    }

    /// One ui_event after the other, and at last all that is still to be shown and written.
    /// `clean`: leave when the connection ends, with these codes as success.
    fn talk(
        mut self,
        editor: &Editor,
        ui_events: &Receiver<UiEvent>,
        clean: Option<&CleanCodes>,
        leaving: Duration,
    ) -> anyhow::Result<()> {
        let left = self.hear(editor, ui_events, clean, leaving);
        if let Some(recording) = self.session_log.take() {
            recording.finish();
        }
        self.completion.history.settle(KEEPING);
        self.printer.settle();
        left
    }

    fn hear(
        &mut self,
        editor: &Editor,
        ui_events: &Receiver<UiEvent>,
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
            match self.next(ui_events)? {
                UiEvent::Line(line) => {
                    self.is_asked = false;
                    if self.obey(&line) == Outcome::Leave {
                        editor.last_line();
                        return self.leave(ui_events, leaving, Ok(()));
                    }
                }
                UiEvent::Interrupt if self.give_up() => self.is_asked = false,
                UiEvent::Interrupt | UiEvent::EndOfInput => {
                    editor.last_line();
                    return self.leave(ui_events, leaving, Ok(()));
                }
                UiEvent::Unreadable(reason) => {
                    let unreadable = Err(Failure::Terminal(reason));
                    return self.leave(ui_events, leaving, unreadable);
                }
                UiEvent::Done(done) => self.finish(done),
                UiEvent::Slow => self.tell_slow(),
                UiEvent::Signal(SIGCONT) => {
                    self.foreground.resume();
                    self.printer.resume();
                }
                UiEvent::Broken => anyhow::bail!("internal error: a part of the program failed"),
                UiEvent::Signal(SIGINT) if self.interrupted(editor) => {
                    self.interrupts.forget();
                }
                UiEvent::Signal(SIGINT) => return self.leave(ui_events, leaving, Ok(())),
                UiEvent::Signal(number) => {
                    let signal = EndSignal::from_number(number).unwrap_or(EndSignal::Terminate);
                    let interrupted = Err(Failure::Interrupted(signal));
                    return self.leave(ui_events, leaving.min(CLOSING), interrupted);
                }
                UiEvent::Open => self.opened(),
                UiEvent::Due => self.connect(),
                UiEvent::Closed(mut ending) => {
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

    /// Waits for the next ui_event, and keeps the prompt true meanwhile.
    fn next(&self, ui_events: &Receiver<UiEvent>) -> Result<UiEvent, RecvError> {
        loop {
            let is_outdated = self.current.is_outdated();
            if is_outdated {
                self.printer.repaint();
            }
            let looks_again = is_outdated || self.current.is_moving();
            let tick = looks_again.then(|| Instant::now() + REPAINT);
            let (due, soon) = (self.reconnect.due(), self.pending.soon());
            let Some(until) = tick.into_iter().chain(due).chain(soon).min() else {
                return ui_events.recv();
            };
            match ui_events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(ui_event) => return Ok(ui_event),
                Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
                Err(RecvTimeoutError::Timeout) => {
                    let has_come = |time: Option<Instant>| time.is_some_and(|time| time <= until);
                    if has_come(soon) {
                        return Ok(UiEvent::Slow);
                    } else if has_come(due) {
                        return Ok(UiEvent::Due);
                    }
                }
            }
        }
    }
}
