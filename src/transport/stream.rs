//! A connected byte stream, plain or encrypted, that never blocks.

use super::{Error, TlsStream};
use mio::event::Source;
use mio::net::TcpStream;
#[cfg(unix)]
use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};

/// A connected byte stream that never blocks.
///
/// Its readiness is edge-triggered: after an event, read until `WouldBlock` (or until a read comes
/// back short and [`Stream::has_buffered`] is false, which saves asking twice), and write until
/// `WouldBlock` or until there is nothing to write; what is left undone is not announced again.
/// With a write that blocked, try it again after *any* event of the stream, since reading may
/// have moved it on (see [`Stream::write`]).
#[derive(Debug)]
pub enum Stream {
    /// Bytes as they are over TCP.
    Tcp(TcpStream),
    /// Bytes as they are over a Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
    /// Bytes in the records of TLS over another stream: `wss`, a proxy's TLS, or one in the other.
    Tls(Box<TlsStream>),
}

impl Stream {
    /// Reads as much as has arrived, at most as much as `buffer` (64 KiB or more serve well)
    /// holds; 0 is the end of the stream, with or without TLS's `close_notify`.
    ///
    /// # Errors
    /// `WouldBlock` when nothing has arrived, `InvalidData` when the peer broke TLS, or what the
    /// operating system says. What arrived before an error is read before it.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => undisturbed(|| socket.read(buffer)),
            #[cfg(unix)]
            Self::Unix(socket) => undisturbed(|| socket.read(buffer)),
            Self::Tls(tls) => tls.read(buffer),
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
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => undisturbed(|| socket.write(bytes)),
            #[cfg(unix)]
            Self::Unix(socket) => undisturbed(|| socket.write(bytes)),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    /// The address at our own end; none for a Unix socket, and when the operating system does not
    /// tell it.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(socket) => socket.local_addr().ok(),
            #[cfg(unix)]
            Self::Unix(_) => None,
            Self::Tls(tls) => tls.local_addr(),
        }
    }

    /// As [`Stream::write`] for many slices, of which TLS takes one at a time.
    pub(super) fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            Self::Tcp(socket) => undisturbed(|| socket.write_vectored(slices)),
            #[cfg(unix)]
            Self::Unix(socket) => undisturbed(|| socket.write_vectored(slices)),
            Self::Tls(tls) => {
                let first = slices.iter().find(|slice| !slice.is_empty());
                first.map_or(Ok(0), |slice| tls.write(slice))
            }
        }
    }

    /// Whether records wait to be written, of data or of TLS's own.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        match self {
            Self::Tls(tls) => tls.wants_write(),
            _ => false,
        }
    }

    /// Writes the records that wait, without new data.
    ///
    /// # Errors
    /// `WouldBlock` when some are left, else what the operating system says.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tls(tls) => tls.flush(),
            _ => Ok(()),
        }
    }

    /// Whether bytes, an error or the end can be read that the operating system has announced
    /// already: what a read with a full buffer may leave behind.
    #[must_use]
    pub fn has_buffered(&mut self) -> bool {
        match self {
            Self::Tls(tls) => tls.has_buffered(),
            _ => false,
        }
    }

    /// Whether the stream ended without TLS's `close_notify`: something may be missing
    /// (RFC 8446 §6.1).
    #[must_use]
    pub fn was_truncated(&self) -> bool {
        match self {
            Self::Tls(tls) => tls.was_truncated(),
            _ => false,
        }
    }

    /// Why nothing has come from a server but this error, or the end, as far as TLS tells: it
    /// wants a client certificate, or another one.
    #[must_use]
    pub fn explain_silence(&self, error: Option<&io::Error>) -> Option<Error> {
        match self {
            Self::Tls(tls) => tls.explain_silence(error),
            _ => None,
        }
    }

    /// Tells the peer that nothing more will be written; reading goes on. Nothing may be written
    /// after the first call.
    ///
    /// # Errors
    /// `WouldBlock` when records must be written first: call it again after an event.
    pub fn shutdown_write(&mut self) -> io::Result<()> {
        let shut_down = match self {
            Self::Tcp(socket) => socket.shutdown(Shutdown::Write),
            #[cfg(unix)]
            Self::Unix(socket) => socket.shutdown(Shutdown::Write),
            Self::Tls(tls) => tls.shutdown_write(),
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
    pub fn register(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.register(
            self.source(),
            token,
            Interest::READABLE | Interest::WRITABLE,
        )
    }

    /// Stops announcing, so that the stream can be registered with another `mio::Poll`.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        registry.deregister(self.source())
    }

    /// The socket at the bottom.
    fn source(&mut self) -> &mut dyn Source {
        match self {
            Self::Tcp(socket) => socket,
            #[cfg(unix)]
            Self::Unix(socket) => socket,
            Self::Tls(tls) => tls.below().source(),
        }
    }
}

/// A system call that signals do not disturb.
fn undisturbed(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
