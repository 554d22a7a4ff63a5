//! The rules that a peer can break on an open connection.

use super::opcode::opcode_name;
use crate::evidence::{Evidence, Part};

/// A rule of RFC 6455 or RFC 7692 that the peer broke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Violation {
    /// The bytes are text instead of a frame, for example an HTTP response (RFC 6455 §5.2).
    #[error("text came where a frame should begin (RFC 6455 §5.2)")]
    NotFramed,
    /// A reserved bit "MUST be 0 unless an extension is negotiated that defines meanings"
    /// (RFC 6455 §5.2).
    #[error("{}", reserved_bits(*.opcode, *.bits, *.deflate))]
    ReservedBits {
        /// The frame's opcode.
        opcode: u8,
        /// The bits without a meaning on this frame: 0x40 is `RSV1`, 0x20 `RSV2`, 0x10 `RSV3`.
        bits: u8,
        /// Whether permessage-deflate was negotiated, which gives `RSV1` a meaning on the first
        /// frame of a message (RFC 7692 §6).
        deflate: bool,
    },
    /// A reserved opcode (RFC 6455 §5.2).
    #[error("a frame has the reserved opcode {0:#x} (RFC 6455 §5.2)")]
    ReservedOpcode(u8),
    /// "The minimal number of bytes MUST be used to encode the length" (RFC 6455 §5.2). The value
    /// is the length in bytes.
    #[error("a frame's length of {0} bytes is not in its shortest form (RFC 6455 §5.2)")]
    LengthNotMinimal(u64),
    /// "The most significant bit MUST be 0" (RFC 6455 §5.2).
    #[error("a frame's 64-bit length has its highest bit set (RFC 6455 §5.2)")]
    LengthTooLarge,
    /// A server masked a frame (RFC 6455 §5.1).
    #[error("the server sent a masked frame (RFC 6455 §5.1)")]
    Masked,
    /// A client did not mask a frame (RFC 6455 §5.1).
    #[error("the client sent a frame without a mask (RFC 6455 §5.1)")]
    NotMasked,
    /// A control frame without `FIN` (RFC 6455 §5.5).
    #[error("a {} frame is fragmented (RFC 6455 §5.5)", opcode_name(*.opcode))]
    ControlFragmented {
        /// The frame's opcode.
        opcode: u8,
    },
    /// A control frame of more than 125 bytes (RFC 6455 §5.5).
    #[error("a {} frame has {length} bytes, more than 125 (RFC 6455 §5.5)", opcode_name(*.opcode))]
    ControlTooLong {
        /// The frame's opcode.
        opcode: u8,
        /// The size of its payload in bytes.
        length: u64,
    },
    /// A continuation frame without a message to continue (RFC 6455 §5.4).
    #[error("a continuation frame came with no message to continue (RFC 6455 §5.4)")]
    NothingToContinue,
    /// A new message before the last fragment of the previous one (RFC 6455 §5.4).
    #[error("a new message began before the fragmented one was finished (RFC 6455 §5.4)")]
    MessageNotFinished,
    /// A close frame whose body is half a status code (RFC 6455 §5.5.1).
    #[error("a close frame has a body of one byte (RFC 6455 §5.5.1)")]
    CloseBodyOfOneByte,
    /// A status code that must not be sent (RFC 6455 §7.4).
    #[error("a close frame has the code {0}, which must not be sent (RFC 6455 §7.4)")]
    CloseCode(u16),
    /// A close reason that is not UTF-8 (RFC 6455 §5.5.1).
    #[error("a close frame's reason is not UTF-8 (RFC 6455 §5.5.1)")]
    CloseReason,
    /// A text message that is not UTF-8 (RFC 6455 §8.1).
    #[error("a text message is not UTF-8 (RFC 6455 §8.1)")]
    Text,
    /// A compressed message that cannot be decompressed (RFC 7692 §7.2.2).
    #[error("a compressed message is not a valid DEFLATE stream (RFC 7692 §7.2.2)")]
    Deflate,
    /// A message above the limit of [`Config::max_message_size`](super::Config::max_message_size)
    /// (RFC 6455 §10.4).
    #[error("a message is larger than the limit of {limit} bytes")]
    TooBig {
        /// The limit in bytes.
        limit: usize,
    },
}

impl Violation {
    /// The status code that reports the violation to the peer (RFC 6455 §7.4.1).
    #[must_use]
    pub fn close_code(&self) -> u16 {
        match self {
            Self::CloseReason | Self::Text | Self::Deflate => 1007,
            Self::TooBig { .. } => 1009,
            _ => 1002,
        }
    }

    /// The offending bytes, as the end of an error message; empty if they explain nothing.
    pub(super) fn shown(&self, evidence: &Evidence) -> String {
        match (self, evidence.part) {
            (Self::TooBig { .. }, _) => String::new(),
            (_, Part::Frames) => format!(": {evidence}"),
            (_, _) => format!(": {evidence} at byte {}", evidence.offset),
        }
    }
}

/// `RSV1` as a bit of a frame's first byte.
const RSV1: u8 = 0x40;

fn reserved_bits(opcode: u8, bits: u8, deflate: bool) -> String {
    let rule = match (deflate, bits, opcode) {
        (false, ..) => ", and no extension was negotiated (RFC 6455 §5.2)",
        (true, RSV1, 0) => {
            ", which permessage-deflate sets on the first frame of a message (RFC 7692 §6.1)"
        }
        (true, RSV1, _) => ", but permessage-deflate leaves control frames alone (RFC 7692 §6.1)",
        (true, ..) => ", to which permessage-deflate gives no meaning (RFC 6455 §5.2)",
    };
    format!(
        "a {} frame has {} set{rule}",
        opcode_name(opcode),
        names(bits)
    )
}

fn names(bits: u8) -> String {
    let names = [(RSV1, "RSV1"), (0x20, "RSV2"), (0x10, "RSV3")];
    let set = names.iter().filter(|(bit, _)| bits & bit != 0);
    let set: Vec<&str> = set.map(|(_, name)| *name).collect();
    set.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_the_frame_and_the_extension_are_named() {
        for (shown, expected) in [
            (
                reserved_bits(1, 0x40, false),
                "a text frame has RSV1 set, and no extension",
            ),
            (
                reserved_bits(9, 0x40, true),
                "a ping frame has RSV1 set, but permessage-deflate leaves control",
            ),
            (
                reserved_bits(0, 0x40, true),
                "a continuation frame has RSV1 set, which permessage-deflate sets on the first",
            ),
            (
                reserved_bits(2, 0x30, true),
                "a binary frame has RSV2 and RSV3 set, to which permessage-deflate",
            ),
            (
                reserved_bits(11, 0x50, false),
                "a reserved frame has RSV1 and RSV3 set",
            ),
        ] {
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
