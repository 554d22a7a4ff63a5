//! The one owner of the terminal.

mod area;
mod driver;
mod keyboard;
mod queue;

pub(super) use area::{OTHER_PROMPT, PROMPT};

use super::pseudo_terminal::Master;
use super::terminal::{Restore, Terminal};
use crate::output::sanitize;
use crate::output::style::{Role, Style};
use driver::Driver;
use queue::{Mark, Queue};
use rustix::termios::Winsize;
use sockeye::deadline::Deadline;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
#[cfg(test)]
use std::os::fd::AsFd;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// While so much waits to be shown, events wait too.
const MUCH: usize = 64 << 10;
/// What waits is shown at the end for at most this time.
const SETTLING: Duration = Duration::from_secs(2);
/// So long another program waits for what is to be shown before.
const HOLDING: Duration = Duration::from_secs(2);

/// Stands in the line for a byte that is not UTF-8. Unicode keeps this "noncharacter" for use
/// inside of programs.
const NOT_UTF_8: char = '\u{fdd0}';

/// Takes whole lines from anyone, never makes them wait, and shows them in that order, above the
/// line being typed. Clones are the same screen.
///
/// Its thread (see [`driver`]) stands between the terminal and the line editor.
#[derive(Clone)]
pub(super) struct TerminalPrinter(Arc<Shared>);

struct Shared {
    terminal: Terminal,
    queue: Mutex<Queue>,
    /// The queue has got shorter.
    taken: Condvar,
    requests: Mutex<Vec<Request>>,
    waker: UnixStream,
    phase: Mutex<Phase>,
    phased: Condvar,
    /// There is a line editor, so the terminal is no dumb one.
    is_edited: AtomicBool,
    /// A line is being typed, or is about to be.
    is_asked: AtomicBool,
    /// Bytes that are not UTF-8 have been typed: [`NOT_UTF_8`] stands for them.
    has_invalid: AtomicBool,
}

#[derive(Default)]
struct Phase {
    is_held: bool,
    settling: Option<Deadline>,
    is_settled: bool,
}

/// What the thread is asked to do at once.
enum Request {
    /// A line editor is there.
    Edit(Editing),
    /// The prompt is no longer true.
    Repaint,
    /// The window may have another size.
    Resize,
    /// The shell gets the terminal, and the program is stopped.
    Suspend,
    /// The terminal is ours again.
    Resume,
    /// Another program gets the terminal.
    Hold,
    /// It has ended.
    Release,
}

/// The line editor, as the screen knows it.
pub(super) struct Editing {
    pub(super) master: Master,
    pub(super) style: Style,
    /// The prompt as it is now, plain and in its colours.
    pub(super) prompt: Box<dyn Fn() -> (String, String) + Send>,
    pub(super) pastes: Pastes,
}

/// Pasted texts on their way to the editor: for each it gets the key with which a bracketed paste
/// begins. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Pastes(Arc<Mutex<VecDeque<String>>>);

impl Pastes {
    fn push(&self, text: String) {
        lock(&self.0).push_back(text);
    }

    /// The oldest one that was not taken.
    pub(super) fn take(&self) -> Option<String> {
        lock(&self.0).pop_front()
    }
}

impl TerminalPrinter {
    /// An empty queue, and its thread, for the terminal behind standard input and output.
    pub(super) fn open() -> io::Result<Self> {
        Self::on(Terminal::open()?)
    }

    /// One that nobody sees.
    #[cfg(test)]
    pub(super) fn start() -> Self {
        let nowhere = File::options().read(true).write(true).open("/dev/null");
        let nowhere = nowhere.expect("a device");
        let terminal = Terminal::on(nowhere.as_fd(), nowhere.as_fd());
        Self::on(terminal.expect("a terminal")).expect("a printer")
    }

    fn on(terminal: Terminal) -> io::Result<Self> {
        let (waker, woken) = UnixStream::pair()?;
        waker.set_nonblocking(true)?;
        woken.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            terminal: terminal.clone(),
            queue: Mutex::default(),
            taken: Condvar::new(),
            requests: Mutex::default(),
            waker,
            phase: Mutex::default(),
            phased: Condvar::new(),
            is_edited: AtomicBool::new(false),
            is_asked: AtomicBool::new(false),
            has_invalid: AtomicBool::new(false),
        });
        let driver = Driver::new(Arc::clone(&shared), terminal, woken);
        thread::Builder::new()
            .name("printer".to_owned())
            .spawn(|| driver.run())?;
        Ok(Self(shared))
    }

    /// Puts the terminal back as it was found when the result is dropped.
    pub(super) fn restore_later(&self) -> Restore {
        Restore(self.0.terminal.clone())
    }

    /// Puts the terminal back as it was found, at once; nothing is shown any more.
    pub(super) fn restore(&self) {
        self.0.terminal.restore();
    }

    /// How large the terminal's window is.
    pub(super) fn size(&self) -> Winsize {
        self.0.terminal.size()
    }

    /// Whether the terminal has gone, as when its window is closed.
    pub(super) fn has_hung_up(&self) -> bool {
        self.0.terminal.has_hung_up()
    }

    /// Where a byte that is not UTF-8 is in a line. Until one is typed, [`NOT_UTF_8`] is a
    /// character as any other.
    pub(super) fn find_invalid(&self, line: &str) -> Option<usize> {
        let has_invalid = self.0.has_invalid.load(Ordering::Relaxed);
        line.find(NOT_UTF_8).filter(|_| has_invalid)
    }

    /// From now on there is a line editor.
    pub(super) fn edit(&self, editing: Editing) {
        self.0.is_edited.store(true, Ordering::Relaxed);
        self.0.request(Request::Edit(editing));
    }

    /// The editor is asked for a line: from now on Ctrl-C is a key.
    pub(super) fn line_begins(&self) {
        self.0.is_asked.store(true, Ordering::SeqCst);
    }

    /// The editor has finished a line: `editor` is where it paints. What is printed from now on is
    /// shown after that line.
    pub(super) fn line_ended(&self, editor: &OwnedFd) {
        self.0.is_asked.store(false, Ordering::SeqCst);
        let end = editor.try_clone().map(File::from);
        // Fails only if the screen has ended.
        _ = end.and_then(|mut end| end.write_all(area::END.as_bytes()));
        self.0.queue().push_mark(Mark::LineEnd);
        self.0.wake();
    }

    /// Shows whole lines, soon. Ctrl-C stops that if they are long.
    pub(super) fn print(&self, lines: String) {
        self.0.queue().push(lines, true);
        self.0.wake();
    }

    /// Shows whole lines of events; waits while much is still to be shown. They are never so many
    /// that Ctrl-C has to stop them, and in a flood others follow at once.
    pub(super) fn print_in_turn(&self, lines: String) {
        let queue = self.0.queue();
        let full = |queue: &mut Queue| queue.bytes() >= MUCH;
        drop(self.0.taken.wait_while(queue, full));
        self.0.queue().push(lines, false);
        self.0.wake();
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

    /// Empties the screen, in its turn.
    pub(super) fn clear(&self) -> Result<(), String> {
        if !self.0.is_edited.load(Ordering::Relaxed) {
            return Err("this terminal cannot be cleared".to_owned());
        }
        self.0.queue().push_mark(Mark::Clear);
        self.0.wake();
        Ok(())
    }

    /// Throws away what is being shown if that is long. Tells whether it was.
    pub(super) fn stop(&self) -> bool {
        let stopped = self.0.stop();
        self.0.wake();
        stopped
    }

    /// Paints the prompt as it is now.
    pub(super) fn repaint(&self) {
        self.0.request(Request::Repaint);
    }

    /// The window may have another size.
    pub(super) fn resize(&self) {
        self.0.request(Request::Resize);
    }

    /// Gives the terminal to the shell, and stops the program.
    pub(super) fn suspend(&self) {
        self.0.request(Request::Suspend);
    }

    /// The program goes on, whatever stopped it.
    pub(super) fn resume(&self) {
        self.0.request(Request::Resume);
    }

    /// Nothing is shown and no key is read until the result is dropped: another program has the
    /// terminal. What was printed before is shown first, if that does not take long.
    pub(super) fn hold(&self) -> HeldTerminal {
        self.0.queue().push_mark(Mark::Hold);
        self.0.wake();
        if !self.0.wait_for(HOLDING, |phase| phase.is_held) {
            self.0.request(Request::Hold);
            self.0.wait_for(HOLDING, |phase| phase.is_held);
        }
        HeldTerminal(self.clone())
    }

    /// Comes back when everything printed so far is on the screen and the terminal is restored;
    /// or after a bounded time, where the terminal takes nothing. For the end.
    pub(super) fn settle(&self) {
        lock(&self.0.phase).settling = Some(Deadline::after(Instant::now(), SETTLING));
        self.0.queue().push_mark(Mark::Settle);
        self.0.wake();
        // The thread ends at its deadline; this bound is for one that has failed.
        self.0.wait_for(2 * SETTLING, |phase| phase.is_settled);
        self.restore();
    }
}

/// Another program has the terminal until this is dropped.
pub(super) struct HeldTerminal(TerminalPrinter);

impl HeldTerminal {
    /// The terminal, to tell who is in the foreground.
    pub(super) fn terminal(&self) -> io::Result<OwnedFd> {
        self.0.0.terminal.controlled()
    }

    /// Standard input for the other program.
    pub(super) fn stdin(&self) -> io::Result<Stdio> {
        self.0.0.terminal.stdin()
    }

    /// Standard output for the other program.
    pub(super) fn stdout(&self) -> io::Result<Stdio> {
        self.0.0.terminal.stdout()
    }
}

impl Drop for HeldTerminal {
    fn drop(&mut self) {
        lock(&self.0.0.phase).is_held = false;
        self.0.0.request(Request::Release);
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    fn request(&self, request: Request) {
        lock(&self.requests).push(request);
        self.wake();
    }

    /// What is to be done at once.
    fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut lock(&self.requests))
    }

    fn stop(&self) -> bool {
        let stopped = self.queue().stop();
        self.taken.notify_all();
        stopped
    }

    /// Whether a line is being typed, or is about to be.
    fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::SeqCst)
    }

    /// Something was taken from the queue.
    fn took(&self) {
        self.taken.notify_all();
    }

    fn held(&self) {
        lock(&self.phase).is_held = true;
        self.phased.notify_all();
    }

    /// When the program wants to end, if it does.
    fn settling(&self) -> Option<Deadline> {
        lock(&self.phase).settling
    }

    fn settled(&self) {
        lock(&self.phase).is_settled = true;
        self.phased.notify_all();
    }

    /// Tells whether it came to this.
    fn wait_for(&self, at_most: Duration, is_so: fn(&Phase) -> bool) -> bool {
        let phase = lock(&self.phase);
        let waited = self
            .phased
            .wait_timeout_while(phase, at_most, |phase| !is_so(phase));
        is_so(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    fn wake(&self) {
        // When it is full, the thread is about to wake.
        _ = (&self.waker).write(&[0]);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
