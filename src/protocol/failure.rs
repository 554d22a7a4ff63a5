//! What can go wrong on an open connection, by whose fault.

mod reserved_bits;
mod unfinished;

pub use reserved_bits::ReservedBits;
pub use unfinished::{Unfinished, UnfinishedPart};

use super::Role;
use super::trace::opcode_name;
use crate::evidence::{Evidence, Part};
use std::fmt;
use std::time::Duration;

/// A rule of RFC 6455 or RFC 7692 that the peer broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// RFC 6455 §5.2: what came is no frame but text, of an HTTP server perhaps.
    #[error("text came where a frame should begin (RFC 6455 §5.2)")]
    NotFramed,
    /// RFC 6455 §5.2: "MUST be 0 unless an extension is negotiated that defines meanings".
    #[error(transparent)]
    ReservedBits(ReservedBits),
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
    #[error("a {} frame is fragmented (RFC 6455 §5.5)", opcode_name(*.opcode))]
    ControlFragmented {
        /// What it is.
        opcode: u8,
    },
    /// RFC 6455 §5.5.
    #[error("a {} frame has {length} bytes, more than 125 (RFC 6455 §5.5)", opcode_name(*.opcode))]
    ControlTooLong {
        /// What it is.
        opcode: u8,
        /// Its payload in bytes.
        length: u64,
    },
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

    /// What the bytes that broke the rule look like, if they tell more than the rule.
    fn shown(&self, evidence: &Evidence) -> String {
        match (self, evidence.part) {
            (Self::TooBig { .. }, _) => String::new(),
            (_, Part::Frames) => format!(": {evidence}"),
            (_, _) => format!(": {evidence} at byte {}", evidence.offset),
        }
    }
}

/// Why a connection failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The peer broke the protocol.
    #[error(
        "{violation}{}; closed with {}",
        .violation.shown(.evidence),
        .violation.close_code()
    )]
    Violation {
        /// The rule.
        violation: Violation,
        /// What broke it.
        evidence: Evidence,
    },
    /// The stream ended without a close handshake (RFC 6455 §7.1.5).
    #[error(
        "the connection was lost without a close handshake{}{}",
        Within(.unfinished.as_ref()),
        lost_how(.how.as_deref())
    )]
    Lost {
        /// How, in a few words, if it did not simply end.
        how: Option<String>,
        /// What was cut off by it.
        unfinished: Option<Unfinished>,
        /// For how long nothing had come or gone before.
        idle: Duration,
    },
    /// The close handshake took too long.
    #[error(
        "the close handshake was not finished within {} s{}",
        .limit.as_secs_f64(),
        Within(.unfinished.as_ref())
    )]
    CloseTimedOut {
        /// How long it may take.
        limit: Duration,
        /// What was cut off by it.
        unfinished: Option<Unfinished>,
    },
    /// The peer did not answer a ping in time.
    #[error("no pong came within {} s of a ping{}", .limit.as_secs_f64(), Within(.unfinished.as_ref()))]
    NoPong {
        /// How long it may take.
        limit: Duration,
        /// What was cut off by it.
        unfinished: Option<Unfinished>,
    },
    /// Our own side dropped the connection.
    #[error("the connection was dropped before it was closed")]
    Aborted,
    /// The peer sent more after its close frame (RFC 6455 §5.5.1), which is discarded (§1.4). The
    /// close handshake counts all the same.
    #[error(
        "{} came after the close frame and {} discarded (RFC 6455 §5.5.1): {evidence}",
        counted(*.bytes),
        if *.bytes == 1 { "is" } else { "are" }
    )]
    AfterClose {
        /// So many bytes, frame headers included.
        bytes: u64,
        /// The first of them.
        evidence: Evidence,
    },
    /// The peer closed before it had sent the whole of a message, which is discarded. The close
    /// handshake counts all the same.
    #[error("the close frame came {0}")]
    ClosedWithin(Unfinished),
}

impl Failure {
    /// Whether what came was no frame at all.
    pub(super) fn is_not_framed(&self) -> bool {
        let violation = match self {
            Self::Violation { violation, .. } => Some(violation),
            _ => None,
        };
        violation == Some(&Violation::NotFramed)
    }

    /// The bytes that show it, if there are any.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Violation { evidence, .. } | Self::AfterClose { evidence, .. } => Some(evidence),
            Self::Lost { unfinished, .. }
            | Self::CloseTimedOut { unfinished, .. }
            | Self::NoPong { unfinished, .. } => Some(&unfinished.as_ref()?.evidence),
            Self::ClosedWithin(unfinished) => Some(&unfinished.evidence),
            Self::Aborted => None,
        }
    }
}

fn lost_how(how: Option<&str>) -> String {
    how.map(|how| format!(": {how}")).unwrap_or_default()
}

/// Where a connection ended, after a comma, if that was within something.
struct Within<'a>(Option<&'a Unfinished>);

impl fmt::Display for Within<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .map_or(Ok(()), |unfinished| write!(f, ", {unfinished}"))
    }
}

fn counted(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        bytes => format!("{bytes} bytes"),
    }
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
