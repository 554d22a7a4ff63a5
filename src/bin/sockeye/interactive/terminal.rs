//! The terminal that the program was started on: its settings, and bytes from it and to it.
//!
//! Nothing here waits for the terminal. It may be frozen (Ctrl-S, a window that is not read), and
//! the program must be able to end all the same. The descriptors that the program was started with
//! are shared with the shell, so `O_NONBLOCK` is never set on them: the device is opened anew.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::process::getpgrp;
use rustix::termios::{
    ControlModes, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, Winsize,
    tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr, ttyname,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Pastes are marked as such, so that a newline in one does not send it.
pub(super) const BRACKETED_PASTE_ON: &str = "\x1b[?2004h";
/// Ends what may be under way: an update, a colour, marked pastes.
const PLAIN: &str = "\x1b[?2026l\x1b[?2004l\x1b[m";

/// What is written at once to a terminal that may block.
const SAFE: usize = 1;
/// What is written at once to one that does not.
const BLOCK: usize = 4 << 10;

/// Clones are the same terminal.
#[derive(Debug, Clone)]
pub(super) struct Terminal(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    input: File,
    output: File,
    /// Standard input and output as they were found, for other programs.
    stdin: OwnedFd,
    stdout: OwnedFd,
    found: Option<Termios>,
    /// How many bytes are written at once.
    block: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The settings are those of the line editor.
    is_edited: bool,
    /// The program is about to end: nothing more is written.
    is_over: bool,
}

impl Terminal {
    /// The terminal behind standard input and output. Remembers its settings.
    pub(super) fn open() -> io::Result<Self> {
        Self::on(io::stdin().as_fd(), io::stdout().as_fd())
    }

    /// The terminal behind these.
    pub(super) fn on(stdin: BorrowedFd<'_>, stdout: BorrowedFd<'_>) -> io::Result<Self> {
        let output = opened_anew(stdout);
        let block = if output.is_some() { BLOCK } else { SAFE };
        Ok(Self(Arc::new(Shared {
            input: opened_anew(stdin).map_or_else(|| duplicate(stdin), Ok)?,
            output: output.map_or_else(|| duplicate(stdout), Ok)?,
            stdin: stdin.try_clone_to_owned()?,
            stdout: stdout.try_clone_to_owned()?,
            found: tcgetattr(stdin).ok(),
            block,
            state: Mutex::default(),
        })))
    }

    /// What to poll for keys.
    pub(super) fn input(&self) -> BorrowedFd<'_> {
        self.0.input.as_fd()
    }

    /// What to poll for room.
    pub(super) fn output(&self) -> BorrowedFd<'_> {
        self.0.output.as_fd()
    }

    /// Keys that have been typed.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        (&self.0.input).read(buffer)
    }

    /// Writes what the terminal takes at once; all of it to a terminal that is gone or has been
    /// given back for good.
    pub(super) fn write(&self, bytes: &[u8]) -> usize {
        let state = self.lock();
        if state.is_over {
            return bytes.len();
        }
        let block = &bytes[..bytes.len().min(self.0.block)];
        match (&self.0.output).write(block) {
            Ok(written) => written,
            Err(error) if is_for_later(&error) => 0,
            Err(_) => bytes.len(),
        }
    }

    /// Whether it has gone, as when its window is closed.
    pub(super) fn has_hung_up(&self) -> bool {
        let mut fds = [PollFd::new(&self.0.input, PollFlags::empty())];
        let at_once = Timespec::default();
        // The kernel tells of it without being asked.
        poll(&mut fds, Some(&at_once)).is_ok() && fds[0].revents().contains(PollFlags::HUP)
    }

    /// How large its window is.
    pub(super) fn size(&self) -> Winsize {
        let none = Winsize {
            ws_row: 0,
            ws_col: 0,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcgetwinsize(&self.0.output).unwrap_or(none)
    }

    /// Every key comes as it is typed, and shows nothing by itself.
    pub(super) fn edit(&self) {
        let mut state = self.lock();
        if let Some(found) = &self.0.found
            && !state.is_over
        {
            state.is_edited = true;
            // From the background this stops the program until it is in the foreground.
            _ = tcsetattr(&self.0.input, OptionalActions::Now, &edited(found));
        }
    }

    /// Puts the settings back as they were found: another program gets the terminal.
    pub(super) fn give_back(&self) {
        self.reset(&mut self.lock(), "");
    }

    /// Puts the terminal back as it was found, and writes nothing more.
    pub(super) fn restore(&self) {
        let mut state = self.lock();
        if !std::mem::replace(&mut state.is_over, true) {
            self.reset(&mut state, "\r\x1b[K");
        }
    }

    /// Standard input as it was found, to tell who is in the foreground.
    pub(super) fn controlled(&self) -> io::Result<OwnedFd> {
        self.0.stdin.try_clone()
    }

    /// Standard input for another program.
    pub(super) fn stdin(&self) -> io::Result<Stdio> {
        self.0.stdin.try_clone().map(Stdio::from)
    }

    /// Standard output for another program.
    pub(super) fn stdout(&self) -> io::Result<Stdio> {
        self.0.stdout.try_clone().map(Stdio::from)
    }

    fn reset(&self, state: &mut State, after: &str) {
        if !std::mem::take(&mut state.is_edited) {
            return;
        }
        if let Some(found) = &self.0.found
            && self.is_ours()
        {
            // Nothing more can be done when this fails. TCSADRAIN would wait for the terminal.
            _ = tcsetattr(&self.0.input, OptionalActions::Now, found);
        }
        let bytes = [PLAIN, after].concat();
        if self.0.block > SAFE {
            // What a frozen terminal does not take is lost.
            _ = (&self.0.output).write(bytes.as_bytes());
        }
    }

    /// A program in the background that changes the settings is stopped, and never ends.
    pub(super) fn is_ours(&self) -> bool {
        tcgetpgrp(&self.0.input).map_or(true, |group| group == getpgrp())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts the terminal back when dropped, also in a panic.
#[derive(Debug)]
pub(super) struct Restore(pub(super) Terminal);

impl Drop for Restore {
    fn drop(&mut self) {
        self.0.restore();
    }
}

/// The settings for editing a line. Newlines still return the carriage.
fn edited(found: &Termios) -> Termios {
    let mut edited = found.clone();
    edited.input_modes -= InputModes::BRKINT
        | InputModes::ICRNL
        | InputModes::INPCK
        | InputModes::ISTRIP
        | InputModes::IXON;
    edited.control_modes |= ControlModes::CS8;
    edited.local_modes -=
        LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN | LocalModes::ISIG;
    edited.special_codes[SpecialCodeIndex::VMIN] = 1;
    edited.special_codes[SpecialCodeIndex::VTIME] = 0;
    edited
}

/// The device behind this, opened so that nobody waits for it. None where it has no name.
fn opened_anew(stream: BorrowedFd<'_>) -> Option<File> {
    let name = ttyname(stream, Vec::new()).ok()?;
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(name.as_c_str(), flags, Mode::empty())
        .or_else(|_| rustix::fs::open("/dev/tty", flags, Mode::empty()));
    opened.ok().map(File::from)
}

fn duplicate(stream: BorrowedFd<'_>) -> io::Result<File> {
    stream.try_clone_to_owned().map(File::from)
}

/// Whether reading or writing may succeed later.
pub(super) fn is_for_later(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use portable_pty::{PtyPair, PtySize, native_pty_system};
    use std::fs::OpenOptions;
    use std::panic::catch_unwind;

    /// A pseudo-terminal, which lives as long as the pair.
    fn pseudo_terminal() -> (PtyPair, File) {
        let pair = native_pty_system()
            .openpty(PtySize::default())
            .expect("a terminal");
        let path = pair.master.tty_name().expect("a name");
        let terminal = OpenOptions::new().read(true).write(true).open(path);
        (pair, terminal.expect("a terminal"))
    }

    fn is_edited(terminal: &File) -> bool {
        let now = tcgetattr(terminal).expect("settings");
        !now.local_modes.contains(LocalModes::ICANON)
    }

    #[test]
    fn a_panic_leaves_the_terminal_as_it_was_found() {
        let (_pair, file) = pseudo_terminal();
        let terminal = Terminal::on(file.as_fd(), file.as_fd()).expect("a terminal");
        let panicked = catch_unwind(|| {
            let _restore = Restore(terminal.clone());
            terminal.edit();
            assert!(!is_edited(&file), "this is the panic");
        });
        assert!(panicked.is_err());
        assert!(!is_edited(&file));
    }

    #[test]
    fn a_terminal_that_nobody_reads_is_restored_all_the_same() {
        let (_pair, file) = pseudo_terminal();
        let terminal = Terminal::on(file.as_fd(), file.as_fd()).expect("a terminal");
        terminal.edit();
        assert!(is_edited(&file));
        let full = std::iter::repeat_with(|| terminal.write(&[b'x'; BLOCK]));
        assert!(full.take(10_000).any(|written| written == 0), "it is read");
        terminal.restore();
        assert!(!is_edited(&file));
        assert_eq!(terminal.write(b"x"), 1, "what comes later is thrown away");
        terminal.edit();
        assert!(!is_edited(&file), "nobody changes it again");
    }
}
