//! What can go wrong on an open connection, by whose fault.

use super::Role;
use std::time::Duration;

/// A rule of RFC 6455 or RFC 7692 that the peer broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// RFC 6455 §5.2: "MUST be 0 unless an extension is negotiated that defines meanings".
    #[error("a frame has a reserved bit set that no extension was negotiated for (RFC 6455 §5.2)")]
    ReservedBits,
    /// RFC 6455 §5.2.
    #[error("a frame has the reserved opcode {0:#x} (RFC 6455 §5.2)")]
    ReservedOpcode(u8),
    /// RFC 6455 §5.2: "the minimal number of bytes MUST be used to encode the length".
    #[error("a frame's length of {0} bytes is not in its shortest form (RFC 6455 §5.2)")]
    LengthNotMinimal(u64),
    /// RFC 6455 §5.2: "the most significant bit MUST be 0".
    #[error("a frame's 64-bit length has its highest bit set (RFC 6455 §5.2)")]
    LengthTooLarge,
    /// RFC 6455 §5.1.
    #[error("{} (RFC 6455 §5.1)", match .0 {
        Role::Client => "the server sent a masked frame",
        Role::Server => "the client sent a frame without a mask",
    })]
    Masking(Role),
    /// RFC 6455 §5.5.
    #[error("a control frame is fragmented (RFC 6455 §5.5)")]
    ControlFragmented,
    /// RFC 6455 §5.5.
    #[error("a control frame has {0} bytes, more than 125 (RFC 6455 §5.5)")]
    ControlTooLong(u64),
    /// RFC 6455 §5.4.
    #[error("a continuation frame came with no message to continue (RFC 6455 §5.4)")]
    NothingToContinue,
    /// RFC 6455 §5.4.
    #[error("a new message began before the fragmented one was finished (RFC 6455 §5.4)")]
    MessageNotFinished,
    /// RFC 6455 §5.5.1.
    #[error("a close frame has a body of one byte (RFC 6455 §5.5.1)")]
    CloseBodyOfOneByte,
    /// RFC 6455 §7.4.
    #[error("a close frame has the code {0}, which must not be sent (RFC 6455 §7.4)")]
    CloseCode(u16),
    /// RFC 6455 §5.5.1.
    #[error("a close frame's reason is not UTF-8 (RFC 6455 §5.5.1)")]
    CloseReason,
    /// RFC 6455 §8.1.
    #[error("a text message is not UTF-8 (RFC 6455 §8.1)")]
    Text,
    /// RFC 7692 §7.2.2.
    #[error("a compressed message is not a valid DEFLATE stream (RFC 7692 §7.2.2)")]
    Deflate,
    /// RFC 6455 §10.4.
    #[error("a message is larger than the limit of {limit} bytes")]
    TooBig {
        /// The limit in bytes.
        limit: usize,
    },
}

impl Violation {
    /// The status that tells the peer (RFC 6455 §7.4.1).
    #[must_use]
    pub fn close_code(&self) -> u16 {
        match self {
            Self::CloseReason | Self::Text | Self::Deflate => 1007,
            Self::TooBig { .. } => 1009,
            _ => 1002,
        }
    }
}

/// Why a connection failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The peer broke the protocol.
    #[error("{0}; closed with {code}", code = .0.close_code())]
    Violation(#[from] Violation),
    /// The stream ended without a close handshake (RFC 6455 §7.1.5).
    #[error("the connection was lost without a close handshake{}", lost_how(.0.as_deref()))]
    Lost(Option<String>),
    /// The close handshake took too long.
    #[error("the close handshake was not finished within {} s", .0.as_secs_f64())]
    CloseTimedOut(Duration),
    /// The peer did not answer a ping in time.
    #[error("no pong came within {} s of a ping", .0.as_secs_f64())]
    NoPong(Duration),
    /// Our own side dropped the connection.
    #[error("the connection was dropped before it was closed")]
    Aborted,
}

fn lost_how(how: Option<&str>) -> String {
    how.map(|how| format!(": {how}")).unwrap_or_default()
}

/// A wish that was the caller's mistake; nothing has changed by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing may be sent after a close frame (RFC 6455 §5.5.1).
    #[error("the connection is closing or closed")]
    NotOpen,
    /// RFC 6455 §5.5.
    #[error("a control frame takes at most 125 bytes, not {0}")]
    ControlTooLong(usize),
    /// RFC 6455 §7.4.
    #[error("the code {0} must not be put into a close frame")]
    CloseCode(u16),
}
