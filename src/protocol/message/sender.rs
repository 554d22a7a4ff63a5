//! Messages → frames, made no sooner than the network takes them.

use crate::protocol::deflate::{Compressor, DEFAULT_LEVEL};
use crate::protocol::frame::{Control, Data, Encoder, OpCode};
use crate::protocol::trace::{Seen, Tracer};
use crate::protocol::{Batch, Config, Direction, Inbox, Kind, Role, Status};
use std::collections::VecDeque;

/// Frames are made until about so many bytes wait for the network: one large write, and still
/// little between a control frame and the wire.
const AT_ONCE: usize = 128 * 1024;
/// How much of a large message is framed, or compressed into a fragment, at a time: neither
/// memory nor the time until a pong can go out grows with the message.
const PIECE: usize = 64 * 1024;
/// A shorter message gains nothing from compression.
const WORTH_COMPRESSING: usize = 64;
/// RFC 6455 §5.5.3: only the most recent ping has to be answered. A peer that floods us with
/// pings while it reads nothing gets no more memory than this many.
const MAX_PONGS: usize = 64;

/// What goes out: control frames first, then messages in their order, then the close frame.
#[derive(Debug)]
pub(in crate::protocol) struct Sender {
    deflate: Option<Compressor>,
    control: VecDeque<(Control, Vec<u8>)>,
    queue: VecDeque<Batch>,
    /// Batches that are framed to their end, of which the network has not taken everything.
    framed: VecDeque<Batch>,
    /// So many messages of the oldest batch the network has, all of them.
    taken: usize,
    position: Position,
    close: Option<Status>,
    /// The close frame goes before what is queued.
    cut: bool,
    /// The close frame is written: RFC 6455 §5.5.1 lets nothing follow it.
    done: bool,
    encoder: Encoder,
    /// What the network has when it has taken the encoder's bytes up to here.
    ends: VecDeque<(usize, Handed)>,
    compressed: Vec<u8>,
    tracer: Tracer,
}

/// How far the first batch of the queue has been framed.
#[derive(Debug, Default)]
struct Position {
    /// The message.
    message: usize,
    /// How many of its bytes are framed, or compressed.
    offset: usize,
    /// Where the frame that was begun ends, counted as `offset` is.
    frame_end: usize,
    /// How many of those wait in the compressor for a fragment that has bytes to show.
    held: usize,
    stage: Stage,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing of the message is on the wire.
    #[default]
    Untouched,
    /// In the middle of its one frame: nothing else may come between.
    InFrame,
    /// Between two of its fragments: control frames may.
    BetweenFragments,
}

/// What the network was handed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::protocol) enum Handed {
    /// So many payload bytes of a message, uncompressed.
    Part(usize),
    /// The same, and the message is complete.
    Message(usize),
    /// The close frame.
    Close,
}

impl Sender {
    pub(in crate::protocol) fn new(config: &Config) -> Self {
        let deflate = config.deflate.map(|agreed| {
            let (bits, alone) = match config.role {
                Role::Client => (
                    agreed.client_max_window_bits,
                    agreed.client_no_context_takeover,
                ),
                Role::Server => (
                    agreed.server_max_window_bits,
                    agreed.server_no_context_takeover,
                ),
            };
            Compressor::new(bits, alone, DEFAULT_LEVEL)
        });
        Self {
            deflate,
            control: VecDeque::new(),
            queue: VecDeque::new(),
            framed: VecDeque::new(),
            taken: 0,
            position: Position::default(),
            close: None,
            cut: false,
            done: false,
            encoder: Encoder::new(config),
            ends: VecDeque::new(),
            compressed: Vec::new(),
            tracer: Tracer::new(config, Direction::Sent),
        }
    }

    /// Sends the messages after those before; what comes when nothing goes out any more is unsent.
    pub(in crate::protocol) fn queue(&mut self, batch: Batch) {
        if !batch.is_empty() {
            self.queue.push_back(batch);
        }
    }

    pub(in crate::protocol) fn ping(&mut self, payload: &[u8]) {
        self.control.push_back((Control::Ping, payload.to_vec()));
    }

    pub(in crate::protocol) fn pong(&mut self, payload: &[u8]) {
        let is_pong = |(control, _): &(Control, Vec<u8>)| *control == Control::Pong;
        if self.control.len() >= MAX_PONGS
            && let Some(oldest) = self.control.iter().position(is_pong)
        {
            self.control.remove(oldest);
        }
        self.control.push_back((Control::Pong, payload.to_vec()));
    }

    /// The close frame, after everything that is queued; nothing if one is written already.
    pub(in crate::protocol) fn close(&mut self, status: Status) {
        self.close = Some(status).filter(|_| !self.done);
    }

    /// Whether the close frame is written, so that nothing may follow.
    pub(in crate::protocol) fn is_done(&self) -> bool {
        self.done
    }

    /// Whether there are messages that the network has not taken to their last byte.
    pub(in crate::protocol) fn has_messages(&self) -> bool {
        !self.queue.is_empty() || !self.framed.is_empty()
    }

    /// The same as soon as a frame may begin; what is queued stays unsent. Pongs go before it:
    /// their pings came before whatever ends the connection (RFC 6455 §5.5.2).
    pub(in crate::protocol) fn close_now(&mut self, status: Status) {
        self.control
            .retain(|(control, _)| *control == Control::Pong);
        self.cut = true;
        self.close(status);
    }

    /// Nothing more goes out; what was queued is kept for [`Sender::take_unsent`].
    pub(in crate::protocol) fn stop(&mut self) {
        self.done = true;
        self.control.clear();
        self.position = Position::default();
        self.close = None;
        self.encoder.clear();
        self.ends.clear();
    }

    /// Bytes for the network; empty when there are none. New frames are told to the inbox, if
    /// they are to be.
    pub(in crate::protocol) fn transmit(&mut self, inbox: &mut Inbox) -> &[u8] {
        if self.encoder.waiting().is_empty() {
            self.encoder.clear();
            while self.encoder.end() < AT_ONCE && self.write_next(inbox) {}
        }
        self.encoder.waiting()
    }

    /// The network has taken the first `count` bytes of what [`Sender::transmit`] gave.
    pub(in crate::protocol) fn advance(&mut self, count: usize, mut handed: impl FnMut(Handed)) {
        self.encoder.advance(count);
        while let Some((end, what)) = self.ends.front()
            && *end <= self.encoder.taken()
        {
            let what = *what;
            handed(what);
            self.ends.pop_front();
            if matches!(what, Handed::Message(_)) {
                self.count_taken();
            }
        }
    }

    /// The messages that the network has not taken to their last byte, in their order.
    pub(in crate::protocol) fn take_unsent(&mut self) -> Vec<Batch> {
        let framed = self.framed.drain(..);
        let mut unsent: Vec<Batch> = framed.chain(self.queue.drain(..)).collect();
        if let Some(first) = unsent.first_mut() {
            first.skip(std::mem::take(&mut self.taken));
        }
        unsent
    }

    /// The network has one more message. Batches go when their last one does.
    fn count_taken(&mut self) {
        self.taken += 1;
        let oldest = self.framed.front();
        if oldest.is_some_and(|batch| batch.len() == self.taken) {
            self.framed.pop_front();
            self.taken = 0;
        }
    }

    /// Writes what goes out next: frames of one batch, or one of another sort. False when there
    /// is nothing.
    fn write_next(&mut self, inbox: &mut Inbox) -> bool {
        if self.done {
            return false;
        }
        let in_frame = self.position.stage == Stage::InFrame;
        if !in_frame && let Some((control, payload)) = self.control.pop_front() {
            self.write_control(control, &payload, inbox);
            return true;
        }
        let may_begin = in_frame || !self.cut;
        if may_begin && let Some(batch) = self.queue.pop_front() {
            self.write_from(batch, inbox);
            return true;
        }
        let Some(status) = self.close.take() else {
            return false;
        };
        self.write_control(Control::Close, &status.body(), inbox);
        self.ends.push_back((self.encoder.end(), Handed::Close));
        self.done = true;
        true
    }

    fn write_control(&mut self, control: Control, payload: &[u8], inbox: &mut Inbox) {
        let opcode = OpCode::Control(control);
        let header = self.encoder.frame(opcode, true, false, payload);
        self.tracer.tell(
            Seen {
                header,
                inflated: None,
                payload,
            },
            inbox,
        );
    }

    /// Writes messages of a batch until a control frame may go first or enough is written, and
    /// puts back what is left of it.
    fn write_from(&mut self, batch: Batch, inbox: &mut Inbox) {
        loop {
            let payload = batch.payload(self.position.message);
            let complete = match (batch.fragment(), self.compresses(payload)) {
                (None, false) => self.write_piece(batch.kind(), payload, payload.len(), inbox),
                (None, true) => self.write_fragment(batch.kind(), payload, inbox),
                (Some(size), false) => self.write_piece(batch.kind(), payload, size, inbox),
                (Some(size), true) => self.write_cut(batch.kind(), payload, size, inbox),
            };
            if complete {
                self.position = Position {
                    message: self.position.message + 1,
                    ..Position::default()
                };
            }
            if self.position.message == batch.len() {
                self.position = Position::default();
                return self.framed.push_back(batch);
            }
            if self.cut || !self.control.is_empty() || self.encoder.end() >= AT_ONCE {
                return self.queue.push_front(batch);
            }
        }
    }

    fn compresses(&self, payload: &[u8]) -> bool {
        let shrinks = self.deflate.as_ref().is_some_and(Compressor::shrinks);
        shrinks && payload.len() >= WORTH_COMPRESSING
    }

    /// An uncompressed message is one frame, or one for each `size` bytes, written in pieces if it
    /// is large. Tells whether this was the last piece.
    #[inline]
    fn write_piece(&mut self, kind: Kind, payload: &[u8], size: usize, inbox: &mut Inbox) -> bool {
        let piece = self.write_bytes(kind, payload, size, false, inbox);
        self.handed(piece, self.position.offset == payload.len())
    }

    /// A message that is compressed as a whole and then cut: no fragment tells how much of the
    /// message is in it, so all of it counts with the last.
    #[cold]
    fn write_cut(&mut self, kind: Kind, payload: &[u8], size: usize, inbox: &mut Inbox) -> bool {
        let mut compressed = std::mem::take(&mut self.compressed);
        if let (Stage::Untouched, Some(deflate)) = (self.position.stage, &mut self.deflate) {
            compressed.clear();
            deflate.compress(payload, true, &mut compressed);
        }
        self.write_bytes(kind, &compressed, size, true, inbox);
        let last = self.position.offset == compressed.len();
        self.compressed = compressed;
        self.handed(if last { payload.len() } else { 0 }, last)
    }

    /// Writes the next piece of `bytes`, which go in frames of `size`; tells how long it is.
    #[inline]
    fn write_bytes(
        &mut self,
        kind: Kind,
        bytes: &[u8],
        size: usize,
        rsv1: bool,
        inbox: &mut Inbox,
    ) -> usize {
        let Position { offset, stage, .. } = self.position;
        if stage != Stage::InFrame {
            let end = bytes.len().min(offset.saturating_add(size));
            let first = stage == Stage::Untouched;
            let opcode = opcode(kind, first);
            let length = (end - offset) as u64;
            let header = (self.encoder).begin(opcode, end == bytes.len(), rsv1 && first, length);
            self.position.frame_end = end;
            let seen = Seen {
                header,
                inflated: None,
                payload: &bytes[offset..end],
            };
            self.tracer.tell(seen, inbox);
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

    /// A compressed message is one frame, or a fragment for each piece if it is large. A piece
    /// that the compressor keeps to itself makes no frame (RFC 7692 §7.2.1).
    fn write_fragment(&mut self, kind: Kind, payload: &[u8], inbox: &mut Inbox) -> bool {
        let Some(deflate) = &mut self.deflate else {
            return self.write_piece(kind, payload, payload.len(), inbox);
        };
        let piece = next_piece(payload, self.position.offset);
        self.position.offset += piece.len();
        self.position.held += piece.len();
        let last = self.position.offset == payload.len();
        self.compressed.clear();
        deflate.compress(piece, last, &mut self.compressed);
        if self.compressed.is_empty() && !last {
            return false;
        }
        let first = self.position.stage == Stage::Untouched;
        let opcode = opcode(kind, first);
        let header = self.encoder.frame(opcode, last, first, &self.compressed);
        self.position.stage = Stage::BetweenFragments;
        let held = std::mem::take(&mut self.position.held);
        self.tracer.tell(
            Seen {
                header,
                inflated: Some(held as u64),
                payload: &payload[self.position.offset - held..],
            },
            inbox,
        );
        self.handed(held, last)
    }

    /// Notes what the network has once it has taken everything so far; passes `last` on.
    fn handed(&mut self, payload: usize, last: bool) -> bool {
        let what = if last {
            Handed::Message(payload)
        } else {
            Handed::Part(payload)
        };
        self.ends.push_back((self.encoder.end(), what));
        last
    }
}

/// RFC 6455 §5.4: the first fragment says what the message is, those after it continue it.
fn opcode(kind: Kind, first: bool) -> OpCode {
    OpCode::Data(match kind {
        _ if !first => Data::Continue,
        Kind::Text => Data::Text,
        Kind::Binary => Data::Binary,
    })
}

fn next_piece(payload: &[u8], offset: usize) -> &[u8] {
    &payload[offset..payload.len().min(offset + PIECE)]
}
