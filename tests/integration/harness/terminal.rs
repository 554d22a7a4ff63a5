//! The program on a real pseudo-terminal.

use super::bounded::ends_within;
use super::{PATIENCE, program};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const SIZE: PtySize = PtySize {
    rows: 50,
    cols: 120,
    pixel_width: 0,
    pixel_height: 0,
};

/// Everything that came out of the program, as bytes and as what a terminal makes of them.
struct Shown {
    transcript: Vec<u8>,
    parser: vt100::Parser,
    ended: bool,
    /// Nobody reads what comes out.
    frozen: bool,
}

type Shared = Arc<(Mutex<Shown>, Condvar)>;
type Keyboard = Arc<Mutex<Box<dyn Write + Send>>>;

/// The program, a keyboard and a screen. Dropping it kills the program.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keyboard: Keyboard,
    shown: Shared,
    reader: Option<JoinHandle<()>>,
    before: String,
    /// `$XDG_STATE_HOME`: what one test types is no other's history.
    _state: tempfile::TempDir,
}

impl Terminal {
    /// Starts the program on a terminal that understands escape sequences.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_as("xterm-256color", arguments)
    }

    /// Starts the program on a terminal of this kind (`TERM`).
    pub(crate) fn start_as(kind: &str, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(program());
        command.args(arguments);
        Self::spawn(environment(kind, command))
    }

    /// Starts the program from a shell, which can redirect some of its streams: in the script it
    /// is `$0`, and the arguments are `$1`, `$2` and so on.
    pub(crate) fn script(script: &str, arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", script]);
        command.arg(program());
        command.args(arguments);
        Self::spawn(environment("xterm-256color", command))
    }

    fn spawn(mut command: CommandBuilder) -> Self {
        let state = tempfile::tempdir().expect("a folder");
        command.env("XDG_STATE_HOME", state.path());
        let pair = native_pty_system()
            .openpty(SIZE)
            .expect("a pseudo-terminal");
        let before = settings(&*pair.master);
        let child = (pair.slave.spawn_command(command)).expect("the program");
        drop(pair.slave);
        let writer = pair.master.take_writer().expect("a keyboard");
        let keyboard: Keyboard = Arc::new(Mutex::new(writer));
        let shown: Shared = Arc::new((
            Mutex::new(Shown {
                transcript: Vec::new(),
                parser: vt100::Parser::default(),
                ended: false,
                frozen: false,
            }),
            Condvar::new(),
        ));
        lock(&shown).parser = vt100::Parser::new(rows(SIZE.rows), rows(SIZE.cols), 0);
        let output = pair.master.try_clone_reader().expect("a screen");
        let reader = spawn_reader(output, Arc::clone(&shown), Arc::clone(&keyboard));
        Self {
            child,
            master: pair.master,
            keyboard,
            shown,
            reader: Some(reader),
            before,
            _state: state,
        }
    }

    /// Types these characters.
    pub(crate) fn types(&mut self, keys: &str) -> &mut Self {
        press(&self.keyboard, keys.as_bytes());
        self
    }

    /// Types these bytes.
    pub(crate) fn types_bytes(&mut self, keys: &[u8]) -> &mut Self {
        press(&self.keyboard, keys);
        self
    }

    /// Types a line and Enter.
    pub(crate) fn enters(&mut self, line: &str) -> &mut Self {
        self.types(&format!("{line}\r"))
    }

    /// Sends the program a signal; without effect when it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let process = self.child.process_id().expect("a child of ours");
        let process = Pid::from_raw(process.cast_signed()).expect("not zero");
        kill_process(process, signal).expect("not reaped yet");
    }

    /// Sends a signal again and again until the program ends: to the program, two of one kind that
    /// come before it runs are one.
    pub(crate) fn signals_until_it_ends(&self, signal: Signal) {
        let process = self.child.process_id().expect("a child of ours");
        let process = Pid::from_raw(process.cast_signed()).expect("not zero");
        let deadline = Instant::now() + PATIENCE;
        while !ends_within(process, Duration::from_millis(100)) {
            assert!(Instant::now() < deadline, "it does not end");
            self.signal(signal);
        }
    }

    /// From now on nobody reads what comes out, but for a few kilobytes.
    pub(crate) fn freezes(&mut self) -> &mut Self {
        lock(&self.shown).frozen = true;
        self
    }

    /// What comes out is read again.
    pub(crate) fn thaws(&mut self) -> &mut Self {
        lock(&self.shown).frozen = false;
        self.shown.1.notify_all();
        self
    }

    /// Waits for the program's end while nobody reads what comes out: this status, and the
    /// terminal's settings as they were before. Gives the time it took.
    #[track_caller]
    pub(crate) fn ends_frozen_with_status(&mut self, status: u32) -> Duration {
        let began = Instant::now();
        let process = self.child.process_id().expect("a child of ours");
        let process = Pid::from_raw(process.cast_signed()).expect("not zero");
        assert!(ends_within(process, PATIENCE), "it does not end");
        let took = began.elapsed();
        let ended = self.child.wait().expect("a child of ours");
        assert_eq!(ended.exit_code(), status, "another status");
        let after = settings(&*self.master);
        assert_eq!(after, self.before, "the terminal is not restored");
        self.thaws();
        took
    }

    /// Closes the terminal's window, and waits for the program's end.
    pub(crate) fn closes_the_window(mut self) {
        self.signal(Signal::HUP);
        self.wait("the program's end", |shown| shown.ended);
        self.reaped();
    }

    /// Its exit status. It has closed the terminal; it may still be on its way out.
    #[track_caller]
    fn reaped(&mut self) -> portable_pty::ExitStatus {
        let process = self.child.process_id().expect("a child of ours");
        let process = Pid::from_raw(process.cast_signed()).expect("not zero");
        let ended = ends_within(process, PATIENCE);
        assert!(ended, "it closed the terminal and did not end");
        self.child.wait().expect("a child of ours")
    }

    /// Waits until the screen has this on it.
    #[track_caller]
    pub(crate) fn shows(&mut self, words: &str) -> &mut Self {
        self.wait(&format!("{words:?} on the screen"), |shown| {
            shown.parser.screen().contents().contains(words)
        })
    }

    /// Waits until one row of the window is this: a line that is wider takes more rows.
    #[track_caller]
    pub(crate) fn shows_row(&mut self, row: &str) -> &mut Self {
        self.wait(&format!("the row {row:?}"), |shown| {
            let screen = shown.parser.screen();
            screen
                .rows(0, screen.size().1.get())
                .any(|shown| shown.trim_end() == row)
        })
    }

    /// Waits until the screen has this on it, in lower or upper case.
    #[track_caller]
    pub(crate) fn shows_in_any_case(&mut self, words: &str) -> &mut Self {
        let words = words.to_lowercase();
        self.wait(&format!("{words:?} on the screen"), |shown| {
            let screen = shown.parser.screen().contents();
            screen.to_lowercase().contains(&words)
        })
    }

    /// Waits until this has come at least so many times, each in a line of its own.
    #[track_caller]
    pub(crate) fn shows_lines(&mut self, count: usize, words: &str) -> &mut Self {
        self.wait(&format!("{words:?} on {count} lines"), |shown| {
            let screen = shown.parser.screen().contents();
            screen.lines().filter(|line| line.contains(words)).count() >= count
        })
    }

    /// Waits until this has come out, wherever on the screen it was and however soon it went.
    #[track_caller]
    pub(crate) fn has_shown(&mut self, words: &str) -> &mut Self {
        let searched = std::cell::Cell::new(0);
        self.wait(&format!("{words:?}, even for a moment"), |shown| {
            let from = searched.replace(shown.transcript.len().saturating_sub(words.len()));
            let new = &shown.transcript[from..];
            new.windows(words.len())
                .any(|part| part == words.as_bytes())
        })
    }

    /// Waits until one has come out, and after it the other.
    #[track_caller]
    pub(crate) fn has_shown_after(&mut self, one: &str, other: &str) -> &mut Self {
        self.wait(&format!("{other:?} after {one:?}"), |shown| {
            let transcript = String::from_utf8_lossy(&shown.transcript);
            let after = transcript.split_once(one).map(|(_, after)| after);
            after.is_some_and(|after| after.contains(other))
        })
    }

    /// The window gets another size.
    pub(crate) fn resizes(&mut self, rows: u16, columns: u16) -> &mut Self {
        let mut shown = lock(&self.shown);
        let size = PtySize {
            rows,
            cols: columns,
            ..SIZE
        };
        self.master.resize(size).expect("another size");
        let screen = shown.parser.screen_mut();
        screen.set_size(self::rows(rows), self::rows(columns));
        drop(shown);
        self
    }

    /// The most memory that the program had so far, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        let id = self.child.process_id().expect("it runs");
        super::program::peak_memory(id)
    }

    /// The screen as it is.
    pub(crate) fn screen(&self) -> String {
        lock(&self.shown).parser.screen().contents()
    }

    /// Every byte that came out so far.
    pub(crate) fn transcript(&self) -> Vec<u8> {
        lock(&self.shown).transcript.clone()
    }

    /// Waits for the program's end: this status, and the terminal as it was before.
    #[track_caller]
    pub(crate) fn ends_with_status(&mut self, status: u32) {
        self.wait("the program's end", |shown| shown.ended);
        let ended = self.reaped();
        let screen = self.screen();
        assert_eq!(ended.exit_code(), status, "another status\n{screen}");
        let after = settings(&*self.master);
        assert_eq!(after, self.before, "the terminal is not restored");
        let shown = lock(&self.shown);
        let is_hidden = shown.parser.screen().hide_cursor();
        let is_bracketed = shown.parser.screen().bracketed_paste();
        let end = shown.transcript.len().saturating_sub(500);
        let end = String::from_utf8_lossy(&shown.transcript[end..]).into_owned();
        drop(shown);
        assert!(!is_hidden, "no cursor after {end:?}");
        assert!(!is_bracketed, "pastes are bracketed after {end:?}");
    }

    /// Waits for the program's end, although another program may still have the terminal.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(ended) = self.child.try_wait().expect("a child of ours") {
                return ended.exit_code();
            }
            assert!(Instant::now() < deadline, "it goes on:\n{}", self.screen());
            thread::yield_now();
        }
    }

    #[track_caller]
    fn wait(&mut self, what: &str, until: impl Fn(&Shown) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        let mut shown = lock(&self.shown);
        loop {
            if until(&shown) {
                break;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if shown.ended || left.is_zero() {
                let how = if shown.ended {
                    "it ended"
                } else {
                    "time is up"
                };
                let screen = shown.parser.screen().contents();
                let screen = screen.trim_end().to_owned();
                drop(shown);
                panic!("waited for {what}, but {how}; the screen:\n{screen}");
            }
            let changed = &self.shown.1;
            shown = changed.wait_timeout(shown, left).expect("no panic").0;
        }
        drop(shown);
        self
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.thaws();
        let _ = self.child.kill();
        let _ = self.child.wait();
        // The reader ends with the program; a grandchild that keeps the terminal would keep it.
        if let Some(reader) = self.reader.take()
            && lock(&self.shown).ended
        {
            let _ = reader.join();
        }
    }
}

fn environment(kind: &str, mut command: CommandBuilder) -> CommandBuilder {
    command.env("TERM", kind);
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES"] {
        command.env_remove(name);
    }
    command
}

/// The terminal's modes: echo, line editing, signals.
fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

fn rows(size: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(size).expect("not zero")
}

fn lock(shown: &Shared) -> MutexGuard<'_, Shown> {
    shown.0.lock().expect("no panic under this lock")
}

fn press(keyboard: &Keyboard, keys: &[u8]) {
    let mut keyboard = keyboard.lock().expect("no panic under this lock");
    // The program may have left; the next wait says so.
    let _ = keyboard.write_all(keys).and_then(|()| keyboard.flush());
}

fn spawn_reader(
    mut output: Box<dyn Read + Send>,
    shown: Shared,
    keyboard: Keyboard,
) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut block = [0; 4096];
        loop {
            let state = lock(&shown);
            drop(shown.1.wait_while(state, |shown| shown.frozen));
            // Linux says EIO when the last holder of the other side is gone.
            let length = output.read(&mut block).unwrap_or(0);
            let mut state = lock(&shown);
            state.ended = length == 0;
            state.transcript.extend(&block[..length]);
            state.parser.process(&block[..length]);
            let (row, column) = state.parser.screen().cursor_position();
            drop(state);
            shown.1.notify_all();
            if length == 0 {
                return;
            }
            // A terminal answers when it is asked where its cursor is.
            if block[..length].windows(4).any(|ask| ask == b"\x1b[6n") {
                press(
                    &keyboard,
                    format!("\x1b[{};{}R", row + 1, column + 1).as_bytes(),
                );
            }
        }
    })
}
