//! Why a connection failed, and why a command was refused.

use super::unfinished::Unfinished;
use super::violation::Violation;
use crate::evidence::Evidence;
use std::fmt;
use std::time::Duration;

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
        /// The bytes that broke it.
        evidence: Evidence,
    },
    /// The stream ended without a close handshake (RFC 6455 §7.1.5).
    #[error(
        "the connection was lost without a close handshake{}{}",
        Within(.unfinished.as_ref()),
        after_colon(.how.as_deref())
    )]
    Lost {
        /// The I/O error; `None` if the stream simply ended.
        how: Option<String>,
        /// What the end truncated.
        unfinished: Option<Unfinished>,
        /// The time since the last byte was sent or received.
        idle: Duration,
    },
    /// The close handshake did not finish within
    /// [`Config::close_timeout`](super::Config::close_timeout).
    #[error(
        "the close handshake was not finished within {} s{}",
        .limit.as_secs_f64(),
        Within(.unfinished.as_ref())
    )]
    CloseTimedOut {
        /// The limit.
        limit: Duration,
        /// What the end truncated.
        unfinished: Option<Unfinished>,
    },
    /// The peer did not answer a keep-alive ping within
    /// [`KeepAlive::timeout`](super::KeepAlive::timeout).
    #[error("no pong came within {} s of a ping{}", .limit.as_secs_f64(), Within(.unfinished.as_ref()))]
    NoPong {
        /// The limit.
        limit: Duration,
        /// What the end truncated.
        unfinished: Option<Unfinished>,
    },
    /// The payload of a message that was sent in pieces could not be read completely, so that the
    /// message cannot be finished.
    #[error("{name} could not be sent: {read} of {len} bytes could be read{}", after_colon(.cause.as_deref()))]
    Payload {
        /// The name of the source of the payload.
        name: String,
        /// How many bytes of it could be read.
        read: u64,
        /// The size of the message in bytes.
        len: u64,
        /// The I/O error; `None` if the source ended too early.
        cause: Option<String>,
    },
    /// This side dropped the connection.
    #[error("the connection was dropped before it was closed")]
    Aborted,
    /// The peer sent more after its close frame (RFC 6455 §5.5.1). The bytes are discarded
    /// (§1.4), and the close handshake is valid all the same.
    #[error(
        "{} came after the close frame and {} discarded (RFC 6455 §5.5.1): {evidence}",
        counted(*.bytes),
        if *.bytes == 1 { "is" } else { "are" }
    )]
    AfterClose {
        /// How many bytes, frame headers included.
        bytes: u64,
        /// The first of them.
        evidence: Evidence,
    },
    /// The peer closed before the end of a message, which is discarded. The close handshake is
    /// valid all the same.
    #[error("the close frame came {0}")]
    ClosedWithin(Unfinished),
}

impl Failure {
    /// Whether the peer sent something other than frames.
    pub(super) fn is_not_framed(&self) -> bool {
        let violation = match self {
            Self::Violation { violation, .. } => Some(violation),
            _ => None,
        };
        violation == Some(&Violation::NotFramed)
    }

    /// The bytes that show the failure, if there are any.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Violation { evidence, .. } | Self::AfterClose { evidence, .. } => Some(evidence),
            Self::Lost { unfinished, .. }
            | Self::CloseTimedOut { unfinished, .. }
            | Self::NoPong { unfinished, .. } => unfinished.as_ref().map(Unfinished::evidence),
            Self::ClosedWithin(unfinished) => Some(unfinished.evidence()),
            Self::Aborted | Self::Payload { .. } => None,
        }
    }
}

fn after_colon(cause: Option<&str>) -> String {
    cause.map(|cause| format!(": {cause}")).unwrap_or_default()
}

/// Shows after a comma what the end truncated, if it truncated anything.
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

/// A command that was the caller's mistake. It changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The connection is closing or closed; nothing may be sent after a close frame
    /// (RFC 6455 §5.5.1).
    #[error("the connection is closing or closed")]
    NotOpen,
    /// A ping, pong or close frame of more than 125 bytes (RFC 6455 §5.5). The value is the size
    /// in bytes.
    #[error("a control frame takes at most 125 bytes, not {0}")]
    ControlTooLong(usize),
    /// The application has queued as many pings and pongs as may be unsent at a time.
    #[error("{limit} pings and pongs are waiting to be sent, and no more can be queued")]
    TooManyControlFrames {
        /// How many may be unsent.
        limit: usize,
    },
    /// A status code that must not be put into a close frame (RFC 6455 §7.4).
    #[error("the code {0} must not be put into a close frame")]
    CloseCode(u16),
}
