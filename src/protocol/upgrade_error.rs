//! Why an opening handshake failed. The rules are in `upgrade` and `deflate`.

use crate::evidence::Evidence;
use crate::http1::{HeadError, Refusal, excerpt};
use crate::secret_names::{shown_subprotocol, shown_subprotocols};

/// The name of the extension of RFC 7692.
pub(super) const DEFLATE: &str = "permessage-deflate";

/// Why an opening handshake failed (RFC 6455 §4.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
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
    /// `Sec-WebSocket-Extensions` has no element (RFC 6455 §9.1).
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: it is empty")]
    NoExtension,
    /// A parameter is missing after a `;` in `Sec-WebSocket-Extensions` (RFC 6455 §9.1). The value is
    /// the element of the list.
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: {:?} has no parameter after a ';'", excerpt(.0))]
    NoExtensionParameter(String),
    /// A name, parameter or value in `Sec-WebSocket-Extensions` is not a token (RFC 6455 §9.1).
    #[error("the server's Sec-WebSocket-Extensions is not a list of extensions: {:?} is no name, parameter or value", excerpt(.0))]
    ExtensionSyntax(String),
    /// The server uses an extension that was not offered (RFC 6455 §4.1).
    #[error("the server uses the extension {:?}, which was not offered", excerpt(.0))]
    ExtensionNotOffered(String),
    /// The server accepts permessage-deflate more than once.
    #[error("the server answers the offer of {DEFLATE} more than once")]
    DeflateRepeated,
    /// permessage-deflate has a parameter that RFC 7692 does not define (§7.1).
    #[error("the server's {DEFLATE} has the unknown parameter {:?}", excerpt(.0))]
    DeflateUnknownParameter(String),
    /// permessage-deflate has a parameter more than once (RFC 7692 §7.1).
    #[error("the server's {DEFLATE} has the parameter {0} more than once")]
    DeflateRepeatedParameter(&'static str),
    /// A parameter of permessage-deflate has an invalid value (RFC 7692 §7.1).
    #[error("the server's {DEFLATE} has {name}{}, {}", shown(.value.as_ref()), expected(name))]
    DeflateValue {
        /// The parameter.
        name: &'static str,
        /// Its value; `None` if it has none.
        value: Option<String>,
    },
    /// The server limits the client's window, which the offer did not allow (RFC 7692 §7.1.2.2).
    #[error("the server limits client_max_window_bits, which was not offered")]
    DeflateLimitNotOffered,
    /// The server answers with a larger window than was offered (RFC 7692 §7.1.2).
    #[error("the server answers {name}={answered}, but at most {offered} was offered")]
    DeflateWindowTooLarge {
        /// The parameter.
        name: &'static str,
        /// The bits of the server's response.
        answered: u8,
        /// The bits of the offer.
        offered: u8,
    },
    /// The response lacks a parameter that the offer demands (RFC 7692 §7.1.1.1, §7.1.2.1).
    #[error("the server accepts {DEFLATE} without {0}, which was asked for")]
    DeflateMissingParameter(&'static str),
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

    /// Whether the server's `Sec-WebSocket-Extensions` is the reason, so that a request which offers
    /// no extension may be accepted.
    #[must_use]
    pub fn is_about_extensions(&self) -> bool {
        matches!(
            self,
            Self::NoExtension
                | Self::NoExtensionParameter(_)
                | Self::ExtensionSyntax(_)
                | Self::ExtensionNotOffered(_)
                | Self::DeflateRepeated
                | Self::DeflateUnknownParameter(_)
                | Self::DeflateRepeatedParameter(_)
                | Self::DeflateValue { .. }
                | Self::DeflateLimitNotOffered
                | Self::DeflateWindowTooLarge { .. }
                | Self::DeflateMissingParameter(_)
        )
    }
}

fn field(name: &str, value: Option<&str>) -> String {
    value.map_or_else(
        || format!("no {name} header"),
        |value| format!("{name} {:?}", excerpt(value)),
    )
}

fn shown(value: Option<&String>) -> String {
    value.map_or_else(String::new, |value| format!("={:?}", excerpt(value)))
}

fn expected(name: &str) -> &'static str {
    if name.ends_with("_max_window_bits") {
        "which has to be a number from 8 to 15"
    } else {
        "which has no value"
    }
}
