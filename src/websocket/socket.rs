//! The handle to send with.

use super::binary_type::BinaryType;
use super::blob::OpenBlob;
use super::exception::{Exception, ExceptionName};
use super::send_data::{Payload, SendData};
use crate::close_code::CloseCode;
use crate::connection::{Amount, Handle, Handshake, PayloadSource, ReadyState, SendError};
use crate::deadline::Deadline;
use crate::io_error::io_reason;
use crate::protocol::{Batch, Statistics};
use crate::url::WebSocketUrl;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The most bytes a ping or pong may carry (RFC 6455 §5.5).
const MAX_CONTROL: usize = 125;

/// The browser's `WebSocket` (WHATWG WebSockets §3.1): the handle to send with.
///
/// Clones are handles of the same connection. When they and its [`Events`](crate::Events) are all
/// dropped, the connection is closed: for a connection on a thread of its own, the last drop blocks
/// until what `send` has accepted and the close frame are written, at most as long as
/// [`Options::close_timeout`](crate::Options::close_timeout). So nothing is lost at the end of
/// `main`. `std::process::exit` and handles in statics are exceptions: they drop nothing. For a
/// connection in the caller's event loop, the drop writes what can be written without waiting;
/// call [`Driver::close_and_wait`](crate::Driver::close_and_wait) there.
#[derive(Debug, Clone)]
pub struct WebSocket {
    handle: Handle,
    url: Arc<WebSocketUrl>,
    /// Asked for each binary message that is received, and so not under the lock of the connection.
    is_array_buffer: Arc<AtomicBool>,
}

impl WebSocket {
    pub(super) fn from_parts(handle: Handle, url: Arc<WebSocketUrl>) -> Self {
        Self {
            handle,
            url,
            is_array_buffer: Arc::default(),
        }
    }

    /// The absolute URL after resolution, without a password.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// The subprotocol that the server selected (RFC 6455 §1.9); `""` before the `open` event, and if
    /// it selected none.
    #[must_use]
    pub fn protocol(&self) -> String {
        let handshake = self.handshake();
        handshake.map_or_else(String::new, |handshake| handshake.protocol.clone())
    }

    /// The extensions in use (RFC 6455 §9.1); `""` before the `open` event, and if there are none.
    #[must_use]
    pub fn extensions(&self) -> String {
        let handshake = self.handshake();
        handshake.map_or_else(String::new, |handshake| handshake.extensions.clone())
    }

    /// The state. It changes when the connection does, whether or not the event that reports it
    /// has been received; [`Message::ready_state`](crate::Message::ready_state) is the state in
    /// which a message came.
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.handle.ready_state()
    }

    /// How long [`WebSocket::ready_state`] has had its value.
    #[must_use]
    pub fn state_age(&self) -> Duration {
        self.handle.state_age()
    }

    /// Payload bytes given to `send` and not yet handed to the network, without framing,
    /// uncompressed. A close never brings it to zero.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.handle.buffered_amount()
    }

    /// As what binary messages are delivered; [`BinaryType::Blob`] at first.
    #[must_use]
    pub fn binary_type(&self) -> BinaryType {
        if self.is_array_buffer.load(Ordering::Relaxed) {
            BinaryType::ArrayBuffer
        } else {
            BinaryType::Blob
        }
    }

    /// Sets [`WebSocket::binary_type`] for what is taken out of [`Events`](crate::Events) from now on.
    pub fn set_binary_type(&self, binary_type: BinaryType) {
        let is_array_buffer = binary_type == BinaryType::ArrayBuffer;
        self.is_array_buffer
            .store(is_array_buffer, Ordering::Relaxed);
    }

    /// `send()`: queues one message, text for `&str` and `String`, binary for bytes and blobs, or
    /// all messages of a [`Batch`] at the cost of one. It is written at once if nothing is in its
    /// way, otherwise as soon as the network takes it. It does not block.
    ///
    /// # Errors
    /// `InvalidStateError` if the state is not `OPEN`; if it is `CLOSING` or `CLOSED`,
    /// [`WebSocket::buffered_amount`] grows all the same, as the standard has it. Also after
    /// [`Events`](crate::Events) has been dropped. `QuotaExceededError` if more would be queued than
    /// [`Options::max_buffered_amount`](crate::Options::max_buffered_amount) allows; nothing is
    /// queued then. `NotReadableError` (W3C File API) if the file of a blob cannot be opened.
    pub fn send(&self, data: impl Into<SendData>) -> Result<(), Exception> {
        match data.into().0 {
            Payload::Batch(batch) => self.handle.send(batch).map_err(|error| match error {
                SendError::NotOpen(batch) => self.too_late(&batch),
                SendError::NoReceiver(_) => no_receiver(),
                SendError::Full(_) => quota_exceeded(),
            }),
            Payload::Blob(blob) => match blob.open() {
                Ok(OpenBlob::Bytes(bytes)) => self.send(bytes),
                Ok(OpenBlob::File(source)) => self.send_source(source),
                Err(error) => Err(Exception::new(
                    ExceptionName::NotReadableError,
                    format!("the file cannot be sent: {}", io_reason(&error)),
                )),
            },
        }
    }

    fn send_source(&self, source: PayloadSource) -> Result<(), Exception> {
        self.handle
            .send_source(source)
            .map_err(|error| match error {
                SendError::NotOpen(_) => not_open(self.ready_state()),
                SendError::NoReceiver(_) => no_receiver(),
                SendError::Full(_) => quota_exceeded(),
            })
    }

    /// WHATWG WebSockets §3.1: `bufferedAmount` grows although nothing is sent.
    fn too_late(&self, batch: &Batch) -> Exception {
        let state = self.ready_state();
        if state > ReadyState::Open {
            self.handle.count(batch);
        }
        not_open(state)
    }

    /// [`WebSocket::send`] for messages that can be used elsewhere: those that this connection
    /// does not take come back, and nothing is counted.
    ///
    /// # Errors
    /// The batch, in every case in which `send` refuses.
    pub fn offer_batch(&self, batch: Batch) -> Result<(), Batch> {
        self.handle.send(batch).map_err(|error| match error {
            SendError::NotOpen(batch) | SendError::NoReceiver(batch) | SendError::Full(batch) => {
                batch
            }
        })
    }

    /// In state `CLOSED`: the messages that were queued and that the network has not taken to
    /// their last byte, in order, to be sent elsewhere. A message of which the network has a part
    /// is among them, whole. What the network took may still not have arrived. In any other state
    /// there is nothing to take.
    #[must_use]
    pub fn take_unsent(&self) -> Vec<Batch> {
        match self.ready_state() {
            ReadyState::Closed => self.handle.take_unsent(),
            _ => Vec::new(),
        }
    }

    /// `close()`: what is queued goes first, then the close frame. Without a code the frame has
    /// no body. While connecting, the connection fails; once closing, nothing happens.
    ///
    /// # Errors
    /// `InvalidAccessError` for a code other than 1000 or 3000–4999, `SyntaxError` for a reason
    /// over 123 bytes or one without a code.
    pub fn close(&self, code: Option<u16>, reason: &str) -> Result<(), Exception> {
        if let Some(code) = code.filter(|code| !CloseCode(*code).is_valid_for_close()) {
            return Err(Exception::new(
                ExceptionName::InvalidAccessError,
                format!("the close code is 1000 or from 3000 to 4999, not {code}"),
            ));
        }
        self.start_close(code, reason)
    }

    /// [`WebSocket::close`] with any code that RFC 6455 lets a peer put on the wire.
    ///
    /// # Errors
    /// `InvalidAccessError` for any other code, `SyntaxError` as in [`WebSocket::close`].
    pub fn force_close(&self, code: Option<u16>, reason: &str) -> Result<(), Exception> {
        if let Some(code) = code.filter(|code| !CloseCode(*code).may_be_sent()) {
            return Err(Exception::new(
                ExceptionName::InvalidAccessError,
                format!(
                    "the code {code} must not be sent: 1000 to 1003, 1007 to 1014 and 3000 to \
                     4999 may (RFC 6455 section 7.4)"
                ),
            ));
        }
        self.start_close(code, reason)
    }

    fn start_close(&self, code: Option<u16>, reason: &str) -> Result<(), Exception> {
        if reason.len() > CloseCode::MAX_REASON {
            return Err(Exception::syntax(format!(
                "a close reason has at most {} bytes of UTF-8, not {}",
                CloseCode::MAX_REASON,
                reason.len()
            )));
        }
        if code.is_none() && !reason.is_empty() {
            return Err(Exception::syntax("a close reason needs a code before it"));
        }
        if self.ready_state() < ReadyState::Closing {
            self.handle.close(code, reason);
        }
        Ok(())
    }

    /// The code that [`WebSocket::close`] was called with while the connection was open: a server
    /// that closes with the same has echoed it (RFC 6455 §5.5.1).
    #[must_use]
    pub fn close_code(&self) -> Option<u16> {
        self.handle.close_code()
    }

    /// Closes with the code 1000, unless that has begun, and blocks until the connection has
    /// ended or `deadline` has passed. Returns whether it has ended.
    ///
    /// In the caller's event loop, call [`Driver::close_and_wait`](crate::Driver::close_and_wait).
    #[must_use = "the connection may not have ended"]
    pub fn close_and_wait(&self, deadline: Instant) -> bool {
        // Code and reason are right.
        let _ = self.close(Some(1000), "");
        self.handle.wait_for_end(Deadline::at(deadline))
    }

    /// Blocks until everything that `send` has accepted is handed to the network, or `deadline`
    /// has passed. Returns whether it is. If you need certainty that the server has it, have the
    /// server acknowledge each message.
    #[must_use = "something may not have been sent"]
    pub fn flush(&self, deadline: Instant) -> bool {
        self.wait_for_room(0, 0, Some(deadline))
    }

    /// Sends a ping (RFC 6455 §5.5.2). The [`Event::Pong`](crate::Event::Pong) that answers it has
    /// the round trip time.
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`, `SyntaxError` over 125 bytes.
    pub fn ping(&self, payload: &[u8]) -> Result<(), Exception> {
        self.check_control("ping", payload)?;
        self.handle.ping(payload);
        Ok(())
    }

    /// Sends a pong that answers no ping, as a heartbeat (RFC 6455 §5.5.3).
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`, `SyntaxError` over 125 bytes.
    pub fn pong(&self, payload: &[u8]) -> Result<(), Exception> {
        self.check_control("pong", payload)?;
        self.handle.pong(payload);
        Ok(())
    }

    /// Whether pings of the server are answered (RFC 6455 §5.5.2); they are at first.
    #[must_use]
    pub fn pongs(&self) -> bool {
        self.handle.answers_pings()
    }

    /// Withholds pongs, or sends them again: to find out what the server makes of a client that
    /// does not answer.
    pub fn set_pongs(&self, pongs: bool) {
        self.handle.set_answers_pings(pongs);
    }

    fn check_control(&self, name: &str, payload: &[u8]) -> Result<(), Exception> {
        if payload.len() > MAX_CONTROL {
            return Err(Exception::syntax(format!(
                "a {name} carries at most {MAX_CONTROL} bytes, not {}",
                payload.len()
            )));
        }
        match self.ready_state() {
            ReadyState::Open => Ok(()),
            state => Err(not_open(state)),
        }
    }

    /// Drops the connection at once, without a closing handshake. Unless that was complete, an error
    /// of the kind [`ErrorKind::Aborted`](crate::ErrorKind::Aborted) comes before the close event.
    pub fn abort(&self) {
        self.handle.abort();
    }

    /// Blocks until no more than `bytes` of payload and `messages` messages of what was sent are
    /// still to be handed to the network. Returns false if that will not be, or not before
    /// `deadline`. For senders that must not outrun the network: empty messages take memory and
    /// no `bufferedAmount`.
    pub fn wait_for_room(&self, bytes: u64, messages: u64, deadline: Option<Instant>) -> bool {
        let limit = Amount { bytes, messages };
        self.handle.wait_until_sent(limit, deadline.into())
    }

    /// The counters so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.handle.statistics()
    }

    /// What connecting has shown: addresses, TLS, header fields, times. None before the connection is
    /// open.
    #[must_use]
    pub fn handshake(&self) -> Option<Arc<Handshake>> {
        self.handle.handshake()
    }
}

fn no_receiver() -> Exception {
    Exception::new(
        ExceptionName::InvalidStateError,
        "the Events of this connection were dropped; keep them as long as you send",
    )
}

fn quota_exceeded() -> Exception {
    Exception::new(
        ExceptionName::QuotaExceededError,
        "the network does not take what is queued already; wait_for_room() waits for it",
    )
}

fn not_open(state: ReadyState) -> Exception {
    Exception::new(
        ExceptionName::InvalidStateError,
        format!("the connection is {state}, not OPEN"),
    )
}
