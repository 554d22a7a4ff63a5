//! Zones of IPv6 addresses (RFC 4007 §11): the name or the number of the network interface that an
//! address is reached through.
//!
//! The URL standard has no zones. As an extension, `ws://[fe80::1%25eth0]/` (RFC 6874) is accepted,
//! and `[fe80::1%eth0]`, which is easier to type.

use super::error::UrlError;
use super::secrets::percent_decoded;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};
use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The characters of a zone that are percent-encoded in a URL: all except the unreserved ones
/// (RFC 6874 §2).
pub(super) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
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

impl From<IpAddr> for ScopedIp {
    fn from(ip: IpAddr) -> Self {
        Self { ip, zone: None }
    }
}

impl ScopedIp {
    /// Parses an IP address: `192.0.2.1`, `fe80::1`, `fe80::1%eth0`, `fe80::1%25eth0`. `None` if
    /// `text` is not one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Some((ip, zone)) = text.split_once('%') else {
            return text.parse::<IpAddr>().ok().map(Self::from);
        };
        let ip: Ipv6Addr = ip.parse().ok()?;
        Some(Self {
            ip: ip.into(),
            zone: Some(parse_zone(zone)?),
        })
    }
}

impl fmt::Display for ScopedIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.ip)?;
        self.zone.iter().try_for_each(|zone| write!(f, "%{zone}"))
    }
}

/// Splits the zone off the host of a URL: returns the URL without it, which the standard's parser
/// accepts, and the zone. `None` if there is none.
pub(crate) fn split(url: &str) -> Result<Option<(String, String)>, UrlError> {
    let url = normalized(url);
    let Some((begin, end)) = bracketed(&url) else {
        return Ok(None);
    };
    let Some((ip, zone)) = url[begin..end].split_once('%') else {
        return Ok(None);
    };
    let zone = parse_zone(zone).ok_or(UrlError::Zone)?;
    if ip.parse::<Ipv6Addr>().is_err() {
        return Ok(None);
    }
    Ok(Some((
        format!("{}{ip}{}", &url[..begin], &url[end..]),
        zone,
    )))
}

/// The range of the text between the brackets of a URL's host.
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

/// Parses the text after the `%`, which RFC 6874 writes as `%25`. A zone is the name of an
/// interface, so it is not empty and has no control characters, spaces, brackets or slashes.
fn parse_zone(text: &str) -> Option<String> {
    let encoded = text.strip_prefix("25").filter(|rest| !rest.is_empty());
    let zone = String::from_utf8(percent_decoded(encoded.unwrap_or(text))).ok()?;
    let illegal = |c: char| c.is_control() || c.is_whitespace() || "[]%/\\".contains(c);
    (!zone.is_empty() && !zone.contains(illegal)).then_some(zone)
}

/// The text without what the URL parser ignores: spaces and control characters around it, and tabs
/// and line breaks anywhere (WHATWG URL §4.4). `w\ts://a` is `ws://a`.
pub(crate) fn normalized(text: &str) -> Cow<'_, str> {
    let text = text.trim_matches(|c: char| c <= ' ' || c.is_whitespace());
    if text.contains(['\t', '\n', '\r']) {
        return Cow::Owned(text.replace(['\t', '\n', '\r'], ""));
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::super::websocket_url::WebSocketUrl;
    use super::*;

    #[test]
    fn a_zone_is_parsed_as_in_rfc_6874_and_as_typed() {
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
    fn host_and_authority_have_no_zone() {
        let address = WebSocketUrl::parse("ws://[fe80::1%25eth0]:81/").expect("right");
        assert_eq!(address.authority(), "[fe80::1]:81");
        assert_eq!(address.host().to_string(), "[fe80::1]");
    }

    #[test]
    fn a_percent_sign_outside_of_the_host_is_not_a_zone() {
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
    fn an_invalid_zone_is_refused() {
        for text in ["ws://[fe80::1%]/", "ws://[fe80::1%25a%20b]/", "[::1%%]"] {
            let refused = WebSocketUrl::from_typed(text);
            assert_eq!(refused, Err(UrlError::Zone), "{text}");
        }
        assert!(WebSocketUrl::parse("ws://[fe80::zz%25eth0]/").is_err());
    }

    #[test]
    fn a_redirect_keeps_the_zone_of_the_same_host_and_cannot_choose_one() {
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
    fn an_address_alone_may_have_a_zone() {
        for (text, shown) in [
            ("fe80::1%eth0", "fe80::1%eth0"),
            ("fe80::1%25eth0", "fe80::1%eth0"),
            ("::1", "::1"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            let ip = ScopedIp::parse(text).expect(text);
            assert_eq!(ip.to_string(), shown);
        }
        for text in ["10.0.0.1%eth0", "fe80::1%", "a%eth0", ""] {
            assert_eq!(ScopedIp::parse(text), None, "{text}");
        }
    }
}
