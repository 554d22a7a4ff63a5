//! One side of an open connection.

mod ending;

use super::closing::Closing;
use super::frame::{Control, MAX_CONTROL};
use super::message::{Handed, Receiver, Sender, Step};
use super::pings::Pings;
use super::{Batch, Config, Event, Failure, Inbox, Refused, Role, Status, Trace};
use crate::deadline::Deadline;
use std::time::{Duration, Instant};

/// How long the last bytes may take to reach the peer, and the peer to end the stream, once
/// nothing is left to say (RFC 6455 §7.1.1: the server closes first, a client waits for it).
const LINGER: Duration = Duration::from_secs(2);

/// One side of an open connection, client or server, as a state machine without I/O.
///
/// Its methods are of four kinds. *Looks* (`state`, `counters`, …) only read. *News* from the
/// world (`handle_input`, `handle_eof`, `handle_lost`, `handle_timeout`) never fail: what is
/// wrong becomes state and an event. *Wishes* of the application (`send`, `ping`, `pong`,
/// `close`) are refused when they are the caller's mistake, and then change nothing. *Duties*
/// (`poll_transmit` with `transmitted`, `poll_event`, `poll_timeout`) are to be drained after
/// every news and wish:
///
/// 1. write what `poll_transmit` gives and say with `transmitted` how much the network took;
///    once `wants_shutdown`, end the writing half of the stream;
/// 2. hand out what `poll_event` gives; after [`Event::Closed`] drop the stream;
/// 3. call `handle_timeout` at the time that `poll_timeout` tells.
#[derive(Debug)]
pub struct Endpoint {
    role: Role,
    close_timeout: Duration,
    finish_before_closing: bool,
    /// Whether a ping gets its pong.
    answers_pings: bool,
    trace: Trace,
    receiver: Receiver,
    sender: Sender,
    pings: Pings,
    inbox: Inbox,
    closing: Closing,
    phase: Phase,
    failed: bool,
    /// Nothing can be written any more, and why.
    write_lost: Option<String>,
    /// The peer has ended its half of the stream, and our close frame is still to be written.
    read_ended: bool,
    /// When the present phase has lasted too long. Fixed when that wait begins; nothing that the
    /// peer does moves it.
    deadline: Deadline,
    sent: Sent,
    wire_bytes_received: u64,
    /// When bytes came or went last.
    busy: Instant,
}

/// What may still happen; derived from nothing else, and only ever moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    /// A close frame is on its way in one direction or the other.
    Closing,
    /// All is said; the stream has to end.
    Lingering,
    Closed,
}

/// The state of an [`Endpoint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Messages go both ways.
    Open,
    /// The close handshake is under way, or its end, or that of a failure.
    Closing,
    /// The stream is to be dropped.
    Closed,
}

/// Numbers about a connection so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Data messages whose last byte was handed to the network.
    pub messages_sent: u64,
    /// Payload handed to the network, uncompressed.
    pub bytes_sent: u64,
    /// Bytes handed to the network, framing included.
    pub wire_bytes_sent: u64,
    /// Data messages received.
    pub messages_received: u64,
    /// Their payload, uncompressed.
    pub bytes_received: u64,
    /// Bytes received, framing included.
    pub wire_bytes_received: u64,
    /// The last round trip of a ping.
    pub last_round_trip: Option<Duration>,
}

#[derive(Debug, Default)]
struct Sent {
    messages: u64,
    payload: u64,
    wire: u64,
}

impl Endpoint {
    /// An endpoint of a connection whose opening handshake is done.
    #[must_use]
    pub fn new(config: &Config, now: Instant) -> Self {
        Self {
            role: config.role,
            close_timeout: config.close_timeout,
            finish_before_closing: config.finish_before_closing,
            answers_pings: true,
            trace: config.trace,
            receiver: Receiver::new(config),
            sender: Sender::new(config),
            pings: Pings::new(config.keep_alive, now),
            inbox: Inbox::default(),
            closing: Closing::default(),
            phase: Phase::Open,
            failed: false,
            write_lost: None,
            read_ended: false,
            deadline: Deadline::NEVER,
            sent: Sent::default(),
            wire_bytes_received: 0,
            busy: now,
        }
    }

    // Looks.

    /// The state.
    #[must_use]
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Open => State::Open,
            Phase::Closing | Phase::Lingering => State::Closing,
            Phase::Closed => State::Closed,
        }
    }

    /// Numbers so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        let (messages_received, bytes_received) = self.receiver.delivered();
        Counters {
            messages_sent: self.sent.messages,
            bytes_sent: self.sent.payload,
            wire_bytes_sent: self.sent.wire,
            messages_received,
            bytes_received,
            wire_bytes_received: self.wire_bytes_received,
            last_round_trip: self.pings.last_round_trip(),
        }
    }

    /// Whether what is queued may still reach the network.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.phase < Phase::Lingering && self.write_lost.is_none() && self.listens()
    }

    /// Whether the writing half of the stream is to be ended once `poll_transmit` is empty. A
    /// client whose close handshake went well leaves that to the server (RFC 6455 §7.1.1).
    #[must_use]
    pub fn wants_shutdown(&self) -> bool {
        self.phase == Phase::Lingering && (self.role == Role::Server || self.failed)
    }

    /// Whether the network has our close frame, after which nothing is sent.
    #[must_use]
    pub fn has_sent_close(&self) -> bool {
        self.closing.sent
    }

    /// Whether every frame is told: then what is sent makes events too.
    #[must_use]
    pub fn tells_frames(&self) -> bool {
        self.trace == Trace::Frames
    }

    // News.

    /// Bytes came, cut anywhere.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        self.wire_bytes_received += bytes.len() as u64;
        self.busy = now;
        let mut rest = bytes;
        while self.listens() {
            let closing = self.phase != Phase::Open;
            match self.receiver.step(&mut rest, &mut self.inbox, closing) {
                Ok(Step::Data) => {}
                Ok(Step::NeedInput) => return,
                Ok(Step::Control(control)) => self.handle_control(now, control, rest),
                Err(violation) => self.fail_by(now, violation, rest),
            }
        }
        let is_late = self.closing.received.is_some() && self.phase != Phase::Closed;
        if is_late && !self.failed && !rest.is_empty() {
            let position = self.position(rest);
            self.closing.note_late(rest, position);
        }
    }

    /// The stream ended.
    pub fn handle_eof(&mut self, now: Instant) {
        self.handle_end(now, None);
    }

    /// The stream broke; `how` says it in a few words.
    pub fn handle_lost(&mut self, now: Instant, how: String) {
        self.handle_end(now, Some(how));
    }

    /// Nothing can be written any more; `how` says why in a few words. What the peer sent before
    /// it went, perhaps a close frame, is still to be read.
    pub fn handle_write_lost(&mut self, now: Instant, how: String) {
        if self.phase != Phase::Closed && self.write_lost.is_none() {
            self.sender.stop();
            self.pings.stop();
            self.write_lost = Some(how);
            self.deadline = self.deadline.earlier(Deadline::after(now, LINGER));
            if self.read_ended {
                self.end();
            }
        }
    }

    /// Reading stops for a reason of our own: the application takes no more. A pong cannot be
    /// heard until [`Endpoint::handle_resumed`], so that none is late meanwhile. Every other
    /// bound runs on.
    pub fn handle_paused(&mut self, now: Instant) {
        self.pings.pause(now);
    }

    /// Reading goes on.
    pub fn handle_resumed(&mut self, now: Instant) {
        self.pings.resume(now);
    }

    /// The time that [`Endpoint::poll_timeout`] told has come, or any other.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(limit) = self.pings.overdue(now) {
            let unfinished = self.receiver.unfinished(self.wire_bytes_received);
            return self.fail(now, Failure::NoPong { limit, unfinished });
        }
        if let Some(payload) = self.pings.due(now) {
            self.sender.ping(&payload);
        }
        if self.deadline.is_past(now) {
            match self.phase {
                Phase::Lingering => self.end(),
                _ if self.write_lost.is_some() => self.handle_end(now, None),
                _ => self.close_timed_out(now),
            }
        }
    }

    // Wishes.

    /// Sends the messages of a batch, in their order.
    ///
    /// # Errors
    /// [`Refused::NotOpen`].
    pub fn send(&mut self, batch: Batch) -> Result<(), Refused> {
        let owed = self.finish_before_closing && self.closing.received.is_some();
        if !owed || self.sender.is_done() {
            self.must_be_open()?;
        }
        self.sender.queue(batch);
        Ok(())
    }

    /// Sends a ping; it goes before queued messages.
    ///
    /// # Errors
    /// [`Refused::NotOpen`], or [`Refused::ControlTooLong`] over 125 bytes.
    pub fn ping(&mut self, now: Instant, payload: &[u8]) -> Result<(), Refused> {
        self.must_be_open()?;
        must_fit(payload)?;
        self.sender.ping(payload);
        self.pings.sent(payload, now);
        Ok(())
    }

    /// Sends a pong that no ping asked for; it goes before queued messages.
    ///
    /// # Errors
    /// As [`Endpoint::ping`].
    pub fn pong(&mut self, payload: &[u8]) -> Result<(), Refused> {
        self.must_be_open()?;
        must_fit(payload)?;
        self.sender.pong(payload);
        Ok(())
    }

    /// Whether pings are answered, as RFC 6455 §5.5.2 asks and they are at first. Withheld pongs
    /// are for finding out what a peer makes of them.
    pub fn set_pongs(&mut self, answers: bool) {
        self.answers_pings = answers;
    }

    /// Starts the close handshake; queued messages go first. Once it has started, does nothing.
    ///
    /// # Errors
    /// A code or reason that must not be put on the wire. A reason without a code is left out.
    pub fn close(&mut self, now: Instant, code: Option<u16>, reason: &str) -> Result<(), Refused> {
        let status = Status::checked(code, reason)?;
        if self.phase == Phase::Open {
            self.sender.close(status);
            self.begin_closing(now);
        }
        Ok(())
    }

    /// Ends at once, without a close handshake.
    pub fn abort(&mut self, now: Instant) {
        if self.phase != Phase::Closed {
            self.fail(now, Failure::Aborted);
        }
    }

    /// The messages that the network has not taken to their last byte, in their order; asked for
    /// after the end, when they will not be sent any more.
    pub fn take_unsent(&mut self) -> Vec<Batch> {
        self.sender.take_unsent()
    }

    // Duties.

    /// Bytes for the network; none when there is nothing to write.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        Some(self.sender.transmit(&mut self.inbox)).filter(|bytes| !bytes.is_empty())
    }

    /// The network has taken the first `count` bytes of what [`Endpoint::poll_transmit`] gave.
    pub fn transmitted(&mut self, now: Instant, count: usize) {
        self.busy = now;
        let Self {
            sender,
            sent,
            closing,
            ..
        } = self;
        sent.wire += count as u64;
        sender.advance(count, |handed| match handed {
            Handed::Part(payload) => sent.payload += payload as u64,
            Handed::Message(payload) => {
                sent.payload += payload as u64;
                sent.messages += 1;
            }
            Handed::Close => closing.sent = true,
        });
        if self.phase != Phase::Closing {
            return;
        }
        if self.closing.is_complete() || (self.failed && self.closing.sent) {
            self.linger(now);
        } else {
            self.bound_close(now);
        }
    }

    /// The next event; its payload is lent until the next call.
    pub fn poll_event(&mut self) -> Option<Event<'_>> {
        self.inbox.pop()
    }

    /// Takes all events at once, in exchange for an empty inbox.
    pub fn swap_inbox(&mut self, inbox: &mut Inbox) {
        std::mem::swap(&mut self.inbox, inbox);
    }

    /// The events that have not been taken.
    #[must_use]
    pub fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    /// When to call [`Endpoint::handle_timeout`].
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let ping = Deadline::from(self.pings.next_timeout());
        self.deadline.earlier(ping).instant()
    }

    /// Whether the present phase has lasted too long, so that [`Endpoint::handle_timeout`] will
    /// end it. What the network has brought until then still counts.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.deadline.is_past(now)
    }

    /// Whether what comes in still means anything. After a close frame or a failure it does not
    /// (RFC 6455 §5.5.1, §7.1.7).
    fn listens(&self) -> bool {
        self.phase <= Phase::Closing && !self.failed && self.closing.received.is_none()
    }

    /// Where the rest of the input begins, counted from the opening handshake.
    fn position(&self, rest: &[u8]) -> u64 {
        self.wire_bytes_received - rest.len() as u64
    }

    fn handle_control(&mut self, now: Instant, control: Control, rest: &[u8]) {
        let payload = self.receiver.control();
        match control {
            Control::Ping => {
                self.inbox.push_ping(payload);
                if self.answers_pings {
                    self.sender.pong(payload);
                }
            }
            Control::Pong => {
                let round_trip = self.pings.answered(payload, now);
                self.inbox.push_pong(payload, round_trip);
            }
            Control::Close => match Status::parse(payload) {
                Ok(status) => self.handle_close(now, status),
                Err(violation) => self.fail_by(now, violation, rest),
            },
            // The decoder lets none through.
            Control::Reserved(_) => {}
        }
    }

    fn must_be_open(&self) -> Result<(), Refused> {
        match self.phase {
            Phase::Open => Ok(()),
            _ => Err(Refused::NotOpen),
        }
    }
}

fn must_fit(payload: &[u8]) -> Result<(), Refused> {
    if payload.len() > MAX_CONTROL {
        return Err(Refused::ControlTooLong(payload.len()));
    }
    Ok(())
}
