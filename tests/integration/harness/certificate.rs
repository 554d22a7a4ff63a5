//! Certificate authorities of the test's own, and what they issue.

use super::bounded::output_of;
use super::real_peer::not_installed;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// An authority that nobody trusts by default, and one certificate of it.
pub(crate) struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
    own: Certificate,
}

/// A certificate in files: PEM, its issuers that are not at the root following it.
pub(crate) struct Certificate {
    /// The certificate.
    pub(crate) cert: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
}

impl Authority {
    /// An authority with a certificate for `localhost`.
    pub(crate) fn new() -> Self {
        Self::certifying("localhost")
    }

    /// Another one, of another name.
    pub(crate) fn other() -> Self {
        Self::called("another authority", "localhost")
    }

    /// An authority with a certificate for this name.
    pub(crate) fn certifying(name: &str) -> Self {
        Self::called("an authority for tests", name)
    }

    /// Makes the keys and writes PEM files.
    fn called(own_name: &str, name: &str) -> Self {
        let issuer = CertifiedIssuer::self_signed(authority(own_name), new_key());
        let issuer = issuer.expect("an authority");
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(folder.path().join("ca.pem"), &issuer.pem());
        write(folder.path().join("ca.key"), &issuer.key().serialize_pem());
        let own = issue(folder.path(), "cert", params(name), &issuer, "");
        Self {
            folder,
            issuer,
            own,
        }
    }

    /// The file with the authority's own certificate: what `--ca` takes.
    pub(crate) fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The folder of its files, the authority's own key `ca.key` among them.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What has a [`super::RealPeer`] speak TLS with a certificate of this authority.
    pub(crate) fn peer_options(&self) -> [&str; 4] {
        let [cert, key] = [&self.own.cert, &self.own.key].map(|path| path.to_str().unwrap());
        ["--cert", cert, "--key", key]
    }

    /// A certificate for `localhost`, but for what `change` does to it.
    pub(crate) fn server_with(&self, change: impl FnOnce(&mut CertificateParams)) -> Certificate {
        let mut params = params("localhost");
        change(&mut params);
        issue(self.folder.path(), "server", params, &self.issuer, "")
    }

    /// A certificate for `localhost` from an authority in between, which `change` has its way with.
    pub(crate) fn server_below(
        &self,
        name_between: &str,
        change: impl FnOnce(&mut CertificateParams),
    ) -> Certificate {
        let mut params_between = authority(name_between);
        change(&mut params_between);
        let between = CertifiedIssuer::signed_by(params_between, new_key(), &self.issuer);
        let between = between.expect("an authority in between");
        let (folder, chain) = (self.folder.path(), between.pem());
        issue(folder, "below", params("localhost"), &between, &chain)
    }

    /// A certificate for a client of this name.
    pub(crate) fn client(&self, name: &str) -> Certificate {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        issue(self.folder.path(), name, params, &self.issuer, "")
    }

    /// A server's side of TLS with its certificate.
    pub(crate) fn server(&self) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(self.own.chain(), self.own.private_key());
        Arc::new(config.expect("a certificate with its key"))
    }

    /// The same, for clients with a certificate of this authority only.
    pub(crate) fn server_for_clients(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("an authority");
        let clients = rustls::server::WebPkiClientVerifier::builder_with_provider(
            Arc::new(roots),
            Arc::clone(&provider),
        );
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_client_cert_verifier(clients.build().expect("an authority"))
            .with_single_cert(self.own.chain(), self.own.private_key());
        Arc::new(config.expect("a certificate with its key"))
    }
}

impl Certificate {
    /// A certificate for `localhost` that signs itself.
    pub(crate) fn self_signed(folder: &Path) -> Self {
        let issuer = CertifiedIssuer::self_signed(params("localhost"), new_key());
        let issuer = issuer.expect("a certificate");
        let certificate = Self::named(folder, "alone");
        write(&certificate.cert, &issuer.pem());
        write(&certificate.key, &issuer.key().serialize_pem());
        certificate
    }

    fn named(folder: &Path, name: &str) -> Self {
        Self {
            cert: folder.join(format!("{name}.pem")),
            key: folder.join(format!("{name}.key")),
        }
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        use rustls::pki_types::pem::PemObject;
        let pem = std::fs::read(&self.cert).expect("a PEM file");
        let chain: Result<_, _> = CertificateDer::pem_slice_iter(&pem).collect();
        chain.expect("certificates")
    }

    fn private_key(&self) -> PrivateKeyDer<'static> {
        let pem = std::fs::read_to_string(&self.key).expect("a PEM file");
        let key = KeyPair::from_pem(&pem).expect("a key");
        PrivatePkcs8KeyDer::from(key.serialize_der()).into()
    }
}

/// Runs OpenSSL; says so on standard error when it is not installed.
#[must_use]
#[track_caller]
pub(crate) fn openssl(folder: &Path, line: &str) -> Option<()> {
    let mut command = Command::new("openssl");
    command.current_dir(folder).args(line.split_whitespace());
    let Some(output) = output_of(&mut command) else {
        not_installed("OpenSSL");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {line}\n{said}");
    Some(())
}

fn issue(
    folder: &Path,
    name: &str,
    params: CertificateParams,
    issuer: &CertifiedIssuer<'static, KeyPair>,
    chain: &str,
) -> Certificate {
    let key = new_key();
    let certificate = params.signed_by(&key, issuer).expect("a certificate");
    let files = Certificate::named(folder, name);
    write(&files.cert, &format!("{}{chain}", certificate.pem()));
    write(&files.key, &key.serialize_pem());
    files
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("a key")
}

fn write(path: impl AsRef<Path>, pem: &str) {
    std::fs::write(path, pem).expect("a PEM file");
}
