//! The terminal as it was found.

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use std::io::{self, Write};

/// Puts the terminal back when dropped, also when a line is still being edited.
#[derive(Debug)]
pub(super) struct Restore(Option<Termios>);

impl Restore {
    /// Remembers how the terminal is now.
    pub(super) fn later() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        let Some(found) = &self.0 else { return };
        let edited = tcgetattr(io::stdin()).is_ok_and(|now| now.local_modes != found.local_modes);
        if edited {
            // Nothing more can be done when this fails.
            _ = tcsetattr(io::stdin(), OptionalActions::Drain, found);
            // Bracketed paste off, and the prompt away.
            _ = io::stdout().write_all(b"\x1b[?2004l\r\x1b[K");
            _ = io::stdout().flush();
        }
    }
}
