//! A host and a port.

use crate::address::Address;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use url::Host;

/// A host and a port: where a TCP connection is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// A name in its ASCII form, or an IP address.
    pub host: Host,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// Where a URL leads.
    pub(super) fn of(address: &Address) -> Self {
        Self {
            host: address.host().clone(),
            port: address.port(),
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        let host = match address.ip() {
            IpAddr::V4(ip) => Host::Ipv4(ip),
            IpAddr::V6(ip) => Host::Ipv6(ip),
        };
        let port = address.port();
        Self { host, port }
    }
}

/// `example.org:80`, `[::1]:80`.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}
