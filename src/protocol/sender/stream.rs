//! Messages whose payload is supplied in pieces: each is one binary message of a size that is known
//! beforehand, of which only a piece is in memory.

use super::{PIECE, Position, Sender, Stage, StreamPosition, Transmitted, WRITE_AHEAD, opcode};
use crate::protocol::batch::MessageKind;
use crate::protocol::event::EventBuffer;
use crate::protocol::outgoing::Outgoing;
use crate::protocol::tracer::TracedFrame;

/// The payload of an uncompressed frame of a stream, in bytes. Nothing may be sent within a frame, so
/// a larger stream is sent in fragments of this size (RFC 6455 §5.4): a pong waits for at most this
/// much.
const FRAGMENT: u64 = 1 << 20;
/// A compressed fragment has at least this many bytes, except the last, however small the pieces are
/// in which the payload is supplied.
const MIN_FRAGMENT: usize = 16 * 1024;

impl Sender {
    /// Queues a message of `len` bytes that [`Sender::supply`] takes.
    pub(in crate::protocol) fn queue_stream(&mut self, len: u64) {
        self.queue.push_back(Outgoing::Stream { len });
    }

    /// How many bytes of payload can be supplied now; `None` if there is no room, or no stream at the
    /// head of the queue.
    pub(in crate::protocol) fn wants_payload(&self) -> Option<usize> {
        let len = self.current_stream()?;
        let left = usize::try_from(len - self.stream.supplied).unwrap_or(usize::MAX);
        let used = match self.encoder.waiting() {
            [] => 0,
            _ => self.encoder.end(),
        };
        let room = WRITE_AHEAD.saturating_sub(used);
        Some(left.min(room)).filter(|count| *count > 0)
    }

    /// How many bytes of the stream at the head of the queue were supplied, and its size; `None` if
    /// there is none or it will not be sent.
    pub(in crate::protocol) fn stream_progress(&self) -> Option<(u64, u64)> {
        Some((self.stream.supplied, self.current_stream()?))
    }

    /// Takes the next bytes of the stream at the head of the queue.
    pub(in crate::protocol) fn supply(&mut self, mut bytes: &[u8], events: &mut EventBuffer) {
        if self.encoder.waiting().is_empty() {
            self.encoder.clear();
        }
        while !bytes.is_empty() {
            if self.position.stage != Stage::InFrame {
                while self.write_next_control(events) {}
            }
            // After the last byte the stream is no longer the current one.
            let Some(len) = self.current_stream() else {
                return;
            };
            let taken = if self.compresses(len) {
                self.supply_compressed(len, bytes, events)
            } else {
                self.supply_plain(len, bytes, events)
            };
            bytes = &bytes[taken..];
        }
    }

    /// Sends a stream without any payload, which nobody has to supply.
    pub(super) fn write_empty_stream(&mut self, events: &mut EventBuffer) {
        let opcode = opcode(MessageKind::Binary, true);
        let header = self.encoder.frame(opcode, true, false, &[]);
        self.stream.header = Some(header);
        self.trace_stream(None, events);
        self.record_stream(0, true);
    }

    /// The size of the stream at the head of the queue, if more of it may be written.
    fn current_stream(&self) -> Option<u64> {
        let may_write = self.position.stage == Stage::InFrame || !self.close_first;
        match self.queue.front() {
            Some(Outgoing::Stream { len }) if may_write && !self.finished => Some(*len),
            _ => None,
        }
    }

    /// Writes payload into the current frame, or a new one; returns how many bytes it took.
    fn supply_plain(&mut self, len: u64, bytes: &[u8], events: &mut EventBuffer) -> usize {
        if self.position.stage != Stage::InFrame {
            let left = len - self.stream.supplied;
            let first = self.position.stage == Stage::NotStarted;
            let opcode = opcode(MessageKind::Binary, first);
            let size = left.min(FRAGMENT);
            let header = self.encoder.begin(opcode, size == left, false, size);
            self.stream.header = Some(header);
            self.stream.frame_left = size;
            self.position.stage = Stage::InFrame;
        }
        let room = usize::try_from(self.stream.frame_left).unwrap_or(usize::MAX);
        let piece = &bytes[..bytes.len().min(room)];
        self.encoder.piece(piece);
        self.stream.prefix.add(piece);
        self.stream.supplied += piece.len() as u64;
        self.stream.frame_left -= piece.len() as u64;
        if self.stream.frame_left == 0 {
            self.trace_stream(None, events);
            self.position.stage = Stage::BetweenFragments;
        }
        self.record_stream(piece.len(), self.stream.supplied == len);
        piece.len()
    }

    /// Compresses payload, and writes a fragment when there is enough of it (RFC 7692 §7.2.1); returns
    /// how many bytes it took.
    fn supply_compressed(&mut self, len: u64, bytes: &[u8], events: &mut EventBuffer) -> usize {
        let left = usize::try_from(len - self.stream.supplied).unwrap_or(usize::MAX);
        let piece = &bytes[..bytes.len().min(left).min(PIECE)];
        if self.stream.supplied == 0 {
            self.compressed.clear();
        }
        self.stream.supplied += piece.len() as u64;
        self.stream.prefix.add(piece);
        let last = self.stream.supplied == len;
        if let Some(deflate) = &mut self.deflate {
            deflate.compress(piece, last, &mut self.compressed);
        }
        if last || self.compressed.len() >= MIN_FRAGMENT {
            let first = self.position.stage == Stage::NotStarted;
            let opcode = opcode(MessageKind::Binary, first);
            let header = self.encoder.frame(opcode, last, first, &self.compressed);
            self.compressed.clear();
            self.position.stage = Stage::BetweenFragments;
            self.stream.header = Some(header);
            let size = self.stream.prefix.length();
            self.trace_stream(Some(size), events);
            self.record_stream(usize::try_from(size).unwrap_or(usize::MAX), last);
        }
        piece.len()
    }

    /// Traces the frame whose payload is complete.
    fn trace_stream(&mut self, inflated: Option<u64>, events: &mut EventBuffer) {
        if let Some(header) = self.stream.header.take() {
            let payload = self.stream.prefix.bytes();
            let frame = TracedFrame {
                header,
                inflated,
                payload,
            };
            self.tracer.trace(frame, events);
        }
        self.stream.prefix.clear();
    }

    /// Records the payload that is written, and removes the stream from the queue after its last byte.
    fn record_stream(&mut self, payload: usize, last: bool) {
        let end = self.encoder.end();
        match self.boundaries.back_mut() {
            // Many small pieces share one record.
            Some((at, Transmitted::Part(size))) if !last && *size < PIECE => {
                *at = end;
                *size += payload;
            }
            _ => {
                self.record(payload, last);
            }
        }
        if last {
            self.position = Position::default();
            self.stream = StreamPosition::default();
            self.framed.extend(self.queue.pop_front());
        }
    }
}
