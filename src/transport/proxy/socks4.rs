//! A tunnel through a SOCKS4 or SOCKS4a proxy.
//!
//! There is no RFC: the protocol is that of Ying-Da Lee's "SOCKS: A protocol for TCP proxy across
//! firewalls" and its extension "SOCKS 4A".

use super::dialogue::Dialogue;
use crate::transport::{Error, HostPort};
use std::net::Ipv4Addr;
use url::Host;

const VERSION: u8 = 4;
const CONNECT: u8 = 1;

/// An address that cannot be one (0.0.0.x): the name after the user is meant.
const NAME_FOLLOWS: Ipv4Addr = Ipv4Addr::new(0, 0, 0, 1);

/// Asks for the tunnel.
pub(super) async fn ask(dialogue: &mut Dialogue<'_>) -> Result<(), Error> {
    let user = dialogue.credentials().map_or(&b""[..], |c| &c.user);
    let request = request(dialogue.target(), user)?;
    dialogue.send(&request).await?;
    let [version, code, ..] = dialogue.receive_array::<8>().await?;
    match (version, code) {
        (0, 90) => Ok(()),
        // "Rejected or failed": which of the two, it does not say.
        (0, 91) => Err(dialogue.unreached("it rejected the request, or failed")),
        (0, 92) => Err(dialogue.failed("refused: it finds no identd on this machine")),
        (0, 93) => Err(dialogue.failed("refused: identd on this machine names another user")),
        (0, _) => Err(dialogue.failed(format!("gave the unknown answer {code}"))),
        _ => Err(dialogue.failed(super::socks5::not_socks("SOCKS4", version))),
    }
}

fn request(target: &HostPort, user: &[u8]) -> Result<Vec<u8>, Error> {
    let (ip, name) = match &target.host {
        Host::Ipv4(ip) => (*ip, None),
        Host::Domain(name) => (NAME_FOLLOWS, Some(name)),
        Host::Ipv6(ip) => {
            return Err(Error::Options(format!(
                "SOCKS4 has no IPv6 addresses, so its proxy cannot connect to {ip}; SOCKS5 has"
            )));
        }
    };
    let mut request = vec![VERSION, CONNECT];
    request.extend(target.port.to_be_bytes());
    request.extend(ip.octets());
    request.extend(user);
    request.push(0);
    if let Some(name) = name {
        request.extend(name.as_bytes());
        request.push(0);
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(host: &str) -> Result<Vec<u8>, Error> {
        let host = Host::parse(host).expect(host);
        request(&HostPort::new(host, 0x1234), b"me")
    }

    #[test]
    fn an_address_is_in_the_request_and_a_name_after_the_user() {
        let expected = b"\x04\x01\x12\x34\x0a\x00\x00\x01me\0";
        assert_eq!(bytes("10.0.0.1").expect("fits"), expected);
        let expected = b"\x04\x01\x12\x34\x00\x00\x00\x01me\0a.org\0";
        assert_eq!(bytes("a.org").expect("fits"), expected);
    }

    #[test]
    fn an_ipv6_address_is_refused_with_what_would_do() {
        let error = bytes("[::1]").expect_err("no room").to_string();
        assert!(error.contains("::1") && error.contains("SOCKS5"), "{error}");
    }
}
