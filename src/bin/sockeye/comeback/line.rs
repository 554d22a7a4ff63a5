//! The connection that is talked over now; when it is lost, another may take its place.

use crate::output::size::{Bytes, plural};
use crate::session::{CloseArguments, Connector};
use sockeye::protocol::Batch;
use sockeye::{Exception, WebSocket};
use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far the present connection has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is being made, or there is a wait before it.
    Down,
    Open,
    /// It was the last.
    Over,
}

/// Shared by who listens, who speaks and who ends it all.
#[derive(Debug)]
pub(crate) struct Line {
    state: Mutex<State>,
    changed: Condvar,
    /// What [`Line::leave`] closes with.
    close: CloseArguments,
}

#[derive(Debug)]
struct State {
    socket: WebSocket,
    stage: Stage,
    /// How many connections have been opened so far.
    opened: u64,
    /// Nobody wants another connection.
    leaving: bool,
    /// What goes first over each connection.
    first: Vec<Batch>,
    /// What the connection before could not send.
    carried: Vec<Batch>,
    /// Whether there may be another connection.
    may_follow: bool,
}

/// An open connection, and which one it is.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    /// To speak with.
    pub(crate) socket: WebSocket,
    /// Counts connections, from 1.
    pub(crate) number: u64,
}

/// How much one connection leaves to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Carried {
    messages: u64,
    bytes: u64,
}

impl Carried {
    /// How much that is; none if it is nothing.
    pub(crate) fn of(batches: &[Batch]) -> Option<Self> {
        let messages = batches.iter().map(|batch| batch.len() as u64).sum();
        let bytes = batches.iter().map(Batch::payload_len).sum();
        (messages > 0).then_some(Self { messages, bytes })
    }

    /// How many messages.
    pub(crate) fn messages(self) -> u64 {
        self.messages
    }

    /// Their payload.
    pub(crate) fn bytes(self) -> u64 {
        self.bytes
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = Bytes(self.bytes);
        let (verb, them) = if self.messages == 1 {
            ("was", "it")
        } else {
            ("were", "them")
        };
        let (count, messages) = (self.messages, plural(self.messages, "message"));
        write!(
            f,
            "{count} {messages} ({bytes}) {verb} not sent; sending {them} now"
        )
    }
}

/// What a lost connection leaves to the next: everything unsent but the messages that go first
/// over each connection anyway.
pub(crate) fn left_over(lost: &WebSocket, first: &[Batch]) -> Vec<Batch> {
    let mut unsent = lost.take_unsent();
    let first: u64 = first.iter().map(|batch| batch.len() as u64).sum();
    let mut again = first.saturating_sub(lost.statistics().messages_sent);
    for batch in &mut unsent {
        let skipped = again.min(batch.len() as u64);
        // No more than the length of a batch.
        batch.skip(usize::try_from(skipped).unwrap_or(usize::MAX));
        again -= skipped;
    }
    unsent.retain(|batch| !batch.is_empty());
    unsent
}

impl Line {
    /// Begins with a connection that is being made. `first` goes first over each connection.
    pub(crate) fn new(connector: &Connector, socket: WebSocket, first: Vec<Batch>) -> Self {
        Self {
            close: connector.close.clone(),
            state: Mutex::new(State {
                socket,
                stage: Stage::Down,
                opened: 0,
                leaving: false,
                first,
                carried: Vec::new(),
                may_follow: connector.comeback.reconnect.is_some(),
            }),
            changed: Condvar::new(),
        }
    }

    /// The present connection, in whatever state.
    pub(crate) fn socket(&self) -> WebSocket {
        self.lock().socket.clone()
    }

    /// Whether somebody has asked for the end.
    pub(crate) fn is_leaving(&self) -> bool {
        self.lock().leaving
    }

    /// After the end: how many messages were queued and not sent.
    pub(crate) fn unsent(&self) -> u64 {
        let state = self.lock();
        let carried: u64 = state.carried.iter().map(|batch| batch.len() as u64).sum();
        let numbers = state.socket.statistics();
        let queued = numbers.messages_queued;
        carried + queued.saturating_sub(numbers.messages_sent)
    }

    /// Closes; there will be no other connection.
    pub(crate) fn close(&self, code: Option<u16>, reason: &str) -> Result<(), Exception> {
        let mut state = self.lock();
        state.socket.close(code, reason)?;
        state.leaving = true;
        self.changed.notify_all();
        Ok(())
    }

    /// The end of everything that was to be done: [`Line::close`] as the user wants it.
    pub(crate) fn leave(&self) {
        let CloseArguments { code, reason } = &self.close;
        // The command line has refused what this would refuse.
        _ = self.close(Some(*code), reason);
    }

    /// The end before that: [`Line::close`] with 1000.
    pub(crate) fn leave_early(&self) {
        // Refused only for arguments that these are not.
        _ = self.close(Some(1000), "");
    }

    // For who speaks.

    /// The first connection opened after connection `number`; waits for it. None when there will
    /// be none.
    pub(crate) fn opened_after(&self, number: u64) -> Option<Opened> {
        self.await_opened(number, |_| false)
    }

    fn await_opened(&self, number: u64, gives_up: impl Fn(&State) -> bool) -> Option<Opened> {
        let mut state = self.lock();
        loop {
            match state.stage {
                Stage::Over => return None,
                _ if gives_up(&state) => return None,
                Stage::Open if state.opened > number => {
                    return Some(Opened {
                        socket: state.socket.clone(),
                        number: state.opened,
                    });
                }
                _ => state = wait(&self.changed, state),
            }
        }
    }

    /// [`Line::opened_after`] for who only wants to get rid of what is queued: none, too, when the
    /// connection is lost and has left nothing. `more`: the caller has something for the next.
    pub(crate) fn opened_for_rest(&self, number: u64, more: bool) -> Option<Opened> {
        self.await_opened(number, |state| {
            let is_lost = state.opened > 0 && state.stage == Stage::Down;
            is_lost && state.carried.is_empty() && !more
        })
    }

    /// Whether this connection is the present one, and has not been lost as far as is known.
    pub(crate) fn is_open(&self, number: u64) -> bool {
        let state = self.lock();
        state.stage == Stage::Open && state.opened == number
    }

    // For who listens.

    /// The present connection is open: queues what goes first, then what the one before left.
    /// Tells how much that was.
    pub(crate) fn opened(&self) -> Option<Carried> {
        let mut state = self.lock();
        let first = if state.may_follow {
            state.first.clone()
        } else {
            std::mem::take(&mut state.first)
        };
        let carried = std::mem::take(&mut state.carried);
        let told = Carried::of(&carried);
        for batch in first.into_iter().chain(carried) {
            // Refused when somebody has asked for the end meanwhile.
            if let Err(batch) = state.socket.offer_batch(batch) {
                state.carried.push(batch);
            }
        }
        state.opened += 1;
        state.stage = Stage::Open;
        self.changed.notify_all();
        told
    }

    /// The present connection is lost, and another is to follow.
    pub(crate) fn lost(&self) {
        let mut state = self.lock();
        if state.stage == Stage::Open {
            state.stage = Stage::Down;
            state.carried = left_over(&state.socket, &state.first);
            self.changed.notify_all();
        }
    }

    /// Waits so long; false as soon as somebody asks for the end.
    pub(crate) fn pause(&self, time: Duration) -> bool {
        // Later than the clock can tell is for ever.
        let deadline = Instant::now().checked_add(time);
        let mut state = self.lock();
        while !state.leaving {
            let Some(deadline) = deadline else {
                state = wait(&self.changed, state);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    /// The next connection is being made; false when somebody has asked for the end.
    pub(crate) fn replace(&self, socket: WebSocket) -> bool {
        let mut state = self.lock();
        if !state.leaving {
            state.socket = socket;
        }
        !state.leaving
    }

    /// After the end of the last connection: nothing is queued any more. Tells how much was
    /// queued and not sent.
    pub(crate) fn give_up(&self) -> Option<Carried> {
        let mut state = self.lock();
        let mut unsent = std::mem::take(&mut state.carried);
        unsent.extend(left_over(&state.socket, &state.first));
        state.stage = Stage::Over;
        self.changed.notify_all();
        Carried::of(&unsent)
    }

    /// There will be no other connection.
    pub(crate) fn over(&self) {
        self.lock().stage = Stage::Over;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wait<'g>(changed: &Condvar, state: MutexGuard<'g, State>) -> MutexGuard<'g, State> {
    changed.wait(state).unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_over_is_told_with_number_and_size() {
        let told = |texts: &[&str]| {
            let batches: Vec<Batch> = texts
                .iter()
                .map(|text| Batch::one_text((*text).to_owned()))
                .collect();
            Carried::of(&batches).map(|carried| carried.to_string())
        };
        assert_eq!(told(&[]), None);
        let one = "1 message (0 B) was not sent; sending it now";
        assert_eq!(told(&[""]).as_deref(), Some(one));
        let two = "2 messages (4 B) were not sent; sending them now";
        assert_eq!(told(&["abc", "d"]).as_deref(), Some(two));
    }
}
