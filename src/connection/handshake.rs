//! What connecting has shown.

use crate::http1::Headers;
use crate::secret_names::shown_subprotocol;
use crate::transport::{Attempt, Peer, TlsInfo};
use crate::url::WebSocketUrl;
use std::net::SocketAddr;
use std::time::Duration;

/// What connecting has shown. It does not change after the `open` event.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// The URL that the constructor was given, resolved.
    pub url: WebSocketUrl,
    /// The URLs that redirects led to, in order. The last one is that of the server that accepted.
    pub redirects: Vec<WebSocketUrl>,
    /// The subprotocol that the server selected, `""` if none (RFC 6455 §1.9).
    pub protocol: String,
    /// The value of `Sec-WebSocket-Extensions` in the answer, `""` if there is none
    /// (RFC 6455 §9.1).
    pub extensions: String,
    /// The other end of the connection: the server, or the proxy.
    pub peer: Peer,
    /// The local address, if the operating system tells it and it is not that of a Unix socket.
    pub local: Option<SocketAddr>,
    /// What the TLS handshake agreed on; none for `ws`.
    pub tls: Option<TlsInfo>,
    /// The addresses that were tried, and what came of each.
    pub attempts: Vec<Attempt>,
    /// How long each phase took.
    pub timings: Timings,
    /// The lines of the request as sent, with secrets hidden.
    pub request: Vec<String>,
    /// The HTTP status of the answer, 101.
    pub status: u16,
    /// The header fields of the answer.
    pub response: Headers,
}

impl Handshake {
    /// The subprotocol for users and logs: `"[hidden]"` if it may be a secret.
    ///
    /// A browser can set no header field but `Sec-WebSocket-Protocol`, so many servers take a token
    /// there, and choose it as the subprotocol of the connection.
    #[must_use]
    pub fn shown_protocol(&self) -> &str {
        shown_subprotocol(&self.protocol)
    }
}

/// How long each phase of connecting took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// The lookup of the name.
    pub resolve: Duration,
    /// From the addresses to the TCP connection, or the connection of the Unix socket.
    pub tcp: Duration,
    /// From the connection with the proxy to the tunnel, TLS with the proxy included; none without a
    /// proxy.
    pub proxy: Option<Duration>,
    /// The TLS handshake with the server; none for `ws`.
    pub tls: Option<Duration>,
    /// From the upgrade request to the answer.
    pub upgrade: Duration,
    /// From the first step to the open connection.
    pub total: Duration,
}
