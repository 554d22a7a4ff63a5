//! Pings that wait for their pong (RFC 6455 §5.5.2–5.5.3), and keep-alive.

use super::config::KeepAlive;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many unanswered pings are remembered, each with at most 125 bytes of payload. If a peer
/// answers none, the oldest is forgotten; a late pong for it has no round trip time.
const MAX_OUTSTANDING: usize = 1024;
/// The shortest interval of keep-alive pings: a shorter one would keep the caller's loop busy.
const MIN_INTERVAL: Duration = Duration::from_millis(10);
/// About thirty years: longer than any connection lasts, and within the range of a clock.
const FOREVER: Duration = Duration::from_secs(1_000_000_000);

#[derive(Debug)]
pub(super) struct Pings {
    outstanding: VecDeque<Outstanding>,
    last_round_trip: Option<Duration>,
    keep_alive: Option<KeepAlive>,
    /// When the next keep-alive ping is due.
    next: Option<Instant>,
    /// When the first unanswered keep-alive ping was sent. Moved forward by the duration of each
    /// pause, during which no pong can be received.
    unanswered: Option<Instant>,
    /// When reading was paused, if it is.
    paused: Option<Instant>,
    serial: u64,
}

#[derive(Debug)]
struct Outstanding {
    payload: Vec<u8>,
    at: Instant,
    /// Sent for keep-alive, not for the application.
    keeps_alive: bool,
}

impl Pings {
    pub(super) fn new(keep_alive: Option<KeepAlive>, now: Instant) -> Self {
        let keep_alive = keep_alive.map(|asked| KeepAlive {
            interval: asked.interval.clamp(MIN_INTERVAL, FOREVER),
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

    pub(super) fn record(&mut self, payload: &[u8], now: Instant) {
        self.remember(payload, now, false);
    }

    fn remember(&mut self, payload: &[u8], at: Instant, keeps_alive: bool) {
        if self.outstanding.len() == MAX_OUTSTANDING {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back(Outstanding {
            payload: payload.to_vec(),
            at,
            keeps_alive,
        });
    }

    /// The round trip time of the ping that this pong answers. A pong may answer only the most recent
    /// of several pings (RFC 6455 §5.5.3), so it answers those before it, too.
    pub(super) fn handle_pong(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
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

    /// The payload of the keep-alive ping that is due now, if one is. While the previous one is
    /// unsent, none is: the queue of control frames does not grow for a blocked network.
    pub(super) fn poll_ping(&mut self, now: Instant, previous_is_unsent: bool) -> Option<Vec<u8>> {
        let keep_alive = self.keep_alive?;
        self.next.filter(|next| *next <= now)?;
        self.next = Some(now + keep_alive.interval);
        if previous_is_unsent {
            return None;
        }
        self.unanswered.get_or_insert(now);
        self.serial += 1;
        // Readable text, because the pong that echoes it is shown to users.
        let payload = format!("keep-alive {}", self.serial).into_bytes();
        self.remember(&payload, now, true);
        Some(payload)
    }

    /// The timeout that a missing pong has exceeded, if one has.
    pub(super) fn overdue(&self, now: Instant) -> Option<Duration> {
        let timeout = self.keep_alive?.timeout?;
        self.unanswered
            .filter(|sent| self.paused.is_none() && *sent + timeout <= now)
            .map(|_| timeout)
    }

    /// When [`Pings::poll_ping`] or [`Pings::overdue`] will return something.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let timeout = self.keep_alive?.timeout;
        let overdue = self
            .unanswered
            .filter(|_| self.paused.is_none())
            .zip(timeout)
            .map(|(sent, bound)| sent + bound);
        self.next.into_iter().chain(overdue).min()
    }

    /// Reading pauses, so that no pong can be received.
    pub(super) fn pause(&mut self, now: Instant) {
        self.paused.get_or_insert(now);
    }

    /// Reading resumes. The time of the pause does not count, and only that time: a peer that sends
    /// so much that reading pauses again and again still has to answer.
    pub(super) fn resume(&mut self, now: Instant) {
        if let (Some(paused), Some(sent)) = (self.paused.take(), self.unanswered) {
            self.unanswered = Some(sent + now.saturating_duration_since(paused.max(sent)));
        }
    }

    /// Stops keep-alive, because the connection is closing.
    pub(super) fn stop(&mut self) {
        self.keep_alive = None;
    }
}
