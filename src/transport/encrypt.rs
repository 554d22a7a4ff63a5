//! From a connection to an encrypted one (RFC 8446, RFC 6455 §4.1).

use super::connect_context::{ConnectContext, Stopwatch};
use super::error::TransportError;
use super::step::TransportStep;
use super::stream::Stream;
use super::tls::{
    CertificateProblem, Setup, Sni, TlsError, TlsInfo, TlsOptions, TlsVersion, Unverified, set_up,
    set_up_for_short_key,
};
use super::tls_stream::TlsStream;
use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use std::sync::Arc;
use std::time::Duration;
use url::Host;

/// Checks that the options can be honoured; asks their sources for their values.
pub(super) fn check(options: &TlsOptions) -> Result<(), TransportError> {
    set_up(options)?;
    Ok(())
}

/// A stream that is encrypted, what the handshake agreed on, and how long it took.
pub(super) type Encrypted = (Stream, TlsInfo, Duration);

/// The attempts to speak TLS with one host, each over a connection of its own.
///
/// There is a second attempt only if a key is pinned whose signature must be verified and which
/// is too short for the signatures of TLS 1.3: it is made with TLS 1.2.
pub(super) struct Attempts<'a> {
    options: &'a TlsOptions,
    host: &'a Host,
    /// The scheme of URLs that do without TLS.
    plain: &'static str,
    setup: Option<Setup>,
    first_error: Option<TransportError>,
}

impl<'a> Attempts<'a> {
    /// Asks the sources of the options for their values.
    pub(super) fn new(
        options: &'a TlsOptions,
        host: &'a Host,
        plain: &'static str,
    ) -> Result<Self, TransportError> {
        Ok(Self {
            options,
            host,
            plain,
            setup: Some(set_up(options)?),
            first_error: None,
        })
    }

    /// Speaks TLS over a stream that is registered with the context, and of which `ahead` has been
    /// read already. Returns `None` if it failed and is to be tried over another connection.
    pub(super) async fn encrypt(
        &mut self,
        stream: Stream,
        ahead: Vec<u8>,
        context: &ConnectContext,
    ) -> Result<Option<Encrypted>, TransportError> {
        let mut watch = Stopwatch::start();
        let setup = match self.setup.take() {
            Some(setup) => setup,
            None => set_up_for_short_key(self.options)?,
        };
        let name = match &self.options.server_name {
            Sni::Name(name) => Some(ServerName::DnsName(name.clone())),
            Sni::Host | Sni::Omitted => server_name(self.host),
        };
        let name = name.ok_or(TlsError::InvalidName);
        let tls = name.and_then(|name| {
            let tls = ClientConnection::new(Arc::clone(&setup.client), name);
            tls.map_err(TlsError::Rustls)
        });
        let tls = tls.map_err(|error| self.failure(error))?;
        let stream = TlsStream::new(stream, ahead, tls, self.host.to_string(), setup);
        match self.handshake(stream, context).await {
            Ok(stream) => {
                let info = stream.info();
                Ok(Some((Stream::Layer(Box::new(stream)), info, watch.lap())))
            }
            Err(error) => self.retry(error, context),
        }
    }

    async fn handshake(
        &self,
        mut stream: TlsStream,
        context: &ConnectContext,
    ) -> Result<TlsStream, TransportError> {
        let phase = format!("the TLS handshake with {}", self.host);
        loop {
            match stream.advance_handshake() {
                Ok(true) => return Ok(stream),
                Ok(false) => context.wait(&phase, None).await?,
                Err(error) => return Err(self.failure(stream.classify(error, self.plain))),
            }
        }
    }

    fn failure(&self, error: TlsError) -> TransportError {
        TransportError::Tls {
            host: self.host.to_string(),
            error: Box::new(error),
        }
    }

    fn retry(
        &mut self,
        error: TransportError,
        context: &ConnectContext,
    ) -> Result<Option<Encrypted>, TransportError> {
        if let Some(first) = self.first_error.take() {
            let is_tls = matches!(error, TransportError::Tls { .. });
            return Err(if is_tls { first } else { error });
        }
        let TlsOptions {
            insecure,
            pins,
            min_version,
            ..
        } = self.options;
        let may_retry = *insecure && !pins.is_empty() && *min_version <= TlsVersion::V1_2;
        match wants_tls12(&error) {
            Some(why) if may_retry => {
                context.report(TransportStep::AgainWithTls12(why.clone()));
                self.first_error = Some(error);
                Ok(None)
            }
            _ => Err(error),
        }
    }
}

/// Why a signature was not verified that TLS 1.2 may make verifiable.
fn wants_tls12(error: &TransportError) -> Option<&Unverified> {
    let TransportError::Tls { error, .. } = error else {
        return None;
    };
    match &**error {
        TlsError::Certificate {
            problem: CertificateProblem::Unverified(why),
            ..
        } => Some(why).filter(|why| why.is_verifiable_in_tls12()),
        _ => None,
    }
}

/// The name that goes into SNI (without the root's dot, RFC 6066 §3) and must be in the
/// certificate.
fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            ServerName::try_from(name.to_owned()).ok()
        }
        Host::Ipv4(ip) => Some(ServerName::IpAddress((*ip).into())),
        Host::Ipv6(ip) => Some(ServerName::IpAddress((*ip).into())),
    }
}
