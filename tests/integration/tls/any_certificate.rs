//! `-n` takes any certificate that OpenSSL makes, and verifies the server's signature wherever that
//! is possible.

use super::options::pin;
use crate::harness::{Authority, Certificate, Nginx, RealPeer, Run, openssl, sockeye};
use std::path::Path;

/// A kind of certificate, and what has OpenSSL make it.
struct Kind {
    name: &'static str,
    /// The options of `genpkey`.
    key: &'static str,
    /// The options of `x509` for its extensions.
    extensions: &'static str,
    /// Whether the key's signature in TLS 1.2 and in TLS 1.3 is verified; none if TLS of that
    /// version has no such key.
    verified: [Option<bool>; 2],
}

const NAMED: &str = "-extfile named";
const P_256: &str = "EC -pkeyopt ec_paramgen_curve:P-256";

const KINDS: [Kind; 7] = [
    Kind {
        name: "v1",
        key: P_256,
        extensions: "",
        verified: [Some(true), Some(true)],
    },
    Kind {
        name: "critical",
        key: P_256,
        extensions: "-extfile critical",
        verified: [Some(true), Some(true)],
    },
    Kind {
        name: "p521",
        key: "EC -pkeyopt ec_paramgen_curve:P-521",
        extensions: NAMED,
        verified: [Some(true), Some(true)],
    },
    Kind {
        name: "rsa2048",
        key: "RSA -pkeyopt rsa_keygen_bits:2048",
        extensions: "",
        verified: [Some(true), Some(true)],
    },
    Kind {
        name: "rsa1024",
        key: "RSA -pkeyopt rsa_keygen_bits:1024",
        extensions: NAMED,
        verified: [Some(true), Some(false)],
    },
    Kind {
        name: "rsa-pss",
        key: "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        extensions: NAMED,
        verified: [None, Some(true)],
    },
    Kind {
        name: "ed448",
        key: "ED448",
        extensions: NAMED,
        verified: [None, Some(false)],
    },
];

impl Kind {
    fn called(name: &str) -> &'static Self {
        let kind = KINDS.iter().find(|kind| kind.name == name);
        kind.unwrap_or_else(|| panic!("no kind of certificate is called {name}"))
    }

    /// A certificate of this kind that signs itself.
    fn make(&self, folder: &Path) -> Option<Certificate> {
        let name = self.name;
        let localhost = "subjectAltName=DNS:localhost\n";
        std::fs::write(folder.join("named"), localhost).unwrap();
        let critical = format!("{localhost}1.2.3.4=critical,DER:0500\n");
        std::fs::write(folder.join("critical"), critical).unwrap();
        for line in [
            format!("genpkey -algorithm {} -out {name}.key", self.key),
            format!("req -new -key {name}.key -subj /CN=localhost -out {name}.csr"),
            format!(
                "x509 -req -in {name}.csr -signkey {name}.key -days 30 {} -out {name}.pem",
                self.extensions
            ),
        ] {
            openssl(folder, &line)?;
        }
        let [cert, key] = ["pem", "key"].map(|end| folder.join(format!("{name}.{end}")));
        Some(Certificate { cert, key })
    }
}

/// nginx in front of Node's `ws`, with these versions of TLS and no scruples.
fn speaking(versions: &str, certificate: &Certificate) -> Option<Nginx> {
    let directives = format!("ssl_protocols {versions}; ssl_ciphers DEFAULT@SECLEVEL=0;");
    Nginx::before_node(certificate, &directives)
}

const NOT_VERIFIED: &str = "The server's signature is not verified: ";

#[test]
fn any_certificate_is_accepted_and_what_is_not_verified_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for kind in &KINDS {
        let Some(certificate) = kind.make(folder.path()) else {
            return;
        };
        for (version, verified) in ["TLSv1.2", "TLSv1.3"].iter().zip(kind.verified) {
            let Some(verified) = verified else {
                continue;
            };
            let Some(nginx) = speaking(version, &certificate) else {
                return;
            };
            let run = sockeye([&*nginx.url("/"), "-n", "-v", "-x", "hi", "-1"]).run();
            run.ends_with_status(0).prints("hi\n");
            let told = run.stderr.contains(NOT_VERIFIED);
            assert_eq!(told, !verified, "{} with {version}\n{run}", kind.name);
        }
    }
}

#[test]
fn without_the_option_each_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (name, reason) in [
        (
            "v1",
            "is one of X.509 version 1, and version 3 is the only one",
        ),
        ("critical", "has an extension (1.2.3.4) that is critical"),
        ("p521", "is self-signed"),
        (
            "rsa-pss",
            "is signed in a way that is not supported: RSA-PSS",
        ),
    ] {
        let Some(certificate) = Kind::called(name).make(folder.path()) else {
            return;
        };
        let Some(nginx) = speaking("TLSv1.3", &certificate) else {
            return;
        };
        sockeye([&*nginx.url("/"), "-x", "hi", "-1"])
            .run()
            .ends_with_status(4)
            .says_one_error()
            .says(reason)
            .says("-n trusts any certificate");
    }
}

#[test]
fn a_key_for_rsa_pss_only_needs_tls_1_3() {
    let folder = tempfile::tempdir().unwrap();
    let Some(certificate) = Kind::called("rsa-pss").make(folder.path()) else {
        return;
    };
    let Some(nginx) = speaking("TLSv1.2", &certificate) else {
        return;
    };
    sockeye([&*nginx.url("/"), "-n", "-x", "hi", "-1"])
        .run()
        .ends_with_status(4)
        .says_one_error()
        .says("the server's key is for RSA-PSS only")
        .says("the server speaks TLS 1.2")
        .does_not_say("-n trusts");
}

#[test]
fn an_authority_may_be_named_for_keys_of_p_521_and_of_rsa_pss() {
    let authority = Authority::new();
    let (folder, ca) = (authority.folder(), authority.ca());
    for (name, versions) in [
        ("p521", "TLSv1.2"),
        ("p521", "TLSv1.3"),
        ("rsa-pss", "TLSv1.3"),
    ] {
        let Some(certificate) = Kind::called(name).make(folder) else {
            return;
        };
        let sign = format!("x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial");
        if openssl(folder, &format!("{sign} {NAMED} -out {name}.pem")).is_none() {
            return;
        }
        let Some(nginx) = speaking(versions, &certificate) else {
            return;
        };
        sockeye([
            &*nginx.url("/"),
            "--ca",
            ca.to_str().unwrap(),
            "-x",
            "hi",
            "-1",
        ])
        .run()
        .ends_with_status(0);
    }
}

/// Asks a server of this kind and these versions for what it has heard, with the pin of its key.
fn pinned(kind: &str, versions: &str, folder: &Path) -> Option<Run> {
    let certificate = Kind::called(kind).make(folder)?;
    let pin = pin(folder, &format!("{kind}.pem"))?;
    let nginx = speaking(versions, &certificate)?;
    let line = [&*nginx.url("/about"), "-n", "-v", "--pin", &pin, "-1"];
    Some(sockeye(line.iter().chain(&["-w", "inf"])).run())
}

#[test]
fn a_pinned_key_has_to_prove_itself() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, versions, spoken) in [
        ("v1", "TLSv1.3", "TLSv1.3"),
        ("critical", "TLSv1.2", "TLSv1.2"),
        ("p521", "TLSv1.3", "TLSv1.3"),
        ("rsa-pss", "TLSv1.3", "TLSv1.3"),
        ("rsa1024", "TLSv1.2", "TLSv1.2"),
        ("rsa1024", "TLSv1.2 TLSv1.3", "TLSv1.2"),
    ] {
        let Some(run) = pinned(kind, versions, folder.path()) else {
            return;
        };
        run.ends_with_status(0).does_not_say(NOT_VERIFIED);
        let heard = String::from_utf8_lossy(&run.stdout);
        let expected = format!(r#""x-protocol":"{spoken}""#);
        assert!(heard.contains(&expected), "{kind} with {versions}\n{run}");
    }
    for kind in ["rsa1024", "ed448"] {
        let Some(run) = pinned(kind, "TLSv1.3", folder.path()) else {
            return;
        };
        run.ends_with_status(4)
            .says_one_error()
            .says("the server's signature cannot be verified")
            .says("without --pin")
            .does_not_say("-n trusts");
    }
}

#[test]
fn the_second_attempt_over_tls_1_2_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let both = "TLSv1.2 TLSv1.3";
    if let Some(run) = pinned("rsa1024", both, folder.path()) {
        run.says("RSA with 1024 bits, is too short. Trying TLS 1.2");
    }
}

#[test]
fn any_certificate_of_a_proxy_is_accepted_as_well() {
    let folder = tempfile::tempdir().unwrap();
    for kind in &KINDS {
        let Some(certificate) = kind.make(folder.path()) else {
            return;
        };
        let [cert, key] = [&certificate.cert, &certificate.key].map(|path| path.to_str().unwrap());
        let proxy = RealPeer::https_proxy(&["--cert", cert, "--key", key]);
        let Some((proxy, server)) = proxy.zip(RealPeer::node(&[])) else {
            return;
        };
        let url = format!("https://localhost:{}", proxy.port());
        let server = server.url("/");
        let line = [&*server, "--proxy", &url, "-x", "hi", "-1"];
        sockeye(line.iter().chain(&["--proxy-insecure"]))
            .run()
            .ends_with_status(0)
            .prints("hi\n");
        // Without the option there is no offer for some keys, and no certificate to refuse.
        let run = sockeye(line).run();
        run.ends_with_status(4).says_one_error();
        let advice = "--proxy-insecure trusts any certificate";
        let told = run.stderr.contains(advice);
        assert_eq!(told, kind.name != "ed448", "{run}");
    }
}

#[test]
fn a_name_on_an_address_has_to_be_an_address() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| {
        let name = "127.0.0.1".try_into().unwrap();
        params.subject_alt_names = vec![rcgen::SanType::DnsName(name)];
    });
    let Some(nginx) = Nginx::serving(&certificate, "") else {
        return;
    };
    let url = format!("wss://127.0.0.1:{}/", nginx.port());
    let ca = authority.ca();
    sockeye([&*url, "--ca", ca.to_str().unwrap(), "-x", "hi"])
        .run()
        .ends_with_status(4)
        .says_one_error()
        .says("has 127.0.0.1 as a DNS name")
        .says("subjectAltName = IP:127.0.0.1");
}

#[test]
fn a_common_name_is_told_not_to_count() {
    let authority = Authority::new();
    let certificate = authority.server_with(|params| params.subject_alt_names.clear());
    let Some(nginx) = Nginx::serving(&certificate, "") else {
        return;
    };
    let ca = authority.ca();
    sockeye([&*nginx.url("/"), "--ca", ca.to_str().unwrap(), "-x", "hi"])
        .run()
        .ends_with_status(4)
        .says_one_error()
        .says("only its subjectAltName counts, not its common name 'localhost'");
}
