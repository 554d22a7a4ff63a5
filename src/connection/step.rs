//! What happens on the way to an open connection, as it happens.

use super::LeftOut;
use crate::http1::ResponseHead;
use crate::transport;
use crate::url::WebSocketUrl;

/// A step on the way to an open connection.
///
/// Reported as [`Event::Connecting`](crate::Event::Connecting). All but
/// [`Redirected`](Step::Redirected) are reported only if [`Options::trace`](crate::Options::trace)
/// asks for them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A name was resolved, an address was tried, a tunnel was opened or TLS was agreed on.
    Transport(transport::TransportStep),
    /// The request was sent. These are its lines, with secrets hidden.
    Request(Vec<String>),
    /// The head of the server's answer has arrived.
    Answer(ResponseHead),
    /// The answer is a redirect that is followed. Always reported.
    Redirected {
        /// The URL that it leads to.
        to: WebSocketUrl,
        /// What is not sent from here on, if this is the first URL of another origin.
        left_out: Option<LeftOut>,
    },
}
