//! Why an answer to the upgrade is not valid.

use crate::evidence::Evidence;
use crate::http1::{HeadError, excerpt};
use crate::protocol::deflate::NegotiationError;
use crate::secret_names::{shown_subprotocol, shown_subprotocols};

/// Why a server's answer is none that a WebSocket can go by (RFC 6455 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The connection ended before the first byte of an answer.
    #[error("the server closed the connection without answering the upgrade request")]
    NoAnswer,
    /// The connection ended within the head of the answer.
    #[error("the server closed the connection in the middle of its answer to the upgrade request")]
    CutShort,
    /// The answer cannot be read.
    #[error("the server's answer to the upgrade request cannot be read: {0}")]
    Head(#[from] HeadError),
    /// Interim answers without end.
    #[error("the server sent more than {0} interim answers and no final one")]
    TooManyInterim(usize),
    /// The answer is in HTTP/1.0, which has no upgrade.
    #[error("the server switched protocols in HTTP/1.0, which has no upgrade")]
    Version,
    /// `Upgrade` is missing or not `websocket`.
    #[error("the server's answer has {}, where it should be \"websocket\"", field("Upgrade", .0.as_deref()))]
    Upgrade(Option<String>),
    /// `Connection` is missing or does not contain `Upgrade`.
    #[error("the server's answer has {}, where it should contain \"Upgrade\"", field("Connection", .0.as_deref()))]
    Connection(Option<String>),
    /// `Sec-WebSocket-Accept` is missing or not made from our key.
    #[error("the server's answer has {}, where it should be {expected:?}", field("Sec-WebSocket-Accept", .found.as_deref()))]
    Accept {
        /// What the server sent.
        found: Option<String>,
        /// What follows from the key.
        expected: String,
    },
    /// Subprotocols were offered, and the server chose none.
    #[error("the server chose none of the subprotocols offered ({})", shown_subprotocols(.0).join(", "))]
    NoSubprotocol(Vec<String>),
    /// The server chose a subprotocol that was not offered.
    #[error("the server chose the subprotocol {:?}, which was not offered", excerpt(shown_subprotocol(.0)))]
    Subprotocol(String),
    /// The server uses an extension that was not offered, or not as it was offered.
    #[error(transparent)]
    Extensions(#[from] NegotiationError),
}

impl UpgradeError {
    /// What came that cannot be read.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Head(error) => error.evidence(),
            _ => None,
        }
    }
}

fn field(name: &str, value: Option<&str>) -> String {
    value.map_or_else(
        || format!("no {name} header"),
        |value| format!("{name} {:?}", excerpt(value)),
    )
}
