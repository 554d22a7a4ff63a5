//! TLS records over a stream that never blocks: a socket, or the TLS of a proxy.

use super::handshake_observer::HandshakeObserver;
use super::{ClientCertificate, Error, Stream, TlsInfo, TlsProblem, alert, tls_error};
use rustls::{ClientConnection, ProtocolVersion};
use std::fmt;
use std::io::{self, IoSlice, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

/// How many bytes of records one read asks the operating system for.
const READ_SIZE: usize = 64 << 10;
/// How many bytes of records wait for the operating system at most: one write's worth.
const WRITE_SIZE: usize = 256 << 10;

/// A TLS connection over another stream, client side. See [`Stream`] for its contract.
pub struct TlsStream {
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
    truncated: bool,
    close_notify_sent: bool,
    /// Whom TLS is spoken with, and what came of it.
    host: String,
    observer: Arc<HandshakeObserver>,
}

impl TlsStream {
    /// Begins over `below`, of which `ahead` has been read already.
    pub(super) fn new(
        below: Stream,
        ahead: Vec<u8>,
        mut tls: ClientConnection,
        host: String,
        observer: Arc<HandshakeObserver>,
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
            truncated: false,
            close_notify_sent: false,
            host,
            observer,
        }
    }

    pub(super) fn local_addr(&self) -> Option<SocketAddr> {
        self.below.local_addr()
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
        let suite = self.tls.negotiated_cipher_suite();
        let name = suite.and_then(|suite| suite.suite().as_str());
        let certificates = self.tls.peer_certificates().unwrap_or_default();
        TlsInfo {
            version: match self.tls.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
                _ => "TLS 1.2",
            },
            // rustls marks the suites of TLS 1.3, the registry does not.
            cipher_suite: name.unwrap_or_default().replacen("TLS13_", "TLS_", 1),
            alpn: self
                .tls
                .alpn_protocol()
                .map(|name| String::from_utf8_lossy(name).into_owned()),
            certificates: certificates.iter().map(|der| der.to_vec()).collect(),
            unverified: self.observer.unverified().cloned(),
            client_certificate: self.observer.client_certificate(),
        }
    }

    /// What `error` (none: the end) before the first byte of an answer has to do with our
    /// certificate: in TLS 1.3 a server judges that after the handshake (RFC 8446 §4.4.2.4).
    pub(super) fn explain_silence(&self, error: Option<&io::Error>) -> Option<Error> {
        let client = self.observer.client_certificate();
        let (problem, reason) = match (error.and_then(tls_error::inner), client) {
            (Some(rustls::Error::AlertReceived(received)), _) => alert::explain(*received, client),
            // An alert is lost when the network says first that the server has gone.
            (_, ClientCertificate::Missing) => (
                TlsProblem::ClientCertificateWanted,
                "the server has asked for a client certificate, and closed the connection"
                    .to_owned(),
            ),
            (_, ClientCertificate::Unsuitable) => {
                let unsuitable = alert::UNSUITABLE;
                let reason = format!("the server {unsuitable}, and closed the connection");
                (TlsProblem::Other, reason)
            }
            (_, ClientCertificate::Offered) => (
                TlsProblem::ClientCertificateRefused,
                "the server has closed the connection upon the client certificate".to_owned(),
            ),
            (_, ClientCertificate::NotAsked) => return None,
        };
        let host = self.host.clone();
        Some(Error::Tls {
            host,
            problem,
            reason,
        })
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
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

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
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

    pub(super) fn flush(&mut self) -> io::Result<()> {
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
    pub(super) fn shutdown_write(&mut self) -> io::Result<()> {
        if !self.close_notify_sent {
            self.close_notify_sent = true;
            self.tls.send_close_notify();
        }
        self.flush()?;
        self.below.shutdown_write()
    }

    pub(super) fn wants_write(&self) -> bool {
        self.tls.wants_write() || self.below.wants_write()
    }

    pub(super) fn has_buffered(&mut self) -> bool {
        let blocked = |error: &io::Error| error.kind() == io::ErrorKind::WouldBlock;
        self.ended
            || self.start < self.end
            || self.deferred.as_ref().is_some_and(|error| !blocked(error))
            || self.tls.reader().into_first_chunk().is_ok()
            || self.below.has_buffered()
    }

    pub(super) fn was_truncated(&self) -> bool {
        self.truncated
    }

    /// What the records travel over.
    pub(super) fn below(&mut self) -> &mut Stream {
        &mut self.below
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
            Ok(0) => {
                self.truncated = !self.ended;
                self.ended = true;
            }
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
        self.0.write_vectored(slices)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
