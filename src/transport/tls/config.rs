//! What a caller may choose about TLS, and the configuration of rustls that comes of it.

use super::error::TlsConfigError;
use super::identity::Identity;
use super::info::{Offer, TlsVersion};
use super::observer::HandshakeObserver;
use super::provider;
use super::public_key::Pin;
use super::roots::{Roots, Source};
use super::verify::{Trust, Verifier};
use rustls::client::{ClientConfig, ResolvesClientCert, Resumption};
use rustls::pki_types::DnsName;
use rustls::sign::CertifiedKey;
use rustls::{KeyLog, SignatureScheme};
use std::sync::Arc;

/// What a server must prove, and what it is shown. The default is what a browser does.
#[derive(Debug, Clone, Default)]
pub struct TlsOptions {
    /// Whether any certificate is accepted, whoever issued it and for whichever name. `roots` are
    /// not used then, `pins` are checked all the same.
    pub insecure: bool,
    /// The certificates that the server's must lead to.
    pub roots: Roots,
    /// The certificate that a server gets which asks for one.
    pub identity: Option<Identity>,
    /// The name that the server is told (SNI, RFC 6066 §3).
    pub server_name: Sni,
    /// The oldest version of TLS to speak.
    pub min_version: TlsVersion,
    /// The newest version of TLS to speak; the newest there is, unless set.
    pub max_version: Option<TlsVersion>,
    /// If there are any, the server's public key must be one of them.
    pub pins: Vec<Pin>,
    /// Where the secrets of each session are written, so that Wireshark and its like can decrypt
    /// what was recorded. Nowhere, unless set.
    pub key_log: Option<Source<Arc<dyn KeyLog>>>,
    /// A configuration of rustls in place of all of the above, except a name in `server_name`.
    ///
    /// What it verifies, sends and logs is then the caller's responsibility, as is its ALPN: the
    /// server must not select another protocol than `http/1.1`.
    pub client_config: Option<Arc<ClientConfig>>,
}

impl TlsOptions {
    /// Removes our certificate, for a server of another origin; tells whether there was one.
    pub(crate) fn remove_identity(&mut self) -> bool {
        let Some(config) = &mut self.client_config else {
            return self.identity.take().is_some();
        };
        let has_identity = config.client_auth_cert_resolver.has_certs();
        Arc::make_mut(config).client_auth_cert_resolver = Arc::new(NoIdentity);
        has_identity
    }

    /// Removes the name that takes the place of the first server's, for a server of another
    /// origin; tells whether there was one.
    pub(crate) fn remove_server_name(&mut self) -> bool {
        let has_name = matches!(self.server_name, Sni::Name(_));
        if has_name {
            self.server_name = Sni::Host;
        }
        has_name
    }

    /// The versions that are offered, from the oldest to the newest; none if the options exclude
    /// each other.
    pub(super) fn versions(&self) -> Vec<TlsVersion> {
        let newest = self.max_version.unwrap_or(TlsVersion::V1_3);
        let mut versions = TlsVersion::ALL.to_vec();
        versions.retain(|version| (self.min_version..=newest).contains(version));
        versions
    }
}

/// Has no certificate to show.
#[derive(Debug)]
struct NoIdentity;

impl ResolvesClientCert for NoIdentity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Which name the server is told, so that it can choose a certificate (RFC 6066 §3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Sni {
    /// The host of the URL, unless that is an IP address.
    #[default]
    Host,
    /// This name, which the certificate must have in place of the host's.
    Name(DnsName<'static>),
    /// None; the certificate must be for the host all the same.
    Omitted,
}

/// What one handshake needs.
#[derive(Debug)]
pub(in crate::transport) struct Setup {
    pub(in crate::transport) client: Arc<ClientConfig>,
    pub(in crate::transport) observer: Arc<HandshakeObserver>,
    pub(in crate::transport) offer: Offer,
}

/// Prepares a handshake; asks the sources of the options for their values.
pub(in crate::transport) fn set_up(options: &TlsOptions) -> Result<Setup, TlsConfigError> {
    match &options.client_config {
        Some(config) => Ok(given(Arc::clone(config))),
        None => configure(options, |verifier| verifier),
    }
}

/// The same for a server whose key is too short for the signatures of TLS 1.3.
pub(in crate::transport) fn set_up_for_short_key(
    options: &TlsOptions,
) -> Result<Setup, TlsConfigError> {
    let options = TlsOptions {
        max_version: Some(TlsVersion::V1_2),
        ..options.clone()
    };
    configure(&options, Verifier::for_short_keys)
}

/// A configuration of the caller's. What it offers shows only in errors.
fn given(client: Arc<ClientConfig>) -> Setup {
    let offer = Offer {
        versions: TlsVersion::ALL.to_vec(),
        tls12_suites: tls12_suites(client.crypto_provider()),
    };
    Setup {
        client,
        observer: Arc::default(),
        offer,
    }
}

fn configure(
    options: &TlsOptions,
    change: impl FnOnce(Verifier) -> Verifier,
) -> Result<Setup, TlsConfigError> {
    let versions = options.versions();
    if versions.is_empty() {
        return Err(TlsConfigError::NoVersion);
    }
    let provider = Arc::new(provider::provider());
    let offer = Offer {
        tls12_suites: tls12_suites(&provider),
        versions,
    };
    let observer = Arc::new(HandshakeObserver::default());
    let trust = if options.insecure {
        Trust::Anyone
    } else {
        Trust::roots(options.roots.store()?, &provider)?
    };
    let pins = options.pins.clone();
    let verifier = change(Verifier::new(trust, pins, Arc::clone(&observer), &provider));
    let versions: Vec<_> = offer.versions.iter().map(|v| v.supported()).collect();
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(TlsConfigError::Rustls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(observer.answer_with(options.identity.clone()));
    client.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A configuration serves one connection.
    client.resumption = Resumption::disabled();
    client.enable_sni = options.server_name != Sni::Omitted;
    if let Some(key_log) = &options.key_log {
        client.key_log = key_log.get()?;
    }
    Ok(Setup {
        client: Arc::new(client),
        observer,
        offer,
    })
}

fn tls12_suites(provider: &rustls::crypto::CryptoProvider) -> Vec<&'static str> {
    let suites = provider.cipher_suites.iter();
    let suites = suites.filter(|suite| suite.tls13().is_none());
    suites.filter_map(|suite| suite.suite().as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_origin_gets_neither_our_certificate_nor_the_first_servers_name() {
        let made = rcgen::generate_simple_self_signed(["a.org".to_owned()]).expect("made");
        let key = made.signing_key.serialize_pem();
        let identity = Identity::from_pem(made.cert.pem().as_bytes(), key.as_bytes());
        let options = TlsOptions {
            identity: Some(identity.expect("an identity")),
            server_name: Sni::Name(DnsName::try_from("a.org").expect("a name")),
            insecure: true,
            ..TlsOptions::default()
        };
        let setup = set_up(&options).expect("right");
        let with_config = TlsOptions {
            client_config: Some(setup.client),
            ..TlsOptions::default()
        };
        for options in [options, with_config] {
            let has_name = options.server_name != Sni::Host;
            let mut other = options;
            assert!(other.remove_identity() && !other.remove_identity());
            assert_eq!(other.remove_server_name(), has_name);
            assert_eq!(other.server_name, Sni::Host);
        }
    }

    #[test]
    fn the_key_log_is_off_unless_it_is_given() {
        #[derive(Debug)]
        struct Log;
        impl KeyLog for Log {
            fn log(&self, _: &str, _: &[u8], _: &[u8]) {}
        }
        let logs = |key_log| {
            let options = TlsOptions {
                key_log,
                ..TlsOptions::default()
            };
            let setup = set_up(&options).expect("right");
            setup.client.key_log.will_log("CLIENT_RANDOM")
        };
        assert!(!logs(None));
        let log: Arc<dyn KeyLog> = Arc::new(Log);
        assert!(logs(Some(Source::from(log))));
    }

    #[test]
    fn a_range_of_versions_must_not_be_empty() {
        let options = TlsOptions {
            min_version: TlsVersion::V1_3,
            max_version: Some(TlsVersion::V1_2),
            ..TlsOptions::default()
        };
        let result = set_up(&options).map(drop);
        assert!(matches!(result, Err(TlsConfigError::NoVersion)));
    }
}
