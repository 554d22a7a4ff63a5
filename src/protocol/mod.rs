//! RFC 6455 and RFC 7692 without any I/O.
//!
//! [`upgrade`] makes the opening handshake, [`deflate`] negotiates and applies
//! permessage-deflate, and [`Endpoint`] is one side of an open connection, client or server.
//! None of them reads a clock, a socket or a source of randomness: bytes, time and a seed come
//! in as arguments, bytes, events and the time of the next wish to be woken come out.

mod batch;
mod closing;
mod config;
pub mod deflate;
mod endpoint;
mod event;
mod failure;
mod frame;
mod message;
mod pings;
mod trace;
pub mod upgrade;

#[cfg(test)]
mod tests;

pub use batch::{Batch, Kind, NotUtf8};
pub use closing::Status;
pub use config::{Config, KeepAlive, Role};
pub use endpoint::{Counters, Endpoint, State};
pub use event::{Event, Inbox};
pub use failure::{Failure, Refused, ReservedBits, Unfinished, UnfinishedPart, Violation};
pub use trace::{Direction, Frame, Trace};
