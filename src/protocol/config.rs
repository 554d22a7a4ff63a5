//! The configuration of an endpoint.

use super::deflate::DeflateParams;
use super::role::Role;
use super::trace::Trace;
use std::time::Duration;

/// Pings at an interval, to notice a peer that is gone. Their pongs are reported as events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// The time between two pings. An interval below 10 ms counts as 10 ms. While a ping waits
    /// for the network, no further one is queued.
    pub interval: Duration,
    /// How long a pong may take before the connection counts as lost; `None` is forever.
    pub timeout: Option<Duration>,
}

/// The configuration of an [`Endpoint`](super::Endpoint).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    pub(super) role: Role,
    /// The parameters of permessage-deflate (RFC 7692), if it was negotiated.
    pub deflate: Option<DeflateParams>,
    /// The largest message that is accepted, in bytes, compressed or decompressed: 128 MiB unless
    /// set.
    pub max_message_size: usize,
    /// How long the peer may take to answer our close frame, counted from when the network has
    /// taken all messages before it: 10 s unless set.
    pub close_timeout: Duration,
    /// Whether queued messages are sent before the peer's close frame is answered, including
    /// those queued before the answer is written. RFC 6455 §5.5.1 lets an endpoint delay its
    /// close frame for that; a server that owes answers wants it. If false, the close frame is
    /// answered at once and queued messages stay unsent, as in browsers.
    pub finish_before_closing: bool,
    /// Keep-alive pings; none unless set.
    pub keep_alive: Option<KeepAlive>,
    /// Which frames are reported as events; none unless set.
    pub trace: Trace,
    /// The seed of the masking keys. A client needs 32 bytes that nobody can guess
    /// (RFC 6455 §10.3); a server does not use them.
    pub seed: [u8; 32],
}

impl Config {
    /// The configuration of the side that sends the upgrade request: a browser's, without
    /// permessage-deflate. `seed` is [`Config::seed`].
    #[must_use]
    pub fn client(seed: [u8; 32]) -> Self {
        Self::new(Role::Client, seed)
    }

    /// The configuration of the side that answers the upgrade request, without
    /// permessage-deflate.
    #[must_use]
    pub fn server() -> Self {
        Self::new(Role::Server, [0; 32])
    }

    pub(super) fn new(role: Role, seed: [u8; 32]) -> Self {
        Self {
            role,
            deflate: None,
            max_message_size: 128 << 20,
            close_timeout: Duration::from_secs(10),
            finish_before_closing: false,
            keep_alive: None,
            trace: Trace::Off,
            seed,
        }
    }
}
