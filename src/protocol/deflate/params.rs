//! What is offered and what is negotiated.

#[cfg(not(feature = "deflate"))]
use std::convert::Infallible;

/// A client's offer of permessage-deflate (RFC 7692 §7.1). The default is what browsers offer.
///
/// Without the feature `deflate` there is no value of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateOffer {
    /// Demands that no message of the server refers to an earlier one (§7.1.1.1).
    pub server_no_context_takeover: bool,
    /// Announces that no message of the client refers to an earlier one (§7.1.1.2).
    pub client_no_context_takeover: bool,
    /// Demands a server window of at most this many bits, 8 to 15 (§7.1.2.1).
    pub server_max_window_bits: Option<u8>,
    /// The limit of the client's own window in bits, 8 to 15, which the server may lower
    /// (§7.1.2.2). At 15, the default, the parameter is sent without a value. With `None` it is not
    /// sent, so that the server may not limit the window.
    pub client_max_window_bits: Option<u8>,
    #[cfg(not(feature = "deflate"))]
    never: Infallible,
}

/// The negotiated parameters of permessage-deflate (RFC 7692 §7.1).
///
/// Without the feature `deflate` there is no value of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeflateParams {
    /// Whether no message of the server refers to an earlier one.
    pub server_no_context_takeover: bool,
    /// Whether no message of the client refers to an earlier one.
    pub client_no_context_takeover: bool,
    /// The bits of the server's window, 8 to 15.
    pub server_max_window_bits: u8,
    /// The bits of the client's window, 8 to 15.
    pub client_max_window_bits: u8,
    #[cfg(not(feature = "deflate"))]
    never: Infallible,
}

impl DeflateOffer {
    /// The first window that is not 8 to 15 bits.
    pub(in crate::protocol) fn invalid_window(&self) -> Option<u8> {
        let windows = [self.server_max_window_bits, self.client_max_window_bits];
        let mut windows = windows.into_iter().flatten();
        windows.find(|bits| !(8..=15).contains(bits))
    }
}

#[cfg(not(feature = "deflate"))]
impl DeflateOffer {
    /// There is no offer.
    pub(super) fn unreachable(&self) -> ! {
        match self.never {}
    }
}

#[cfg(not(feature = "deflate"))]
impl DeflateParams {
    /// There are no parameters.
    pub(super) fn unreachable(&self) -> ! {
        match self.never {}
    }
}
