//! Turns frames into events at the trace level that the configuration asks for.

use super::config::Config;
use super::event::EventBuffer;
use super::frame::header::Header;
use super::opcode::{Control, MAX_CONTROL, OpCode};
use super::trace::{Direction, Frame, Trace};

/// How many bytes of a payload a [`Frame`] shows.
const PREFIX: usize = MAX_CONTROL;

/// Reports the frames of one direction.
#[derive(Debug)]
pub(super) struct Tracer {
    level: Trace,
    direction: Direction,
}

/// A frame with what only the encoder or the decoder knows about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TracedFrame<'a> {
    pub(super) header: Header,
    pub(super) inflated: Option<u64>,
    /// The payload, or its first bytes.
    pub(super) payload: &'a [u8],
}

impl Tracer {
    pub(super) fn new(config: &Config, direction: Direction) -> Self {
        Self {
            level: config.trace,
            direction,
        }
    }

    /// Whether data frames are reported, too.
    #[inline]
    pub(super) fn traces_data(&self) -> bool {
        self.level == Trace::Frames
    }

    /// Reports the frame if the level includes it.
    #[inline]
    pub(super) fn trace(&self, frame: TracedFrame<'_>, events: &mut EventBuffer) {
        if self.level > Trace::Off && self.includes(frame.header.opcode) {
            let header = frame.header;
            events.push_frame(&Frame {
                direction: self.direction,
                opcode: header.opcode.into(),
                fin: header.fin,
                rsv1: header.rsv1,
                rsv2: header.rsv2,
                rsv3: header.rsv3,
                masked: header.key.is_some(),
                length: header.len,
                inflated: frame.inflated,
                beginning: frame.payload[..frame.payload.len().min(PREFIX)].into(),
            });
        }
    }

    fn includes(&self, opcode: OpCode) -> bool {
        self.traces_data() || opcode == OpCode::Control(Control::Close)
    }
}

/// The first bytes of a payload that arrives in pieces, and its length so far.
#[derive(Debug, Default)]
pub(super) struct PayloadPrefix {
    bytes: Vec<u8>,
    length: u64,
}

impl PayloadPrefix {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.length = 0;
    }

    pub(super) fn add(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        let room = PREFIX - self.bytes.len();
        self.bytes
            .extend_from_slice(&piece[..piece.len().min(room)]);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The length of all pieces, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }
}
