//! Where the events arrive.

use super::Inner;
use super::{BinaryType, Blob, CloseEvent, Data, Error, Event, Message, NothingYet, ReadyState};
use crate::close_code::{ABNORMAL, NO_STATUS};
use crate::connection::{Arrivals, Delivery, Step};
use crate::protocol::{self, CloseFrame, EventBuffer};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// Where the events arrive. Dropping it drops what still comes.
///
/// The state changes as its events are taken out: as in a page, where both happen in one task.
#[derive(Debug)]
pub struct Events {
    inner: Arc<Inner>,
    arrivals: Arrivals,
    inbox: EventBuffer,
    time: SystemTime,
    /// What follows the event that was handed out last.
    next: Next,
    step: Option<Box<Step>>,
    error: Option<Error>,
    close: Option<CloseEvent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Whatever arrives.
    Arrival,
    /// A step on the way to the connection.
    Step,
    /// The change of state before `open`.
    Opening,
    /// `open`.
    Open,
    /// `error` of a connection that was never made.
    Failed,
    /// The end of a connection that was never made.
    NeverOpened,
    /// `close`. The change of state before it takes effect only now, so that nobody sees `CLOSED`
    /// before being told why.
    Close,
    /// Nothing.
    Nothing,
}

impl Events {
    pub(super) fn new(inner: Arc<Inner>, arrivals: Arrivals) -> Self {
        Self {
            inner,
            arrivals,
            inbox: EventBuffer::default(),
            time: SystemTime::now(),
            next: Next::Arrival,
            step: None,
            error: None,
            close: None,
        }
    }

    /// The next event; waits for it. `None` after the close event.
    ///
    /// Not an `Iterator`: an event borrows the buffer it arrived in, so none is copied.
    #[expect(
        clippy::should_implement_trait,
        reason = "it lends, an Iterator cannot"
    )]
    pub fn next(&mut self) -> Option<Event<'_>> {
        self.take(None).unwrap_or_default()
    }

    /// The next event if it is here or comes before `deadline` (one that has passed: do not
    /// wait). `None` after the close event.
    ///
    /// # Errors
    /// [`NothingYet`] when none comes.
    pub fn next_before(&mut self, deadline: Instant) -> Result<Option<Event<'_>>, NothingYet> {
        self.take(Some(deadline))
    }

    /// Waits until [`Events::next`] would not: for who must not be waiting at the moment in which
    /// an event is taken out and the state changes with it.
    pub fn wait(&self) {
        if self.next == Next::Arrival && self.inbox.is_empty() {
            self.arrivals.wait();
        }
    }

    /// When the bytes of the last event arrived.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    fn take(&mut self, deadline: Option<Instant>) -> Result<Option<Event<'_>>, NothingYet> {
        loop {
            match self.next {
                Next::Arrival if !self.inbox.is_empty() => return Ok(Some(self.take_arrived())),
                Next::Arrival => self.receive(deadline)?,
                Next::Step => {
                    self.next = Next::Arrival;
                    return Ok(self.step.as_deref().map(Event::Connecting));
                }
                Next::Opening => {
                    self.next = Next::Open;
                    return Ok(Some(Event::ReadyState(ReadyState::Open)));
                }
                Next::Open => {
                    self.next = Next::Arrival;
                    return Ok(self.inner.handshake.get().map(Event::Open));
                }
                Next::Failed => {
                    self.next = Next::NeverOpened;
                    return Ok(self.error.as_ref().map(Event::Error));
                }
                Next::NeverOpened => {
                    self.close = Some(closed(None, false));
                    self.next = Next::Close;
                    return Ok(Some(Event::ReadyState(ReadyState::Closed)));
                }
                Next::Close => {
                    self.next = Next::Nothing;
                    self.inner.set_state(ReadyState::Closed);
                    return Ok(self.close.as_ref().map(Event::Close));
                }
                Next::Nothing => return Ok(None),
            }
        }
    }

    /// Takes in the next delivery.
    fn receive(&mut self, deadline: Option<Instant>) -> Result<(), NothingYet> {
        match self.arrivals.next(deadline)? {
            Some(Delivery::Events { inbox, at }) => {
                self.time = at;
                let done = std::mem::replace(&mut self.inbox, inbox);
                self.arrivals.recycle(done);
            }
            Some(Delivery::Step(step)) => {
                self.time = SystemTime::now();
                self.step = Some(step);
                self.next = Next::Step;
            }
            Some(Delivery::Opened { handshake, at }) => {
                self.time = at;
                // A `close()` meanwhile has ended it: what follows is that end.
                if self.inner.open(*handshake) {
                    self.next = Next::Opening;
                }
            }
            Some(Delivery::Failed(error)) => {
                self.time = SystemTime::now();
                self.error = Some(error);
                self.next = Next::Failed;
            }
            None => self.next = Next::Nothing,
        }
        Ok(())
    }

    /// The next event of the inbox, which has one.
    fn take_arrived(&mut self) -> Event<'_> {
        let state = self.inner.ready_state();
        let message = |data, closing| {
            Event::Message(Message {
                data,
                ready_state: if closing { ReadyState::Closing } else { state },
                time: self.time,
            })
        };
        match self.inbox.pop() {
            Some(protocol::EndpointEvent::Text { text, closing }) => {
                message(Data::Text(text), closing)
            }
            Some(protocol::EndpointEvent::Binary { bytes, closing }) => {
                let data = match self.inner.binary_type() {
                    BinaryType::Blob => Data::Blob(Blob::new(bytes)),
                    BinaryType::ArrayBuffer => Data::ArrayBuffer(bytes),
                };
                message(data, closing)
            }
            Some(protocol::EndpointEvent::Ping(payload)) => Event::Ping(payload),
            Some(protocol::EndpointEvent::Pong {
                payload,
                round_trip,
            }) => Event::Pong {
                payload,
                round_trip,
            },
            Some(protocol::EndpointEvent::Closing) => {
                self.inner.set_state(ReadyState::Closing);
                Event::ReadyState(ReadyState::Closing)
            }
            Some(protocol::EndpointEvent::Frame(frame)) => Event::Frame(frame),
            Some(protocol::EndpointEvent::Failed(failure)) => {
                let error = Error::from(failure.clone());
                Event::Error(self.error.insert(error))
            }
            Some(protocol::EndpointEvent::Closed { frame, clean }) => {
                self.close = Some(closed(frame, clean));
                self.next = Next::Close;
                Event::ReadyState(ReadyState::Closed)
            }
            None => Event::ReadyState(state),
        }
    }
}

/// WHATWG WebSockets §5: the code and reason of the peer's close frame, 1005 if it had none,
/// 1006 if there was no frame.
fn closed(frame: Option<&CloseFrame>, was_clean: bool) -> CloseEvent {
    match frame {
        Some(frame) => CloseEvent {
            code: frame.code.unwrap_or(NO_STATUS),
            reason: frame.reason.clone(),
            was_clean,
        },
        None => CloseEvent {
            code: ABNORMAL,
            reason: String::new(),
            was_clean,
        },
    }
}
