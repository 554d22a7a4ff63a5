//! The event loop of a connection that has a thread of its own, and which thread runs it.

use crate::deadline::Deadline;
use std::thread::{self, ThreadId};
use std::time::Duration;

/// How long an event loop that nobody runs waits for the next receiver before the connection's own
/// thread takes it back.
pub(super) const IDLE: Duration = Duration::from_millis(1);
/// When a receiver has run the loop for so many times [`IDLE`], the own thread stops looking.
pub(super) const LOOKS: u32 = 10;

/// An event loop that drives one connection.
pub(super) trait EventLoop: Send {
    /// Waits for an event, at most until `deadline`, and does what there is to do.
    fn turn(&mut self, deadline: Deadline);
}

/// Who runs the event loop (the leader/followers pattern).
///
/// A message that is handed from the connection's thread to a blocked receiver costs a wake-up,
/// which takes longer than all other work for a short message. So while messages are few, a
/// receiver that would block runs the loop itself, and the own thread runs it while nobody
/// receives. While messages are many, the own thread runs it all the time: it reads and decodes
/// while receivers do their work.
#[derive(Default)]
pub(super) struct LoopOwner {
    /// The loop, while no thread runs it.
    idle: Option<Box<dyn EventLoop>>,
    /// The thread that runs it.
    runner: Option<ThreadId>,
    /// Whether that thread is a receiver.
    is_run_by_receiver: bool,
    /// How often a receiver has run it.
    turns_of_receivers: u64,
    /// The own thread waits until a receiver gives the loop back.
    own_thread_sleeps: bool,
    /// The own thread is to take the loop as soon as it is idle.
    own_thread_wanted: bool,
    /// The own thread is to be notified.
    has_news: bool,
}

impl LoopOwner {
    /// Whether no thread runs the loop, so that a sender may write.
    pub(super) fn is_idle(&self) -> bool {
        self.idle.is_some()
    }

    /// Whether a receiver runs the loop, which waits for events in it.
    pub(super) fn is_run_by_receiver(&self) -> bool {
        self.is_run_by_receiver
    }

    /// Whether the loop is run by the current thread.
    pub(super) fn is_current(&self) -> bool {
        self.runner == Some(thread::current().id())
    }

    /// The own thread runs the loop from now on.
    pub(super) fn start(&mut self) {
        self.runner = Some(thread::current().id());
        self.is_run_by_receiver = false;
        self.own_thread_wanted = false;
    }

    /// Takes the loop for one turn of a receiver.
    pub(super) fn take(&mut self) -> Option<Box<dyn EventLoop>> {
        let event_loop = self.idle.take()?;
        self.runner = Some(thread::current().id());
        self.is_run_by_receiver = true;
        self.turns_of_receivers += 1;
        Some(event_loop)
    }

    /// Takes the loop back from the thread that has run it.
    pub(super) fn give_back(&mut self, event_loop: Box<dyn EventLoop>) {
        self.runner = None;
        self.is_run_by_receiver = false;
        self.idle = Some(event_loop);
        self.has_news |= self.own_thread_sleeps;
    }

    /// Takes the loop away for good.
    pub(super) fn end(&mut self) -> Option<Box<dyn EventLoop>> {
        self.has_news = true;
        self.idle.take()
    }

    /// Has the own thread take the loop, if nobody runs it.
    pub(super) fn want_own_thread(&mut self) {
        if self.is_idle() && !self.own_thread_wanted {
            self.own_thread_wanted = true;
            self.has_news = true;
        }
    }

    /// Whether the own thread is to be notified.
    pub(super) fn take_news(&mut self) -> bool {
        std::mem::take(&mut self.has_news)
    }

    /// What the own thread does after it has seen nothing happen `looks` times.
    pub(super) fn next_of_own_thread(&mut self, looks: u32) -> OwnThread {
        match &self.idle {
            Some(_) if self.own_thread_wanted || looks > 0 => {
                self.start();
                self.idle.take().map_or(OwnThread::Looks, OwnThread::Runs)
            }
            None if looks >= LOOKS => OwnThread::Sleeps,
            _ => OwnThread::Looks,
        }
    }

    pub(super) fn set_own_thread_sleeps(&mut self, sleeps: bool) {
        self.own_thread_sleeps = sleeps;
    }

    pub(super) fn turns_of_receivers(&self) -> u64 {
        self.turns_of_receivers
    }
}

/// What the connection's own thread does next.
pub(super) enum OwnThread {
    /// It runs the loop.
    Runs(Box<dyn EventLoop>),
    /// It looks again after [`IDLE`].
    Looks,
    /// It waits until it is notified.
    Sleeps,
}
