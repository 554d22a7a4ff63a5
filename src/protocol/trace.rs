//! Frames as they are on the wire, for who wants to watch them.

use super::frame::{Control, Header, MAX_CONTROL, OpCode};
use super::{Config, Inbox};

/// How much is told beside what the standard's events tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trace {
    /// Nothing.
    #[default]
    Off,
    /// Both handshakes: how the connection is made, and the close frames.
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

/// A frame (RFC 6455 §5.2): its header, and how its payload begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Which way it went.
    pub direction: Direction,
    /// What it is: 0 to 2 for data, 8 to 10 for control.
    pub opcode: u8,
    /// Whether it is the last of its message.
    pub fin: bool,
    /// Whether it is the first of a compressed message (RFC 7692 §6).
    pub rsv1: bool,
    /// A bit that nothing we know of gives a meaning.
    pub rsv2: bool,
    /// Another one.
    pub rsv3: bool,
    /// Whether its payload was masked.
    pub masked: bool,
    /// The payload in bytes, as on the wire.
    pub length: u64,
    /// The same without compression; none when the message is not compressed.
    pub inflated: Option<u64>,
    /// The first bytes of the payload, unmasked and inflated; all of a control frame.
    pub beginning: &'a [u8],
}

impl Frame<'_> {
    /// The opcode's name in RFC 6455 §11.8.
    #[must_use]
    pub fn name(&self) -> &'static str {
        opcode_name(self.opcode)
    }
}

/// The opcode's name in RFC 6455 §11.8.
pub(super) fn opcode_name(opcode: u8) -> &'static str {
    match opcode {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "close",
        9 => "ping",
        10 => "pong",
        _ => "reserved",
    }
}

/// The beginning of a frame's payload that is kept.
const BEGINNING: usize = MAX_CONTROL;

/// Tells the frames of one direction, as many of them as are asked for.
#[derive(Debug)]
pub(super) struct Tracer {
    level: Trace,
    direction: Direction,
}

/// What only the maker or the reader of a frame knows about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) header: Header,
    pub(super) inflated: Option<u64>,
    /// The payload, or as much of its beginning as is here.
    pub(super) payload: &'a [u8],
}

impl Tracer {
    pub(super) fn new(config: &Config, direction: Direction) -> Self {
        Self {
            level: config.trace,
            direction,
        }
    }

    /// Whether data frames are told too.
    #[inline]
    pub(super) fn tells_data(&self) -> bool {
        self.level == Trace::Frames
    }

    /// Tells a frame if it is one of those asked for.
    #[inline]
    pub(super) fn tell(&self, seen: Seen<'_>, inbox: &mut Inbox) {
        if self.level > Trace::Off && self.wants(seen.header.opcode) {
            let header = seen.header;
            inbox.push_frame(&Frame {
                direction: self.direction,
                opcode: header.opcode.into(),
                fin: header.fin,
                rsv1: header.rsv1,
                rsv2: header.rsv2,
                rsv3: header.rsv3,
                masked: header.key.is_some(),
                length: header.len,
                inflated: seen.inflated,
                beginning: &seen.payload[..seen.payload.len().min(BEGINNING)],
            });
        }
    }

    fn wants(&self, opcode: OpCode) -> bool {
        self.tells_data() || opcode == OpCode::Control(Control::Close)
    }
}

/// What has been seen of a payload that comes in pieces.
#[derive(Debug, Default)]
pub(super) struct Beginning {
    bytes: Vec<u8>,
    length: u64,
}

impl Beginning {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.length = 0;
    }

    pub(super) fn add(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        let room = BEGINNING - self.bytes.len();
        self.bytes
            .extend_from_slice(&piece[..piece.len().min(room)]);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The length of all pieces together.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}
