//! What a connection has carried.

use std::time::Duration;

/// Counters of a connection since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Data messages given to `send`. For a [`WebSocket`](crate::WebSocket), those that came too
    /// late included.
    pub messages_queued: u64,
    /// Data messages that the network has taken completely.
    pub messages_sent: u64,
    /// Payload that the network has taken, in bytes before compression.
    pub bytes_sent: u64,
    /// Bytes that the network has taken, frame headers and control frames included.
    pub wire_bytes_sent: u64,
    /// Data messages received.
    pub messages_received: u64,
    /// Payload of the received messages, in bytes after decompression.
    pub bytes_received: u64,
    /// Bytes received, frame headers and control frames included.
    pub wire_bytes_received: u64,
    /// The round trip time of the last ping that was answered; `None` before.
    pub last_round_trip: Option<Duration>,
}
