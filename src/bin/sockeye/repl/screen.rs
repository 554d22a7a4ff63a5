//! The one owner of standard output.

use super::typing::Typing;
use crate::output::sanitize;
use crate::output::style::{Role, Style};
use rustyline::ExternalPrinter;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::Duration;

/// While so much waits to be shown, events wait too.
const MUCH: usize = 64 << 10;
/// What is shown in one go; between two of them the editor looks for keys.
const BLOCK: usize = 16 << 10;
/// Longer than any terminal takes to show what waits.
const SETTLING: Duration = Duration::from_millis(500);
/// So long nothing new to show is a good time to find out what the editor has shown.
const QUIET: Duration = Duration::from_millis(100);
/// Up and down again: a line that shows nothing, after which the line being typed is painted anew.
const NOTHING: &str = "\x1b[A\n";
/// Erases everything, and the cursor goes to the top.
const CLEAR: &[u8] = b"\x1b[2J\x1b[H";

/// Shows lines above the line being typed.
type Printer = Box<dyn ExternalPrinter + Send>;

/// Takes whole lines from anyone, never makes them wait, and shows them in that order. Clones are
/// the same screen.
///
/// The editor shows a line when it gets round to it, and not at all while the user searches the
/// history; so a thread hands the lines to it, one block after the other. Between two lines of
/// the user nothing may overtake what the editor has still to show.
#[derive(Clone)]
pub(super) struct Screen(Arc<Shared>);

#[derive(Default)]
struct Shared {
    typing: Typing,
    /// Used by the thread alone.
    printer: OnceLock<Mutex<Printer>>,
    queue: Mutex<Queue>,
    changed: Condvar,
    /// Held while something is shown.
    held: Mutex<()>,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// How much of them has not been shown.
    bytes: usize,
    /// The editor has lines that it may not have shown yet.
    with_editor: bool,
}

enum Job {
    Show(String),
    /// The last: tells when everything before is on the screen and nothing more will be.
    Settle(Sender<()>),
}

impl Screen {
    /// An empty queue and its thread.
    pub(super) fn start() -> Self {
        let screen = Self(Arc::default());
        let shared = Arc::clone(&screen.0);
        thread::spawn(move || shared.show_all());
        screen
    }

    /// Whether a line is being typed, which is for the editor to say.
    pub(super) fn typing(&self) -> &Typing {
        &self.0.typing
    }

    /// From now on there is a line being typed. Without this, lines are shown as they come.
    pub(super) fn print_above(&self, printer: impl ExternalPrinter + Send + 'static) {
        // There is one editor.
        _ = self.0.printer.set(Mutex::new(Box::new(printer)));
    }

    /// Shows whole lines, soon.
    pub(super) fn print(&self, lines: String) {
        let mut queue = self.0.queue();
        queue.bytes += lines.len();
        if lines.len() > BLOCK {
            // Each has memory of its own: cut in place, it would keep the room of all after it.
            queue.jobs.extend(blocks(&lines).map(Job::Show));
        } else if !lines.is_empty() {
            queue.jobs.push_back(Job::Show(lines));
        }
        drop(queue);
        self.0.changed.notify_all();
    }

    /// As [`Screen::print`], but waits while much is still to be shown.
    pub(super) fn print_in_turn(&self, lines: String) {
        let queue = self.0.queue();
        let full = |queue: &mut Queue| queue.bytes >= MUCH;
        drop(self.0.changed.wait_while(queue, full));
        self.print(lines);
    }

    /// Nothing is shown while this is held: somebody else has the terminal. For between two lines.
    pub(super) fn hold(&self) -> MutexGuard<'_, ()> {
        self.0.hold()
    }

    /// One line of lesser interest.
    pub(super) fn remark(&self, style: Style, remark: &str) {
        let remark = sanitize::line(remark);
        self.print(format!("{}\n", style.paint(Role::Faint, remark)));
    }

    /// One line about what is wrong.
    pub(super) fn complain(&self, style: Style, problem: &str) {
        let problem = sanitize::line(problem);
        self.print(format!("{}\n", style.paint(Role::Error, problem)));
    }

    /// Shows what waits, for between two lines: what a command has to say follows it at once,
    /// though the next one has been typed ahead. Not while the editor has older lines to show.
    pub(super) fn print_between(&self) {
        let mut lines = String::new();
        let mut queue = self.0.queue();
        if queue.with_editor || self.0.printer.get().is_none() {
            return;
        }
        while let Some(Job::Show(block)) = queue.jobs.front() {
            lines.push_str(block);
            queue.jobs.pop_front();
        }
        queue.bytes -= lines.len();
        drop(queue);
        self.0.changed.notify_all();
        self.0.write(lines.as_bytes());
    }

    /// Empties the screen: for between two lines, when nobody else writes.
    pub(super) fn clear(&self) -> Result<(), String> {
        if self.0.printer.get().is_none() {
            return Err("this terminal cannot be cleared".to_owned());
        }
        self.0.write(CLEAR);
        Ok(())
    }

    /// Paints the line being typed anew, as everything does that is still to be shown.
    pub(super) fn repaint(&self) {
        let queue = self.0.queue();
        let is_painted_soon = queue.with_editor || !queue.jobs.is_empty();
        drop(queue);
        if self.0.printer.get().is_some() && !is_painted_soon {
            self.print(NOTHING.to_owned());
        }
    }

    /// Comes back when everything printed so far is on the screen, and nothing more will be; or
    /// after a bounded time: an editor that searches its history shows nothing. For the end.
    pub(super) fn settle(&self) {
        let (done, is_done) = mpsc::channel();
        self.0.queue().jobs.push_back(Job::Settle(done));
        self.0.changed.notify_all();
        // The end comes either way.
        _ = is_done.recv_timeout(SETTLING);
    }
}

impl Shared {
    fn show_all(&self) {
        loop {
            match self.next() {
                Some(Job::Show(lines)) => {
                    let length = lines.len();
                    self.show(lines);
                    self.queue().bytes -= length;
                    self.changed.notify_all();
                }
                Some(Job::Settle(done)) => {
                    if self.printer.get().is_some() {
                        self.show(NOTHING.to_owned());
                        self.show(NOTHING.to_owned());
                        self.typing.leave(SETTLING);
                    }
                    // Who asked may have given up.
                    _ = done.send(());
                    return;
                }
                None => self.find_out(),
            }
        }
    }

    /// The next job once it may be done; none when it is time to find out what was shown.
    fn next(&self) -> Option<Job> {
        loop {
            let mut queue = self.queue();
            while queue.jobs.is_empty() {
                let quiet = if queue.with_editor {
                    QUIET
                } else {
                    Duration::MAX
                };
                let waited = self.changed.wait_timeout(queue, quiet);
                let (woken, time) = waited.unwrap_or_else(PoisonError::into_inner);
                if time.timed_out() && woken.jobs.is_empty() {
                    return None;
                }
                queue = woken;
            }
            drop(queue);
            if self.printer.get().is_some() {
                self.typing.wait();
            }
            let mut queue = self.queue();
            // What was to be shown between two lines has been.
            if let Some(job) = queue.jobs.pop_front() {
                queue.with_editor = self.printer.get().is_some();
                return Some(job);
            }
        }
    }

    /// The editor's queue holds one text: a second one goes in when the first is taken, which is
    /// when all before it is shown. That holds while one line is being typed; after it, a text
    /// goes to the terminal and tells nothing.
    fn find_out(&self) {
        self.typing.wait();
        let line = self.typing.line();
        self.show(NOTHING.to_owned());
        let mut queue = self.queue();
        if line.is_some() && line == self.typing.line() {
            queue.with_editor = false;
        }
    }

    /// When the terminal has gone there is nobody to tell.
    fn show(&self, lines: String) {
        match self.printer.get() {
            Some(printer) => {
                self.typing.wait();
                let mut printer = printer.lock().unwrap_or_else(PoisonError::into_inner);
                _ = printer.print(lines);
            }
            None => self.write(lines.as_bytes()),
        }
    }

    fn write(&self, bytes: &[u8]) {
        let _held = self.hold();
        let mut stdout = io::stdout().lock();
        _ = stdout.write_all(bytes);
        _ = stdout.flush();
    }

    fn hold(&self) -> MutexGuard<'_, ()> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whole lines, about [`BLOCK`] at a time.
fn blocks(mut lines: &str) -> impl Iterator<Item = String> {
    std::iter::from_fn(move || {
        let end = if lines.len() > BLOCK {
            end_of_line(lines, BLOCK)
        } else {
            lines.len()
        };
        let (block, rest) = lines.split_at(end);
        lines = rest;
        (!block.is_empty()).then(|| block.to_owned())
    })
}

/// Where a line ends: the last one before `most`, else the first one after.
fn end_of_line(lines: &str, most: usize) -> usize {
    let bytes = lines.as_bytes();
    memchr::memrchr(b'\n', &bytes[..most])
        .or_else(|| memchr::memchr(b'\n', &bytes[most..]).map(|at| most + at))
        .map_or(lines.len(), |at| at + 1)
}

#[cfg(test)]
mod tests;
