//! Pings that wait for their pong (RFC 6455 §5.5.2–5.5.3), asked for or for keep-alive.

use super::KeepAlive;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A peer that answers nothing gets no more memory than so many pings.
const MAX_OUTSTANDING: usize = 1024;
/// Longer than any connection lasts, and less than a clock can count: about thirty years.
const FOREVER: Duration = Duration::from_secs(1_000_000_000);

#[derive(Debug)]
pub(super) struct Pings {
    outstanding: VecDeque<Outstanding>,
    last_round_trip: Option<Duration>,
    keep_alive: Option<KeepAlive>,
    /// When the next ping of ours is due.
    next: Option<Instant>,
    /// When the first of our own pings that has no answer was sent. Moved on by the time of each
    /// pause, in which no answer could be heard.
    unanswered: Option<Instant>,
    /// Nothing is read since then.
    paused: Option<Instant>,
    serial: u64,
}

#[derive(Debug)]
struct Outstanding {
    payload: Vec<u8>,
    at: Instant,
    /// Nobody asked for it.
    keeps_alive: bool,
}

impl Pings {
    pub(super) fn new(keep_alive: Option<KeepAlive>, now: Instant) -> Self {
        let keep_alive = keep_alive.map(|asked| KeepAlive {
            interval: asked.interval.min(FOREVER),
            timeout: asked.timeout.map(|timeout| timeout.min(FOREVER)),
        });
        Self {
            outstanding: VecDeque::new(),
            last_round_trip: None,
            keep_alive,
            next: keep_alive.map(|keep_alive| now + keep_alive.interval),
            unanswered: None,
            paused: None,
            serial: 0,
        }
    }

    pub(super) fn sent(&mut self, payload: &[u8], now: Instant) {
        self.keep(payload, now, false);
    }

    fn keep(&mut self, payload: &[u8], at: Instant, keeps_alive: bool) {
        if self.outstanding.len() == MAX_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back(Outstanding {
            payload: payload.to_vec(),
            at,
            keeps_alive,
        });
    }

    /// The round trip of the ping that this pong answers. A pong may answer only the most recent
    /// of several pings (RFC 6455 §5.5.3), so those before it are answered too.
    pub(super) fn answered(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        let mut outstanding = self.outstanding.iter();
        let place = outstanding.position(|sent| sent.payload == payload)?;
        let sent = self.outstanding.drain(..=place).next_back()?;
        let mut later = self.outstanding.iter();
        let next = later.find(|sent| sent.keeps_alive).map(|sent| sent.at);
        self.unanswered = self
            .unanswered
            .and_then(|first| next.map(|at| at.max(first)));
        let round_trip = now.saturating_duration_since(sent.at);
        self.last_round_trip = Some(round_trip);
        Some(round_trip)
    }

    pub(super) fn last_round_trip(&self) -> Option<Duration> {
        self.last_round_trip
    }

    /// The payload of the keep-alive ping that is due now, if one is.
    pub(super) fn due(&mut self, now: Instant) -> Option<Vec<u8>> {
        let keep_alive = self.keep_alive?;
        self.next.filter(|next| *next <= now)?;
        self.next = Some(now + keep_alive.interval);
        self.unanswered.get_or_insert(now);
        self.serial += 1;
        // Text, because the pong that carries it is shown.
        let payload = format!("keep-alive {}", self.serial).into_bytes();
        self.keep(&payload, now, true);
        Some(payload)
    }

    /// The bound that a missing pong has exceeded, if one has.
    pub(super) fn overdue(&self, now: Instant) -> Option<Duration> {
        let timeout = self.keep_alive?.timeout?;
        self.unanswered
            .filter(|sent| self.paused.is_none() && *sent + timeout <= now)
            .map(|_| timeout)
    }

    /// When [`Pings::due`] or [`Pings::overdue`] will have something to say.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let timeout = self.keep_alive?.timeout;
        let overdue = self
            .unanswered
            .filter(|_| self.paused.is_none())
            .zip(timeout)
            .map(|(sent, bound)| sent + bound);
        self.next.into_iter().chain(overdue).min()
    }

    /// Nothing is read from now on, so that no pong can be heard.
    pub(super) fn pause(&mut self, now: Instant) {
        self.paused.get_or_insert(now);
    }

    /// Reading goes on: the time of the pause does not count. Only that time: a peer that sends
    /// so much that we have to pause again and again does not get out of answering.
    pub(super) fn resume(&mut self, now: Instant) {
        if let (Some(paused), Some(sent)) = (self.paused.take(), self.unanswered) {
            self.unanswered = Some(sent + now.saturating_duration_since(paused.max(sent)));
        }
    }

    /// No more pings: the connection is closing.
    pub(super) fn stop(&mut self) {
        self.keep_alive = None;
    }
}
