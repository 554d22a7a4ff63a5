//! Why a connection has ended without a close frame of the server (1006, RFC 6455 §7.1.5).

use sockeye::protocol::Failure;
use sockeye::{Error, ErrorKind};

/// What is known about a connection when its close event comes.
#[derive(Debug, Default)]
pub(super) struct Course {
    was_open: bool,
    cause: Option<Cause>,
}

/// What the `error` event before it says.
#[derive(Debug, Clone, Copy)]
enum Cause {
    Canceled,
    Lost,
    Violation,
    NoCloseFrame,
    NoPong,
}

impl Course {
    /// The connection is open.
    pub(super) fn opened(&mut self) {
        self.was_open = true;
    }

    /// Keeps what an `error` event says.
    pub(super) fn failed(&mut self, error: &Error) {
        self.cause = match (error, error.kind()) {
            (Error::Failure(Failure::CloseTimedOut { .. }), _) => Some(Cause::NoCloseFrame),
            (Error::Failure(Failure::NoPong { .. }), _) => Some(Cause::NoPong),
            (_, ErrorKind::Lost) => Some(Cause::Lost),
            (_, ErrorKind::Protocol) => Some(Cause::Violation),
            (_, ErrorKind::Aborted) => Some(Cause::Canceled),
            _ => None,
        };
    }

    /// Whether it has been open.
    pub(super) fn was_open(&self) -> bool {
        self.was_open
    }

    /// The reason in a few words.
    pub(super) fn reason(&self) -> &'static str {
        match (self.was_open, self.cause) {
            (false, Some(Cause::Canceled)) => "never open: canceled",
            (false, _) => "never open",
            (true, Some(Cause::Canceled)) => "dropped",
            (true, Some(Cause::Lost)) => "connection lost",
            (true, Some(Cause::Violation)) => "protocol error",
            (true, Some(Cause::NoCloseFrame)) => "no close frame in time",
            (true, Some(Cause::NoPong)) => "no pong in time",
            (true, None) => "abnormal closure",
        }
    }
}
