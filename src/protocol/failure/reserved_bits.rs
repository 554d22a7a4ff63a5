//! A frame with bits set that mean nothing (RFC 6455 §5.2).

use crate::protocol::trace::opcode_name;
use std::fmt;

/// `RSV1` to `RSV3` with no extension that gives them a meaning on such a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReservedBits {
    /// The frame's opcode.
    pub opcode: u8,
    /// The bits that mean nothing: 0x40 for `RSV1`, 0x20 for `RSV2`, 0x10 for `RSV3`.
    pub bits: u8,
    /// Whether permessage-deflate was negotiated, which gives `RSV1` a meaning on the first frame
    /// of a message (RFC 7692 §6).
    pub deflate: bool,
}

/// `RSV1` as a bit of a frame's first byte.
const RSV1: u8 = 0x40;

impl std::error::Error for ReservedBits {}

impl fmt::Display for ReservedBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = opcode_name(self.opcode);
        write!(f, "a {name} frame has {} set", names(self.bits))?;
        f.write_str(match (self.deflate, self.bits, self.opcode) {
            (false, ..) => ", and no extension was negotiated (RFC 6455 §5.2)",
            (true, RSV1, 0) => {
                ", which permessage-deflate sets on the first frame of a message (RFC 7692 §6.1)"
            }
            (true, RSV1, _) => {
                ", but permessage-deflate leaves control frames alone (RFC 7692 §6.1)"
            }
            (true, ..) => ", to which permessage-deflate gives no meaning (RFC 6455 §5.2)",
        })
    }
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
        let said = |opcode, bits, deflate| {
            let bits = ReservedBits {
                opcode,
                bits,
                deflate,
            };
            bits.to_string()
        };
        for (shown, expected) in [
            (
                said(1, 0x40, false),
                "a text frame has RSV1 set, and no extension",
            ),
            (
                said(9, 0x40, true),
                "a ping frame has RSV1 set, but permessage-deflate leaves control",
            ),
            (
                said(0, 0x40, true),
                "a continuation frame has RSV1 set, which permessage-deflate sets on the first",
            ),
            (
                said(2, 0x30, true),
                "a binary frame has RSV2 and RSV3 set, to which permessage-deflate",
            ),
            (
                said(11, 0x50, false),
                "a reserved frame has RSV1 and RSV3 set",
            ),
        ] {
            assert!(shown.starts_with(expected), "{shown}");
        }
    }
}
