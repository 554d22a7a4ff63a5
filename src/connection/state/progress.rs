//! What the driver does with the state, and whom a change of it wakes.

use super::{DriverState, Stage, State, Wakeups};
use crate::connection::error::Error;
use crate::connection::established::{Established, Readiness};
use crate::connection::event_loop::EventLoop;
use crate::connection::event_queue::{Delivery, EventQueue};
use crate::connection::opening::Opened;
use crate::connection::ready_state::ReadyState;
use crate::connection::step::Step;
use crate::deadline::Deadline;
use crate::protocol::Trace;
use crate::transport;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

impl State {
    pub(in crate::connection) fn report(&mut self, step: Step) {
        if self.trace > Trace::Off || matches!(step, Step::Redirected { .. }) {
            self.queue.push(Delivery::Step(Box::new(step)));
        }
    }

    /// The future that connects waits until this time.
    pub(in crate::connection) fn set_connect_deadline(&mut self, until: Deadline) {
        if let Stage::Connecting { deadline, .. } = &mut self.stage {
            *deadline = until;
        }
    }

    /// Connecting has led to a connection.
    pub(in crate::connection) fn open(&mut self, opened: Opened) {
        let Opened {
            stream,
            mut endpoint,
            handshake,
            rest,
        } = opened;
        if self.is_cancelled() {
            return self.fail(transport::TransportError::Cancelled.into());
        }
        endpoint.set_pongs(self.answers_pings);
        let handshake = Arc::new(handshake);
        self.handshake = Some(Arc::clone(&handshake));
        let at = SystemTime::now();
        self.queue.push(Delivery::Opened { handshake, at });
        self.stage = Stage::Open(Box::new(Established::new(stream, endpoint, rest)));
        self.set_ready_state(ReadyState::Open);
    }

    /// The connection has ended with an error that the protocol machine does not know of.
    pub(in crate::connection) fn fail(&mut self, error: Error) {
        // After a panic, what is left may be anything.
        let _ = catch_unwind(AssertUnwindSafe(|| self.salvage()));
        self.end(Some(error));
    }

    /// Takes over the events and the unsent messages of a connection that ends.
    fn salvage(&mut self) {
        self.statistics = self.statistics();
        if let Stage::Open(open) = &mut self.stage {
            open.hand_over(&mut self.queue);
            self.unsent = open.take_unsent();
        }
    }

    /// Does something with an open connection and takes over what it leads to. A stream of the
    /// caller's own may panic here, on any thread that uses the connection: that ends the
    /// connection and not the thread.
    pub(super) fn operate(&mut self, act: impl FnOnce(&mut Established, &mut EventQueue)) {
        let Stage::Open(open) = &mut self.stage else {
            return;
        };
        let queue = &mut self.queue;
        let result = catch_unwind(AssertUnwindSafe(|| {
            act(open, queue);
            if open.endpoint.is_closed() {
                open.end_stream();
            }
        }));
        match result {
            Ok(()) => self.settle_endpoint(),
            Err(panic) => self.fail(Error::panicked(&*panic)),
        }
    }

    fn end(&mut self, error: Option<Error>) {
        if self.has_ended() {
            return;
        }
        if let Some(error) = error {
            self.queue.push(Delivery::Failed(error));
        }
        let stage = std::mem::replace(&mut self.stage, Stage::Ended);
        self.queue.finish();
        self.set_ready_state(ReadyState::Closed);
        // A stream of the caller's own may panic in its drop: the connection has ended anyway.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(stage)));
    }

    /// Does everything that can be done without waiting.
    pub(in crate::connection) fn step(&mut self, now: Instant, ready: Readiness) {
        self.operate(|open, queue| open.step(now, ready, queue));
    }

    /// Writes what was queued since the last step.
    pub(in crate::connection) fn write(&mut self, now: Instant) {
        self.operate(|open, queue| open.write(now, queue));
    }

    /// Writes what was queued since the last step, and finds out whether there is more to read.
    pub(in crate::connection) fn prepare_to_wait(&mut self, now: Instant) {
        self.operate(|open, queue| {
            open.write(now, queue);
            open.read(now, queue);
        });
    }

    /// The event loop cannot wait any more.
    pub(in crate::connection) fn lose(&mut self, how: String, now: Instant) {
        self.operate(|open, _| open.endpoint.handle_read_error(now, how));
    }

    pub(in crate::connection) fn open_mut(&mut self) -> Option<&mut Established> {
        match &mut self.stage {
            Stage::Open(open) => Some(open),
            _ => None,
        }
    }

    /// Takes over what the protocol machine has come to: its events, its state, its end.
    pub(in crate::connection) fn settle_endpoint(&mut self) {
        let Stage::Open(open) = &mut self.stage else {
            return;
        };
        if open.endpoint.is_closed() {
            self.unsent = open.take_unsent();
            self.statistics = open.endpoint.statistics();
            open.hand_over(&mut self.queue);
            self.end(None);
        } else {
            let is_open = open.endpoint.is_open();
            open.hand_over(&mut self.queue);
            if !is_open {
                self.set_ready_state(ReadyState::Closing);
            }
        }
    }

    pub(in crate::connection) fn set_ready_state(&mut self, ready_state: ReadyState) {
        if self.ready_state < ready_state {
            self.ready_state = ready_state;
            self.since = Instant::now();
        }
    }

    // Waiting and waking.

    /// Whether the next receiver that would block may run the event loop: a receiver was waiting
    /// for what has just arrived, and that was little.
    pub(in crate::connection) fn may_receiver_run_loop(&mut self) -> bool {
        std::mem::take(&mut self.has_woken_receiver) && self.is_quiet()
    }

    /// Takes the event loop for a turn of a receiver. While much arrives, the own thread runs it.
    pub(in crate::connection) fn take_loop(&mut self) -> Option<Box<dyn EventLoop>> {
        if self.is_quiet() {
            self.loop_owner.take()
        } else {
            self.loop_owner.want_own_thread();
            None
        }
    }

    /// Takes the event loop back. After the end it is not needed any more.
    pub(in crate::connection) fn give_back_loop(
        &mut self,
        event_loop: Box<dyn EventLoop>,
    ) -> Option<Box<dyn EventLoop>> {
        self.loop_owner.give_back(event_loop);
        if self.has_ended() {
            self.loop_owner.end()
        } else {
            None
        }
    }

    fn is_quiet(&self) -> bool {
        matches!(&self.stage, Stage::Open(open) if open.is_quiet())
    }

    /// The driver is about to wait. Returns until when; what has happened then is past.
    pub(in crate::connection) fn sleep(&mut self, now: Instant) -> Deadline {
        // What was read just before is to be received first.
        if self.has_work() || self.queue.has_news() {
            self.driver = DriverState::Awake;
            return Deadline::at(now);
        }
        let deadline = self.deadline();
        self.driver = DriverState::Asleep(deadline);
        deadline
    }

    /// The driver has returned from waiting.
    pub(in crate::connection) fn awake(&mut self) {
        self.driver = DriverState::Awake;
    }

    /// Whom everything since the last call concerns.
    pub(in crate::connection) fn take_wakeups(&mut self) -> Wakeups {
        let has_news = self.queue.take_news();
        let receiver_waker = self.receiver_waker.clone().filter(|_| has_news);
        let receivers = has_news && self.receivers_waiting > 0;
        self.has_woken_receiver |= receivers;
        Wakeups {
            driver: self
                .must_wake_driver(has_news)
                .then(|| Arc::clone(&self.driver_waker)),
            senders: self.must_wake_senders(),
            receivers,
            own_thread: self.loop_owner.take_news(),
            receiver_waker,
        }
    }

    /// A receiver that runs the event loop waits there also for what other threads cause.
    fn must_wake_driver(&mut self, has_news: bool) -> bool {
        let DriverState::Asleep(until) = self.driver else {
            return false;
        };
        let is_needed = (has_news && self.loop_owner.is_run_by_receiver())
            || self.has_work()
            || self.deadline().earlier(until) != until;
        if is_needed {
            self.driver = DriverState::Awake;
        }
        is_needed
    }

    fn must_wake_senders(&mut self) -> bool {
        let is_needed = self
            .room_wanted
            .is_some_and(|wanted| self.is_unsent_within(wanted) || !self.may_send());
        if is_needed {
            self.room_wanted = None;
        }
        is_needed || (self.close_awaited && self.has_sent_close())
    }

    fn has_work(&mut self) -> bool {
        match &mut self.stage {
            Stage::Connecting { is_cancelled, .. } => *is_cancelled,
            Stage::Open(open) => open.has_work(&self.queue),
            // It has to notice that it is done.
            Stage::Ended => true,
        }
    }

    fn deadline(&self) -> Deadline {
        match &self.stage {
            Stage::Connecting { deadline, .. } => *deadline,
            Stage::Open(open) => open.deadline(),
            Stage::Ended => Deadline::NEVER,
        }
    }
}
