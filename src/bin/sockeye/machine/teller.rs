//! What arrives, told as it comes.

use super::desk::{Desk, Sheet, Stage};
use crate::failure::Failure;
use crate::output::json::{self, Record};
use crate::output::verbose::Verbose;
use sockeye::{Event, Events, NothingYet};
use std::time::Instant;

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

/// Tells every event until the last.
pub(super) fn tell_all(mut events: Events, desk: &Desk, verbose: Option<Verbose>) {
    let _last = Last(desk);
    let mut members = String::new();
    loop {
        match desk.turn(MUCH, |sheet| {
            tell(&mut events, sheet, &mut members, verbose)
        }) {
            Told::Some => {}
            Told::All => events.wait(),
            Told::Last => return,
        }
    }
}

/// Tells what is there.
fn tell(
    events: &mut Events,
    sheet: &mut Sheet,
    members: &mut String,
    verbose: Option<Verbose>,
) -> Told {
    let full = sheet.lines.len() + TURN;
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

/// Keeps what the end of the run depends on, and writes the members of the event's line.
fn note(event: &Event<'_>, sheet: &mut Sheet, members: &mut String) -> Option<&'static str> {
    match event {
        Event::Open(_) => sheet.stage = Stage::Open,
        Event::Error(error) => sheet.ending.failure = Some(Failure::of_connection(error)),
        Event::Close(close) => {
            sheet.stage = Stage::Over;
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
