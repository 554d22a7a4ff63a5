//! Another program in the foreground of the terminal, as a shell would start it.
//!
//! It has a process group of its own, and the terminal sends the signals of Ctrl-C and Ctrl-Z to
//! the group in the foreground only. So they do not reach this program, however late it looks;
//! but for a moment at the start, and what comes then is passed on.

use nix::sys::signal::{SigSet, SigmaskHow, Signal as NixSignal};
use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, getpgrp, kill_current_process_group, kill_process_group,
    waitid,
};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr, tcsetpgrp};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longer than any stop takes to be in effect.
const STOPPING: Duration = Duration::from_millis(500);

/// The program that has the terminal, if one has. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Foreground(Arc<(Mutex<State>, Condvar)>);

#[derive(Debug, Default)]
struct State {
    handover: Option<TerminalHandover>,
    /// Ctrl-C came before the other program was in the foreground, or somebody else sent it.
    is_interrupted: bool,
    /// This program was stopped and goes on.
    is_resumed: bool,
}

/// The terminal while another program has it.
#[derive(Debug)]
struct TerminalHandover {
    /// The process group of that program, which has not been waited for.
    group: Pid,
    terminal: OwnedFd,
    found: Option<Termios>,
}

impl Foreground {
    /// Runs a program in the foreground, to its end. Ctrl-Z stops it together with this program.
    pub(super) fn run(&self, command: &mut Command, terminal: OwnedFd) -> io::Result<ExitStatus> {
        let found = tcgetattr(&terminal).ok();
        let mut child = command.process_group(0).spawn()?;
        let handover = TerminalHandover {
            group: Pid::from_child(&child),
            terminal,
            found,
        };
        handover.give();
        self.hand_over(handover);
        while is_stopped(&child) {
            self.stop_too();
        }
        // The process is still there, so its number is nobody else's.
        self.take_back();
        child.wait()
    }

    fn hand_over(&self, handover: TerminalHandover) {
        let mut state = self.lock();
        if state.is_interrupted {
            handover.signal(Signal::INT);
        }
        state.handover = Some(handover);
    }

    /// Passes SIGINT on, once: the terminal sends no other one.
    pub(super) fn interrupt(&self) -> bool {
        let mut state = self.lock();
        if let Some(handover) = state.handover.as_ref().filter(|_| !state.is_interrupted) {
            handover.signal(Signal::INT);
        }
        !std::mem::replace(&mut state.is_interrupted, true)
    }

    /// Tells the program to end. False when there is none.
    pub(super) fn end(&self, signal: Signal) -> bool {
        let state = self.lock();
        let Some(handover) = &state.handover else {
            return false;
        };
        handover.signal(signal);
        handover.signal(Signal::CONT);
        true
    }

    /// The terminal is this program's again, with the settings it had.
    pub(super) fn take_back(&self) {
        let mut state = self.lock();
        state.is_interrupted = false;
        if let Some(handover) = state.handover.take() {
            handover.take_back();
            set(&handover.terminal, handover.found.as_ref());
        }
    }

    /// This program was stopped and goes on.
    pub(super) fn resume(&self) {
        self.lock().is_resumed = true;
        self.0.1.notify_all();
    }

    /// The program was stopped by Ctrl-Z: the shell gets the terminal until both go on.
    fn stop_too(&self) {
        let mut state = self.lock();
        state.is_resumed = false;
        let theirs = state
            .handover
            .as_ref()
            .and_then(TerminalHandover::take_back_for_shell);
        drop(state);
        // Without effect where no shell could let this program go on.
        _ = kill_current_process_group(Signal::TSTP);
        let stopped = |state: &mut State| !state.is_resumed;
        let waited = (self.0.1).wait_timeout_while(self.lock(), STOPPING, stopped);
        drop(waited);
        if let Some(handover) = &self.lock().handover {
            set(&handover.terminal, theirs.as_ref());
            handover.give();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TerminalHandover {
    /// In the background, this stops the program until it is in the foreground.
    fn give(&self) {
        // Without a terminal to control there is no foreground.
        _ = tcsetpgrp(&self.terminal, self.group);
        // It may have asked for the terminal too early, and was stopped.
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        // It may be about to end.
        _ = kill_process_group(self.group, signal);
    }

    fn take_back(&self) {
        // The kernel stops a background program that does this, unless it blocks the signal.
        let blocked = SigSet::from(NixSignal::SIGTTOU).thread_swap_mask(SigmaskHow::SIG_BLOCK);
        _ = tcsetpgrp(&self.terminal, getpgrp());
        if let Ok(before) = blocked {
            _ = before.thread_set_mask();
        }
    }

    /// Returns the settings of the other program.
    fn take_back_for_shell(&self) -> Option<Termios> {
        let theirs = tcgetattr(&self.terminal).ok();
        self.take_back();
        set(&self.terminal, self.found.as_ref());
        theirs
    }
}

/// Puts the terminal back when dropped, whatever ends this program.
#[derive(Debug)]
pub(super) struct TakeBack(pub(super) Foreground);

impl Drop for TakeBack {
    fn drop(&mut self) {
        self.0.take_back();
    }
}

/// Waits until the program is stopped or has ended; which of the two.
fn is_stopped(child: &Child) -> bool {
    let id = || WaitId::Pid(Pid::from_child(child));
    loop {
        let changes = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
        match waitid(id(), changes) {
            Ok(Some(status)) if status.stopped() => {
                // Each stop is told once.
                _ = waitid(id(), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
                return true;
            }
            Err(Errno::INTR) => {}
            _ => return false,
        }
    }
}

fn set(terminal: impl AsFd, settings: Option<&Termios>) {
    if let Some(settings) = settings {
        // Nothing more can be done when this fails.
        _ = tcsetattr(terminal, OptionalActions::Now, settings);
    }
}
