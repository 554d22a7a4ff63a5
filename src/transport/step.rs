//! What happens on the way to a connection, as it happens.

use super::TlsInfo;
use std::net::SocketAddr;

/// One thing that happened on the way to a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
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
    /// TLS has agreed on this.
    Encrypted(TlsInfo),
}
