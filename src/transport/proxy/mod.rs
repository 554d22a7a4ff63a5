//! Proxies: which one is used for a server, and the negotiation about a tunnel.
//!
//! A WebSocket needs a tunnel even if it is not encrypted (RFC 6455 §4.1), so an HTTP proxy is always
//! asked with CONNECT. The negotiation is bounded in time by the deadline for connecting, and in
//! memory by the limits of [`http1`](crate::http1) or the lengths that SOCKS allows. Credentials are
//! never shown.
//!
//! Without the cargo feature `proxy` there is no negotiation, and a proxy that the options have is an
//! error.

mod address;
mod credentials;
mod environment;
mod no_proxy;
mod options;

#[cfg(feature = "proxy")]
mod http_connect;
#[cfg(feature = "proxy")]
mod socks;
#[cfg(feature = "proxy")]
mod socks4;
#[cfg(feature = "proxy")]
mod socks5;
#[cfg(feature = "proxy")]
mod tunnel;

#[cfg(not(feature = "proxy"))]
mod disabled;

pub(super) use address::ProxyScheme;
pub use address::{Proxy, ProxyError};
pub use credentials::ProxyCredentials;
pub use environment::ProxyEnvironment;
pub use no_proxy::NoProxy;
pub use options::{ProxyOptions, ProxySource};

#[cfg(feature = "proxy")]
pub use tunnel::Tunnel;
#[cfg(feature = "proxy")]
pub(super) use tunnel::{check, open_tunnel};

#[cfg(not(feature = "proxy"))]
pub(super) use disabled::{check, open_tunnel};
