//! A connected byte stream, plain or encrypted, that never blocks.

use super::TlsStream;
use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use std::io::{self, Read, Write};
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
    /// Bytes as they are (`ws`).
    Plain(TcpStream),
    /// Bytes in TLS records (`wss`).
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
            Self::Plain(socket) => read_socket(socket, buffer),
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
            Self::Plain(socket) => loop {
                match socket.write(bytes) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    result => return result,
                }
            },
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    /// The address at our own end, when the operating system tells it.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match self {
            Self::Plain(socket) => socket.local_addr().ok(),
            Self::Tls(tls) => tls.local_addr().ok(),
        }
    }

    /// Whether records wait to be written, of data or of TLS's own.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.wants_write(),
        }
    }

    /// Writes the records that wait, without new data.
    ///
    /// # Errors
    /// `WouldBlock` when some are left, else what the operating system says.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Tls(tls) => tls.flush(),
        }
    }

    /// Whether bytes, an error or the end can be read that the operating system has announced
    /// already: what a read with a full buffer may leave behind.
    #[must_use]
    pub fn has_buffered(&mut self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.has_buffered(),
        }
    }

    /// Whether the stream ended without TLS's `close_notify`: something may be missing
    /// (RFC 8446 §6.1).
    #[must_use]
    pub fn was_truncated(&self) -> bool {
        match self {
            Self::Plain(_) => false,
            Self::Tls(tls) => tls.was_truncated(),
        }
    }

    /// Tells the peer that nothing more will be written; reading goes on. Nothing may be written
    /// after the first call.
    ///
    /// # Errors
    /// `WouldBlock` when records must be written first: call it again after an event.
    pub fn shutdown_write(&mut self) -> io::Result<()> {
        let socket = match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => tls.finish()?,
        };
        match socket.shutdown(Shutdown::Write) {
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
            self.socket(),
            token,
            Interest::READABLE | Interest::WRITABLE,
        )
    }

    /// As [`Stream::register`] for a stream that is registered already; what is ready now is
    /// announced again.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn reregister(&mut self, registry: &Registry, token: Token) -> io::Result<()> {
        registry.reregister(
            self.socket(),
            token,
            Interest::READABLE | Interest::WRITABLE,
        )
    }

    fn socket(&mut self) -> &mut TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(tls) => tls.socket(),
        }
    }
}

/// One read that signals do not disturb.
pub(super) fn read_socket(socket: &mut TcpStream, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match socket.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
