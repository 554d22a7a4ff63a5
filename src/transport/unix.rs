//! To a server on this machine through a Unix socket (unix(7)).

use super::{ConnectContext, Error, Stream};
use crate::url::UnixSocket;

#[cfg(unix)]
use super::{Step, error::reason};
#[cfg(unix)]
use mio::net::UnixStream;
#[cfg(unix)]
use std::{
    io,
    os::unix::net::SocketAddr,
    time::{Duration, Instant},
};

/// How soon a server that has no room for another connection is asked again. Nothing tells when it
/// has.
#[cfg(unix)]
const RETRY: Duration = Duration::from_millis(20);

/// The most bytes an abstract name has.
#[cfg(target_os = "linux")]
const LONGEST_NAME: usize = 107;

/// Connects to the socket of this name.
#[cfg(unix)]
pub(super) async fn connect(
    socket: &UnixSocket,
    context: &ConnectContext,
) -> Result<Stream, Error> {
    let failed = |error: &io::Error| Error::Unix {
        socket: socket.to_string(),
        reason: reason(error),
    };
    let phase = format!("connecting to {socket}");
    let mut addresses = addresses(socket)
        .map_err(|error| failed(&error))?
        .into_iter()
        .peekable();
    let mut stream = loop {
        let Some(address) = addresses.peek() else {
            return Err(failed(&io::ErrorKind::ConnectionRefused.into()));
        };
        match UnixStream::connect_addr(address) {
            Ok(stream) => break stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                context.wait(&phase, Some(Instant::now() + RETRY)).await?;
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                addresses.next();
            }
            Err(error) => return Err(failed(&error)),
        }
    };
    context.register(&mut stream).map_err(Error::Poll)?;
    context.report(Step::ConnectedLocally(socket.clone()));
    Ok(Stream::Unix(stream))
}

/// What the name means to the operating system, the likeliest first.
#[cfg(unix)]
fn addresses(socket: &UnixSocket) -> io::Result<Vec<SocketAddr>> {
    match socket {
        UnixSocket::Path(path) => SocketAddr::from_pathname(path).map(|address| vec![address]),
        UnixSocket::Abstract(name) => abstract_addresses(name),
    }
}

/// The name as it is, and filled up with NUL bytes: some servers, Node's older ones among them,
/// leave the length of theirs to the size of the field.
#[cfg(target_os = "linux")]
fn abstract_addresses(name: &[u8]) -> io::Result<Vec<SocketAddr>> {
    use std::os::linux::net::SocketAddrExt;
    let mut filled = name.to_vec();
    filled.resize(LONGEST_NAME.max(name.len()), 0);
    [name, &filled]
        .into_iter()
        .map(<SocketAddr as SocketAddrExt>::from_abstract_name)
        .collect()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn abstract_addresses(_: &[u8]) -> io::Result<Vec<SocketAddr>> {
    Err(io::Error::other("only Linux has abstract sockets"))
}

/// There is none.
#[cfg(not(unix))]
pub(super) async fn connect(socket: &UnixSocket, _: &ConnectContext) -> Result<Stream, Error> {
    Err(Error::Unix {
        socket: socket.to_string(),
        reason: "this operating system has no Unix sockets".to_owned(),
    })
}
