//! Whether a line is being typed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// Where the editor is with a line: only from the first look at its prompt to Enter does it show
/// what others want above it. Clones tell the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Typing(Arc<(Mutex<Phase>, Condvar)>, Arc<AtomicU64>);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    /// No line is being typed, nor will be before one is asked for.
    #[default]
    Between,
    /// One was asked for: the editor is about to take the terminal.
    Asked,
    /// One is being typed.
    Typing,
    /// Enter was pressed: the editor is about to give the terminal back.
    Accepted,
    /// The program is about to end: the editor is to paint nothing more.
    Leaving,
    /// The editor has ended.
    Gone,
}

impl Typing {
    /// A line is asked for.
    pub(super) fn is_asked_for(&self) {
        self.change(|phase| match phase {
            Phase::Gone => Phase::Gone,
            _ => Phase::Asked,
        });
    }

    /// The prompt is being painted. Never comes back when the program leaves.
    pub(super) fn goes_on(&self) {
        let mut leaves = false;
        self.change(|phase| match phase {
            Phase::Asked => {
                self.1.fetch_add(1, Ordering::Relaxed);
                Phase::Typing
            }
            Phase::Leaving => {
                leaves = true;
                Phase::Gone
            }
            other => other,
        });
        if leaves {
            loop {
                thread::park();
            }
        }
    }

    /// Makes the next paint of the line being typed the last thing that its thread does, and
    /// waits for that, but no longer than this: an editor that searches its history paints
    /// nothing.
    pub(super) fn leave(&self, at_most: Duration) {
        self.change(|phase| match phase {
            Phase::Typing => Phase::Leaving,
            other => other,
        });
        let leaving = |phase: &mut Phase| *phase == Phase::Leaving;
        drop(self.0.1.wait_timeout_while(self.lock(), at_most, leaving));
    }

    /// The line is taken as it is.
    pub(super) fn is_accepted(&self) {
        self.change(|_| Phase::Accepted);
    }

    /// The editor has given the terminal back.
    pub(super) fn is_over(&self) {
        self.change(|_| Phase::Between);
    }

    /// There will be no more lines.
    pub(super) fn is_gone(&self) {
        self.change(|_| Phase::Gone);
    }

    /// Whether a line is being typed.
    pub(super) fn is_on(&self) -> bool {
        self.line().is_some()
    }

    /// The number of the line being typed, if one is.
    pub(super) fn line(&self) -> Option<u64> {
        let phase = self.lock();
        (*phase == Phase::Typing).then(|| self.1.load(Ordering::Relaxed))
    }

    /// Waits until a line is being typed.
    pub(super) fn wait(&self) {
        let typed = self.lock();
        drop(self.0.1.wait_while(typed, |phase| *phase != Phase::Typing));
    }

    /// Waits, but no longer than this, while the editor is taking or giving back the terminal.
    /// Tells whether a line is being typed.
    pub(super) fn wait_for(&self, at_most: Duration) -> bool {
        let turning = |phase: &mut Phase| matches!(phase, Phase::Asked | Phase::Accepted);
        let waited = self.0.1.wait_timeout_while(self.lock(), at_most, turning);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == Phase::Typing
    }

    fn change(&self, next: impl FnOnce(Phase) -> Phase) {
        let mut phase = self.lock();
        *phase = next(*phase);
        self.0.1.notify_all();
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
        typing.is_asked_for();
        typing.goes_on();
        assert!(typing.is_on());
        typing.is_accepted();
        typing.goes_on();
        assert!(!typing.is_on());
        typing.is_over();
        typing.is_asked_for();
        typing.goes_on();
        assert!(typing.is_on());
    }

    #[test]
    fn nobody_waits_for_an_editor_that_was_not_asked_or_has_ended() {
        let typing = Typing::default();
        assert!(!typing.wait_for(Duration::MAX));
        typing.is_gone();
        typing.is_asked_for();
        assert!(!typing.wait_for(Duration::MAX));
    }

    #[test]
    fn nothing_is_painted_once_the_program_leaves() {
        let typing = Typing::default();
        typing.is_asked_for();
        typing.goes_on();
        let (paint, painting) = std::sync::mpsc::channel();
        let editor = typing.clone();
        // Never comes back.
        std::thread::spawn(move || {
            while paint.send(()).is_ok() {
                editor.goes_on();
            }
        });
        painting.recv().expect("a paint");
        typing.leave(Duration::from_secs(10));
        assert!(!typing.is_on());
        painting.try_iter().for_each(drop);
        assert!(painting.recv_timeout(Duration::from_millis(50)).is_err());
    }

    #[test]
    fn who_waits_hears_when_the_prompt_is_there() {
        let typing = Typing::default();
        typing.is_asked_for();
        let editor = typing.clone();
        let painted = std::thread::spawn(move || editor.goes_on());
        assert!(typing.wait_for(Duration::from_secs(10)));
        painted.join().expect("painted");
    }
}
