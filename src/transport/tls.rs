//! From a connection to an encrypted one (RFC 8446, RFC 6455 §4.1).

use super::connect_context::Stopwatch;
use super::handshake_observer::{Answering, HandshakeObserver};
use super::route::TransportReady;
use super::tls_error::Terms;
use super::verify::{Trust, Verifier};
use super::{
    CertificateProblem, ConnectContext, Error, ErrorKind, Sni, Step, Stream, TlsInfo, TlsOptions,
    TlsProblem, TlsStream, TlsVersion, Unverified, key_log, provider, tls_error, trust,
};
use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::pki_types::ServerName;
use rustls::{SupportedProtocolVersion, version};
use std::sync::Arc;
use std::time::Duration;
use url::Host;

/// What one handshake needs.
#[derive(Debug)]
pub(super) struct Setup {
    client: ClientConfig,
    /// The name that takes the place of the host's.
    name: Option<ServerName<'static>>,
    observer: Arc<HandshakeObserver>,
    terms: Terms,
}

/// What a handshake needs, the trusted certificates read.
pub(super) fn config(options: &TlsOptions) -> Result<Setup, Error> {
    set_up(options, |verifier| verifier)
}

/// The same for a server whose key is too short for the signatures of TLS 1.3.
fn config_for_short_keys(options: &TlsOptions) -> Result<Setup, Error> {
    let options = TlsOptions {
        max_version: Some(TlsVersion::V1_2),
        ..options.clone()
    };
    set_up(&options, Verifier::for_short_keys)
}

fn set_up(options: &TlsOptions, change: impl FnOnce(Verifier) -> Verifier) -> Result<Setup, Error> {
    let provider = Arc::new(provider::provider());
    let observer = Arc::new(HandshakeObserver::with(options.identity.clone()));
    let trust = if options.insecure {
        Trust::Anyone
    } else {
        Trust::chain(trust::load(&options.ca, options.ca_native)?, &provider)?
    };
    let pins = options.pins.clone();
    let terms = Terms::new(options, &provider);
    let verifier = change(Verifier::new(trust, pins, Arc::clone(&observer), &provider));
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(options)?)
        .map_err(|error| Error::Options(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(Answering(Arc::clone(&observer))));
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A configuration serves one connection.
    client.resumption = Resumption::disabled();
    client.enable_sni = options.server_name != Sni::Omitted;
    if let Some(key_log) = key_log::from_environment()? {
        client.key_log = key_log;
    }
    let name = match &options.server_name {
        Sni::Name(name) => Some(ServerName::DnsName(name.0.clone())),
        Sni::Host | Sni::Omitted => None,
    };
    Ok(Setup {
        client,
        name,
        observer,
        terms,
    })
}

/// The versions from the oldest to the newest that the options allow.
fn versions(options: &TlsOptions) -> Result<Vec<&'static SupportedProtocolVersion>, Error> {
    let oldest = options.min_version;
    let newest = options.max_version.unwrap_or(TlsVersion::V1_3);
    let allowed: Vec<_> = TlsVersion::ALL
        .into_iter()
        .filter(|version| (oldest..=newest).contains(version))
        .map(|version| match version {
            TlsVersion::V1_2 => &version::TLS12,
            TlsVersion::V1_3 => &version::TLS13,
        })
        .collect();
    if allowed.is_empty() {
        return Err(Error::Options(format!(
            "no version of TLS is left between {oldest} as the oldest and {newest} as the newest"
        )));
    }
    Ok(allowed)
}

/// The attempts to speak TLS with one host, each over a connection of its own.
///
/// There is a second attempt only where a key is pinned whose signature must be verified and which
/// is too short for the signatures of TLS 1.3: it is made with TLS 1.2.
pub(super) struct Attempts<'a> {
    options: &'a TlsOptions,
    host: &'a Host,
    /// The scheme of URLs that do without TLS.
    plain: &'a str,
    setup: Option<Setup>,
    first_error: Option<Error>,
}

impl<'a> Attempts<'a> {
    /// Reads the trusted certificates.
    pub(super) fn new(
        options: &'a TlsOptions,
        host: &'a Host,
        plain: &'a str,
    ) -> Result<Self, Error> {
        Ok(Self {
            options,
            host,
            plain,
            setup: Some(config(options)?),
            first_error: None,
        })
    }

    /// Speaks TLS over a connection, and returns what was agreed on and how long it took; `None`
    /// if it failed and another connection is to be tried.
    pub(super) async fn encrypt(
        &mut self,
        ready: TransportReady,
        context: &ConnectContext,
    ) -> Result<Option<(TransportReady, TlsInfo, Duration)>, Error> {
        let setup = match self.setup.take() {
            Some(setup) => setup,
            None => config_for_short_keys(self.options)?,
        };
        match encrypt(ready, setup, self.host, self.plain, context).await {
            Ok(encrypted) => Ok(Some(encrypted)),
            Err(error) => self.retry(error, context),
        }
    }

    fn retry<T>(&mut self, error: Error, context: &ConnectContext) -> Result<Option<T>, Error> {
        if let Some(first) = self.first_error.take() {
            let is_tls = error.kind() == ErrorKind::Tls;
            return Err(if is_tls { first } else { error });
        }
        match wants_tls12(&error) {
            Some(why) if self.options.min_version <= TlsVersion::V1_2 => {
                context.report(Step::AgainWithTls12(why.clone()));
                self.first_error = Some(error);
                Ok(None)
            }
            _ => Err(error),
        }
    }
}

/// Why a signature was not verified that TLS 1.2 may make verifiable.
fn wants_tls12(error: &Error) -> Option<&Unverified> {
    match error {
        Error::Certificate {
            problem: CertificateProblem::Unverified { why, pinned: true },
            ..
        } => Some(why).filter(|why| why.is_verifiable_in_tls12()),
        _ => None,
    }
}

async fn encrypt(
    mut ready: TransportReady,
    setup: Setup,
    host: &Host,
    plain: &str,
    context: &ConnectContext,
) -> Result<(TransportReady, TlsInfo, Duration), Error> {
    let mut watch = Stopwatch::start();
    let ahead = std::mem::take(&mut ready.ahead);
    let stream = handshake(ready.stream, ahead, setup, host, plain, context).await?;
    let info = stream.info();
    ready.stream = Stream::Tls(Box::new(stream));
    Ok((ready, info, watch.lap()))
}

/// Speaks TLS with `host` over a connected stream that is registered with the context's poll, and
/// of which `ahead` has been read already.
async fn handshake(
    stream: Stream,
    ahead: Vec<u8>,
    setup: Setup,
    host: &Host,
    plain: &str,
    context: &ConnectContext,
) -> Result<TlsStream, Error> {
    let Setup {
        client,
        name,
        observer,
        terms,
    } = setup;
    let failed = |reason: &dyn ToString| Error::Tls {
        host: host.to_string(),
        problem: TlsProblem::Other,
        reason: reason.to_string(),
    };
    let name = name
        .or_else(|| server_name(host))
        .ok_or_else(|| failed(&"its name is not a valid one"))?;
    let tls = ClientConnection::new(Arc::new(client), name).map_err(|error| failed(&error))?;
    let seen = Arc::clone(&observer);
    let mut stream = TlsStream::new(stream, ahead, tls, host.to_string(), seen);
    let phase = format!("the TLS handshake with {host}");
    while !stream
        .advance_handshake()
        .map_err(|error| tls_error::failure(host.to_string(), &error, plain, &observer, &terms))?
    {
        context.wait(&phase, None).await?;
    }
    Ok(stream)
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
