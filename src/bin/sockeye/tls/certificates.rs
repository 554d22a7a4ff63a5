//! Certificates in files and folders. Every error is one line that names the file.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use sockeye::io_reason;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The most bytes of a file that are read: many times the largest collection of certificates.
const MAX_FILE: u64 = 64 << 20;

/// The certificates of a file or of the files in a folder, at least one.
pub(super) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    if path.is_dir() {
        read_folder(path)
    } else {
        read_file(path)
    }
}

/// The certificates of a file in PEM, or the one of a file in DER.
pub(super) fn read_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let shown = path.display();
    let bytes = read_bytes(path)?;
    if is_certificate(&bytes) {
        return Ok(vec![CertificateDer::from(bytes)]);
    }
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("{shown}: it is not valid PEM: {error}"))?;
    if certificates.is_empty() {
        return Err(format!(
            "{shown}: it holds no certificate; expected DER, or PEM with \
             -----BEGIN CERTIFICATE-----"
        ));
    }
    Ok(certificates)
}

/// The content of a file that is not too large; else one line that names it.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, String> {
    let shown = path.display();
    let failed = |error: io::Error| format!("{shown}: {}", io_reason(&error));
    let mut bytes = Vec::new();
    // A device may have no end.
    let mut file = fs::File::open(path).map_err(failed)?.take(MAX_FILE + 1);
    file.read_to_end(&mut bytes).map_err(failed)?;
    if file.limit() == 0 {
        return Err(format!("{shown}: it is larger than {} MiB", MAX_FILE >> 20));
    }
    Ok(bytes)
}

/// Whether bytes are a certificate in DER.
pub(super) fn is_certificate(bytes: &[u8]) -> bool {
    X509Certificate::from_der(bytes).is_ok_and(|(rest, _)| rest.is_empty())
}

/// The certificates of all files with a name that certificates have. Files without any are skipped:
/// folders of authorities hold keys and backups as well.
fn read_folder(folder: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let shown = folder.display();
    let entries =
        fs::read_dir(folder).map_err(|error| format!("{shown}: {}", io_reason(&error)))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut paths: Vec<PathBuf> = paths.filter(|path| has_certificate_name(path)).collect();
    paths.sort();
    let mut certificates = Vec::new();
    for certificate in paths
        .iter()
        .filter_map(|path| read_file(path).ok())
        .flatten()
    {
        // A hashed name is mostly a link to the file beside it.
        if !certificates.contains(&certificate) {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(format!(
            "{shown}: no certificate in this folder; expected files named .pem, .crt, .cer, .der, \
             or as c_rehash names them"
        ));
    }
    Ok(certificates)
}

/// `ca.pem`, or a hash and a number as `openssl rehash` gives them: `5ed36f99.0`.
fn has_certificate_name(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let Some(extension) = extension.map(str::to_ascii_lowercase) else {
        return false;
    };
    let stem = path.file_stem().and_then(|stem| stem.to_str());
    let is_hash = stem
        .is_some_and(|stem| stem.len() == 8 && stem.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_number = extension.bytes().all(|byte| byte.is_ascii_digit());
    matches!(&*extension, "pem" | "crt" | "cer" | "der") || is_hash && is_number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_have_names_of_their_own_or_hashed_ones() {
        for right in [
            "a.pem",
            "A.CRT",
            "b.cer",
            "c.der",
            "5ed36f99.0",
            "5ED36F99.12",
        ] {
            assert!(has_certificate_name(Path::new(right)), "{right}");
        }
        for wrong in [
            "a.key",
            "README",
            "5ed36f99.r0",
            "5ed36f9.0",
            "5ed36g99.0",
            ".pem",
        ] {
            assert!(!has_certificate_name(Path::new(wrong)), "{wrong}");
        }
    }
}
