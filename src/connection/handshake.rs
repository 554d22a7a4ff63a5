//! What connecting has shown.

use crate::http1::Headers;
use crate::transport::{Attempt, Peer, TlsInfo};
use crate::url::WebSocketUrl;
use std::net::SocketAddr;
use std::time::Duration;

/// What connecting has shown: fixed from the `open` event on.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The constructor's URL after resolution.
    pub url: WebSocketUrl,
    /// Where redirects led to, in order; the last is the server that accepted.
    pub redirects: Vec<WebSocketUrl>,
    /// The subprotocol the server chose, `""` if none.
    pub protocol: String,
    /// The extensions in use, as negotiated, `""` if none.
    pub extensions: String,
    /// The other end of the connection: the server, or the proxy.
    pub peer: Peer,
    /// The address at our own end, when the operating system tells it.
    pub local: Option<SocketAddr>,
    /// What TLS agreed on; none for `ws`.
    pub tls: Option<TlsInfo>,
    /// Every address that was tried.
    pub attempts: Vec<Attempt>,
    /// How long each phase took.
    pub timings: Timings,
    /// The request's lines as sent, secrets hidden.
    pub request: Vec<String>,
    /// The HTTP status of the answer, 101.
    pub status: u16,
    /// The header fields of the answer.
    pub response: Headers,
}

/// How long each phase of connecting took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// From the name to its addresses.
    pub resolve: Duration,
    /// From the addresses to a TCP connection, or to one through a Unix socket.
    pub tcp: Duration,
    /// From the connection with the proxy to the tunnel, its TLS included; none without a proxy.
    pub proxy: Option<Duration>,
    /// The TLS handshake; none for `ws`.
    pub tls: Option<Duration>,
    /// From the upgrade request to the answer.
    pub upgrade: Duration,
    /// From the first step to the open connection.
    pub total: Duration,
}
