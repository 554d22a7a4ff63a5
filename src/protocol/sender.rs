//! Messages to frames, which are written only when the network can take them.

mod stream;

use super::batch::{Batch, MessageKind};
use super::close::CloseFrame;
use super::config::Config;
use super::control_queue::{ControlQueue, Origin};
use super::deflate::Compressor;
use super::event::EventBuffer;
use super::frame::encoder::Encoder;
use super::frame::header::Header;
use super::opcode::{Control, Data, OpCode};
use super::outgoing::Outgoing;
use super::trace::Direction;
use super::tracer::{PayloadPrefix, TracedFrame, Tracer};
use std::collections::VecDeque;

/// Frames are written until about this many bytes wait for the network: enough for one large write,
/// and little enough that a control frame is not delayed for long.
const WRITE_AHEAD: usize = 128 * 1024;
/// How many bytes of a large message are framed, or compressed into a fragment, at a time, so that
/// memory does not grow with the message.
const PIECE: usize = 64 * 1024;
/// Shorter messages are not compressed: they would hardly become smaller.
const MIN_COMPRESSED: u64 = 64;

/// The queue of what is to be sent: control frames first, then messages in their order, then the
/// close frame.
#[derive(Debug)]
pub(super) struct Sender {
    deflate: Option<Compressor>,
    control: ControlQueue,
    queue: VecDeque<Outgoing>,
    /// Messages that are framed completely, but not yet taken completely by the network.
    framed: VecDeque<Outgoing>,
    /// How many messages of the oldest batch the network has taken completely.
    taken: usize,
    position: Position,
    stream: StreamPosition,
    close: Option<CloseFrame>,
    /// The close frame goes before queued messages.
    close_first: bool,
    /// The close frame is written; nothing may follow it (RFC 6455 §5.5.1).
    finished: bool,
    encoder: Encoder,
    /// Offsets in the encoder's buffer, and what the network has taken once it has taken the bytes
    /// up to there.
    boundaries: VecDeque<(usize, Transmitted)>,
    compressed: Vec<u8>,
    tracer: Tracer,
}

/// How far the first batch of the queue is framed.
#[derive(Debug, Default)]
struct Position {
    /// The index of the message.
    message: usize,
    /// How many bytes of it are framed, or given to the compressor.
    offset: usize,
    /// The end of the current frame, counted as `offset` is.
    frame_end: usize,
    /// How many of those the compressor holds back until it has output.
    compressing: usize,
    stage: Stage,
}

/// How far the stream at the head of the queue is sent.
#[derive(Debug, Default)]
struct StreamPosition {
    /// How many bytes of its payload were supplied.
    supplied: u64,
    /// How many bytes the current frame still needs.
    frame_left: u64,
    /// The header of the current frame.
    header: Option<Header>,
    /// The payload of the current frame so far, before compression.
    prefix: PayloadPrefix,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No frame of the message is written.
    #[default]
    NotStarted,
    /// Within a frame: nothing else may be written.
    InFrame,
    /// Between two fragments: control frames may be written (RFC 6455 §5.4).
    BetweenFragments,
}

/// What the network has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transmitted {
    /// A part of a message: its size in bytes before compression.
    Part(usize),
    /// The last part of a message, likewise.
    Message(usize),
    /// The close frame.
    Close,
}

impl Sender {
    pub(super) fn new(config: &Config) -> Self {
        let deflate = config.deflate.as_ref();
        let deflate = deflate.map(|params| Compressor::for_role(params, config.role));
        Self {
            deflate,
            control: ControlQueue::default(),
            queue: VecDeque::new(),
            framed: VecDeque::new(),
            taken: 0,
            position: Position::default(),
            stream: StreamPosition::default(),
            close: None,
            close_first: false,
            finished: false,
            encoder: Encoder::new(config),
            boundaries: VecDeque::new(),
            compressed: Vec::new(),
            tracer: Tracer::new(config, Direction::Sent),
        }
    }

    /// Queues messages. After the end they are only kept for [`Sender::take_unsent`].
    pub(super) fn queue(&mut self, batch: Batch) {
        if !batch.is_empty() {
            self.queue.push_back(Outgoing::Batch(batch));
        }
    }

    /// Queues a ping or a pong. For those of the application, the caller asks
    /// [`Sender::is_control_full`] first.
    pub(super) fn control(&mut self, control: Control, payload: &[u8], origin: Origin) {
        self.control.push(control, payload, origin);
    }

    /// Whether the application has queued as many pings and pongs as are allowed.
    pub(super) fn is_control_full(&self) -> bool {
        self.control.is_full()
    }

    /// Whether a keep-alive ping waits to be written.
    pub(super) fn has_keep_alive(&self) -> bool {
        self.control.has_keep_alive()
    }

    /// Queues the close frame after everything else, unless one is written already.
    pub(super) fn close(&mut self, status: CloseFrame) {
        self.close = Some(status).filter(|_| !self.finished);
    }

    /// Whether nothing more is written.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether there are messages that the network has not taken completely.
    pub(super) fn has_messages(&self) -> bool {
        !self.queue.is_empty() || !self.framed.is_empty()
    }

    /// Sends the close frame as soon as a frame may begin; queued messages stay unsent. Pongs go
    /// before it, because their pings came before what ends the connection (RFC 6455 §5.5.2).
    pub(super) fn close_now(&mut self, status: CloseFrame) {
        self.control.retain_pongs();
        self.close_first = true;
        self.close(status);
    }

    /// Writes nothing more; what was queued is kept for [`Sender::take_unsent`].
    pub(super) fn stop(&mut self) {
        self.finished = true;
        self.control.clear();
        self.position = Position::default();
        self.stream = StreamPosition::default();
        self.close = None;
        self.encoder.clear();
        self.boundaries.clear();
    }

    /// The bytes for the network, or an empty slice. Traces the frames that it writes.
    pub(super) fn transmit(&mut self, events: &mut EventBuffer) -> &[u8] {
        if self.encoder.waiting().is_empty() {
            self.encoder.clear();
            while self.encoder.end() < WRITE_AHEAD && self.write_next(events) {}
        }
        self.encoder.waiting()
    }

    /// The network has taken the first `count` bytes of [`Sender::transmit`].
    pub(super) fn advance(&mut self, count: usize, mut transmitted: impl FnMut(Transmitted)) {
        self.encoder.advance(count);
        while let Some((end, what)) = self.boundaries.front()
            && *end <= self.encoder.taken()
        {
            let what = *what;
            transmitted(what);
            self.boundaries.pop_front();
            if matches!(what, Transmitted::Message(_)) {
                self.count_taken();
            }
        }
    }

    /// The messages that the network has not taken completely, in their order.
    pub(super) fn take_unsent(&mut self) -> Vec<Outgoing> {
        let framed = self.framed.drain(..);
        let mut unsent: Vec<Outgoing> = framed.chain(self.queue.drain(..)).collect();
        if let Some(first) = unsent.first_mut() {
            first.skip(std::mem::take(&mut self.taken));
        }
        unsent
    }

    /// Counts a message that the network has taken, and drops the batch after its last one.
    fn count_taken(&mut self) {
        self.taken += 1;
        let oldest = self.framed.front();
        if oldest.is_some_and(|oldest| oldest.messages() == self.taken) {
            self.framed.pop_front();
            self.taken = 0;
        }
    }

    /// Writes the next control frame, frames of the next batch, or the close frame. False if there
    /// is nothing to write.
    fn write_next(&mut self, events: &mut EventBuffer) -> bool {
        if self.finished {
            return false;
        }
        let in_frame = self.position.stage == Stage::InFrame;
        if !in_frame && self.write_next_control(events) {
            return true;
        }
        if in_frame || !self.close_first {
            match self.queue.front() {
                Some(Outgoing::Stream { len: 0 }) => {
                    self.write_empty_stream(events);
                    return true;
                }
                // The caller supplies it.
                Some(Outgoing::Stream { .. }) => return false,
                Some(Outgoing::Batch(_)) | None => {}
            }
            if let Some(Outgoing::Batch(batch)) = self.queue.pop_front() {
                self.write_from(batch, events);
                return true;
            }
        }
        self.write_close(events)
    }

    /// Writes the next ping or pong. False if there is none.
    fn write_next_control(&mut self, events: &mut EventBuffer) -> bool {
        let next = self.control.pop();
        let written = next.map(|(control, payload)| self.write_control(control, &payload, events));
        written.is_some()
    }

    /// Writes the close frame. False if there is none.
    fn write_close(&mut self, events: &mut EventBuffer) -> bool {
        let Some(frame) = self.close.take() else {
            return false;
        };
        self.write_control(Control::Close, &frame.body(), events);
        let end = self.encoder.end();
        self.boundaries.push_back((end, Transmitted::Close));
        self.finished = true;
        true
    }

    fn write_control(&mut self, control: Control, payload: &[u8], events: &mut EventBuffer) {
        let opcode = OpCode::Control(control);
        let header = self.encoder.frame(opcode, true, false, payload);
        self.tracer.trace(
            TracedFrame {
                header,
                inflated: None,
                payload,
            },
            events,
        );
    }

    /// Writes messages of a batch until a control frame is due or enough is written, and puts back
    /// the rest.
    fn write_from(&mut self, batch: Batch, events: &mut EventBuffer) {
        loop {
            let payload = batch.payload(self.position.message);
            let complete = match (batch.fragment(), self.compresses(payload.len() as u64)) {
                (None, false) => self.write_piece(batch.kind(), payload, payload.len(), events),
                (None, true) => self.write_fragment(batch.kind(), payload, events),
                (Some(size), false) => self.write_piece(batch.kind(), payload, size, events),
                (Some(size), true) => self.write_cut(batch.kind(), payload, size, events),
            };
            if complete {
                self.position = Position {
                    message: self.position.message + 1,
                    ..Position::default()
                };
            }
            if self.position.message == batch.len() {
                self.position = Position::default();
                return self.framed.push_back(Outgoing::Batch(batch));
            }
            if self.close_first || !self.control.is_empty() || self.encoder.end() >= WRITE_AHEAD {
                return self.queue.push_front(Outgoing::Batch(batch));
            }
        }
    }

    fn compresses(&self, len: u64) -> bool {
        let shrinks = self.deflate.as_ref().is_some_and(Compressor::shrinks);
        shrinks && len >= MIN_COMPRESSED
    }

    /// Writes the next piece of an uncompressed message in frames of `size` bytes. True if it was the
    /// last piece.
    #[inline]
    fn write_piece(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        size: usize,
        events: &mut EventBuffer,
    ) -> bool {
        let piece = self.write_bytes(kind, payload, size, false, events);
        self.record(piece, self.position.offset == payload.len())
    }

    /// Writes the next piece of a message that is compressed as a whole and then cut into fragments.
    /// A fragment does not say how much of the message it holds, so the whole message counts as
    /// sent with the last one.
    #[cold]
    fn write_cut(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        size: usize,
        events: &mut EventBuffer,
    ) -> bool {
        let mut compressed = std::mem::take(&mut self.compressed);
        if let (Stage::NotStarted, Some(deflate)) = (self.position.stage, &mut self.deflate) {
            compressed.clear();
            deflate.compress(payload, true, &mut compressed);
        }
        self.write_bytes(kind, &compressed, size, true, events);
        let last = self.position.offset == compressed.len();
        self.compressed = compressed;
        self.record(if last { payload.len() } else { 0 }, last)
    }

    /// Writes the next piece of `bytes` in frames of `size` bytes; returns the size of the piece.
    #[inline]
    fn write_bytes(
        &mut self,
        kind: MessageKind,
        bytes: &[u8],
        size: usize,
        rsv1: bool,
        events: &mut EventBuffer,
    ) -> usize {
        let Position { offset, stage, .. } = self.position;
        if stage != Stage::InFrame {
            let end = bytes.len().min(offset.saturating_add(size));
            let first = stage == Stage::NotStarted;
            let opcode = opcode(kind, first);
            let length = (end - offset) as u64;
            let header = (self.encoder).begin(opcode, end == bytes.len(), rsv1 && first, length);
            self.position.frame_end = end;
            let frame = TracedFrame {
                header,
                inflated: None,
                payload: &bytes[offset..end],
            };
            self.tracer.trace(frame, events);
        }
        let piece = next_piece(&bytes[..self.position.frame_end], offset);
        self.encoder.piece(piece);
        self.position.offset += piece.len();
        self.position.stage = if self.position.offset < self.position.frame_end {
            Stage::InFrame
        } else {
            Stage::BetweenFragments
        };
        piece.len()
    }

    /// Compresses the next piece of a message into a fragment; a small message is one piece. A piece
    /// for which the compressor has no output yet makes no frame (RFC 7692 §7.2.1). True if it was
    /// the last piece.
    fn write_fragment(
        &mut self,
        kind: MessageKind,
        payload: &[u8],
        events: &mut EventBuffer,
    ) -> bool {
        let Some(deflate) = &mut self.deflate else {
            return self.write_piece(kind, payload, payload.len(), events);
        };
        let piece = next_piece(payload, self.position.offset);
        self.position.offset += piece.len();
        self.position.compressing += piece.len();
        let last = self.position.offset == payload.len();
        self.compressed.clear();
        deflate.compress(piece, last, &mut self.compressed);
        if self.compressed.is_empty() && !last {
            return false;
        }
        let first = self.position.stage == Stage::NotStarted;
        let opcode = opcode(kind, first);
        let header = self.encoder.frame(opcode, last, first, &self.compressed);
        self.position.stage = Stage::BetweenFragments;
        let held = std::mem::take(&mut self.position.compressing);
        self.tracer.trace(
            TracedFrame {
                header,
                inflated: Some(held as u64),
                payload: &payload[self.position.offset - held..],
            },
            events,
        );
        self.record(held, last)
    }

    /// Records what the network has taken once it has taken everything written so far; returns
    /// `last`.
    fn record(&mut self, payload: usize, last: bool) -> bool {
        let what = if last {
            Transmitted::Message(payload)
        } else {
            Transmitted::Part(payload)
        };
        self.boundaries.push_back((self.encoder.end(), what));
        last
    }
}

/// The opcode of a fragment: the first one has the type of the message (RFC 6455 §5.4).
fn opcode(kind: MessageKind, first: bool) -> OpCode {
    OpCode::Data(match kind {
        _ if !first => Data::Continue,
        MessageKind::Text => Data::Text,
        MessageKind::Binary => Data::Binary,
    })
}

fn next_piece(payload: &[u8], offset: usize) -> &[u8] {
    &payload[offset..payload.len().min(offset + PIECE)]
}
