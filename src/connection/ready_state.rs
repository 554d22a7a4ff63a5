//! `readyState` (WHATWG WebSockets §3.1).

use std::fmt;

/// The state of a connection. It only moves forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReadyState {
    /// The connection is being made.
    Connecting = 0,
    /// Messages can be sent and received.
    Open = 1,
    /// The closing handshake is under way, or connecting was cancelled.
    Closing = 2,
    /// The connection has ended, or could not be opened.
    Closed = 3,
}

impl ReadyState {
    /// The standard's name: `CONNECTING`, `OPEN`, `CLOSING` or `CLOSED`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "CONNECTING",
            Self::Open => "OPEN",
            Self::Closing => "CLOSING",
            Self::Closed => "CLOSED",
        }
    }

    /// The standard's number, 0 to 3.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for ReadyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
