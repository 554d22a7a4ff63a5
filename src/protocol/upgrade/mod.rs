//! The opening handshake (RFC 6455 §4), both sides of it, without I/O.
//!
//! [`ClientUpgrade`] writes a [`Request`] and judges the answer; [`ServerUpgrade`] reads a request and
//! writes the answer. Both take bytes as they come ([`ClientUpgrade::handle_input`]), keep those that
//! follow the head for the first frame, and tell the outcome once.

mod client;
mod error;
mod judge;
mod request;
mod server;

pub use crate::http1::Refusal;
pub use client::{Accepted, ClientUpgrade, UpgradeOutcome};
pub use error::UpgradeError;
pub use request::{ProtocolsError, Request, RequestError, check_protocols};
pub use server::{AcceptedRequest, RequestProblem, ServerOptions, ServerOutcome, ServerUpgrade};

/// The version of the protocol that RFC 6455 describes.
pub const VERSION: u8 = 13;
