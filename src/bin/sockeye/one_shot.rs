//! Messages from the command line, replies to standard output. Standard input is never read.

use crate::failure::Unsent;
use crate::session::Connector;
use crate::transfer;
use sockeye::protocol::Batch;

/// What to send and when to leave.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The messages, in order.
    pub(crate) messages: Vec<Batch>,
    /// When to leave.
    pub(crate) transfer: transfer::Settings,
}

/// Sends the messages and writes what comes back.
pub(crate) fn run(connector: Connector, settings: Settings) -> anyhow::Result<()> {
    let Settings { messages, transfer } = settings;
    transfer::hold(connector, &transfer, messages, |_| Ok(Unsent::default()))
}
