//! The hops to a server in their order, up to where its own TLS begins.

use super::connected::{Peer, Timings};
use super::journey::Stopwatch;
use super::proxy::{self, Proxy, ProxyScheme, ProxySource};
use super::{
    Attempt, Endpoint, Error, ErrorKind, Family, Journey, Options, Step, Stream, detour, resolve,
    tcp, tls, unix,
};
use crate::address::{Address, UnixSocket};
use std::net::SocketAddr;

/// The hops to a server.
pub(super) enum Hops {
    /// Through a Unix socket.
    Unix(UnixSocket),
    /// Over TCP.
    Direct(Endpoint),
    /// Over TCP to a proxy, and through it.
    Proxied(Proxied),
}

/// The way through a proxy.
pub(super) struct Proxied {
    proxy: Proxy,
    server: Endpoint,
}

/// Where the hops end.
pub(super) struct Arrival {
    pub(super) stream: Stream,
    /// What has been read of it already.
    pub(super) ahead: Vec<u8>,
    pub(super) peer: Peer,
    pub(super) attempts: Vec<Attempt>,
    pub(super) timings: Timings,
}

impl Hops {
    /// Chooses the way, without taking a step of it.
    pub(super) fn choose(address: &Address, options: &Options) -> Result<Self, Error> {
        if let Some(socket) = unix_socket(address, options)? {
            return Ok(Self::Unix(socket.clone()));
        }
        let server = Endpoint::of(address);
        let proxy = options.proxy.proxy_for(&server, address.is_secure())?;
        let server = detour::follow(&options.connect_to, server);
        Ok(match proxy {
            Some(proxy) => {
                // Zones are this machine's own, and a proxy is not told (RFC 6874 §4).
                let server = Endpoint::new(server.host, server.port);
                Self::Proxied(Proxied { proxy, server })
            }
            None => Self::Direct(server),
        })
    }

    /// Checks what it needs before anything is sent: that addresses are of one family, the files
    /// of certificates for a proxy.
    pub(super) fn check(&self, options: &Options) -> Result<(), Error> {
        family(options)?;
        match self {
            Self::Proxied(way) if way.is_encrypted() => tls::config(&options.proxy.tls).map(drop),
            _ => Ok(()),
        }
    }

    /// What it leads through.
    pub(super) fn through(&self) -> Option<String> {
        match self {
            Self::Unix(socket) => Some(format!("the Unix socket {socket}")),
            Self::Direct(_) => None,
            Self::Proxied(way) => Some(format!("the proxy {}", way.proxy)),
        }
    }

    /// Goes it.
    pub(super) fn travel(
        &self,
        options: &Options,
        journey: &mut Journey<'_>,
    ) -> Result<Arrival, Error> {
        match self {
            Self::Unix(socket) => through_unix(socket, journey),
            Self::Direct(server) => over_tcp(server, options, journey),
            Self::Proxied(way) => way.travel(options, journey),
        }
    }
}

/// The Unix socket that URL or options name. Options of TCP mean nothing with it, and are refused.
fn unix_socket<'s>(
    address: &'s Address,
    options: &'s Options,
) -> Result<Option<&'s UnixSocket>, Error> {
    let refused = |what| {
        Err(Error::Options(format!(
            "{what} means nothing on the way through a Unix socket"
        )))
    };
    let socket = match (address.unix_socket(), &options.unix_socket) {
        (Some(_), Some(_)) => {
            let twice = "the URL names a Unix socket already; give one of the two".to_owned();
            return Err(Error::Options(twice));
        }
        (None, None) => return Ok(None),
        (Some(socket), None) | (None, Some(socket)) => socket,
    };
    if matches!(options.proxy.source, ProxySource::Fixed(_)) {
        return refused("a proxy");
    }
    if options.family != Family::Any {
        return refused("a choice between IPv4 and IPv6");
    }
    if !(options.resolve.is_empty() && options.connect_to.is_empty()) {
        return refused("another address or host");
    }
    if options.socket.origin != Default::default() {
        return refused("a local address or interface");
    }
    Ok(Some(socket))
}

fn through_unix(socket: &UnixSocket, journey: &mut Journey<'_>) -> Result<Arrival, Error> {
    let mut watch = Stopwatch::start();
    let stream = unix::connect(socket, journey)?;
    Ok(Arrival {
        stream,
        ahead: Vec::new(),
        peer: Peer::Unix(socket.clone()),
        attempts: Vec::new(),
        timings: Timings {
            tcp: watch.lap(),
            ..Timings::default()
        },
    })
}

fn over_tcp(
    endpoint: &Endpoint,
    options: &Options,
    journey: &mut Journey<'_>,
) -> Result<Arrival, Error> {
    let mut watch = Stopwatch::start();
    let family = family(options)?;
    let addresses = resolve::resolve(endpoint, family, &options.resolve, journey)?;
    let resolve = watch.lap();
    let reached = tcp::race(&addresses, tcp::ATTEMPT_DELAY, &options.socket, journey)?;
    Ok(Arrival {
        stream: Stream::Tcp(reached.socket),
        ahead: Vec::new(),
        peer: Peer::Tcp(reached.peer),
        attempts: reached.attempts,
        timings: Timings {
            resolve,
            tcp: watch.lap(),
            ..Timings::default()
        },
    })
}

/// The family that options and local address leave.
fn family(options: &Options) -> Result<Family, Error> {
    let Some(local) = &options.socket.origin.address else {
        return Ok(options.family);
    };
    let family = Family::of(local.ip);
    if options.family == Family::Any || options.family == family {
        return Ok(family);
    }
    Err(Error::Options(format!(
        "the local address {local} is not of the family that is asked for"
    )))
}

impl Proxied {
    /// A proxy that wants an address gets one after the other, each in a connection of its own,
    /// until one can be reached.
    fn travel(&self, options: &Options, journey: &mut Journey<'_>) -> Result<Arrival, Error> {
        journey.report(|| Step::Proxy(self.proxy.to_string()));
        if !self.proxy.scheme().resolves_here() {
            return self.dig(&self.server, options, journey);
        }
        // There is at least one address, or an error before this one.
        let mut result = Err(Error::Connect(Vec::new()));
        for address in self.addresses(options, journey)? {
            result = self.dig(&address.into(), options, journey);
            if !result.as_ref().is_err_and(Error::is_unreached) {
                break;
            }
        }
        result
    }

    fn addresses(
        &self,
        options: &Options,
        journey: &mut Journey<'_>,
    ) -> Result<Vec<SocketAddr>, Error> {
        let family = match (self.proxy.scheme(), options.family) {
            (ProxyScheme::Socks4, Family::V6) => {
                let reason = "SOCKS4 has no IPv6 addresses; SOCKS5 has".to_owned();
                return Err(Error::Options(reason));
            }
            (ProxyScheme::Socks4, _) => Family::V4,
            (_, family) => family,
        };
        resolve::resolve(&self.server, family, &options.resolve, journey)
    }

    fn dig(
        &self,
        target: &Endpoint,
        options: &Options,
        journey: &mut Journey<'_>,
    ) -> Result<Arrival, Error> {
        let mut arrival = self
            .reach_proxy(options, journey)
            .map_err(|error| self.on_the_way(error))?;
        let mut watch = Stopwatch::start();
        arrival.ahead = proxy::dig(&self.proxy, target, &mut arrival.stream, journey)?;
        let before = arrival.timings.proxy.unwrap_or_default();
        arrival.timings.proxy = Some(before + watch.lap());
        Ok(arrival)
    }

    /// Goes to the proxy itself, with TLS if it wants that.
    fn reach_proxy(&self, options: &Options, journey: &mut Journey<'_>) -> Result<Arrival, Error> {
        if !self.is_encrypted() {
            return over_tcp(self.proxy.endpoint(), options, journey);
        }
        let setup = tls::config(&options.proxy.tls)?;
        let endpoint = self.proxy.endpoint();
        let reach = |journey: &mut Journey<'_>| over_tcp(endpoint, options, journey);
        let (mut arrival, info, time) = tls::connect(
            setup,
            &options.proxy.tls,
            &endpoint.host,
            "http://",
            journey,
            reach,
        )?;
        journey.report(|| Step::ProxyEncrypted(info));
        arrival.timings.proxy = Some(time);
        Ok(arrival)
    }

    fn is_encrypted(&self) -> bool {
        self.proxy.scheme() == ProxyScheme::Https
    }

    /// What went wrong, with the name of the proxy. Cancelling and options are not its doing.
    fn on_the_way(&self, error: Error) -> Error {
        match error.kind() {
            ErrorKind::Cancelled | ErrorKind::Options => error,
            _ => Error::ToProxy {
                proxy: self.proxy.to_string(),
                error: Box::new(error),
            },
        }
    }
}
