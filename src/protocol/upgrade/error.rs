//! Why the response to an upgrade request is not valid.

use crate::evidence::Evidence;
use crate::http1::{HeadError, Refusal, excerpt};
use crate::protocol::deflate::ExtensionError;
use crate::secret_names::{shown_subprotocol, shown_subprotocols};

/// Why an opening handshake failed (RFC 6455 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The server answered with another status than `101 Switching Protocols`.
    #[error("the server refused the upgrade: {} {}", .0.status, .0.phrase)]
    Refused(Box<Refusal>),
    /// The connection ended before the first byte of a response.
    #[error("the server closed the connection without answering the upgrade request")]
    NoAnswer,
    /// The connection ended within the head of the response.
    #[error("the server closed the connection in the middle of its answer to the upgrade request")]
    CutShort,
    /// The head of the response cannot be parsed.
    #[error("the server's answer to the upgrade request cannot be read: {0}")]
    Head(#[from] HeadError),
    /// Too many interim responses (1xx). The value is the limit.
    #[error("the server sent more than {0} interim answers and no final one")]
    TooManyInterim(usize),
    /// The response is in HTTP/1.0, which has no upgrade.
    #[error("the server switched protocols in HTTP/1.0, which has no upgrade")]
    Version,
    /// `Upgrade` is missing or not `websocket`. The value is what the server sent.
    #[error("the server's answer has {}, where it should be \"websocket\"", field("Upgrade", .0.as_deref()))]
    Upgrade(Option<String>),
    /// `Connection` is missing or does not contain `Upgrade`. The value is what the server sent.
    #[error("the server's answer has {}, where it should contain \"Upgrade\"", field("Connection", .0.as_deref()))]
    Connection(Option<String>),
    /// `Sec-WebSocket-Accept` is missing or does not match `Sec-WebSocket-Key`.
    #[error("the server's answer has {}, where it should be {expected:?}", field("Sec-WebSocket-Accept", .found.as_deref()))]
    Accept {
        /// What the server sent.
        found: Option<String>,
        /// What matches the key.
        expected: String,
    },
    /// The server chose none of the subprotocols offered.
    #[error("the server chose none of the subprotocols offered ({})", shown_subprotocols(.0).join(", "))]
    NoSubprotocol(Vec<String>),
    /// The server chose a subprotocol that was not offered.
    #[error("the server chose the subprotocol {:?}, which was not offered", excerpt(shown_subprotocol(.0)))]
    Subprotocol(String),
    /// The server uses an extension that was not offered, or with invalid parameters.
    #[error(transparent)]
    Extensions(#[from] ExtensionError),
}

impl UpgradeError {
    /// The bytes that could not be parsed.
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
