//! Client certificates of every kind that OpenSSL makes: their keys, their versions and how the keys
//! are encrypted.

use super::client::{asking, for_clients_of, is_alice};
use crate::harness::{Authority, Nginx, openssl, sockeye};
use std::path::Path;

/// Has OpenSSL make a key, and a certificate of the authority for it by the usual recipe, which has
/// no extensions and therefore version 1.
fn make(folder: &Path, key: &str) -> Option<()> {
    std::fs::write(folder.join("pass"), "open sesame\n".repeat(2)).unwrap();
    for line in [
        &*format!("genpkey -algorithm {key} -out alice.key"),
        "req -new -key alice.key -subj /CN=alice -out alice.csr",
        "x509 -req -in alice.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out alice.pem",
        "pkcs12 -export -in alice.pem -inkey alice.key -passout file:pass -out alice.p12",
    ] {
        openssl(folder, line)?;
    }
    Some(())
}

const P_256: &str = "EC -pkeyopt ec_paramgen_curve:P-256";
const RSA: &str = "RSA -pkeyopt rsa_keygen_bits:2048";

#[test]
fn any_key_that_can_sign_is_sent_with_its_certificate() {
    let authority = Authority::new();
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let folder = authority.folder();
    let path = |name: &str| folder.join(name).display().to_string();
    let (cert, key, archive) = (path("alice.pem"), path("alice.key"), path("alice.p12"));
    for kind in [
        P_256,
        "EC -pkeyopt ec_paramgen_curve:P-384",
        "EC -pkeyopt ec_paramgen_curve:P-521",
        RSA,
        "RSA-PSS -pkeyopt rsa_keygen_bits:2048",
        "ED25519",
    ] {
        if make(folder, kind).is_none() {
            return;
        }
        for version in ["1.2", "1.3"] {
            let options = ["--tls-max", version, "--cert"];
            let in_pem = [&options[..], &[&cert, "--key", &key]].concat();
            is_alice(&asking(&nginx, &authority, &in_pem).run());
            let in_archive = [&options[..], &[&archive, "--passphrase", "open sesame"]].concat();
            is_alice(&asking(&nginx, &authority, &in_archive).run());
        }
    }
}

#[test]
fn a_key_of_another_certificate_is_refused_whatever_the_version() {
    let authority = Authority::new();
    let folder = authority.folder();
    for (kind, other) in [(P_256, P_256), (RSA, P_256)] {
        let genpkey = format!("genpkey -algorithm {other} -out other.key");
        let Some(()) = make(folder, kind).and_then(|()| openssl(folder, &genpkey)) else {
            return;
        };
        let [cert, key] = ["alice.pem", "other.key"].map(|name| folder.join(name));
        sockeye(["wss://localhost:443/", "-x", "hi", "--cert"])
            .args([cert.to_str().unwrap(), "--key", key.to_str().unwrap()])
            .run()
            .ends_with_status(2)
            .says_one_error()
            .says("other.key: its private key does not belong to the certificate in");
    }
}

#[test]
fn a_key_that_cannot_sign_is_told_which_can() {
    let authority = Authority::new();
    let folder = authority.folder();
    if make(folder, "ED448").is_none() {
        return;
    }
    let [cert, key] = ["alice.pem", "alice.key"].map(|name| folder.join(name));
    sockeye(["wss://localhost:443/", "-x", "hi", "--cert"])
        .args([cert.to_str().unwrap(), "--key", key.to_str().unwrap()])
        .run()
        .ends_with_status(2)
        .says_one_error()
        .says("RSA from 2048 bits, ECDSA on P-256, P-384 and P-521, and Ed25519 are");
}

#[test]
fn a_certificate_whose_key_the_server_has_no_use_for_is_not_said_to_be_sent() {
    let authority = Authority::new();
    let ca = authority.ca();
    let directives = format!(
        "ssl_verify_client optional; ssl_client_certificate {}; \
         ssl_conf_command ClientSignatureAlgorithms RSA-PSS+SHA256;",
        ca.display()
    );
    let certificate = authority.server_with(|_| {});
    let Some(nginx) = Nginx::before_node(&certificate, &directives) else {
        return;
    };
    let alice = authority.client("alice");
    let [cert, key] = [alice.cert, alice.key].map(|path| path.display().to_string());
    asking(&nginx, &authority, &["-v", "--cert", &cert, "--key", &key])
        .run()
        .ends_with_status(0)
        .says("* Client certificate: asked for, not sent");
}

#[test]
fn keys_that_are_encrypted_in_older_ways_are_opened() {
    let authority = Authority::new();
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let folder = authority.folder();
    let [cert, key] = ["alice.pem", "locked.key"].map(|name| folder.join(name));
    let [cert, key] = [cert.to_str().unwrap(), key.to_str().unwrap()];
    for (kind, cipher) in [
        (P_256, "ec -aes128"),
        (P_256, "ec -aes192"),
        (P_256, "ec -aes256"),
        (P_256, "ec -des3"),
        (RSA, "rsa -traditional -aes256"),
        (RSA, "rsa -traditional -des3"),
        (P_256, "pkcs8 -topk8 -v1 PBE-SHA1-3DES"),
        (RSA, "pkcs8 -topk8 -v1 PBE-SHA1-3DES -outform DER"),
    ] {
        let lock = format!("{cipher} -in alice.key -passout file:pass -out locked.key");
        let Some(()) = make(folder, kind).and_then(|()| openssl(folder, &lock)) else {
            return;
        };
        let options = ["--cert", cert, "--key", key, "--passphrase"];
        let with = |passphrase: &str| {
            let options = [&options[..], &[passphrase]].concat();
            asking(&nginx, &authority, &options).run()
        };
        is_alice(&with("open sesame"));
        let run = with("guessed");
        run.ends_with_status(2)
            .says_one_error()
            .says("locked.key: the passphrase is wrong")
            .does_not_say("guessed");
    }
}

#[test]
fn a_cipher_that_is_not_supported_is_named_with_the_command_that_converts_the_key() {
    let authority = Authority::new();
    let Some(nginx) = for_clients_of(&authority) else {
        return;
    };
    let folder = authority.folder();
    let path = |name: &str| folder.join(name).display().to_string();
    let (cert, locked, converted) = (path("alice.pem"), path("locked.key"), path("converted.key"));
    let legacy = "-provider legacy -provider default";
    for (cipher, name) in [
        ("ec -camellia256".to_owned(), "CAMELLIA-256-CBC"),
        (format!("ec {legacy} -des"), "DES-CBC"),
        (
            format!("pkcs8 {legacy} -topk8 -v1 PBE-MD5-DES"),
            "PBE-MD5-DES",
        ),
    ] {
        let lock = format!("{cipher} -in alice.key -passout file:pass -out locked.key");
        let Some(()) = make(folder, P_256).and_then(|()| openssl(folder, &lock)) else {
            return;
        };
        let options = ["--passphrase", "open sesame", "--cert", &cert, "--key"];
        let run = asking(&nginx, &authority, &[&options[..], &[&locked]].concat()).run();
        run.ends_with_status(2)
            .says_one_error()
            .says(&format!("encrypted with {name}, which is not supported"));
        let said = String::from(&*run.stderr);
        let command = said.split('\'').find(|text| text.starts_with("openssl "));
        let command = command.unwrap().trim_start_matches("openssl ");
        let command = command.replace("NEW", &converted);
        let asked_for = " -passin file:pass -passout file:pass";
        if openssl(folder, &format!("{command}{asked_for}")).is_none() {
            return;
        }
        let run = asking(&nginx, &authority, &[&options[..], &[&converted]].concat()).run();
        is_alice(&run);
    }
}
