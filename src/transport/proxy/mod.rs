//! Proxies: which one is used for a server, and the negotiation about a tunnel.
//!
//! A WebSocket needs a tunnel even if it is not encrypted (RFC 6455 §4.1), so an HTTP proxy is always
//! asked with CONNECT. The negotiation is bounded in time by the deadline for connecting, and in
//! memory by the limits of [`http1`](crate::http1) or the lengths that SOCKS allows. Credentials are
//! never shown.

mod address;
mod credentials;
mod environment;
mod http_connect;
mod no_proxy;
mod options;
mod socks;
mod socks4;
mod socks5;
mod tunnel;

pub(super) use address::ProxyScheme;
pub use address::{Proxy, ProxyError};
pub use credentials::ProxyCredentials;
pub use environment::ProxyEnvironment;
pub use no_proxy::{NoProxy, NoProxyError};
pub use options::{ProxyOptions, ProxySource};
pub use tunnel::Tunnel;
pub(super) use tunnel::open_tunnel;
