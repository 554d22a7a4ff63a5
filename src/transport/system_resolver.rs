//! The operating system's resolver: `getaddrinfo`, which blocks.

use super::Family;
use dns_lookup::{AddrFamily, AddrInfoHints, SockType, getaddrinfo};
use std::io;
use std::net::SocketAddr;

/// The addresses of `name`. The resolver is asked for those of `family` alone: a server of DNS that
/// does not answer queries for the other one costs no time.
///
/// The addresses have port 0, and those of IPv6 their scope: mDNS finds link-local addresses.
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
    let found = getaddrinfo(Some(name), None, Some(hints))?;
    found.map(|info| Ok(info?.sockaddr)).collect()
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
}
