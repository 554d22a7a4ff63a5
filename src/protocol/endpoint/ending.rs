//! How a connection comes to its end: by the close handshake (RFC 6455 §7.1.2), by failing
//! (§7.1.7), or because the stream ends.

use super::{Endpoint, LINGER, Phase};
use crate::deadline::Deadline;
use crate::evidence::{Evidence, Part};
use crate::protocol::{Failure, Status, Violation};
use std::time::Instant;

impl Endpoint {
    /// RFC 6455 §5.5.1: "an endpoint MUST send a Close frame in response", with the code it got.
    pub(super) fn handle_close(&mut self, now: Instant, status: Status) {
        let answer = Status {
            code: status.code,
            reason: String::new(),
        };
        if self.finish_before_closing {
            self.sender.close(answer);
        } else {
            self.sender.close_now(answer);
        }
        self.closing.received = Some(status);
        self.closing.unfinished = self.receiver.unfinished(self.wire_bytes_received);
        self.begin_closing(now);
        // Ours may have gone before theirs came.
        self.transmitted(now, 0);
    }

    pub(super) fn begin_closing(&mut self, now: Instant) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
            self.inbox.push_closing();
        }
        self.bound_close(now);
    }

    /// Fixes when the close handshake has to be over, once: when the peer's close frame has come,
    /// or when the network has all messages and our own close frame is what goes next. Handing
    /// over the messages before it takes as long as the peer takes bytes.
    pub(super) fn bound_close(&mut self, now: Instant) {
        let is_next = self.closing.received.is_some() || !self.sender.has_messages();
        if self.phase == Phase::Closing && self.deadline == Deadline::NEVER && is_next {
            self.deadline = Deadline::after(now, self.close_timeout);
            self.pings.stop();
        }
    }

    /// Our close frame is written, and nothing more is expected but the end of the stream.
    pub(super) fn linger(&mut self, now: Instant) {
        self.phase = Phase::Lingering;
        self.deadline = Deadline::after(now, LINGER);
        if self.read_ended {
            self.end();
        }
    }

    pub(super) fn handle_end(&mut self, now: Instant, how: Option<String>) {
        let expected = self.failed || self.closing.received.is_some();
        if expected && how.is_none() && !self.closing.sent && self.write_lost.is_none() {
            // The peer has ended its half. Ours may still take the pongs and the close frame.
            self.read_ended = true;
        } else if self.phase == Phase::Closed || expected {
            self.end();
        } else {
            let how = self.write_lost.take().or(how);
            let unfinished = self.receiver.unfinished(self.wire_bytes_received);
            let idle = now.saturating_duration_since(self.busy);
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

    /// The peer broke a rule; `rest` is the input behind what did.
    pub(super) fn fail_by(&mut self, now: Instant, violation: Violation, rest: &[u8]) {
        let position = self.position(rest);
        let evidence = match violation {
            Violation::CloseReason => bad_reason(self.receiver.control()),
            _ => self.receiver.evidence(rest, position),
        };
        let violation = self.receiver.judged(violation, &evidence);
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
            self.receiver.tell_broken(&mut self.inbox);
        }
        let code = match &failure {
            Failure::Violation { violation, .. } => Some(violation.close_code()),
            _ => None,
        };
        if code.is_some() {
            self.begin_closing(now);
        }
        self.inbox.push_failed(failure);
        if code.is_none() {
            return self.end();
        }
        self.sender.close_now(Status {
            code,
            reason: String::new(),
        });
        self.deadline = self.deadline.earlier(Deadline::after(now, LINGER));
        self.transmitted(now, 0);
    }

    /// RFC 6455 §7.1.4: the end is clean if it comes after the close handshake. An answer of ours
    /// that could not be written leaves the code as the peer sent it, but the end is not clean.
    pub(super) fn end(&mut self) {
        if self.phase != Phase::Closed {
            self.phase = Phase::Closed;
            self.deadline = Deadline::NEVER;
            self.pings.stop();
            self.sender.stop();
            let clean = self.closing.is_complete() && !self.failed;
            for discarded in self.closing.discarded().filter(|_| !self.failed) {
                self.inbox.push_failed(discarded);
            }
            let status = self.closing.received.clone();
            self.inbox.push_closed(status, clean);
        }
    }
}

/// Where the reason in the body of a close frame stops being text.
fn bad_reason(body: &[u8]) -> Evidence {
    let reason = body.get(2..).unwrap_or_default();
    let bad = std::str::from_utf8(reason).err();
    let (before, rest) = reason.split_at(bad.map_or(0, |bad| bad.valid_up_to()));
    Evidence::after(Part::Reason, before.len() as u64, before, rest)
}
