//! What the interface and the driver share, under one lock.

mod progress;

use super::established::Established;
use super::event_loop::LoopOwner;
use super::event_queue::EventQueue;
use super::handshake::Handshake;
use super::payload_source::PayloadSource;
use super::ready_state::ReadyState;
use crate::deadline::Deadline;
use crate::protocol::{Batch, CommandError, Endpoint, Statistics, Trace};
use crate::transport::Wake;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Within this time of a write by `send`, the next messages are left to the driver, which writes
/// many at once.
const BURST: Duration = Duration::from_micros(15);

/// An amount of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    /// Payload, in bytes.
    pub(crate) bytes: u64,
    /// Messages: they take memory even when they are empty.
    pub(crate) messages: u64,
}

impl Amount {
    fn is_within(self, limit: Self) -> bool {
        self.bytes <= limit.bytes && self.messages <= limit.messages
    }

    fn of(batch: &Batch) -> Self {
        Self {
            bytes: batch.payload_len(),
            messages: batch.len() as u64,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            bytes: self.bytes + other.bytes,
            messages: self.messages + other.messages,
        }
    }
}

/// Why something was not queued. It comes back.
#[derive(Debug)]
pub(crate) enum SendError<T = Batch> {
    /// The state is not `OPEN`.
    NotOpen(T),
    /// The receiver of the events is gone.
    NoReceiver(T),
    /// More would be unsent than the limit allows.
    Full(T),
}

/// What the interface and the driver share.
pub(super) struct State {
    pub(super) ready_state: ReadyState,
    /// Since when `ready_state` has its value.
    pub(super) since: Instant,
    pub(super) handshake: Option<Arc<Handshake>>,
    /// The code that the first `close()` was called with.
    pub(super) close_code: Option<u16>,
    pub(super) queue: EventQueue,
    /// How many receivers are blocked.
    pub(super) receivers_waiting: usize,
    /// A sender waits until no more than this is unsent.
    pub(super) room_wanted: Option<Amount>,
    /// Somebody waits for the close frame to be written, or for the end.
    pub(super) close_awaited: bool,
    /// Makes the driver's loop call it.
    pub(super) driver_waker: Wake,
    /// Called when there is something to receive.
    pub(super) receiver_waker: Option<Wake>,
    /// Whether a thread was started for the connection.
    pub(super) has_own_thread: bool,
    /// Who runs the event loop of that thread.
    pub(super) loop_owner: LoopOwner,
    /// A blocked receiver was woken for something that has arrived.
    pub(super) has_woken_receiver: bool,
    stage: Stage,
    driver: DriverState,
    answers_pings: bool,
    /// What was given to `send`.
    queued: Amount,
    send_limit: Amount,
    statistics: Statistics,
    unsent: Vec<Batch>,
    trace: Trace,
    /// When `send` last wrote to the socket itself.
    last_direct_write: Option<Instant>,
}

#[derive(Debug)]
enum Stage {
    Connecting {
        /// The connection is not wanted any more.
        is_cancelled: bool,
        /// When the future that connects is to be polled again.
        deadline: Deadline,
    },
    Open(Box<Established>),
    Ended,
}

/// Whether the driver has to be woken for new work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DriverState {
    /// It looks for work before it waits.
    Awake,
    /// It waits until this time.
    Asleep(Deadline),
}

/// Whom a change of the state concerns.
pub(super) struct Wakeups {
    pub(super) driver: Option<Wake>,
    pub(super) senders: bool,
    pub(super) receivers: bool,
    pub(super) own_thread: bool,
    pub(super) receiver_waker: Option<Wake>,
}

impl State {
    pub(super) fn new(trace: Trace, send_limit: Amount, driver_waker: Wake) -> Self {
        Self {
            ready_state: ReadyState::Connecting,
            since: Instant::now(),
            handshake: None,
            close_code: None,
            queue: EventQueue::default(),
            receivers_waiting: 0,
            room_wanted: None,
            close_awaited: false,
            driver_waker,
            receiver_waker: None,
            has_own_thread: false,
            loop_owner: LoopOwner::default(),
            has_woken_receiver: false,
            stage: Stage::Connecting {
                is_cancelled: false,
                // It has not been polled yet.
                deadline: Deadline::at(Instant::now()),
            },
            driver: DriverState::Awake,
            answers_pings: true,
            queued: Amount::default(),
            send_limit,
            statistics: Statistics::default(),
            unsent: Vec::new(),
            trace,
            last_direct_write: None,
        }
    }

    // Getters.

    pub(super) fn statistics(&self) -> Statistics {
        let carried = match &self.stage {
            Stage::Open(open) => open.endpoint.statistics(),
            _ => self.statistics,
        };
        Statistics {
            // What was refused before it reached the endpoint counts, too.
            messages_queued: self.queued.messages,
            ..carried
        }
    }

    /// What was given to `send` and the network has not taken.
    pub(super) fn unsent(&self) -> Amount {
        let sent = self.statistics();
        Amount {
            bytes: self.queued.bytes.saturating_sub(sent.bytes_sent),
            messages: self.queued.messages.saturating_sub(sent.messages_sent),
        }
    }

    pub(super) fn is_unsent_within(&self, limit: Amount) -> bool {
        self.unsent().is_within(limit)
    }

    pub(super) fn answers_pings(&self) -> bool {
        self.answers_pings
    }

    /// Whether what is queued may still reach the network.
    pub(super) fn may_send(&self) -> bool {
        match &self.stage {
            Stage::Connecting { is_cancelled, .. } => !is_cancelled,
            Stage::Open(open) => open.endpoint.may_send(),
            Stage::Ended => false,
        }
    }

    /// Whether our close frame was written, or nothing can be written any more.
    pub(super) fn has_sent_close(&self) -> bool {
        match &self.stage {
            Stage::Connecting { .. } => false,
            Stage::Open(open) => open.endpoint.has_sent_close() || !open.endpoint.may_send(),
            Stage::Ended => true,
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        matches!(self.stage, Stage::Ended)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        matches!(
            self.stage,
            Stage::Connecting {
                is_cancelled: true,
                ..
            }
        )
    }

    // Commands of the interface.

    /// Queues messages.
    pub(super) fn send(&mut self, batch: Batch) -> Result<(), SendError> {
        let amount = Amount::of(&batch);
        let (open, batch) = self.reserve(amount, batch)?;
        // The state is OPEN, which is all that is asked for.
        let _ = open.endpoint.send(batch);
        self.write_directly();
        Ok(())
    }

    /// Queues a message that is read while it is sent.
    pub(super) fn send_source(
        &mut self,
        source: PayloadSource,
    ) -> Result<(), SendError<PayloadSource>> {
        let amount = Amount {
            bytes: source.len(),
            messages: 1,
        };
        let (open, source) = self.reserve(amount, source)?;
        open.send_source(source);
        self.write_directly();
        Ok(())
    }

    /// Counts what is going to be queued, if it may be.
    fn reserve<T>(
        &mut self,
        amount: Amount,
        data: T,
    ) -> Result<(&mut Established, T), SendError<T>> {
        let unsent = self.unsent();
        let Stage::Open(open) = &mut self.stage else {
            return Err(SendError::NotOpen(data));
        };
        if self.ready_state != ReadyState::Open {
            return Err(SendError::NotOpen(data));
        }
        if self.queue.is_closed() {
            return Err(SendError::NoReceiver(data));
        }
        // With nothing queued, anything is taken: its memory is the caller's choice.
        if unsent != Amount::default() && !unsent.plus(amount).is_within(self.send_limit) {
            return Err(SendError::Full(data));
        }
        self.queued = self.queued.plus(amount);
        Ok((open, data))
    }

    /// Counts messages that `send` refused because the state is `CLOSING` or `CLOSED`.
    pub(super) fn count(&mut self, batch: &Batch) {
        self.queued = self.queued.plus(Amount::of(batch));
    }

    pub(super) fn ping(&mut self, payload: &[u8], now: Instant) {
        self.send_control(now, |endpoint| endpoint.ping(now, payload));
    }

    pub(super) fn pong(&mut self, payload: &[u8], now: Instant) {
        self.send_control(now, |endpoint| endpoint.pong(payload));
    }

    /// Queues a control frame. If so many wait that there is no room, some are written first.
    fn send_control(
        &mut self,
        now: Instant,
        queue: impl Fn(&mut Endpoint) -> Result<(), CommandError>,
    ) {
        self.operate(|open, events| {
            if queue(&mut open.endpoint).is_err() {
                open.write(now, events);
                let _ = queue(&mut open.endpoint);
            }
        });
        self.write_directly();
    }

    pub(super) fn set_answers_pings(&mut self, answers: bool) {
        self.answers_pings = answers;
        if let Stage::Open(open) = &mut self.stage {
            open.endpoint.set_pongs(answers);
        }
    }

    /// Starts the close handshake, or ends connecting.
    pub(super) fn close(&mut self, code: Option<u16>, reason: &str, now: Instant) {
        match &mut self.stage {
            Stage::Connecting { is_cancelled, .. } => {
                *is_cancelled = true;
                self.set_ready_state(ReadyState::Closing);
            }
            Stage::Open(open) => {
                if self.ready_state == ReadyState::Open {
                    self.close_code = code;
                }
                // Code and reason have been checked.
                let _ = open.endpoint.close(now, code, reason);
                self.operate(|_, _| {});
                self.last_direct_write = None;
                self.write_directly();
            }
            Stage::Ended => {}
        }
    }

    /// Ends connecting, or drops the connection.
    pub(super) fn abort(&mut self, now: Instant) {
        match &mut self.stage {
            Stage::Connecting { is_cancelled, .. } => *is_cancelled = true,
            Stage::Open(_) => self.operate(|open, _| open.endpoint.abort(now)),
            Stage::Ended => {}
        }
    }

    /// After the end: the messages that the network has not taken.
    pub(super) fn take_unsent(&mut self) -> Vec<Batch> {
        std::mem::take(&mut self.unsent)
    }

    /// Writes what was just queued while the driver sleeps, or nobody runs it. It would have to be
    /// woken otherwise, which takes longer than the write. Many calls in a row are a burst: then
    /// the driver is woken and writes many messages at once.
    fn write_directly(&mut self) {
        let is_idle = self.loop_owner.is_idle();
        if !is_idle && !matches!(self.driver, DriverState::Asleep(_)) {
            return;
        }
        let now = Instant::now();
        let is_burst = self
            .last_direct_write
            .is_some_and(|last| now.saturating_duration_since(last) < BURST);
        if is_burst {
            self.loop_owner.want_own_thread();
        } else {
            self.last_direct_write = Some(now);
            self.write(now);
        }
    }
}
