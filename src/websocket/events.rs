//! Where the events of a connection arrive.

use super::binary_type::BinaryType;
use super::blob::Blob;
use super::event::{CloseEvent, Data, Event, Message};
use super::handler::EventHandler;
use super::socket::WebSocket;
use crate::close_code::CloseCode;
use crate::connection::{Delivery, Error, EventReceiver, Handshake, ReadyState, Step};
use crate::deadline::Deadline;
use crate::protocol::{self, CloseFrame, EventBuffer};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::mpsc::{RecvError, RecvTimeoutError, TryRecvError};
use std::time::{Duration, Instant, SystemTime};

/// Where the events of a connection arrive, in the browser's order.
///
/// [`recv`](Events::recv), [`try_recv`](Events::try_recv) and
/// [`recv_timeout`](Events::recv_timeout) are those of `std::sync::mpsc`, and lend the payload
/// from the buffer that it arrived in. The [`Iterator`] hands out copies.
/// [`run`](Events::run) calls handlers. [`on_wake`](Events::on_wake) tells another event loop that
/// there is something to receive.
///
/// While more than 2 MiB of events wait here, nothing is read from the server. Dropping `Events`
/// discards what still comes, and from then on `send` refuses.
#[derive(Debug)]
pub struct Events {
    receiver: EventReceiver,
    socket: WebSocket,
    inbox: EventBuffer,
    time: SystemTime,
    next: Next,
}

/// What follows the event that was handed out last.
#[derive(Debug)]
enum Next {
    /// Whatever arrives.
    Delivery,
    Step(Box<Step>),
    /// The change of state before `open`.
    Opening(Arc<Handshake>),
    Open(Arc<Handshake>),
    /// `error` of a connection that ended without the protocol machine.
    Failed(Arc<Error>),
    /// The change of state after that.
    AfterFailure,
    Close(CloseEvent),
    /// Nothing will come any more.
    Nothing,
}

impl Events {
    pub(super) fn new(receiver: EventReceiver, socket: WebSocket) -> Self {
        Self {
            receiver,
            socket,
            inbox: EventBuffer::default(),
            time: SystemTime::now(),
            next: Next::Delivery,
        }
    }

    /// The next event. Blocks until there is one.
    ///
    /// In the caller's event loop, nothing arrives while this blocks the thread that calls
    /// [`Driver::drive`](crate::Driver::drive): use [`Events::try_recv`] there.
    ///
    /// # Errors
    /// After the close event.
    pub fn recv(&mut self) -> Result<Event<'_>, RecvError> {
        match self.take(Some(Deadline::NEVER)) {
            Some(event) => event.ok_or(RecvError),
            None => Err(RecvError),
        }
    }

    /// The next event if it has arrived.
    ///
    /// # Errors
    /// `Empty` if it has not, `Disconnected` after the close event.
    pub fn try_recv(&mut self) -> Result<Event<'_>, TryRecvError> {
        let event = self.take(None).ok_or(TryRecvError::Empty)?;
        event.ok_or(TryRecvError::Disconnected)
    }

    /// The next event. Blocks until there is one or `timeout` has passed.
    ///
    /// # Errors
    /// `Timeout` if it has passed, `Disconnected` after the close event.
    pub fn recv_timeout(&mut self, timeout: Duration) -> Result<Event<'_>, RecvTimeoutError> {
        let deadline = Deadline::after(Instant::now(), timeout);
        self.recv_until(deadline)
    }

    /// The next event. Blocks until there is one or the time is `deadline`.
    ///
    /// # Errors
    /// As [`Events::recv_timeout`].
    pub fn recv_deadline(&mut self, deadline: Instant) -> Result<Event<'_>, RecvTimeoutError> {
        self.recv_until(Deadline::at(deadline))
    }

    fn recv_until(&mut self, deadline: Deadline) -> Result<Event<'_>, RecvTimeoutError> {
        let event = self.take(Some(deadline)).ok_or(RecvTimeoutError::Timeout)?;
        event.ok_or(RecvTimeoutError::Disconnected)
    }

    /// Blocks until [`Events::recv`] would not. Any number of threads may wait; none of them takes
    /// the event.
    pub fn wait(&self) {
        if matches!(self.next, Next::Delivery) && self.inbox.is_empty() {
            self.receiver.wait();
        }
    }

    /// Has `wake` called whenever events may have arrived since the last [`Events::try_recv`], and
    /// once now: for GUI and event loops, which then call [`Events::try_recv`] until it is empty.
    ///
    /// `wake` is called on the thread that drives the connection, or on one that sends. It must
    /// not block; it may use the connection. A second call replaces the first.
    pub fn on_wake(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.receiver.on_wake(Arc::new(wake));
    }

    /// Receives all events and calls `handler` for them. Blocks until the connection has ended, and
    /// returns after `onclose`.
    pub fn run(mut self, handler: &mut impl EventHandler) {
        let socket = self.socket.clone();
        while let Ok(event) = self.recv() {
            dispatch(handler, &socket, event);
        }
    }

    /// Calls `handler` for the events that have arrived, without blocking. Returns false after
    /// `onclose`: nothing more will come.
    pub fn dispatch(&mut self, handler: &mut impl EventHandler) -> bool {
        let socket = self.socket.clone();
        loop {
            match self.try_recv() {
                Ok(event) => dispatch(handler, &socket, event),
                Err(error) => return error == TryRecvError::Empty,
            }
        }
    }

    /// When the bytes of the event that was received last were read from the network.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// `Some(None)` when nothing will come any more, `None` when nothing came before `deadline`
    /// (none: do not wait).
    fn take(&mut self, deadline: Option<Deadline>) -> Option<Option<Event<'_>>> {
        loop {
            match std::mem::replace(&mut self.next, Next::Delivery) {
                Next::Delivery if !self.inbox.is_empty() => return Some(Some(self.take_arrived())),
                Next::Delivery => self.receive(deadline)?,
                Next::Step(step) => return Some(Some(Event::Connecting(step))),
                Next::Opening(handshake) => {
                    self.next = Next::Open(handshake);
                    return Some(Some(Event::ReadyState(ReadyState::Open)));
                }
                Next::Open(handshake) => return Some(Some(Event::Open(handshake))),
                Next::Failed(error) => {
                    self.next = Next::AfterFailure;
                    return Some(Some(Event::Error(error)));
                }
                Next::AfterFailure => {
                    self.next = Next::Close(close_event(None, false));
                    return Some(Some(Event::ReadyState(ReadyState::Closed)));
                }
                Next::Close(close) => {
                    self.next = Next::Nothing;
                    return Some(Some(Event::Close(close)));
                }
                Next::Nothing => {
                    self.next = Next::Nothing;
                    return Some(None);
                }
            }
        }
    }

    /// Takes the next delivery.
    fn receive(&mut self, deadline: Option<Deadline>) -> Option<()> {
        // The last message is not kept until another one comes.
        self.inbox.clear();
        let delivery = match deadline {
            Some(deadline) => self.receiver.receive(deadline, &mut self.inbox)?,
            None => self.receiver.try_receive(&mut self.inbox)?,
        };
        match delivery {
            Some(Delivery::Events { inbox, at }) => {
                self.time = at;
                self.inbox = inbox;
            }
            Some(Delivery::Step(step)) => {
                self.time = SystemTime::now();
                self.next = Next::Step(step);
            }
            Some(Delivery::Opened { handshake, at }) => {
                self.time = at;
                self.next = Next::Opening(handshake);
            }
            Some(Delivery::Failed(error)) => {
                self.time = SystemTime::now();
                self.next = Next::Failed(Arc::new(error));
            }
            None => self.next = Next::Nothing,
        }
        Some(())
    }

    /// The next event of the inbox, which has one.
    fn take_arrived(&mut self) -> Event<'_> {
        let message = |data, closing| {
            let ready_state = if closing {
                ReadyState::Closing
            } else {
                ReadyState::Open
            };
            Event::Message(Message {
                data,
                ready_state,
                time: self.time,
            })
        };
        match self.inbox.pop() {
            Some(protocol::EndpointEvent::Text { text, closing }) => {
                message(Data::Text(Cow::Borrowed(text)), closing)
            }
            Some(protocol::EndpointEvent::Binary { bytes, closing }) => {
                let data = match self.socket.binary_type() {
                    BinaryType::Blob => Data::Blob(Blob::new(bytes)),
                    BinaryType::ArrayBuffer => Data::ArrayBuffer(Cow::Borrowed(bytes)),
                };
                message(data, closing)
            }
            Some(protocol::EndpointEvent::Ping(payload)) => Event::Ping(Cow::Borrowed(payload)),
            Some(protocol::EndpointEvent::Pong {
                payload,
                round_trip,
            }) => Event::Pong {
                payload: Cow::Borrowed(payload),
                round_trip,
            },
            Some(protocol::EndpointEvent::Closing) => Event::ReadyState(ReadyState::Closing),
            Some(protocol::EndpointEvent::Frame(frame)) => Event::Frame(frame),
            Some(protocol::EndpointEvent::Failed(failure)) => {
                Event::Error(Arc::new(Error::from(failure.clone())))
            }
            Some(protocol::EndpointEvent::Closed { frame, clean }) => {
                self.next = Next::Close(close_event(frame, clean));
                Event::ReadyState(ReadyState::Closed)
            }
            None => Event::ReadyState(self.socket.ready_state()),
        }
    }
}

/// Blocks for each event and returns a copy of it; ends after the close event.
impl Iterator for Events {
    type Item = Event<'static>;

    fn next(&mut self) -> Option<Self::Item> {
        self.recv().ok().map(Event::into_owned)
    }
}

fn dispatch(handler: &mut impl EventHandler, socket: &WebSocket, event: Event<'_>) {
    match event {
        Event::Open(handshake) => handler.onopen(socket, &handshake),
        Event::Message(message) => handler.onmessage(socket, message),
        Event::Error(error) => handler.onerror(socket, &error),
        Event::Close(close) => handler.onclose(socket, &close),
        _ => {}
    }
}

/// WHATWG WebSockets §5: code and reason of the server's close frame, 1005 if it had none, 1006
/// if there was no frame.
fn close_event(frame: Option<&CloseFrame>, was_clean: bool) -> CloseEvent {
    match frame {
        Some(frame) => CloseEvent {
            code: frame.code.unwrap_or(CloseCode::NO_STATUS.0),
            reason: frame.reason.clone(),
            was_clean,
        },
        None => CloseEvent {
            code: CloseCode::ABNORMAL.0,
            reason: String::new(),
            was_clean,
        },
    }
}
