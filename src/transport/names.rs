//! The hosts that a certificate is for (RFC 5280 §4.2.1.6).

use super::certificate::element;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The extension `subjectAltName`.
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const BOOLEAN: u8 = 0x01;
/// The field `extensions` of a certificate.
const EXTENSIONS: u8 = 0xa3;
/// The names of a `GeneralName` that hosts have.
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;

/// DNS names and addresses, from the elements that follow the subject of a certificate; none when
/// it has no such extension or it cannot be read.
pub(super) fn of_hosts(after_subject: &[u8]) -> Option<Vec<String>> {
    let mut rest = after_subject;
    let extensions = loop {
        let field = element(rest)?;
        if field.tag == EXTENSIONS {
            break element(field.content)?.content;
        }
        rest = field.rest;
    };
    let mut names = element(alternative_names(extensions)?)?.content;
    let mut hosts = Vec::new();
    while !names.is_empty() {
        let name = element(names)?;
        hosts.extend(host(name.tag, name.content));
        names = name.rest;
    }
    Some(hosts)
}

/// What is in the extension, which may or may not say that it is critical.
fn alternative_names(mut extensions: &[u8]) -> Option<&[u8]> {
    loop {
        let extension = element(extensions)?;
        let id = element(extension.content)?;
        if id.content == SUBJECT_ALT_NAME {
            let next = element(id.rest)?;
            let is_flag = next.tag == BOOLEAN;
            return Some(if is_flag { element(next.rest)? } else { next }.content);
        }
        extensions = extension.rest;
    }
}

fn host(tag: u8, content: &[u8]) -> Option<String> {
    match (tag, content.len()) {
        (DNS_NAME, _) => Some(String::from_utf8_lossy(content).into_owned()),
        (IP_ADDRESS, 4) => Some(Ipv4Addr::from(<[u8; 4]>::try_from(content).ok()?).to_string()),
        (IP_ADDRESS, 16) => Some(Ipv6Addr::from(<[u8; 16]>::try_from(content).ok()?).to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::certificate::fields;
    use rcgen::{CertificateParams, KeyPair};

    /// A certificate for these names.
    fn certificate(names: &[&str]) -> Vec<u8> {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let params = CertificateParams::new(names).expect("names");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        certificate.der().to_vec()
    }

    fn read(certificate: &[u8]) -> Option<Vec<String>> {
        of_hosts(fields(certificate)?.after_subject)
    }

    #[test]
    fn dns_names_and_addresses_are_read_in_their_order() {
        let names = ["a.org", "127.0.0.1", "*.b.org", "::1"];
        assert_eq!(read(&certificate(&names)).expect("readable"), names);
    }

    #[test]
    fn a_certificate_without_names_has_none() {
        assert_eq!(read(&certificate(&[])), None);
    }

    #[test]
    fn the_extension_may_be_critical() {
        let mut nested = b"\x82\x05a.org".to_vec();
        for tag in [0x30, 0x04] {
            nested = wrapped(tag, &nested);
        }
        let id = wrapped(0x06, SUBJECT_ALT_NAME);
        let critical = [BOOLEAN, 1, 0xff];
        let extension = wrapped(0x30, &[&id, &critical[..], &nested].concat());
        let extensions = wrapped(EXTENSIONS, &wrapped(0x30, &extension));
        assert_eq!(of_hosts(&extensions), Some(vec!["a.org".to_owned()]));
    }

    #[test]
    fn what_is_cut_short_has_none() {
        let whole = certificate(&["a.org"]);
        let after = fields(&whole).expect("readable").after_subject;
        for length in 0..after.len() {
            assert_eq!(of_hosts(&after[..length]), None);
        }
    }

    fn wrapped(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("short");
        [&[tag, length], content].concat()
    }
}
