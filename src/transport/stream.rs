//! A connected byte stream, plain or encrypted, that never blocks.

use super::error::TransportError;
use mio::event::Source;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::fmt::Debug;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};

/// What carries bytes in another way than TCP, by the contract of [`Stream`]: a Unix socket, the
/// records of TLS, a stream of the caller's.
pub(crate) trait Layer: Debug + Send + Sync {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize>;

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;

    fn shutdown_write(&mut self) -> io::Result<()>;

    /// What is registered with the event loop.
    fn source(&mut self) -> &mut dyn Source;

    fn local_addr(&self) -> Option<SocketAddr> {
        None
    }

    fn wants_write(&self) -> bool {
        false
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn explain_silence(&self, _: Option<&io::Error>) -> Option<TransportError> {
        None
    }

    /// The stream that carries this one.
    #[cfg(test)]
    fn below(&mut self) -> Option<&mut Stream> {
        None
    }
}

/// A connected byte stream that never blocks.
///
/// Its readiness is edge-triggered: after an event, read until `WouldBlock`, and write until
/// `WouldBlock` or until there is nothing to write; what is left undone is not announced again. If a
/// write blocked, try it again after *any* event of the stream, since reading may have moved it on
/// (see [`Stream::write`]).
#[derive(Debug)]
pub(crate) enum Stream {
    /// Bytes as they are over TCP.
    Tcp(TcpStream),
    /// Anything else.
    Layer(Box<dyn Layer>),
}

impl Stream {
    /// Reads as much as has arrived, at most as much as `buffer` (64 KiB or more serve well)
    /// holds; 0 is the end of the stream, with or without TLS's `close_notify`.
    ///
    /// # Errors
    /// `WouldBlock` when nothing has arrived, `InvalidData` when the peer broke TLS, or what the
    /// operating system says. What arrived before an error is read before it.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => undisturbed(|| socket.read(buffer)),
            Self::Layer(layer) => undisturbed(|| layer.read(buffer)),
        }
    }

    /// Hands bytes to the operating system and tells how many it took.
    ///
    /// With TLS, bytes count as taken only when their records have left; until then the answer is
    /// `WouldBlock`, and the same bytes must be offered again (more may follow them), as with
    /// OpenSSL's `SSL_write`. Their records are kept meanwhile and never made twice.
    ///
    /// # Errors
    /// `WouldBlock` when the operating system takes no more, else what it says.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => undisturbed(|| socket.write(bytes)),
            Self::Layer(layer) => undisturbed(|| layer.write(bytes)),
        }
    }

    /// The address at our own end; none for a Unix socket, and when the operating system does not
    /// tell it.
    pub(crate) fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(socket) => socket.local_addr().ok(),
            Self::Layer(layer) => layer.local_addr(),
        }
    }

    /// Whether records wait to be written, of data or of TLS's own.
    pub(crate) fn wants_write(&self) -> bool {
        match self {
            Self::Tcp(_) => false,
            Self::Layer(layer) => layer.wants_write(),
        }
    }

    /// Writes the records that wait, without new data.
    ///
    /// # Errors
    /// `WouldBlock` when some are left, else what the operating system says.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(_) => Ok(()),
            Self::Layer(layer) => layer.flush(),
        }
    }

    /// Why nothing came from the server but this error (none: the end), as far as TLS tells: the
    /// server wants a client certificate, or another one.
    pub(crate) fn explain_silence(&self, error: Option<&io::Error>) -> Option<TransportError> {
        match self {
            Self::Tcp(_) => None,
            Self::Layer(layer) => layer.explain_silence(error),
        }
    }

    /// Tells the peer that nothing more will be written; reading goes on. Nothing may be written
    /// after the first call.
    ///
    /// # Errors
    /// `WouldBlock` when records must be written first: call it again after an event.
    pub(crate) fn shutdown_write(&mut self) -> io::Result<()> {
        let shut_down = match self {
            Self::Tcp(socket) => socket.shutdown(Shutdown::Write),
            Self::Layer(layer) => layer.shutdown_write(),
        };
        match shut_down {
            // The peer is gone already.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }

    /// Has both directions announced under `token`, edge-triggered.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        registry.register(self.source(), token, interest)
    }

    /// Stops announcing, so that the stream can be registered with another `mio::Poll`.
    ///
    /// # Errors
    /// What the operating system says.
    pub(crate) fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(self.source())
    }

    /// What is registered with the event loop: the socket at the bottom.
    pub(super) fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(socket) => socket,
            Self::Layer(layer) => layer.source(),
        }
    }
}

/// A system call that signals do not disturb.
pub(super) fn undisturbed(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
