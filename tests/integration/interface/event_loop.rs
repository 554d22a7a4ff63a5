//! Connections in an event loop of the caller's own, connecting included.

/// Ways to connect.
mod connecting;
/// Deadlines, other threads, and much input at once.
mod running;

use super::described;
use crate::harness::PATIENCE;
use mio::{Poll, Token, Waker};
use sockeye::{Builder, Driver, Events, Options, WebSocket};
use std::collections::BTreeSet;
use std::sync::mpsc::TryRecvError;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The token of the waker.
const WAKER: Token = Token(usize::MAX);

/// An event loop of the kind that drives many connections: a round costs only what those cost
/// that have something to do.
pub(super) struct EventLoop {
    poll: Poll,
    waker: Arc<Waker>,
    /// The connections whose wake function was called.
    woken: Arc<Mutex<Vec<usize>>>,
    slots: Vec<Slot>,
    /// The connections that were driven in the last round.
    driven: BTreeSet<usize>,
}

struct Slot {
    /// None after the end.
    driver: Option<Driver>,
    /// When it is to be driven though nothing happens.
    due: Option<Instant>,
}

impl EventLoop {
    pub(super) fn new() -> Self {
        let poll = Poll::new().expect("a poll");
        let waker = Waker::new(poll.registry(), WAKER).expect("a waker");
        Self {
            poll,
            waker: Arc::new(waker),
            woken: Arc::default(),
            slots: Vec::new(),
            driven: BTreeSet::new(),
        }
    }

    fn connect(&mut self, builder: Builder) -> (WebSocket, Events) {
        let number = self.slots.len();
        let (waker, woken) = (Arc::clone(&self.waker), Arc::clone(&self.woken));
        let wake = move || {
            woken.lock().expect("not poisoned").push(number);
            waker.wake().expect("the loop is there");
        };
        let connection = builder.connect_in(self.poll.registry(), Token(number), wake);
        let (socket, events, driver) = connection.expect("a good URL");
        self.slots.push(Slot {
            driver: Some(driver),
            due: None,
        });
        self.driven.insert(number);
        (socket, events)
    }

    pub(super) fn open(&mut self, url: &str, options: Options) -> (WebSocket, Events) {
        let (socket, mut events) = self.connect(WebSocket::builder(url).options(options));
        assert_eq!(self.next(&mut events), "state OPEN");
        assert_eq!(self.next(&mut events), "open");
        (socket, events)
    }

    /// One round, which drives only those with an event, a call of their wake function, or whose
    /// time has come. Fails when nothing happens for longer than a test has.
    pub(super) fn turn(&mut self) {
        for number in std::mem::take(&mut self.driven) {
            let slot = &mut self.slots[number];
            let timeout = slot.driver.as_mut().map(Driver::timeout);
            slot.due = timeout.flatten().map(|timeout| Instant::now() + timeout);
        }
        let now = Instant::now();
        let due = self.slots.iter().filter_map(|slot| slot.due).min();
        let timeout = due.map_or(PATIENCE, |due| due.saturating_duration_since(now));
        let mut events = mio::Events::with_capacity(64);
        self.poll
            .poll(&mut events, Some(timeout.min(PATIENCE)))
            .expect("polling");
        assert!(!events.is_empty() || timeout < PATIENCE, "nothing happens");
        for event in events.iter().filter(|event| event.token() != WAKER) {
            let Token(number) = event.token();
            if let Some(driver) = &mut self.slots[number].driver {
                driver.handle_event(event);
                self.driven.insert(number);
            }
        }
        self.driven
            .extend(self.woken.lock().expect("not poisoned").drain(..));
        let now = Instant::now();
        let is_due = |slot: &Slot| slot.due.is_some_and(|due| due <= now);
        let due = (0..self.slots.len()).filter(|number| is_due(&self.slots[*number]));
        self.driven.extend(due.collect::<Vec<_>>());
        for number in &self.driven {
            let slot = &mut self.slots[*number];
            if let Some(driver) = &mut slot.driver {
                driver.drive();
            }
            if slot.driver.as_ref().is_some_and(Driver::is_finished) {
                (slot.driver, slot.due) = (None, None);
            }
        }
    }

    /// The next event in a few words, after as many rounds as it takes.
    fn next(&mut self, events: &mut Events) -> String {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            match events.try_recv() {
                Ok(event) => return described(&event),
                Err(TryRecvError::Disconnected) => return "nothing".to_owned(),
                Err(TryRecvError::Empty) => self.turn(),
            }
        }
        panic!("no event in time")
    }

    /// All events up to the end.
    fn rest(&mut self, events: &mut Events) -> Vec<String> {
        let next = || Some(self.next(events)).filter(|event| event != "nothing");
        std::iter::from_fn(next).collect()
    }

    /// Takes the only driver out of the loop.
    fn into_driver(mut self) -> Driver {
        let slot = self.slots.pop().expect("a connection");
        slot.driver.expect("which has not ended")
    }
}

/// What has arrived.
fn arrived(events: &mut Events) -> Vec<String> {
    std::iter::from_fn(|| events.try_recv().ok().map(|event| described(&event))).collect()
}

/// A point in time that passes while a test waits for it.
fn soon() -> Instant {
    Instant::now() + Duration::from_millis(50)
}
