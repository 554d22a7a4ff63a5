//! Waits that end: for a message from another thread, for a thread, for a process.
//!
//! A wait without a bound turns a failing test into one that hangs. These end at [`PATIENCE`] and
//! then fail the test.

use super::PATIENCE;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// A channel whose receiver waits no longer than [`PATIENCE`].
pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel();
    (sender, Receiver(receiver))
}

/// The receiving end of [`channel`].
pub(crate) struct Receiver<T>(mpsc::Receiver<T>);

impl<T> Receiver<T> {
    /// The next value. Fails the test if none comes.
    #[track_caller]
    pub(crate) fn recv(&self) -> T {
        match self.0.recv_timeout(PATIENCE) {
            Ok(value) => value,
            Err(RecvTimeoutError::Timeout) => panic!("nothing came within {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => panic!("the sender is gone"),
        }
    }

    /// Waits until every sender is gone. Fails the test if one stays.
    #[track_caller]
    pub(crate) fn wait_for_senders_to_end(&self) {
        loop {
            match self.0.recv_timeout(PATIENCE) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => panic!("a sender stays for {PATIENCE:?}"),
            }
        }
    }

    /// The next value, if it comes within this time.
    pub(crate) fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.0.recv_timeout(timeout)
    }
}

/// A thread of a test.
pub(crate) struct Task<T> {
    result: mpsc::Receiver<thread::Result<T>>,
}

impl<T: Send + 'static> Task<T> {
    /// Starts it.
    pub(crate) fn spawn(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let (sender, result) = mpsc::channel();
        let name = thread::current().name().map(str::to_owned);
        let mut thread = thread::Builder::new();
        if let Some(name) = name {
            thread = thread.name(name);
        }
        let work = move || {
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
            // Nobody asks for it when the test has failed.
            let _ = sender.send(result);
        };
        thread.spawn(work).expect("a thread");
        Self { result }
    }

    /// Waits for its end. Its panic, or an end that does not come, fails the test.
    #[track_caller]
    pub(crate) fn finish(self) -> T {
        match self.result() {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// Waits for its end and gives its panic back.
    #[track_caller]
    pub(crate) fn result(self) -> thread::Result<T> {
        let result = self.result.recv_timeout(PATIENCE);
        result.unwrap_or_else(|_| panic!("a thread of the test did not end within {PATIENCE:?}"))
    }
}

/// Waits for the end of a process and kills it when that takes too long. Tells whether it did.
pub(crate) fn wait_or_kill(child: &mut Child, patience: Duration) -> (ExitStatus, bool) {
    let hung = !ends_within(Pid::from_child(child), patience);
    if hung {
        let _ = child.kill();
    }
    (child.wait().expect("a child of ours"), hung)
}

/// Whether a child process ends in this time. It is not reaped: its number stays ours.
pub(crate) fn ends_within(pid: Pid, patience: Duration) -> bool {
    let (ended, end) = mpsc::channel();
    thread::spawn(move || {
        let ends = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), ends));
        let _ = ended.send(());
    });
    end.recv_timeout(patience).is_ok()
}

/// Runs a command without input. None if it cannot be started.
#[track_caller]
pub(crate) fn output_of(command: &mut Command) -> Option<Output> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let stdout = child.stdout.take().map(super::program::read_to_end);
    let stderr = child.stderr.take().map(super::program::read_to_end);
    let (status, hung) = wait_or_kill(&mut child, PATIENCE);
    assert!(!hung, "{command:?} did not end, and was killed");
    Some(Output {
        status,
        stdout: stdout.map(Task::finish).unwrap_or_default(),
        stderr: stderr.map(Task::finish).unwrap_or_default(),
    })
}
