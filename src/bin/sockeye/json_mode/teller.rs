//! What arrives, told as it comes.

use super::desk::{Desk, Sheet, Stage};
use super::execute::execute;
use crate::comeback::{Line, Pause, Redial};
use crate::failure::Failure;
use crate::output::json::{self, Record};
use crate::output::notice::Notices;
use crate::output::redirect;
use crate::output::verbose::Verbose;
use crate::session::Ending;
use crate::tls::error_in_words;
use sockeye::CloseCode;
use sockeye::{CloseEvent, Event, Events};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Instant, SystemTime};

/// While more than this waits to be written, nothing is taken out, and soon the socket not read.
const MUCH: usize = 1 << 20;
/// A turn ends when it has told so much, so that commands get theirs.
const TURN: usize = 64 << 10;

/// What a turn came to.
enum Told {
    /// There may be more.
    Some,
    /// There is nothing more for now.
    All,
    /// There will never be more.
    Last,
}

/// However telling ends, whoever waits for the connection's end is not left waiting.
struct Last<'d>(&'d Desk);

impl Drop for Last<'_> {
    fn drop(&mut self) {
        self.0.turn(usize::MAX, |sheet| sheet.stage = Stage::Over);
    }
}

/// What is told on standard error.
#[derive(Clone, Copy)]
pub(super) struct Diagnostics {
    /// How the connection goes.
    pub(super) verbose: Option<Verbose>,
    /// What happens by itself.
    pub(super) notices: Notices,
}

impl Diagnostics {
    fn tell(self, event: &Event<'_>) {
        if let Some(verbose) = self.verbose {
            verbose.tell(event);
        } else if let Some(line) = redirect::left_out(event) {
            self.notices.tell(&line);
        }
    }
}

/// Tells every event until the last, of as many connections as it takes.
pub(super) fn tell_all(
    events: Events,
    desk: &Desk,
    diagnostics: Diagnostics,
    redial: Redial,
    line: Arc<Line>,
) {
    let _last = Last(desk);
    let mut source = Source {
        events,
        diagnostics,
        members: String::new(),
        session: Session {
            line,
            redial,
            planned: None,
        },
    };
    loop {
        match desk.turn(MUCH, |sheet| source.tell(sheet)) {
            Told::Some => {}
            Told::All => source.events.wait(),
            Told::Last if source.comes_back(desk) => {}
            Told::Last => return,
        }
    }
}

/// Whether no close event is to come, unless another connection is opened.
fn close_is_told(sheet: &Sheet) -> bool {
    sheet.stage == Stage::Over || sheet.is_close_reported
}

/// Tells why the run ends early, before the close event that follows from it.
pub(super) fn tell_reason(sheet: &mut Sheet, failure: &Failure) {
    if close_is_told(sheet) {
        return;
    }
    let record = Record::Error {
        message: &failure.to_string(),
        evidence: None,
    };
    sheet.lines.push_str(&record.line(SystemTime::now(), None));
}

/// Tells the end of a connection that could not be closed in the time that there was.
pub(super) fn tell_lost(sheet: &mut Sheet, line: &Line, unsent: u64) {
    if close_is_told(sheet) {
        return;
    }
    let lost = Record::Close {
        code: CloseCode::ABNORMAL.0,
        reason: "",
        was_clean: false,
    };
    let unsent = (unsent > 0).then(|| Record::Unsent {
        messages: unsent,
        bytes: line.socket().buffered_amount(),
    });
    for record in unsent.iter().chain([&lost]) {
        sheet.lines.push_str(&record.line(SystemTime::now(), None));
    }
    sheet.stage = Stage::Over;
}

/// Where the events come from.
struct Source {
    events: Events,
    diagnostics: Diagnostics,
    /// The members of the line under way, for its memory.
    members: String,
    session: Session,
}

impl Source {
    /// Tells what is there.
    fn tell(&mut self, sheet: &mut Sheet) -> Told {
        let full = sheet.lines.len() + TURN;
        let Self {
            events,
            diagnostics,
            members,
            session,
        } = self;
        // A deadline that has passed never waits.
        let at_once = Instant::now();
        loop {
            let name = match events.recv_deadline(at_once) {
                Err(RecvTimeoutError::Timeout) => return Told::All,
                Err(RecvTimeoutError::Disconnected) => return Told::Last,
                // The change of state itself is no line, and the turn goes on to what explains it.
                Ok(Event::ReadyState(_)) => continue,
                Ok(event) => {
                    diagnostics.tell(&event);
                    session.note(&event, sheet);
                    push_event(&event, &mut sheet.lines, members)
                }
            };
            if let Some(name) = name {
                json::push_line(&mut sheet.lines, name, events.time(), members, None);
            }
            session.execute_waiting(sheet);
            members.clear();
            if sheet.lines.len() >= full {
                return Told::Some;
            }
        }
    }

    /// Opens another connection if one is to follow.
    fn comes_back(&mut self, desk: &Desk) -> bool {
        let Some((pause, ending)) = self.session.planned.take() else {
            // Events end without a close event when the connection's thread fails.
            desk.turn(usize::MAX, |sheet| self.session.give_up(sheet));
            return false;
        };
        let record = Record::Retry {
            attempt: pause.attempt,
            delay: pause.delay,
        };
        let line = record.line(SystemTime::now(), None);
        desk.turn(MUCH, |sheet| sheet.lines.push_str(&line));
        if let Some(events) = self.session.redial.follow(&pause, &ending) {
            self.events = events;
            desk.turn(usize::MAX, |sheet| sheet.is_close_reported = false);
            return true;
        }
        desk.turn(usize::MAX, |sheet| {
            sheet.ending = ending;
            self.session.give_up(sheet);
        });
        false
    }
}

/// The connections that follow each other, and the commands that wait for one.
struct Session {
    line: Arc<Line>,
    redial: Redial,
    /// The attempt that follows, and the end that it follows.
    planned: Option<(Pause, Ending)>,
}

impl Session {
    /// Keeps what the end of the run and the commands depend on.
    fn note(&mut self, event: &Event<'_>, sheet: &mut Sheet) {
        match event {
            Event::Open(_) => {
                self.redial.opened();
                sheet.stage = Stage::Open;
            }
            Event::Error(error) => sheet.ending.failed(error),
            Event::Close(close) => self.closed(close, sheet),
            _ => {}
        }
    }

    /// Decides in the turn that tells of a close whether it was the last: commands that come after
    /// it are then carried out in their order.
    fn closed(&mut self, close: &CloseEvent, sheet: &mut Sheet) {
        sheet.ending.close = Some(close.clone());
        sheet.is_close_reported = true;
        match self.redial.plan_next(&sheet.ending) {
            Some(pause) => {
                sheet.stage = Stage::Connecting;
                self.planned = Some((pause, std::mem::take(&mut sheet.ending)));
            }
            None => self.end(sheet),
        }
    }

    /// No connection follows: tells what was not sent, and answers what has waited.
    fn end(&self, sheet: &mut Sheet) {
        if let Some(unsent) = self.line.give_up() {
            let record = Record::Unsent {
                messages: unsent.messages(),
                bytes: unsent.bytes(),
            };
            sheet.lines.push_str(&record.line(SystemTime::now(), None));
            sheet.unsent = Some(unsent);
        }
        sheet.stage = Stage::Over;
    }

    /// No connection follows an end that was told already.
    fn give_up(&self, sheet: &mut Sheet) {
        self.end(sheet);
        self.execute_waiting(sheet);
    }

    /// Carries out what has waited for the connection, once it is there or will never be.
    fn execute_waiting(&self, sheet: &mut Sheet) {
        if sheet.stage == Stage::Connecting {
            return;
        }
        while let Some(pending) = sheet.waiting.pop() {
            let id = pending.id.as_deref();
            execute(&self.line, pending.command, id, sheet);
        }
    }
}

/// Appends the line of a message, which may be large. Of other events it writes the members, and
/// returns the name of the line that is left to append.
fn push_event(event: &Event<'_>, lines: &mut String, members: &mut String) -> Option<&'static str> {
    let failure = match event {
        Event::Error(error) => error_in_words(error),
        _ => String::new(),
    };
    let record = Record::of(event, &failure)?;
    if let Event::Message(message) = event {
        record.push(message.time, None, lines);
        return None;
    }
    record.push_members(members);
    Some(record.name())
}
