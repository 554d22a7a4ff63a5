//! What the calling thread is told by the others.

use super::pending::Done;
use super::printer::TerminalPrinter;
use crate::session::Ending;
use signal_hook::consts::SIGHUP;
use std::sync::mpsc::Sender;
use std::thread;

/// What the calling thread hears of.
#[derive(Debug)]
pub(super) enum UiEvent {
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

impl UiEvent {
    /// What it means that no line could be read. That the terminal has gone may be seen before
    /// SIGHUP comes, or without it.
    pub(super) fn of_unread(self, printer: &TerminalPrinter) -> Self {
        match printer.has_hung_up() {
            true => Self::Signal(SIGHUP),
            false => self,
        }
    }
}

/// Tells when its thread panics: the others must not go on as if nothing had happened.
pub(super) struct PanicGuard(Sender<UiEvent>);

impl PanicGuard {
    pub(super) fn with(sender: &Sender<UiEvent>) -> Self {
        Self(sender.clone())
    }
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if thread::panicking() {
            // Nobody hears it when the program is about to end.
            _ = self.0.send(UiEvent::Broken);
        }
    }
}
