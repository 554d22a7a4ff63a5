//! The negotiation about a tunnel, whichever protocol the proxy speaks.

use super::address::{Proxy, ProxyScheme};
use super::http_connect::HttpConnect;
use super::socks4::Socks4;
use super::socks5::Socks5;
use crate::io_error::io_reason;
use crate::transport::connect_context::ConnectContext;
use crate::transport::error::TransportError;
use crate::transport::host_port::HostPort;
use crate::transport::negotiate::{Negotiation, NegotiationError, negotiate};
use crate::transport::step::TransportStep;
use crate::transport::stream::Stream;
use crate::transport::tunnel_error::TunnelError;
use std::fmt;

/// The negotiation with a proxy about a tunnel to a server, without I/O.
///
/// Over a connection to the proxy (with TLS if its scheme is `https`), send what
/// [`poll_transmit`](Self::poll_transmit) returns, hand in what is received, and ask for the outcome
/// after each input. However the input is cut, the outcome is the same.
///
/// ```
/// use sockeye::transport::HostPort;
/// use sockeye::transport::proxy::{Proxy, Tunnel};
///
/// let proxy = Proxy::parse("http://proxy.example:3128")?;
/// let target = HostPort::new(url::Host::parse("example.org")?, 80);
/// let mut tunnel = Tunnel::new(&proxy, &target)?;
/// assert!(tunnel.poll_transmit().starts_with(b"CONNECT example.org:80 HTTP/1.1\r\n"));
/// tunnel.handle_transmitted(tunnel.poll_transmit().len());
/// tunnel.handle_input(b"HTTP/1.1 200 OK\r\n\r\n");
/// assert_eq!(tunnel.poll_outcome(), Some(Ok(Vec::new())));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Tunnel(Box<dyn Negotiation<Output = Vec<u8>, Error = TunnelError> + Send>);

impl Tunnel {
    /// Begins a negotiation about a tunnel to `target`. Proxies of the schemes `socks4` and `socks5`
    /// are to be given an address.
    ///
    /// # Errors
    /// [`TransportError::Options`] when the protocol of the proxy cannot express the target: SOCKS4 has no
    /// IPv6 addresses, SOCKS5 no names of more than 255 bytes.
    pub fn new(proxy: &Proxy, target: &HostPort) -> Result<Self, TransportError> {
        let credentials = proxy.credentials();
        Ok(Self(match proxy.scheme() {
            ProxyScheme::Http | ProxyScheme::Https => {
                Box::new(HttpConnect::begin(target, credentials)?)
            }
            ProxyScheme::Socks4 | ProxyScheme::Socks4a => {
                Box::new(Socks4::begin(target, credentials)?)
            }
            ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
                Box::new(Socks5::begin(target, credentials)?)
            }
        }))
    }

    /// The bytes to be sent to the proxy next; empty if there are none.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        self.0.poll_transmit()
    }

    /// Reports that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were sent.
    ///
    /// # Panics
    /// When there were fewer bytes than that.
    pub fn handle_transmitted(&mut self, count: usize) {
        self.0.handle_transmitted(count);
    }

    /// Takes bytes from the proxy.
    pub fn handle_input(&mut self, input: &[u8]) {
        self.0.handle_input(input);
    }

    /// Reports that the proxy has closed its side of the connection. There is an outcome after that.
    pub fn handle_eof(&mut self) {
        self.0.handle_eof();
    }

    /// The outcome, once, as soon as it is known: the bytes that came through the tunnel already.
    /// All bytes of [`poll_transmit`](Self::poll_transmit) must be sent before the tunnel is used.
    ///
    /// # Errors
    /// Why there is no tunnel. A refusal of an HTTP proxy is known when its body is complete.
    pub fn poll_outcome(&mut self) -> Option<Result<Vec<u8>, TunnelError>> {
        self.0.poll_outcome()
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").finish_non_exhaustive()
    }
}

/// Checks that this build can use the proxy. See the feature `proxy`.
pub(in crate::transport) fn check(_: &Proxy) -> Result<(), TransportError> {
    Ok(())
}

/// Asks the proxy at the other end of `stream` for a tunnel to `target`. Returns the bytes that came
/// through it already.
pub(in crate::transport) async fn open_tunnel(
    proxy: &Proxy,
    target: &HostPort,
    stream: &mut Stream,
    context: &ConnectContext,
) -> Result<Vec<u8>, TransportError> {
    let mut tunnel = Tunnel::new(proxy, target)?;
    let phase = format!("waiting for the proxy {proxy} to connect to {target}");
    let outcome = negotiate(&mut *tunnel.0, stream, context, &phase).await;
    let ahead = outcome.map_err(|error| match error {
        NegotiationError::Failed(error) => failed(proxy, error),
        NegotiationError::Lost(error) => failed(proxy, TunnelError::Lost(io_reason(&error))),
        NegotiationError::Connect(error) => error,
    })?;
    context.report(TransportStep::Tunnelled {
        proxy: proxy.to_string(),
        target: target.to_string(),
    });
    Ok(ahead)
}

fn failed(proxy: &Proxy, error: TunnelError) -> TransportError {
    TransportError::Proxy {
        proxy: proxy.to_string(),
        error: Box::new(error),
    }
}

#[cfg(test)]
mod tests;
