//! Which certificates are trusted: the platform's, and those of the files and folders that the user
//! names. They are read when the first TLS connection is made.

use super::certificates;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use sockeye::transport::Roots;
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

/// The certificates of those files and folders. Without any, or if `native` ones are wanted too,
/// the platform's.
pub(crate) fn roots(paths: &[PathBuf], native: bool) -> Roots {
    let paths = paths.to_vec();
    Roots::load_with(move || {
        let mut roots = if native || paths.is_empty() {
            Environment::read().roots()?
        } else {
            RootCertStore::empty()
        };
        for path in &paths {
            add_all(&mut roots, path)?;
        }
        Ok(roots)
    })
}

fn add_all(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    for certificate in certificates::read(path)? {
        roots.add(certificate).map_err(|error| {
            let path = path.display();
            format!("{path}: a certificate in it cannot be used: {error}")
        })?;
    }
    Ok(())
}

/// The variables that OpenSSL reads; set, they replace the platform's store.
#[derive(Debug, Default)]
struct Environment {
    /// `SSL_CERT_FILE`: a file of certificates.
    file: Option<OsString>,
    /// `SSL_CERT_DIR`: directories of such files.
    directories: Option<OsString>,
}

impl Environment {
    fn read() -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        Self {
            file: set("SSL_CERT_FILE"),
            directories: set("SSL_CERT_DIR"),
        }
    }

    fn roots(&self) -> Result<RootCertStore, String> {
        let mut certificates = Vec::new();
        if let Some(file) = &self.file {
            certificates = certificates::read_file(Path::new(file))
                .map_err(|error| format!("SSL_CERT_FILE: {error}"))?;
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
        // Stores have entries that are no longer well-formed.
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
        .find_map(|path| certificates::read_file(Path::new(path)).ok())
        .unwrap_or_else(|| rustls_native_certs::load_native_certs().certs)
}

fn read_directory(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = rustls_native_certs::load_certs_from_paths(None, Some(path));
    match found.errors.first() {
        Some(error) if found.certs.is_empty() => Err(format!("SSL_CERT_DIR: {error}")),
        _ => Ok(found.certs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssls_variables_replace_the_platforms_store() {
        let folder = tempfile::tempdir().expect("a folder");
        let [file, directory] = ["ca.pem", "empty"].map(|name| folder.path().join(name));
        std::fs::create_dir(&directory).expect("made");
        let made = rcgen::generate_simple_self_signed(["a".to_owned()]).expect("made");
        std::fs::write(&file, made.cert.pem()).expect("written");
        let count = |file: Option<&Path>, directories: Option<&Path>| {
            let environment = Environment {
                file: file.map(Into::into),
                directories: directories.map(Into::into),
            };
            environment.roots().map(|roots| roots.len())
        };
        assert_eq!(count(None, Some(&directory)), Ok(0));
        assert_eq!(count(None, Some(folder.path())), Ok(1));
        assert_eq!(count(Some(&file), None), Ok(1));
        assert!(count(None, None).expect("there") > 1);
        let nowhere = Path::new("/nowhere/ca.pem");
        let missing = count(Some(nowhere), None).expect_err("missing");
        assert!(
            missing.starts_with("SSL_CERT_FILE: /nowhere/ca.pem: "),
            "{missing}"
        );
        let missing = count(None, Some(nowhere)).expect_err("missing");
        assert!(missing.starts_with("SSL_CERT_DIR: "), "{missing}");
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for (name, content, reason) in [
            ("missing", None, "no such file"),
            ("empty", Some("no certificate\n"), "holds no certificate"),
            ("broken", Some(broken), "cannot be used"),
        ] {
            let path = folder.path().join(name);
            if let Some(content) = content {
                std::fs::write(&path, content).expect("written");
            }
            let error = add_all(&mut RootCertStore::empty(), &path).expect_err("refused");
            assert!(error.contains(reason), "{error}");
            assert!(error.starts_with(path.to_str().expect("a path")), "{error}");
        }
    }
}
