//! Standard input, read block by block and sent.

use super::Framing;
use super::cutter::{Block, Cutter, LONGEST, TooLong};
use crate::failure::{Failure, Unsent};
use crate::output::size::Bytes;
use crate::transfer::{Said, Speaker};
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use sockeye::io_reason;
use sockeye::protocol::Batch;
use std::io;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

/// How long the rest of the input is counted after the connection has ended.
const COUNTING: Duration = Duration::from_secs(1);
/// No time at all.
const AT_ONCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};
/// How long counting waits for the one who writes our input to go on.
const SOON: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// The input on its way out.
pub(super) struct Input<'a> {
    speaker: &'a Speaker,
    source: BorrowedFd<'a>,
    framing: Framing,
    cutter: Cutter,
    /// Messages before the ones in hand, for a line number.
    count: u64,
}

/// What reading brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Read {
    Some,
    /// Nothing yet, and what came before need not wait for it.
    Pause,
    End,
    /// Nobody listens any more; the input was not asked.
    Stopped,
}

impl<'a> Input<'a> {
    pub(super) fn new(speaker: &'a Speaker, source: BorrowedFd<'a>, framing: Framing) -> Self {
        Self {
            speaker,
            source,
            framing,
            cutter: Cutter::new(framing),
            count: 0,
        }
    }

    /// Sends all of it, however slow the network.
    pub(super) fn send_all(mut self) -> Said {
        loop {
            let read = self.read().map_err(|error| unreadable(&error))?;
            let block = match read {
                Read::Stopped => return self.count_rest(0),
                Read::Some => self.cutter.cut().map_err(|TooLong| self.too_long())?,
                Read::Pause | Read::End => self.cutter.finish(),
            };
            let refused = block.map_or(Ok(0), |block| self.send(block))?;
            match read {
                Read::End => {
                    return Ok(Unsent {
                        messages: refused,
                        more: false,
                    });
                }
                _ if refused > 0 => return self.count_rest(refused),
                _ => {}
            }
        }
    }

    /// Counts what is left, as far as it comes without waiting long; `messages` are known of.
    fn count_rest(mut self, mut messages: u64) -> Said {
        let until = Instant::now() + COUNTING;
        while Instant::now() < until {
            // With nothing lost so far, an idle input is no reason to wait.
            let patience = if messages > 0 { SOON } else { AT_ONCE };
            if !self.is_readable(patience) {
                let more = messages > 0;
                return Ok(Unsent { messages, more });
            }
            let read = self.fill().map_err(|error| unreadable(&error))?;
            let block = match read {
                Read::End => self.cutter.finish(),
                // What is too long to be sent is not sent either.
                _ => self.cutter.cut().unwrap_or(None),
            };
            messages += block.map_or(0, |block| block.messages.len() as u64);
            if read == Read::End {
                let more = false;
                return Ok(Unsent { messages, more });
            }
        }
        let more = true;
        Ok(Unsent { messages, more })
    }

    /// Reads once, as soon as there is something.
    fn read(&mut self) -> io::Result<Read> {
        if self.cutter.has_part() && !self.is_readable(AT_ONCE) {
            Ok(Read::Pause)
        } else if self.speaker.wait_for_input(self.source)? {
            self.fill()
        } else {
            Ok(Read::Stopped)
        }
    }

    fn fill(&mut self) -> io::Result<Read> {
        match rustix::io::read(self.source, spare_capacity(self.cutter.room())) {
            Ok(0) => Ok(Read::End),
            // Another reader of the same input was faster, or a signal came: ask again.
            Ok(_) | Err(Errno::AGAIN | Errno::INTR) => Ok(Read::Some),
            Err(error) => Err(error.into()),
        }
    }

    fn is_readable(&self, patience: Timespec) -> bool {
        let mut fds = [PollFd::from_borrowed_fd(self.source, PollFlags::IN)];
        poll(&mut fds, Some(&patience)).is_ok_and(|ready| ready > 0)
    }

    /// Queues a block; tells how many of its messages were refused.
    fn send(&mut self, block: Block) -> Result<u64, Failure> {
        let count = block.messages.len() as u64;
        let (batch, trouble) = match self.framing {
            Framing::Chunks { .. } | Framing::WholeBinary => {
                (Batch::binary(block.data, block.messages), Ok(()))
            }
            Framing::Separated(_) | Framing::WholeText => self.text(block),
        };
        match self.speaker.send(batch) {
            Err(refused) => return Ok(refused.messages),
            Ok(()) => self.count += count,
        }
        trouble.map(|()| 0)
    }

    /// The block up to the first message that is not text, and the error about that one.
    fn text(&self, block: Block) -> (Batch, Result<(), Failure>) {
        match Batch::text(block.data, block.messages) {
            Ok(batch) => (batch, Ok(())),
            Err(bad) => {
                let trouble = Err(self.not_text(bad.message, bad.offset));
                (bad.before(), trouble)
            }
        }
    }

    fn not_text(&self, index: usize, offset: usize) -> Failure {
        let place = match self.framing {
            Framing::WholeText => "standard input".to_owned(),
            Framing::Separated(b'\n') => format!("line {}", self.count + index as u64 + 1),
            _ => format!("message {}", self.count + index as u64 + 1),
        };
        Failure::Input(format!(
            "SyntaxError: {place} is not valid UTF-8 at byte {offset}; --binary sends any bytes"
        ))
    }

    fn too_long(&self) -> Failure {
        Failure::Input(format!(
            "message {} of standard input is longer than {}, the most that fits into one; \
             --binary sends any length in pieces",
            self.count + 1,
            Bytes(LONGEST as u64)
        ))
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::Input(format!("cannot read standard input: {}", io_reason(error)))
}
