//! What may end a conversation from outside: a signal, and a reader of standard output that goes.

use super::speaker::poll_through_signals;
use crate::signals::{EndSignal, EndSignals};
use rustix::event::{PollFd, PollFlags, Timespec};
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::time::Duration;

/// What was seen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The conversation is over.
    Done,
    /// Nothing, for as long as was waited.
    Pause,
    /// A signal.
    Interrupted(EndSignal),
    /// Nobody reads standard output any more.
    OutputGone,
    /// The run has taken as long as it may (`--max-time`).
    MaxTime,
    /// The server takes nothing of what is to be sent (`--send-timeout`).
    Stalled,
}

/// Watches while others work.
#[derive(Debug)]
pub(crate) struct Watch {
    done: PipeReader,
    done_signal: Option<PipeWriter>,
    signals: EndSignals,
    watch_output: bool,
}

impl Watch {
    /// Catches signals from now on.
    pub(crate) fn new() -> io::Result<Self> {
        EndSignals::catch().and_then(Self::over)
    }

    fn over(signals: EndSignals) -> io::Result<Self> {
        let (done, done_signal) = io::pipe()?;
        Ok(Self {
            done,
            done_signal: Some(done_signal),
            signals,
            watch_output: true,
        })
    }

    /// What to drop when the conversation is over.
    pub(crate) fn done_signal(&mut self) -> io::Result<PipeWriter> {
        self.done_signal
            .take()
            .ok_or_else(|| io::Error::other("the conversation has begun already"))
    }

    /// Waits for the first thing worth seeing, at most for `timeout`. A reader that has gone is
    /// reported once.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>) -> io::Result<Seen> {
        let at_most = timeout.and_then(|time| Timespec::try_from(time).ok());
        let stdout = io::stdout();
        let mut fds = vec![
            PollFd::new(&self.done, PollFlags::IN),
            PollFd::new(&self.signals, PollFlags::IN),
        ];
        if self.watch_output {
            // Asking for nothing still tells of errors.
            fds.push(PollFd::from_borrowed_fd(stdout.as_fd(), PollFlags::empty()));
        }
        poll_through_signals(&mut fds, at_most.as_ref())?;
        let seen: Vec<PollFlags> = fds.iter().map(PollFd::revents).collect();
        if !seen[0].is_empty() {
            return Ok(Seen::Done);
        }
        if !seen[1].is_empty() {
            return Ok(Seen::Interrupted(self.signals.read()?));
        }
        match seen.get(2) {
            Some(output) if output.intersects(PollFlags::ERR | PollFlags::HUP) => {
                self.watch_output = false;
                Ok(Seen::OutputGone)
            }
            // A descriptor that cannot be watched would be reported for ever.
            Some(output) if !output.is_empty() => {
                self.watch_output = false;
                self.wait(timeout)
            }
            _ => Ok(Seen::Pause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// A watch, and where to write the numbers of signals.
    fn watch() -> (Watch, PipeWriter) {
        let (signals, raise) = io::pipe().expect("a pipe");
        let mut watch = Watch::over(EndSignals::from_pipe(signals)).expect("pipes");
        watch.watch_output = false;
        (watch, raise)
    }

    #[test]
    fn the_end_is_seen() {
        let (mut watch, _raise) = watch();
        drop(watch.done_signal().expect("the first time"));
        assert_eq!(watch.wait(None).expect("polled"), Seen::Done);
    }

    #[test]
    fn the_end_of_the_time_is_not_the_end() {
        let (mut watch, _raise) = watch();
        let _running = watch.done_signal().expect("the first time");
        let seen = watch.wait(Some(Duration::ZERO)).expect("polled");
        assert_eq!(seen, Seen::Pause);
    }

    #[test]
    fn a_signal_is_seen_before_the_end_of_the_time_and_told_by_its_number() {
        let (mut watch, mut raise) = watch();
        let _running = watch.done_signal().expect("the first time");
        raise.write_all(&[15]).expect("room for a byte");
        let seen = watch.wait(None).expect("polled");
        assert_eq!(seen, Seen::Interrupted(EndSignal::Terminate));
    }
}
