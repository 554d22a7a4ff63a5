//! Messages from the command line, replies to standard output. Standard input is never read.

use crate::conversation;
use crate::failure::Unsent;
use crate::session::Connector;
use sockeye::protocol::Batch;

/// What to send and when to leave.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The messages, in order.
    pub(crate) messages: Vec<Batch>,
    /// When to leave.
    pub(crate) conversation: conversation::Settings,
}

/// Sends the messages and writes what comes back.
pub(crate) fn run(connector: Connector, settings: Settings) -> anyhow::Result<()> {
    let Settings {
        messages,
        conversation,
    } = settings;
    conversation::hold(
        connector,
        &conversation,
        messages,
        |_| Ok(Unsent::default()),
    )
}
