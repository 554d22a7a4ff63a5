//! From a connection to an encrypted one (RFC 8446, RFC 6455 §4.1).

use super::error::reason;
use super::verify::Verifier;
use super::{Error, Journey, Stream, TlsStream, certificate, trust};
use rustls::client::{ClientConfig, ClientConnection, Resumption};
use rustls::pki_types::ServerName;
use rustls::{InvalidMessage, crypto};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use url::Host;

/// How the server is to prove who it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsOptions {
    /// Whether any certificate is taken, whoever made it out and to whom; `ca` is not read then.
    pub insecure: bool,
    /// Files of certificates in PEM that are trusted beside the platform's. A server's own
    /// certificate may be among them.
    pub ca: Vec<PathBuf>,
}

/// What a handshake needs, the trusted certificates read.
pub(super) fn config(options: &TlsOptions) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = if options.insecure {
        Verifier::trusting_anyone(&provider)
    } else {
        Verifier::trusting(trust::load(&options.ca)?, &provider)?
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Options(format!("TLS cannot be set up: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A configuration serves one connection.
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

/// Speaks TLS with `host` over a connected stream that is registered with the journey's poll, and
/// of which `ahead` has been read already. `plain` is the scheme of URLs that do without.
pub(super) fn handshake(
    stream: Stream,
    ahead: Vec<u8>,
    config: Arc<ClientConfig>,
    host: &Host,
    plain: &str,
    journey: &mut Journey<'_>,
) -> Result<TlsStream, Error> {
    let failed = |reason| Error::Tls {
        host: host.to_string(),
        reason,
    };
    let name = server_name(host).ok_or_else(|| failed("its name is not a valid one".to_owned()))?;
    let tls = ClientConnection::new(config, name).map_err(|error| failed(error.to_string()))?;
    let mut stream = TlsStream::new(stream, ahead, tls);
    let phase = format!("the TLS handshake with {host}");
    while !stream
        .advance_handshake()
        .map_err(|error| failed(explain(&error, plain)))?
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

/// Why a handshake failed, in words.
fn explain(error: &io::Error, plain: &str) -> String {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
    match tls {
        Some(rustls::Error::InvalidCertificate(refused)) => certificate::explain(refused),
        Some(rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType)) => {
            format!("the server does not speak TLS on this port; use {plain} for it")
        }
        Some(rustls::Error::AlertReceived(alert)) => {
            format!("the server ended the handshake with the alert {alert:?}")
        }
        Some(other) => other.to_string(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            format!("the server closed the connection; if it does not speak TLS, use {plain}")
        }
        None => reason(error),
    }
}
