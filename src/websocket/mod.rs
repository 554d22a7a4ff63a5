//! The standard's interface: names, states, exceptions and events over the connection.

mod binary_type;
mod blob;
mod dry_run;
mod event;
mod events;
mod exception;
mod inner;
mod ready_state;

pub use crate::connection::{
    Authorization, Error, ErrorKind, Handshake, LeftOut, NothingYet, Options, RedirectError,
    Redirects, RequestHeaders, Step, Timings,
};
pub use crate::http1::Refusal;
pub use crate::protocol::{Batch, Frame, Trace};
pub use binary_type::BinaryType;
pub use blob::Blob;
pub use dry_run::{DryRun, DryRunError};
pub use event::{CloseEvent, Data, Event, Message};
pub use events::Events;
pub use exception::{Exception, ExceptionName};
pub use ready_state::ReadyState;

use crate::close_code::{MAX_REASON, is_valid_for_close, may_be_sent};
use crate::connection::{self, Command};
use crate::protocol::upgrade;
use crate::url::WebSocketUrl;
use inner::Inner;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The most bytes a ping or pong may carry (RFC 6455 §5.5).
const MAX_CONTROL: usize = 125;

/// The handle to speak with. Clones speak for the same connection; when they and the [`Events`]
/// are all gone, it is closed.
#[derive(Debug, Clone)]
pub struct WebSocket {
    handle: connection::Handle,
    inner: Arc<Inner>,
}

/// Numbers about a connection so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Data messages given to `send`, those that came too late included.
    pub messages_queued: u64,
    /// Data messages whose last byte was handed to the network.
    pub messages_sent: u64,
    /// Payload handed to the network, uncompressed.
    pub bytes_sent: u64,
    /// Bytes handed to the network, framing and control frames included.
    pub wire_bytes_sent: u64,
    /// Data messages received.
    pub messages_received: u64,
    /// Their payload, uncompressed.
    pub bytes_received: u64,
    /// Bytes received, framing and control frames included.
    pub wire_bytes_received: u64,
    /// The last round trip of a ping.
    pub last_round_trip: Option<Duration>,
}

impl WebSocket {
    /// The constructor (WHATWG WebSockets §3.1): resolves the URL, checks the subprotocols,
    /// begins to connect.
    ///
    /// # Errors
    /// `SyntaxError` for the URL or a subprotocol, `SecurityError` for a bad port.
    pub fn new(url: &str, protocols: &[&str]) -> Result<(Self, Events), Exception> {
        Self::with_options(url, protocols, Options::default())
    }

    /// The constructor with everything that a browser decides for its page.
    ///
    /// # Errors
    /// As [`WebSocket::new`].
    pub fn with_options(
        url: &str,
        protocols: &[&str],
        options: Options,
    ) -> Result<(Self, Events), Exception> {
        let (address, protocols) = Self::checked(url, protocols, &options)?;
        let inner = Arc::new(Inner::new(address.clone()));
        let (handle, arrivals) = connection::open(address, protocols, options);
        let events = Events::new(Arc::clone(&inner), arrivals);
        Ok((Self { handle, inner }, events))
    }

    /// The steps of the constructor that throw.
    fn checked(
        url: &str,
        protocols: &[&str],
        options: &Options,
    ) -> Result<(WebSocketUrl, Vec<String>), Exception> {
        let address =
            WebSocketUrl::parse(url).map_err(|error| Exception::syntax(error.to_string()))?;
        if address.is_bad_port() && !options.allow_bad_port {
            let port = match address.port() {
                0 => "port 0 is no server's".to_owned(),
                port => format!("port {port} belongs to another protocol"),
            };
            return Err(Exception::new(
                ExceptionName::SecurityError,
                format!("{port} and is refused, as browsers do"),
            ));
        }
        let protocols: Vec<String> = protocols.iter().map(ToString::to_string).collect();
        upgrade::check_protocols(&protocols)
            .map_err(|error| Exception::syntax(error.to_string()))?;
        Ok((address, protocols))
    }

    /// The absolute URL after resolution, without a password.
    #[must_use]
    pub fn url(&self) -> &str {
        self.inner.url.as_str()
    }

    /// The subprotocol the server chose, `""` before and if none.
    #[must_use]
    pub fn protocol(&self) -> &str {
        self.handshake().map_or("", |handshake| &handshake.protocol)
    }

    /// The extensions in use, `""` before and if none.
    #[must_use]
    pub fn extensions(&self) -> &str {
        self.handshake()
            .map_or("", |handshake| &handshake.extensions)
    }

    /// The state. It changes when [`Events`] hands out the event that tells (as in a page, where
    /// both happen in one task), and at once to `CLOSING` by [`WebSocket::close`].
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        self.inner.ready_state()
    }

    /// How long the present state has lasted.
    #[must_use]
    pub fn state_age(&self) -> Duration {
        self.inner.state_age()
    }

    /// Payload bytes given to `send` and not yet handed to the network, without framing,
    /// uncompressed. A close never brings it to zero.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.handle.buffered_amount()
    }

    /// How binary messages are handed over.
    #[must_use]
    pub fn binary_type(&self) -> BinaryType {
        self.inner.binary_type()
    }

    /// Sets [`WebSocket::binary_type`] for what is taken out of [`Events`] from now on.
    pub fn set_binary_type(&self, binary_type: BinaryType) {
        self.inner.set_binary_type(binary_type);
    }

    /// Queues one text message.
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`.
    pub fn send(&self, text: impl Into<String>) -> Result<(), Exception> {
        self.send_batch(Batch::one_text(text.into()))
    }

    /// Queues one binary message.
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`.
    pub fn send_binary(&self, data: impl Into<Vec<u8>>) -> Result<(), Exception> {
        self.send_batch(Batch::one_binary(data.into()))
    }

    /// Queues all messages of a batch: as so many calls of `send`, at the cost of one.
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`; once `CLOSING` or `CLOSED`,
    /// [`WebSocket::buffered_amount`] grows all the same, as the standard has it.
    pub fn send_batch(&self, batch: Batch) -> Result<(), Exception> {
        let Err(batch) = self.offer_batch(batch) else {
            return Ok(());
        };
        let state = self.ready_state();
        if state > ReadyState::Open {
            self.handle.count(&batch);
        }
        Err(not_open(state))
    }

    /// [`WebSocket::send_batch`] for who has another use for messages that this connection does
    /// not take: they come back, and nothing is counted.
    ///
    /// # Errors
    /// The batch, when not `OPEN` or after [`WebSocket::take_unsent`].
    pub fn offer_batch(&self, batch: Batch) -> Result<(), Batch> {
        match self.ready_state() {
            ReadyState::Open => self.handle.send(batch),
            _ => Err(batch),
        }
    }

    /// Once the close event is there: the messages that were queued and that the network has not
    /// taken to their last byte, in their order, to be sent elsewhere. A message of which the
    /// network has a part is among them, whole. What the network took may still not have arrived.
    ///
    /// From then on, nothing is queued any more. Before the close event there is nothing to take.
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
        if let Some(code) = code.filter(|code| !is_valid_for_close(*code)) {
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
        if let Some(code) = code.filter(|code| !may_be_sent(*code)) {
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
        if reason.len() > MAX_REASON {
            return Err(Exception::syntax(format!(
                "a close reason has at most {MAX_REASON} bytes of UTF-8, not {}",
                reason.len()
            )));
        }
        if code.is_none() && !reason.is_empty() {
            return Err(Exception::syntax("a close reason needs a code before it"));
        }
        match self.ready_state() {
            ReadyState::Connecting => self.handle.abort(),
            ReadyState::Open => {
                if let Some(code) = code {
                    // Said once: a second `close()` does nothing.
                    _ = self.inner.close_asked.set(code);
                }
                self.handle.ask(Command::Close {
                    code,
                    reason: reason.to_owned(),
                });
            }
            ReadyState::Closing | ReadyState::Closed => return Ok(()),
        }
        self.inner.set_state(ReadyState::Closing);
        Ok(())
    }

    /// The code that [`WebSocket::close`] was called with while the connection was open: a server
    /// that closes with the same has echoed it (RFC 6455 §5.5.1).
    #[must_use]
    pub fn close_asked(&self) -> Option<u16> {
        self.inner.close_asked.get().copied()
    }

    /// Sends a ping (RFC 6455 §5.5.2); its round trip comes with the pong.
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`, `SyntaxError` over 125 bytes.
    pub fn ping(&self, payload: &[u8]) -> Result<(), Exception> {
        self.control("ping", payload, Command::Ping)
    }

    /// Sends a pong nobody asked for (RFC 6455 §5.5.3).
    ///
    /// # Errors
    /// `InvalidStateError` when not `OPEN`, `SyntaxError` over 125 bytes.
    pub fn pong(&self, payload: &[u8]) -> Result<(), Exception> {
        self.control("pong", payload, Command::Pong)
    }

    /// Whether pings of the server are answered (RFC 6455 §5.5.2); they are at first.
    #[must_use]
    pub fn pongs(&self) -> bool {
        self.inner.pongs()
    }

    /// Withholds pongs, or sends them again: to find out what the server makes of a client that
    /// does not answer.
    pub fn set_pongs(&self, pongs: bool) {
        self.inner.set_pongs(pongs);
        self.handle.ask(Command::Pongs(pongs));
    }

    fn control(
        &self,
        name: &str,
        payload: &[u8],
        command: fn(Vec<u8>) -> Command,
    ) -> Result<(), Exception> {
        if payload.len() > MAX_CONTROL {
            return Err(Exception::syntax(format!(
                "a {name} carries at most {MAX_CONTROL} bytes, not {}",
                payload.len()
            )));
        }
        self.must_be_open()?;
        self.handle.ask(command(payload.to_vec()));
        Ok(())
    }

    /// Drops the connection at once, without a close handshake.
    pub fn abort(&self) {
        self.handle.abort();
    }

    /// Waits until the network has all but `bytes` of payload and `messages` messages of what was
    /// sent; false when that will not be any more, or not before the deadline. For senders that
    /// must not outrun the network: empty messages take memory and no `bufferedAmount`.
    pub fn wait_for_room(&self, bytes: u64, messages: u64, deadline: Option<Instant>) -> bool {
        let bound = connection::Unsent { bytes, messages };
        self.handle.wait_for_room(bound, deadline)
    }

    /// Numbers so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        let counters = self.handle.counters();
        Statistics {
            messages_queued: self.handle.messages_queued(),
            messages_sent: counters.messages_sent,
            bytes_sent: counters.bytes_sent,
            wire_bytes_sent: counters.wire_bytes_sent,
            messages_received: counters.messages_received,
            bytes_received: counters.bytes_received,
            wire_bytes_received: counters.wire_bytes_received,
            last_round_trip: counters.last_round_trip,
        }
    }

    /// What connecting has shown; none before the `open` event.
    #[must_use]
    pub fn handshake(&self) -> Option<&Handshake> {
        self.inner.handshake.get()
    }

    fn must_be_open(&self) -> Result<(), Exception> {
        match self.ready_state() {
            ReadyState::Open => Ok(()),
            state => Err(not_open(state)),
        }
    }
}

fn not_open(state: ReadyState) -> Exception {
    Exception::new(
        ExceptionName::InvalidStateError,
        format!("the connection is {state}, not OPEN"),
    )
}
