//! A tunnel through a SOCKS5 proxy (RFC 1928), with a user and password (RFC 1929) if need be.

use super::Credentials;
use super::dialogue::Dialogue;
use crate::transport::{Error, HostPort};
use url::Host;

const VERSION: u8 = 5;
const CONNECT: u8 = 1;

/// Ways to authenticate (§3).
const NONE: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NO_ACCEPTABLE: u8 = 0xff;

/// The version of the user and password's own negotiation (RFC 1929 §2).
const AUTHENTICATION_VERSION: u8 = 1;

/// Kinds of address (§5).
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// Asks for the tunnel.
pub(super) async fn ask(dialogue: &mut Dialogue<'_>) -> Result<(), Error> {
    authenticate(dialogue).await?;
    let request = request(dialogue.target())?;
    dialogue.send(&request).await?;
    let [version, reply, _, kind] = dialogue.receive_array().await?;
    if version != VERSION {
        return Err(dialogue.failed(not_socks("SOCKS5", version)));
    }
    if reply != 0 {
        return Err(refusal(reply, dialogue));
    }
    skip_bound_address(kind, dialogue).await
}

/// The choice of a method (§3), and what it entails.
async fn authenticate(dialogue: &mut Dialogue<'_>) -> Result<(), Error> {
    let credentials = dialogue.credentials();
    let offer: &[u8] = match credentials {
        Some(_) => &[VERSION, 2, NONE, USER_AND_PASSWORD],
        None => &[VERSION, 1, NONE],
    };
    dialogue.send(offer).await?;
    let [version, method] = dialogue.receive_array().await?;
    match (version, method, credentials) {
        (VERSION, NONE, _) => Ok(()),
        (VERSION, USER_AND_PASSWORD, Some(credentials)) => log_in(credentials, dialogue).await,
        (VERSION, NO_ACCEPTABLE, None) => Err(dialogue.failed("asks for a user and password")),
        (VERSION, NO_ACCEPTABLE, Some(_)) => {
            Err(dialogue.failed("accepts neither a user and password nor none"))
        }
        (VERSION, _, _) => {
            let reason = format!("chose a way to authenticate that was not offered: {method}");
            Err(dialogue.failed(reason))
        }
        _ => Err(dialogue.failed(not_socks("SOCKS5", version))),
    }
}

/// RFC 1929 §2. That the lengths fit has been checked.
async fn log_in(credentials: &Credentials, dialogue: &mut Dialogue<'_>) -> Result<(), Error> {
    let mut request = vec![AUTHENTICATION_VERSION];
    for part in [&credentials.user, &credentials.password] {
        request.push(part.len() as u8);
        request.extend(part);
    }
    dialogue.send(&request).await?;
    // Some proxies put SOCKS's own version first; the second byte is what counts.
    match dialogue.receive_array().await? {
        [_, 0] => Ok(()),
        [_, _] => Err(dialogue.failed("does not accept the user and password")),
    }
}

fn request(target: &HostPort) -> Result<Vec<u8>, Error> {
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
                Error::Options(
                    "SOCKS5 has names of at most 255 bytes, and the host's is longer".to_owned(),
                )
            })?;
            request.extend([NAME, length]);
            request.extend(name.as_bytes());
        }
    }
    request.extend(target.port.to_be_bytes());
    Ok(request)
}

/// The proxy's own end of its connection (§6): nobody needs it, but its bytes come before the
/// tunnel's.
async fn skip_bound_address(kind: u8, dialogue: &mut Dialogue<'_>) -> Result<(), Error> {
    const PORT: usize = 2;
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => usize::from(dialogue.receive_array::<1>().await?[0]),
        _ => return Err(dialogue.failed(format!("gave an address of the unknown kind {kind}"))),
    };
    let mut address = [0; u8::MAX as usize + PORT];
    dialogue
        .receive_exactly(&mut address[..length + PORT])
        .await
}

/// The reply codes of §6 in words.
fn refusal(reply: u8, dialogue: &Dialogue<'_>) -> Error {
    match reply {
        1 => dialogue.unreached("general failure"),
        2 => dialogue.failed(format!(
            "does not allow connections to {}",
            dialogue.target()
        )),
        3 => dialogue.unreached("network unreachable"),
        4 => dialogue.unreached("host unreachable"),
        5 => dialogue.unreached("connection refused"),
        6 => dialogue.unreached("TTL expired on the way"),
        7 => dialogue.failed("does not know the command CONNECT"),
        8 => dialogue.unreached("it does not support this kind of address"),
        _ => dialogue.failed(format!("gave the unknown answer {reply}")),
    }
}

/// What an answer of another protocol begins with.
pub(super) fn not_socks(expected: &str, first: u8) -> String {
    let guess = match first {
        b'H' => "; it looks like an HTTP proxy",
        4 | 0 => "; it may speak SOCKS4",
        5 => "; it may speak SOCKS5",
        _ => "",
    };
    format!("does not speak {expected}: its answer begins with the byte {first:#04x}{guess}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(host: &str) -> Result<Vec<u8>, Error> {
        let host = Host::parse(host).expect(host);
        request(&HostPort::new(host, 0x1234))
    }

    #[test]
    fn each_kind_of_address_has_its_form() {
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
    fn a_name_without_room_in_a_byte_is_refused() {
        let name = |labels: usize| vec!["a".repeat(50); labels].join(".");
        assert!(bytes(&name(5)).is_ok());
        let host = Host::Domain(name(6));
        let error = request(&HostPort::new(host, 1)).expect_err("too long");
        assert!(error.to_string().contains("255"), "{error}");
    }
}
