//! What is advised when TLS fails: nothing that is in use already, and `ws://` only where the server
//! has answered in another protocol.

use crate::harness::{Authority, Certificate, Nginx, Peer, Terminal, openssl, sockeye};
use std::io::{Read, Write};

#[test]
fn a_refused_certificate_is_no_reason_to_do_without_tls() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::serving(&authority.server_with(|_| {}), "") else {
        return;
    };
    let mut terminal = Terminal::start(&[&nginx.url("/")]);
    terminal.shows("which is not trusted").shows("CLOSED");
    let transcript = String::from_utf8_lossy(&terminal.transcript()).into_owned();
    assert!(transcript.contains("--ca FILE"), "{transcript}");
    assert!(!transcript.contains("ws://"), "{transcript}");
}

#[test]
fn an_answer_that_is_not_tls_is_a_reason() {
    let peer = Peer::tcp(|mut stream| {
        let _ = stream.read(&mut [0; 4096]).unwrap();
        let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let url = format!("wss://localhost:{}/", peer.port());
    sockeye([&*url, "-n", "-x", "a"])
        .run()
        .ends_with_status(4)
        .says_one_error()
        .says("the server does not speak TLS on this port; use ws:// for it");
}

#[test]
fn a_connection_that_is_closed_without_an_answer_is_no_reason() {
    let peer = Peer::tcp(|mut stream| {
        let _ = stream.read(&mut [0; 4096]).unwrap();
    });
    let url = format!("wss://localhost:{}/", peer.port());
    sockeye([&*url, "-x", "a"])
        .run()
        .ends_with_status(4)
        .says_one_error()
        .does_not_say("ws://")
        .does_not_say("-n trusts");
}

#[test]
fn an_option_in_use_is_not_recommended() {
    let (system, named) = (Authority::new(), Authority::other());
    let Some(nginx) = Nginx::serving(&system.server_with(|_| {}), "") else {
        return;
    };
    let (url, named, system) = (nginx.url("/"), named.ca(), system.ca());
    let [named, system] = [&named, &system].map(|ca| ca.to_str().unwrap());
    for (options, said, unsaid) in [
        (&[][..], "--ca FILE", "--ca-native"),
        (&["--ca", named], "--ca-native trusts", "--ca FILE"),
        (&["--ca", named, "--ca-native"], "-n trusts", "--ca"),
        (
            &["--ca", system, "--servername", "a.example"],
            "-n trusts",
            "--servername",
        ),
    ] {
        let run = sockeye([&[&*url, "-x", "a"], options].concat())
            .env("SSL_CERT_FILE", named)
            .run();
        run.ends_with_status(4).says(said);
        let advice = run.stderr.lines().last().unwrap_or_default();
        assert!(!advice.contains(unsaid), "{run}");
    }
    let wrong = format!("sha256//{}=", "A".repeat(43));
    sockeye([&*url, "-n", "--pin", &wrong, "-x", "a"])
        .run()
        .ends_with_status(4)
        .says("not among those pinned")
        .does_not_say("-n ")
        .does_not_say("--pin");
}

#[test]
fn versions_are_advised_on_only_if_they_are_limited() {
    let authority = Authority::new();
    let certificate = authority.server_with(|_| {});
    let Some(new) = Nginx::serving(&certificate, "ssl_protocols TLSv1.3;") else {
        return;
    };
    sockeye([&*new.url("/"), "-n", "--tls-max", "1.2", "-x", "a"])
        .run()
        .ends_with_status(4)
        .says("no version of TLS that is allowed here")
        .says("without --tls-min and --tls-max");
    let old = "ssl_protocols TLSv1.1; ssl_ciphers DEFAULT@SECLEVEL=0;";
    let Some(old) = Nginx::serving(&certificate, old) else {
        return;
    };
    sockeye([&*old.url("/"), "-n", "-x", "a"])
        .run()
        .ends_with_status(4)
        .says("no version of TLS that is allowed here")
        .says("TLS 1.2 and 1.3 are")
        .does_not_say("--tls-");
}

#[test]
fn a_server_of_old_suites_is_told_which_it_would_have_to_speak() {
    let authority = Authority::new();
    let folder = authority.folder();
    let make = "req -x509 -newkey rsa:2048 -nodes -keyout old.key -subj /CN=localhost -out old.pem";
    if openssl(folder, make).is_none() {
        return;
    }
    let [cert, key] = ["old.pem", "old.key"].map(|name| folder.join(name));
    let certificate = Certificate { cert, key };
    let device = "ssl_protocols TLSv1.2; ssl_ciphers AES128-SHA256:AES128-GCM-SHA256;";
    let Some(nginx) = Nginx::serving(&certificate, device) else {
        return;
    };
    let run = sockeye([&*nginx.url("/"), "-n", "-x", "a"]).run();
    run.ends_with_status(4)
        .says_one_error()
        .says("no cipher suite")
        .says("it would have to speak TLS 1.3, or TLS 1.2 with one of TLS_ECDHE_")
        .says("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        .does_not_say("ws://")
        .does_not_say("-n trusts");
    let run = sockeye([&*nginx.url("/"), "-n", "--tls-max", "1.2", "-x", "a"]).run();
    run.says("it would have to speak TLS 1.2 with one of TLS_ECDHE_");
}
