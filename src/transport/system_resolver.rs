//! The operating system's resolver: `getaddrinfo`, which blocks.

use super::family::Family;
use crate::url::ScopedIp;
use dns_lookup::{AddrFamily, AddrInfoHints, LookupError, LookupErrorKind, SockType, getaddrinfo};
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};

/// The flag that says that the host is an address and not a name. It has the same value on Linux, macOS, the BSDs and Windows.
const AI_NUMERICHOST: i32 = 4;

/// Returns the addresses of `name` in `family`. The resolver is not asked for the other family, so
/// a DNS server that does not answer such queries costs no time.
///
/// The addresses have port 0. IPv6 addresses keep their scope, because mDNS finds link-local ones.
pub(super) fn addresses(name: &str, family: Family) -> io::Result<Vec<SocketAddr>> {
    let hints = AddrInfoHints {
        address: match family {
            Family::Any => 0,
            Family::V4 => AddrFamily::Inet.into(),
            Family::V6 => AddrFamily::Inet6.into(),
        },
        // Without it each address comes once for each type.
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    let found = getaddrinfo(Some(name), None, Some(hints)).map_err(described)?;
    found.map(|info| Ok(info?.sockaddr)).collect()
}

/// Says by its kind why a lookup has failed (RFC 3493 §6.1): the text of the operating system has
/// more around it, and is another one on each system.
fn described(error: LookupError) -> io::Error {
    let text = match error.kind() {
        LookupErrorKind::NoName => "name or service not known",
        LookupErrorKind::NoData => "no address associated with the name",
        LookupErrorKind::Again => "temporary failure in name resolution",
        LookupErrorKind::Fail => "non-recoverable failure in name resolution",
        LookupErrorKind::Family => "address family not supported",
        LookupErrorKind::Memory => "out of memory",
        _ => return error.into(),
    };
    io::Error::other(text)
}

/// The address with the number of its zone as the scope, and port 0.
pub(super) fn with_scope(address: &ScopedIp) -> io::Result<SocketAddr> {
    match (address.ip, &address.zone) {
        (IpAddr::V6(ip), Some(zone)) => Ok(SocketAddrV6::new(ip, 0, 0, number_of(zone)?).into()),
        (ip, _) => Ok(SocketAddr::new(ip, 0)),
    }
}

/// The number of a network interface.
fn number_of(zone: &str) -> io::Result<u32> {
    if let Ok(number) = zone.parse() {
        return Ok(number);
    }
    let hints = AddrInfoHints {
        flags: AI_NUMERICHOST,
        ..AddrInfoHints::default()
    };
    // Names of interfaces are known for link-local addresses (RFC 4007 §11.2); any one will do.
    let found = getaddrinfo(Some(&format!("fe80::1%{zone}")), None, Some(hints));
    let scope = found
        .ok()
        .into_iter()
        .flatten()
        .find_map(|info| match info {
            Ok(info) => scope_of(info.sockaddr),
            Err(_) => None,
        });
    let unknown = || {
        let name = zone.escape_debug();
        io::Error::other(format!("this machine has no network interface '{name}'"))
    };
    scope.ok_or_else(unknown)
}

fn scope_of(address: SocketAddr) -> Option<u32> {
    match address {
        SocketAddr::V6(address) => Some(address.scope_id()).filter(|scope| *scope != 0),
        SocketAddr::V4(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families(family: Family) -> Vec<bool> {
        let found = addresses("localhost", family).expect("every machine knows it");
        found.iter().map(SocketAddr::is_ipv4).collect()
    }

    #[test]
    fn a_family_that_is_asked_for_is_the_only_one() {
        assert!(families(Family::V4).iter().all(|is_ipv4| *is_ipv4));
        assert!(!families(Family::Any).is_empty());
    }

    #[test]
    fn an_address_of_another_family_is_not_found() {
        // No query is needed for it; which shows that the family reaches the resolver.
        assert!(addresses("127.0.0.1", Family::V4).is_ok());
        assert!(addresses("127.0.0.1", Family::V6).is_err());
        assert!(addresses("::1", Family::V4).is_err());
    }

    #[test]
    fn a_zone_is_a_number_or_the_name_of_an_interface() {
        let scope = |text: &str| {
            let address = with_scope(&ScopedIp::parse(text).expect(text))?;
            Ok::<_, io::Error>(scope_of(address))
        };
        assert_eq!(scope("fe80::1%7").expect("a number"), Some(7));
        assert_eq!(scope("::1").expect("none"), None);
        assert_eq!(scope("127.0.0.1").expect("none"), None);
        let error = scope("fe80::1%no-such").expect_err("unknown");
        assert!(error.to_string().contains("'no-such'"), "{error}");
        #[cfg(target_os = "linux")]
        for text in ["fe80::1%lo", "::1%lo"] {
            assert_eq!(scope(text).expect("the loopback"), Some(1), "{text}");
        }
    }
}
