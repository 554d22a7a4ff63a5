//! The URL of a WebSocket server (WHATWG WebSockets §3.1, RFC 6455 §3).
//!
//! As an extension of the standard, `ws+unix:/path/to/socket:/resource` and `wss+unix:` lead to a
//! server on a [Unix socket](UnixSocket).

mod error;
mod secrets;
mod typed;
mod unix_socket;
mod websocket_url;
mod zone;

pub use error::UrlError;
pub use unix_socket::UnixSocket;
pub use websocket_url::WebSocketUrl;
pub use zone::ScopedIp;

pub(crate) use secrets::percent_decoded;
pub(crate) use typed::{is_known_scheme, scheme};
pub(crate) use zone::{normalized, split as split_zone};

#[cfg(test)]
mod tests;
