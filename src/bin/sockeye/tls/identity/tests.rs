//! One key and its certificate in every form that OpenSSL 3 writes; what is encrypted opens with
//! `opensesame`. `other.pem` is another key, `both.pem` has a certificate of that one before ours.

use super::*;
use std::path::PathBuf;

const PASSPHRASE: Option<&str> = Some("opensesame");

fn file(name: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bin/sockeye/tls/identity/fixtures");
    folder.join(name)
}

fn load(
    certificate: &str,
    key: Option<&str>,
    passphrase: Option<&str>,
) -> Result<Identity, IdentityError> {
    let key = key.map(file);
    super::load(&file(certificate), key.as_deref(), passphrase)
}

#[test]
fn every_form_of_certificate_and_key_gives_the_same_identity() {
    let certificate = std::fs::read(file("certificate.der")).expect("there");
    for (certificate_file, key) in [
        ("certificate.pem", Some("sec1.pem")),
        ("certificate.der", Some("pkcs8.pem")),
        ("certificate.pem", Some("pkcs8.der")),
        ("certificate.pem", Some("pbes2.pem")),
        ("certificate.der", Some("pbes2.der")),
        ("certificate.pem", Some("pbes2-3des-sha1.pem")),
        ("certificate.pem", Some("scrypt.pem")),
        ("certificate.pem", Some("traditional.pem")),
        ("certificate.pem", Some("pbes1.pem")),
        ("certificate.pem", Some("archive.p12")),
        ("archive.p12", None),
        ("legacy.p12", None),
        ("archive.p12", Some("sec1.pem")),
        ("both.pem", None),
    ] {
        let key_file = key.map(file);
        let read = read(&file(certificate_file), key_file.as_deref(), PASSPHRASE);
        let (chain, _) =
            read.unwrap_or_else(|error| panic!("{certificate_file}, {key:?}: {error}"));
        let is_ours = |found: &CertificateDer<'_>| **found == *certificate;
        assert!(chain.iter().any(is_ours), "{certificate_file}, {key:?}");
        // The key belongs to one of the certificates.
        let loaded = load(certificate_file, key, PASSPHRASE);
        assert!(loaded.is_ok(), "{certificate_file}, {key:?}: {loaded:?}");
    }
}

#[test]
fn a_passphrase_that_is_missing_is_asked_for_and_a_wrong_one_is_refused() {
    for (certificate, key) in [
        ("certificate.pem", Some("pbes2.pem")),
        ("certificate.pem", Some("pbes2.der")),
        ("certificate.pem", Some("pbes2-3des-sha1.pem")),
        ("certificate.pem", Some("traditional.pem")),
        ("certificate.pem", Some("pbes1.pem")),
        ("archive.p12", None),
        ("legacy.p12", None),
    ] {
        let path = file(key.unwrap_or(certificate)).display().to_string();
        let missing = load(certificate, key, None).expect_err("locked");
        assert_eq!(missing, IdentityError::PassphraseNeeded(path.clone()));
        let wrong = load(certificate, key, Some("guess")).expect_err("locked");
        assert_eq!(wrong, IdentityError::WrongPassphrase(path));
    }
}

#[test]
fn an_archive_without_a_passphrase_opens_without_one() {
    assert!(load("no-passphrase.p12", None, None).is_ok());
}

#[test]
fn a_key_of_another_certificate_is_refused_by_name() {
    let error = load("certificate.pem", Some("other.pem"), None).expect_err("not a pair");
    let error = error.to_string();
    assert!(
        error.contains("other.pem: its private key does not belong"),
        "{error}"
    );
    assert!(error.ends_with("certificate.pem"), "{error}");
}

#[test]
fn what_cannot_be_used_is_one_line_that_says_what_would_be() {
    for (certificate, key, reason) in [
        ("certificate.pem", None, "holds no private key"),
        ("certificate.der", None, "there is no private key in it"),
        ("sec1.pem", None, "there is no certificate in it"),
        ("pkcs8.der", None, "nor a PKCS#12 archive"),
        ("certificate.pem", Some("nowhere.pem"), "no such file"),
    ] {
        let error = load(certificate, key, PASSPHRASE)
            .expect_err("unusable")
            .to_string();
        assert!(error.contains(reason), "{certificate}, {key:?}: {error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        let named = file(key.unwrap_or(certificate)).display().to_string();
        assert!(error.starts_with(&named), "{error}");
    }
}

#[test]
fn an_archive_cut_short_anywhere_is_refused() {
    let whole = std::fs::read(file("archive.p12")).expect("there");
    for length in (0..whole.len()).step_by(7) {
        let refused = certificates(&whole[..length], PASSPHRASE);
        assert!(refused.is_err(), "{length}");
    }
}
