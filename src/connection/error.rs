//! Why a connection failed.

use super::redirect_chain::RedirectError;
use crate::evidence::Evidence;
use crate::http1::Refusal;
use crate::io_error::io_reason;
use crate::protocol::Failure;
use crate::protocol::upgrade::{RequestError, UpgradeError};
use crate::transport;
use std::any::Any;
use std::io;

/// What a failure is about: for decisions, an exit status or advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option cannot be obeyed, such as two options that exclude each other.
    Options,
    /// There is no connection to the server: the name, TCP, the proxy or the Unix socket failed.
    Connect,
    /// TLS failed (RFC 8446 §6).
    Tls,
    /// The server answered the handshake with another status than 101.
    Refused,
    /// The server answered the handshake with a redirect that is not followed.
    Redirect,
    /// The server's answer to the handshake was not valid (RFC 6455 §4.1), or there was none.
    Handshake,
    /// The connection was lost without a closing handshake (RFC 6455 §7.1.5).
    Lost,
    /// The server violated the protocol (RFC 6455 §7.1.7).
    Protocol,
    /// Connecting, closing or a pong took longer than its timeout.
    TimedOut,
    /// This side ended it: `close()` while connecting, or [`abort()`](crate::WebSocket::abort).
    Aborted,
    /// The server sent something around its close frame that cannot be delivered. The connection
    /// did not fail: the close event that follows says how it ended.
    Discarded,
    /// The connection's driver has panicked.
    Internal,
}

/// Why a connection failed. `Display` says it in one line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Connecting failed before the request: the name, TCP, the proxy, TLS, or the time.
    #[error(transparent)]
    Transport(#[from] transport::TransportError),
    /// The options make no valid request.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// [`Options::request_headers`](crate::Options::request_headers) returned this error.
    #[error(transparent)]
    RequestHeaders(Box<dyn std::error::Error + Send + Sync>),
    /// The server refused the request, its answer was not valid (RFC 6455 §4.1), or there was none.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The server's redirect is not followed.
    #[error(transparent)]
    Redirect(#[from] RedirectError),
    /// The stream failed before the whole answer had arrived; the I/O error.
    #[error("the connection was lost during the opening handshake: {0}")]
    LostUpgrading(String),
    /// The connection was open and failed.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// The operating system refused a thread or an event queue.
    #[error("starting a connection: {}", io_reason(.0))]
    System(io::Error),
    /// The connection's driver has panicked, in this library or in a stream of the caller's own; the
    /// message of the panic.
    #[error("the driver of the connection has panicked: {0}")]
    Panicked(String),
}

impl Error {
    /// The error for what a panic was caught with.
    pub(super) fn panicked(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// What it is about.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Transport(error) => match error.kind() {
                transport::ErrorKind::Resolve
                | transport::ErrorKind::Connect
                | transport::ErrorKind::Proxy => ErrorKind::Connect,
                transport::ErrorKind::Tls => ErrorKind::Tls,
                transport::ErrorKind::TimedOut => ErrorKind::TimedOut,
                transport::ErrorKind::Cancelled => ErrorKind::Aborted,
                transport::ErrorKind::Options => ErrorKind::Options,
            },
            Self::Request(_) | Self::RequestHeaders(_) => ErrorKind::Options,
            Self::Upgrade(UpgradeError::Refused(_)) => ErrorKind::Refused,
            Self::Redirect(_) => ErrorKind::Redirect,
            Self::Upgrade(_) | Self::LostUpgrading(_) => ErrorKind::Handshake,
            Self::Failure(failure) => match failure {
                Failure::Violation { .. } => ErrorKind::Protocol,
                Failure::Lost { .. } => ErrorKind::Lost,
                Failure::CloseTimedOut { .. } | Failure::NoPong { .. } => ErrorKind::TimedOut,
                Failure::Aborted => ErrorKind::Aborted,
                Failure::Payload { .. } => ErrorKind::Options,
                Failure::AfterClose { .. } | Failure::ClosedWithin(_) => ErrorKind::Discarded,
            },
            Self::System(_) => ErrorKind::Connect,
            Self::Panicked(_) => ErrorKind::Internal,
        }
    }

    /// Whether a later attempt may succeed without any change on this side: nothing listens yet, a
    /// name is not known yet, a server is overloaded, the connection was lost. A refusal for good,
    /// a failure of TLS and a violation of the protocol are not temporary.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Transport(error) => match error.refusal() {
                Some(refusal) => is_temporary(refusal),
                None => matches!(
                    error.kind(),
                    transport::ErrorKind::Resolve
                        | transport::ErrorKind::Connect
                        | transport::ErrorKind::TimedOut
                ),
            },
            Self::Upgrade(UpgradeError::Refused(refusal)) => is_temporary(refusal),
            // Who forwards a port takes a connection before anybody listens behind it.
            Self::Upgrade(error) => {
                matches!(error, UpgradeError::NoAnswer | UpgradeError::CutShort)
            }
            Self::LostUpgrading(_) => true,
            Self::Failure(failure) => {
                matches!(failure, Failure::Lost { .. } | Failure::NoPong { .. })
            }
            Self::Redirect(_)
            | Self::Request(_)
            | Self::RequestHeaders(_)
            | Self::System(_)
            | Self::Panicked(_) => false,
        }
    }

    /// The bytes from the server that the error is about, if it is about any.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Failure(failure) => failure.evidence(),
            Self::Upgrade(error) => error.evidence(),
            Self::Transport(error) => error.evidence(),
            _ => None,
        }
    }

    /// The certificates in DER that the server (or the proxy) presented, its own first, if they are
    /// why TLS failed.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::Transport(error) => error.certificates(),
            _ => &[],
        }
    }

    /// The answer that refused the handshake, for [`ErrorKind::Refused`]; that of a proxy that
    /// refused the tunnel, for [`ErrorKind::Connect`].
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Upgrade(UpgradeError::Refused(refusal)) => Some(refusal),
            Self::Transport(error) => error.refusal(),
            _ => None,
        }
    }
}

/// Whether a server or proxy that answers so may answer otherwise later (RFC 9110 §15).
fn is_temporary(refusal: &Refusal) -> bool {
    matches!(refusal.status, 408 | 429 | 502..=504)
}
