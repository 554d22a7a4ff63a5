//! Hosts that are connected to without a proxy: `no_proxy`, by curl's rules.

use super::address::ProxyError;
use crate::transport::host_port::HostPort;
use std::net::IpAddr;
use url::Host;

/// Hosts that are connected to without a proxy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoProxy(Vec<Entry>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    /// `*`
    Everything,
    /// A domain and all below it.
    Domain { name: String, port: Option<u16> },
    /// The addresses whose first `bits` bits are those of `base`.
    Network {
        base: IpAddr,
        bits: u8,
        port: Option<u16>,
    },
}

impl NoProxy {
    /// Parses entries separated by commas or white space.
    ///
    /// A name matches itself and its subdomains, with or without a dot (or `*.`) before it. An
    /// address matches itself, with `/BITS` its network. An entry with a port (after a colon, and an
    /// IPv6 address then in brackets) matches that port only. `*` matches every host.
    ///
    /// # Errors
    /// [`ProxyError::NoProxy`] for the first entry that matches no host.
    pub fn parse(text: &str) -> Result<Self, ProxyError> {
        entries(text).collect::<Result<_, _>>().map(Self)
    }

    /// As [`NoProxy::parse`], but entries that match no host are skipped, as other programs skip
    /// them in their environment.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Self {
        Self(entries(text).filter_map(Result::ok).collect())
    }

    /// Whether this host and port are connected to without a proxy.
    #[must_use]
    pub fn contains(&self, endpoint: &HostPort) -> bool {
        self.0.iter().any(|entry| entry.matches(endpoint))
    }
}

fn entries(text: &str) -> impl Iterator<Item = Result<Entry, ProxyError>> {
    let parts = text.split(|c: char| c == ',' || c.is_whitespace());
    let parts = parts.filter(|part| !part.is_empty());
    parts.map(|part| Entry::parse(part).ok_or_else(|| ProxyError::NoProxy(part.to_owned())))
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everything);
        }
        let (host, port) = without_port(text)?;
        if let Some((base, bits)) = host.split_once('/') {
            return Self::network(base.parse().ok()?, bits.parse().ok()?, port);
        }
        let bare = host.strip_prefix('*').unwrap_or(host);
        let bare = bare.trim_matches('.');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Self::network(ip, width(ip), port);
        }
        match Host::parse(bare).ok()? {
            Host::Domain(name) => Some(Self::Domain { name, port }),
            Host::Ipv4(ip) => Self::network(ip.into(), width(ip.into()), port),
            Host::Ipv6(ip) => Self::network(ip.into(), width(ip.into()), port),
        }
    }

    fn network(base: IpAddr, bits: u8, port: Option<u16>) -> Option<Self> {
        (bits <= width(base)).then_some(Self::Network { base, bits, port })
    }

    fn matches(&self, endpoint: &HostPort) -> bool {
        let at = |port: &Option<u16>| port.is_none_or(|port| port == endpoint.port);
        match (self, &endpoint.host) {
            (Self::Everything, _) => true,
            (Self::Domain { name, port }, Host::Domain(host)) => at(port) && is_within(host, name),
            (Self::Network { base, bits, port }, Host::Ipv4(ip)) => {
                at(port) && shares((*ip).into(), *base, *bits)
            }
            (Self::Network { base, bits, port }, Host::Ipv6(ip)) => {
                at(port)
                    && (shares((*ip).into(), *base, *bits)
                        || shares(ip.to_canonical(), *base, *bits))
            }
            _ => false,
        }
    }
}

/// The host of an entry without brackets, and its port.
fn without_port(text: &str) -> Option<(&str, Option<u16>)> {
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((host, Some(port.parse().ok()?))),
            None if rest.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match text.split_once(':') {
        // More than one colon: an IPv6 address.
        Some((_, rest)) if rest.contains(':') => Some((text, None)),
        Some((host, port)) => Some((host, Some(port.parse().ok()?))),
        None => Some((text, None)),
    }
}

/// Whether a host is this domain or a subdomain; both are in lower case and ASCII.
fn is_within(host: &str, domain: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    match host.strip_suffix(domain) {
        Some(rest) => rest.is_empty() || rest.ends_with('.'),
        None => false,
    }
}

/// The number of bits of an address of this family.
fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// Whether the first bits of two addresses are the same.
fn shares(ip: IpAddr, base: IpAddr, bits: u8) -> bool {
    let difference = match (ip, base) {
        (IpAddr::V4(ip), IpAddr::V4(base)) => u128::from(ip.to_bits() ^ base.to_bits()) << 96,
        (IpAddr::V6(ip), IpAddr::V6(base)) => ip.to_bits() ^ base.to_bits(),
        _ => return false,
    };
    difference.leading_zeros() >= u32::from(bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(list: &str, host: &str, port: u16) -> bool {
        let host = Host::parse(host).expect(host);
        let no_proxy = NoProxy::parse(list).expect(list);
        no_proxy.contains(&HostPort::new(host, port))
    }

    fn fits(list: &str, host: &str) -> bool {
        contains(list, host, 80)
    }

    #[test]
    fn a_name_matches_itself_and_its_subdomains() {
        for list in [
            "a.org",
            ".a.org",
            "*.a.org",
            "A.ORG",
            "a.org.",
            "x, a.org ,y",
            "x a.org",
        ] {
            assert!(fits(list, "a.org"), "{list}");
            assert!(fits(list, "b.a.org"), "{list}");
            assert!(fits(list, "a.org."), "{list}");
            assert!(!fits(list, "ba.org"), "{list}");
            assert!(!fits(list, "org"), "{list}");
        }
    }

    #[test]
    fn a_star_matches_every_host_and_an_empty_list_none() {
        for host in ["a.org", "10.0.0.1", "[::1]"] {
            assert!(fits("*", host));
            assert!(!fits("", host));
            assert!(!fits(" , ,", host));
        }
    }

    #[test]
    fn an_entry_with_a_port_matches_that_port_only() {
        for (list, host) in [
            ("a.org:8080", "a.org"),
            ("10.0.0.1:8080", "10.0.0.1"),
            ("[::1]:8080", "[::1]"),
            ("10.0.0.0/8:8080", "10.0.0.1"),
        ] {
            assert!(contains(list, host, 8080), "{list}");
            assert!(!contains(list, host, 80), "{list}");
        }
    }

    #[test]
    fn a_network_matches_all_addresses_with_its_first_bits() {
        for (list, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("192.168.1.128/25", "192.168.1.200", "192.168.1.1"),
            ("10.1.2.3/32", "10.1.2.3", "10.1.2.2"),
            ("10.1.2.3", "10.1.2.3", "10.1.2.2"),
            ("fd00::/8", "[fdff::1]", "[fe00::1]"),
            ("::1", "[::1]", "[::2]"),
            ("[::1]", "[::1]", "[::2]"),
            ("2001:db8::/33", "[2001:db8:7fff::]", "[2001:db8:8000::]"),
            ("10.0.0.0/8", "[::ffff:10.0.0.1]", "[::ffff:11.0.0.1]"),
        ] {
            assert!(fits(list, inside), "{list} has {inside}");
            assert!(!fits(list, outside), "{list} has not {outside}");
        }
        assert!(fits("0.0.0.0/0", "8.8.8.8") && !fits("0.0.0.0/0", "[::1]"));
        assert!(fits("::/0", "[::1]") && !fits("::/0", "8.8.8.8"));
    }

    #[test]
    fn a_network_matches_no_names() {
        assert!(!fits("0.0.0.0/0", "a.org"));
        assert!(!fits("1", "a1"));
    }

    #[test]
    fn an_internationalized_name_matches_its_ascii_form() {
        assert!(fits("bücher.example", "xn--bcher-kva.example"));
    }

    #[test]
    fn an_entry_that_matches_no_host_is_rejected_or_skipped() {
        for list in [
            "a.org,10.0.0.0/33",
            "a.org,::/129",
            "a.org,a:b",
            "a.org,x/8",
            "a.org,[::1",
        ] {
            let error = NoProxy::parse(list).expect_err(list).to_string();
            assert!(error.contains(&list["a.org,".len()..]), "{error}");
            let lenient = NoProxy::parse_lenient(list);
            let host = Host::Domain("a.org".to_owned());
            assert!(lenient.contains(&HostPort::new(host, 1)), "{list}");
        }
    }
}
