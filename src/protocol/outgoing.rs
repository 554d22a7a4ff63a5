//! What is queued to be sent.

use super::batch::Batch;

/// Messages that were queued, as [`Endpoint::take_unsent`](super::Endpoint::take_unsent) returns
/// them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outgoing {
    /// Messages whose payload was queued with them.
    Batch(Batch),
    /// One binary message whose payload the caller supplies in pieces
    /// ([`Endpoint::send_stream`](super::Endpoint::send_stream)).
    Stream {
        /// The size of the payload in bytes.
        len: u64,
    },
}

impl Outgoing {
    /// The number of messages.
    pub(super) fn messages(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.len(),
            Self::Stream { .. } => 1,
        }
    }

    /// Removes the first `count` messages.
    pub(super) fn skip(&mut self, count: usize) {
        if let Self::Batch(batch) = self {
            batch.skip(count);
        }
    }
}
