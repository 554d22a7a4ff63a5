//! Whether a line is being typed.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Where the editor is with a line: only from the first look at its prompt to Enter does it show
/// what others want above it. Clones tell the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Typing(Arc<(Mutex<Phase>, Condvar)>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// No line is being typed.
    #[default]
    Between,
    /// One is.
    Typing,
    /// Enter was pressed: the editor is about to give the terminal back.
    Accepted,
}

impl Typing {
    /// The prompt is being painted.
    pub(super) fn goes_on(&self) {
        let mut phase = self.lock();
        if *phase == Phase::Between {
            *phase = Phase::Typing;
            self.0.1.notify_all();
        }
    }

    /// The line is taken as it is.
    pub(super) fn is_accepted(&self) {
        *self.lock() = Phase::Accepted;
    }

    /// The editor has given the terminal back.
    pub(super) fn is_over(&self) {
        *self.lock() = Phase::Between;
    }

    /// Whether a line is being typed.
    pub(super) fn is_on(&self) -> bool {
        *self.lock() == Phase::Typing
    }

    /// Waits until a line is being typed.
    pub(super) fn wait(&self) {
        let phase = self.lock();
        drop(self.0.1.wait_while(phase, |phase| *phase != Phase::Typing));
    }

    /// Waits until a line is being typed, but no longer than this.
    pub(super) fn wait_for(&self, at_most: Duration) {
        let phase = self.lock();
        // Whether it began or not, there is nothing else to do.
        drop(
            self.0
                .1
                .wait_timeout_while(phase, at_most, |phase| *phase != Phase::Typing),
        );
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_paint_of_an_accepted_line_is_not_typing() {
        let typing = Typing::default();
        typing.goes_on();
        assert!(typing.is_on());
        typing.is_accepted();
        typing.goes_on();
        assert!(!typing.is_on());
        typing.is_over();
        typing.goes_on();
        assert!(typing.is_on());
    }
}
