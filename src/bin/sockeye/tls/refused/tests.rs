//! Each reason in words.

use super::*;
use std::sync::Arc;

#[test]
fn names_are_listed_bare_escaped_and_not_without_end() {
    let names = |count| vec!["a.org".to_owned(); count];
    assert_eq!(list(&names(2)), "a.org, a.org");
    assert!(list(&names(100)).ends_with("a.org, 92 more"));
    assert_eq!(list(&["\u{1b}[31m".to_owned()]), r"\u{1b}[31m");
}

#[test]
fn a_certificate_that_cannot_be_read_is_refused_in_words_all_the_same() {
    for presented in [vec![], vec![vec![0x30, 0x82, 0xff]]] {
        let words = explain(&CertificateError::UnknownIssuer, &presented);
        assert_eq!(words, "the server's certificate cannot be read");
    }
}

#[test]
fn no_reason_shows_the_name_of_a_variant() {
    use webpki::Error::*;
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(["a.org".to_owned()]).expect("a name");
    let presented = [params.self_signed(&key).expect("made").der().to_vec()];
    let of_webpki = [
        CaUsedAsEndEntity,
        CertDistrusted,
        EmptyEkuExtension,
        EndEntityUsedAsCa,
        ExtensionValueInvalid,
        InvalidNetworkMaskConstraint,
        InvalidSerialNumber,
        MalformedDnsIdentifier,
        MalformedExtensions,
        MalformedNameConstraint,
        MaximumPathBuildCallsExceeded,
        MaximumPathDepthExceeded,
        MaximumSignatureChecksExceeded,
        NameConstraintViolation,
        PathLenConstraintViolated,
        SignatureAlgorithmMismatch,
        UnsupportedCertVersion,
        UnsupportedCriticalExtension,
        UnsupportedNameType,
    ];
    let other = |error| CertificateError::Other(rustls::OtherError(Arc::new(error)));
    let of_rustls = [
        CertificateError::ApplicationVerificationFailure,
        CertificateError::BadEncoding,
        CertificateError::BadSignature,
        CertificateError::Expired,
        CertificateError::InvalidOcspResponse,
        CertificateError::InvalidPurpose,
        CertificateError::NotValidForName,
        CertificateError::NotValidYet,
        CertificateError::Revoked,
        CertificateError::UnhandledCriticalExtension,
        CertificateError::UnknownIssuer,
        CertificateError::UnknownRevocationStatus,
    ];
    for error in of_webpki.map(other).iter().chain(&of_rustls) {
        let words = explain(error, &presented).replace("subjectAltName", "");
        let letters: Vec<_> = words.chars().collect();
        let is_hump = |pair: &[char]| pair[0].is_lowercase() && pair[1].is_uppercase();
        assert!(!letters.windows(2).any(is_hump), "{words}");
    }
}

#[test]
fn purposes_are_told_in_words_or_by_their_number() {
    let other = ExtendedKeyPurpose::Other(vec![1, 3, 6]);
    assert_eq!(
        purpose(&[ExtendedKeyPurpose::ClientAuth, other]),
        "the server's certificate is for clients, the purpose 1.3.6, not for servers"
    );
    assert!(purpose(&[]).contains("no purpose"));
}
