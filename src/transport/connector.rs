//! A stream of the caller's own in place of a socket: a tunnel, a pipe to another process, a test.

use super::connect_context::ConnectContext;
use super::error::TransportError;
use super::host_port::HostPort;
use super::stream::{Layer, Stream};
use mio::event::Source;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A stream that never blocks and that `mio` can wait for, edge-triggered in both directions.
///
/// Reading returns 0 at the end of the stream. Reading and writing return `WouldBlock` when there
/// is nothing to read or no room, and an event must follow when that changes.
pub trait Transport: Read + Write + Source + Send {}

impl<T: Read + Write + Source + Send> Transport for T {}

type Connect = dyn Fn(&str, u16) -> io::Result<Box<dyn Transport>> + Send + Sync;

/// Makes the streams that connections use in place of a socket.
#[derive(Clone)]
pub struct Connector(Arc<Connect>);

impl Connector {
    /// `connect` is called for each connection with the host (a name in its ASCII form, or an IP
    /// address, IPv6 in brackets) and the port of the URL. It must not block: a stream may be returned
    /// before it can be written to.
    pub fn new(
        connect: impl Fn(&str, u16) -> io::Result<Box<dyn Transport>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(connect))
    }

    /// A stream to the server, registered with the context.
    pub(super) fn connect(
        &self,
        server: &HostPort,
        context: &ConnectContext,
    ) -> Result<Stream, TransportError> {
        let made = (self.0)(&server.host.to_string(), server.port);
        let mut stream = made.map_err(|error| TransportError::Connector {
            host: server.to_string(),
            error,
        })?;
        context
            .register(&mut *stream)
            .map_err(TransportError::Poll)?;
        Ok(Stream::Layer(Box::new(CustomStream {
            stream: Mutex::new(stream),
            is_flushed: true,
        })))
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// A stream of the caller's.
struct CustomStream {
    /// Never locked: the mutex lets the connection be `Sync`, which the stream need not be.
    stream: Mutex<Box<dyn Transport>>,
    is_flushed: bool,
}

impl CustomStream {
    fn stream(&mut self) -> &mut dyn Transport {
        let stream = self.stream.get_mut();
        &mut **stream.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Layer for CustomStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream().read(buffer)
    }

    /// The stream may have a buffer of its own.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.stream().write(bytes)?;
        self.is_flushed = false;
        match self.flush() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(written),
            result => result.map(|()| written),
        }
    }

    fn wants_write(&self) -> bool {
        !self.is_flushed
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream().flush()?;
        self.is_flushed = true;
        Ok(())
    }

    /// Only dropping the stream ends it.
    fn shutdown_write(&mut self) -> io::Result<()> {
        self.flush()
    }

    fn source(&mut self) -> &mut dyn Source {
        self.stream()
    }
}

impl fmt::Debug for CustomStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomStream").finish_non_exhaustive()
    }
}
