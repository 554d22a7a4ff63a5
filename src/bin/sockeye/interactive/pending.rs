//! The command that waits for what may block: a file, a file system, an editor.
//!
//! Such work runs on a thread of its own, so that keys, signals and messages never wait for it.
//! What is sent meanwhile waits for its turn, and the thread is abandoned when the user gives up:
//! nothing interrupts a thread that opens a pipe without a writer.

use super::Client;
use super::commands::Command;
use super::editor::Editor;
use super::ui_event::{PanicGuard, UiEvent};
use crate::output::size::counted;
use sockeye::deadline::Deadline;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Work that ends within this time shows nothing, and the next prompt comes after it.
const SOON: Duration = Duration::from_millis(100);

/// What is left to do when the work has ended, on the thread of the client.
type Continuation = Box<dyn FnOnce(&mut Client) -> Result<(), String> + Send>;

/// Work that has ended.
pub(super) struct Done {
    number: u64,
    then: Continuation,
}

impl fmt::Debug for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Done({})", self.number)
    }
}

/// Whether nobody waits for the work any more. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Abandoned(Arc<AtomicBool>);

impl Abandoned {
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is being done, and what has to wait for it.
#[derive(Default)]
pub(super) struct Pending {
    now: Option<Work>,
    queued: VecDeque<Command>,
    begun: u64,
}

struct Work {
    /// `reading x`
    doing: String,
    abandoned: Abandoned,
    /// When the next line may be typed although the work has not ended; never while another
    /// program has the terminal.
    soon: Deadline,
    is_slow: bool,
}

impl Pending {
    /// Whether something is being done.
    pub(super) fn is_busy(&self) -> bool {
        self.now.is_some()
    }

    /// Whether the next prompt waits for the work.
    pub(super) fn keeps_the_prompt(&self) -> bool {
        self.now.as_ref().is_some_and(|work| !work.is_slow)
    }

    /// When the work is to be called slow.
    pub(super) fn soon(&self) -> Option<Instant> {
        let work = self.now.as_ref().filter(|work| !work.is_slow)?;
        work.soon.instant()
    }

    /// Whether another program has the terminal.
    pub(super) fn is_in_foreground(&self) -> bool {
        let is_so = |work: &Work| work.soon == Deadline::NEVER;
        self.now.as_ref().is_some_and(is_so)
    }

    /// The command is carried out when its turn has come.
    pub(super) fn queue(&mut self, command: Command) {
        self.queued.push_back(command);
    }

    /// Nobody waits for the work any more. Returns what it was.
    fn abandon(&mut self) -> Option<String> {
        let work = self.now.take()?;
        work.abandoned.set();
        Some(work.doing)
    }
}

impl Client {
    /// Does `work` on a thread of its own, and then the rest here. `doing` is what the user is told
    /// when it takes long, such as `reading x`.
    pub(super) fn start<T: Send + 'static>(
        &mut self,
        doing: String,
        work: impl FnOnce(&Abandoned) -> Result<T, String> + Send + 'static,
        then: impl FnOnce(&mut Self, T) -> Result<(), String> + Send + 'static,
    ) {
        self.begin(doing, Deadline::after(Instant::now(), SOON), work, then);
    }

    /// As [`Client::start`], for work that gives the terminal to another program.
    pub(super) fn start_in_foreground<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&Abandoned) -> Result<T, String> + Send + 'static,
        then: impl FnOnce(&mut Self, T) -> Result<(), String> + Send + 'static,
    ) {
        self.begin("writing a message".to_owned(), Deadline::NEVER, work, then);
    }

    fn begin<T: Send + 'static>(
        &mut self,
        doing: String,
        soon: Deadline,
        work: impl FnOnce(&Abandoned) -> Result<T, String> + Send + 'static,
        then: impl FnOnce(&mut Self, T) -> Result<(), String> + Send + 'static,
    ) {
        let abandoned = Abandoned::default();
        self.pending.begun += 1;
        self.pending.now = Some(Work {
            doing,
            abandoned: abandoned.clone(),
            soon,
            is_slow: false,
        });
        let number = self.pending.begun;
        let sender = self.sender.clone();
        thread::spawn(move || {
            let _guard = PanicGuard::with(&sender);
            let result = work(&abandoned);
            let then: Continuation = Box::new(move |client| then(client, result?));
            // Nobody hears it when the program has left.
            _ = sender.send(UiEvent::Done(Done { number, then }));
        });
    }

    /// The work has ended: does what is left, and then what waited for it.
    pub(super) fn finish(&mut self, done: Done) {
        if done.number != self.pending.begun || self.pending.now.take().is_none() {
            return;
        }
        if let Err(problem) = (done.then)(self) {
            self.printer.complain(self.style, &problem);
        }
        self.carry_out_queued();
    }

    /// The work takes long: says so, and the next line can be typed.
    pub(super) fn tell_slow(&mut self) {
        if let Some(work) = &mut self.pending.now {
            work.is_slow = true;
            let line = format!(
                "{}; Ctrl-C gives up, what you send comes after it",
                work.doing
            );
            self.remark(&line);
        }
    }

    /// SIGINT is for the command that is being carried out; false when it is not.
    pub(super) fn interrupted(&mut self, editor: &Editor) -> bool {
        if self.pending.is_in_foreground() {
            return self.foreground.interrupt();
        }
        if editor.is_plain() {
            // The terminal has shown ^C.
            self.printer.print("\n".to_owned());
        }
        self.give_up()
    }

    /// The user does not want to wait; false when there is nothing to wait for.
    pub(super) fn give_up(&mut self) -> bool {
        if self.pending.is_in_foreground() {
            return false;
        }
        let Some(doing) = self.pending.abandon() else {
            return false;
        };
        self.remark(&format!("gave up {doing}"));
        self.carry_out_queued();
        true
    }

    /// The program leaves: tells what is not done any more.
    pub(super) fn give_up_all(&mut self) {
        if let Some(doing) = self.pending.abandon() {
            let more = match self.pending.queued.len() {
                0 => String::new(),
                count => format!(", and {} after it", counted(count as u64, "command")),
            };
            self.notice(&format!("gave up {doing}{more}"));
        }
    }

    fn carry_out_queued(&mut self) {
        while !self.pending.is_busy()
            && let Some(command) = self.pending.queued.pop_front()
        {
            if let Err(problem) = self.carry_out(command) {
                self.printer.complain(self.style, &problem);
            }
        }
    }
}
