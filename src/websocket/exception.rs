//! The exceptions of the interface, with their standard names (Web IDL §2.8.1).

use std::fmt;

/// The name of an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionName {
    /// The state does not allow the call, such as `send()` before the connection is open.
    InvalidStateError,
    /// The argument is not allowed: a close code other than 1000 and 3000 to 4999.
    InvalidAccessError,
    /// The argument is malformed: a URL, a subprotocol, a reason that is too long.
    SyntaxError,
    /// The file of a blob cannot be opened (W3C File API §6.6).
    NotReadableError,
    /// More would be queued than [`Options`](crate::Options) allow (Web IDL §2.8.1.1).
    QuotaExceededError,
    /// The operation failed for a reason of the operating system.
    OperationError,
    /// The port is on the Fetch standard's list of bad ports.
    SecurityError,
}

impl fmt::Display for ExceptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::InvalidStateError => "InvalidStateError",
            Self::InvalidAccessError => "InvalidAccessError",
            Self::SyntaxError => "SyntaxError",
            Self::NotReadableError => "NotReadableError",
            Self::QuotaExceededError => "QuotaExceededError",
            Self::OperationError => "OperationError",
            Self::SecurityError => "SecurityError",
        })
    }
}

/// A call that was refused; nothing has changed by it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {message}")]
pub struct Exception {
    name: ExceptionName,
    message: String,
}

impl Exception {
    pub(crate) fn new(name: ExceptionName, message: impl Into<String>) -> Self {
        Self {
            name,
            message: message.into(),
        }
    }

    pub(crate) fn syntax(message: impl Into<String>) -> Self {
        Self::new(ExceptionName::SyntaxError, message)
    }

    /// The standard's name.
    #[must_use]
    pub fn name(&self) -> ExceptionName {
        self.name
    }

    /// What was wrong, and what would be right, in one line.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}
