//! What may end a conversation from outside: Ctrl-C, and a reader of standard output that goes.

use super::speaker::poll_through_signals;
use rustix::event::{PollFd, PollFlags, Timespec};
use signal_hook::consts::SIGINT;
use signal_hook::low_level::pipe;
use std::io::{self, PipeReader, PipeWriter, Read};
use std::os::fd::AsFd;
use std::time::Duration;

/// What was seen first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The conversation is over.
    Done,
    /// Nothing, for as long as was waited.
    TimeUp,
    /// Ctrl-C.
    Interrupted,
    /// Nobody reads standard output any more.
    OutputGone,
}

/// Watches while others work.
#[derive(Debug)]
pub(crate) struct Watch {
    done: PipeReader,
    done_signal: Option<PipeWriter>,
    interrupts: PipeReader,
    watch_output: bool,
}

impl Watch {
    pub(crate) fn new() -> io::Result<Self> {
        let (done, done_signal) = io::pipe()?;
        let (interrupts, interrupt) = io::pipe()?;
        pipe::register(SIGINT, interrupt)?;
        Ok(Self {
            done,
            done_signal: Some(done_signal),
            interrupts,
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
            PollFd::new(&self.interrupts, PollFlags::IN),
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
            self.interrupts.read_exact(&mut [0])?;
            return Ok(Seen::Interrupted);
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
            _ => Ok(Seen::TimeUp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_seen() {
        let mut watch = Watch::new().expect("pipes");
        watch.watch_output = false;
        drop(watch.done_signal().expect("the first time"));
        assert_eq!(watch.wait(None).expect("polled"), Seen::Done);
    }

    #[test]
    fn the_end_of_the_time_is_not_the_end() {
        let mut watch = Watch::new().expect("pipes");
        watch.watch_output = false;
        let _running = watch.done_signal().expect("the first time");
        let seen = watch.wait(Some(Duration::ZERO)).expect("polled");
        assert_eq!(seen, Seen::TimeUp);
    }

    #[test]
    fn an_interrupt_is_seen_before_the_end_of_the_time() {
        let mut watch = Watch::new().expect("pipes");
        watch.watch_output = false;
        let _running = watch.done_signal().expect("the first time");
        signal_hook::low_level::raise(SIGINT).expect("raised");
        assert_eq!(watch.wait(None).expect("polled"), Seen::Interrupted);
    }
}
