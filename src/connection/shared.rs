//! The lock around the state, and who is woken when it has changed.

use super::error::Error;
use super::event_loop::{EventLoop, IDLE, OwnThread};
use super::state::{Amount, State};
use super::step::Step;
use crate::deadline::Deadline;
use crate::protocol::Trace;
use crate::transport::{self, ConnectObserver, Wake};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One for the interface and the driver of a connection.
pub(super) struct Shared {
    state: Mutex<State>,
    /// There is something to receive.
    arrived: Condvar,
    /// Something was sent, or will never be.
    progressed: Condvar,
    /// The own thread may have to run the event loop.
    loop_freed: Condvar,
}

impl Shared {
    pub(super) fn new(trace: Trace, send_limit: Amount, wake_driver: Wake) -> Self {
        Self {
            state: Mutex::new(State::new(trace, send_limit, wake_driver)),
            arrived: Condvar::new(),
            progressed: Condvar::new(),
            loop_freed: Condvar::new(),
        }
    }

    /// Reads or changes the state, then wakes whom the change concerns. A panic ends the
    /// connection before it goes on in this thread, so that nobody uses a state half changed.
    pub(super) fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.lock();
        let result = catch_unwind(AssertUnwindSafe(|| change(&mut state)));
        if let Err(panic) = &result {
            state.fail(Error::panicked(&**panic));
        }
        self.unlock(state);
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Reads the state.
    pub(super) fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Wakes whom changes of the state concern, after the lock is released: so that nobody wakes
    /// up to wait for the lock, and so that a callback may use the connection.
    fn unlock(&self, mut state: MutexGuard<'_, State>) {
        let wakeups = state.take_wakeups();
        drop(state);
        if let Some(wake) = wakeups.driver {
            wake();
        }
        if wakeups.receivers {
            self.arrived.notify_all();
        }
        if wakeups.senders {
            self.progressed.notify_all();
        }
        if wakeups.own_thread {
            self.loop_freed.notify_all();
        }
        if let Some(wake) = wakeups.receiver_waker {
            self.wake_receiver(&wake);
        }
    }

    /// Calls the receiver's own function. Its panic ends the connection, on whichever thread it
    /// is called.
    fn wake_receiver(&self, wake: &Wake) {
        let Err(panic) = catch_unwind(AssertUnwindSafe(|| wake())) else {
            return;
        };
        let waker = self.with(|state| {
            state.fail(Error::panicked(&*panic));
            state.receiver_waker.take()
        });
        drop(waker);
    }

    /// A panic has ended the connection: the state can be used for what is left.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks `next` for something to receive until it has an answer or `deadline` has passed.
    pub(super) fn receive<T>(
        &self,
        deadline: Deadline,
        mut next: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let mut state = self.lock();
        loop {
            if let Some(answer) = next(&mut state) {
                self.unlock(state);
                return Some(answer);
            }
            if deadline.is_past(Instant::now()) {
                return None;
            }
            if let Some(event_loop) = state.take_loop() {
                self.unlock(state);
                self.run_loop_once(event_loop, deadline);
                state = self.lock();
            } else {
                self.notify_own_thread(&mut state);
                state.receivers_waiting += 1;
                state = wait(&self.arrived, state, deadline);
                state.receivers_waiting -= 1;
            }
        }
    }

    fn run_loop_once(&self, mut event_loop: Box<dyn EventLoop>, deadline: Deadline) {
        event_loop.turn(deadline);
        let ended = self.with(|state| state.give_back_loop(event_loop));
        // Its drop locks the state.
        drop(ended);
    }

    /// Lends the event loop of the own thread, which calls this, to receivers. Returns it when no
    /// receiver has run it for a while; never after the end.
    pub(super) fn lend_loop(&self, event_loop: Box<dyn EventLoop>) -> Option<Box<dyn EventLoop>> {
        let mut state = self.lock();
        state.loop_owner.give_back(event_loop);
        if state.receivers_waiting > 0 {
            self.arrived.notify_all();
        }
        let mut looks = 0;
        loop {
            if state.has_ended() {
                let ended = state.loop_owner.end();
                drop(state);
                // Its drop locks the state.
                drop(ended);
                return None;
            }
            let turns = state.loop_owner.turns_of_receivers();
            let until = match state.loop_owner.next_of_own_thread(looks) {
                OwnThread::Runs(event_loop) => return Some(event_loop),
                OwnThread::Looks => Deadline::after(Instant::now(), IDLE),
                OwnThread::Sleeps => Deadline::NEVER,
            };
            state
                .loop_owner
                .set_own_thread_sleeps(until == Deadline::NEVER);
            state = wait(&self.loop_freed, state, until);
            state.loop_owner.set_own_thread_sleeps(false);
            let was_run = state.loop_owner.turns_of_receivers() != turns;
            looks = if was_run || until == Deadline::NEVER {
                0
            } else {
                looks + 1
            };
        }
    }

    fn notify_own_thread(&self, state: &mut State) {
        if state.loop_owner.take_news() {
            self.loop_freed.notify_all();
        }
    }

    /// Waits until no more than `limit` is unsent. Returns false if that will not be, or not
    /// before `deadline`.
    pub(super) fn wait_until_sent(&self, limit: Amount, deadline: Deadline) -> bool {
        let mut state = self.lock();
        loop {
            if state.is_unsent_within(limit) {
                return true;
            }
            if !state.may_send() || deadline.is_past(Instant::now()) {
                return false;
            }
            // All are woken when the least demanding may go on; each looks for itself.
            state.room_wanted = Some(state.room_wanted.map_or(limit, |other| Amount {
                bytes: other.bytes.max(limit.bytes),
                messages: other.messages.max(limit.messages),
            }));
            state.loop_owner.want_own_thread();
            self.notify_own_thread(&mut state);
            state = wait(&self.progressed, state, deadline);
        }
    }

    /// Waits until `is_done`, which has to do with closing. Returns false if that is not so
    /// before `deadline`.
    pub(super) fn wait_for_close(
        &self,
        deadline: Deadline,
        is_done: impl Fn(&State) -> bool,
    ) -> bool {
        let mut state = self.lock();
        loop {
            if is_done(&state) {
                return true;
            }
            if deadline.is_past(Instant::now()) {
                return false;
            }
            state.close_awaited = true;
            state.loop_owner.want_own_thread();
            self.notify_own_thread(&mut state);
            state = wait(&self.progressed, state, deadline);
        }
    }

    /// The connection has ended with this error.
    pub(super) fn fail(&self, error: Error) {
        self.with(|state| state.fail(error));
    }
}

fn wait<'g>(
    changed: &Condvar,
    state: MutexGuard<'g, State>,
    deadline: Deadline,
) -> MutexGuard<'g, State> {
    match deadline.remaining(Instant::now()) {
        None => changed.wait(state).unwrap_or_else(PoisonError::into_inner),
        Some(left) => {
            let waited = changed.wait_timeout(state, left);
            waited.unwrap_or_else(PoisonError::into_inner).0
        }
    }
}

impl ConnectObserver for Shared {
    fn handle_step(&self, step: transport::TransportStep) {
        self.with(|state| state.report(Step::Transport(step)));
    }

    fn handle_wait(&self, deadline: Deadline) {
        self.with(|state| state.set_connect_deadline(deadline));
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
