//! Renders the events of a connection, in batches.
//!
//! A lone event is shown at once. When many come, all that came in the twentieth part of a second
//! are one frame, and a frame shows about a window's height: the newest, after a line that tells
//! how many were folded away. Only what is shown is formatted; the log has everything.

mod batch;

use super::blobs::Blobs;
use super::completion::CompletionIndex;
use super::log::{EntryKind, MessageLog, Noted};
use super::printer::TerminalPrinter;
use super::stats_sampler::StatsSampler;
use super::ui_event::{PanicGuard, UiEvent};
use crate::output::human::{Human, Looks};
use crate::output::style::{Role, Style};
use crate::output::verbose::Verbose;
use crate::output::window;
use crate::session::Ending;
use batch::{BURST, Item, RenderBatch};
use sockeye::{Data, Event, Events};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

/// The time between two frames while events pour in.
const FRAME: Duration = Duration::from_millis(50);
/// A frame with so many bytes is over.
const MUCH: usize = 8 << 20;
/// What somebody who is here for the first time needs to know.
const HOW_TO_LEAVE: &str = "Ctrl-D leaves, /help lists commands";

/// What is said about an event.
pub(super) struct RenderContext {
    pub(super) human: Human,
    pub(super) blobs: Blobs,
    pub(super) verbose: Option<Verbose>,
    /// Control frames are not shown.
    pub(super) quiet: bool,
    pub(super) style: Style,
    pub(super) stats: StatsSampler,
    pub(super) index: CompletionIndex,
    /// [`HOW_TO_LEAVE`] has been said: once a session is enough.
    pub(super) has_said_how_to_leave: Arc<AtomicBool>,
}

impl RenderContext {
    fn event(&mut self, event: &Event<'_>, lines: &mut String) {
        if let Some(verbose) = self.verbose {
            verbose.push(event, lines);
        }
        self.human.event(event, lines);
        if matches!(event, Event::Open(_)) {
            self.say_how_to_leave(lines);
        }
    }

    fn say_how_to_leave(&self, lines: &mut String) {
        if !self.quiet && !self.has_said_how_to_leave.swap(true, Ordering::Relaxed) {
            let hint = self.style.paint(Role::Faint, HOW_TO_LEAVE);
            lines.push_str(&format!("{hint}\n"));
        }
    }
}

/// Shows the events of one connection until its last, on a thread of its own.
pub(super) fn start(
    events: Events,
    url: &str,
    mut context: RenderContext,
    printer: &TerminalPrinter,
    log: &MessageLog,
    sender: Sender<UiEvent>,
) {
    let mut lines = String::new();
    context.human.begin(url, &mut lines);
    if !lines.is_empty() {
        printer.print(lines);
    }
    let renderer = Renderer {
        context,
        printer: printer.clone(),
        log: log.clone(),
        sender,
        ending: Ending::default(),
        batch: RenderBatch::default(),
        folded: 0,
        allowance: BURST,
        shown: None,
    };
    thread::spawn(move || {
        let _guard = PanicGuard::with(&renderer.sender);
        renderer.run(events);
    });
}

struct Renderer {
    context: RenderContext,
    printer: TerminalPrinter,
    log: MessageLog,
    sender: Sender<UiEvent>,
    ending: Ending,
    batch: RenderBatch,
    /// So many messages were folded away so far.
    folded: u64,
    /// So many rows may be shown at once: a quiet time fills it, a flood empties it.
    allowance: usize,
    /// When the last frame was shown.
    shown: Option<Instant>,
}

impl Renderer {
    fn run(mut self, mut events: Events) {
        let mut due = Instant::now();
        loop {
            let next = if self.batch.is_empty() {
                events.wait();
                due = self.next_frame();
                events.recv().map_err(RecvTimeoutError::from)
            } else {
                events.recv_deadline(self.patience())
            };
            match next {
                Ok(event) => {
                    let noted = self.take(&event);
                    self.note(noted, &events);
                }
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => self.show(),
            }
            if self.batch.bytes() >= MUCH || Instant::now() >= due {
                self.show();
            }
        }
        self.show();
        _ = self.sender.send(UiEvent::Closed(self.ending));
    }

    /// When the frame that begins now has to be shown, though events go on coming.
    fn next_frame(&self) -> Instant {
        Instant::now() + FRAME
    }

    /// How long to wait for the next event before the frame is shown.
    fn patience(&self) -> Instant {
        match self.shown {
            Some(shown) if !self.batch.has_tail() => shown + FRAME,
            // A time that has passed: what is there already is taken, nothing is waited for.
            _ => Instant::now(),
        }
    }

    /// Tells what an event changes, and gives what there is to remember of it. What is never
    /// folded goes into the frame.
    fn take(&mut self, event: &Event<'_>) -> Option<EntryKind> {
        self.context.stats.hear(event);
        match event {
            // Nobody hears it when the program is about to end.
            Event::Open(_) => _ = self.sender.send(UiEvent::Open),
            Event::Error(error) => self.ending.failed(error),
            Event::Close(close) => self.ending.close = Some((*close).clone()),
            _ => {}
        }
        let mut what = EntryKind::of(event);
        match event {
            Event::Ping(_) | Event::Pong { .. } => {}
            Event::Message(message) => {
                if let Data::Text(text) = &message.data {
                    self.context.index.learn(text);
                }
                if let (Data::Blob(_), Some(EntryKind::Binary { bytes, kept, .. })) =
                    (&message.data, &mut what)
                {
                    *kept = Some(self.context.blobs.keep(bytes).into());
                }
            }
            Event::Frame(_) => {
                let lines = self.formatted(event);
                let bytes = lines.len();
                self.begin_anew();
                self.batch.push(Item::Trace(lines), bytes);
            }
            _ => {
                let looks = self.looks();
                self.context.human.set_looks(looks);
                self.context.event(event, self.batch.tail());
            }
        }
        what
    }

    /// Notes what came, and shows it if it is to be seen.
    fn note(&mut self, what: Option<EntryKind>, events: &Events) {
        let Some(what) = what else { return };
        let is_message = what.is_message();
        let is_control = what.is_control();
        let size = what.size();
        let Noted::Shown(number) = self.log.received(what, events.time()) else {
            return;
        };
        let item = match (is_message, is_control && !self.context.quiet) {
            (true, _) => Item::Message(number),
            (_, true) => Item::Control(number),
            _ => return,
        };
        self.begin_anew();
        self.batch.push(item, size);
    }

    /// What comes after a change of state is shown after it.
    fn begin_anew(&mut self) {
        if self.batch.has_tail() {
            self.show();
        }
    }

    fn formatted(&mut self, event: &Event<'_>) -> String {
        let mut lines = String::new();
        let looks = self.looks();
        self.context.human.set_looks(looks);
        self.context.event(event, &mut lines);
        lines
    }

    /// As they were asked for, in the window as it is now.
    fn looks(&self) -> Looks {
        Looks {
            width: window::columns(io::stdout()),
            ..self.log.looks()
        }
    }

    fn show(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        self.replenish();
        let looks = self.looks();
        self.context.human.set_looks(looks);
        let (human, log) = (&mut self.context.human, &self.log);
        let shown = self
            .batch
            .take(self.allowance, looks.width, |item| match item {
                Item::Message(number) | Item::Control(number) => log.with(*number, |entry| {
                    let mut lines = String::new();
                    entry.push_shown(human, &mut lines);
                    lines
                }),
                Item::Trace(lines) => Some(lines.clone()),
            });
        self.allowance = self.allowance.saturating_sub(shown.rows);
        self.folded += shown.folded.messages;
        let mut lines = String::new();
        if let Some(folded) = shown.folded.line(self.folded) {
            let folded = self.context.style.paint(Role::Faint, folded);
            lines = format!("{folded}\n");
        }
        lines.push_str(&shown.lines);
        lines.push_str(&shown.tail);
        if !lines.is_empty() {
            self.printer.print_in_turn(lines);
        }
        self.shown = Some(Instant::now());
    }

    /// Each twentieth part of a second gives a window's height, some rows of it for the prompt.
    fn replenish(&mut self) {
        let height = window::rows(io::stdout()).saturating_sub(3).max(3);
        let times = match self.shown {
            Some(shown) => shown.elapsed().as_secs_f64() / FRAME.as_secs_f64(),
            None => 1.0,
        };
        let more = (height as f64 * times) as usize;
        self.allowance = self.allowance.saturating_add(more).clamp(height, BURST);
    }
}
