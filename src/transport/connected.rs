//! What connecting leads to.

use super::{Attempt, Stream};
use std::net::SocketAddr;
use std::time::Duration;

/// A connection that is ready for the opening handshake, and how it came about.
#[derive(Debug)]
pub struct Connected {
    /// Where the bytes go. Registered under [`STREAM`](super::STREAM).
    pub stream: Stream,
    /// The address at the other end.
    pub peer: SocketAddr,
    /// What TLS agreed on; none for `ws`.
    pub tls: Option<TlsInfo>,
    /// How long each hop took.
    pub timings: Timings,
    /// Every address of the host, in the order of trying, and what became of it.
    pub attempts: Vec<Attempt>,
}

/// What a TLS handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLS 1.3` or `TLS 1.2`.
    pub version: &'static str,
    /// The cipher suite's registered name.
    pub cipher_suite: String,
    /// The protocol that ALPN selected (RFC 7301), if the server takes part in it.
    pub alpn: Option<String>,
    /// The server's certificates in DER, its own first.
    pub certificates: Vec<Vec<u8>>,
}

/// How long each hop of connecting took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timings {
    /// From the name to its addresses.
    pub resolve: Duration,
    /// From the addresses to a TCP connection.
    pub tcp: Duration,
    /// The TLS handshake; none for `ws`.
    pub tls: Option<Duration>,
}
