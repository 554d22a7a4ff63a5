//! The route to a server, and the steps along it.

use super::connect_context::{ConnectContext, Stopwatch};
use super::connect_to;
use super::connected::{Connected, Peer, Timings};
use super::connector::Connector;
use super::error::{Error, ErrorKind};
use super::family::Family;
use super::host_port::HostPort;
use super::options::Options;
use super::proxy::{self, Proxy, ProxyScheme, ProxySource};
use super::step::Step;
use super::stream::Stream;
use super::{encrypt, resolve, tcp, unix};
use crate::url::{UnixSocket, WebSocketUrl};
use std::net::SocketAddr;

/// Checks what [`connect`] needs before it sends anything: that the options go together, and what
/// TLS needs if there is TLS on the way.
///
/// # Errors
/// [`Error::Options`], [`Error::TlsConfig`].
pub(crate) fn check(address: &WebSocketUrl, options: &Options) -> Result<(), Error> {
    Route::choose(address, options)?.check(options)?;
    match address.is_secure() {
        true => encrypt::check(&options.tls),
        false => Ok(()),
    }
}

/// What [`connect`] would go through to reach the server: `the proxy http://proxy.example:3128`,
/// `the Unix socket /run/app`; none if it would go straight there.
///
/// # Errors
/// [`Error::Options`].
pub(crate) fn through(address: &WebSocketUrl, options: &Options) -> Result<Option<String>, Error> {
    Ok(Route::choose(address, options)?.through())
}

/// Connects to the server of `address`: to the first machine on the way, through the proxy if it
/// is one, and with TLS if the address asks for it.
///
/// Whatever arrived on the stream meanwhile is not announced again: begin with a read or a write,
/// not with a wait.
///
/// # Errors
/// Those of the step that fails, or [`Error::TimedOut`].
pub(crate) async fn connect(
    address: &WebSocketUrl,
    options: &Options,
    context: &ConnectContext,
) -> Result<Connected, Error> {
    let route = Route::choose(address, options)?;
    if !address.is_secure() {
        return route.connect(options, context).await;
    }
    let mut attempts = encrypt::Attempts::new(&options.tls, address.host(), "ws://")?;
    loop {
        let mut connected = route.connect(options, context).await?;
        let ahead = std::mem::take(&mut connected.ahead);
        let encrypted = attempts.encrypt(connected.stream, ahead, context).await?;
        if let Some((stream, info, time)) = encrypted {
            context.report(Step::Encrypted(info.clone()));
            connected.stream = stream;
            connected.tls = Some(info);
            connected.timings.tls = Some(time);
            return Ok(connected);
        }
    }
}

/// The route to a server, up to where its own TLS begins.
enum Route {
    /// Through a stream of the caller's.
    Custom(Connector, HostPort),
    /// Through a Unix socket.
    Unix(UnixSocket),
    /// Over TCP.
    Direct(HostPort),
    /// Over TCP to a proxy, and through it.
    Proxied(Proxied),
}

/// The way through a proxy.
struct Proxied {
    proxy: Proxy,
    server: HostPort,
}

impl Route {
    /// Chooses the way, without taking a step of it.
    fn choose(address: &WebSocketUrl, options: &Options) -> Result<Self, Error> {
        if let Some(connector) = &options.connector {
            return Ok(Self::Custom(connector.clone(), HostPort::of(address)));
        }
        if let Some(socket) = unix_socket(address, options)? {
            return Ok(Self::Unix(socket.clone()));
        }
        let server = HostPort::of(address);
        let proxy = options.proxy.proxy_for(&server, address.is_secure())?;
        let server = connect_to::follow(&options.connect_to, server);
        Ok(match proxy {
            Some(proxy) => {
                // Zones are this machine's own, and a proxy is not told (RFC 6874 §4).
                let server = HostPort::new(server.host, server.port);
                Self::Proxied(Proxied { proxy, server })
            }
            None => Self::Direct(server),
        })
    }

    /// Checks what it needs before anything is sent: that addresses are of one family, and what
    /// TLS with a proxy needs.
    fn check(&self, options: &Options) -> Result<(), Error> {
        family(options)?;
        match self {
            Self::Proxied(way) if way.is_encrypted() => encrypt::check(&options.proxy_tls),
            _ => Ok(()),
        }
    }

    /// What it leads through.
    fn through(&self) -> Option<String> {
        match self {
            Self::Unix(socket) => Some(format!("the Unix socket {socket}")),
            Self::Direct(_) | Self::Custom(..) => None,
            Self::Proxied(way) => Some(format!("the proxy {}", way.proxy)),
        }
    }

    /// Goes to its end.
    async fn connect(
        &self,
        options: &Options,
        context: &ConnectContext,
    ) -> Result<Connected, Error> {
        match self {
            Self::Custom(connector, server) => through_connector(connector, server, context),
            Self::Unix(socket) => through_unix(socket, context).await,
            Self::Direct(server) => over_tcp(server, options, context).await,
            Self::Proxied(way) => way.connect(options, context).await,
        }
    }
}

/// The Unix socket that URL or options name. Options of TCP mean nothing with it, and are refused.
fn unix_socket<'s>(
    address: &'s WebSocketUrl,
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

fn through_connector(
    connector: &Connector,
    server: &HostPort,
    context: &ConnectContext,
) -> Result<Connected, Error> {
    Ok(Connected {
        stream: connector.connect(server, context)?,
        ahead: Vec::new(),
        peer: Peer::Custom(server.clone()),
        attempts: Vec::new(),
        tls: None,
        timings: Timings::default(),
    })
}

async fn through_unix(socket: &UnixSocket, context: &ConnectContext) -> Result<Connected, Error> {
    let mut watch = Stopwatch::start();
    let stream = unix::connect(socket, context).await?;
    Ok(Connected {
        stream,
        ahead: Vec::new(),
        peer: Peer::Unix(socket.clone()),
        attempts: Vec::new(),
        tls: None,
        timings: Timings {
            tcp: watch.lap(),
            ..Timings::default()
        },
    })
}

async fn over_tcp(
    endpoint: &HostPort,
    options: &Options,
    context: &ConnectContext,
) -> Result<Connected, Error> {
    let mut watch = Stopwatch::start();
    let family = family(options)?;
    let addresses = resolve::resolve(endpoint, family, &options.resolve, context).await?;
    let resolve = watch.lap();
    let reached = tcp::race(&addresses, tcp::ATTEMPT_DELAY, &options.socket, context).await?;
    Ok(Connected {
        stream: Stream::Tcp(reached.socket),
        ahead: Vec::new(),
        peer: Peer::Tcp(reached.peer),
        attempts: reached.attempts,
        tls: None,
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
    async fn connect(
        &self,
        options: &Options,
        context: &ConnectContext,
    ) -> Result<Connected, Error> {
        context.report(Step::Proxy(self.proxy.to_string()));
        if !self.proxy.scheme().resolves_here() {
            return self.open_tunnel(&self.server, options, context).await;
        }
        // There is at least one address, or an error before this one.
        let mut result = Err(Error::Connect(Vec::new()));
        for address in self.addresses(options, context).await? {
            result = self.open_tunnel(&address.into(), options, context).await;
            if !result.as_ref().is_err_and(Error::is_unreached) {
                break;
            }
        }
        result
    }

    async fn addresses(
        &self,
        options: &Options,
        context: &ConnectContext,
    ) -> Result<Vec<SocketAddr>, Error> {
        let family = match (self.proxy.scheme(), options.family) {
            (ProxyScheme::Socks4, Family::V6) => {
                let reason = "SOCKS4 has no IPv6 addresses; SOCKS5 has".to_owned();
                return Err(Error::Options(reason));
            }
            (ProxyScheme::Socks4, _) => Family::V4,
            (_, family) => family,
        };
        resolve::resolve(&self.server, family, &options.resolve, context).await
    }

    async fn open_tunnel(
        &self,
        target: &HostPort,
        options: &Options,
        context: &ConnectContext,
    ) -> Result<Connected, Error> {
        let mut ready = self
            .reach_proxy(options, context)
            .await
            .map_err(|error| self.on_the_way(error))?;
        let mut watch = Stopwatch::start();
        ready.ahead = proxy::open_tunnel(&self.proxy, target, &mut ready.stream, context).await?;
        let before = ready.timings.proxy.unwrap_or_default();
        ready.timings.proxy = Some(before + watch.lap());
        Ok(ready)
    }

    /// Goes to the proxy itself, with TLS if it wants that.
    async fn reach_proxy(
        &self,
        options: &Options,
        context: &ConnectContext,
    ) -> Result<Connected, Error> {
        if !self.is_encrypted() {
            return over_tcp(self.proxy.endpoint(), options, context).await;
        }
        let endpoint = self.proxy.endpoint();
        let mut attempts = encrypt::Attempts::new(&options.proxy_tls, &endpoint.host, "http://")?;
        loop {
            let mut ready = over_tcp(endpoint, options, context).await?;
            let encrypted = attempts.encrypt(ready.stream, Vec::new(), context).await?;
            if let Some((stream, info, time)) = encrypted {
                context.report(Step::ProxyEncrypted(info));
                ready.stream = stream;
                ready.timings.proxy = Some(time);
                return Ok(ready);
            }
        }
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
