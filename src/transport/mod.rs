//! How bytes travel to a server: names, TCP, Unix sockets, proxies, TLS.
//!
//! What a caller may choose is in [`TransportOptions`]; what went wrong is an [`TransportError`]. All steps share one
//! deadline ([`connect_timeout`](crate::Options::connect_timeout)). When it passes, the error names
//! the step that was under way.

mod connect;
mod connect_context;
mod connect_to;
mod connected;
mod connector;
mod direct;
mod error;
mod family;
mod host_port;
mod negotiate;
mod options;
mod proxied;
pub mod proxy;
mod resolve;
mod resolver_pool;
mod socket;
mod step;
mod stream;
mod system_resolver;
mod tcp;
mod tls;
mod tunnel_error;

#[cfg(feature = "tls")]
mod encrypt;
#[cfg(feature = "tls")]
mod tls_stream;

#[cfg(not(feature = "tls"))]
mod encrypt_disabled;
#[cfg(not(feature = "tls"))]
use encrypt_disabled as encrypt;

#[cfg(all(unix, feature = "unix-socket"))]
mod unix;

#[cfg(not(all(unix, feature = "unix-socket")))]
mod unix_disabled;
#[cfg(not(all(unix, feature = "unix-socket")))]
use unix_disabled as unix;

#[cfg(all(test, feature = "tls", feature = "proxy", feature = "unix-socket"))]
mod tests;

pub use connect_to::{ConnectTo, Resolution};
pub use connected::Peer;
pub use connector::{Connector, Transport};
pub use error::TransportError;
pub use family::Family;
pub use host_port::HostPort;
pub use options::TransportOptions;
pub use socket::SocketOptions;
pub use step::{Attempt, Outcome, TransportStep};
pub use tls::{TlsConfigError, TlsError, TlsInfo, TlsOptions, Unverified};
pub use tunnel_error::TunnelError;

#[cfg(feature = "tls")]
pub use tls::{
    CertificateProblem, ClientCertificate, Identity, Pin, Roots, Sni, Source, TlsVersion,
};

pub(crate) use connect::{check, connect, through};
pub(crate) use connect_context::{ConnectContext, ConnectObserver, Wake};
pub(crate) use connected::Connected;
pub(crate) use error::ErrorKind;
pub(crate) use negotiate::{Negotiation, NegotiationError, negotiate};
pub(crate) use stream::Stream;
