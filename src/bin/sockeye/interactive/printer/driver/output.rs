//! From the editor, and from everybody else, to the terminal.

use super::Driver;
use crate::interactive::printer::Request;
use crate::interactive::printer::area::{self, Area, Prompt, Step};
use crate::interactive::printer::queue::{Mark, Next};
use crate::output::size::Bytes;
use crate::output::style::{Role, Style};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use sockeye::deadline::Deadline;
use std::time::{Duration, Instant};

/// What is shown between two looks for keys. A slow terminal takes a while for it.
const PIECE: usize = 2 << 10;
/// What the editor writes is passed on as it is while no more waits for the terminal.
const PROMPTLY: usize = 2 << 10;
/// So much of the editor's is read at a time.
const PAINTED: usize = 64 << 10;
/// In a long text the line being typed is shown again at most so often.
const REPAINT: Duration = Duration::from_millis(100);
/// The editor's newline is on its way; nothing overtakes it.
const ENDING: Duration = Duration::from_secs(1);

const BEGIN_UPDATE: &str = "\x1b[?2026h";
const END_UPDATE: &str = "\x1b[?2026l";
const CLEAR: &str = "\x1b[2J\x1b[H";

impl Driver {
    /// Paints the prompt as it is now, if it has changed since the editor painted it. A line that
    /// is finished keeps the one it was typed behind, though its newline is still on its way.
    pub(super) fn repaint_prompt(&mut self) {
        let Some(editing) = &self.editing else { return };
        let is_finished = self.shared.queue().line_ends() > self.ended.len();
        if is_finished || self.area.prompt() != Some(Prompt::Own) {
            return;
        }
        let (plain, painted) = (editing.prompt)();
        if let Some(painting) = self.area.repaint_prompt(&plain, &painted) {
            self.forward(painting.as_bytes());
        }
    }

    fn style(&self) -> Style {
        let plain = Style { colored: false };
        self.editing.as_ref().map_or(plain, |editing| editing.style)
    }

    pub(super) fn read_painted(&mut self) {
        let mut bytes = [0; 4 << 10];
        let mut read = 0;
        while read < PAINTED {
            let Some(editing) = &self.editing else { return };
            match editing.master.read(&mut bytes) {
                Ok(length) if length > 0 => {
                    read += length;
                    for step in self.area.steps(&bytes[..length]) {
                        self.follow(step);
                    }
                }
                _ => break,
            }
        }
        if read > 0 {
            // The state may have changed while this was on its way.
            self.repaint_prompt();
        }
    }

    fn follow(&mut self, step: Step) {
        match step {
            Step::Paint(bytes) => {
                self.area.paint(&bytes);
                self.forward(&bytes);
            }
            Step::Prompt(prompt) => {
                let above = self.area.begin_prompt(prompt);
                if self.is_shown() {
                    self.shown = Some(self.area.cursor_row());
                } else {
                    self.above.push_str(&above);
                }
            }
            Step::End => self.end_line(),
        }
    }

    /// The editor has finished a line. It stays where it is, unless something is to be shown above
    /// it.
    fn end_line(&mut self) {
        let is_in_place = self.is_shown() && self.shared.queue().is_empty();
        if !is_in_place {
            self.erase();
        }
        let line = self.area.end_line();
        self.shown = None;
        self.ended.push_back(if is_in_place {
            String::new()
        } else {
            std::mem::take(&mut self.above) + &line
        });
    }

    /// Whether the terminal shows the area as it is.
    fn is_shown(&self) -> bool {
        self.shown.is_some() && !self.is_outdated
    }

    /// The area is shown, and so is this, which has just been painted on it.
    fn forward(&mut self, bytes: &[u8]) {
        let waiting = self.out.len() - self.written;
        if self.is_shown() && waiting < PROMPTLY && self.may_write() {
            self.out.extend(bytes);
            self.shown = Some(self.area.cursor_row());
        } else {
            self.is_outdated = true;
        }
    }

    /// Makes what the terminal gets next, when it has everything before.
    pub(super) fn compose(&mut self) {
        self.is_busy = self.may_write();
        if !self.out.is_empty() || !self.may_write() {
            return;
        }
        let is_edited = self.editing.is_some();
        self.say_stopped();
        while self.out.len() < PIECE {
            match self.next() {
                Some(Next::Text(text)) => self.show(&text),
                Some(Next::Mark(mark)) => {
                    if self.reach(mark) {
                        break;
                    }
                }
                None => break,
            }
        }
        if self.at_line_start && self.is_due() {
            self.paint_area();
        }
        self.is_busy = !self.out.is_empty();
        if self.is_busy && is_edited {
            self.out.splice(0..0, BEGIN_UPDATE.bytes());
            self.out.extend_from_slice(END_UPDATE.as_bytes());
        }
    }

    /// The next job, once it may be done.
    fn next(&mut self) -> Option<Next> {
        let mut queue = self.shared.queue();
        if queue.mark() == Some(Mark::LineEnd) && self.ended.is_empty() {
            let now = Instant::now();
            if self.ending == Deadline::NEVER {
                self.ending = Deadline::after(now, ENDING);
            }
            if self.editing.is_some() && !self.ending.is_past(now) {
                return None;
            }
        }
        let room = PIECE.saturating_sub(self.out.len());
        let next = queue.take(room, self.out.is_empty());
        drop(queue);
        self.shared.took();
        next
    }

    fn show(&mut self, text: &str) {
        self.erase();
        self.out.extend_from_slice(text.as_bytes());
        self.at_line_start = text.ends_with('\n');
    }

    /// Tells whether nothing may follow it at once.
    fn reach(&mut self, mark: Mark) -> bool {
        match mark {
            Mark::LineEnd => {
                self.ending = Deadline::NEVER;
                if let Some(line) = self.ended.pop_front()
                    && !line.is_empty()
                {
                    self.show(&line);
                }
                return false;
            }
            Mark::Clear => {
                self.out.extend_from_slice(CLEAR.as_bytes());
                self.at_line_start = true;
                self.shown = None;
                self.is_outdated = true;
                return false;
            }
            Mark::Hold => self.shared.request(Request::Hold),
            Mark::Settle => {
                self.erase();
                self.editing = None;
                self.area = Area::new(self.terminal.size());
                self.is_settled = true;
            }
        }
        true
    }

    /// What the user did not want to see is told of.
    fn say_stopped(&mut self) {
        let stopped = self.shared.queue().take_stopped();
        if stopped == 0 {
            return;
        }
        let size = Bytes(stopped as u64);
        let said = format!("… stopped; {size} more was not shown");
        let said = self.style().paint(Role::Faint, said).to_string();
        let newline = match (self.at_line_start, self.editing.is_some()) {
            (true, _) => "",
            (false, true) => "\x1b[m\n",
            (false, false) => "\n",
        };
        self.show(&format!("{newline}{said}\n"));
    }

    /// Takes the area off the screen.
    pub(super) fn erase(&mut self) {
        if let Some(row) = self.shown.take() {
            self.out.extend(area::erasing(row).into_bytes());
            self.is_outdated = true;
        }
    }

    /// Whether the area is to be painted now: not between two pieces of a long text, unless
    /// something is typed.
    fn is_due(&self) -> bool {
        self.is_outdated && (self.shared.queue().is_empty() || self.painted.elapsed() >= REPAINT)
    }

    fn paint_area(&mut self) {
        self.erase();
        if !self.above.is_empty() {
            let above = std::mem::take(&mut self.above);
            self.show(&above);
        }
        if !self.area.is_blank() {
            self.out.extend(self.area.painting().into_bytes());
            self.shown = Some(self.area.cursor_row());
        }
        self.is_outdated = false;
        self.painted = Instant::now();
    }

    pub(super) fn write(&mut self) {
        while self.written < self.out.len() && self.may_write() {
            if !self.has_room() {
                return;
            }
            match self.terminal.write(&self.out[self.written..]) {
                0 => return,
                length => self.written += length,
            }
            self.progress = Instant::now();
        }
        self.out.clear();
        self.written = 0;
    }

    /// Whether writing does not wait.
    fn has_room(&self) -> bool {
        let mut fds = [PollFd::from_borrowed_fd(
            self.terminal.output(),
            PollFlags::OUT,
        )];
        let now = Timespec::default();
        poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
    }
}
