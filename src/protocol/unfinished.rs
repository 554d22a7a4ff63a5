//! What the end of a connection truncated.

use super::opcode::opcode_name;
use crate::evidence::Evidence;
use std::fmt;

/// A part of the stream whose end never arrived. It is discarded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unfinished {
    /// The header of a frame.
    Header {
        /// The bytes of the header that arrived.
        evidence: Evidence,
    },
    /// A control frame.
    Control {
        /// Its opcode, 8 to 10.
        opcode: u8,
        /// The first bytes of the frame.
        evidence: Evidence,
    },
    /// A message.
    Message {
        /// Whether it is text; it is binary otherwise.
        is_text: bool,
        /// How much of its payload arrived, in bytes after decompression.
        bytes: u64,
        /// The first bytes of the frame that is incomplete, or, between two fragments, the last
        /// bytes of the message.
        evidence: Evidence,
    },
}

impl Unfinished {
    /// The bytes that show where the stream ended.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        match self {
            Self::Header { evidence }
            | Self::Control { evidence, .. }
            | Self::Message { evidence, .. } => evidence,
        }
    }
}

/// "in the middle of …"
impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header { .. } => f.write_str("in the middle of a frame header"),
            Self::Control { opcode, .. } => {
                write!(f, "in the middle of a {} frame", opcode_name(*opcode))
            }
            Self::Message { is_text, bytes, .. } => {
                let kind = if *is_text { "text" } else { "binary" };
                let plural = if *bytes == 1 { "" } else { "s" };
                write!(
                    f,
                    "in the middle of a {kind} message, {bytes} byte{plural} of which had come"
                )
            }
        }
    }
}
