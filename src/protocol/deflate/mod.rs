//! permessage-deflate (RFC 7692): the negotiation, the compressor, the decompressor.
//!
//! [`Offer`] and [`answer`] agree on the four parameters ([`Agreed`]). [`Compressor`] and
//! [`Decompressor`] each serve one direction of one connection, message by message; both append to a
//! buffer of the caller's and allocate nothing for a message of their own.

mod compress;
mod decompress;
mod extension;
mod negotiate;

pub use compress::{Compressor, DEFAULT_LEVEL};
pub use decompress::{Decompressor, InflateError};
pub use extension::Malformed;
pub use negotiate::{Agreed, ClientWindow, NegotiationError, Offer, accept, answer};

/// What ends a sync flush and is left out of a message (RFC 7692 §7.2.1): length and inverted length
/// of an empty stored block.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

#[cfg(test)]
#[cfg(test)]
mod tests;
