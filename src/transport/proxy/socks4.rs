//! A tunnel through a SOCKS4 or SOCKS4a proxy.
//!
//! There is no RFC. The protocol is described in Ying-Da Lee's "SOCKS: A protocol for TCP proxy
//! across firewalls" and its extension "SOCKS 4A".

use super::credentials::ProxyCredentials;
use super::socks::{Reply, Socks, SocksVersion};
use crate::transport::error::TransportError;
use crate::transport::host_port::HostPort;
use crate::transport::tunnel_error::TunnelError;
use std::net::Ipv4Addr;
use url::Host;

const VERSION: u8 = 4;
const CONNECT: u8 = 1;

/// The version in a reply.
const REPLY_VERSION: u8 = 0;
/// The code of a request that was granted.
const GRANTED: u8 = 90;
/// Version, code, port and address.
const REPLY_LENGTH: usize = 8;

/// An address in 0.0.0.x means that the name of the host follows the user name (SOCKS 4A).
const NAME_FOLLOWS: Ipv4Addr = Ipv4Addr::new(0, 0, 0, 1);

pub(super) struct Socks4 {
    target: HostPort,
}

impl Socks4 {
    /// Begins a negotiation about a tunnel to `target`.
    pub(super) fn begin(
        target: &HostPort,
        credentials: Option<&ProxyCredentials>,
    ) -> Result<Socks<Self>, TransportError> {
        let user = credentials.map_or(&b""[..], |credentials| &credentials.user);
        let request = request(target, user)?;
        let target = target.clone();
        Ok(Socks::new(Self { target }, request))
    }
}

impl SocksVersion for Socks4 {
    fn read_reply(&mut self, received: &[u8]) -> Result<Reply, TunnelError> {
        match *received {
            [REPLY_VERSION] | [] => Ok(Reply::Incomplete),
            [REPLY_VERSION, GRANTED, ..] if received.len() < REPLY_LENGTH => Ok(Reply::Incomplete),
            [REPLY_VERSION, GRANTED, ..] => Ok(Reply::Granted {
                length: REPLY_LENGTH,
            }),
            [REPLY_VERSION, code, ..] => Err(TunnelError::Socks4 {
                target: self.target.clone(),
                code,
            }),
            [first_byte, ..] => Err(TunnelError::NotSocks {
                version: VERSION,
                first_byte,
            }),
        }
    }
}

fn request(target: &HostPort, user: &[u8]) -> Result<Vec<u8>, TransportError> {
    let (ip, name) = match &target.host {
        Host::Ipv4(ip) => (*ip, None),
        Host::Domain(name) => (NAME_FOLLOWS, Some(name)),
        Host::Ipv6(ip) => {
            return Err(TransportError::Options(format!(
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

    fn bytes(host: &str) -> Result<Vec<u8>, TransportError> {
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
    fn an_ipv6_address_is_rejected_and_socks5_is_named() {
        let error = bytes("[::1]").expect_err("no room").to_string();
        assert!(error.contains("::1") && error.contains("SOCKS5"), "{error}");
    }
}
