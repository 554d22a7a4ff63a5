//! While the program is in the background.
//!
//! The kernel stops a background program as soon as it changes the terminal's settings, again and
//! again, so that it never gets to end when a signal asks for that (`kill %1` at a shell). So the
//! settings are left alone there, and the program stops itself when a signal has had its time.

use super::Driver;
use rustix::process::{Signal, kill_current_process_group};
use sockeye::deadline::Deadline;
use std::time::{Duration, Instant};

/// How often the program looks whether it is in the foreground. Looks are counted, not time: that
/// goes on while the program is stopped.
const LOOK: Duration = Duration::from_millis(100);
/// After so many looks it stops. Longer than the end by a signal takes.
const STOP: u32 = 10;
/// After so many more it was not stopped: nobody could let it go on, or it ignores the signal.
const IN_VAIN: u32 = STOP + 5;

/// The program is in the background, and waits.
pub(super) struct Background {
    looks: u32,
    next: Instant,
}

impl Driver {
    /// Whether the settings have to wait, and the program with them.
    pub(super) fn is_kept_waiting(&mut self) -> bool {
        let looks = self.background.as_ref().map_or(0, |waiting| waiting.looks);
        if self.terminal.is_ours() || looks >= IN_VAIN {
            self.background = None;
        } else {
            let next = Instant::now() + LOOK;
            self.background = Some(Background { looks: 0, next });
        }
        self.background.is_some()
    }

    pub(super) fn next_look(&self) -> Deadline {
        let next = self.background.as_ref().map(|waiting| waiting.next);
        next.map_or(Deadline::NEVER, |next| {
            Deadline::after(next, Duration::ZERO)
        })
    }

    pub(super) fn look_for_foreground(&mut self) {
        let now = Instant::now();
        let Some(waiting) = self
            .background
            .as_mut()
            .filter(|waiting| now >= waiting.next)
        else {
            return;
        };
        waiting.next = now + LOOK;
        waiting.looks += 1;
        let looks = waiting.looks;
        if looks >= IN_VAIN || self.terminal.is_ours() {
            self.resume();
        } else if looks == STOP {
            _ = kill_current_process_group(Signal::TTOU);
        }
    }
}
