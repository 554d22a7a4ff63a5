//! What the end of a connection has cut off.

use crate::evidence::Evidence;
use crate::protocol::Kind;
use crate::protocol::trace::opcode_name;
use std::fmt;

/// Something of which the end did not come. It is discarded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// What it is.
    pub part: UnfinishedPart,
    /// As much of it as shows where it was cut off.
    pub evidence: Evidence,
}

/// What was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnfinishedPart {
    /// The header of a frame.
    Header,
    /// A control frame.
    Control {
        /// What it is.
        opcode: u8,
    },
    /// A message.
    Message {
        /// Text or binary.
        kind: Kind,
        /// So much of its payload has come, inflated.
        bytes: u64,
    },
}

/// "in the middle of …"
impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.part {
            UnfinishedPart::Header => f.write_str("in the middle of a frame header"),
            UnfinishedPart::Control { opcode } => {
                write!(f, "in the middle of a {} frame", opcode_name(opcode))
            }
            UnfinishedPart::Message { kind, bytes } => {
                let kind = match kind {
                    Kind::Text => "text",
                    Kind::Binary => "binary",
                };
                let bytes = super::counted(bytes);
                write!(
                    f,
                    "in the middle of a {kind} message, {bytes} of which had come"
                )
            }
        }
    }
}
