//! What there is to show of bytes that broke a rule, or of which the end did not come.

use super::{NotText, Receiver};
use crate::evidence::{Evidence, Part, begins_like_text};
use crate::protocol::frame::OpCode;
use crate::protocol::{Kind, Unfinished, UnfinishedPart, Violation};

impl Receiver {
    /// What broke a rule in the last step. `rest` is the input that it left, which begins
    /// `position` bytes after the opening handshake.
    pub(in crate::protocol) fn evidence(&mut self, rest: &[u8], position: u64) -> Evidence {
        if let Some(fault) = self.fault.take() {
            return fault;
        }
        if self.decoder.rejected().is_some() {
            let begun = self.decoder.begun();
            let mut evidence = Evidence::at(Part::Frames, position - begun.len() as u64, begun);
            evidence.extend(rest);
            return evidence;
        }
        let mut evidence = self.frame_so_far(position);
        if self.raw.len() as u64 == self.done {
            evidence.extend(rest);
        }
        evidence
    }

    /// The violation as it is to be told: what breaks a rule for headers may be no frame at all.
    pub(in crate::protocol) fn judged(
        &self,
        violation: Violation,
        evidence: &Evidence,
    ) -> Violation {
        if self.decoder.rejected().is_some() && begins_like_text(&evidence.bytes) {
            return Violation::NotFramed;
        }
        violation
    }

    /// The last frame that was begun. `position` is that of the next byte.
    fn frame_so_far(&self, position: u64) -> Evidence {
        let mut bytes = Vec::new();
        if let Some(header) = &self.last {
            header.push_to(&mut bytes);
        }
        let before = self.done + bytes.len() as u64;
        bytes.extend_from_slice(&self.raw);
        Evidence::at(Part::Frames, position - before, &bytes)
    }

    /// What has begun and is not whole, if anything. `position` is that of the next byte.
    pub(in crate::protocol) fn unfinished(&self, position: u64) -> Option<Unfinished> {
        let begun = self.decoder.begun();
        let is_control = |header: &super::Header| matches!(header.opcode, OpCode::Control(_));
        let (part, evidence) = match (self.frame, self.message) {
            (Some(header), _) if is_control(&header) => {
                let opcode = header.opcode.into();
                (
                    UnfinishedPart::Control { opcode },
                    self.frame_so_far(position),
                )
            }
            (Some(_), Some(message)) => (self.part_of(message.kind), self.frame_so_far(position)),
            (None, Some(message)) => (
                self.part_of(message.kind),
                self.message_so_far(message.kind),
            ),
            _ if begun.is_empty() => return None,
            _ => {
                let start = position - begun.len() as u64;
                (
                    UnfinishedPart::Header,
                    Evidence::at(Part::Frames, start, begun),
                )
            }
        };
        Some(Unfinished { part, evidence })
    }

    fn part_of(&self, kind: Kind) -> UnfinishedPart {
        let bytes = (self.text.len() + self.bytes.len()) as u64;
        UnfinishedPart::Message { kind, bytes }
    }

    /// How the message between two of its fragments ends.
    fn message_so_far(&self, kind: Kind) -> Evidence {
        let bytes = match kind {
            Kind::Text => self.text.text().as_bytes(),
            Kind::Binary => &self.bytes,
        };
        Evidence::after(Part::Message, bytes.len() as u64, bytes, &[])
    }

    pub(super) fn push_text(&mut self, piece: &[u8]) -> Result<(), Violation> {
        let pushed = self.text.push(piece);
        pushed.map_err(|fault| self.text_fault(fault))
    }

    /// A whole text message that is none.
    #[cold]
    pub(super) fn not_text(&mut self, payload: &[u8]) -> Violation {
        let bad = std::str::from_utf8(payload).err();
        let (before, rest) = payload.split_at(bad.map_or(0, |bad| bad.valid_up_to()));
        let offset = before.len() as u64;
        self.text_fault(NotText(Evidence::after(
            Part::Message,
            offset,
            before,
            rest,
        )))
    }

    #[cold]
    pub(super) fn text_fault(&mut self, NotText(evidence): NotText) -> Violation {
        self.fault = Some(evidence);
        Violation::Text
    }
}
