//! From a connection to an encrypted one (RFC 8446, RFC 6455 §4.1).

use super::error::reason;
use super::verify::{Trust, Verifier};
use super::witness::{Answering, Witness};
use super::{
    CertificateSummary, Error, Journey, Sni, Stream, TlsOptions, TlsStream, TlsVersion, alert,
    distrust, key_log, trust,
};
use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::pki_types::ServerName;
use rustls::{InvalidMessage, SupportedProtocolVersion, crypto, version};
use std::io;
use std::sync::Arc;
use url::Host;

/// What one handshake needs.
#[derive(Debug)]
pub(super) struct Setup {
    client: ClientConfig,
    /// The name that takes the place of the host's.
    name: Option<ServerName<'static>>,
    witness: Arc<Witness>,
}

/// What a handshake needs, the trusted certificates read.
pub(super) fn config(options: &TlsOptions) -> Result<Setup, Error> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let witness = Arc::new(Witness::with(options.identity.clone()));
    let trust = if options.insecure {
        Trust::Anyone
    } else {
        Trust::chain(trust::load(&options.ca, options.ca_native)?, &provider)?
    };
    let pins = options.pins.clone();
    let verifier = Verifier::new(trust, pins, Arc::clone(&witness), &provider);
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions(options)?)
        .map_err(|error| Error::Options(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(Answering(Arc::clone(&witness))));
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
        witness,
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

/// Speaks TLS with `host` over a connected stream that is registered with the journey's poll, and
/// of which `ahead` has been read already. `plain` is the scheme of URLs that do without.
pub(super) fn handshake(
    stream: Stream,
    ahead: Vec<u8>,
    setup: Setup,
    host: &Host,
    plain: &str,
    journey: &mut Journey<'_>,
) -> Result<TlsStream, Error> {
    let Setup {
        client,
        name,
        witness,
    } = setup;
    let failed = |reason| Error::Tls {
        host: host.to_string(),
        reason,
    };
    let name = name
        .or_else(|| server_name(host))
        .ok_or_else(|| failed("its name is not a valid one".to_owned()))?;
    let tls =
        ClientConnection::new(Arc::new(client), name).map_err(|error| failed(error.to_string()))?;
    let seen = Arc::clone(&witness);
    let mut stream = TlsStream::new(stream, ahead, tls, host.to_string(), seen);
    let phase = format!("the TLS handshake with {host}");
    while !stream
        .advance_handshake()
        .map_err(|error| failure(host, &error, plain, &witness))?
    {
        journey.wait(&phase, None)?;
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

/// Why a handshake failed.
fn failure(host: &Host, error: &io::Error, plain: &str, witness: &Witness) -> Error {
    let host = host.to_string();
    let presented = witness.presented();
    if let Some(rustls::Error::InvalidCertificate(refused)) = inner(error) {
        return Error::Certificate {
            host,
            reason: distrust::explain(refused, presented),
            presented: presented
                .iter()
                .filter_map(|der| CertificateSummary::of(der))
                .collect(),
        };
    }
    let reason = explain(error, plain, witness);
    Error::Tls { host, reason }
}

/// What rustls says, if it was not the network.
pub(super) fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// Why TLS failed for another reason than the server's certificate, in words.
fn explain(error: &io::Error, plain: &str, witness: &Witness) -> String {
    match inner(error) {
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            format!("the server does not speak TLS on this port; use {plain} for it")
        }
        Some(rustls::Error::AlertReceived(received)) => {
            alert::explain(*received, witness.client_certificate())
        }
        Some(other) => other.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            format!("the server closed the connection; if it does not speak TLS, use {plain}")
        }
        None => reason(error),
    }
}
