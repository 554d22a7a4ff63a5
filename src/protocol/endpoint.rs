//! One side of an open connection.

mod commands;
mod ending;

use super::close::{CloseFrame, CloseHandshake};
use super::config::Config;
use super::control_queue::Origin;
use super::event::{EndpointEvent, EventBuffer};
use super::failure::Failure;
use super::opcode::Control;
use super::pings::Pings;
use super::receiver::{Received, Receiver};
use super::role::Role;
use super::sender::{Sender, Transmitted};
use super::statistics::Statistics;
use super::trace::Trace;
use crate::deadline::Deadline;
use std::time::{Duration, Instant};

/// How long the last bytes may take to reach the peer, and the peer to end the stream, after the
/// close frames were exchanged (RFC 6455 §7.1.1: the server ends it first, a client waits).
const LINGER: Duration = Duration::from_secs(2);

/// One side of an open connection, client or server, as a state machine without I/O.
///
/// There are four kinds of methods:
///
/// - *Getters* (`is_open`, `statistics`, …) only read.
/// - *Inputs* (`handle_input`, `handle_eof`, `handle_timeout`, …) never fail: an error becomes
///   state and an event.
/// - *Commands* of the application (`send`, `ping`, `pong`, `close`) return an error for a mistake
///   of the caller, and then change nothing.
/// - *Outputs* (`poll_transmit`, `poll_event`, `poll_timeout`) must be polled after every input and
///   command:
///
/// 1. Write what `poll_transmit` returns, and pass the number of bytes that the network took to
///    `handle_transmitted`. If `wants_shutdown`, shut down the writing half of the stream.
/// 2. Process what `poll_event` returns. After [`EndpointEvent::Closed`], drop the stream.
/// 3. Call `handle_timeout` at the time that `poll_timeout` returns.
#[derive(Debug)]
pub struct Endpoint {
    role: Role,
    close_timeout: Duration,
    finish_before_closing: bool,
    /// Whether pings are answered.
    answers_pings: bool,
    trace: Trace,
    receiver: Receiver,
    sender: Sender,
    pings: Pings,
    events: EventBuffer,
    closing: CloseHandshake,
    phase: Phase,
    failed: bool,
    /// The write error after which nothing can be written.
    write_error: Option<String>,
    /// The peer has ended its half of the stream, while our close frame is not written yet.
    read_ended: bool,
    /// Reading is paused.
    is_paused: bool,
    /// The end of the current phase. Fixed when the wait begins; the peer cannot extend it.
    deadline: Deadline,
    sent: Sent,
    wire_bytes_received: u64,
    /// When bytes were last sent or received.
    last_activity: Instant,
}

/// The phase of the connection, which only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Open,
    /// A close frame is queued, sent or received.
    Closing,
    /// Both close frames were exchanged; the stream has to end.
    Lingering,
    Closed,
}

#[derive(Debug, Default)]
struct Sent {
    /// Payload that was queued, in bytes.
    queued: u64,
    messages_queued: u64,
    messages: u64,
    payload: u64,
    wire: u64,
}

impl Endpoint {
    /// An endpoint of a connection whose opening handshake is complete. Bytes that were read after
    /// the handshake ([`Accepted::rest`](super::upgrade::Accepted::rest)) must be the first input.
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
            events: EventBuffer::default(),
            closing: CloseHandshake::default(),
            phase: Phase::Open,
            failed: false,
            write_error: None,
            read_ended: false,
            is_paused: false,
            deadline: Deadline::NEVER,
            sent: Sent::default(),
            wire_bytes_received: 0,
            last_activity: now,
        }
    }

    // Getters.

    /// Whether messages can be sent and received. Not any more once a close frame is queued, sent or
    /// received, or the connection has failed.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    /// Whether the connection has ended, so that the caller drops the stream.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// The counters so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let (messages_received, bytes_received) = self.receiver.received();
        Statistics {
            messages_queued: self.sent.messages_queued,
            messages_sent: self.sent.messages,
            bytes_sent: self.sent.payload,
            wire_bytes_sent: self.sent.wire,
            messages_received,
            bytes_received,
            wire_bytes_received: self.wire_bytes_received,
            last_round_trip: self.pings.last_round_trip(),
        }
    }

    /// Whether queued messages may still be sent.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.phase < Phase::Lingering && self.write_error.is_none() && self.accepts_input()
    }

    /// The payload of queued messages that the network has not taken, in bytes before compression, as
    /// WHATWG's `bufferedAmount`. A stream counts with its whole size from the beginning. The value
    /// does not return to zero when the connection ends with messages unsent.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.sent.queued - self.sent.payload
    }

    /// Whether to shut down the writing half of the stream once `poll_transmit` returns `None`. After
    /// a clean close handshake a client leaves that to the server (RFC 6455 §7.1.1).
    #[must_use]
    pub fn wants_shutdown(&self) -> bool {
        self.phase == Phase::Lingering && (self.role == Role::Server || self.failed)
    }

    /// Whether the network has taken our close frame, after which nothing is sent.
    #[must_use]
    pub fn has_sent_close(&self) -> bool {
        self.closing.sent
    }

    /// Whether every frame is reported ([`Trace::Frames`]), so that sending causes events, too.
    #[must_use]
    pub fn traces_frames(&self) -> bool {
        self.trace == Trace::Frames
    }

    // Inputs.

    /// Takes all of `bytes`, the next piece of the stream, of any size. Events grow with it: the
    /// caller bounds memory by the size of a piece, and by not reading while events wait.
    pub fn handle_input(&mut self, now: Instant, bytes: &[u8]) {
        self.wire_bytes_received += bytes.len() as u64;
        self.last_activity = now;
        let mut rest = bytes;
        while self.accepts_input() {
            let closing = self.phase != Phase::Open;
            match self.receiver.step(&mut rest, &mut self.events, closing) {
                Ok(Received::Data) => {}
                Ok(Received::NeedInput) => return,
                Ok(Received::Control(control)) => self.handle_control(now, control, rest),
                Err(violation) => self.fail_violation(now, violation, rest),
            }
        }
        let is_late = self.closing.received.is_some() && self.phase != Phase::Closed;
        if is_late && !self.failed && !rest.is_empty() {
            let position = self.position(rest);
            self.closing.record_late(rest, position);
        }
    }

    /// The stream has ended.
    pub fn handle_eof(&mut self, now: Instant) {
        self.handle_end(now, None);
    }

    /// Reading failed; `how` is the I/O error.
    pub fn handle_read_error(&mut self, now: Instant, how: String) {
        self.handle_end(now, Some(how));
    }

    /// Writing failed; `how` is the I/O error. The caller goes on reading: the peer may have sent a
    /// close frame before.
    pub fn handle_write_error(&mut self, now: Instant, how: String) {
        if self.phase != Phase::Closed && self.write_error.is_none() {
            self.sender.stop();
            self.pings.stop();
            self.write_error = Some(how);
            self.deadline = self.deadline.earlier(Deadline::after(now, LINGER));
            if self.read_ended {
                self.end();
            }
        }
    }

    /// Takes the next bytes of the stream that is next; see [`Endpoint::wants_payload`]. Bytes beyond
    /// the size of the stream, and bytes of a stream that will not be sent any more, are ignored.
    pub fn handle_payload(&mut self, bytes: &[u8]) {
        self.sender.supply(bytes, &mut self.events);
    }

    /// The payload of the stream that is next ends too early, or cannot be read: the connection fails
    /// with [`Failure::Payload`], because a message that has begun can neither be shortened nor
    /// withdrawn. The peer does not receive it as a complete message. `name` is the name of the source,
    /// `cause` the I/O error, or `None` if the source ended. Ignored if no stream is next.
    pub fn handle_payload_error(&mut self, now: Instant, name: String, cause: Option<String>) {
        if let Some((read, len)) = self.sender.stream_progress() {
            let failure = Failure::Payload {
                name,
                read,
                len,
                cause,
            };
            self.fail(now, failure);
        }
    }

    /// Reading pauses, because the application does not take more events. No pong can be received
    /// until [`Endpoint::handle_resumed`], so that time does not count for
    /// [`KeepAlive::timeout`](super::KeepAlive::timeout). Every other deadline stays. A close
    /// handshake that has started must now finish within the close timeout, queued messages
    /// included: a peer that waits for its own bytes to be read takes none of ours.
    pub fn handle_paused(&mut self, now: Instant) {
        self.pings.pause(now);
        self.is_paused = true;
        self.start_close_deadline(now);
    }

    /// Reading resumes. The peer may take queued messages again, for as long as it needs.
    pub fn handle_resumed(&mut self, now: Instant) {
        self.pings.resume(now);
        self.is_paused = false;
        let has_failed = self.failed || self.write_error.is_some();
        if self.phase == Phase::Closing && !self.is_close_next() && !has_failed {
            self.deadline = Deadline::NEVER;
        }
    }

    /// Time has passed. To be called at the time that [`Endpoint::poll_timeout`] returned; it may be
    /// called at any other time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if let Some(limit) = self.pings.overdue(now) {
            let unfinished = self.receiver.unfinished(self.wire_bytes_received);
            return self.fail(now, Failure::NoPong { limit, unfinished });
        }
        let is_unsent = self.sender.has_keep_alive();
        if let Some(payload) = self.pings.poll_ping(now, is_unsent) {
            let origin = Origin::KeepAlive;
            self.sender.control(Control::Ping, &payload, origin);
        }
        if self.deadline.is_past(now) {
            match self.phase {
                Phase::Lingering => self.end(),
                _ if self.write_error.is_some() => self.handle_end(now, None),
                _ => self.close_timed_out(now),
            }
        }
    }

    // Outputs.

    /// The bytes to write to the network; `None` if there is nothing to write.
    pub fn poll_transmit(&mut self) -> Option<&[u8]> {
        Some(self.sender.transmit(&mut self.events)).filter(|bytes| !bytes.is_empty())
    }

    /// The network has taken the first `count` bytes of what [`Endpoint::poll_transmit`] returned.
    pub fn handle_transmitted(&mut self, now: Instant, count: usize) {
        self.last_activity = now;
        let Self {
            sender,
            sent,
            closing,
            ..
        } = self;
        sent.wire += count as u64;
        sender.advance(count, |taken| match taken {
            Transmitted::Part(payload) => sent.payload += payload as u64,
            Transmitted::Message(payload) => {
                sent.payload += payload as u64;
                sent.messages += 1;
            }
            Transmitted::Close => closing.sent = true,
        });
        if self.phase != Phase::Closing {
            return;
        }
        if self.closing.is_complete() || (self.failed && self.closing.sent) {
            self.linger(now);
        } else {
            self.start_close_deadline(now);
        }
    }

    /// How many bytes of the next stream ([`Endpoint::send_stream`]) to pass to
    /// [`Endpoint::handle_payload`]: at most so many, 128 KiB or less, and at least one. `None` if no
    /// stream is next, or there is no room before the network takes more. To be polled after
    /// [`Endpoint::poll_transmit`].
    #[must_use]
    pub fn wants_payload(&self) -> Option<usize> {
        self.sender.wants_payload()
    }

    /// The next event. Its payload is borrowed until the next call.
    pub fn poll_event(&mut self) -> Option<EndpointEvent<'_>> {
        self.events.pop()
    }

    /// Takes all events at once, in exchange for an empty buffer.
    pub(crate) fn swap_events(&mut self, buffer: &mut EventBuffer) {
        std::mem::swap(&mut self.events, buffer);
    }

    /// The events that were not polled or taken.
    pub(crate) fn events(&self) -> &EventBuffer {
        &self.events
    }

    /// When to call [`Endpoint::handle_timeout`]; `None` if nothing is waited for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let ping = Deadline::from(self.pings.next_timeout());
        self.deadline.earlier(ping).instant()
    }

    /// Whether the current phase is past its deadline, so that [`Endpoint::handle_timeout`] will end
    /// it. Input that the caller still has may be handled before.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.deadline.is_past(now)
    }

    /// Whether input is processed. After a close frame or a failure it is discarded (RFC 6455 §5.5.1,
    /// §7.1.7).
    fn accepts_input(&self) -> bool {
        self.phase <= Phase::Closing && !self.failed && self.closing.received.is_none()
    }

    /// The offset of the rest of the input from the end of the opening handshake.
    fn position(&self, rest: &[u8]) -> u64 {
        self.wire_bytes_received - rest.len() as u64
    }

    fn handle_control(&mut self, now: Instant, control: Control, rest: &[u8]) {
        let payload = self.receiver.control();
        match control {
            Control::Ping => {
                self.events.push_ping(payload);
                if self.answers_pings {
                    let origin = Origin::Answer;
                    self.sender.control(Control::Pong, payload, origin);
                }
            }
            Control::Pong => {
                let round_trip = self.pings.handle_pong(payload, now);
                self.events.push_pong(payload, round_trip);
            }
            Control::Close => match CloseFrame::parse(payload) {
                Ok(status) => self.handle_close(now, status),
                Err(violation) => self.fail_violation(now, violation, rest),
            },
            // The decoder rejects these.
            Control::Reserved(_) => {}
        }
    }
}
