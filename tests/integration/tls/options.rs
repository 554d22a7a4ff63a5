//! What the options of TLS do, seen from the server where it can see it.

use crate::harness::{Authority, Nginx, Peer, Run, openssl, sockeye};
use rcgen::SanType;
use std::io::{Read, Write};
use std::path::Path;

/// What the server was told, with these options.
fn asking(nginx: &Nginx, authority: &Authority, options: &[&str]) -> Run {
    let (url, ca) = (nginx.url("/about"), authority.ca());
    let line = [&*url, "--ca", ca.to_str().unwrap(), "-w", "inf", "-1"];
    sockeye(line.iter().chain(options)).run()
}

/// The header field that nginx has told Node, none if it was empty.
#[track_caller]
fn told(run: &Run, field: &str) -> Option<String> {
    run.ends_with_status(0);
    let about: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    about["headers"][field].as_str().map(str::to_owned)
}

#[test]
fn the_server_sees_the_newest_version_that_is_allowed() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), "") else {
        return;
    };
    for (options, version) in [
        (&[][..], "TLSv1.3"),
        (&["--tls-max", "1.2"], "TLSv1.2"),
        (&["--tls-min", "1.3"], "TLSv1.3"),
        (&["--tls-min", "1.2", "--tls-max", "1.3"], "TLSv1.3"),
    ] {
        let run = asking(&nginx, &authority, options);
        assert_eq!(told(&run, "x-protocol").as_deref(), Some(version), "{run}");
    }
}

#[test]
fn a_server_that_is_too_old_is_refused() {
    let authority = Authority::new();
    let old = "ssl_protocols TLSv1.2;";
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), old) else {
        return;
    };
    let run = asking(&nginx, &authority, &["--tls-min", "1.3"]);
    run.ends_with_status(4)
        .says_one_error()
        .says("no version of TLS that is allowed");
    let run = asking(&nginx, &authority, &[]);
    assert_eq!(told(&run, "x-protocol").as_deref(), Some("TLSv1.2"));
}

#[test]
fn the_server_is_told_the_name_that_is_meant() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        let names = ["localhost", "a.example"].map(|name| name.try_into().unwrap());
        params.subject_alt_names = names.map(SanType::DnsName).to_vec();
    });
    let Some(nginx) = Nginx::before_node(&certificate, "") else {
        return;
    };
    for (options, name) in [
        (&[][..], Some("localhost")),
        (&["--servername", "a.example"], Some("a.example")),
        (&["--servername", ""], None),
        (&["--no-servername"], None),
    ] {
        let run = asking(&nginx, &authority, options);
        assert_eq!(told(&run, "x-server-name").as_deref(), name, "{run}");
    }
    let run = asking(&nginx, &authority, &["--servername", "b.example"]);
    run.ends_with_status(4)
        .says("is for localhost, a.example, not for b.example");
}

/// The pin of a certificate's key as OpenSSL makes it.
pub(super) fn pin(folder: &Path, certificate: &str) -> Option<String> {
    for line in [
        &*format!("x509 -in {certificate} -noout -pubkey -out pin.pem"),
        "pkey -pubin -in pin.pem -outform DER -out pin.der",
        "dgst -sha256 -binary -out pin.hash pin.der",
        "base64 -in pin.hash -out pin.text",
    ] {
        openssl(folder, line)?;
    }
    let text = std::fs::read_to_string(folder.join("pin.text")).ok()?;
    Some(format!("sha256//{}", text.trim()))
}

#[test]
fn a_pinned_key_is_accepted_and_any_other_is_not_even_when_anyone_is_trusted() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), "") else {
        return;
    };
    let folder = authority.folder();
    let pins = pin(folder, "server.pem").zip(pin(folder, "ca.pem"));
    let Some((right, wrong)) = pins else {
        return;
    };
    let both = format!("{wrong};{right}");
    for options in [
        &["--pin", &right][..],
        &["--pin", &both],
        &["-k", "--pin", &right],
    ] {
        asking(&nginx, &authority, options).ends_with_status(0);
    }
    for options in [&["--pin", &wrong][..], &["-k", "--pinnedpubkey", &wrong]] {
        asking(&nginx, &authority, options)
            .ends_with_status(4)
            .says_one_error()
            .says(&format!(
                "public key is {right}, which is not among those pinned"
            ));
    }
}

#[test]
fn the_secrets_of_a_session_are_written_where_the_environment_says() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), "") else {
        return;
    };
    let log = authority.folder().join("keys.log");
    for (version, labels) in [
        (
            "1.3",
            &[
                "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                "CLIENT_TRAFFIC_SECRET_0",
                "SERVER_TRAFFIC_SECRET_0",
            ][..],
        ),
        ("1.2", &["CLIENT_RANDOM"]),
    ] {
        let (url, ca) = (nginx.url("/about"), authority.ca());
        let ca = ca.to_str().unwrap();
        sockeye([&*url, "--ca", ca, "-w", "inf", "-1", "--tls-max", version])
            .env("SSLKEYLOGFILE", &log)
            .run()
            .ends_with_status(0);
        let written = std::fs::read_to_string(&log).unwrap();
        let of = |label: &&str| {
            let line = written
                .lines()
                .find(|line| line.split(' ').next() == Some(label));
            line.map(|line| line.split(' ').count())
        };
        for label in labels {
            assert_eq!(of(label), Some(3), "{label}: {written}");
        }
    }
}

#[test]
fn a_log_of_secrets_that_cannot_be_written_is_an_error_for_wss_alone() {
    let log = "/nowhere/at/all/keys.log";
    sockeye(["wss://localhost:9/", "--allow-bad-port", "-x", "a"])
        .env("SSLKEYLOGFILE", log)
        .run()
        .ends_with_status(2)
        .says_one_error()
        .says("SSLKEYLOGFILE: /nowhere/at/all/keys.log: no such file");
    sockeye(["--echo", "-x", "a", "-1"])
        .env("SSLKEYLOGFILE", log)
        .run()
        .ends_with_status(0);
}

#[test]
fn a_folder_of_authorities_has_files_by_their_names_and_by_their_hashes() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), "") else {
        return;
    };
    let other = Authority::other();
    for name in ["mine.pem", "mine.crt", "0a1b2c3d.0"] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(authority.ca(), folder.path().join(name)).unwrap();
        std::fs::copy(other.ca(), folder.path().join("other.cer")).unwrap();
        std::fs::write(folder.path().join("leftover.pem"), "nothing").unwrap();
        let (url, ca) = (nginx.url("/"), folder.path().to_str().unwrap());
        sockeye([&*url, "--ca", ca, "-x", "hi", "-1"])
            .run()
            .ends_with_status(0)
            .prints("hi\n");
    }
    let empty = tempfile::tempdir().unwrap();
    let (url, ca) = (nginx.url("/"), empty.path().to_str().unwrap());
    sockeye([&*url, "--ca", ca, "-x", "hi"])
        .run()
        .ends_with_status(2)
        .says_one_error()
        .says("no certificate in this folder");
}

#[test]
fn an_authority_in_der_is_read_as_well() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), "") else {
        return;
    };
    if openssl(
        authority.folder(),
        "x509 -in ca.pem -outform DER -out ca.der",
    )
    .is_some()
    {
        let (url, ca) = (nginx.url("/"), authority.folder().join("ca.der"));
        sockeye([&*url, "--ca", ca.to_str().unwrap(), "-x", "hi", "-1"])
            .run()
            .ends_with_status(0);
    }
}

#[test]
fn ca_replaces_the_systems_authorities_and_ca_native_adds_them() {
    let (system, named) = (Authority::new(), Authority::other());
    let Some(nginx) = Nginx::before_node(&system.server_with(|_| {}), "") else {
        return;
    };
    let (url, named, system) = (nginx.url("/"), named.ca(), system.ca());
    let [named, both] = [&named, &system].map(|ca| ca.to_str().unwrap());
    let run = |options: &[&str]| {
        sockeye([&[&url, "-x", "hi", "-1"], options].concat())
            .env("SSL_CERT_FILE", &system)
            .run()
    };
    for trusting in [
        &[][..],
        &["--ca-native"],
        &["--ca", named, "--ca-native"],
        &["--ca", named, "--cacert", both],
        &["--ca", both, "--ca-only"],
    ] {
        run(trusting).ends_with_status(0).prints("hi\n");
    }
    for refusing in [&["--ca", named][..], &["--cacert", named, "--ca-only"]] {
        run(refusing)
            .ends_with_status(4)
            .says_one_error()
            .says("which is not trusted");
    }
}

#[test]
fn the_systems_authorities_are_not_read_when_ca_replaces_them() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::before_node(&authority.server_with(|_| {}), "") else {
        return;
    };
    let (url, ca) = (nginx.url("/"), authority.ca());
    let line = [&*url, "--ca", ca.to_str().unwrap(), "-x", "hi", "-1"];
    let run = |options: &[&str]| {
        sockeye(line.iter().chain(options))
            .env("SSL_CERT_FILE", "/nowhere/at/all")
            .run()
    };
    run(&[]).ends_with_status(0).prints("hi\n");
    run(&["--ca-native"])
        .ends_with_status(2)
        .says("SSL_CERT_FILE: /nowhere/at/all");
}

#[test]
fn plain_http_to_a_port_of_tls_says_which_scheme_to_use() {
    let authority = Authority::new();
    let Some(nginx) = Nginx::serving(&authority.server_with(|_| {}), "") else {
        return;
    };
    let url = format!("ws://localhost:{}/", nginx.port());
    sockeye([&*url, "-x", "a"])
        .run()
        .ends_with_status(5)
        .says_one_error()
        .says("use wss://");
}

#[test]
fn a_tls_alert_in_answer_to_plain_http_says_which_scheme_to_use() {
    let peer = Peer::tcp(|mut stream| {
        let _ = stream.read(&mut [0; 4096]).unwrap();
        // A fatal alert, unexpected_message (RFC 8446 §6).
        stream.write_all(&[0x15, 3, 3, 0, 2, 2, 10]).unwrap();
    });
    sockeye([peer.url(), "-x", "a"])
        .run()
        .ends_with_status(5)
        .says_one_error()
        .says("wss://");
}
