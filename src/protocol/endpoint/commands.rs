//! The commands of the application. An error is a mistake of the caller, and changes nothing.

use super::{Endpoint, Phase};
use crate::protocol::batch::Batch;
use crate::protocol::close::CloseFrame;
use crate::protocol::control_queue::{MAX_COMMANDED, Origin};
use crate::protocol::failure::{CommandError, Failure};
use crate::protocol::opcode::{Control, MAX_CONTROL};
use crate::protocol::outgoing::Outgoing;
use std::time::Instant;

impl Endpoint {
    /// Queues the messages of a batch.
    ///
    /// # Errors
    /// [`CommandError::NotOpen`].
    pub fn send(&mut self, batch: Batch) -> Result<(), CommandError> {
        self.check_message()?;
        self.sent.queued += batch.payload_len();
        self.sent.messages_queued += batch.len() as u64;
        self.sender.queue(batch);
        Ok(())
    }

    /// Queues one binary message of `len` bytes whose payload the caller supplies in pieces, so that
    /// only a piece of it is in memory.
    ///
    /// When the message is next, [`Endpoint::wants_payload`] says so. Up to 1 MiB it is sent as one
    /// frame, else in fragments of 1 MiB, between which pings and pongs can be sent (RFC 6455 §5.4).
    /// If it is compressed, it is fragmented as the compressor has output (RFC 7692 §6.1).
    ///
    /// # Errors
    /// [`CommandError::NotOpen`].
    pub fn send_stream(&mut self, len: u64) -> Result<(), CommandError> {
        self.check_message()?;
        self.sent.queued += len;
        self.sent.messages_queued += 1;
        self.sender.queue_stream(len);
        Ok(())
    }

    /// Queues a ping (RFC 6455 §5.5.2). It is sent before queued messages.
    ///
    /// # Errors
    /// [`CommandError::NotOpen`], [`CommandError::ControlTooLong`] over 125 bytes, or
    /// [`CommandError::TooManyControlFrames`] if 64 pings and pongs of the application are unsent.
    pub fn ping(&mut self, now: Instant, payload: &[u8]) -> Result<(), CommandError> {
        self.check_control(payload)?;
        self.sender.control(Control::Ping, payload, Origin::Command);
        self.pings.record(payload, now);
        Ok(())
    }

    /// Queues an unsolicited pong (RFC 6455 §5.5.3). It is sent before queued messages.
    ///
    /// # Errors
    /// As [`Endpoint::ping`].
    pub fn pong(&mut self, payload: &[u8]) -> Result<(), CommandError> {
        self.check_control(payload)?;
        self.sender.control(Control::Pong, payload, Origin::Command);
        Ok(())
    }

    /// Sets whether pings are answered. They are unless set, as RFC 6455 §5.5.2 demands; withholding
    /// pongs is for testing a peer.
    pub fn set_pongs(&mut self, answers: bool) {
        self.answers_pings = answers;
    }

    /// Starts the close handshake (RFC 6455 §7.1.2). Queued messages are sent first. Does nothing if
    /// the close handshake has started. A reason without a code is left out.
    ///
    /// # Errors
    /// [`CommandError::CloseCode`], or [`CommandError::ControlTooLong`] for a reason of more than
    /// 123 bytes.
    pub fn close(
        &mut self,
        now: Instant,
        code: Option<u16>,
        reason: &str,
    ) -> Result<(), CommandError> {
        let status = CloseFrame::checked(code, reason)?;
        if self.phase == Phase::Open {
            self.sender.close(status);
            self.begin_closing(now);
        }
        Ok(())
    }

    /// Ends the connection at once, without a close handshake.
    pub fn abort(&mut self, now: Instant) {
        if self.phase != Phase::Closed {
            self.fail(now, Failure::Aborted);
        }
    }

    /// Takes the messages that the network has not taken completely, in their order. For use after
    /// the end, when they cannot be sent any more. A stream comes back as its size: the caller has its
    /// source, and reads it from the beginning to send the message again.
    pub(crate) fn take_unsent(&mut self) -> Vec<Outgoing> {
        self.sender.take_unsent()
    }

    /// Whether a message may be queued.
    fn check_message(&self) -> Result<(), CommandError> {
        let owes_answers = self.finish_before_closing && self.closing.received.is_some();
        if owes_answers && !self.sender.is_finished() {
            return Ok(());
        }
        self.check_open()
    }

    /// Whether a ping or a pong with this payload may be queued.
    fn check_control(&self, payload: &[u8]) -> Result<(), CommandError> {
        self.check_open()?;
        if payload.len() > MAX_CONTROL {
            return Err(CommandError::ControlTooLong(payload.len()));
        }
        if self.sender.is_control_full() {
            return Err(CommandError::TooManyControlFrames {
                limit: MAX_COMMANDED,
            });
        }
        Ok(())
    }

    fn check_open(&self) -> Result<(), CommandError> {
        match self.phase {
            Phase::Open => Ok(()),
            _ => Err(CommandError::NotOpen),
        }
    }
}
