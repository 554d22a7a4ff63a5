//! The standard's event handlers (WHATWG WebSockets §3.1).

use super::event::{CloseEvent, Message};
use super::socket::WebSocket;
use crate::connection::{Error, Handshake};

/// The event handlers of the standard, each optional.
///
/// Each gets the [`WebSocket`], so that it can send and close. They run on the thread that calls
/// [`Events::run`](crate::Events::run) or [`Events::dispatch`](crate::Events::dispatch). Pings,
/// pongs, frames and steps of connecting have no handler in the standard; receive them as
/// [`Event`](crate::Event)s.
pub trait EventHandler {
    /// The connection is open: messages can be sent from now on.
    fn onopen(&mut self, socket: &WebSocket, handshake: &Handshake) {
        let _ = (socket, handshake);
    }

    /// A message has arrived, complete.
    fn onmessage(&mut self, socket: &WebSocket, message: Message<'_>) {
        let _ = (socket, message);
    }

    /// The connection has failed; `onclose` follows. The standard's event says nothing about the
    /// reason, this one does.
    fn onerror(&mut self, socket: &WebSocket, error: &Error) {
        let _ = (socket, error);
    }

    /// The connection has ended. Called exactly once, last.
    fn onclose(&mut self, socket: &WebSocket, close: &CloseEvent) {
        let _ = (socket, close);
    }
}
