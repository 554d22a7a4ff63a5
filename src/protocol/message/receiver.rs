//! Frames → messages.

mod fault;

use super::text::{NotText, TextBuilder};
use crate::evidence::{Evidence, KEPT};
use crate::protocol::deflate::{Decompressor, InflateError};
use crate::protocol::frame::{Control, Data, Decoder, Header, OpCode, mask};
use crate::protocol::trace::{Beginning, Seen, Tracer};
use crate::protocol::{Config, Direction, Inbox, Kind, ReservedBits, Role, Violation};

/// How much compressed data is inflated at a time: DEFLATE makes at most 1032 bytes of one, so
/// this bounds what a step may take beside the message itself.
const INFLATE_STEP: usize = 4096;
/// A scratch buffer that a large message made larger than this is given back.
const SCRATCH: usize = 1 << 20;

/// What a step has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::protocol) enum Step {
    /// The input is used up.
    NeedInput,
    /// A piece of data was taken in; a message that it completed is in the inbox.
    Data,
    /// A control frame is whole; [`Receiver::control`] has its payload.
    Control(Control),
}

/// Puts messages together from a stream that may be cut anywhere.
#[derive(Debug)]
pub(in crate::protocol) struct Receiver {
    decoder: Decoder,
    inflate: Option<Decompressor>,
    max_size: usize,
    /// The frame whose payload has not come whole.
    frame: Option<Header>,
    /// The last frame that was begun, whole or not, and how much of its payload has come.
    last: Option<Header>,
    done: u64,
    /// The beginning of that as it was on the wire.
    raw: Vec<u8>,
    /// What broke a rule, if that is more than a frame.
    fault: Option<Evidence>,
    /// The message whose last frame has not come.
    message: Option<Begun>,
    text: TextBuilder,
    bytes: Vec<u8>,
    control: Vec<u8>,
    unmasked: Vec<u8>,
    inflated: Vec<u8>,
    tracer: Tracer,
    /// Of the frame under way, while data frames are told.
    beginning: Beginning,
    /// That frame, until it is told.
    untold: Option<Header>,
    messages: u64,
    payload: u64,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    kind: Kind,
    compressed: bool,
}

impl Receiver {
    pub(in crate::protocol) fn new(config: &Config) -> Self {
        let inflate = config.deflate.map(|agreed| {
            Decompressor::new(match config.role {
                Role::Client => agreed.server_no_context_takeover,
                Role::Server => agreed.client_no_context_takeover,
            })
        });
        Self {
            decoder: Decoder::new(config.role, inflate.is_some()),
            inflate,
            max_size: config.max_message_size,
            frame: None,
            last: None,
            done: 0,
            raw: Vec::new(),
            fault: None,
            message: None,
            text: TextBuilder::default(),
            bytes: Vec::new(),
            control: Vec::new(),
            unmasked: Vec::new(),
            inflated: Vec::new(),
            tracer: Tracer::new(config, Direction::Received),
            beginning: Beginning::default(),
            untold: None,
            messages: 0,
            payload: 0,
        }
    }

    /// The payload of the control frame that the last step has found.
    pub(in crate::protocol) fn control(&self) -> &[u8] {
        &self.control
    }

    /// Takes in at most one frame from the front of `input`.
    #[inline]
    pub(in crate::protocol) fn step(
        &mut self,
        input: &mut &[u8],
        inbox: &mut Inbox,
        closing: bool,
    ) -> Result<Step, Violation> {
        if self.frame.is_none() {
            let Some(header) = self.decoder.next(input)? else {
                return Ok(Step::NeedInput);
            };
            if self.take_whole(&header, input, inbox, closing)? {
                return Ok(Step::Data);
            }
            if self.tracer.tells_data() {
                self.untold = Some(header);
                self.beginning.clear();
            }
            self.begin(header)?;
        }
        self.go_on(input, inbox, closing)
    }

    /// The common case: a message of one frame that is here whole and needs no more than a copy.
    #[inline]
    fn take_whole(
        &mut self,
        header: &Header,
        input: &mut &[u8],
        inbox: &mut Inbox,
        closing: bool,
    ) -> Result<bool, Violation> {
        let plain = header.fin && !header.rsv1 && header.key.is_none();
        if !plain || self.message.is_some() || self.tracer.tells_data() {
            return Ok(false);
        }
        if header.len > self.max_size.min(input.len()) as u64 {
            return Ok(false);
        }
        let (payload, rest) = input.split_at(header.len as usize);
        match header.opcode {
            OpCode::Data(Data::Text) => {
                let Ok(text) = simdutf8::basic::from_utf8(payload) else {
                    return Err(self.not_text(payload));
                };
                inbox.push_text(text, closing);
            }
            OpCode::Data(Data::Binary) => inbox.push_binary(payload, closing),
            _ => return Ok(false),
        }
        *input = rest;
        self.count(payload.len());
        Ok(true)
    }

    /// Checks what a header means after those before it (RFC 6455 §5.4).
    fn begin(&mut self, header: Header) -> Result<(), Violation> {
        self.last = Some(header);
        self.done = 0;
        self.raw.clear();
        match header.opcode {
            OpCode::Control(_) => self.control.clear(),
            OpCode::Data(Data::Continue) => {
                self.message.ok_or(Violation::NothingToContinue)?;
                // RFC 7692 §6.1: only the first frame of a message has RSV1 set.
                if header.rsv1 {
                    return Err(Violation::ReservedBits(ReservedBits {
                        opcode: header.opcode.into(),
                        bits: 0x40,
                        deflate: true,
                    }));
                }
            }
            OpCode::Data(opcode) => {
                if self.message.is_some() {
                    return Err(Violation::MessageNotFinished);
                }
                self.message = Some(Begun {
                    kind: if opcode == Data::Text {
                        Kind::Text
                    } else {
                        Kind::Binary
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

    /// Takes in as much as is here of the frame that has begun.
    fn go_on(
        &mut self,
        input: &mut &[u8],
        inbox: &mut Inbox,
        closing: bool,
    ) -> Result<Step, Violation> {
        let Some(header) = self.frame else {
            return Ok(Step::NeedInput);
        };
        let done = self.done;
        let here = (header.len - done).min(input.len() as u64) as usize;
        let (piece, rest) = input.split_at(here);
        *input = rest;
        self.done += here as u64;
        self.raw
            .extend_from_slice(&piece[..here.min(KEPT - self.raw.len())]);
        let whole = self.done == header.len;
        self.take_piece(&header, done, piece)?;
        if !whole {
            return Ok(Step::NeedInput);
        }
        self.frame = None;
        if let OpCode::Control(control) = header.opcode {
            self.untold = None;
            self.tell(&header, &self.control, inbox);
            return Ok(Step::Control(control));
        }
        if header.fin {
            self.finish_inflating()?;
        }
        self.untold = None;
        self.tell(&header, self.beginning.bytes(), inbox);
        if header.fin {
            self.deliver(inbox, closing)?;
        }
        Ok(Step::Data)
    }

    fn take_piece(&mut self, header: &Header, done: u64, piece: &[u8]) -> Result<(), Violation> {
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
            (OpCode::Data(_), Some(message)) => self.take_data(message, plain),
            _ => {
                self.control.extend_from_slice(plain);
                Ok(())
            }
        };
        self.unmasked = kept(unmasked);
        taken
    }

    /// Tells the frame that broke a rule, if it was not told before, with what is here of it.
    pub(in crate::protocol) fn tell_broken(&mut self, inbox: &mut Inbox) {
        if let Some(header) = self.untold.take() {
            self.tell(&header, self.beginning.bytes(), inbox);
        } else if let Some(header) = self.decoder.rejected() {
            self.tell(&header, &[], inbox);
        }
    }

    fn tell(&self, header: &Header, payload: &[u8], inbox: &mut Inbox) {
        let is_data = matches!(header.opcode, OpCode::Data(_));
        let compressed = is_data && self.message.is_some_and(|message| message.compressed);
        let seen = Seen {
            header: *header,
            inflated: compressed.then(|| self.beginning.length()),
            payload,
        };
        self.tracer.tell(seen, inbox);
    }

    fn take_data(&mut self, message: Begun, piece: &[u8]) -> Result<(), Violation> {
        if message.compressed {
            return piece
                .chunks(INFLATE_STEP)
                .try_for_each(|chunk| self.inflate(message.kind, Some(chunk)));
        }
        if self.tracer.tells_data() {
            self.beginning.add(piece);
        }
        match message.kind {
            Kind::Text => self.push_text(piece),
            Kind::Binary => {
                self.bytes.extend_from_slice(piece);
                Ok(())
            }
        }
    }

    /// Inflates a piece of a message, or with none its end.
    fn inflate(&mut self, kind: Kind, piece: Option<&[u8]>) -> Result<(), Violation> {
        let room = self.room();
        let Some(inflate) = &mut self.inflate else {
            return Err(Violation::Deflate);
        };
        let before = self.bytes.len();
        let (out, limit) = match kind {
            Kind::Text => {
                self.inflated.clear();
                (&mut self.inflated, room)
            }
            Kind::Binary => (&mut self.bytes, self.max_size),
        };
        let inflated = match piece {
            Some(piece) => inflate.decompress(piece, out, limit),
            None => inflate.finish(out, limit),
        };
        if self.tracer.tells_data() {
            let new = match kind {
                Kind::Text => &self.inflated[..],
                Kind::Binary => &self.bytes[before..],
            };
            self.beginning.add(new);
        }
        // What came out before an error is judged before it: however the stream is cut, the
        // first wrong thing in it is the one that counts.
        if kind == Kind::Text {
            let pushed = self.text.push(&self.inflated);
            pushed.map_err(|fault| self.text_fault(fault))?;
        }
        inflated.map_err(|error| match error {
            InflateError::TooLarge { .. } => self.too_big(),
            InflateError::Invalid => Violation::Deflate,
        })
    }

    /// Brings out what is left of a compressed message.
    fn finish_inflating(&mut self) -> Result<(), Violation> {
        if let Some(message) = self.message.filter(|message| message.compressed) {
            self.inflate(message.kind, None)?;
            self.inflated = kept(std::mem::take(&mut self.inflated));
        }
        Ok(())
    }

    fn deliver(&mut self, inbox: &mut Inbox, closing: bool) -> Result<(), Violation> {
        let Some(message) = self.message.take() else {
            return Ok(());
        };
        let len;
        match message.kind {
            Kind::Text => {
                let text = match self.text.finish() {
                    Ok(text) => text,
                    Err(NotText(evidence)) => {
                        self.fault = Some(evidence);
                        return Err(Violation::Text);
                    }
                };
                len = text.len();
                inbox.take_text(text, closing);
            }
            Kind::Binary => {
                len = self.bytes.len();
                inbox.take_binary(&mut self.bytes, closing);
            }
        }
        self.count(len);
        Ok(())
    }

    fn count(&mut self, payload: usize) {
        self.messages += 1;
        self.payload += payload as u64;
    }

    /// The messages delivered so far, and their payload in bytes.
    pub(in crate::protocol) fn delivered(&self) -> (u64, u64) {
        (self.messages, self.payload)
    }

    /// How many bytes the message in the making may still grow by.
    fn room(&self) -> usize {
        self.max_size - self.max_size.min(self.text.len() + self.bytes.len())
    }

    fn too_big(&self) -> Violation {
        Violation::TooBig {
            limit: self.max_size,
        }
    }
}

/// A scratch buffer, unless it has grown too large to keep.
fn kept(buffer: Vec<u8>) -> Vec<u8> {
    if buffer.capacity() > SCRATCH {
        Vec::new()
    } else {
        buffer
    }
}
