//! Client certificates: nginx wants one of its authority, and Node's `ws` behind it hears whose.

use crate::harness::{Authority, Nginx, Peer, Run, Sockeye, Terminal, openssl, sockeye};
use rustls::version::{TLS12, TLS13};
use std::io::Write;
use std::path::Path;

const PASSPHRASE: &str = "open sesame";

/// nginx that talks to clients of this authority only.
pub(super) fn for_clients_of(authority: &Authority) -> Option<Nginx> {
    let ca = authority.ca();
    let directives = format!(
        "ssl_verify_client on; ssl_client_certificate {};",
        ca.display()
    );
    Nginx::before_node(&authority.server_with(|_| {}), &directives)
}

/// Asks nginx who we are, with these options.
pub(super) fn asking(nginx: &Nginx, authority: &Authority, options: &[&str]) -> Sockeye {
    let (url, ca) = (nginx.url("/about"), authority.ca());
    let line = [&*url, "--ca", ca.to_str().unwrap(), "-w", "inf", "-1"];
    sockeye(line.iter().chain(options))
}

#[track_caller]
pub(super) fn is_alice(run: &Run) {
    run.ends_with_status(0);
    let heard = String::from_utf8_lossy(&run.stdout);
    assert!(heard.contains(r#""x-client":"CN=alice""#), "{run}");
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

#[test]
fn a_certificate_is_shown_in_whatever_form_its_files_have() {
    let authority = Authority::new();
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let folder = authority.folder();
    authority.client("alice");
    std::fs::write(folder.join("pass"), format!("{PASSPHRASE}\n")).unwrap();
    for line in [
        "x509 -in alice.pem -outform DER -out alice.der",
        "pkcs8 -topk8 -nocrypt -in alice.key -outform DER -out alice.key.der",
        "pkcs8 -topk8 -in alice.key -passout file:pass -out alice.locked",
        "pkcs12 -export -in alice.pem -inkey alice.key -passout file:pass -out alice.p12",
    ] {
        if openssl(folder, line).is_none() {
            return;
        }
    }
    let both = ["alice.pem", "alice.key"].map(|name| std::fs::read(folder.join(name)).unwrap());
    std::fs::write(folder.join("both.pem"), both.concat()).unwrap();
    for (certificate, key, locked) in [
        ("alice.pem", Some("alice.key"), false),
        ("both.pem", None, false),
        ("alice.der", Some("alice.key.der"), false),
        ("alice.pem", Some("alice.locked"), true),
        ("alice.p12", None, true),
    ] {
        let certificate = path(folder, certificate);
        let mut options = vec!["--cert", &certificate];
        let key = key.map(|key| path(folder, key));
        options.extend(key.iter().flat_map(|key| ["--key", key]));
        if locked {
            options.extend(["--passphrase", PASSPHRASE]);
        }
        is_alice(&asking(&nginx, &authority, &options).run());
    }
}

#[test]
fn a_redirect_to_another_origin_leaves_the_certificate_behind() {
    let authority = Authority::new();
    let optional = format!(
        "ssl_verify_client optional; ssl_client_certificate {};",
        authority.ca().display()
    );
    let certificate = authority.server_with(|_| {});
    let Some(there) = Nginx::before_node(&certificate, &optional) else {
        return;
    };
    let away = there.url("/about").replace("wss", "https");
    let redirects = format!(
        "{optional}
        location = /away {{ return 302 {away}; }}
        location = /stay {{ return 302 /about; }}"
    );
    let Some(here) = Nginx::before_node(&certificate, &redirects) else {
        return;
    };
    let alice = authority.client("alice");
    let [cert, key, ca] =
        [alice.cert, alice.key, authority.ca()].map(|path| path.display().to_string());
    let options = ["-L", "--ca", &ca, "--cert", &cert, "--key", &key];
    let follow = |path: &str| {
        let line = [&here.url(path), "-w", "inf", "-1"];
        sockeye(line.iter().chain(&options)).run()
    };
    is_alice(&follow("/stay"));
    let run = follow("/away");
    run.ends_with_status(0);
    let heard = String::from_utf8_lossy(&run.stdout);
    assert!(heard.contains("x-protocol"), "{run}");
    assert!(!heard.contains("alice"), "{run}");
}

#[test]
fn verbose_tells_that_a_certificate_was_asked_for() {
    let authority = Authority::new();
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let alice = authority.client("alice");
    let [cert, key] = [alice.cert, alice.key].map(|path| path.display().to_string());
    asking(&nginx, &authority, &["-v", "--cert", &cert, "--key", &key])
        .run()
        .says("* Client certificate: asked for, sent")
        .says("*   for: localhost");
    asking(&nginx, &authority, &["-v"])
        .run()
        .says("* Client certificate: asked for, none");
}

#[test]
fn a_passphrase_comes_from_a_file_or_the_environment_as_well() {
    let authority = Authority::new();
    authority.client("alice");
    let Some((nginx, options)) = with_locked_key(&authority) else {
        return;
    };
    let folder = authority.folder();
    let file = format!("@{}", path(folder, "pass"));
    for source in ["env:ALICE", &file] {
        let mut options: Vec<_> = options.iter().map(String::as_str).collect();
        options.extend(["--passphrase", source]);
        let asking = asking(&nginx, &authority, &options).env("ALICE", PASSPHRASE);
        is_alice(&asking.run());
    }
}

/// nginx, and the options for a certificate whose key is encrypted.
fn with_locked_key(authority: &Authority) -> Option<(Nginx, Vec<String>)> {
    let folder = authority.folder();
    std::fs::write(folder.join("pass"), format!("{PASSPHRASE}\n")).unwrap();
    let lock = "pkcs8 -topk8 -in alice.key -passout file:pass -out alice.locked";
    openssl(folder, lock)?;
    let [certificate, key] = ["alice.pem", "alice.locked"].map(|name| path(folder, name));
    let options = ["--cert".to_owned(), certificate, "--key".to_owned(), key];
    Some((for_clients_of(authority)?, options.to_vec()))
}

#[test]
fn a_missing_passphrase_is_asked_for_at_the_terminal_and_not_echoed() {
    let authority = Authority::new();
    authority.client("alice");
    let Some((nginx, options)) = with_locked_key(&authority) else {
        return;
    };
    let (url, ca) = (nginx.url("/about"), authority.ca());
    for asked in [&["--passphrase"][..], &[]] {
        let mut line = vec![&*url, "--ca", ca.to_str().unwrap()];
        line.extend(options.iter().map(String::as_str));
        line.extend(asked);
        let mut terminal = Terminal::start(&line);
        terminal.shows("Passphrase for").enters(PASSPHRASE);
        terminal.shows("OPEN").shows("CN=alice");
        terminal.enters("/quit").ends_with_status(0);
        let transcript = String::from_utf8_lossy(&terminal.transcript()).into_owned();
        assert!(!transcript.contains(PASSPHRASE), "{transcript}");
    }
}

#[test]
fn asking_for_a_passphrase_ends_with_ctrl_c() {
    let authority = Authority::new();
    authority.client("alice");
    let Some((nginx, options)) = with_locked_key(&authority) else {
        return;
    };
    let url = nginx.url("/");
    let mut line = vec![&*url];
    line.extend(options.iter().map(String::as_str));
    let mut terminal = Terminal::start(&line);
    terminal.shows("Passphrase for").types("half\u{3}");
    terminal.ends_with_status(130);
}

#[test]
fn a_wrong_passphrase_is_one_line_and_not_repeated() {
    let authority = Authority::new();
    authority.client("alice");
    let Some((nginx, options)) = with_locked_key(&authority) else {
        return;
    };
    let mut options: Vec<_> = options.iter().map(String::as_str).collect();
    options.extend(["--passphrase", "guessed"]);
    let run = asking(&nginx, &authority, &options).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("alice.locked: the passphrase is wrong")
        .does_not_say("guessed");
}

#[test]
fn a_key_of_another_certificate_is_one_line() {
    let authority = Authority::new();
    let (alice, bob) = (authority.client("alice"), authority.client("bob"));
    let [cert, key] = [alice.cert, bob.key].map(|path| path.display().to_string());
    let run = sockeye(["wss://localhost:443/", "--cert", &cert, "--key", &key]).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("bob.key: its private key does not belong to the certificate in");
}

#[test]
fn nginx_without_the_certificate_it_wants_is_explained() {
    let authority = Authority::new();
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let run = asking(&nginx, &authority, &[]).run();
    run.ends_with_status(5)
        .says_one_error()
        .says("No required SSL certificate was sent")
        .says("--cert FILE");
}

#[test]
fn nginx_with_a_certificate_of_another_authority_is_explained() {
    let (authority, other) = (Authority::new(), Authority::other());
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let mallory = other.client("mallory");
    let [cert, key] = [mallory.cert, mallory.key].map(|path| path.display().to_string());
    let run = asking(&nginx, &authority, &["--cert", &cert, "--key", &key]).run();
    run.ends_with_status(5)
        .says_one_error()
        .says("is --cert from an authority that the server trusts");
}

/// A server whose handshake fails for want of a right certificate; it says so by an alert.
fn strict(
    authority: &Authority,
    version: &'static rustls::SupportedProtocolVersion,
) -> Peer<Option<rustls::Error>> {
    let config = authority.server_for_clients(&[version]);
    Peer::tcp(move |mut stream| {
        let mut tls = rustls::ServerConnection::new(config).unwrap();
        let error = loop {
            match tls.complete_io(&mut stream) {
                Ok((0, 0)) => break None,
                Ok(_) => {}
                Err(error) => break error.into_inner(),
            }
        };
        // Read to the end, so that the alert is not lost to a reset.
        let _ = stream.flush();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
        error
            .and_then(|error| error.downcast().ok())
            .map(|error| *error)
    })
}

#[test]
fn an_alert_for_want_of_a_certificate_is_status_4_and_names_the_option() {
    let (authority, other) = (Authority::new(), Authority::other());
    let mallory = other.client("mallory");
    let [cert, key] = [mallory.cert, mallory.key].map(|path| path.display().to_string());
    for version in [&TLS12, &TLS13] {
        let peer = strict(&authority, version);
        let url = format!("wss://localhost:{}/", peer.port());
        let run = sockeye([&*url, "-k", "-x", "a"]).run();
        run.ends_with_status(4)
            .says_one_error()
            .says("the server wants a client certificate (alert ")
            .says("--cert FILE");
        assert_eq!(peer.finish(), Some(rustls::Error::NoCertificatesPresented));

        let peer = strict(&authority, version);
        let url = format!("wss://localhost:{}/", peer.port());
        let run = sockeye([&*url, "-k", "-x", "a", "--cert", &cert, "--key", &key]).run();
        run.ends_with_status(4)
            .says_one_error()
            .says("the server does not accept the client certificate (alert ");
        peer.finish();
    }
}

/// A server that wants a certificate, and is gone without a word when it has that or none.
fn silent(authority: &Authority) -> Peer {
    let config = authority.server_for_clients(&[&TLS13]);
    Peer::tcp(move |mut stream| {
        let mut tls = rustls::ServerConnection::new(config).unwrap();
        while tls.wants_read() && !tls.wants_write() {
            tls.read_tls(&mut stream).unwrap();
            tls.process_new_packets().unwrap();
        }
        while tls.wants_write() {
            tls.write_tls(&mut stream).unwrap();
        }
        // What the client says next is read and not looked at.
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    })
}

#[test]
fn a_server_that_hangs_up_over_a_certificate_is_explained() {
    let authority = Authority::new();
    let alice = authority.client("alice");
    let [cert, key] = [alice.cert, alice.key].map(|path| path.display().to_string());
    for (options, words, advice) in [
        (&[][..], "has asked for a client certificate", "--cert FILE"),
        (
            &["--cert", &cert, "--key", &key],
            "closed the connection upon the client certificate",
            "an authority that the server trusts",
        ),
    ] {
        let peer = silent(&authority);
        let url = format!("wss://localhost:{}/", peer.port());
        let line = [&*url, "-k", "-x", "a"];
        let run = sockeye(line.iter().chain(options)).run();
        run.ends_with_status(4)
            .says_one_error()
            .says(words)
            .says(advice);
    }
}
