//! What happens on the way to a connection, as it happens.

use super::tls::{TlsInfo, Unverified};
use crate::http1::ResponseHead;
use crate::url::UnixSocket;
use std::net::SocketAddr;

/// One thing that happened on the way to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportStep {
    /// The host led to these addresses.
    Resolved {
        /// The host.
        host: String,
        /// The addresses, in the order they will be tried in.
        addresses: Vec<SocketAddr>,
    },
    /// An attempt has begun.
    Trying(SocketAddr),
    /// An attempt has come to nothing.
    Failed {
        /// Whereto.
        address: SocketAddr,
        /// Why, in a few words.
        reason: String,
    },
    /// This address has answered, and is the one in use.
    Connected(SocketAddr),
    /// The server on this Unix socket has answered.
    ConnectedLocally(UnixSocket),
    /// The way leads through this proxy, shown without credentials.
    Proxy(String),
    /// TLS with the proxy has agreed on this.
    ProxyEncrypted(TlsInfo),
    /// The lines of the request to an HTTP proxy, secrets hidden.
    ProxyRequest(Vec<String>),
    /// The head of its answer.
    ProxyAnswer(ResponseHead),
    /// The proxy has made a tunnel.
    Tunnelled {
        /// The proxy.
        proxy: String,
        /// Where the tunnel leads.
        target: String,
    },
    /// The server's signature could not be verified for this reason. TLS 1.2 may have one that can
    /// be, and is tried in a new connection.
    AgainWithTls12(Unverified),
    /// TLS has agreed on this.
    Encrypted(TlsInfo),
}

/// An address and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The address.
    pub address: SocketAddr,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was not needed.
    NotTried,
    /// It had not answered when another one did.
    Unanswered,
    /// It could not be connected to, and why.
    Failed(String),
    /// It is the one in use.
    Connected,
}
