//! To a server on this machine through a Unix socket (unix(7)).

use super::connect_context::ConnectContext;
use super::error::TransportError;
use super::step::TransportStep;
use super::stream::{Layer, Stream};
use crate::io_error::io_reason;
use crate::url::UnixSocket;

use mio::event::Source;
use mio::net::UnixStream;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::SocketAddr;
use std::time::{Duration, Instant};

/// How soon a connection is tried again if the server's backlog is full. No event tells when it
/// has room.
const RETRY: Duration = Duration::from_millis(20);

/// The most bytes an abstract name has.
#[cfg(target_os = "linux")]
const LONGEST_NAME: usize = 107;

/// Connects to the socket of this name.
pub(super) async fn connect(
    socket: &UnixSocket,
    context: &ConnectContext,
) -> Result<Stream, TransportError> {
    let failed = |error: &io::Error| TransportError::Unix {
        socket: socket.to_string(),
        reason: io_reason(error),
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
    context
        .register(&mut stream)
        .map_err(TransportError::Poll)?;
    context.report(TransportStep::ConnectedLocally(socket.clone()));
    Ok(Stream::Layer(Box::new(stream)))
}

/// The addresses that the name may stand for, in the order of trying.
fn addresses(socket: &UnixSocket) -> io::Result<Vec<SocketAddr>> {
    match socket {
        UnixSocket::Path(path) => SocketAddr::from_pathname(path).map(|address| vec![address]),
        UnixSocket::Abstract(name) => abstract_addresses(name),
    }
}

/// The name as it is, and padded with NUL bytes: some servers, older ones of Node among them, bind
/// the whole field.
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

#[cfg(not(target_os = "linux"))]
fn abstract_addresses(_: &[u8]) -> io::Result<Vec<SocketAddr>> {
    Err(io::Error::other("only Linux has abstract sockets"))
}

impl Layer for UnixStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Read::read(self, buffer)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Write::write(self, bytes)
    }

    fn shutdown_write(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn source(&mut self) -> &mut dyn Source {
        self
    }
}
