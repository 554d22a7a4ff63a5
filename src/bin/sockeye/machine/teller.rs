//! What arrives, told as it comes.

use super::desk::{Desk, Sheet, Stage};
use crate::comeback::Redial;
use crate::output::json::{self, Record};
use crate::output::verbose::Verbose;
use sockeye::{Event, Events, NothingYet};
use std::time::{Instant, SystemTime};

/// While more than this waits to be written, nothing is taken out, and soon the socket not read.
const MUCH: usize = 1 << 20;
/// A turn ends when it has told so much, so that commands get theirs.
const TURN: usize = 64 << 10;
/// Members that grew larger than this are not kept.
const KEPT: usize = 1 << 20;

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

/// Tells every event until the last, of as many connections as it takes.
pub(super) fn tell_all(events: Events, desk: &Desk, verbose: Option<Verbose>, redial: Redial) {
    let _last = Last(desk);
    let mut source = Source {
        events,
        redial,
        verbose,
        members: String::new(),
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

/// Where the events come from.
struct Source {
    events: Events,
    redial: Redial,
    verbose: Option<Verbose>,
    /// The members of the line under way, for its memory.
    members: String,
}

impl Source {
    /// Tells what is there.
    fn tell(&mut self, sheet: &mut Sheet) -> Told {
        let full = sheet.lines.len() + TURN;
        let Self {
            events,
            redial,
            verbose,
            members,
        } = self;
        // A deadline that has passed never waits.
        let at_once = Instant::now();
        loop {
            let name = match events.next_before(at_once) {
                Err(NothingYet) => return Told::All,
                Ok(None) => return Told::Last,
                // The change of state itself is no line, and the turn goes on to what explains it.
                Ok(Some(Event::ReadyState(_))) => continue,
                Ok(Some(event)) => {
                    if let Some(verbose) = verbose {
                        verbose.tell(&event);
                    }
                    if let Event::Open(_) = event {
                        redial.opened();
                    }
                    note(&event, sheet, members)
                }
            };
            if let Some(name) = name {
                json::push_line(&mut sheet.lines, name, events.time(), members, None);
            }
            if members.capacity() > KEPT {
                *members = String::new();
            }
            members.clear();
            if sheet.lines.len() >= full {
                return Told::Some;
            }
        }
    }

    /// Opens another connection if one is to follow.
    fn comes_back(&mut self, desk: &Desk) -> bool {
        let ending = desk.take_ending();
        let next = self.redial.after(&ending, |pause| {
            let record = Record::Retry {
                attempt: pause.attempt,
                delay: pause.delay,
            };
            let line = record.line(SystemTime::now(), None);
            desk.turn(MUCH, |sheet| sheet.lines.push_str(&line));
        });
        match next {
            Some(events) => self.events = events,
            None => {
                desk.turn(usize::MAX, |sheet| sheet.ending = ending);
                return false;
            }
        }
        true
    }
}

/// Keeps what the end of the run depends on, and writes the members of the event's line.
fn note(event: &Event<'_>, sheet: &mut Sheet, members: &mut String) -> Option<&'static str> {
    match event {
        Event::Open(_) => sheet.stage = Stage::Open,
        Event::Error(error) => sheet.ending.failed(error),
        Event::Close(close) => {
            // Whether that was the last is not known yet.
            sheet.stage = Stage::Connecting;
            sheet.ending.close = Some((*close).clone());
        }
        _ => {}
    }
    let failure = match event {
        Event::Error(error) => error.to_string(),
        _ => String::new(),
    };
    let record = Record::of(event, &failure)?;
    record.push_members(members);
    Some(record.name())
}
