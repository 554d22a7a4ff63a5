//! Which servers are trusted, and what is said of the others.

use super::server::{Authority, Identity, accept, accept_tls, write_file};
use super::{EventLoop, LONG, SHORT, message};
use crate::transport::trust::Environment;
use crate::transport::{
    CertificateProblem, Connected, Error, ErrorKind, Options, TlsOptions, TlsVersion,
};
use crate::url::WebSocketUrl;
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd,
};
use rustls::version::{TLS12, TLS13};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn trusting(ca: &Path) -> TlsOptions {
    TlsOptions {
        ca: vec![ca.to_owned()],
        ..TlsOptions::default()
    }
}

fn insecure() -> TlsOptions {
    TlsOptions {
        insecure: true,
        ..TlsOptions::default()
    }
}

fn connect_to(address: SocketAddr, tls: TlsOptions) -> Result<Connected, Error> {
    let address = WebSocketUrl::parse(&format!("wss://localhost:{}/", address.port())).unwrap();
    let options = Options {
        tls,
        ..Options::default()
    };
    EventLoop::new().connect(&address, &options, LONG)
}

/// Connects to a server with that identity that stays until the client goes.
fn meet(identity: &Identity, tls: TlsOptions) -> Result<Connected, Error> {
    let (address, server) = accept_tls(identity.config(&[&TLS13, &TLS12]), |mut peer| {
        drop(peer.read(&mut [0; 1]));
    });
    let result = connect_to(address, tls);
    if result.is_err() {
        server.join().unwrap();
    }
    result
}

#[test]
fn a_certificate_of_a_named_authority_is_accepted() {
    let authority = Authority::new("Test Authority");
    let identity = authority.issue(&params("localhost"));
    let connected = meet(&identity, trusting(authority.file())).unwrap();
    let info = connected.tls.unwrap();
    assert_eq!(info.version, "TLS 1.3");
    assert!(info.cipher_suite.starts_with("TLS_A"), "{info:?}");
    assert_eq!(info.alpn.as_deref(), Some("http/1.1"));
    assert_eq!(info.certificates, [identity.certificate()]);
    assert!(connected.timings.tls.is_some());
}

#[test]
fn tls_1_2_is_spoken_where_1_3_is_not() {
    let authority = Authority::new("Test Authority");
    let identity = authority.issue(&params("localhost"));
    let (address, _server) = accept_tls(identity.config(&[&TLS12]), |mut peer| {
        drop(peer.read(&mut [0; 1]));
    });
    let connected = connect_to(address, trusting(authority.file())).unwrap();
    assert_eq!(connected.tls.unwrap().version, "TLS 1.2");
}

#[test]
fn an_expired_certificate_is_refused_with_its_date() {
    let authority = Authority::new("Test Authority");
    let mut params = params("localhost");
    params.not_after = date_time_ymd(2001, 2, 3);
    let result = meet(&authority.issue(&params), trusting(authority.file()));
    assert_eq!(
        message(result),
        "TLS with localhost: the server's certificate expired on 2001-02-03 00:00:00 UTC"
    );
}

#[test]
fn a_certificate_of_the_future_is_refused_with_its_date() {
    let authority = Authority::new("Test Authority");
    let mut params = params("localhost");
    params.not_before = date_time_ymd(2999, 12, 31);
    let result = meet(&authority.issue(&params), trusting(authority.file()));
    assert_eq!(
        message(result),
        "TLS with localhost: the server's certificate is not valid before 2999-12-31 00:00:00 UTC"
    );
}

#[test]
fn a_certificate_for_another_name_is_refused_with_the_names_it_has() {
    let authority = Authority::new("Test Authority");
    let names = ["a.example", "*.b.example", "127.0.0.7"].map(str::to_owned);
    let params = CertificateParams::new(names).unwrap();
    let result = meet(&authority.issue(&params), trusting(authority.file()));
    assert_eq!(
        message(result),
        "TLS with localhost: the server's certificate is for \
         a.example, *.b.example, 127.0.0.7, not for localhost"
    );
}

#[test]
fn an_unknown_issuer_is_named() {
    let (known, unknown) = (Authority::new("Known"), Authority::new("Un\u{1b}known"));
    let result = meet(&unknown.issue(&params("localhost")), trusting(known.file()));
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    assert_eq!(
        error.to_string(),
        r"TLS with localhost: the server's certificate is issued by 'Un\u{1b}known', which is not trusted"
    );
}

/// A certificate that signs itself, as tools for development make it.
fn self_signed(name: &str, is_ca: IsCa) -> (Identity, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let mut params = params(name);
    params.is_ca = is_ca;
    let certificate = params.self_signed(&key).unwrap();
    let file = write_file(&certificate.pem());
    (Identity::new(certificate.der().clone(), &key), file)
}

#[test]
fn a_self_signed_certificate_is_refused_by_that_word_and_accepted_when_named() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (identity, file) = self_signed("localhost", is_ca);
        let accepted = meet(&identity, trusting(&file));
        let refused = message(meet(&identity, TlsOptions::default()));
        std::fs::remove_file(file).unwrap();
        accepted.unwrap();
        assert!(refused.contains("is self-signed"), "{refused}");
    }
}

#[test]
fn a_named_self_signed_certificate_must_have_the_name_all_the_same() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (identity, file) = self_signed("a.example", is_ca);
        let result = meet(&identity, trusting(&file));
        std::fs::remove_file(file).unwrap();
        let message = message(result);
        assert!(
            message.ends_with("is for a.example, not for localhost"),
            "{message}"
        );
    }
}

#[test]
fn insecure_accepts_any_certificate() {
    let authority = Authority::new("Unknown");
    let mut params = params("a.example");
    params.not_after = date_time_ymd(2001, 2, 3);
    meet(&authority.issue(&params), insecure()).unwrap();
}

#[test]
fn insecure_still_wants_the_certificates_key() {
    let authority = Authority::new("Unknown");
    let identity = authority.issue(&params("localhost"));
    for algorithm in [
        &PKCS_ECDSA_P256_SHA256,
        &PKCS_ECDSA_P384_SHA384,
        &PKCS_ED25519,
    ] {
        let other = identity.with_key(&KeyPair::generate_for(algorithm).unwrap());
        for version in TlsVersion::ALL {
            let options = TlsOptions {
                max_version: Some(version),
                ..insecure()
            };
            let error = meet(&other, options).unwrap_err();
            let problem = CertificateProblem::Unproven;
            assert!(
                matches!(&error, Error::Certificate { problem: found, .. } if *found == problem),
                "{version} {algorithm:?}: {error}"
            );
        }
    }
}

#[test]
fn tls_to_a_plain_port_advises_ws() {
    let (address, server) = accept(|mut socket| {
        let _ = socket.read(&mut [0; 4096]).unwrap();
        socket
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        drop(socket.read(&mut [0; 4096]));
    });
    let message = message(connect_to(address, insecure()));
    server.join().unwrap();
    assert!(
        message.contains("does not speak TLS") && message.contains("use ws://"),
        "{message}"
    );
}

#[test]
fn a_server_that_closes_during_the_handshake_is_said_so() {
    let (address, server) = accept(|mut socket| {
        let _ = socket.read(&mut [0; 4096]).unwrap();
    });
    let message = message(connect_to(address, insecure()));
    server.join().unwrap();
    assert!(message.contains("closed the connection"), "{message}");
}

#[test]
fn a_handshake_that_takes_too_long_is_named() {
    let (address, server) = accept(|mut socket| {
        let mut everything = Vec::new();
        socket.read_to_end(&mut everything).map(drop)
    });
    let address = WebSocketUrl::parse(&format!("wss://{address}/")).unwrap();
    let options = Options {
        tls: insecure(),
        ..Options::default()
    };
    let result = EventLoop::new().connect(&address, &options, SHORT);
    drop(server.join().unwrap());
    assert_eq!(
        message(result),
        "the TLS handshake with 127.0.0.1 took longer than 0.05 s"
    );
}

#[test]
fn a_file_of_certificates_that_cannot_be_used_is_named() {
    let nowhere = Path::new("/nowhere/ca.pem");
    let empty = write_file("no certificate\n");
    let broken = write_file("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let unused = SocketAddr::from(([127, 0, 0, 1], 1));
    for (path, reason) in [
        (nowhere, "no such file"),
        (&empty, "holds no certificate"),
        (&broken, "cannot be used"),
    ] {
        let error = connect_to(unused, trusting(path)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Options);
        let message = error.to_string();
        assert!(message.contains(reason), "{message}");
        assert!(message.starts_with(path.to_str().unwrap()), "{message}");
    }
    std::fs::remove_file(empty).unwrap();
    std::fs::remove_file(broken).unwrap();
}

#[test]
fn openssls_variables_replace_the_platforms_store() {
    let authority = Authority::new("Test Authority");
    let directory = std::env::temp_dir().join(format!("sockeye-test-{}", std::process::id()));
    std::fs::create_dir(&directory).unwrap();
    let count = |file: Option<&Path>, directories: Option<&Path>| {
        let environment = Environment {
            file: file.map(Into::into),
            directories: directories.map(Into::into),
        };
        environment.roots().map(|roots| roots.len())
    };
    let empty = count(None, Some(&directory));
    std::fs::copy(authority.file(), directory.join("ca.pem")).unwrap();
    let from_directory = count(None, Some(&directory));
    std::fs::remove_dir_all(&directory).unwrap();

    assert_eq!(empty.unwrap(), 0);
    assert_eq!(from_directory.unwrap(), 1);
    assert_eq!(count(Some(authority.file()), None).unwrap(), 1);
    assert!(count(None, None).unwrap() > 1);
    let missing = count(Some(Path::new("/nowhere/ca.pem")), None);
    assert!(message(missing).starts_with("SSL_CERT_FILE: /nowhere/ca.pem: "));
    assert!(message(count(None, Some(Path::new("/nowhere")))).starts_with("SSL_CERT_DIR: "));
}
