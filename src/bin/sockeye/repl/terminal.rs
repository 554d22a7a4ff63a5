//! The terminal as it was found, and as a line is edited on it.

use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Longer than any stop takes to be in effect.
const STOPPING: Duration = Duration::from_millis(500);

/// Puts the terminal back when dropped: also when a line is still being edited, also in a panic.
#[derive(Debug)]
pub(super) struct Restore<T: AsFd + Write>(T, Option<Termios>);

impl<T: AsFd + Write> Restore<T> {
    /// Remembers how the terminal is now.
    pub(super) fn later(terminal: T) -> Self {
        let found = tcgetattr(&terminal).ok();
        Self(terminal, found)
    }
}

impl<T: AsFd + Write> Drop for Restore<T> {
    fn drop(&mut self) {
        let Self(terminal, Some(found)) = self else {
            return;
        };
        let edited = tcgetattr(&*terminal).is_ok_and(|now| now.local_modes != found.local_modes);
        if edited {
            // Nothing more can be done when this fails.
            _ = tcsetattr(&*terminal, OptionalActions::Drain, found);
            // An update that was under way is over, bracketed paste is off, the prompt away.
            _ = terminal.write_all(b"\x1b[?2026l\x1b[?2004l\r\x1b[K");
            _ = terminal.flush();
        }
    }
}

/// The terminal's settings while a line is edited and while none is.
#[derive(Debug, Clone, Default)]
pub(super) struct Modes(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    found: Option<Termios>,
    /// The editor makes them once for each line.
    edited: OnceLock<Termios>,
    resumed: (Mutex<bool>, Condvar),
}

impl Modes {
    /// Remembers how the terminal is now.
    pub(super) fn later() -> Self {
        Self(Arc::new(Shared {
            found: tcgetattr(io::stdin()).ok(),
            ..Shared::default()
        }))
    }

    /// A line is being edited: remembers the settings, the first time.
    pub(super) fn note(&self) {
        if self.0.edited.get().is_none()
            && let Ok(now) = tcgetattr(io::stdin())
            && !now.local_modes.contains(LocalModes::ICANON)
        {
            // Another thread's are the same.
            _ = self.0.edited.set(now);
        }
    }

    /// Gives the terminal back to the shell and stops the program, with all that runs in its job;
    /// comes back when it goes on. The editor's own way makes the terminal its own again before
    /// the stop takes effect.
    pub(super) fn suspend(&self) {
        let (resumed, news) = &self.0.resumed;
        *resumed.lock().unwrap_or_else(PoisonError::into_inner) = false;
        set(self.0.found.as_ref(), b"\x1b[?2004l");
        if kill_current_process_group(Signal::TSTP).is_ok() {
            let resumed = resumed.lock().unwrap_or_else(PoisonError::into_inner);
            // A job whose shell has gone is never stopped.
            drop(news.wait_timeout_while(resumed, STOPPING, |resumed| !*resumed));
        }
        self.resume();
    }

    /// The program goes on, whatever stopped it: the terminal is the editor's again.
    pub(super) fn resume(&self) {
        let (resumed, news) = &self.0.resumed;
        // From the background this stops the program, until it is in the foreground.
        set(self.0.edited.get(), b"\x1b[?2004h");
        *resumed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        news.notify_all();
    }
}

/// Whether another program has the terminal: its Ctrl-C is none of ours. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Lent(Arc<AtomicBool>);

impl Lent {
    /// The terminal is lent until the result is dropped.
    pub(super) fn lend(&self) -> Lending {
        self.0.store(true, Ordering::SeqCst);
        Lending(self.clone())
    }

    /// Whether it is.
    pub(super) fn is_lent(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Ends when dropped.
#[derive(Debug)]
pub(super) struct Lending(Lent);

impl Drop for Lending {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::SeqCst);
    }
}

/// Settings, and whether pastes are bracketed. Nothing more can be done when this fails.
fn set(settings: Option<&Termios>, bracketed_paste: &[u8]) {
    if let Some(settings) = settings {
        _ = tcsetattr(io::stdin(), OptionalActions::Drain, settings);
        _ = io::stdout().write_all(bracketed_paste);
        _ = io::stdout().flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portable_pty::{PtyPair, PtySize, native_pty_system};
    use std::fs::{File, OpenOptions};
    use std::panic::catch_unwind;

    /// A pseudo-terminal, which lives as long as the pair.
    fn pseudo_terminal() -> (PtyPair, File) {
        let pair = native_pty_system()
            .openpty(PtySize::default())
            .expect("a terminal");
        let path = pair.master.tty_name().expect("a name");
        let terminal = OpenOptions::new().read(true).write(true).open(path);
        (pair, terminal.expect("a terminal"))
    }

    fn is_edited(terminal: &File) -> bool {
        let now = tcgetattr(terminal).expect("settings");
        !now.local_modes.contains(LocalModes::ICANON)
    }

    #[test]
    fn a_panic_leaves_the_terminal_as_it_was_found() {
        let (_pair, terminal) = pseudo_terminal();
        let worked_on = terminal.try_clone().expect("a terminal");
        let panicked = catch_unwind(move || {
            let edited = worked_on.try_clone().expect("a terminal");
            let _restore = Restore::later(worked_on);
            let mut raw = tcgetattr(&edited).expect("settings");
            raw.make_raw();
            tcsetattr(&edited, OptionalActions::Now, &raw).expect("set");
            assert!(!is_edited(&edited), "this is the panic");
        });
        assert!(panicked.is_err());
        assert!(!is_edited(&terminal));
    }
}
