//! A tunnel through a SOCKS5 proxy (RFC 1928), with a user name and password (RFC 1929) if needed.

use super::credentials::ProxyCredentials;
use super::socks::{Reply, Socks, SocksVersion};
use crate::transport::error::TransportError;
use crate::transport::host_port::HostPort;
use crate::transport::tunnel_error::TunnelError;
use url::Host;

const VERSION: u8 = 5;
const CONNECT: u8 = 1;

/// Methods of authentication (RFC 1928 §3).
const NO_AUTHENTICATION: u8 = 0;
const USERNAME_PASSWORD: u8 = 2;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;

/// The version of the subnegotiation about user name and password (RFC 1929 §2).
const SUBNEGOTIATION_VERSION: u8 = 1;

/// Types of addresses (RFC 1928 §5).
const IPV4: u8 = 1;
const DOMAIN_NAME: u8 = 3;
const IPV6: u8 = 4;

/// The code of a request that succeeded (RFC 1928 §6).
const SUCCEEDED: u8 = 0;

pub(super) struct Socks5 {
    target: HostPort,
    credentials: Option<ProxyCredentials>,
    /// The request for the tunnel, which is sent after the authentication.
    request: Vec<u8>,
    expected: Expected,
}

/// The reply that comes next.
enum Expected {
    Method,
    Authentication,
    Tunnel,
}

impl Socks5 {
    /// Begins a negotiation about a tunnel to `target`.
    pub(super) fn begin(
        target: &HostPort,
        credentials: Option<&ProxyCredentials>,
    ) -> Result<Socks<Self>, TransportError> {
        let methods: &[u8] = match credentials {
            Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USERNAME_PASSWORD],
            None => &[VERSION, 1, NO_AUTHENTICATION],
        };
        let version = Self {
            target: target.clone(),
            credentials: credentials.cloned(),
            request: request(target)?,
            expected: Expected::Method,
        };
        Ok(Socks::new(version, methods.to_vec()))
    }

    /// The choice of a method (RFC 1928 §3).
    fn read_method(&mut self, received: &[u8]) -> Result<Reply, TunnelError> {
        let method = match *received {
            [] | [VERSION] => return Ok(Reply::Incomplete),
            [VERSION, method, ..] => method,
            [first_byte, ..] => return Err(not_socks(first_byte)),
        };
        let request = match (method, &self.credentials) {
            (NO_AUTHENTICATION, _) => self.request_tunnel(),
            (USERNAME_PASSWORD, Some(credentials)) => {
                self.expected = Expected::Authentication;
                authentication(credentials)
            }
            (NO_ACCEPTABLE_METHOD, None) => return Err(TunnelError::CredentialsRequired(None)),
            (NO_ACCEPTABLE_METHOD, Some(_)) => return Err(TunnelError::NoAcceptableMethod),
            _ => return Err(TunnelError::MethodNotOffered(method)),
        };
        Ok(Reply::Continue { length: 2, request })
    }

    /// The answer to user name and password (RFC 1929 §2).
    fn read_authentication(&mut self, received: &[u8]) -> Result<Reply, TunnelError> {
        match *received {
            // Some proxies send the version of SOCKS, so it is not checked.
            [_, SUCCEEDED, ..] => Ok(Reply::Continue {
                length: 2,
                request: self.request_tunnel(),
            }),
            [_, _, ..] => Err(TunnelError::CredentialsRejected(None)),
            _ => Ok(Reply::Incomplete),
        }
    }

    /// The answer to the request for the tunnel (RFC 1928 §6). The address in it is the proxy's own
    /// end of its connection, which is not needed.
    fn read_tunnel(&self, received: &[u8]) -> Result<Reply, TunnelError> {
        const PORT: usize = 2;
        let length = match *received {
            [VERSION, SUCCEEDED, _, IPV4, ..] => 4 + 4 + PORT,
            [VERSION, SUCCEEDED, _, IPV6, ..] => 4 + 16 + PORT,
            [VERSION, SUCCEEDED, _, DOMAIN_NAME, length, ..] => 5 + usize::from(length) + PORT,
            [] | [VERSION] | [VERSION, SUCCEEDED] | [VERSION, SUCCEEDED, _] => {
                return Ok(Reply::Incomplete);
            }
            [VERSION, SUCCEEDED, _, DOMAIN_NAME] => return Ok(Reply::Incomplete),
            [VERSION, SUCCEEDED, _, kind, ..] => return Err(TunnelError::AddressType(kind)),
            [VERSION, code, ..] => {
                let target = self.target.clone();
                return Err(TunnelError::Socks5 { target, code });
            }
            [first_byte, ..] => return Err(not_socks(first_byte)),
        };
        Ok(match received.len() < length {
            true => Reply::Incomplete,
            false => Reply::Granted { length },
        })
    }

    fn request_tunnel(&mut self) -> Vec<u8> {
        self.expected = Expected::Tunnel;
        std::mem::take(&mut self.request)
    }
}

impl SocksVersion for Socks5 {
    fn read_reply(&mut self, received: &[u8]) -> Result<Reply, TunnelError> {
        match self.expected {
            Expected::Method => self.read_method(received),
            Expected::Authentication => self.read_authentication(received),
            Expected::Tunnel => self.read_tunnel(received),
        }
    }
}

fn not_socks(first_byte: u8) -> TunnelError {
    TunnelError::NotSocks {
        version: VERSION,
        first_byte,
    }
}

/// User name and password (RFC 1929 §2), whose lengths have been checked.
fn authentication(credentials: &ProxyCredentials) -> Vec<u8> {
    let mut request = vec![SUBNEGOTIATION_VERSION];
    for part in [&credentials.user, &credentials.password] {
        request.push(part.len() as u8);
        request.extend(part);
    }
    request
}

fn request(target: &HostPort) -> Result<Vec<u8>, TransportError> {
    let mut request = vec![VERSION, CONNECT, 0];
    match &target.host {
        Host::Ipv4(ip) => {
            request.push(IPV4);
            request.extend(ip.octets());
        }
        Host::Ipv6(ip) => {
            request.push(IPV6);
            request.extend(ip.octets());
        }
        Host::Domain(name) => {
            let length = u8::try_from(name.len()).map_err(|_| {
                TransportError::Options(
                    "SOCKS5 has names of at most 255 bytes, and the host's is longer".to_owned(),
                )
            })?;
            request.extend([DOMAIN_NAME, length]);
            request.extend(name.as_bytes());
        }
    }
    request.extend(target.port.to_be_bytes());
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(host: &str) -> Result<Vec<u8>, TransportError> {
        let host = Host::parse(host).expect(host);
        request(&HostPort::new(host, 0x1234))
    }

    #[test]
    fn each_type_of_address_has_its_form() {
        let expected = b"\x05\x01\x00\x01\x0a\x00\x00\x01\x12\x34";
        assert_eq!(bytes("10.0.0.1").expect("fits"), expected);
        let expected = b"\x05\x01\x00\x03\x05a.org\x12\x34";
        assert_eq!(bytes("a.org").expect("fits"), expected);
        let mut expected = b"\x05\x01\x00\x04".to_vec();
        expected.extend([0; 15]);
        expected.extend([1, 0x12, 0x34]);
        assert_eq!(bytes("[::1]").expect("fits"), expected);
    }

    #[test]
    fn a_name_of_more_than_255_bytes_is_rejected() {
        let name = |labels: usize| vec!["a".repeat(50); labels].join(".");
        assert!(bytes(&name(5)).is_ok());
        let host = Host::Domain(name(6));
        let error = request(&HostPort::new(host, 1)).expect_err("too long");
        assert!(error.to_string().contains("255"), "{error}");
    }
}
