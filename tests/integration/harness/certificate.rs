//! A certificate authority of the test's own.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

/// An authority that nobody trusts by default, and one certificate of it.
pub(crate) struct Authority {
    folder: TempDir,
    chain: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Authority {
    /// An authority with a certificate for `localhost`.
    pub(crate) fn new() -> Self {
        Self::certifying("localhost")
    }

    /// An authority with a certificate for this name; makes the keys and writes PEM files.
    pub(crate) fn certifying(name: &str) -> Self {
        let mut params = CertificateParams::new([]).expect("no names to be wrong");
        let name_of_authority = "an authority for tests";
        (params.distinguished_name).push(DnType::CommonName, name_of_authority);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(params, key).expect("an authority");

        let key = KeyPair::generate().expect("a key");
        let certificate = CertificateParams::new([name.to_owned()])
            .and_then(|params| params.signed_by(&key, &authority))
            .expect("a certificate");

        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, pem: String| {
            std::fs::write(folder.path().join(name), pem).expect("a PEM file");
        };
        write("ca.pem", authority.pem());
        write("cert.pem", certificate.pem());
        write("key.pem", key.serialize_pem());
        Self {
            folder,
            chain: certificate.der().clone(),
            key: key.serialize_der(),
        }
    }

    /// The file with the authority's own certificate: what `--ca` takes.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The files with the server's certificate and key.
    pub(crate) fn cert_and_key(&self) -> [PathBuf; 2] {
        ["cert.pem", "key.pem"].map(|name| self.folder.path().join(name))
    }

    /// A server's side of TLS with that certificate.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.chain.clone()], key);
        Arc::new(config.expect("a certificate with its key"))
    }
}
