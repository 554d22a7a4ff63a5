//! Commands, carried out in order and answered at once.

use super::command::{self, Asked, Command, Refused};
use super::desk::{Desk, Sheet, Stage};
use super::execute::execute;
use super::lines::{self, Lines};
use super::waiting::Pending;
use crate::comeback::Line;
use crate::failure::Failure;
use crate::transfer::Wait;
use sockeye::io_reason;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Instant;

/// `bufferedAmount` above which the input is not read until the network has taken some. What waits
/// for the connection counts too.
const MUCH: u64 = 64 << 20;
/// As many messages may wait, however small they are: each costs memory beside its payload.
const MANY: u64 = 1 << 19;
/// While more answers than this are not read, no further command is.
const UNREAD: usize = 64 << 20;

/// What became of a command.
enum Outcome {
    Accepted,
    Refused,
    /// It waits for the connection; `is_full`: and no more can.
    Waits {
        is_full: bool,
    },
}

/// Obeys.
pub(super) struct Clerk {
    pub(super) line: Arc<Line>,
    pub(super) desk: Arc<Desk>,
    /// Commands do not wait for the connection.
    pub(super) immediate: bool,
    /// How long to stay when there is nothing more to obey.
    pub(super) wait: Wait,
}

impl Drop for Clerk {
    /// Who has nothing more to obey has nothing more to answer, and the close event was told.
    fn drop(&mut self) {
        self.desk.complete();
    }
}

impl Clerk {
    /// Carries out every line, then ends the connection and the output.
    pub(super) fn serve(self, source: impl AsFd) -> Result<(), Failure> {
        let mut lines = Lines::new(source);
        let read = loop {
            match lines.next() {
                Ok(Some(line)) => self.obey(&line),
                Ok(None) => break Ok(()),
                Err(error) => {
                    let told = format!("cannot read standard input: {}", io_reason(&error));
                    break Err(Failure::Input(told));
                }
            }
        };
        self.finish();
        read
    }

    fn obey(&self, line: &lines::Line<'_>) {
        let asked = match line {
            lines::Line::Whole(line) => command::read(line),
            lines::Line::TooLong { beginning, most } => command::too_long(beginning, *most),
        };
        match self.desk.turn(UNREAD, |sheet| self.take(sheet, asked)) {
            Outcome::Refused | Outcome::Waits { is_full: false } => return,
            Outcome::Accepted => {}
            Outcome::Waits { is_full: true } => self.desk.wait_for(Stage::Open, None),
        }
        // Over when nothing will be sent any more, and then commands are answered all the same.
        self.line.socket().wait_for_room(MUCH, MANY, None);
    }

    /// Carries a command out, or keeps it for the connection.
    fn take(&self, sheet: &mut Sheet, Asked { id, command }: Asked<'_>) -> Outcome {
        if self.must_wait(sheet, &command) {
            let id = id.map(str::to_owned);
            sheet.waiting.push(Pending { id, command });
            let is_full = sheet.waiting.exceeds(MUCH, MANY);
            return Outcome::Waits { is_full };
        }
        if execute(&self.line, command, id, sheet) {
            Outcome::Accepted
        } else {
            Outcome::Refused
        }
    }

    /// While there is no connection everything keeps its order, but for `state`, which is answered
    /// at once.
    fn must_wait(&self, sheet: &Sheet, command: &Result<Command, Refused>) -> bool {
        let is_connecting = sheet.stage == Stage::Connecting && !self.immediate;
        is_connecting
            && match command {
                Ok(Command::State) => false,
                Ok(_) => true,
                Err(_) => !sheet.waiting.is_empty(),
            }
    }

    /// Hands over what is queued, stays, closes; the last line is the close event's. A connection
    /// that is lost meanwhile is followed by the next, if there is still something to send.
    fn finish(&self) {
        let mut number = 0;
        while let Some(opened) = self.opened_for_rest(number) {
            number = opened.number;
            // Whoever told of the connection queues what has waited for it in the same turn.
            self.desk.turn(usize::MAX, |_| ());
            if opened.socket.wait_for_room(0, 0, None) {
                self.stay();
                if self.line.is_open(number) {
                    break;
                }
            }
        }
        self.close();
        self.desk.wait_for(Stage::Over, None);
    }

    fn opened_for_rest(&self, number: u64) -> Option<crate::comeback::Opened> {
        let turn = |sheet: &mut Sheet| sheet.waiting.needs_connection();
        let waits = self.desk.turn(usize::MAX, turn);
        self.line.opened_for_rest(number, waits)
    }

    fn stay(&self) {
        match self.wait {
            Wait::For(time) => {
                // Later than the clock can tell is for ever.
                let deadline = Instant::now().checked_add(time);
                self.desk.wait_for(Stage::Over, deadline);
            }
            Wait::Forever => self.desk.wait_for(Stage::Over, None),
        }
    }

    /// Closes as the user wants it, whatever the state.
    fn close(&self) {
        self.desk.turn(usize::MAX, |_| self.line.leave());
    }
}
