//! What happens on the way to an open connection, as it happens.

use super::LeftOut;
use crate::http1::ResponseHead;
use crate::transport;
use crate::url::WebSocketUrl;

/// One thing that happened on the way to an open connection.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A name was resolved, an address tried, TLS agreed on.
    Transport(transport::Step),
    /// The request's lines, secrets hidden.
    Request(Vec<String>),
    /// The head of the answer.
    Answer(ResponseHead),
    /// The answer is followed to another URL. This step is told always.
    Redirected {
        /// Where it leads.
        to: WebSocketUrl,
        /// If that is another origin for the first time, what is not sent from here on.
        left_out: Option<LeftOut>,
    },
}
