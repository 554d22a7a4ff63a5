//! Certificates that must not be trusted, each refused with its own reason and status 4.

use crate::harness::{Authority, Certificate, Nginx, Run, Terminal, openssl, sockeye};
use rcgen::{BasicConstraints, DnType, ExtendedKeyUsagePurpose, IsCa, date_time_ymd};

/// nginx with keys and hashes of any weakness.
const ANYTHING: &str = "ssl_ciphers DEFAULT@SECLEVEL=0;";

/// Meets a server with this certificate while trusting that authority; none without nginx.
fn meet(certificate: &Certificate, authority: &Authority) -> Option<Run> {
    let nginx = Nginx::serving(certificate, ANYTHING)?;
    let ca = authority.ca();
    let run = sockeye([&*nginx.url("/"), "--ca", ca.to_str()?, "-x", "secret"]).run();
    Some(run)
}

#[track_caller]
fn is_refused(run: &Run, reason: &str) {
    run.ends_with_status(4)
        .says_one_error()
        .says(&format!("TLS with localhost: {reason}"))
        .says("subject")
        .says("names")
        .says("valid")
        .says("issued by")
        .prints("");
}

#[test]
fn an_expired_certificate() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        params.not_before = date_time_ymd(2001, 1, 1);
        params.not_after = date_time_ymd(2001, 2, 3);
    });
    if let Some(run) = meet(&certificate, &authority) {
        is_refused(
            &run,
            "the server's certificate expired on 2001-02-03 00:00:00 UTC",
        );
        run.says("2001-01-01 00:00:00 UTC to 2001-02-03 00:00:00 UTC");
    }
}

#[test]
fn an_expired_certificate_of_an_authority_in_between() {
    let authority = Authority::new();
    let certificate = authority.server_below("in between", |params| {
        params.not_after = date_time_ymd(2001, 2, 3);
    });
    if let Some(run) = meet(&certificate, &authority) {
        is_refused(
            &run,
            "the certificate of 'in between' in the server's chain expired on \
             2001-02-03 00:00:00 UTC",
        );
    }
}

#[test]
fn a_chain_that_leads_to_a_trusted_authority_is_accepted() {
    let authority = Authority::new();
    let certificate = authority.server_below("in between", |_| {});
    if let Some(nginx) = Nginx::before_node(&certificate, "") {
        let ca = authority.ca();
        sockeye([
            &*nginx.url("/"),
            "--ca",
            ca.to_str().unwrap(),
            "-x",
            "hi",
            "-1",
        ])
        .run()
        .ends_with_status(0)
        .prints("hi\n");
    }
}

#[test]
fn a_certificate_that_is_not_yet_valid() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        params.not_before = date_time_ymd(2999, 12, 31);
        params.not_after = date_time_ymd(3000, 12, 31);
    });
    if let Some(run) = meet(&certificate, &authority) {
        let reason = "the server's certificate is not valid before 2999-12-31 00:00:00 UTC";
        is_refused(&run, reason);
    }
}

#[test]
fn a_certificate_for_another_name() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        let names = ["a.example", "127.0.0.7"].map(|name| name.try_into().unwrap());
        params.subject_alt_names = names.map(rcgen::SanType::DnsName).to_vec();
    });
    if let Some(run) = meet(&certificate, &authority) {
        let reason = "the server's certificate is for a.example, 127.0.0.7, not for localhost";
        is_refused(&run, reason);
        run.says("--servername");
    }
}

#[test]
fn a_certificate_of_an_unknown_issuer() {
    let (known, unknown) = (Authority::new(), Authority::other());
    let certificate = unknown.server_with(|_| {});
    if let Some(run) = meet(&certificate, &known) {
        let issuer = "'another authority'";
        let reason =
            format!("the server's certificate is issued by {issuer}, which is not trusted");
        is_refused(&run, &reason);
        run.says("--ca");
    }
}

#[test]
fn a_chain_that_leads_to_an_unknown_issuer() {
    let (known, unknown) = (Authority::new(), Authority::other());
    let certificate = unknown.server_below("in between", |_| {});
    if let Some(run) = meet(&certificate, &known) {
        is_refused(
            &run,
            "the chain of the server's certificate leads to 'another authority', \
             which is not trusted",
        );
        run.says("issued by  CN=in between\nissued by  CN=another authority\n");
    }
}

#[test]
fn a_certificate_of_a_namesake() {
    let (known, namesake) = (Authority::new(), Authority::new());
    let certificate = namesake.server_with(|_| {});
    if let Some(run) = meet(&certificate, &known) {
        is_refused(
            &run,
            "the server's certificate is not signed by the 'an authority for tests' that is trusted",
        );
    }
}

#[test]
fn a_certificate_that_signs_itself() {
    let authority = Authority::new();
    let certificate = Certificate::self_signed(authority.folder());
    if let Some(run) = meet(&certificate, &authority) {
        is_refused(
            &run,
            "the server's certificate is self-signed and not among the trusted ones",
        );
        run.says("--ca");
    }
}

#[test]
fn a_certificate_for_clients() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    if let Some(run) = meet(&certificate, &authority) {
        is_refused(
            &run,
            "the server's certificate is for clients, not for servers",
        );
    }
}

#[test]
fn a_certificate_of_an_authority() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    if let Some(run) = meet(&certificate, &authority) {
        is_refused(
            &run,
            "the server's certificate is one of an authority, not of a server",
        );
    }
}

/// A certificate made by OpenSSL, with a key and a signature as asked for; the names are right.
fn made_by_openssl(authority: &Authority, key: &str, hash: &str) -> Option<Certificate> {
    let folder = authority.folder();
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").ok()?;
    openssl(folder, &format!("genrsa -out weak.key {key}"))?;
    openssl(
        folder,
        "req -new -key weak.key -subj /CN=localhost -out weak.csr",
    )?;
    let sign = format!(
        "x509 -req -{hash} -in weak.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 \
         -extfile names -out weak.pem"
    );
    openssl(folder, &sign)?;
    Some(Certificate {
        cert: folder.join("weak.pem"),
        key: folder.join("weak.key"),
    })
}

#[test]
fn a_certificate_signed_with_sha_1() {
    let authority = Authority::new();
    let made = made_by_openssl(&authority, "2048", "sha1");
    if let Some(run) = made.and_then(|certificate| meet(&certificate, &authority)) {
        is_refused(
            &run,
            "the server's certificate has a weak signature: SHA-1 with ECDSA",
        );
    }
}

#[test]
fn a_certificate_whose_key_is_short() {
    let authority = Authority::new();
    let made = made_by_openssl(&authority, "1024", "sha256");
    if let Some(run) = made.and_then(|certificate| meet(&certificate, &authority)) {
        is_refused(
            &run,
            "the server's key is too weak: RSA with 1024 bits, where 2048 are the least",
        );
    }
}

#[test]
fn a_certificate_signed_with_a_short_key() {
    let authority = Authority::new();
    let folder = authority.folder();
    let made = openssl(folder, "genrsa -out ca.key 1024")
        .and_then(|()| {
            openssl(
                folder,
                "req -x509 -key ca.key -subj /CN=short -days 30 -out ca.pem",
            )
        })
        .and_then(|()| made_by_openssl(&authority, "2048", "sha256"));
    if let Some(run) = made.and_then(|certificate| meet(&certificate, &authority)) {
        is_refused(
            &run,
            "the server's certificate has a weak signature: RSA with 1024 bits",
        );
    }
}

#[test]
fn names_that_could_steer_a_terminal_are_escaped() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        let name = "evil\u{1b}[2J";
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_after = date_time_ymd(2001, 2, 3);
    });
    if let Some(run) = meet(&certificate, &authority) {
        run.ends_with_status(4).does_not_say("\u{1b}").says("evil");
    }
}

#[test]
fn quiet_leaves_the_error_line_alone() {
    let (known, unknown) = (Authority::new(), Authority::other());
    let Some(nginx) = Nginx::serving(&unknown.server_with(|_| {}), "") else {
        return;
    };
    let ca = known.ca();
    let run = sockeye([
        &*nginx.url("/"),
        "--ca",
        ca.to_str().unwrap(),
        "-x",
        "a",
        "-q",
    ])
    .run();
    run.ends_with_status(4).says_one_error();
    assert_eq!(run.stderr.lines().count(), 1, "{run}");
}

#[test]
fn the_interactive_client_shows_the_certificate_as_well() {
    let (known, unknown) = (Authority::new(), Authority::other());
    let Some(nginx) = Nginx::serving(&unknown.server_with(|_| {}), "") else {
        return;
    };
    let (url, ca) = (nginx.url("/"), known.ca());
    let mut terminal = Terminal::start(&[&url, "--ca", ca.to_str().unwrap()]);
    terminal
        .shows("which is not trusted")
        .shows("subject  CN=localhost")
        .shows("issued by  CN=another authority")
        .shows("CLOSED");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn with_json_the_reason_is_one_line_of_an_event() {
    let (known, unknown) = (Authority::new(), Authority::other());
    let Some(nginx) = Nginx::serving(&unknown.server_with(|_| {}), "") else {
        return;
    };
    let ca = known.ca();
    let run = sockeye([&*nginx.url("/"), "--ca", ca.to_str().unwrap(), "--json"]).run();
    run.ends_with_status(4);
    let events: Vec<serde_json::Value> = String::from_utf8_lossy(&run.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let error = events.iter().find(|event| event["type"] == "error");
    let message = error.and_then(|event| event["message"].as_str()).unwrap();
    assert!(message.ends_with("which is not trusted"), "{message}");
}
