//! From a host to the addresses to try, in the order to try them.

use super::connect_context::{ConnectContext, Wake};
use super::connect_to::{self, Resolution};
use super::error::TransportError;
use super::family::Family;
use super::host_port::HostPort;
use super::resolver_pool::POOL;
use super::step::TransportStep;
use super::system_resolver;
use crate::io_error::io_reason;
use crate::url::ScopedIp;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::mpsc::{self, Sender, TryRecvError};
use url::Host;

/// The addresses of a host that `family` allows, at least one, families taking turns.
///
/// What `known` says comes before everything else. Literals and `localhost` (both loopback
/// addresses, RFC 6761 §6.3) need no resolver.
pub(super) async fn resolve(
    endpoint: &HostPort,
    family: Family,
    known: &[Resolution],
    context: &ConnectContext,
) -> Result<Vec<SocketAddr>, TransportError> {
    let HostPort { host, zone, port } = endpoint;
    let at = |ip: IpAddr| SocketAddr::new(ip, 0);
    let mut found = match (connect_to::addresses(known, endpoint), host) {
        (Some(known), _) => known.iter().map(scoped).collect::<Result<_, _>>()?,
        (None, Host::Ipv4(ip)) => vec![at((*ip).into())],
        (None, Host::Ipv6(ip)) => vec![scoped(&ScopedIp {
            ip: (*ip).into(),
            zone: zone.clone(),
        })?],
        (None, Host::Domain(name)) if is_localhost(name) => {
            vec![
                at(Ipv6Addr::LOCALHOST.into()),
                at(Ipv4Addr::LOCALHOST.into()),
            ]
        }
        (None, Host::Domain(name)) => {
            look_up(name, family, system_resolver::addresses, context).await?
        }
    };
    found.retain(|address| family.allows(address.ip()));
    if found.is_empty() {
        return Err(none_left(host, family));
    }
    let mut addresses = interleave(found);
    for address in &mut addresses {
        address.set_port(*port);
    }
    context.report(TransportStep::Resolved {
        host: host.to_string(),
        addresses: addresses.clone(),
    });
    Ok(addresses)
}

/// The address with the number of its zone, port 0.
fn scoped(ip: &ScopedIp) -> Result<SocketAddr, TransportError> {
    system_resolver::with_scope(ip).map_err(|error| TransportError::Resolve {
        host: ip.to_string(),
        reason: error.to_string(),
    })
}

/// Asks a resolver that blocks, on a thread of the pool. If the connection is given up before the
/// lookup begins, it is skipped; if later, nobody gets its answer.
pub(super) async fn look_up(
    name: &str,
    family: Family,
    resolver: fn(&str, Family) -> io::Result<Vec<SocketAddr>>,
    context: &ConnectContext,
) -> Result<Vec<SocketAddr>, TransportError> {
    let failed = |reason| TransportError::Resolve {
        host: name.to_owned(),
        reason,
    };
    let (sender, answer) = mpsc::channel();
    let reply = Reply {
        sender: Some(sender),
        wake: context.wake(),
    };
    let asked = name.to_owned();
    let _ticket = POOL
        .submit(move || reply.send(resolver(&asked, family)))
        .map_err(|error| failed(io_reason(&error)))?;

    let phase = format!("resolving {name}");
    loop {
        context.wait(&phase, None).await?;
        match answer.try_recv() {
            Ok(Ok(addresses)) => return Ok(addresses),
            Ok(Err(error)) => return Err(failed(io_reason(&error))),
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Err(failed("no answer".to_owned())),
        }
    }
}

/// Where the answer of a lookup goes. It wakes the event loop when it is dropped, so also after a
/// panic of the resolver.
struct Reply {
    sender: Option<Sender<io::Result<Vec<SocketAddr>>>>,
    wake: Wake,
}

impl Reply {
    fn send(mut self, answer: io::Result<Vec<SocketAddr>>) {
        // Nobody listens once connecting has ended.
        self.sender.take().map(|sender| sender.send(answer));
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.sender = None;
        (self.wake)();
    }
}

/// Whether a name leads to the loopback, whatever a resolver says (RFC 6761 §6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn none_left(host: &Host, family: Family) -> TransportError {
    let wanted = match family {
        Family::Any => "no address",
        Family::V4 => "no IPv4 address, and only those are allowed",
        Family::V6 => "no IPv6 address, and only those are allowed",
    };
    TransportError::Resolve {
        host: host.to_string(),
        reason: wanted.to_owned(),
    }
}

/// Families take turns, beginning with the one the resolver put first (RFC 8305 §4).
fn interleave(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let mut unique = Vec::with_capacity(addresses.len());
    for address in addresses {
        if !unique.contains(&address) {
            unique.push(address);
        }
    }
    let first_is_v6 = unique.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = unique
        .into_iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut turns = Vec::with_capacity(first.len() + second.len());
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    loop {
        let pair = [first.next(), second.next()];
        if pair == [None, None] {
            return turns;
        }
        turns.extend(pair.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<SocketAddr> {
        let address = |text: &&str| SocketAddr::new(text.parse().expect("IP"), 0);
        texts.iter().map(address).collect()
    }

    #[test]
    fn families_take_turns_beginning_with_the_resolvers_first() {
        assert_eq!(
            interleave(ips(&["::1", "::2", "::3", "1.1.1.1"])),
            ips(&["::1", "1.1.1.1", "::2", "::3"])
        );
        assert_eq!(
            interleave(ips(&["1.1.1.1", "1.1.1.2", "::1", "1.1.1.1"])),
            ips(&["1.1.1.1", "::1", "1.1.1.2"])
        );
        assert_eq!(interleave(Vec::new()), Vec::<SocketAddr>::new());
    }

    #[test]
    fn localhost_and_names_below_it_are_the_loopback() {
        assert!(is_localhost("localhost") && is_localhost("a.localhost."));
        assert!(!is_localhost("notlocalhost") && !is_localhost("localhost.org"));
    }
}
