//! The head of an HTTP/1.1 message (RFC 9110 §5, RFC 9112 §2), without I/O.
//!
//! [`Headers`] are its fields. A `HeadExchange` is one request of a client and its response; a
//! [`Refusal`] is a response that refuses, with its body. The upgrade of a connection and a proxy's
//! CONNECT are the same exchange.

mod chunked;
mod error;
mod exchange;
mod headers;
mod lines;
mod reader;
mod refusal;
mod sniff;

pub use error::HeadError;
#[cfg(test)]
pub(crate) use error::MAX_HEAD;
pub(crate) use exchange::{Answer, ExchangeError, HeadExchange, MAX_INTERIM};
pub use headers::{HeaderError, Headers};
pub(crate) use headers::{excerpt, is_token, members, parts};
pub use reader::ResponseHead;
pub(crate) use reader::{HeadReader, RequestHead};
pub use refusal::Refusal;

/// The value of `User-Agent` in requests.
pub(crate) const USER_AGENT: &str = concat!("sockeye/", env!("CARGO_PKG_VERSION"));
pub use sniff::OtherProtocol;
