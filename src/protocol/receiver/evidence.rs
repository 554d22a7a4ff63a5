//! Evidence: the bytes that broke a rule, or that the end of the stream truncated.

use super::Receiver;
use crate::evidence::{Evidence, Part, begins_like_text};
use crate::protocol::batch::MessageKind;
use crate::protocol::frame::header::Header;
use crate::protocol::opcode::OpCode;
use crate::protocol::text::InvalidUtf8;
use crate::protocol::unfinished::Unfinished;
use crate::protocol::violation::Violation;

impl Receiver {
    /// The bytes that broke a rule in the last step. `rest` is the input after that step; it begins
    /// `position` bytes after the end of the opening handshake.
    pub(in crate::protocol) fn evidence(&mut self, rest: &[u8], position: u64) -> Evidence {
        if let Some(evidence) = self.invalid.take() {
            return evidence;
        }
        if self.decoder.rejected().is_some() {
            let before = self.decoder.partial();
            let mut evidence = Evidence::at(Part::Frames, position - before.len() as u64, before);
            evidence.extend(rest);
            return evidence;
        }
        let mut evidence = self.frame_so_far(position);
        if self.raw.len() as u64 == self.done {
            evidence.extend(rest);
        }
        evidence
    }

    /// The violation to report: a header that broke a rule may be text instead of a frame.
    pub(in crate::protocol) fn classify(
        &self,
        violation: Violation,
        evidence: &Evidence,
    ) -> Violation {
        if self.decoder.rejected().is_some() && begins_like_text(&evidence.bytes) {
            return Violation::NotFramed;
        }
        violation
    }

    /// The first bytes of the last frame. `position` is that of the next byte of the stream.
    fn frame_so_far(&self, position: u64) -> Evidence {
        let mut bytes = Vec::new();
        if let Some(header) = &self.last {
            header.push_to(&mut bytes);
        }
        let before = self.done + bytes.len() as u64;
        bytes.extend_from_slice(&self.raw);
        Evidence::at(Part::Frames, position - before, &bytes)
    }

    /// What has begun and is incomplete, if anything. `position` is that of the next byte.
    pub(in crate::protocol) fn unfinished(&self, position: u64) -> Option<Unfinished> {
        let is_control = |header: &Header| matches!(header.opcode, OpCode::Control(_));
        let evidence = || self.frame_so_far(position);
        match (self.frame, self.message) {
            (Some(header), _) if is_control(&header) => Some(Unfinished::Control {
                opcode: header.opcode.into(),
                evidence: evidence(),
            }),
            (Some(_), Some(message)) => Some(self.unfinished_message(message.kind, evidence())),
            (None, Some(message)) => {
                let evidence = self.message_so_far(message.kind);
                Some(self.unfinished_message(message.kind, evidence))
            }
            _ => self.unfinished_header(position),
        }
    }

    fn unfinished_header(&self, position: u64) -> Option<Unfinished> {
        let bytes = self.decoder.partial();
        if bytes.is_empty() {
            return None;
        }
        let evidence = Evidence::at(Part::Frames, position - bytes.len() as u64, bytes);
        Some(Unfinished::Header { evidence })
    }

    fn unfinished_message(&self, kind: MessageKind, evidence: Evidence) -> Unfinished {
        Unfinished::Message {
            is_text: kind == MessageKind::Text,
            bytes: (self.text.len() + self.bytes.len()) as u64,
            evidence,
        }
    }

    /// The last bytes of a message of which the next fragment is missing.
    fn message_so_far(&self, kind: MessageKind) -> Evidence {
        let bytes = match kind {
            MessageKind::Text => self.text.text().as_bytes(),
            MessageKind::Binary => &self.bytes,
        };
        Evidence::after(Part::Message, bytes.len() as u64, bytes, &[])
    }

    pub(super) fn push_text(&mut self, piece: &[u8]) -> Result<(), Violation> {
        let pushed = self.text.push(piece);
        pushed.map_err(|invalid| self.text_violation(invalid))
    }

    /// The violation for a complete text message that is not UTF-8.
    #[cold]
    pub(super) fn invalid_text(&mut self, payload: &[u8]) -> Violation {
        let bad = std::str::from_utf8(payload).err();
        let (before, rest) = payload.split_at(bad.map_or(0, |bad| bad.valid_up_to()));
        let offset = before.len() as u64;
        self.text_violation(InvalidUtf8(Evidence::after(
            Part::Message,
            offset,
            before,
            rest,
        )))
    }

    #[cold]
    pub(super) fn text_violation(&mut self, InvalidUtf8(evidence): InvalidUtf8) -> Violation {
        self.invalid = Some(evidence);
        Violation::Text
    }
}
