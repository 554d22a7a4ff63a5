//! Pings that wait for their pong (RFC 6455 §5.5.2–5.5.3), asked for or for keep-alive.

use super::KeepAlive;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A peer that answers nothing gets no more memory than so many pings.
const MAX_OUTSTANDING: usize = 1024;

#[derive(Debug)]
pub(super) struct Pings {
    outstanding: VecDeque<(Vec<u8>, Instant)>,
    last_round_trip: Option<Duration>,
    keep_alive: Option<KeepAlive>,
    /// When the next ping of ours is due.
    next: Option<Instant>,
    /// When the first of our own pings that has no answer was sent.
    unanswered: Option<Instant>,
    serial: u64,
}

impl Pings {
    pub(super) fn new(keep_alive: Option<KeepAlive>, now: Instant) -> Self {
        Self {
            outstanding: VecDeque::new(),
            last_round_trip: None,
            keep_alive,
            next: keep_alive.map(|keep_alive| now + keep_alive.interval),
            unanswered: None,
            serial: 0,
        }
    }

    pub(super) fn sent(&mut self, payload: &[u8], now: Instant) {
        if self.outstanding.len() == MAX_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back((payload.to_vec(), now));
    }

    /// The round trip of the ping that this pong answers. A pong may answer only the most
    /// recent of several pings (RFC 6455 §5.5.3), so those before it are answered too.
    pub(super) fn answered(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        let mut outstanding = self.outstanding.iter();
        let at = outstanding.position(|(sent, _)| sent == payload)?;
        let (_, sent) = self.outstanding.drain(..=at).next_back()?;
        self.unanswered = None;
        self.last_round_trip = Some(now.saturating_duration_since(sent));
        self.last_round_trip
    }

    pub(super) fn last_round_trip(&self) -> Option<Duration> {
        self.last_round_trip
    }

    /// The payload of the keep-alive ping that is due now, if one is.
    pub(super) fn due(&mut self, now: Instant) -> Option<[u8; 8]> {
        let keep_alive = self.keep_alive?;
        self.next.filter(|next| *next <= now)?;
        self.next = Some(now + keep_alive.interval);
        self.unanswered.get_or_insert(now);
        self.serial += 1;
        let payload = self.serial.to_be_bytes();
        self.sent(&payload, now);
        Some(payload)
    }

    /// The bound that a missing pong has exceeded, if one has.
    pub(super) fn overdue(&self, now: Instant) -> Option<Duration> {
        let timeout = self.keep_alive?.timeout?;
        self.unanswered
            .filter(|sent| *sent + timeout <= now)
            .map(|_| timeout)
    }

    /// When [`Pings::due`] or [`Pings::overdue`] will have something to say.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let timeout = self.keep_alive?.timeout;
        let overdue = self
            .unanswered
            .zip(timeout)
            .map(|(sent, bound)| sent + bound);
        self.next.into_iter().chain(overdue).min()
    }

    /// The peer was not heard for a while: what is unanswered is unanswered from now on.
    pub(super) fn resumed(&mut self, now: Instant) {
        self.unanswered = self.unanswered.map(|_| now);
    }

    /// No more pings: the connection is closing.
    pub(super) fn stop(&mut self) {
        self.keep_alive = None;
    }
}
