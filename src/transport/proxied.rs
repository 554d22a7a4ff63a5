//! To a server through a proxy.

use super::connect_context::{ConnectContext, Stopwatch};
use super::connect_to;
use super::connected::Connected;
use super::direct::over_tcp;
use super::encrypt;
use super::error::{ErrorKind, TransportError};
use super::family::Family;
use super::host_port::HostPort;
use super::options::TransportOptions;
use super::proxy::{self, Proxy, ProxyScheme};
use super::resolve;
use super::step::TransportStep;
use std::fmt;
use std::net::SocketAddr;

/// The way through a proxy.
pub(super) struct Proxied {
    proxy: Proxy,
    server: HostPort,
}

impl Proxied {
    /// The way through the proxy that the options have for a server; none if they have none.
    pub(super) fn choose(
        server: &HostPort,
        is_secure: bool,
        options: &TransportOptions,
    ) -> Result<Option<Self>, TransportError> {
        let Some(proxy) = options.proxy.proxy_for(server, is_secure)? else {
            return Ok(None);
        };
        proxy::check(&proxy)?;
        let server = connect_to::follow(&options.connect_to, server.clone());
        // Zones are this machine's own, and a proxy is not told (RFC 6874 §4).
        let server = HostPort::new(server.host, server.port);
        Ok(Some(Self { proxy, server }))
    }

    /// Checks what TLS with the proxy needs.
    pub(super) fn check(&self, options: &TransportOptions) -> Result<(), TransportError> {
        match self.is_encrypted() {
            true => encrypt::check(&options.proxy_tls),
            false => Ok(()),
        }
    }

    /// A proxy that wants an address gets one after the other, each in a connection of its own,
    /// until one can be reached.
    pub(super) async fn connect(
        &self,
        options: &TransportOptions,
        context: &ConnectContext,
    ) -> Result<Connected, TransportError> {
        context.report(TransportStep::Proxy(self.proxy.to_string()));
        if !self.proxy.scheme().resolves_here() {
            return self.open_tunnel(&self.server, options, context).await;
        }
        // There is at least one address, or an error before this one.
        let mut result = Err(TransportError::Connect(Vec::new()));
        for address in self.addresses(options, context).await? {
            result = self.open_tunnel(&address.into(), options, context).await;
            if !result.as_ref().is_err_and(TransportError::is_unreached) {
                break;
            }
        }
        result
    }

    async fn addresses(
        &self,
        options: &TransportOptions,
        context: &ConnectContext,
    ) -> Result<Vec<SocketAddr>, TransportError> {
        let family = match (self.proxy.scheme(), options.family) {
            (ProxyScheme::Socks4, Family::V6) => {
                let reason = "SOCKS4 has no IPv6 addresses; SOCKS5 has".to_owned();
                return Err(TransportError::Options(reason));
            }
            (ProxyScheme::Socks4, _) => Family::V4,
            (_, family) => family,
        };
        resolve::resolve(&self.server, family, &options.resolve, context).await
    }

    async fn open_tunnel(
        &self,
        target: &HostPort,
        options: &TransportOptions,
        context: &ConnectContext,
    ) -> Result<Connected, TransportError> {
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
        options: &TransportOptions,
        context: &ConnectContext,
    ) -> Result<Connected, TransportError> {
        if !self.is_encrypted() {
            return over_tcp(self.proxy.endpoint(), options, context).await;
        }
        let endpoint = self.proxy.endpoint();
        let mut attempts = encrypt::Attempts::new(&options.proxy_tls, &endpoint.host, "http://")?;
        loop {
            let mut ready = over_tcp(endpoint, options, context).await?;
            let encrypted = attempts.encrypt(ready.stream, Vec::new(), context).await?;
            if let Some((stream, info, time)) = encrypted {
                context.report(TransportStep::ProxyEncrypted(info));
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
    fn on_the_way(&self, error: TransportError) -> TransportError {
        match error.kind() {
            ErrorKind::Cancelled | ErrorKind::Options => error,
            _ => TransportError::ToProxy {
                proxy: self.proxy.to_string(),
                error: Box::new(error),
            },
        }
    }
}

/// `the proxy http://proxy.example:3128`, without credentials.
impl fmt::Display for Proxied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}", self.proxy)
    }
}
