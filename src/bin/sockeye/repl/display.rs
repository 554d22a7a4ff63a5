//! Events on the screen, above the line that is being typed.

use super::{Alarm, Happening};
use crate::failure::Failure;
use crate::output::human::Human;
use crate::output::sanitize;
use crate::output::style::{Role, Style};
use crate::output::verbose::Verbose;
use crate::session::Ending;
use rustyline::ExternalPrinter;
use sockeye::{Event, Events, NothingYet};
use std::io::{self, Write};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What is gathered before it is shown. Each print repaints the line being typed.
const GATHERED: usize = 64 << 10;

/// Longer than any terminal takes to show what has been gathered.
const SETTLING: Duration = Duration::from_millis(500);

/// Up and down again: a line that shows nothing, after which the line being typed is painted anew.
const NOTHING: &str = "\x1b[A\n";

/// Prints above the line being typed, or plainly where the terminal cannot do that.
type Printer = Box<dyn ExternalPrinter + Send>;

/// The one owner of standard output; whole lines go to it, one caller at a time.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Mutex<Option<Printer>>>);

impl Screen {
    /// From now on there is a line being typed.
    pub(super) fn print_above(&self, printer: impl ExternalPrinter + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(printer));
    }

    /// Shows whole lines. When the terminal has gone there is nobody to tell.
    pub(super) fn print(&self, lines: String) {
        let mut printer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match printer.as_mut() {
            Some(printer) => _ = printer.print(lines),
            None => {
                let mut stdout = io::stdout().lock();
                _ = stdout.write_all(lines.as_bytes());
                _ = stdout.flush();
            }
        }
    }

    /// Paints the line being typed anew.
    pub(super) fn repaint(&self) {
        let mut printer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(printer) = printer.as_mut() {
            _ = printer.print(NOTHING.to_owned());
        }
    }

    /// Comes back when everything printed so far is on the screen, or after a bounded time: an
    /// editor that searches its history shows nothing. Its queue holds one text, so the second
    /// goes in when the first is taken, which is after all before it is shown.
    pub(super) fn settle(&self) {
        let screen = self.clone();
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            let mut printer = screen.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(printer) = printer.as_mut() {
                for _ in 0..2 {
                    _ = printer.print(NOTHING.to_owned());
                }
            }
            _ = done.send(());
        });
        // The end comes either way.
        _ = is_done.recv_timeout(SETTLING);
    }

    /// One line about what is wrong.
    pub(super) fn complain(&self, style: Style, problem: &str) {
        let problem = sanitize::line(problem);
        self.print(format!("{}\n", style.paint(Role::Error, problem)));
    }
}

/// What is said about an event.
pub(super) struct Voice {
    pub(super) human: Human,
    pub(super) verbose: Option<Verbose>,
}

impl Voice {
    fn event(&mut self, event: &Event<'_>, lines: &mut String) {
        if let Some(verbose) = self.verbose {
            verbose.push(event, lines);
        }
        self.human.event(event, lines);
    }
}

/// Shows the events of one connection until its last, on a thread of its own.
pub(super) fn start(
    events: Events,
    url: &str,
    mut voice: Voice,
    screen: &Screen,
    sender: Sender<Happening>,
) {
    let mut lines = String::new();
    voice.human.begin(url, &mut lines);
    screen.print(lines);
    let display = Display {
        voice,
        screen: screen.clone(),
        sender,
        ending: Ending::default(),
        lines: String::new(),
    };
    thread::spawn(move || {
        let _alarm = Alarm::with(&display.sender);
        display.run(events);
    });
}

struct Display {
    voice: Voice,
    screen: Screen,
    sender: Sender<Happening>,
    ending: Ending,
    lines: String,
}

impl Display {
    /// What has come is gathered; when nothing more is there it is shown.
    fn run(mut self, mut events: Events) {
        let at_once = Instant::now();
        loop {
            let more = match events.next_before(at_once) {
                Ok(event) => self.take(event),
                Err(NothingYet) => {
                    self.show();
                    self.take(events.next())
                }
            };
            if !more {
                break;
            }
            if self.lines.len() >= GATHERED {
                self.show();
            }
        }
        self.show();
        _ = self.sender.send(Happening::Closed(self.ending));
    }

    fn take(&mut self, event: Option<Event<'_>>) -> bool {
        let Some(event) = event else { return false };
        self.voice.event(&event, &mut self.lines);
        match event {
            // Nobody hears it when the program is about to end.
            Event::Open(_) => _ = self.sender.send(Happening::Open),
            Event::Error(error) => self.ending.failure = Some(Failure::of_connection(error)),
            Event::Close(close) => self.ending.close = Some(close.clone()),
            _ => {}
        }
        true
    }

    fn show(&mut self) {
        if !self.lines.is_empty() {
            self.screen.print(std::mem::take(&mut self.lines));
        }
    }
}
