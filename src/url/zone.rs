//! Zones of IPv6 addresses (RFC 4007 §11): which link of this machine an address is on, by the name
//! or the number of its network interface.
//!
//! The URL standard has none. As an extension, `ws://[fe80::1%25eth0]/` (RFC 6874) is accepted, and
//! `[fe80::1%eth0]`, as people type it.

use super::{UrlError, WebSocketUrl, normalized, percent_decoded};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use url::Host;

/// What is encoded of a zone in a URL: all but the unreserved characters (RFC 6874 §2).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// An IP address, with its zone if it is an IPv6 address that has one: `fe80::1%eth0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedIp {
    /// The address.
    pub ip: IpAddr,
    /// The name or the number of a network interface.
    pub zone: Option<String>,
}

/// A text that is no IP address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not an IP address")]
pub struct ScopedIpError;

impl From<IpAddr> for ScopedIp {
    fn from(ip: IpAddr) -> Self {
        Self { ip, zone: None }
    }
}

impl FromStr for ScopedIp {
    type Err = ScopedIpError;

    fn from_str(text: &str) -> Result<Self, ScopedIpError> {
        let Some((ip, zone)) = text.split_once('%') else {
            let ip: IpAddr = text.parse().map_err(|_| ScopedIpError)?;
            return Ok(ip.into());
        };
        let ip: Ipv6Addr = ip.parse().map_err(|_| ScopedIpError)?;
        let zone = Some(read(zone).ok_or(ScopedIpError)?);
        Ok(Self {
            ip: ip.into(),
            zone,
        })
    }
}

impl fmt::Display for ScopedIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        self.zone.iter().try_for_each(|zone| write!(f, "%{zone}"))
    }
}

/// Takes the zone out of a URL's host: the URL without it, which the standard knows, and the zone.
/// `None` when there is none; then the URL is to be parsed as it is.
pub(crate) fn split(url: &str) -> Result<Option<(String, String)>, UrlError> {
    let url = normalized(url);
    let Some((begin, end)) = bracketed(&url) else {
        return Ok(None);
    };
    let Some((ip, zone)) = url[begin..end].split_once('%') else {
        return Ok(None);
    };
    let zone = read(zone).ok_or(UrlError::Zone)?;
    if ip.parse::<Ipv6Addr>().is_err() {
        return Ok(None);
    }
    Ok(Some((
        format!("{}{ip}{}", &url[..begin], &url[end..]),
        zone,
    )))
}

/// Where the text between the brackets of a URL's host is.
fn bracketed(url: &str) -> Option<(usize, usize)> {
    let after_scheme = url.find(':')? + 1;
    let slashes = url[after_scheme..].find(|c| !matches!(c, '/' | '\\'))?;
    let begin = after_scheme + slashes;
    let authority = url[begin..].split(['/', '\\', '?', '#']).next()?;
    let host = authority.rfind('@').map_or(0, |at| at + 1);
    let inside = authority[host..].strip_prefix('[')?;
    let begin = begin + host + 1;
    Some((begin, begin + inside.find(']')?))
}

/// The zone after the `%`, which RFC 6874 writes as `%25`. It is not empty, and as a name of an
/// interface it has no control characters, spaces or brackets.
fn read(text: &str) -> Option<String> {
    let encoded = text.strip_prefix("25").filter(|rest| !rest.is_empty());
    let zone = String::from_utf8(percent_decoded(encoded.unwrap_or(text))).ok()?;
    let illegal = |c: char| c.is_control() || c.is_whitespace() || "[]%/\\".contains(c);
    (!zone.is_empty() && !zone.contains(illegal)).then_some(zone)
}

/// The address in this zone.
pub(super) fn within(zone: String, address: WebSocketUrl) -> Result<WebSocketUrl, UrlError> {
    if !matches!(address.host, Host::Ipv6(_)) {
        return Err(UrlError::Zone);
    }
    // In user and password, a bracket is percent-encoded.
    let end = format!("%25{}]", utf8_percent_encode(&zone, ENCODED));
    Ok(WebSocketUrl {
        href: address.href.replacen(']', &end, 1),
        without_password: address.without_password.replacen(']', &end, 1),
        zone: Some(zone),
        ..address
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_is_read_as_in_a_url_and_as_typed() {
        for (text, url, zone) in [
            ("ws://[fe80::1%25eth0]/", "ws://[fe80::1%25eth0]/", "eth0"),
            ("[fe80::1%eth0]:81/x", "ws://[fe80::1%25eth0]:81/x", "eth0"),
            ("fe80::1%eth0", "ws://[fe80::1%25eth0]/", "eth0"),
            ("wss:[fe80::1%252]", "wss://[fe80::1%252]/", "2"),
            ("[fe80::1%2]", "ws://[fe80::1%252]/", "2"),
            ("[fe80::1%25]", "ws://[fe80::1%2525]/", "25"),
            ("ws://[fe80::1%25a%23b]", "ws://[fe80::1%25a%23b]/", "a#b"),
            ("ws://u:p@[FE80::1%25e]", "ws://u:p@[fe80::1%25e]/", "e"),
        ] {
            let address = WebSocketUrl::from_typed(text).expect(text);
            assert_eq!(
                (address.href(), address.zone()),
                (url, Some(zone)),
                "{text}"
            );
            assert_eq!(
                WebSocketUrl::parse(address.href()),
                Ok(address.clone()),
                "{text}"
            );
            assert!(!address.as_str().contains(":p@"), "{text}");
        }
    }

    #[test]
    fn the_host_has_no_zone() {
        let address = WebSocketUrl::parse("ws://[fe80::1%25eth0]:81/").expect("right");
        assert_eq!(address.authority(), "[fe80::1]:81");
        assert_eq!(address.host().to_string(), "[fe80::1]");
    }

    #[test]
    fn a_percent_sign_elsewhere_is_no_zone() {
        for text in [
            "ws://a/[::1%25x]",
            "ws://a/?[::1%25x]",
            "ws://[::1]/%25x]",
            "ws://[::1%25x]@a/",
        ] {
            let address = WebSocketUrl::parse(text).expect(text);
            assert_eq!(address.zone(), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_zone_is_refused_with_the_reason() {
        for text in ["ws://[fe80::1%]/", "ws://[fe80::1%25a%20b]/", "[::1%%]"] {
            let refused = WebSocketUrl::from_typed(text);
            assert_eq!(refused, Err(UrlError::Zone), "{text}");
        }
        assert!(WebSocketUrl::parse("ws://[fe80::zz%25eth0]/").is_err());
    }

    #[test]
    fn a_redirect_on_the_same_host_keeps_the_zone_and_no_server_chooses_one() {
        let here = WebSocketUrl::parse("ws://[fe80::1%25eth0]:81/a").expect("right");
        for (location, url) in [
            ("/b", "ws://[fe80::1%25eth0]:81/b"),
            ("http://[fe80::1]:82/", "ws://[fe80::1%25eth0]:82/"),
            ("http://[fe80::2]/", "ws://[fe80::2]/"),
            ("http://a/", "ws://a/"),
        ] {
            assert_eq!(here.join(location).expect(location).href(), url);
        }
        assert_eq!(here.join("http://[fe80::1%25lo]/"), Err(UrlError::Zone));
    }

    #[test]
    fn another_zone_is_another_origin() {
        let [one, two] = ["ws://[fe80::1%251]/", "ws://[fe80::1%252]/"]
            .map(|url| WebSocketUrl::parse(url).expect(url));
        assert!(one.has_origin_of(&one) && !one.has_origin_of(&two));
    }

    #[test]
    fn an_address_outside_of_a_url_may_have_a_zone() {
        for (text, shown) in [
            ("fe80::1%eth0", "fe80::1%eth0"),
            ("fe80::1%25eth0", "fe80::1%eth0"),
            ("::1", "::1"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            let ip: ScopedIp = text.parse().expect(text);
            assert_eq!(ip.to_string(), shown);
        }
        for text in ["10.0.0.1%eth0", "fe80::1%", "a%eth0", ""] {
            assert_eq!(text.parse::<ScopedIp>(), Err(ScopedIpError), "{text}");
        }
    }
}
