//! Signals: an orderly end while the calling thread gets to them, an end in any case.

use super::foreground::Foreground;
use super::printer::TerminalPrinter;
use super::ui_event::UiEvent;
use crate::signals::{self, EndSignal};
use signal_hook::consts::{SIGCONT, SIGWINCH};
use signal_hook::iterator::Signals;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

/// How long the close handshake may take after a signal that ends the program.
pub(super) const CLOSING: Duration = Duration::from_millis(500);
/// Within this time such a signal ends the program, whatever its threads wait for.
const ENDING: Duration = Duration::from_millis(900);

/// Whether SIGINT has come and has not been dealt with: another one ends the program.
#[derive(Debug)]
pub(super) struct Interrupts(Arc<AtomicBool>);

impl Interrupts {
    /// Signals become ui_events from now on, so that the terminal is restored whatever ends the
    /// program.
    pub(super) fn hear(
        sender: Sender<UiEvent>,
        foreground: Foreground,
        printer: TerminalPrinter,
    ) -> io::Result<Self> {
        let coming = Signals::new(signals::heeded())?;
        coming.add_signal(SIGCONT)?;
        coming.add_signal(SIGWINCH)?;
        let interrupted = Arc::new(AtomicBool::new(false));
        let listener = Listener {
            sender,
            foreground,
            printer,
            interrupted: Arc::clone(&interrupted),
            last: None,
        };
        thread::spawn(move || listener.listen(coming));
        Ok(Self(interrupted))
    }

    /// SIGINT has done what it was for, and the session goes on.
    pub(super) fn forget(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// The thread that hears of signals.
struct Listener {
    sender: Sender<UiEvent>,
    foreground: Foreground,
    printer: TerminalPrinter,
    interrupted: Arc<AtomicBool>,
    last: Option<(EndSignal, Instant)>,
}

impl Listener {
    fn listen(mut self, mut coming: Signals) {
        for number in coming.forever() {
            match EndSignal::from_number(number) {
                Some(signal) if self.is_repeated(signal) => continue,
                Some(EndSignal::Interrupt) if !self.is_for_us() => continue,
                Some(signal) => {
                    // The end is told, not what may take minutes.
                    self.printer.stop();
                    self.end_in_any_case(signal);
                }
                None if number == SIGWINCH => {
                    self.printer.resize();
                    continue;
                }
                None => {}
            }
            // Nobody hears it when the program is about to end.
            _ = self.sender.send(UiEvent::Signal(number));
        }
    }

    /// Whether it is the same request once more.
    fn is_repeated(&mut self, signal: EndSignal) -> bool {
        let before = self.last.replace((signal, Instant::now()));
        before.is_some_and(|(before, at)| before == signal && at.elapsed() < signals::REPEATED)
    }

    /// Ctrl-C may stop what is being shown.
    fn is_for_us(&self) -> bool {
        let is_first = !self.interrupted.load(Ordering::SeqCst);
        !(is_first && self.printer.stop())
    }

    fn end_in_any_case(&self, signal: EndSignal) {
        let is_second = self.interrupted.swap(true, Ordering::SeqCst);
        if signal == EndSignal::Interrupt && !is_second {
            return;
        }
        let (foreground, printer) = (self.foreground.clone(), self.printer.clone());
        thread::spawn(move || {
            thread::sleep(ENDING);
            foreground.take_back();
            printer.restore();
            signals::exit(signal);
        });
    }
}
