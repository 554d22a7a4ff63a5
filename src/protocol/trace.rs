//! Frames as they are on the wire, reported for diagnostics.

use super::opcode::opcode_name;
use std::borrow::Cow;

/// How much is reported beside the events that the WHATWG standard defines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// Nothing.
    #[default]
    Off,
    /// Both handshakes: the steps to the connection, and the close frames.
    Handshakes,
    /// The handshakes and every frame.
    Frames,
}

/// Which way a frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the peer.
    Sent,
    /// From the peer.
    Received,
}

/// A frame (RFC 6455 §5.2): its header, and the beginning of its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Which way the frame went.
    pub direction: Direction,
    /// The opcode: 0 to 2 for data frames, 8 to 10 for control frames.
    pub opcode: u8,
    /// `FIN`: whether the frame is the last of its message.
    pub fin: bool,
    /// `RSV1`: whether the frame is the first of a compressed message (RFC 7692 §6).
    pub rsv1: bool,
    /// `RSV2`, to which no supported extension gives a meaning.
    pub rsv2: bool,
    /// `RSV3`, to which no supported extension gives a meaning.
    pub rsv3: bool,
    /// Whether the payload is masked (RFC 6455 §5.3).
    pub masked: bool,
    /// The size of the payload on the wire, in bytes.
    pub length: u64,
    /// The size of the payload after decompression, in bytes; `None` if the message is not
    /// compressed.
    pub inflated: Option<u64>,
    /// The first bytes of the payload, unmasked and decompressed: at most 125. A control frame is
    /// here whole.
    pub beginning: Cow<'a, [u8]>,
}

impl Frame<'_> {
    /// The same frame with a copy of its payload's beginning.
    #[must_use]
    pub fn into_owned(self) -> Frame<'static> {
        Frame {
            beginning: Cow::Owned(self.beginning.into_owned()),
            ..self
        }
    }

    /// The opcode's name in RFC 6455 §11.8, or `reserved`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        opcode_name(self.opcode)
    }
}
