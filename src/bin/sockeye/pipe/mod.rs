//! Standard input as messages, replies to standard output.
//!
//! [`cutter`] cuts blocks of input into messages without looking at any other part of the world,
//! [`input`] reads the blocks, and [`transfer`] does the rest.

mod cutter;
mod input;

use crate::session::Connector;
use crate::transfer;
use input::Input;
use sockeye::protocol::Batch;
use std::io;
use std::os::fd::AsFd;

/// What standard input is, and what is sent before it.
#[derive(Debug)]
pub(crate) struct Settings {
    /// How standard input is cut.
    pub(crate) framing: Framing,
    /// Messages that go first.
    pub(crate) first: Vec<Batch>,
    /// When to leave.
    pub(crate) transfer: transfer::Settings,
}

/// How standard input becomes messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Each ends with this byte; before a newline, a carriage return is left out too.
    Separated(u8),
    /// Binary messages of this many bytes, the last one shorter.
    Chunks {
        /// How many.
        size: usize,
        /// A message waits until it is full; otherwise what has come goes out when no more is
        /// there to be read.
        exact: bool,
    },
    /// One text message.
    WholeText,
    /// One binary message.
    WholeBinary,
}

/// Sends standard input and writes what comes back.
pub(crate) fn run(connector: Connector, settings: Settings) -> anyhow::Result<()> {
    let Settings {
        framing,
        first,
        transfer,
    } = settings;
    transfer::hold(connector, &transfer, first, move |speaker| {
        Input::new(speaker, io::stdin().as_fd(), framing).send_all()
    })
}
