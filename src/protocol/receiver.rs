//! Frames to messages (RFC 6455 §5.4–5.6).

mod evidence;

use super::batch::MessageKind;
use super::config::Config;
use super::deflate::Decompressor;
use super::event::EventBuffer;
use super::frame::decoder::Decoder;
use super::frame::header::Header;
use super::frame::mask;
use super::opcode::{Control, Data, OpCode};
use super::text::{InvalidUtf8, TextBuilder};
use super::trace::Direction;
use super::tracer::{PayloadPrefix, TracedFrame, Tracer};
use super::violation::Violation;
use crate::evidence::{Evidence, KEPT};

/// How many compressed bytes are decompressed at a time. DEFLATE expands a byte to at most 1032, so
/// this bounds the memory of a step beside the message itself.
const INFLATE_STEP: usize = 4096;
/// A scratch buffer above this capacity is freed after use.
const SCRATCH: usize = 1 << 20;

/// The result of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Received {
    /// The input is used up, and a frame is incomplete or none has begun.
    NeedInput,
    /// A data frame is complete. If it ends a message, the message is among the events.
    Data,
    /// A control frame is complete; [`Receiver::control`] is its payload.
    Control(Control),
}

/// Assembles messages from a stream that arrives in pieces of any size.
#[derive(Debug)]
pub(super) struct Receiver {
    decoder: Decoder,
    inflate: Option<Decompressor>,
    max_size: usize,
    /// The frame whose payload is incomplete.
    frame: Option<Header>,
    /// The last frame, complete or not, and how many bytes of its payload arrived.
    last: Option<Header>,
    done: u64,
    /// The first bytes of that payload as they were on the wire.
    raw: Vec<u8>,
    /// What broke a rule, if it is part of a message rather than of a frame.
    invalid: Option<Evidence>,
    /// The message whose last frame has not arrived.
    message: Option<PartialMessage>,
    text: TextBuilder,
    bytes: Vec<u8>,
    control: Vec<u8>,
    unmasked: Vec<u8>,
    inflated: Vec<u8>,
    tracer: Tracer,
    /// The payload prefix of the current frame, if data frames are traced.
    prefix: PayloadPrefix,
    /// The current frame, until it is traced.
    untraced: Option<Header>,
    messages: u64,
    payload: u64,
}

#[derive(Debug, Clone, Copy)]
struct PartialMessage {
    kind: MessageKind,
    compressed: bool,
}

impl Receiver {
    pub(super) fn new(config: &Config) -> Self {
        let inflate = config.deflate.as_ref();
        let inflate = inflate.map(|params| Decompressor::for_role(params, config.role));
        Self {
            decoder: Decoder::new(config.role, inflate.is_some()),
            inflate,
            max_size: config.max_message_size,
            frame: None,
            last: None,
            done: 0,
            raw: Vec::new(),
            invalid: None,
            message: None,
            text: TextBuilder::default(),
            bytes: Vec::new(),
            control: Vec::new(),
            unmasked: Vec::new(),
            inflated: Vec::new(),
            tracer: Tracer::new(config, Direction::Received),
            prefix: PayloadPrefix::default(),
            untraced: None,
            messages: 0,
            payload: 0,
        }
    }

    /// The payload of the control frame that the last step returned.
    pub(super) fn control(&self) -> &[u8] {
        &self.control
    }

    /// Takes at most one frame from the front of `input`.
    #[inline]
    pub(super) fn step(
        &mut self,
        input: &mut &[u8],
        events: &mut EventBuffer,
        closing: bool,
    ) -> Result<Received, Violation> {
        if self.frame.is_none() {
            let Some(header) = self.decoder.next(input)? else {
                return Ok(Received::NeedInput);
            };
            if self.receive_whole(&header, input, events, closing)? {
                return Ok(Received::Data);
            }
            if self.tracer.traces_data() {
                self.untraced = Some(header);
                self.prefix.clear();
            }
            self.start_frame(header)?;
        }
        self.receive_payload(input, events, closing)
    }

    /// The fast path: a message of one complete frame that only needs to be copied.
    #[inline]
    fn receive_whole(
        &mut self,
        header: &Header,
        input: &mut &[u8],
        events: &mut EventBuffer,
        closing: bool,
    ) -> Result<bool, Violation> {
        let plain = header.fin && !header.rsv1 && header.key.is_none();
        if !plain || self.message.is_some() || self.tracer.traces_data() {
            return Ok(false);
        }
        if header.len > self.max_size.min(input.len()) as u64 {
            return Ok(false);
        }
        let (payload, rest) = input.split_at(header.len as usize);
        match header.opcode {
            OpCode::Data(Data::Text) => {
                let Ok(text) = simdutf8::basic::from_utf8(payload) else {
                    return Err(self.invalid_text(payload));
                };
                events.push_text(text, closing);
            }
            OpCode::Data(Data::Binary) => events.push_binary(payload, closing),
            _ => return Ok(false),
        }
        *input = rest;
        self.count(payload.len());
        Ok(true)
    }

    /// Checks a header against the frames before it (RFC 6455 §5.4).
    fn start_frame(&mut self, header: Header) -> Result<(), Violation> {
        self.last = Some(header);
        self.done = 0;
        self.raw.clear();
        match header.opcode {
            OpCode::Control(_) => self.control.clear(),
            OpCode::Data(Data::Continue) => {
                self.message.ok_or(Violation::NothingToContinue)?;
                // RFC 7692 §6.1: only the first frame of a message has RSV1 set.
                if header.rsv1 {
                    return Err(Violation::ReservedBits {
                        opcode: header.opcode.into(),
                        bits: 0x40,
                        deflate: true,
                    });
                }
            }
            OpCode::Data(opcode) => {
                if self.message.is_some() {
                    return Err(Violation::MessageNotFinished);
                }
                self.message = Some(PartialMessage {
                    kind: if opcode == Data::Text {
                        MessageKind::Text
                    } else {
                        MessageKind::Binary
                    },
                    compressed: header.rsv1,
                });
            }
        }
        if matches!(header.opcode, OpCode::Data(_)) && header.len > self.room() as u64 {
            return Err(self.too_big());
        }
        self.frame = Some(header);
        Ok(())
    }

    /// Takes the available payload of the current frame.
    fn receive_payload(
        &mut self,
        input: &mut &[u8],
        events: &mut EventBuffer,
        closing: bool,
    ) -> Result<Received, Violation> {
        let Some(header) = self.frame else {
            return Ok(Received::NeedInput);
        };
        let done = self.done;
        let here = (header.len - done).min(input.len() as u64) as usize;
        let (piece, rest) = input.split_at(here);
        *input = rest;
        self.done += here as u64;
        self.raw
            .extend_from_slice(&piece[..here.min(KEPT - self.raw.len())]);
        let whole = self.done == header.len;
        self.receive_piece(&header, done, piece)?;
        if !whole {
            return Ok(Received::NeedInput);
        }
        self.frame = None;
        if let OpCode::Control(control) = header.opcode {
            self.untraced = None;
            self.trace(&header, &self.control, events);
            return Ok(Received::Control(control));
        }
        if header.fin {
            self.finish_inflating()?;
        }
        self.untraced = None;
        self.trace(&header, self.prefix.bytes(), events);
        if header.fin {
            self.deliver(events, closing)?;
        }
        Ok(Received::Data)
    }

    fn receive_piece(&mut self, header: &Header, done: u64, piece: &[u8]) -> Result<(), Violation> {
        let mut unmasked = std::mem::take(&mut self.unmasked);
        let plain = match header.key {
            Some(key) => {
                unmasked.clear();
                unmasked.extend_from_slice(piece);
                mask::apply(&mut unmasked, mask::rotated(key, (done % 4) as usize));
                &unmasked[..]
            }
            None => piece,
        };
        let taken = match (header.opcode, self.message) {
            (OpCode::Data(_), Some(message)) => self.receive_data(message, plain),
            _ => {
                self.control.extend_from_slice(plain);
                Ok(())
            }
        };
        self.unmasked = reusable(unmasked);
        taken
    }

    /// Traces the frame that broke a rule, as far as it arrived, unless it was traced before.
    pub(super) fn trace_rejected(&mut self, events: &mut EventBuffer) {
        if let Some(header) = self.untraced.take() {
            self.trace(&header, self.prefix.bytes(), events);
        } else if let Some(header) = self.decoder.rejected() {
            self.trace(&header, &[], events);
        }
    }

    fn trace(&self, header: &Header, payload: &[u8], events: &mut EventBuffer) {
        let is_data = matches!(header.opcode, OpCode::Data(_));
        let compressed = is_data && self.message.is_some_and(|message| message.compressed);
        let frame = TracedFrame {
            header: *header,
            inflated: compressed.then(|| self.prefix.length()),
            payload,
        };
        self.tracer.trace(frame, events);
    }

    fn receive_data(&mut self, message: PartialMessage, piece: &[u8]) -> Result<(), Violation> {
        if message.compressed {
            return piece
                .chunks(INFLATE_STEP)
                .try_for_each(|chunk| self.inflate(message.kind, Some(chunk)));
        }
        if self.tracer.traces_data() {
            self.prefix.add(piece);
        }
        match message.kind {
            MessageKind::Text => self.push_text(piece),
            MessageKind::Binary => {
                self.bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Decompresses a piece of a message; `None` is its end.
    fn inflate(&mut self, kind: MessageKind, piece: Option<&[u8]>) -> Result<(), Violation> {
        let room = self.room();
        let Some(inflate) = &mut self.inflate else {
            return Err(Violation::Deflate);
        };
        let before = self.bytes.len();
        let (out, limit) = match kind {
            MessageKind::Text => {
                self.inflated.clear();
                (&mut self.inflated, room)
            }
            MessageKind::Binary => (&mut self.bytes, self.max_size),
        };
        let inflated = match piece {
            Some(piece) => inflate.decompress(piece, out, limit),
            None => inflate.finish(out, limit),
        };
        if self.tracer.traces_data() {
            let new = match kind {
                MessageKind::Text => &self.inflated[..],
                MessageKind::Binary => &self.bytes[before..],
            };
            self.prefix.add(new);
        }
        // Output before an error is validated before the error is reported: the first violation
        // in the stream wins, in whatever pieces the stream arrives.
        if kind == MessageKind::Text {
            let pushed = self.text.push(&self.inflated);
            pushed.map_err(|invalid| self.text_violation(invalid))?;
        }
        let max_size = self.max_size;
        inflated.map_err(|error| error.violation(max_size))
    }

    /// Decompresses the rest of a compressed message.
    fn finish_inflating(&mut self) -> Result<(), Violation> {
        if let Some(message) = self.message.filter(|message| message.compressed) {
            self.inflate(message.kind, None)?;
            self.inflated = reusable(std::mem::take(&mut self.inflated));
        }
        Ok(())
    }

    fn deliver(&mut self, events: &mut EventBuffer, closing: bool) -> Result<(), Violation> {
        let Some(message) = self.message.take() else {
            return Ok(());
        };
        let len;
        match message.kind {
            MessageKind::Text => {
                let text = match self.text.finish() {
                    Ok(text) => text,
                    Err(InvalidUtf8(evidence)) => {
                        self.invalid = Some(evidence);
                        return Err(Violation::Text);
                    }
                };
                len = text.len();
                events.take_text(text, closing);
            }
            MessageKind::Binary => {
                len = self.bytes.len();
                events.take_binary(&mut self.bytes, closing);
            }
        }
        self.count(len);
        Ok(())
    }

    fn count(&mut self, payload: usize) {
        self.messages += 1;
        self.payload += payload as u64;
    }

    /// The number of messages received so far, and their payload in bytes.
    pub(super) fn received(&self) -> (u64, u64) {
        (self.messages, self.payload)
    }

    /// How many bytes the current message may still grow by.
    fn room(&self) -> usize {
        self.max_size - self.max_size.min(self.text.len() + self.bytes.len())
    }

    fn too_big(&self) -> Violation {
        Violation::TooBig {
            limit: self.max_size,
        }
    }
}

/// The scratch buffer if it is small enough to keep, else an empty one.
fn reusable(buffer: Vec<u8>) -> Vec<u8> {
    if buffer.capacity() > SCRATCH {
        Vec::new()
    } else {
        buffer
    }
}
