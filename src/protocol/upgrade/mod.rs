//! The opening handshake (RFC 6455 §4), both sides of it, without I/O.
//!
//! [`ClientUpgrade`] writes a [`Request`] and checks the response. [`ServerUpgrade`] reads a request
//! and writes the response. Both take bytes as they arrive ([`ClientUpgrade::handle_input`]), keep
//! those after the head for the first frame, and report the outcome once: what was [`Accepted`], or
//! an error.

mod accepted;
mod client;
mod request;
mod response;
mod server;

pub use super::upgrade_error::UpgradeError;
pub use accepted::Accepted;
pub use client::ClientUpgrade;
pub(crate) use request::check_protocols;
pub use request::{Request, RequestError};
pub use server::{ServerUpgrade, ServerUpgradeError};
