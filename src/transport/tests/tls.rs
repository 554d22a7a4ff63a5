//! Which servers are trusted, and what is said of the others.

use super::server::{Authority, Identity, accept, accept_tls};
use super::{EventLoop, LONG, SHORT, message};
use crate::transport::{
    CertificateProblem, Connected, ErrorKind, Roots, TlsError, TlsOptions, TlsVersion,
    TransportError, TransportOptions,
};
use crate::url::WebSocketUrl;
use rcgen::{
    BasicConstraints, CertificateParams, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256,
    PKCS_ECDSA_P384_SHA384, PKCS_ED25519, date_time_ymd,
};
use rustls::CertificateError;
use rustls::version::{TLS12, TLS13};
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

fn params(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

fn trusting(roots: Roots) -> TlsOptions {
    TlsOptions {
        roots,
        ..TlsOptions::default()
    }
}

fn insecure() -> TlsOptions {
    TlsOptions {
        insecure: true,
        ..TlsOptions::default()
    }
}

fn connect_to(address: SocketAddr, tls: TlsOptions) -> Result<Connected, TransportError> {
    let address = WebSocketUrl::parse(&format!("wss://localhost:{}/", address.port())).unwrap();
    let options = TransportOptions {
        tls,
        ..TransportOptions::default()
    };
    EventLoop::new().connect(&address, &options, LONG)
}

/// Connects to a server with that identity that stays until the client goes.
fn meet(identity: &Identity, tls: TlsOptions) -> Result<Connected, TransportError> {
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
    let connected = meet(&identity, trusting(authority.roots())).unwrap();
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
    let connected = connect_to(address, trusting(authority.roots())).unwrap();
    assert_eq!(connected.tls.unwrap().version, "TLS 1.2");
}

/// What is wrong with a certificate that was refused, and the certificates that were presented.
fn refused(result: Result<Connected, TransportError>) -> (CertificateProblem, Vec<Vec<u8>>) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Tls);
    match error {
        TransportError::Tls { error, .. } => match *error {
            TlsError::Certificate { problem, presented } => (problem, presented),
            other => panic!("{other}"),
        },
        other => panic!("{other}"),
    }
}

#[test]
fn a_certificate_that_is_not_valid_is_refused_with_the_reason() {
    let authority = Authority::new("Test Authority");
    let (mut expired, mut future) = (params("localhost"), params("localhost"));
    expired.not_after = date_time_ymd(2001, 2, 3);
    future.not_before = date_time_ymd(2999, 12, 31);
    for (params, is_expected) in [
        (
            expired,
            (|error| matches!(error, CertificateError::ExpiredContext { .. })) as fn(_) -> _,
        ),
        (future, |error| {
            matches!(error, CertificateError::NotValidYetContext { .. })
        }),
        (params("a.example"), |error| {
            matches!(error, CertificateError::NotValidForNameContext { .. })
        }),
    ] {
        let identity = authority.issue(&params);
        let (problem, presented) = refused(meet(&identity, trusting(authority.roots())));
        assert_eq!(presented, [identity.certificate()]);
        let CertificateProblem::Invalid(error) = problem else {
            panic!("{problem}");
        };
        assert!(is_expected(error.clone()), "{error}");
    }
}

#[test]
fn an_unknown_issuer_is_not_trusted() {
    let (known, unknown) = (Authority::new("Known"), Authority::new("Unknown"));
    let result = meet(
        &unknown.issue(&params("localhost")),
        trusting(known.roots()),
    );
    assert_eq!(
        message(result),
        "TLS with localhost: the server's certificate is not valid: its issuer is not trusted"
    );
}

/// A certificate that signs itself, as tools for development make it.
fn self_signed(name: &str, is_ca: IsCa) -> (Identity, Roots) {
    let key = KeyPair::generate().unwrap();
    let mut params = params(name);
    params.is_ca = is_ca;
    let certificate = params.self_signed(&key).unwrap();
    let roots = Roots::from_der([certificate.der()]).unwrap();
    (Identity::new(certificate.der().clone(), &key), roots)
}

#[test]
fn a_self_signed_certificate_is_accepted_if_it_is_one_of_the_roots() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (identity, roots) = self_signed("localhost", is_ca);
        meet(&identity, trusting(roots)).unwrap();
        let (problem, _) = refused(meet(&identity, TlsOptions::default()));
        assert!(
            matches!(problem, CertificateProblem::Invalid(_)),
            "{problem}"
        );
    }
}

#[test]
fn a_self_signed_root_must_have_the_name_all_the_same() {
    for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let (identity, roots) = self_signed("a.example", is_ca);
        let (problem, _) = refused(meet(&identity, trusting(roots)));
        let expected = CertificateError::NotValidForNameContext {
            expected: "localhost".try_into().unwrap(),
            presented: vec!["DnsName(\"a.example\")".to_owned()],
        };
        assert_eq!(problem, CertificateProblem::Invalid(expected));
    }
}

#[test]
fn a_ready_configuration_of_rustls_is_used_as_it_is() {
    let authority = Authority::new("Test Authority");
    let identity = authority.issue(&params("localhost"));
    let configured = |roots: rustls::RootCertStore| {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS12])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsOptions {
            client_config: Some(Arc::new(config)),
            // Neither of them counts.
            insecure: true,
            roots: authority.roots(),
            ..TlsOptions::default()
        }
    };
    let info = meet(&identity, configured(authority.store())).unwrap().tls;
    assert_eq!(info.unwrap().version, "TLS 1.2");
    let (problem, _) = refused(meet(&identity, configured(rustls::RootCertStore::empty())));
    let unknown = CertificateError::UnknownIssuer;
    assert_eq!(problem, CertificateProblem::Invalid(unknown));
}

#[test]
fn a_source_that_fails_is_reported_before_anything_is_sent() {
    let unused = SocketAddr::from(([127, 0, 0, 1], 1));
    let roots = Roots::load_with(|| Err("ca.pem: no such file".into()));
    let error = connect_to(unused, trusting(roots.clone())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Options);
    assert_eq!(error.to_string(), "ca.pem: no such file");
    // Whoever needs none does not ask it.
    let tls = TlsOptions {
        insecure: true,
        roots,
        ..TlsOptions::default()
    };
    assert_eq!(
        connect_to(unused, tls).unwrap_err().kind(),
        ErrorKind::Connect
    );
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
            let (problem, _) = refused(meet(&other, options));
            assert_eq!(
                problem,
                CertificateProblem::Unproven,
                "{version} {algorithm:?}"
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
    let options = TransportOptions {
        tls: insecure(),
        ..TransportOptions::default()
    };
    let result = EventLoop::new().connect(&address, &options, SHORT);
    drop(server.join().unwrap());
    assert_eq!(
        message(result),
        "the TLS handshake with 127.0.0.1 took longer than 0.05 s"
    );
}
