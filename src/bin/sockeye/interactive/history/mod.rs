//! What was typed before: in memory for the session, in a file for the next one.
//!
//! Each line is there once, at its newest place. In memory are all lines that were typed, folded
//! blocks written out; the file leaves out lines that begin with a space, long ones and those
//! that hold [`credentials`]. A file that cannot be read or written is told of once, and the
//! session goes on without it. The file has a thread of its own, so that nobody waits for a file
//! system that does not answer.

mod credentials;
mod file;
mod place;

pub(crate) use place::Place;

use super::printer::TerminalPrinter;
use crate::output::style::{Role, Style};
use crate::output::{sanitize, text_width};
use sockeye::io_reason;
use std::collections::VecDeque;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most lines, in memory and in a file.
const LINES: usize = 2000;

/// The most bytes of all lines in memory.
const BYTES: usize = 16 << 20;

/// The longest line that goes to the file.
const LONGEST: usize = 8 << 10;

/// How many lines `/history` shows if it is not told.
const SHOWN: usize = 50;

/// What it shows of a line, in characters.
const ROW: usize = 200;

/// How long the first prompt waits for the lines of earlier sessions.
const LOADING: Duration = Duration::from_secs(1);

/// The lines typed so far. Clones share them.
#[derive(Clone)]
pub(super) struct History {
    memory: Memory,
    jobs: Sender<Job>,
}

/// What the thread that reads and writes the file is asked to do.
enum Job {
    Load(PathBuf),
    Append(PathBuf, String),
    /// Tells when everything before is done.
    Settle(Sender<()>),
}

/// The lines, and where to tell what goes wrong. Clones share them.
#[derive(Clone)]
struct Memory {
    shared: Arc<Mutex<Shared>>,
    printer: TerminalPrinter,
    style: Style,
}

#[derive(Default)]
struct Shared {
    lines: VecDeque<String>,
    bytes: usize,
    /// Changes with each line.
    edition: u64,
    place: Place,
    file: Option<PathBuf>,
    has_complained: bool,
}

impl History {
    /// No lines yet; [`History::load`] reads what earlier sessions with this URL have left.
    pub(super) fn new(place: Place, url: &str, printer: &TerminalPrinter, style: Style) -> Self {
        let file = place.path(url);
        let memory = Memory {
            shared: Arc::new(Mutex::new(Shared {
                place,
                file,
                ..Shared::default()
            })),
            printer: printer.clone(),
            style,
        };
        let (jobs, asked) = mpsc::channel();
        let thread = memory.clone();
        thread::spawn(move || asked.into_iter().for_each(|job| thread.keep(job)));
        Self { memory, jobs }
    }

    /// Reads the file. What takes long comes later, before the lines typed meanwhile.
    pub(super) fn load(&self) {
        let path = self.lock().file.clone();
        if let Some(path) = path {
            self.ask(Job::Load(path));
            self.settle(LOADING);
        }
    }

    /// Waits until the file has all lines that may be kept, but no longer than this.
    pub(super) fn settle(&self, at_most: Duration) {
        let (done, is_done) = mpsc::channel();
        self.ask(Job::Settle(done));
        // Who leaves does not wait for a file system that does not answer.
        _ = is_done.recv_timeout(at_most);
    }

    fn ask(&self, job: Job) {
        // The thread ends with the last of the clones.
        _ = self.jobs.send(job);
    }

    /// From now on lines go to the file of this URL.
    pub(super) fn turn_to(&self, url: &str) {
        let mut shared = self.lock();
        shared.file = shared.place.path(url);
    }

    /// Adds a line that was typed.
    pub(super) fn add(&self, line: &str) {
        if line.is_empty() {
            return;
        }
        let mut shared = self.lock();
        shared.add(line.to_owned());
        let path = shared.file.clone();
        drop(shared);
        if let Some(path) = path {
            self.ask(Job::Append(path, line.to_owned()));
        }
    }

    /// The newest `count` lines with their numbers, oldest first.
    pub(super) fn newest(&self, count: usize) -> Vec<(usize, String)> {
        let shared = self.lock();
        let skipped = shared.lines.len().saturating_sub(count);
        let lines = shared.lines.iter().cloned().enumerate().skip(skipped);
        lines.map(|(index, line)| (index + 1, line)).collect()
    }

    /// All lines, oldest first, unless they are still of this edition.
    pub(super) fn newer_than(&self, edition: u64) -> Option<(u64, Vec<String>)> {
        let shared = self.lock();
        (shared.edition != edition)
            .then(|| (shared.edition, shared.lines.iter().cloned().collect()))
    }

    /// The newest line that this is true of.
    pub(super) fn find(&self, is_it: impl Fn(&str) -> bool) -> Option<String> {
        let shared = self.lock();
        shared.lines.iter().rev().find(|line| is_it(line)).cloned()
    }

    /// Up to `count` different lines that this is true of, newest first.
    pub(super) fn filter(&self, count: usize, is_it: impl Fn(&str) -> bool) -> Vec<String> {
        let shared = self.lock();
        let lines = shared.lines.iter().rev().filter(|line| is_it(line));
        lines.take(count).cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.memory.lock()
    }
}

impl Memory {
    fn keep(&self, job: Job) {
        match job {
            Job::Load(path) => match file::load(&path) {
                Ok(lines) => self.lock().add_older(lines),
                Err(error) => self.complain("read", &path, &error),
            },
            Job::Append(path, line) => {
                if may_be_kept(&line)
                    && let Err(error) = file::append(&path, &line)
                {
                    self.complain("write", &path, &error);
                }
            }
            // Who asked may have given up.
            Job::Settle(done) => _ = done.send(()),
        }
    }

    fn complain(&self, what: &str, path: &Path, error: &io::Error) {
        let mut shared = self.lock();
        if !std::mem::replace(&mut shared.has_complained, true) {
            drop(shared);
            let (path, reason) = (path.display(), io_reason(error));
            let remark = format!("history: cannot {what} {path}: {reason}");
            self.printer.remark(self.style, &remark);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    /// Adds lines of earlier sessions before those of this one.
    fn add_older(&mut self, lines: Vec<String>) {
        let typed = std::mem::take(&mut self.lines);
        self.bytes = 0;
        for line in lines.into_iter().chain(typed) {
            self.add(line);
        }
    }

    fn add(&mut self, line: String) {
        self.edition += 1;
        if let Some(index) = self.lines.iter().rposition(|known| *known == line) {
            self.lines.remove(index);
        } else {
            self.bytes += line.len();
        }
        self.lines.push_back(line);
        while self.lines.len() > LINES || self.bytes > BYTES {
            let Some(oldest) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
        }
    }
}

/// Whether a line may be written to a file.
fn may_be_kept(line: &str) -> bool {
    !line.starts_with(' ') && line.len() <= LONGEST && !credentials::are_in(line)
}

/// Whether a line may be offered again unasked: not when it shows a secret.
pub(super) fn may_be_offered(line: &str) -> bool {
    !credentials::are_in(line)
}

/// The argument of `/history`.
pub(super) fn count(typed: &str) -> Result<usize, String> {
    match typed.parse() {
        _ if typed.is_empty() => Ok(SHOWN),
        Ok(count) if count > 0 => Ok(count),
        _ => Err(format!(
            "'{typed}' is no number of lines: /history 100 shows 100"
        )),
    }
}

/// Lines with their numbers, each in one row.
pub(super) fn listing(lines: &[(usize, String)], style: Style) -> String {
    let mut text = String::new();
    for (number, line) in lines {
        let line = text_width::shorten(line, ROW);
        let number = style.paint(Role::Faint, number);
        // Writing to a String cannot fail.
        _ = writeln!(text, "{number:>5}  {}", sanitize::line(&line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn history(place: Place) -> History {
        let style = Style { colored: false };
        History::new(place, "ws://h:1/", &TerminalPrinter::start(), style)
    }

    fn lines(history: &History) -> Vec<String> {
        let newest = history.newest(usize::MAX);
        newest.into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn a_line_is_there_once_at_its_newest_place() {
        let history = history(Place::Nowhere);
        for line in ["a", "b", "a", "", "c"] {
            history.add(line);
        }
        assert_eq!(lines(&history), ["b", "a", "c"]);
        assert_eq!(history.newest(1), [(3, "c".to_owned())]);
    }

    #[test]
    fn the_listing_has_numbers_and_one_row_a_line() {
        let lines = [(9, "{\n}".to_owned()), (10, "x".repeat(ROW + 1))];
        let text = listing(&lines, Style { colored: false });
        let expected = format!("    9  {{\\n}}\n   10  {}…\n", "x".repeat(ROW));
        assert_eq!(text, expected);
    }

    #[test]
    fn lines_and_bytes_are_bounded() {
        let history = history(Place::Nowhere);
        for number in 0..=LINES {
            history.add(&number.to_string());
        }
        assert_eq!(lines(&history).len(), LINES);
        history.add(&"x".repeat(BYTES));
        assert_eq!(lines(&history).len(), 1);
        history.add("y");
        assert_eq!(lines(&history), ["y"]);
    }

    #[test]
    fn another_session_finds_all_but_secrets_and_what_begins_with_a_space() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::File(folder.path().join("history"));
        let first = history(place.clone());
        let typed = ["a", " b", "{\"password\": \"x\"}", "[1,\n\\n]", "a"];
        for line in typed {
            first.add(line);
        }
        assert_eq!(lines(&first).len(), 4, "the session itself knows all");
        first.settle(PATIENCE);
        let second = history(place);
        second.add("typed before");
        second.load();
        second.settle(PATIENCE);
        assert_eq!(lines(&second), ["[1,\n\\n]", "a", "typed before"]);
    }

    #[test]
    fn a_file_that_cannot_be_written_is_no_reason_to_fail() {
        let history = history(Place::File("/nowhere/at/all".into()));
        history.load();
        history.add("a");
        assert_eq!(lines(&history), ["a"]);
        history.settle(PATIENCE);
        assert!(history.lock().has_complained);
    }
}
