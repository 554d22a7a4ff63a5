//! TLS records over a stream that never blocks: a socket, or the TLS of a proxy.

use super::error::TransportError;
use super::stream::{Layer, Stream, undisturbed};
use super::tls::{
    ClientCertificate, HandshakeObserver, Offer, Setup, TlsError, TlsInfo, classify, inner,
    of_alert,
};
use mio::event::Source;
use rustls::ClientConnection;
use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

/// How many bytes of records one read asks the operating system for.
const READ_SIZE: usize = 64 << 10;
/// How many bytes of records wait for the operating system at most: one write's worth.
const WRITE_SIZE: usize = 256 << 10;

/// A TLS connection over another stream, client side. See [`Stream`] for its contract.
pub(super) struct TlsStream {
    below: Stream,
    tls: ClientConnection,
    /// Records that have arrived and that rustls has not taken in: `incoming[start..end]`.
    incoming: Box<[u8]>,
    start: usize,
    end: usize,
    /// How many bytes of the present write are in records that have not all left.
    taken: usize,
    /// What to say when all that arrived before it has been read.
    deferred: Option<io::Error>,
    /// Nothing more will arrive.
    ended: bool,
    close_notify_sent: bool,
    /// Whom TLS is spoken with.
    host: String,
    observer: Arc<HandshakeObserver>,
    offer: Offer,
}

impl TlsStream {
    /// Begins over `below`, of which `ahead` has been read already.
    pub(super) fn new(
        below: Stream,
        ahead: Vec<u8>,
        mut tls: ClientConnection,
        host: String,
        setup: Setup,
    ) -> Self {
        tls.set_buffer_limit(Some(WRITE_SIZE));
        let end = ahead.len();
        let mut incoming = ahead;
        incoming.resize(READ_SIZE.max(end), 0);
        Self {
            below,
            tls,
            incoming: incoming.into_boxed_slice(),
            start: 0,
            end,
            taken: 0,
            deferred: None,
            ended: false,
            close_notify_sent: false,
            host,
            observer: setup.observer,
            offer: setup.offer,
        }
    }

    /// Goes on with the handshake as far as the socket allows; tells whether it is done.
    pub(super) fn advance_handshake(&mut self) -> io::Result<bool> {
        loop {
            match self.flush() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => result?,
            }
            if !self.tls.is_handshaking() {
                return Ok(!self.wants_write());
            }
            match self.receive() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                result => result?,
            }
            if self.is_over() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// What the handshake agreed on.
    pub(super) fn info(&self) -> TlsInfo {
        self.observer.info(&self.tls)
    }

    /// Why the handshake failed.
    pub(super) fn classify(&self, error: io::Error, plain: &'static str) -> TlsError {
        classify(error, plain, &self.observer, &self.offer)
    }

    /// Moves decrypted bytes out; notices `close_notify`.
    fn take_plaintext(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.tls.reader().read(buffer) {
            Ok(0) => {
                self.ended = true;
                Ok(0)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            result => result,
        }
    }

    /// Brings one portion of records into rustls, from the socket if none are here. All
    /// decrypted bytes must have been taken out before.
    fn receive(&mut self) -> io::Result<()> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        if self.start == self.end {
            self.fill()?;
        }
        if self.ended {
            return Ok(());
        }
        let mut records = &self.incoming[self.start..self.end];
        let taken = self.tls.read_tls(&mut records)?;
        self.start += taken;
        if let Err(error) = self.tls.process_new_packets() {
            // What was decrypted before it is read before it.
            self.ended = true;
            self.deferred = Some(io::Error::new(io::ErrorKind::InvalidData, error));
        }
        if self.tls.wants_write() {
            // Answers of TLS's own, an alert perhaps. If they cannot leave now, the next write or
            // flush says why.
            let _ = self.flush();
        }
        Ok(())
    }

    fn fill(&mut self) -> io::Result<()> {
        (self.start, self.end) = (0, 0);
        match self.below.read(&mut self.incoming) {
            // With or without close_notify (RFC 8446 §6.1): a WebSocket has a close frame of its own.
            Ok(0) => self.ended = true,
            Ok(read) => self.end = read,
            Err(error) => {
                self.ended |= error.kind() != io::ErrorKind::WouldBlock;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Whether everything that arrived, an error included, has been handed out.
    fn is_over(&self) -> bool {
        self.ended && self.deferred.is_none()
    }
}

impl Layer for TlsStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() {
            let read = self.take_plaintext(&mut buffer[filled..])?;
            filled += read;
            if self.is_over() {
                break;
            }
            if read > 0 {
                continue;
            }
            match self.receive() {
                Err(error) if filled > 0 => {
                    if error.kind() != io::ErrorKind::WouldBlock {
                        self.deferred = Some(error);
                    }
                    break;
                }
                result => result?,
            }
        }
        Ok(filled)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.taken == 0 {
            // Records of TLS's own go first, so that there is room for a full write.
            self.flush()?;
            self.taken = self.tls.writer().write(bytes)?;
        }
        debug_assert!(
            bytes.len() >= self.taken,
            "a write that blocked must be offered again"
        );
        self.flush()?;
        Ok(std::mem::take(&mut self.taken))
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(&mut Below(&mut self.below)) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => drop(result?),
            }
        }
        self.below.flush()
    }

    /// Sends `close_notify` once (RFC 8446 §6.1), then shuts down what is below.
    fn shutdown_write(&mut self) -> io::Result<()> {
        if !self.close_notify_sent {
            self.close_notify_sent = true;
            self.tls.send_close_notify();
        }
        self.flush()?;
        self.below.shutdown_write()
    }

    fn wants_write(&self) -> bool {
        self.tls.wants_write() || self.below.wants_write()
    }

    /// In TLS 1.3 a server judges our certificate after the handshake (RFC 8446 §4.4.2.4).
    fn explain_silence(&self, error: Option<&io::Error>) -> Option<TransportError> {
        let client = self.observer.client_certificate();
        let error = match error.and_then(inner) {
            Some(rustls::Error::AlertReceived(alert)) => of_alert(*alert, client, &self.offer),
            _ if client == ClientCertificate::NotAsked => return None,
            // An alert is lost if the network says first that the server has gone.
            _ => TlsError::ClientCertificate {
                client,
                alert: None,
            },
        };
        Some(TransportError::Tls {
            host: self.host.clone(),
            error: Box::new(error),
        })
    }

    fn local_addr(&self) -> Option<SocketAddr> {
        self.below.local_addr()
    }

    fn source(&mut self) -> &mut dyn Source {
        self.below.source()
    }

    #[cfg(test)]
    fn below(&mut self) -> Option<&mut Stream> {
        Some(&mut self.below)
    }
}

impl fmt::Debug for TlsStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream")
            .field("below", &self.below)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

/// Where rustls writes its records.
struct Below<'a>(&'a mut Stream);

impl Write for Below<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match &mut *self.0 {
            Stream::Tcp(socket) => undisturbed(|| socket.write_vectored(slices)),
            other => {
                let first = slices.iter().find(|slice| !slice.is_empty());
                first.map_or(Ok(0), |slice| other.write(slice))
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
