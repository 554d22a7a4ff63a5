//! Leaving: what was asked for before is sent, the close handshake is tried.

use super::Client;
use super::arguments::Close;
use super::ui_event::UiEvent;
use crate::failure::Failure;
use crate::output::size::Span;
use crate::signals::EndSignal;
use rustix::process::Signal;
use signal_hook::consts::{SIGCONT, SIGHUP};
use sockeye::ReadyState;
use sockeye::deadline::Deadline;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long another program may take to end that has the terminal.
const ENDING: Duration = Duration::from_millis(200);

/// How long leaving may take: the close handshake is tried, not waited for.
pub(super) const LEAVING: Duration = Duration::from_secs(2);

impl Client {
    /// Sends what still waits for a file, closes with 1000 and waits a bounded time for the end;
    /// Ctrl-C ends the waiting.
    pub(super) fn leave(
        &mut self,
        ui_events: &Receiver<UiEvent>,
        leaving: Duration,
        result: Result<(), Failure>,
    ) -> anyhow::Result<()> {
        self.end_foreground(ui_events, &result);
        let goes_on = result.is_err() || self.finish_pending(ui_events);
        self.give_up_all();
        let socket = self.current.socket();
        // The socket knows of its end before all is told that came before it.
        if !self.is_over || socket.ready_state() != ReadyState::Closed {
            if socket.ready_state() <= ReadyState::Open {
                // Allowed in both states.
                _ = self.close(&socket, &Close::normal());
            }
            if goes_on {
                let has_hung_up = matches!(result, Err(Failure::Interrupted(EndSignal::HangUp)));
                self.wait_for_close(ui_events, leaving, has_hung_up);
            }
        }
        Ok(result?)
    }

    /// Tells the program that has the terminal why it is to end, and takes the terminal back.
    fn end_foreground(&mut self, ui_events: &Receiver<UiEvent>, result: &Result<(), Failure>) {
        let signal = match result {
            Err(Failure::Interrupted(EndSignal::HangUp)) => Signal::HUP,
            _ => Signal::TERM,
        };
        if !self.foreground.end(signal) {
            return;
        }
        let deadline = Deadline::after(Instant::now(), ENDING);
        while self.pending.is_in_foreground() {
            match receive(ui_events, deadline) {
                // What was being written is not sent.
                Ok(UiEvent::Done(_)) | Err(_) => break,
                Ok(UiEvent::Closed(_)) => self.is_over = true,
                Ok(_) => {}
            }
        }
        self.foreground.take_back();
        self.give_up_all();
    }

    /// Waits a bounded time for the command that is being carried out; false when the user does
    /// not want to wait.
    fn finish_pending(&mut self, ui_events: &Receiver<UiEvent>) -> bool {
        let deadline = Deadline::after(Instant::now(), LEAVING);
        while self.pending.is_busy() {
            match receive(ui_events, deadline) {
                Ok(UiEvent::Done(done)) => self.finish(done),
                Ok(UiEvent::Open) => self.opened(),
                Ok(UiEvent::Closed(_)) => self.is_over = true,
                Ok(UiEvent::Line(_) | UiEvent::Slow | UiEvent::Due) => {}
                Ok(UiEvent::Signal(SIGCONT)) => {}
                Ok(_) => return false,
                Err(_) => return true,
            }
        }
        true
    }

    /// That the terminal has gone may be told twice, by reading and by SIGHUP.
    fn wait_for_close(&self, ui_events: &Receiver<UiEvent>, leaving: Duration, has_hung_up: bool) {
        let deadline = Deadline::after(Instant::now(), leaving);
        loop {
            match receive(ui_events, deadline) {
                Ok(
                    UiEvent::Open | UiEvent::Line(_) | UiEvent::Done(_) | UiEvent::Signal(SIGCONT),
                ) => {}
                Ok(UiEvent::Signal(SIGHUP)) if has_hung_up => {}
                Err(_) => {
                    let waited = Span(leaving);
                    return self.notice(&format!("the server did not close within {waited}: left"));
                }
                _ => return,
            }
        }
    }
}

fn receive(ui_events: &Receiver<UiEvent>, deadline: Deadline) -> Result<UiEvent, RecvTimeoutError> {
    let left = deadline.remaining(Instant::now());
    ui_events.recv_timeout(left.unwrap_or(Duration::MAX))
}
