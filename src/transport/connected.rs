//! What connecting leads to.

use super::host_port::HostPort;
use super::step::Attempt;
use super::stream::Stream;
use super::tls::TlsInfo;
use crate::url::UnixSocket;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// A connection that is ready for the opening handshake, and how it came about.
#[derive(Debug)]
pub(crate) struct Connected {
    /// Where the bytes go. It is registered with the loop's `mio::Poll`.
    pub(crate) stream: Stream,
    /// What has been read of the stream already: bytes that came with a proxy's answer. They come
    /// before all that is read from now on.
    pub(crate) ahead: Vec<u8>,
    /// The other end: the server, or the proxy.
    pub(crate) peer: Peer,
    /// What TLS agreed on; none for `ws`.
    pub(crate) tls: Option<TlsInfo>,
    /// How long each hop took.
    pub(crate) timings: Timings,
    /// Every address of the host (or of the proxy), in the order of trying, and what became of it.
    pub(crate) attempts: Vec<Attempt>,
}

/// The other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    /// Of a TCP connection.
    Tcp(SocketAddr),
    /// On this machine.
    Unix(UnixSocket),
    /// Of a stream that a [`Connector`](super::Connector) made: host and port of the URL.
    Custom(HostPort),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(socket) => socket.fmt(f),
            Self::Custom(server) => server.fmt(f),
        }
    }
}

/// How long each hop of connecting took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Timings {
    /// From the name (the proxy's, if there is one) to its addresses.
    pub(crate) resolve: Duration,
    /// From the addresses to a TCP connection, or to one through a Unix socket.
    pub(crate) tcp: Duration,
    /// From the connection with the proxy to the tunnel, its TLS included; none without a proxy.
    pub(crate) proxy: Option<Duration>,
    /// The TLS handshake; none for `ws`.
    pub(crate) tls: Option<Duration>,
}
