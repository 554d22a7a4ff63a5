//! Runs the real program and keeps what it did, so that a failed assertion can show it.

use super::PATIENCE;
use super::bounded::{Task, wait_or_kill};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, Once};
use std::thread;
use std::time::Duration;

/// The longest a program may run in all.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The executable under test.
pub(crate) fn program() -> PathBuf {
    std::env::var_os("SOCKEYE_PROGRAM")
        .map_or_else(|| env!("CARGO_BIN_EXE_sockeye").into(), PathBuf::from)
}

/// The program with these arguments, not yet started; its standard input is empty.
pub(crate) fn sockeye<I, A>(arguments: I) -> Sockeye
where
    I: IntoIterator<Item = A>,
    A: AsRef<OsStr>,
{
    heed_signals();
    let mut command = Command::new(program());
    command.args(arguments).env_remove("COLUMNS");
    for (name, _) in std::env::vars_os() {
        let lower = name.to_string_lossy().to_ascii_lowercase();
        if lower.ends_with("_proxy") {
            command.env_remove(name);
        }
    }
    Sockeye {
        command,
        input: Input::Nothing,
        patience: PATIENCE,
    }
}

/// Sees to it that no program of a test starts with a signal ignored because the tests did, as when
/// a script runs them with `&`: a signal that is caught here has its default effect there.
fn heed_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            if ignored.is_some_and(|mask| mask & (1 << (signal - 1)) != 0) {
                let caught = Arc::new(AtomicBool::new(false));
                signal_hook::flag::register(signal, caught).expect("a signal that can be caught");
            }
        }
    });
}

/// What feeds the program's standard input, on a thread of its own.
type Feeder = Box<dyn FnOnce(ChildStdin) + Send>;

enum Input {
    Nothing,
    Held,
    Fed(Feeder),
}

/// The program before its start.
pub(crate) struct Sockeye {
    command: Command,
    input: Input,
    patience: Duration,
}

impl Sockeye {
    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// More arguments.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, more: impl IntoIterator<Item = A>) -> Self {
        self.command.args(more);
        self
    }

    /// Standard input is these bytes, then its end.
    pub(crate) fn stdin(self, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        self.stdin_from(move |mut stdin| {
            // The program may leave before it has read everything.
            let _ = stdin.write_all(&bytes);
        })
    }

    /// Standard input is what this closure writes, and ends when it drops the pipe.
    pub(crate) fn stdin_from(mut self, feed: impl FnOnce(ChildStdin) + Send + 'static) -> Self {
        self.input = Input::Fed(Box::new(feed));
        self
    }

    /// Standard input stays open and silent until [`Running::stdin`] is taken or the end.
    pub(crate) fn stdin_held(mut self) -> Self {
        self.input = Input::Held;
        self
    }

    /// Starts it from a shell that has run this before, like `trap '' INT`.
    pub(crate) fn after(mut self, preamble: &str) -> Self {
        let script = format!("{preamble}; exec \"$0\" \"$@\"");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).arg(self.command.get_program());
        shell.args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => shell.env(name, value),
                None => shell.env_remove(name),
            };
        }
        self.command = shell;
        self
    }

    /// For what takes long for a good reason.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts it.
    #[track_caller]
    pub(crate) fn start(mut self) -> Running {
        let stdin = match self.input {
            Input::Nothing => Stdio::null(),
            Input::Held | Input::Fed(_) => Stdio::piped(),
        };
        let spawned = self
            .command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child =
            spawned.unwrap_or_else(|error| panic!("{:?} did not start: {error}", self.command));
        let errors = child.stderr.take().map(Told::listen);
        let stdout = child.stdout.take();
        let stdin = child.stdin.take();
        let (stdin, feeder) = match self.input {
            Input::Fed(feed) => (None, stdin.map(|pipe| Task::spawn(move || feed(pipe)))),
            Input::Held | Input::Nothing => (stdin, None),
        };
        Running {
            command: describe(&self.command),
            patience: self.patience,
            stdin,
            stdout,
            child: Watched::new(child, LONGEST.max(2 * self.patience)),
            errors,
            feeder,
        }
    }

    /// Starts it and waits for its end.
    #[track_caller]
    pub(crate) fn run(self) -> Run {
        self.start().finish()
    }
}

fn describe(command: &Command) -> String {
    let words = command.get_args().map(|word| format!(" {word:?}"));
    std::iter::once("sockeye".to_owned()).chain(words).collect()
}

pub(super) fn read_to_end(mut from: impl Read + Send + 'static) -> Task<Vec<u8>> {
    Task::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still what came.
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

/// What comes on standard error, while it comes.
struct Told {
    text: Arc<(Mutex<String>, Condvar)>,
    reader: Task<()>,
}

impl Told {
    fn listen(from: impl Read + Send + 'static) -> Self {
        let text = Arc::new((Mutex::new(String::new()), Condvar::new()));
        let told = Arc::clone(&text);
        let reader = Task::spawn(move || {
            let mut lines = BufReader::new(from);
            let mut line = Vec::new();
            // What came before an error is still what came.
            while lines
                .read_until(b'\n', &mut line)
                .is_ok_and(|count| count > 0)
            {
                let mut text = told.0.lock().expect("no panic");
                text.push_str(&String::from_utf8_lossy(&line));
                told.1.notify_all();
                line.clear();
            }
        });
        Self { text, reader }
    }

    #[track_caller]
    fn wait_for(&self, words: &str, patience: Duration) {
        let (text, came) = &*self.text;
        let missing = |text: &mut String| !text.contains(words);
        let text = text.lock().expect("no panic");
        let waited = came.wait_timeout_while(text, patience, missing);
        let (text, timeout) = waited.expect("no panic");
        assert!(!timeout.timed_out(), "it does not say {words:?}: {text}");
    }

    fn all(self) -> String {
        self.reader.finish();
        std::mem::take(&mut *self.text.0.lock().expect("no panic"))
    }
}

/// A socket or pipe that has no room for half a second. Sooner than that only the test gets easier.
pub(crate) fn is_full(sink: impl AsFd) -> bool {
    let patience = Timespec {
        tv_sec: 0,
        tv_nsec: 500_000_000,
    };
    let mut fds = [PollFd::new(&sink, PollFlags::OUT)];
    poll(&mut fds, Some(&patience)).unwrap() == 0
}

/// The program while it runs. Dropping it kills it.
pub(crate) struct Running {
    command: String,
    patience: Duration,
    /// Held open; `None` when it is fed or was taken.
    pub(crate) stdin: Option<ChildStdin>,
    /// Its standard output; take it to read or close it yourself.
    pub(crate) stdout: Option<ChildStdout>,
    child: Watched,
    errors: Option<Told>,
    feeder: Option<Task<()>>,
}

impl Running {
    /// Waits until standard error has this in it.
    #[track_caller]
    pub(crate) fn wait_for(&self, words: &str) {
        let errors = self.errors.as_ref().expect("not finished yet");
        errors.wait_for(words, self.patience);
    }

    /// The next line of its standard output.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let stdout = self.stdout.as_mut().expect("not taken");
        let patience = Timespec::try_from(self.patience).expect("a time");
        let mut line = Vec::new();
        while line.last() != Some(&b'\n') {
            let mut fds = [PollFd::new(stdout, PollFlags::IN)];
            let ready = poll(&mut fds, Some(&patience)).expect("a pipe can be polled");
            assert_eq!(ready, 1, "no whole line: {}", line.escape_ascii());
            let mut byte = [0];
            stdout.read_exact(&mut byte).expect("a whole line");
            line.extend(byte);
        }
        String::from_utf8(line).expect("text")
    }

    /// It has less time from now on than it had at first.
    pub(crate) fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Ends its standard input.
    pub(crate) fn end_input(mut self) -> Self {
        drop(self.stdin.take());
        self
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.child.pid(), signal).expect("the program still runs");
    }

    /// The most memory it has held so far, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn peak_memory(&self) -> u64 {
        peak_memory(self.child.pid().as_raw_nonzero().get().cast_unsigned())
    }

    /// Waits for its end; kills it when that takes too long, which [`Run`]'s assertions report.
    #[track_caller]
    pub(crate) fn finish(mut self) -> Run {
        let output = self.stdout.take().map(read_to_end);
        let mut child = self.child.take();
        let (status, hung) = wait_or_kill(&mut child, self.patience);
        drop(self.stdin.take());
        let run = Run {
            command: std::mem::take(&mut self.command),
            status,
            hung,
            stdout: output.map(Task::finish).unwrap_or_default(),
            stderr: self.errors.take().map_or_else(String::new, Told::all),
        };
        if let Some(Err(_)) = self.feeder.take().map(Task::result) {
            panic!("what feeds standard input has failed\n{run}");
        }
        // Every I/O error is shown by `sockeye::io_reason`.
        run.does_not_say("(os error ");
        run
    }
}

/// A process that is killed when it runs for too long, so that a test that reads its output or
/// feeds its input does not wait for ever. Dropping it kills it.
struct Watched {
    child: Arc<Mutex<Option<Child>>>,
    pid: Pid,
    _unneeded: Sender<()>,
}

impl Watched {
    fn new(child: Child, longest: Duration) -> Self {
        let pid = Pid::from_child(&child);
        let child = Arc::new(Mutex::new(Some(child)));
        let (unneeded, is_unneeded) = mpsc::channel();
        let watched = Arc::clone(&child);
        thread::spawn(move || {
            if is_unneeded.recv_timeout(longest) == Err(RecvTimeoutError::Timeout) {
                kill(&watched);
            }
        });
        Self {
            child,
            pid,
            _unneeded: unneeded,
        }
    }

    fn pid(&self) -> Pid {
        self.pid
    }

    /// The process, which is not watched any more.
    fn take(&self) -> Child {
        let child = self.child.lock().expect("no panic").take();
        child.expect("it is taken once, and was not killed for running too long")
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        kill(&self.child);
    }
}

fn kill(child: &Mutex<Option<Child>>) {
    if let Some(mut child) = child.lock().expect("no panic").take() {
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// What the program did.
pub(crate) struct Run {
    command: String,
    status: ExitStatus,
    hung: bool,
    /// Everything on standard output.
    pub(crate) stdout: Vec<u8>,
    /// Everything on standard error.
    pub(crate) stderr: String,
}

impl Run {
    /// It ended by itself, with this status.
    #[track_caller]
    pub(crate) fn ends_with_status(&self, status: i32) -> &Self {
        assert!(!self.hung, "it did not end, and was killed\n{self}");
        assert_eq!(self.status.code(), Some(status), "another status\n{self}");
        self
    }

    /// Standard output was exactly this.
    #[track_caller]
    pub(crate) fn prints(&self, expected: impl AsRef<[u8]>) -> &Self {
        let expected = expected.as_ref();
        if self.stdout == expected {
            return self;
        }
        let same = (self.stdout.iter().zip(expected)).take_while(|(a, b)| a == b);
        let at = same.count();
        let from = at.saturating_sub(40);
        panic!(
            "standard output has {} bytes instead of {} and differs from byte {at} on:\n\
             expected: …{}\n   found: …{}\n{self}",
            self.stdout.len(),
            expected.len(),
            excerpt(&expected[from.min(expected.len())..], 120),
            excerpt(&self.stdout[from..], 120),
        );
    }

    /// Standard error has this in it.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(
            self.stderr.contains(words),
            "it does not say {words:?}\n{self}"
        );
        self
    }

    /// Standard error does not have this in it.
    #[track_caller]
    pub(crate) fn does_not_say(&self, words: &str) -> &Self {
        assert!(!self.stderr.contains(words), "it says {words:?}\n{self}");
        self
    }

    /// Its last word is one line of error: no panic, no cascade, and no debug output in it.
    #[track_caller]
    pub(crate) fn says_one_error(&self) -> &Self {
        let errors = self.stderr.lines().filter(|line| is_error(line)).count();
        assert_eq!(errors, 1, "not one line of error\n{self}");
        self.does_not_say("panicked").does_not_say("RUST_BACKTRACE")
    }
}

fn is_error(line: &str) -> bool {
    line.starts_with("sockeye: ")
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.command)?;
        writeln!(f, "  {}", self.status)?;
        writeln!(f, "  stdout: {}", excerpt(&self.stdout, 1000))?;
        writeln!(f, "  stderr: {}", excerpt(self.stderr.as_bytes(), 4000))
    }
}

/// The beginning, and how much there is beside it.
fn excerpt(bytes: &[u8], most: usize) -> String {
    let shown = bytes[..bytes.len().min(most)].escape_ascii();
    match bytes.len().saturating_sub(most) {
        0 => shown.to_string().replace("\\n", "\\n\n          "),
        more => format!("{shown}… and {more} bytes more"),
    }
}

/// The most memory that a process had so far, in bytes.
#[cfg(target_os = "linux")]
pub(super) fn peak_memory(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"));
    let status = status.expect("the program still runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    kib.expect("its peak").parse::<u64>().expect("a number") * 1024
}
