//! How a connection comes to its end: by the close handshake (RFC 6455 §7.1.2), by failing
//! (§7.1.7), or because the stream ends.

use super::{Endpoint, LINGER, Phase};
use crate::protocol::{Failure, Status};
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
        self.begin_closing(now);
        // Ours may have gone before theirs came.
        self.transmitted(now, 0);
    }

    pub(super) fn begin_closing(&mut self, now: Instant) {
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
            self.inbox.push_closing();
            self.pings.stop();
        }
        self.deadline = Some(now + self.close_timeout);
    }

    pub(super) fn handle_end(&mut self, now: Instant, how: Option<String>) {
        // RFC 6455 §7.1.4: clean is an end after the close handshake. An answer of ours that
        // could no longer be delivered does not make the peer's orderly end a loss.
        if self.phase == Phase::Closed || self.failed || self.closing.received.is_some() {
            self.end();
        } else {
            let how = self.write_lost.take().or(how);
            self.fail(now, Failure::Lost(how));
        }
    }

    /// "_Fail the WebSocket Connection_" (RFC 6455 §7.1.7).
    pub(super) fn fail(&mut self, now: Instant, failure: Failure) {
        if self.failed {
            return self.end();
        }
        self.failed = true;
        let code = match &failure {
            Failure::Violation(violation) => Some(violation.close_code()),
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
        self.deadline = Some(now + LINGER);
        self.transmitted(now, 0);
    }

    pub(super) fn end(&mut self) {
        if self.phase != Phase::Closed {
            self.phase = Phase::Closed;
            self.deadline = None;
            self.pings.stop();
            self.sender.stop();
            let status = self.closing.received.clone();
            let clean = status.is_some() && !self.failed;
            self.inbox.push_closed(status, clean);
        }
    }
}
