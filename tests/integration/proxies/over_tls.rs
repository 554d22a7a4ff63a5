//! HTTP proxies that are spoken to over TLS.

use super::*;

type Encrypted<S> = StreamOwned<ServerConnection, S>;

fn encrypted<S: Read + Write>(config: Arc<rustls::ServerConfig>, stream: S) -> Encrypted<S> {
    StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
}

fn proxy(authority: &Authority, serve: impl FnOnce(Encrypted<TcpStream>) + Send + 'static) -> Peer {
    let config = authority.server();
    Peer::tcp(move |stream| {
        let mut stream = encrypted(config, stream);
        let head = wire::read_head(&mut stream);
        assert!(head.starts_with("CONNECT "), "{head}");
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        serve(stream);
    })
}

fn url(peer: &Peer) -> String {
    format!("https://localhost:{}", peer.port())
}

#[test]
fn an_https_proxy_is_trusted_by_its_own_options() {
    let authority = Authority::new();
    let ca = authority.ca();
    for option in [
        &["--proxy-cacert", ca.to_str().unwrap()][..],
        &["--proxy-insecure"],
    ] {
        let proxy = proxy(&authority, |mut stream| drop(serve(&mut stream)));
        let url = url(&proxy);
        let run = sockeye([&[SERVER, "--proxy", &url, "-1"], option].concat()).run();
        run.ends_with_status(0).prints("through\n");
    }
}

#[test]
fn an_https_proxy_that_nobody_knows_is_status_4_and_learns_nothing() {
    let authority = Authority::new();
    for option in [
        &[][..],
        &["-k"],
        &["--ca", authority.ca().to_str().unwrap()],
    ] {
        let proxy = untrusted(&authority);
        let url = format!("https://alice:s3cret@localhost:{}", proxy.port());
        let run = sockeye([&[SERVER, "--proxy", &url, "-1"], option].concat()).run();
        run.ends_with_status(4).says_one_error();
        run.says("the proxy https://localhost")
            .says("--proxy-cacert")
            .does_not_say("s3cret");
    }
}

#[test]
fn proxy_cacert_replaces_the_systems_authorities_and_proxy_ca_native_adds_them() {
    let (system, named) = (Authority::new(), Authority::other());
    let (system_ca, named_ca) = (system.ca(), named.ca());
    let run = |proxy: &Peer, native: &[&str]| {
        let url = url(proxy);
        let line = [
            "--proxy",
            &url,
            "--proxy-cacert",
            named_ca.to_str().unwrap(),
        ];
        sockeye([&[SERVER, "-1"], &line[..], native].concat())
            .env("SSL_CERT_FILE", &system_ca)
            .run()
    };
    let trusted = proxy(&system, |mut stream| drop(serve(&mut stream)));
    run(&trusted, &["--proxy-ca-native"]).ends_with_status(0);
    let refused = untrusted(&system);
    run(&refused, &[]).ends_with_status(4).says_one_error();
}

/// A proxy whose client is expected to leave during the TLS handshake.
fn untrusted(authority: &Authority) -> Peer {
    let config = authority.server();
    Peer::tcp(move |stream| {
        let mut stream = encrypted(config, stream);
        assert!(stream.read(&mut [0]).is_err(), "it has been asked");
    })
}

#[test]
fn a_proxy_without_tls_is_told_apart() {
    let proxy = Peer::tcp(|mut stream| {
        take::<5>(&mut stream);
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = proxied(&url(&proxy), SERVER);
    run.ends_with_status(4).says_one_error().says("http://");
    run.does_not_say("ws://");
}

#[test]
fn tls_goes_through_tls_in_both_directions() {
    let (outer, inner) = (Authority::new(), Authority::certifying("server.invalid"));
    let config = inner.server();
    let proxy = proxy(&outer, move |stream| {
        let mut socket = tungstenite::accept(encrypted(config, stream)).unwrap();
        let message = socket.read().unwrap();
        socket.send(message).unwrap();
        while socket.read().is_ok() {}
    });
    let (outer_ca, inner_ca) = (outer.ca(), inner.ca());
    let mut message = String::new();
    for number in 0..400_000 {
        message.push_str(&number.to_string());
    }
    let url = url(&proxy);
    let line = [
        "wss://server.invalid/",
        "--proxy",
        &url,
        "--proxy-cacert",
        outer_ca.to_str().unwrap(),
        "--ca",
        inner_ca.to_str().unwrap(),
        "--no-compress",
        "-1",
    ];
    let run = sockeye(line).stdin(message.clone()).run();
    run.ends_with_status(0).prints(message + "\n");
}

#[test]
fn both_handshakes_are_told() {
    let (outer, inner) = (Authority::new(), Authority::certifying("server.invalid"));
    let config = inner.server();
    let proxy = proxy(&outer, move |stream| {
        let mut socket = tungstenite::accept(encrypted(config, stream)).unwrap();
        socket.send(Message::text("hi")).unwrap();
        while socket.read().is_ok() {}
    });
    let url = url(&proxy);
    let line = [
        "wss://server.invalid/",
        "--proxy",
        &url,
        "--proxy-insecure",
        "-k",
        "-v",
        "-1",
    ];
    let run = sockeye(line).run();
    run.ends_with_status(0)
        .says("> CONNECT server.invalid:443 HTTP/1.1");
    assert_eq!(run.stderr.matches("TLS 1.3").count(), 2, "{run}");
}
