//! The signals that end the program.
//!
//! The first one closes the connection, which may take a moment; the second ends the program at
//! once. A signal that was ignored when the program started stays ignored: that is how `nohup` and
//! the `&` of a script ask a program to outlive them.

use crate::exit_status::ExitStatus;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;
use std::time::{Duration, Instant};

/// How long the program may take to end after the first signal: within a second it has ended.
const ENDING: Duration = Duration::from_millis(950);

/// The same signal again within this time is one request: `timeout` sends each signal twice, to
/// the process and to its group.
pub(crate) const REPEATED: Duration = Duration::from_millis(100);

/// A signal that ends the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndSignal {
    /// The terminal has gone.
    HangUp,
    /// Ctrl-C.
    Interrupt,
    /// Somebody wants the program to end.
    Terminate,
}

impl EndSignal {
    const ALL: [Self; 3] = [Self::HangUp, Self::Interrupt, Self::Terminate];

    /// Its number.
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::HangUp => SIGHUP,
            Self::Interrupt => SIGINT,
            Self::Terminate => SIGTERM,
        }
    }

    /// The one with this number.
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|signal| signal.number() == number)
    }
}

/// The numbers of those that were not ignored when the program started: no handler is to be
/// installed for any other.
pub(crate) fn heeded() -> Vec<i32> {
    let ignored = ignored_signals();
    EndSignal::ALL
        .map(EndSignal::number)
        .into_iter()
        .filter(|number| ignored & (1 << (number - 1)) == 0)
        .collect()
}

/// The ignored signals, one bit each, the lowest for signal 1.
#[cfg(target_os = "linux")]
fn ignored_signals() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Other systems tell only through `sigaction`, which no crate wraps in a safe function.
#[cfg(not(target_os = "linux"))]
fn ignored_signals() -> u64 {
    0
}

/// Becomes readable when the first signal has come. Each further one ends the program at once,
/// whatever it is doing.
#[derive(Debug)]
pub(crate) struct EndSignals(PipeReader);

impl EndSignals {
    /// Catches them from now on.
    pub(crate) fn catch() -> io::Result<Self> {
        let mut signals = Signals::new(heeded())?;
        let (reader, mut writer) = io::pipe()?;
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let mut coming = signals.forever().filter_map(EndSignal::from_number);
                if let Some(first) = coming.next() {
                    // The reader is there for as long as the program.
                    _ = writer.write_all(&[first.number() as u8]);
                    end_soon(first);
                    end_at_second(first, coming);
                }
            })?;
        Ok(Self(reader))
    }

    /// The signal that has come; waits for it.
    pub(crate) fn read(&mut self) -> io::Result<EndSignal> {
        let mut number = [0];
        self.0.read_exact(&mut number)?;
        EndSignal::from_number(number[0].into()).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// For a test, which sends no signal to its own process: they are what is written to a pipe.
    #[cfg(test)]
    pub(crate) fn from_pipe(reader: PipeReader) -> Self {
        Self(reader)
    }
}

impl AsFd for EndSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Ends the program even where the thread that would end it waits for something.
fn end_soon(signal: EndSignal) {
    thread::spawn(move || {
        thread::sleep(ENDING);
        exit(signal)
    });
}

fn end_at_second(first: EndSignal, coming: impl Iterator<Item = EndSignal>) {
    let began = Instant::now();
    for signal in coming {
        if signal != first || began.elapsed() > REPEATED {
            exit(signal);
        }
    }
}

/// Ends the program. Nothing that others hold, not the lock of a stream either, delays this.
pub(crate) fn exit(signal: EndSignal) -> ! {
    ExitStatus::of_signal(signal).exit_at_once()
}
