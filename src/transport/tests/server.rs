//! A TLS server of another making: rustls's blocking side, with certificates made for the test.

use crate::transport::Roots;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

pub(super) type Peer = StreamOwned<ServerConnection, TcpStream>;

/// An authority that signs certificates.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate.
    pem: String,
}

impl Authority {
    pub(super) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Trust in it alone.
    pub(super) fn roots(&self) -> Roots {
        Roots::from_pem(self.pem.as_bytes()).unwrap()
    }

    pub(super) fn store(&self) -> rustls::RootCertStore {
        let mut store = rustls::RootCertStore::empty();
        let own = CertificateDer::from_pem_slice(self.pem.as_bytes()).unwrap();
        store.add(own).unwrap();
        store
    }

    /// A server's certificate as `params` has it.
    pub(super) fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity::new(certificate.der().clone(), &key)
    }
}

/// A certificate and a key, which need not belong together.
#[derive(Debug, Clone)]
pub(super) struct Identity(Arc<CertifiedKey>);

impl Identity {
    pub(super) fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = crypto::aws_lc_rs::sign::any_supported_type(&der).unwrap();
        Self(Arc::new(CertifiedKey::new(vec![certificate], key)))
    }

    pub(super) fn certificate(&self) -> &[u8] {
        &self.0.cert[0]
    }

    pub(super) fn with_key(&self, key: &KeyPair) -> Self {
        Self::new(self.0.cert[0].clone(), key)
    }

    pub(super) fn config(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> ServerConfig {
        let provider = Arc::new(crypto::aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }
}

impl ResolvesServerCert for Identity {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Accepts one TCP connection and lets `talk` have it.
pub(super) fn accept<T: Send + 'static>(
    talk: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (socket, _) = listener.accept().unwrap();
        socket.set_read_timeout(Some(super::LONG)).unwrap();
        socket.set_write_timeout(Some(super::LONG)).unwrap();
        talk(socket)
    });
    (address, thread)
}

/// [`accept`] with TLS; the handshake happens with the first byte read or written.
pub(super) fn accept_tls<T: Send + 'static>(
    config: ServerConfig,
    talk: impl FnOnce(Peer) -> T + Send + 'static,
) -> (SocketAddr, JoinHandle<T>) {
    accept(move |socket| {
        let tls = ServerConnection::new(Arc::new(config)).unwrap();
        talk(StreamOwned::new(tls, socket))
    })
}
