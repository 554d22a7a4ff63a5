//! What is fixed about an endpoint when it is made.

use super::Trace;
use super::deflate::Agreed;
use std::time::Duration;

/// Which side of the connection this is. A client masks what it sends, a server does not
/// (RFC 6455 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The side that asked for the connection.
    Client,
    /// The side that answered.
    Server,
}

/// Pings at an interval, to notice a peer that is gone. Their pongs are events like any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// A ping each time this has passed.
    pub interval: Duration,
    /// How long its pong may take before the connection counts as lost; for ever if none.
    pub timeout: Option<Duration>,
}

/// What is fixed about an endpoint when it is made.
#[derive(Debug, Clone)]
pub struct Config {
    /// Client or server.
    pub role: Role,
    /// permessage-deflate as negotiated, if it was.
    pub deflate: Option<Agreed>,
    /// The most bytes a received message may have, compressed or inflated.
    pub max_message_size: usize,
    /// From our close frame, when all messages before it are handed over, to the peer's close frame.
    pub close_timeout: Duration,
    /// Whether messages that are queued go out before the peer's close frame is answered, also
    /// those queued after it came and before the answer is written: for one who owes answers to
    /// what came before (RFC 6455 §5.5.1 lets an endpoint delay its close frame). Otherwise the
    /// answer goes at once and what is queued stays unsent, as with browsers.
    pub finish_before_closing: bool,
    /// Off unless asked for.
    pub keep_alive: Option<KeepAlive>,
    /// Which frames are told as events of their own.
    pub trace: Trace,
    /// What masking keys are drawn from: 32 bytes nobody can guess (RFC 6455 §10.3).
    pub seed: [u8; 32],
}
