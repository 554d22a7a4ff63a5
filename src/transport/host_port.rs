//! A host and a port.

use crate::url::WebSocketUrl;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use url::Host;

/// A host and a port: where a TCP connection is to end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name in its ASCII form, or an IP address.
    pub host: Host,
    /// The zone of an IPv6 address: the name or the number of a network interface.
    pub zone: Option<String>,
    /// The port.
    pub port: u16,
}

impl HostPort {
    /// Where a URL leads.
    pub(super) fn of(address: &WebSocketUrl) -> Self {
        Self {
            host: address.host().clone(),
            zone: address.zone().map(str::to_owned),
            port: address.port(),
        }
    }

    /// A host, in no zone.
    #[must_use]
    pub fn new(host: Host, port: u16) -> Self {
        let zone = None;
        Self { host, zone, port }
    }
}

impl From<SocketAddr> for HostPort {
    fn from(address: SocketAddr) -> Self {
        let host = match address.ip() {
            IpAddr::V4(ip) => Host::Ipv4(ip),
            IpAddr::V6(ip) => Host::Ipv6(ip),
        };
        Self::new(host, address.port())
    }
}

/// `example.org:80`, `[::1]:80`, `[fe80::1%eth0]:80`.
impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match (&self.host, &self.zone) {
            (Host::Ipv6(ip), Some(zone)) => write!(f, "[{ip}%{zone}]:{port}"),
            (host, _) => write!(f, "{host}:{port}"),
        }
    }
}
