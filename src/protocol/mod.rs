//! RFC 6455 and RFC 7692 as state machines without I/O.
//!
//! [`upgrade`] performs the opening handshake. [`Endpoint`] is one side of an open connection,
//! client or server; it applies permessage-deflate if [`DeflateParams`] were negotiated. Neither
//! reads a clock, a socket or a source of randomness: bytes, the time and a random seed are
//! arguments; bytes to write, events and the time of the next timeout are results.
//!
//! The caller moves the bytes:
//!
//! ```no_run
//! use sockeye::protocol::upgrade::{ClientUpgrade, Request};
//! use sockeye::protocol::{Batch, Config, Endpoint, EndpointEvent};
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//! use std::time::Instant;
//!
//! # fn random<const N: usize>() -> [u8; N] { [0; N] }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut stream = TcpStream::connect("localhost:8080")?;
//! let mut buffer = [0; 4096];
//!
//! let mut upgrade = ClientUpgrade::new(Request::new("localhost:8080", "/"), random())?;
//! stream.write_all(upgrade.poll_transmit())?;
//! let accepted = loop {
//!     match stream.read(&mut buffer)? {
//!         0 => upgrade.handle_eof(),
//!         count => upgrade.handle_input(&buffer[..count]),
//!     }
//!     if let Some(outcome) = upgrade.poll_outcome() {
//!         break outcome?;
//!     }
//! };
//!
//! let mut config = Config::client(random());
//! config.deflate = accepted.deflate;
//! let mut endpoint = Endpoint::new(&config, Instant::now());
//! endpoint.handle_input(Instant::now(), &accepted.rest);
//! endpoint.send(Batch::one_text("hello".to_owned()))?;
//! while !endpoint.is_closed() {
//!     while let Some(bytes) = endpoint.poll_transmit() {
//!         let count = stream.write(bytes)?;
//!         endpoint.handle_transmitted(Instant::now(), count);
//!     }
//!     match stream.read(&mut buffer)? {
//!         0 => endpoint.handle_eof(Instant::now()),
//!         count => endpoint.handle_input(Instant::now(), &buffer[..count]),
//!     }
//!     endpoint.handle_timeout(Instant::now());
//!     while let Some(event) = endpoint.poll_event() {
//!         if let EndpointEvent::Text { text, .. } = event {
//!             assert_eq!(text, "hello");
//!         }
//!     }
//!     endpoint.close(Instant::now(), Some(1000), "")?;
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod close;
mod config;
mod control_queue;
mod deflate;
mod endpoint;
mod event;
mod failure;
mod frame;
mod opcode;
mod outgoing;
mod pings;
mod receiver;
mod role;
mod sender;
mod statistics;
mod text;
mod trace;
mod tracer;
mod unfinished;
pub mod upgrade;
mod upgrade_error;
mod violation;

#[cfg(test)]
mod tests;

pub use batch::{Batch, NotUtf8};
pub use close::CloseFrame;
pub use config::{Config, KeepAlive};
pub use deflate::{DeflateOffer, DeflateParams};
pub use endpoint::Endpoint;
pub use event::EndpointEvent;
pub(crate) use event::EventBuffer;
pub use failure::{CommandError, Failure};
pub(crate) use outgoing::Outgoing;
pub use statistics::Statistics;
pub use trace::{Direction, Frame, Trace};
pub use unfinished::Unfinished;
pub use violation::Violation;
