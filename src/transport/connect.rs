//! The route to a server, and the steps along it.

use super::connect_context::{ConnectContext, Stopwatch};
use super::connect_to;
use super::connected::{Connected, Peer, Timings};
use super::connector::Connector;
use super::direct::{family, over_tcp};
use super::error::TransportError;
use super::family::Family;
use super::host_port::HostPort;
use super::options::TransportOptions;
use super::proxied::Proxied;
use super::step::TransportStep;
use super::{encrypt, unix};
use crate::url::{UnixSocket, WebSocketUrl};

/// Checks what [`connect`] needs before it sends anything: that the options go together, and what
/// TLS needs if there is TLS on the way.
///
/// # Errors
/// [`TransportError::Options`], [`TransportError::TlsConfig`].
pub(crate) fn check(
    address: &WebSocketUrl,
    options: &TransportOptions,
) -> Result<(), TransportError> {
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
/// [`TransportError::Options`].
pub(crate) fn through(
    address: &WebSocketUrl,
    options: &TransportOptions,
) -> Result<Option<String>, TransportError> {
    Ok(Route::choose(address, options)?.through())
}

/// Connects to the server of `address`: to the first machine on the way, through the proxy if it
/// is one, and with TLS if the address asks for it.
///
/// Whatever arrived on the stream meanwhile is not announced again: begin with a read or a write,
/// not with a wait.
///
/// # Errors
/// Those of the step that fails, or [`TransportError::TimedOut`].
pub(crate) async fn connect(
    address: &WebSocketUrl,
    options: &TransportOptions,
    context: &ConnectContext,
) -> Result<Connected, TransportError> {
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
            context.report(TransportStep::Encrypted(info.clone()));
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

impl Route {
    /// Chooses the way, without taking a step of it.
    fn choose(address: &WebSocketUrl, options: &TransportOptions) -> Result<Self, TransportError> {
        if let Some(connector) = &options.connector {
            return Ok(Self::Custom(connector.clone(), HostPort::of(address)));
        }
        if let Some(socket) = unix_socket(address, options)? {
            return Ok(Self::Unix(socket.clone()));
        }
        let server = HostPort::of(address);
        Ok(
            match Proxied::choose(&server, address.is_secure(), options)? {
                Some(proxied) => Self::Proxied(proxied),
                None => Self::Direct(connect_to::follow(&options.connect_to, server)),
            },
        )
    }

    /// Checks what it needs before anything is sent: that addresses are of one family, and what
    /// TLS with a proxy needs.
    fn check(&self, options: &TransportOptions) -> Result<(), TransportError> {
        family(options)?;
        match self {
            Self::Proxied(proxied) => proxied.check(options),
            _ => Ok(()),
        }
    }

    /// What it leads through.
    fn through(&self) -> Option<String> {
        match self {
            Self::Unix(socket) => Some(format!("the Unix socket {socket}")),
            Self::Direct(_) | Self::Custom(..) => None,
            Self::Proxied(proxied) => Some(proxied.to_string()),
        }
    }

    /// Goes to its end.
    async fn connect(
        &self,
        options: &TransportOptions,
        context: &ConnectContext,
    ) -> Result<Connected, TransportError> {
        match self {
            Self::Custom(connector, server) => through_connector(connector, server, context),
            Self::Unix(socket) => through_unix(socket, context).await,
            Self::Direct(server) => over_tcp(server, options, context).await,
            Self::Proxied(proxied) => proxied.connect(options, context).await,
        }
    }
}

/// The Unix socket that URL or options name. TransportOptions of TCP mean nothing with it, and are refused.
fn unix_socket<'s>(
    address: &'s WebSocketUrl,
    options: &'s TransportOptions,
) -> Result<Option<&'s UnixSocket>, TransportError> {
    let refused = |what| {
        Err(TransportError::Options(format!(
            "{what} means nothing on the way through a Unix socket"
        )))
    };
    let socket = match (address.unix_socket(), &options.unix_socket) {
        (Some(_), Some(_)) => {
            let twice = "the URL names a Unix socket already; give one of the two".to_owned();
            return Err(TransportError::Options(twice));
        }
        (None, None) => return Ok(None),
        (Some(socket), None) | (None, Some(socket)) => socket,
    };
    if options.proxy.is_fixed() {
        return refused("a proxy");
    }
    if options.family != Family::Any {
        return refused("a choice between IPv4 and IPv6");
    }
    if !(options.resolve.is_empty() && options.connect_to.is_empty()) {
        return refused("another address or host");
    }
    if options.socket.local_address.is_some() || options.socket.device.is_some() {
        return refused("a local address or interface");
    }
    Ok(Some(socket))
}

fn through_connector(
    connector: &Connector,
    server: &HostPort,
    context: &ConnectContext,
) -> Result<Connected, TransportError> {
    Ok(Connected {
        stream: connector.connect(server, context)?,
        ahead: Vec::new(),
        peer: Peer::Custom(server.clone()),
        attempts: Vec::new(),
        tls: None,
        timings: Timings::default(),
    })
}

async fn through_unix(
    socket: &UnixSocket,
    context: &ConnectContext,
) -> Result<Connected, TransportError> {
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
