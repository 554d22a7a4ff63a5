//! The interface's two ends of a connection: one to send with, one to receive with.

use super::event_queue::Delivery;
use super::handshake::Handshake;
use super::payload_source::PayloadSource;
use super::ready_state::ReadyState;
use super::shared::Shared;
use super::state::{Amount, SendError, State};
use crate::deadline::Deadline;
use crate::protocol::{Batch, EventBuffer, Statistics};
use crate::transport::Wake;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// When the close frame is written and the last handle is dropped, the server's answer is awaited
/// for this long: an operating system that closes a socket with unread input resets the
/// connection, which can destroy what is still on its way to the peer.
const ANSWER_WAIT: Duration = Duration::from_secs(1);

/// Held by both ends. When the last one is gone, the connection is closed (WHATWG WebSockets §7:
/// an object that is garbage while open starts the closing handshake).
#[derive(Debug)]
struct HandleGuard {
    shared: Arc<Shared>,
    close_timeout: Duration,
}

impl Drop for HandleGuard {
    /// On a thread of its own, the connection ends in the background, but not before everything
    /// is written: the program may end next.
    fn drop(&mut self) {
        let now = Instant::now();
        let may_wait = self.shared.with(|state| {
            match state.ready_state {
                ReadyState::Connecting => state.abort(now),
                ReadyState::Open => state.close(None, "", now),
                ReadyState::Closing | ReadyState::Closed => {}
            }
            state.has_own_thread && !state.loop_owner.is_current()
        });
        if may_wait {
            let deadline = Deadline::after(now, self.close_timeout);
            self.shared
                .wait_for_close(deadline, |state| state.has_sent_close());
            let answered = Deadline::after(Instant::now(), ANSWER_WAIT);
            self.shared
                .wait_for_close(deadline.earlier(answered), |state| state.has_ended());
        }
    }
}

/// Makes the two ends.
pub(super) fn ends(shared: &Arc<Shared>, close_timeout: Duration) -> (Handle, EventReceiver) {
    let guard = Arc::new(HandleGuard {
        shared: Arc::clone(shared),
        close_timeout,
    });
    let handle = Handle {
        shared: Arc::clone(shared),
        guard,
    };
    let receiver = EventReceiver {
        shared: Arc::clone(shared),
    };
    (handle, receiver)
}

/// The end to send with.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
    #[expect(dead_code, reason = "its drop counts")]
    guard: Arc<HandleGuard>,
}

impl Handle {
    /// Queues messages, or gives them back.
    pub(crate) fn send(&self, batch: Batch) -> Result<(), SendError> {
        self.shared.with(|state| state.send(batch))
    }

    /// Queues a message that is read while it is sent, or gives it back.
    pub(crate) fn send_source(
        &self,
        source: PayloadSource,
    ) -> Result<(), SendError<PayloadSource>> {
        self.shared.with(|state| state.send_source(source))
    }

    /// Counts messages that came too late to be sent.
    pub(crate) fn count(&self, batch: &Batch) {
        self.shared.with(|state| state.count(batch));
    }

    /// Queues a ping of at most 125 bytes.
    pub(crate) fn ping(&self, payload: &[u8]) {
        let now = Instant::now();
        self.shared.with(|state| state.ping(payload, now));
    }

    /// Queues an unsolicited pong of at most 125 bytes.
    pub(crate) fn pong(&self, payload: &[u8]) {
        let now = Instant::now();
        self.shared.with(|state| state.pong(payload, now));
    }

    pub(crate) fn answers_pings(&self) -> bool {
        self.shared.read(|state| state.answers_pings())
    }

    pub(crate) fn set_answers_pings(&self, answers: bool) {
        self.shared.with(|state| state.set_answers_pings(answers));
    }

    /// Starts the close handshake, or ends connecting. Code and reason have been checked.
    pub(crate) fn close(&self, code: Option<u16>, reason: &str) {
        let now = Instant::now();
        self.shared.with(|state| state.close(code, reason, now));
    }

    /// Ends connecting, or drops the connection.
    pub(crate) fn abort(&self) {
        let now = Instant::now();
        self.shared.with(|state| state.abort(now));
    }

    /// After the end: everything that was queued and that the network has not taken whole.
    pub(crate) fn take_unsent(&self) -> Vec<Batch> {
        self.shared.with(|state| state.take_unsent())
    }

    pub(crate) fn ready_state(&self) -> ReadyState {
        self.shared.read(|state| state.ready_state)
    }

    /// How long the state has not changed.
    pub(crate) fn state_age(&self) -> Duration {
        self.shared.read(|state| state.since.elapsed())
    }

    pub(crate) fn handshake(&self) -> Option<Arc<Handshake>> {
        self.shared.read(|state| state.handshake.clone())
    }

    /// The code of the first `close()` while open.
    pub(crate) fn close_code(&self) -> Option<u16> {
        self.shared.read(|state| state.close_code)
    }

    /// Payload bytes queued and not yet handed to the network.
    pub(crate) fn buffered_amount(&self) -> u64 {
        self.shared.read(|state| state.unsent().bytes)
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.shared.read(|state| state.statistics())
    }

    /// Waits until no more than `limit` is unsent; false if that will not be, or not in time.
    pub(crate) fn wait_until_sent(&self, limit: Amount, deadline: Deadline) -> bool {
        self.shared.wait_until_sent(limit, deadline)
    }

    /// Waits for the end of the connection; false if it does not come in time.
    pub(crate) fn wait_for_end(&self, deadline: Deadline) -> bool {
        self.shared
            .wait_for_close(deadline, |state| state.has_ended())
    }
}

/// The end to receive with.
#[derive(Debug)]
pub(crate) struct EventReceiver {
    shared: Arc<Shared>,
}

impl EventReceiver {
    /// The next delivery, and `Some(None)` once nothing more will come; `None` when nothing comes
    /// before `deadline`. `done` is an inbox whose events are all handed out, for its memory.
    pub(crate) fn receive(
        &self,
        deadline: Deadline,
        done: &mut EventBuffer,
    ) -> Option<Option<Delivery>> {
        self.shared.receive(deadline, |state| take(state, done))
    }

    /// As [`EventReceiver::receive`], without waiting.
    pub(crate) fn try_receive(&self, done: &mut EventBuffer) -> Option<Option<Delivery>> {
        self.shared.with(|state| take(state, done))
    }

    /// Waits until [`EventReceiver::receive`] would not.
    pub(crate) fn wait(&self) {
        let is_ready = |state: &mut State| state.queue.is_ready().then_some(());
        self.shared.receive(Deadline::NEVER, is_ready);
    }

    /// Has `wake` called each time there may be something to receive, and once now.
    pub(crate) fn on_wake(&self, wake: Wake) {
        let first = Arc::clone(&wake);
        let replaced = self.shared.with(|state| state.receiver_waker.replace(wake));
        // Not under the lock: what it owns may use the connection.
        drop(replaced);
        first();
    }
}

fn take(state: &mut State, done: &mut EventBuffer) -> Option<Option<Delivery>> {
    let delivery = state.queue.pop().ok()?;
    state.queue.recycle(std::mem::take(done));
    Some(delivery)
}

impl Drop for EventReceiver {
    /// What comes is dropped from now on, so that it holds nothing up.
    fn drop(&mut self) {
        let waker = self.shared.with(|state| {
            state.queue.close_receiver();
            state.receiver_waker.take()
        });
        // Not under the lock: what it owns may use the connection.
        drop(waker);
    }
}
