//! Where events are told and commands are answered, one thing at a time.
//!
//! A page sees its socket change only between two of its tasks. The same here: taking an event out
//! and telling it is one turn, carrying out a command and answering it is another. So no answer can
//! speak of a state that has not been told, and whatever is told after an answer came after it.
//!
//! Lines are written by a thread of their own: a slow reader holds up who tells and not who asks.

use super::waiting::Waiting;
use crate::comeback::Carried;
use crate::session::Ending;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A block that grew larger than this is not kept.
const KEPT: usize = 1 << 20;

/// How far the connection has come, as far as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It is being made, the first or another after one that was lost.
    Connecting,
    Open,
    /// It has ended, and no other follows.
    Over,
}

/// What whoever has the turn sees.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Lines that are not written yet.
    pub(super) lines: String,
    pub(super) stage: Stage,
    /// Whether the close event of the present connection was written.
    pub(super) is_close_reported: bool,
    /// Commands that wait for the connection.
    pub(super) waiting: Waiting,
    /// How the connection ended.
    pub(super) ending: Ending,
    /// What was accepted and not sent before the end.
    pub(super) unsent: Option<Carried>,
    /// No line follows.
    complete: bool,
    /// Nobody reads what is written.
    unread: bool,
    /// The writer sleeps.
    writer_waits: bool,
}

/// Gives out turns.
#[derive(Debug)]
pub(super) struct Desk {
    /// Held while waiting for a turn, so that whoever has just had one is not the next again.
    queue: Mutex<()>,
    sheet: Mutex<Sheet>,
    /// There are lines for the writer.
    to_write: Condvar,
    /// The writer has taken them.
    room: Condvar,
    /// The connection has come further.
    progress: Condvar,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            queue: Mutex::default(),
            sheet: Mutex::new(Sheet {
                lines: String::new(),
                stage: Stage::Connecting,
                is_close_reported: false,
                waiting: Waiting::default(),
                ending: Ending::default(),
                unsent: None,
                complete: false,
                unread: false,
                writer_waits: false,
            }),
            to_write: Condvar::new(),
            room: Condvar::new(),
            progress: Condvar::new(),
        }
    }

    /// Takes a turn, once no more than `most` bytes wait to be written.
    pub(super) fn turn<T>(&self, most: usize, act: impl FnOnce(&mut Sheet) -> T) -> T {
        let queue = lock(&self.queue);
        let mut sheet = lock(&self.sheet);
        drop(queue);
        while sheet.lines.len() > most && !sheet.unread {
            sheet = wait(&self.room, sheet);
        }
        let before = sheet.stage;
        let told = sheet.lines.len();
        let result = act(&mut sheet);
        if sheet.complete {
            sheet.lines.truncate(told);
        }
        if sheet.stage != before {
            self.progress.notify_all();
        }
        if sheet.unread {
            sheet.lines.clear();
        }
        self.wake_writer(&mut sheet);
        result
    }

    /// Takes the last turn: what is told after it is left out, and [`Desk::write_to`] returns.
    pub(super) fn last_turn(&self, act: impl FnOnce(&mut Sheet)) {
        let mut sheet = lock(&self.sheet);
        act(&mut sheet);
        sheet.complete = true;
        self.wake_writer(&mut sheet);
    }

    /// No line follows: once everything is written, [`Desk::write_to`] returns.
    pub(super) fn complete(&self) {
        let mut sheet = lock(&self.sheet);
        sheet.complete = true;
        self.wake_writer(&mut sheet);
    }

    fn wake_writer(&self, sheet: &mut Sheet) {
        if sheet.writer_waits && (sheet.complete || !sheet.lines.is_empty()) {
            sheet.writer_waits = false;
            self.to_write.notify_one();
        }
    }

    /// Waits until the connection has come so far, or for the deadline.
    pub(super) fn wait_for(&self, stage: Stage, deadline: Option<Instant>) {
        let mut sheet = lock(&self.sheet);
        while sheet.stage < stage {
            sheet = match deadline {
                None => wait(&self.progress, sheet),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return;
                    }
                    let waited = self.progress.wait_timeout(sheet, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// How the connection ended, and what it left unsent.
    pub(super) fn take_ending(&self) -> (Ending, Option<Carried>) {
        let mut sheet = lock(&self.sheet);
        (std::mem::take(&mut sheet.ending), sheet.unsent.take())
    }

    /// Writes lines as they come, until the last or until they cannot be written.
    pub(super) fn write_to(&self, mut out: impl Write) -> io::Result<()> {
        let mut block = String::new();
        while self.take_lines(&mut block) {
            if let Err(error) = out.write_all(block.as_bytes()) {
                lock(&self.sheet).unread = true;
                self.room.notify_all();
                return Err(error);
            }
            if block.capacity() > KEPT {
                block = String::new();
            }
        }
        Ok(())
    }

    /// Exchanges `block` for the next lines; false when there are no more.
    fn take_lines(&self, block: &mut String) -> bool {
        block.clear();
        let mut sheet = lock(&self.sheet);
        while sheet.lines.is_empty() {
            if sheet.complete {
                return false;
            }
            sheet.writer_waits = true;
            sheet = wait(&self.to_write, sheet);
        }
        std::mem::swap(&mut sheet.lines, block);
        self.room.notify_all();
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<'g, T>(condvar: &Condvar, guard: MutexGuard<'g, T>) -> MutexGuard<'g, T> {
    condvar.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::thread;

    fn tell(desk: &Desk, most: usize, line: &str) {
        desk.turn(most, |sheet| sheet.lines.push_str(line));
    }

    #[test]
    fn everything_told_is_written_in_order_before_the_end() {
        let desk = Arc::new(Desk::new());
        let telling = Arc::clone(&desk);
        let teller = thread::spawn(move || {
            for line in 0..1000 {
                tell(&telling, 10, &format!("{line}\n"));
            }
            telling.complete();
        });
        let mut out = Vec::new();
        desk.write_to(&mut out).expect("a vector");
        teller.join().expect("told");
        let expected: String = (0..1000).map(|line| format!("{line}\n")).collect();
        assert_eq!(String::from_utf8(out).expect("text"), expected);
    }

    #[test]
    fn a_slow_reader_holds_up_who_tells_and_not_who_asks() {
        let desk = Arc::new(Desk::new());
        tell(&desk, 0, "much");
        let telling = Arc::clone(&desk);
        let (told, hears) = mpsc::channel();
        let teller = thread::spawn(move || {
            tell(&telling, 3, " more");
            told.send(()).expect("somebody listens");
            telling.complete();
        });
        tell(&desk, 100, " an answer");
        assert!(hears.try_recv().is_err(), "told without room");
        let mut out = Vec::new();
        desk.write_to(&mut out).expect("a vector");
        teller.join().expect("told");
        assert_eq!(out, b"much an answer more");
    }

    #[test]
    fn when_nobody_reads_nothing_waits_and_nothing_grows() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let desk = Desk::new();
        tell(&desk, 0, "a");
        assert!(desk.write_to(Gone).is_err());
        tell(&desk, 0, "b");
        tell(&desk, 0, "c");
        desk.turn(0, |sheet| assert_eq!(sheet.lines, ""));
    }

    #[test]
    fn waiting_for_a_stage_ends_when_it_is_told() {
        let desk = Arc::new(Desk::new());
        let waiting = Arc::clone(&desk);
        let waiter = thread::spawn(move || waiting.wait_for(Stage::Open, None));
        desk.turn(0, |sheet| sheet.stage = Stage::Over);
        waiter.join().expect("it came back");
        desk.wait_for(Stage::Over, Some(Instant::now()));
    }
}
