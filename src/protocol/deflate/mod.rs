//! permessage-deflate (RFC 7692): negotiation, compression, decompression.
//!
//! Without the feature `deflate` there are no offers, parameters and compressors, and every extension
//! that a server uses is an error.

mod extension;
mod params;

#[cfg(feature = "deflate")]
mod compress;
#[cfg(feature = "deflate")]
mod decompress;
#[cfg(feature = "deflate")]
mod negotiate;

#[cfg(not(feature = "deflate"))]
mod disabled;

pub use params::{DeflateOffer, DeflateParams};

#[cfg(feature = "deflate")]
pub(super) use {
    compress::Compressor,
    decompress::Decompressor,
    negotiate::{accept_offer, check_response},
};

#[cfg(not(feature = "deflate"))]
pub(super) use disabled::{Compressor, Decompressor, accept_offer, check_response};

#[cfg(all(test, feature = "deflate"))]
mod tests;
