//! The close frame and the progress of the close handshake (RFC 6455 §7).

use super::failure::{CommandError, Failure};
use super::unfinished::Unfinished;
use super::violation::Violation;
use crate::close_code::CloseCode;
use crate::evidence::{Evidence, Part};

/// A close frame (RFC 6455 §5.5.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CloseFrame {
    /// The status code (§7.4); `None` if the frame has no body.
    pub code: Option<u16>,
    /// The reason, at most 123 bytes of UTF-8; empty without a code.
    pub reason: String,
}

impl CloseFrame {
    /// A close frame that may be sent. A reason without a code is left out.
    pub(super) fn checked(code: Option<u16>, reason: &str) -> Result<Self, CommandError> {
        if let Some(code) = code.filter(|code| !CloseCode(*code).may_be_sent()) {
            return Err(CommandError::CloseCode(code));
        }
        if reason.len() > CloseCode::MAX_REASON {
            return Err(CommandError::ControlTooLong(reason.len() + 2));
        }
        let reason = if code.is_some() { reason } else { "" };
        Ok(Self {
            code,
            reason: reason.to_owned(),
        })
    }

    /// Parses the payload of a received close frame.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Violation> {
        match body {
            [] => Ok(Self::default()),
            [_] => Err(Violation::CloseBodyOfOneByte),
            [high, low, reason @ ..] => {
                let code = u16::from_be_bytes([*high, *low]);
                if !CloseCode(code).may_be_sent() {
                    return Err(Violation::CloseCode(code));
                }
                let reason = std::str::from_utf8(reason).map_err(|_| Violation::CloseReason)?;
                Ok(Self {
                    code: Some(code),
                    reason: reason.to_owned(),
                })
            }
        }
    }

    /// The payload of the frame.
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = Vec::new();
        if let Some(code) = self.code {
            body.extend_from_slice(&code.to_be_bytes());
            body.extend_from_slice(self.reason.as_bytes());
        }
        body
    }
}

/// The progress of the close handshake.
#[derive(Debug, Default)]
pub(super) struct CloseHandshake {
    /// The network has taken all of our close frame.
    pub(super) sent: bool,
    /// The peer's close frame.
    pub(super) received: Option<CloseFrame>,
    /// The message that the peer's close frame truncated.
    pub(super) unfinished: Option<Unfinished>,
    /// What the peer sent after its close frame.
    pub(super) late: Option<Late>,
}

/// Bytes after the peer's close frame.
#[derive(Debug)]
pub(super) struct Late {
    pub(super) bytes: u64,
    pub(super) evidence: Evidence,
}

impl CloseHandshake {
    /// Whether both close frames were exchanged, so that the end is clean (RFC 6455 §7.1.4).
    pub(super) fn is_complete(&self) -> bool {
        self.sent && self.received.is_some()
    }

    /// Records bytes after the peer's close frame; `position` is their offset from the end of the
    /// opening handshake. They are discarded (RFC 6455 §1.4), but must not be sent (§5.5.1).
    pub(super) fn record_late(&mut self, bytes: &[u8], position: u64) {
        let late = self.late.get_or_insert_with(|| Late {
            bytes: 0,
            evidence: Evidence::at(Part::Frames, position, &[]),
        });
        late.bytes += bytes.len() as u64;
        late.evidence.extend(bytes);
    }

    /// What the peer sent around its close frame that was discarded.
    pub(super) fn discarded(&mut self) -> impl Iterator<Item = Failure> {
        let unfinished = self.unfinished.take().map(Failure::ClosedWithin);
        let late = self.late.take().map(|late| Failure::AfterClose {
            bytes: late.bytes,
            evidence: late.evidence,
        });
        unfinished.into_iter().chain(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn section_5_5_1_a_body_is_empty_or_has_a_code() {
        assert_eq!(CloseFrame::parse(b""), Ok(CloseFrame::default()));
        assert_eq!(
            CloseFrame::parse(b"\x03"),
            Err(Violation::CloseBodyOfOneByte)
        );
    }

    #[test]
    fn section_7_4_codes_that_must_not_be_sent_are_a_violation() {
        for code in [0_u16, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000] {
            assert_eq!(
                CloseFrame::parse(&code.to_be_bytes()),
                Err(Violation::CloseCode(code))
            );
        }
    }

    #[test]
    fn a_reason_has_to_be_utf_8() {
        assert_eq!(
            CloseFrame::parse(b"\x03\xe8\xff"),
            Err(Violation::CloseReason)
        );
    }

    #[test]
    fn a_status_survives_the_way_to_bytes_and_back() {
        let status = CloseFrame::checked(Some(4001), "gone fishing").expect("legal");
        assert_eq!(CloseFrame::parse(&status.body()), Ok(status));
    }

    #[test]
    fn a_reason_of_124_bytes_is_refused() {
        assert!(CloseFrame::checked(Some(1000), &"x".repeat(123)).is_ok());
        assert_eq!(
            CloseFrame::checked(Some(1000), &"x".repeat(124)),
            Err(CommandError::ControlTooLong(126))
        );
    }
}
