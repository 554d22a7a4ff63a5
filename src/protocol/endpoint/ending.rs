//! The end of a connection: by the close handshake (RFC 6455 §7.1.2), by a failure (§7.1.7), or
//! because the stream ends.

use super::{Endpoint, LINGER, Phase};
use crate::deadline::Deadline;
use crate::evidence::{Evidence, Part};
use crate::protocol::close::CloseFrame;
use crate::protocol::failure::Failure;
use crate::protocol::violation::Violation;
use std::time::Instant;

impl Endpoint {
    /// RFC 6455 §5.5.1: "an endpoint MUST send a Close frame in response", with the
    /// status code that was received.
    pub(super) fn handle_close(&mut self, now: Instant, frame: CloseFrame) {
        let answer = CloseFrame {
            code: frame.code,
            reason: String::new(),
        };
        if self.finish_before_closing {
            self.sender.close(answer);
        } else {
            self.sender.close_now(answer);
        }
        self.closing.received = Some(frame);
        self.closing.unfinished = self.receiver.unfinished(self.wire_bytes_received);
        self.begin_closing(now);
        // Our close frame may have been sent before.
        self.handle_transmitted(now, 0);
    }

    pub(super) fn begin_closing(&mut self, now: Instant) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
            self.events.push_closing();
        }
        self.start_close_deadline(now);
    }

    /// Fixes the deadline of the close handshake, once: when the peer's close frame has arrived, or
    /// when the network has taken all messages, so that our close frame is next. Sending the
    /// messages before it may take as long as the peer needs to read them, unless reading is paused.
    pub(super) fn start_close_deadline(&mut self, now: Instant) {
        let is_due = self.is_paused || self.is_close_next();
        if self.phase == Phase::Closing && self.deadline == Deadline::NEVER && is_due {
            self.deadline = Deadline::after(now, self.close_timeout);
        }
        if self.phase == Phase::Closing && self.is_close_next() {
            self.pings.stop();
        }
    }

    /// Whether nothing but control frames is sent before our close frame, or that was sent.
    pub(super) fn is_close_next(&self) -> bool {
        self.closing.received.is_some() || !self.sender.has_messages()
    }

    /// Our close frame is sent, and only the end of the stream is awaited.
    pub(super) fn linger(&mut self, now: Instant) {
        self.phase = Phase::Lingering;
        self.deadline = Deadline::after(now, LINGER);
        if self.read_ended {
            self.end();
        }
    }

    pub(super) fn handle_end(&mut self, now: Instant, how: Option<String>) {
        let expected = self.failed || self.closing.received.is_some();
        if expected && how.is_none() && !self.closing.sent && self.write_error.is_none() {
            // The peer has ended its half. Pongs and our close frame may still be written.
            self.read_ended = true;
        } else if self.phase == Phase::Closed || expected {
            self.end();
        } else {
            let how = self.write_error.take().or(how);
            let unfinished = self.receiver.unfinished(self.wire_bytes_received);
            let idle = now.saturating_duration_since(self.last_activity);
            let lost = Failure::Lost {
                how,
                unfinished,
                idle,
            };
            self.fail(now, lost);
        }
    }

    pub(super) fn close_timed_out(&mut self, now: Instant) {
        let unfinished = match self.closing.received {
            Some(_) => None,
            None => self.receiver.unfinished(self.wire_bytes_received),
        };
        let limit = self.close_timeout;
        self.fail(now, Failure::CloseTimedOut { limit, unfinished });
    }

    /// The peer broke a rule; `rest` is the input after the bytes that did.
    pub(super) fn fail_violation(&mut self, now: Instant, violation: Violation, rest: &[u8]) {
        let position = self.position(rest);
        let evidence = match violation {
            Violation::CloseReason => invalid_reason(self.receiver.control()),
            _ => self.receiver.evidence(rest, position),
        };
        let violation = self.receiver.classify(violation, &evidence);
        self.fail(
            now,
            Failure::Violation {
                violation,
                evidence,
            },
        );
    }

    /// "_Fail the WebSocket Connection_" (RFC 6455 §7.1.7).
    pub(super) fn fail(&mut self, now: Instant, failure: Failure) {
        if self.failed {
            return self.end();
        }
        self.failed = true;
        self.pings.stop();
        if !failure.is_not_framed() {
            self.receiver.trace_rejected(&mut self.events);
        }
        let code = match &failure {
            Failure::Violation { violation, .. } => Some(violation.close_code()),
            _ => None,
        };
        if code.is_some() {
            self.begin_closing(now);
        }
        self.events.push_failed(failure);
        if code.is_none() {
            return self.end();
        }
        self.sender.close_now(CloseFrame {
            code,
            reason: String::new(),
        });
        self.deadline = self.deadline.earlier(Deadline::after(now, LINGER));
        self.handle_transmitted(now, 0);
    }

    /// The end is clean after a complete close handshake (RFC 6455 §7.1.4). If our answer could not be
    /// written, the event still has the peer's code, but the end is not clean.
    pub(super) fn end(&mut self) {
        if self.phase != Phase::Closed {
            self.phase = Phase::Closed;
            self.deadline = Deadline::NEVER;
            self.pings.stop();
            self.sender.stop();
            let clean = self.closing.is_complete() && !self.failed;
            for discarded in self.closing.discarded().filter(|_| !self.failed) {
                self.events.push_failed(discarded);
            }
            let frame = self.closing.received.clone();
            self.events.push_closed(frame, clean);
        }
    }
}

/// The evidence for a close reason that is not UTF-8.
fn invalid_reason(body: &[u8]) -> Evidence {
    let reason = body.get(2..).unwrap_or_default();
    let bad = std::str::from_utf8(reason).err();
    let (before, rest) = reason.split_at(bad.map_or(0, |bad| bad.valid_up_to()));
    Evidence::after(Part::Reason, before.len() as u64, before, rest)
}
