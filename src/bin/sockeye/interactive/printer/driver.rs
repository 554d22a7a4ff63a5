//! The printer's thread: the only one that reads and writes the terminal.
//!
//! It never blocks but in [`poll`], so that keys and signals are served whatever the terminal and
//! the line editor do.

mod background;
mod input;
mod output;

use super::area::{self, Area};
use super::keyboard::Keyboard;
use super::{Editing, Request, Shared};
use crate::interactive::terminal::{self, Terminal};
use background::Background;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use sockeye::deadline::Deadline;
use std::collections::VecDeque;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Keys that nobody takes are kept up to here.
const KEYS: usize = 1 << 20;
/// Longer than any stop takes to be in effect.
const STOPPING: Duration = Duration::from_millis(500);
/// A terminal that takes nothing for so long is not waited for at the end.
const STALLED: Duration = Duration::from_millis(300);

pub(super) struct Driver {
    shared: Arc<Shared>,
    terminal: Terminal,
    waker: UnixStream,
    editing: Option<Editing>,
    keyboard: Keyboard,
    /// Keys for the editor.
    keys: VecDeque<u8>,
    area: Area,
    /// Where the cursor is in the area as the terminal shows it; none when it does not.
    shown: Option<u16>,
    /// The terminal shows an older area.
    is_outdated: bool,
    /// When the area was shown last.
    painted: Instant,
    /// Lists of the editor above its prompt that the terminal has not got.
    above: String,
    /// Lines that were finished before their marks came, as far as the terminal has not got them.
    ended: VecDeque<String>,
    /// When the mark that stands first is no longer waited for.
    ending: Deadline,
    /// What was shown ends with a newline.
    at_line_start: bool,
    /// Bytes for the terminal, and how many of them it has.
    out: Vec<u8>,
    written: usize,
    /// There may be more to show when the terminal has what was made for it.
    is_busy: bool,
    /// When the terminal took something, or had to from then on.
    progress: Instant,
    /// The terminal's input is over.
    is_gone: bool,
    /// Another program has the terminal.
    is_held: bool,
    /// The program is about to be stopped.
    suspended: Option<Instant>,
    background: Option<Background>,
    /// The program ends when everything has been shown, and everything has been.
    is_settling: bool,
    is_settled: bool,
}

impl Driver {
    pub(super) fn new(shared: Arc<Shared>, terminal: Terminal, waker: UnixStream) -> Self {
        let now = Instant::now();
        Self {
            area: Area::new(terminal.size()),
            shared,
            terminal,
            waker,
            editing: None,
            keyboard: Keyboard::default(),
            keys: VecDeque::new(),
            shown: None,
            is_outdated: false,
            painted: now,
            above: String::new(),
            ended: VecDeque::new(),
            ending: Deadline::NEVER,
            at_line_start: true,
            out: Vec::new(),
            written: 0,
            is_busy: false,
            progress: now,
            is_gone: false,
            is_held: false,
            suspended: None,
            background: None,
            is_settling: false,
            is_settled: false,
        }
    }

    pub(super) fn run(mut self) {
        while !self.is_over() {
            self.wait();
            // The editor may hear of it first, and paint for the window that was.
            self.resize();
            self.obey();
            self.read_keys();
            self.pass_keys();
            self.read_painted();
            self.compose();
            self.write();
        }
        self.terminal.restore();
        self.shared.settled();
    }

    /// Everything is on the screen, or it is too late.
    fn is_over(&mut self) -> bool {
        let Some(deadline) = self.shared.settling() else {
            return false;
        };
        let now = Instant::now();
        if !std::mem::replace(&mut self.is_settling, true) {
            self.progress = now;
        }
        let is_stalled = !self.out.is_empty() && now >= self.progress + STALLED;
        let is_hidden = self.background.is_some();
        deadline.is_past(now) || is_stalled || is_hidden || self.is_settled && self.out.is_empty()
    }

    fn wait(&self) {
        let input = self.terminal.input();
        let mut fds = vec![PollFd::new(&self.waker, PollFlags::IN)];
        if self.may_read() {
            fds.push(PollFd::from_borrowed_fd(input, PollFlags::IN));
        }
        if !self.out.is_empty() && self.may_write() {
            let output = self.terminal.output();
            fds.push(PollFd::from_borrowed_fd(output, PollFlags::OUT));
        }
        if let Some(editing) = &self.editing {
            let mut events = PollFlags::IN;
            if !self.keys.is_empty() {
                events |= PollFlags::OUT;
            }
            fds.push(PollFd::new(&editing.master, events));
        }
        let timeout = self.timeout();
        // A signal is heard elsewhere, and there is no other error.
        _ = poll(&mut fds, timeout.as_ref());
        let mut bytes = [0; 64];
        while (&self.waker).read(&mut bytes).is_ok_and(|read| read > 0) {}
    }

    /// Until something is due that nobody tells of.
    fn timeout(&self) -> Option<Timespec> {
        if self.is_busy && self.out.is_empty() {
            return Some(Timespec::default());
        }
        let now = Instant::now();
        let mut deadline = self.keyboard.deadline();
        if self.may_write() {
            deadline = deadline.earlier(self.ending);
        }
        deadline = deadline.earlier(self.next_look());
        if let Some(suspended) = self.suspended {
            deadline = deadline.earlier(Deadline::after(suspended, STOPPING));
        }
        if let Some(settling) = self.shared.settling() {
            deadline = deadline.earlier(settling);
            if !self.out.is_empty() {
                deadline = deadline.earlier(Deadline::after(self.progress, STALLED));
            }
        }
        let left = deadline.remaining(now)?;
        // Rounded up: a wait that ends too early would be repeated.
        Timespec::try_from(left + Duration::from_millis(1)).ok()
    }

    /// Whether keys are taken from the terminal.
    fn may_read(&self) -> bool {
        self.editing.is_some()
            && !self.is_gone
            && !self.is_held
            && self.suspended.is_none()
            && self.background.is_none()
            && self.keys.len() < KEYS
    }

    fn may_write(&self) -> bool {
        !self.is_held && self.suspended.is_none() && self.background.is_none()
    }

    fn obey(&mut self) {
        for request in self.shared.requests() {
            match request {
                Request::Edit(editing) => {
                    self.editing = Some(editing);
                    self.take_terminal();
                }
                Request::Repaint => self.repaint_prompt(),
                // It is looked at each time.
                Request::Resize => {}
                Request::Suspend => self.suspend(),
                Request::Resume => self.resume(),
                Request::Hold => self.hold(),
                Request::Release => {
                    self.is_held = false;
                    self.resume();
                }
            }
        }
        let stopped_in_vain = |suspended| Instant::now() >= suspended + STOPPING;
        if self.suspended.is_some_and(stopped_in_vain) {
            self.resume();
        }
        self.look_for_foreground();
    }

    fn take_terminal(&mut self) {
        if self.editing.is_some() && !self.is_kept_waiting() {
            self.terminal.edit();
            self.out
                .extend_from_slice(terminal::BRACKETED_PASTE_ON.as_bytes());
        }
    }

    /// Another program gets the terminal, or the shell. What has not been written waits.
    fn give_back(&mut self) {
        self.erase();
        self.write();
        self.terminal.give_back();
    }

    fn hold(&mut self) {
        if !self.is_held {
            self.give_back();
            self.is_held = true;
        }
        self.shared.held();
    }

    /// Stops the program, with all that runs in its job.
    fn suspend(&mut self) {
        if self.suspended.is_none() && !self.is_held {
            // The line stays, and the shell goes on below it.
            if let Some(row) = self.shown.take() {
                self.out.extend(self.area.leaving(row).into_bytes());
            }
            self.write();
            self.terminal.give_back();
            self.suspended = Some(Instant::now());
            // Without effect where the shell has gone: then it resumes by itself.
            _ = kill_current_process_group(Signal::TSTP);
        }
    }

    /// The terminal is ours again, whatever is on it.
    fn resume(&mut self) {
        if self.is_held {
            return;
        }
        self.suspended = None;
        self.resize();
        self.take_terminal();
        if self.editing.is_none() {
            return;
        }
        if let Some(row) = self.shown.take() {
            self.out.extend(area::erasing(row).into_bytes());
        } else if self.at_line_start {
            self.out.extend(area::erasing(0).into_bytes());
        }
        self.is_outdated = true;
    }

    /// The editor gets a window of the terminal's size, and looks at it.
    fn resize(&mut self) {
        let size = self.terminal.size();
        if let Some(editing) = &self.editing
            && editing.master.resize(size)
        {
            if let Some(row) = self.shown.take() {
                let row = row.min(self.area.cursor_row_in(size));
                self.out.extend(area::erasing(row).into_bytes());
                self.is_outdated = true;
            }
            self.area.resize(size);
            // It may have looked before.
            _ = kill_process(getpid(), Signal::WINCH);
        }
    }
}
