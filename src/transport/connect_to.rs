//! Connecting elsewhere than the URL says: to given addresses, or to another host.

use super::host_port::HostPort;
use crate::url::ScopedIp;
use url::Host;

/// The addresses of a host, used instead of asking the resolver (curl's `--resolve`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The host; `None` means every host without an entry of its own.
    pub host: Option<Host>,
    /// The port that the entry applies to.
    pub port: u16,
    /// The addresses, in the order in which they are tried.
    pub addresses: Vec<ScopedIp>,
}

/// A host and port to connect to instead of the URL's (curl's `--connect-to`). The request and the
/// name that the server's certificate must have are still those of the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTo {
    /// The host that the entry applies to; `None` means every host.
    pub from_host: Option<Host>,
    /// The port that the entry applies to; `None` means every port.
    pub from_port: Option<u16>,
    /// The host to connect to; `None` means the same.
    pub to_host: Option<Host>,
    /// The zone of `to_host`.
    pub to_zone: Option<String>,
    /// The port to connect to; `None` means the same.
    pub to_port: Option<u16>,
}

/// Returns the addresses for an endpoint: those of the last entry for its host, else those of the
/// last entry for every host.
pub(super) fn addresses<'r>(
    resolutions: &'r [Resolution],
    endpoint: &HostPort,
) -> Option<&'r [ScopedIp]> {
    let find = |host: Option<&Host>| {
        let mut newest_first = resolutions.iter().rev();
        newest_first.find(|entry| entry.port == endpoint.port && entry.host.as_ref() == host)
    };
    let entry = find(Some(&endpoint.host)).or_else(|| find(None))?;
    Some(&entry.addresses)
}

/// Returns the endpoint that the first matching entry leads to, or the same endpoint.
pub(super) fn follow(entries: &[ConnectTo], endpoint: HostPort) -> HostPort {
    let fits = |connect_to: &&ConnectTo| {
        let host = connect_to.from_host.as_ref();
        host.is_none_or(|host| *host == endpoint.host)
            && connect_to
                .from_port
                .is_none_or(|port| port == endpoint.port)
    };
    match entries.iter().find(fits) {
        Some(connect_to) => {
            let (host, zone) = match &connect_to.to_host {
                Some(host) => (host.clone(), connect_to.to_zone.clone()),
                None => (endpoint.host, endpoint.zone),
            };
            let port = connect_to.to_port.unwrap_or(endpoint.port);
            HostPort { host, zone, port }
        }
        None => endpoint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        Host::parse(text).expect(text)
    }

    fn endpoint(text: &str, port: u16) -> HostPort {
        HostPort::new(host(text), port)
    }

    fn resolution(name: Option<&str>, port: u16, address: &str) -> Resolution {
        Resolution {
            host: name.map(host),
            port,
            addresses: vec![ScopedIp::parse(address).expect("IP")],
        }
    }

    #[test]
    fn the_last_entry_for_a_host_and_port_counts_and_a_star_only_without_one() {
        let entries = [
            resolution(None, 80, "10.0.0.1"),
            resolution(Some("a.org"), 80, "10.0.0.2"),
            resolution(Some("a.org"), 80, "10.0.0.3"),
            resolution(Some("a.org"), 81, "10.0.0.4"),
        ];
        let found = |name: &str, port| {
            let addresses = addresses(&entries, &endpoint(name, port))?;
            Some(addresses[0].to_string())
        };
        assert_eq!(found("a.org", 80).as_deref(), Some("10.0.0.3"));
        assert_eq!(found("a.org", 81).as_deref(), Some("10.0.0.4"));
        assert_eq!(found("b.org", 80).as_deref(), Some("10.0.0.1"));
        assert_eq!(found("b.org", 81), None);
    }

    #[test]
    fn a_detour_changes_what_it_names_and_the_first_that_fits_counts() {
        let connect_to = |from: Option<&str>, from_port, to: Option<&str>, to_port| ConnectTo {
            from_host: from.map(host),
            from_port,
            to_host: to.map(host),
            to_zone: None,
            to_port,
        };
        let entries = [
            connect_to(Some("a.org"), Some(80), Some("b.org"), None),
            connect_to(Some("a.org"), None, None, Some(9)),
            connect_to(None, Some(7), Some("c.org"), Some(8)),
        ];
        let followed = |name: &str, port| follow(&entries, endpoint(name, port)).to_string();
        assert_eq!(followed("a.org", 80), "b.org:80");
        assert_eq!(followed("a.org", 7), "a.org:9");
        assert_eq!(followed("x.org", 7), "c.org:8");
        assert_eq!(followed("x.org", 80), "x.org:80");
    }
}
