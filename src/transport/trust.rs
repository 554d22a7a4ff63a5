//! Whose certificates are trusted: the platform's store and the files and folders that the user
//! names.

use super::{Error, certificate_file};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Where the distributions keep all trusted certificates in one file. Reading it takes a quarter
/// of the time that the directory of single files beside it takes.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// What is trusted.
#[derive(Debug)]
pub(super) struct Trusted {
    /// The platform's certificates, if they are wanted, and those that the user named.
    pub(super) roots: RootCertStore,
    /// Those that the user named.
    pub(super) named: Vec<CertificateDer<'static>>,
}

/// Loads the certificates of those files and folders. Without any, or if `native` are wanted too,
/// loads the platform's.
pub(super) fn load(paths: &[PathBuf], native: bool) -> Result<Trusted, Error> {
    let mut roots = if native || paths.is_empty() {
        Environment::read().roots()?
    } else {
        RootCertStore::empty()
    };
    let mut named = Vec::new();
    for path in paths {
        for certificate in certificate_file::read(path)? {
            roots.add(certificate.clone()).map_err(|error| {
                Error::Options(format!(
                    "{}: a certificate in it cannot be used: {error}",
                    path.display()
                ))
            })?;
            named.push(certificate);
        }
    }
    Ok(Trusted { roots, named })
}

/// The variables that OpenSSL reads; set, they replace the platform's store.
#[derive(Debug, Default)]
pub(super) struct Environment {
    /// `SSL_CERT_FILE`: a file of certificates.
    pub(super) file: Option<OsString>,
    /// `SSL_CERT_DIR`: directories of such files.
    pub(super) directories: Option<OsString>,
}

impl Environment {
    fn read() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            file: set("SSL_CERT_FILE"),
            directories: set("SSL_CERT_DIR"),
        }
    }

    pub(super) fn roots(&self) -> Result<RootCertStore, Error> {
        let mut certificates = Vec::new();
        if let Some(file) = &self.file {
            certificates = certificate_file::read_file(Path::new(file))
                .map_err(|error| Error::Options(format!("SSL_CERT_FILE: {error}")))?;
        }
        let directories = self.directories.iter().flat_map(env::split_paths);
        for directory in directories.filter(|path| !path.as_os_str().is_empty()) {
            certificates.extend(read_directory(&directory)?);
        }
        let is_set = self.file.is_some() || self.directories.is_some();
        if !is_set {
            certificates = platform();
        }
        let mut roots = RootCertStore::empty();
        // Stores have entries that are no longer well-formed; those trust nobody.
        roots.add_parsable_certificates(certificates);
        if roots.is_empty() && !is_set {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        Ok(roots)
    }
}

/// The platform's own store; empty if there is none.
fn platform() -> Vec<CertificateDer<'static>> {
    let bundles = if cfg!(target_os = "linux") {
        &BUNDLES[..]
    } else {
        &[]
    };
    bundles
        .iter()
        .find_map(|path| certificate_file::read_file(Path::new(path)).ok())
        .unwrap_or_else(|| rustls_native_certs::load_native_certs().certs)
}

fn read_directory(path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let found = rustls_native_certs::load_certs_from_paths(None, Some(path));
    match found.errors.first() {
        Some(error) if found.certs.is_empty() => {
            Err(Error::Options(format!("SSL_CERT_DIR: {error}")))
        }
        _ => Ok(found.certs),
    }
}
