//! Talking with a proxy before there is a tunnel.

use super::{Credentials, Proxy};
use crate::http1::{HeadError, Refusal};
use crate::transport::error::reason;
use crate::transport::{ConnectContext, Error, HostPort, Step, Stream};
use std::fmt;
use std::io;
use std::time::Instant;

/// A talk with a proxy about one target. What fails in it is the proxy's error.
pub(super) struct Dialogue<'d> {
    proxy: &'d Proxy,
    target: &'d HostPort,
    stream: &'d mut Stream,
    context: &'d ConnectContext,
}

impl<'d> Dialogue<'d> {
    pub(super) fn new(
        proxy: &'d Proxy,
        target: &'d HostPort,
        stream: &'d mut Stream,
        context: &'d ConnectContext,
    ) -> Self {
        Self {
            proxy,
            target,
            stream,
            context,
        }
    }

    /// What is asked for.
    pub(super) fn target(&self) -> &'d HostPort {
        self.target
    }

    /// Whose name it is asked in.
    pub(super) fn credentials(&self) -> Option<&'d Credentials> {
        self.proxy.credentials()
    }

    /// Sends all of it.
    pub(super) async fn send(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait(None).await?,
                // A proxy may answer without hearing it out; what it said tells more.
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// Waits for bytes; 0 is their end.
    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            if let Some(count) = self.try_receive(buffer)? {
                return Ok(count);
            }
            self.wait(None).await?;
        }
    }

    /// As [`Dialogue::receive`], but not for longer than until then; none when the time is up.
    pub(super) async fn receive_until(
        &mut self,
        buffer: &mut [u8],
        until: Instant,
    ) -> Result<Option<usize>, Error> {
        loop {
            if let Some(count) = self.try_receive(buffer)? {
                return Ok(Some(count));
            }
            if until <= Instant::now() {
                return Ok(None);
            }
            self.wait(Some(until)).await?;
        }
    }

    /// Fills the buffer, and takes not one byte more.
    pub(super) async fn receive_exactly(&mut self, mut buffer: &mut [u8]) -> Result<(), Error> {
        while !buffer.is_empty() {
            let count = self.receive(buffer).await?;
            if count == 0 {
                return Err(self.failed("closed the connection before its answer was complete"));
            }
            buffer = &mut buffer[count..];
        }
        Ok(())
    }

    /// So many bytes, and not one more.
    pub(super) async fn receive_array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.receive_exactly(&mut bytes).await?;
        Ok(bytes)
    }

    /// Tells a step, if anyone wants to know.
    pub(super) fn report(&self, step: Step) {
        self.context.report(step);
    }

    /// The proxy's fault: what it did.
    pub(super) fn failed(&self, reason: impl Into<String>) -> Error {
        Error::Proxy {
            proxy: self.proxy.to_string(),
            reason: reason.into(),
            unreached: false,
            refusal: None,
            evidence: None,
        }
    }

    /// An answer that cannot be read.
    pub(super) fn unreadable(&self, reason: String, error: &HeadError) -> Error {
        Error::Proxy {
            proxy: self.proxy.to_string(),
            reason,
            unreached: false,
            refusal: None,
            evidence: error.evidence().cloned().map(Box::new),
        }
    }

    /// The target's fault: the proxy has tried, and another address may do.
    pub(super) fn unreached(&self, reason: &str) -> Error {
        Error::Proxy {
            proxy: self.proxy.to_string(),
            reason: format!("does not reach {}: {reason}", self.target),
            unreached: true,
            refusal: None,
            evidence: None,
        }
    }

    /// An HTTP answer that says no.
    pub(super) fn refused(&self, reason: String, refusal: Refusal) -> Error {
        Error::Proxy {
            proxy: self.proxy.to_string(),
            reason,
            unreached: false,
            refusal: Some(Box::new(refusal)),
            evidence: None,
        }
    }

    /// None when nothing is there yet. A proxy that always has more to send gets no more time.
    fn try_receive(&mut self, buffer: &mut [u8]) -> Result<Option<usize>, Error> {
        self.context.check(&self.phase())?;
        match self.stream.read(buffer) {
            Ok(count) => Ok(Some(count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) => {
                let reason = reason(&error);
                Err(self.failed(format!("lost the connection: {reason}")))
            }
        }
    }

    async fn wait(&self, until: Option<Instant>) -> Result<(), Error> {
        let phase = self.phase();
        self.context.wait(&phase, until).await
    }

    fn phase(&self) -> Phase<'d> {
        Phase(self.proxy, self.target)
    }
}

/// What is going on until there is a tunnel.
struct Phase<'d>(&'d Proxy, &'d HostPort);

impl fmt::Display for Phase<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(proxy, target) = self;
        write!(f, "waiting for the proxy {proxy} to connect to {target}")
    }
}
