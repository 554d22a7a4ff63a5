//! Commands, carried out in order and answered at once.

use super::command::{self, Asked, Command, Refused};
use super::desk::{Desk, Sheet, Stage};
use super::lines::{self, Lines};
use crate::comeback::Line;
use crate::conversation::Wait;
use crate::failure::Failure;
use crate::output::json::Record;
use sockeye::WebSocket;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// `bufferedAmount` above which the input is not read until the network has taken some.
const MUCH: u64 = 64 << 20;
/// As many messages may wait, however small they are: each costs memory beside its payload.
const MANY: u64 = 1 << 19;
/// While more answers than this are not read, no further command is.
const UNREAD: usize = 64 << 20;

/// What a command that was carried out is answered with.
enum Done {
    /// `ok`, if it has an id.
    Accepted,
    /// Every member of the interface.
    State,
}

/// Obeys.
pub(super) struct Clerk {
    pub(super) line: Arc<Line>,
    pub(super) desk: Arc<Desk>,
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
                    let told = format!("cannot read standard input: {error}");
                    break Err(Failure::Input(told));
                }
            }
        };
        self.finish();
        read
    }

    fn obey(&self, line: &lines::Line<'_>) {
        let Asked { id, command } = match line {
            lines::Line::Whole(line) => command::read(line),
            lines::Line::TooLong(most) => Asked {
                id: None,
                command: Err(Refused::syntax(format!(
                    "a line has at most {most} bytes; this one was skipped"
                ))),
            },
        };
        let done = self.desk.turn(UNREAD, |sheet| {
            let done = command.and_then(|command| self.carry_out(command));
            self.answer(sheet, &done, id);
            done
        });
        if done.is_ok() {
            // Over when nothing will be sent any more, and then commands are answered all the same.
            self.line.socket().wait_for_room(MUCH, MANY, None);
        }
    }

    fn carry_out(&self, command: Command) -> Result<Done, Refused> {
        let socket = self.line.socket();
        match command {
            Command::SendText(text) => socket.send(text)?,
            Command::SendBinary(data) => socket.send_binary(data)?,
            Command::Close { code, reason } => self.line.close(code, &reason)?,
            Command::Ping(payload) => socket.ping(&payload)?,
            Command::Pong(payload) => socket.pong(&payload)?,
            Command::State => return Ok(Done::State),
        }
        Ok(Done::Accepted)
    }

    fn answer(&self, sheet: &mut Sheet, done: &Result<Done, Refused>, id: Option<&str>) {
        let socket = self.line.socket();
        let record = match done {
            Ok(Done::State) => state(&socket),
            Ok(Done::Accepted) if id.is_none() => return,
            Ok(Done::Accepted) => Record::Ok,
            Err(Refused { name, message }) => Record::Exception { name, message },
        };
        sheet.lines.push_str(&record.line(SystemTime::now(), id));
    }

    /// Hands over what is queued, stays, closes; the last line is the close event's. A connection
    /// that is lost meanwhile is followed by the next, if there is still something to send.
    fn finish(&self) {
        let mut number = 0;
        while let Some(opened) = self.line.opened_for_rest(number) {
            number = opened.number;
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

    /// Closes with 1000, whatever the state.
    fn close(&self) {
        self.desk.turn(usize::MAX, |_| self.line.leave());
    }
}

fn state(socket: &WebSocket) -> Record<'_> {
    Record::State {
        ready_state: socket.ready_state().number(),
        buffered_amount: socket.buffered_amount(),
        url: socket.url(),
        protocol: socket.protocol(),
        extensions: socket.extensions(),
        binary_type: socket.binary_type().name(),
    }
}
