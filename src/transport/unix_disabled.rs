//! Without Unix sockets: the operating system has none, or the cargo feature `unix-socket` is off.

use super::connect_context::ConnectContext;
use super::error::TransportError;
use super::stream::Stream;
use crate::url::UnixSocket;

/// Refuses.
pub(super) async fn connect(
    socket: &UnixSocket,
    _: &ConnectContext,
) -> Result<Stream, TransportError> {
    let reason = if cfg!(unix) {
        "this build has no Unix sockets (the cargo feature `unix-socket`)"
    } else {
        "this operating system has no Unix sockets"
    };
    Err(TransportError::Unix {
        socket: socket.to_string(),
        reason: reason.to_owned(),
    })
}
