//! Client or server.

/// Which side of the connection an endpoint is. A client masks the frames it sends, a server does
/// not (RFC 6455 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// The side that sent the upgrade request.
    Client,
    /// The side that answered it.
    Server,
}
