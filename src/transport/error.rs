//! Why no connection came about.

use super::step::{Attempt, Outcome};
use super::tls::{TlsConfigError, TlsError};
use super::tunnel_error::TunnelError;
use crate::evidence::Evidence;
use crate::http1::Refusal;
use crate::io_error::io_reason;
use std::fmt;
use std::io;
use std::time::Duration;

/// What a failure to connect is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The name led to no address.
    Resolve,
    /// No address could be connected to.
    Connect,
    /// The proxy did not lead to the server.
    Proxy,
    /// TLS failed.
    Tls,
    /// The time budget ran out.
    TimedOut,
    /// Another thread ended the context.
    Cancelled,
    /// An option cannot be honoured.
    Options,
}

/// Why no connection came about, in one line.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The name led to no address.
    #[error("resolving {host}: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's words.
        reason: String,
    },
    /// No address could be connected to: each one and why.
    #[error("connecting to {}", Tried(.0))]
    Connect(Vec<Attempt>),
    /// The Unix socket could not be connected to.
    #[error("connecting to {socket}: {reason}")]
    Unix {
        /// Its name.
        socket: String,
        /// The operating system's words.
        reason: String,
    },
    /// The caller's [`Connector`](super::Connector) failed.
    #[error("connecting to {host}: {}", io_reason(.error))]
    Connector {
        /// Host and port of the URL.
        host: String,
        /// What it returned.
        #[source]
        error: io::Error,
    },
    /// The proxy did not lead to the server.
    #[error("the proxy {proxy} {error}")]
    Proxy {
        /// Which one, without credentials.
        proxy: String,
        /// Why it opens no tunnel.
        error: Box<TunnelError>,
    },
    /// The proxy itself was not reached, or TLS with it failed.
    #[error("the proxy {proxy}: {error}")]
    ToProxy {
        /// Which one, without credentials.
        proxy: String,
        /// What went wrong.
        error: Box<TransportError>,
    },
    /// TLS failed.
    #[error("TLS with {host}: {error}")]
    Tls {
        /// Whom it was spoken with.
        host: String,
        /// What went wrong.
        error: Box<TlsError>,
    },
    /// TLS cannot be set up as the options have it.
    #[error(transparent)]
    TlsConfig(#[from] TlsConfigError),
    /// The time budget ran out.
    #[error("{phase} took longer than {}", Seconds(*.budget))]
    TimedOut {
        /// What was going on.
        phase: String,
        /// The time for the whole context.
        budget: Duration,
    },
    /// Another thread ended the context.
    #[error("connecting was cancelled")]
    Cancelled,
    /// An option cannot be honoured.
    #[error("{0}")]
    Options(String),
    /// The operating system refused to watch the socket.
    #[error("waiting for the network: {}", io_reason(.0))]
    Poll(#[source] io::Error),
}

impl TransportError {
    /// What it is about.
    pub(crate) fn kind(&self) -> ErrorKind {
        match self {
            Self::Resolve { .. } => ErrorKind::Resolve,
            Self::Connect(_) | Self::Unix { .. } | Self::Connector { .. } | Self::Poll(_) => {
                ErrorKind::Connect
            }
            Self::Proxy { .. } => ErrorKind::Proxy,
            Self::Tls { .. } => ErrorKind::Tls,
            Self::ToProxy { error, .. } => error.kind(),
            Self::TimedOut { .. } => ErrorKind::TimedOut,
            Self::Cancelled => ErrorKind::Cancelled,
            Self::Options(_) | Self::TlsConfig(_) => ErrorKind::Options,
        }
    }

    /// The answer of an HTTP proxy that refused, if one did.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::Proxy { error, .. } => error.refusal(),
            _ => None,
        }
    }

    /// What a proxy sent that cannot be read.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Proxy { error, .. } => error.evidence(),
            _ => None,
        }
    }

    /// The certificates in DER that were refused, the server's (or the proxy's) own first.
    pub(crate) fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::Tls { error, .. } => error.certificates(),
            Self::ToProxy { error, .. } => error.certificates(),
            _ => &[],
        }
    }

    /// Whether the same proxy may reach another address of the server.
    pub(super) fn is_unreached(&self) -> bool {
        matches!(self, Self::Proxy { error, .. } if error.is_unreached())
    }
}

/// `127.0.0.1:9: connection refused; [::1]:9: network is unreachable`.
struct Tried<'a>(&'a [Attempt]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, attempt) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}", attempt.address)?;
            if let Outcome::Failed(reason) = &attempt.outcome {
                write!(f, ": {reason}")?;
            }
        }
        Ok(())
    }
}

/// `30 s`, `0.25 s`.
struct Seconds(Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_shown_in_seconds() {
        let error = |budget| TransportError::TimedOut {
            phase: "resolving example.com".to_owned(),
            budget,
        };
        assert_eq!(
            error(Duration::from_secs(30)).to_string(),
            "resolving example.com took longer than 30 s"
        );
        assert_eq!(
            error(Duration::from_millis(250)).to_string(),
            "resolving example.com took longer than 0.25 s"
        );
    }
}
