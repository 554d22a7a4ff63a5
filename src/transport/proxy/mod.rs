//! Proxies: which one is used for which server, and how it is asked for a tunnel.
//!
//! A WebSocket needs a tunnel also when it is not encrypted (RFC 6455 §4.1), so that an HTTP proxy
//! is always asked with CONNECT. Whichever protocol a proxy speaks, what it costs to ask is bounded:
//! in time by the context, in memory by the limits of [`http1`](crate::http1) or by the
//! fixed lengths of SOCKS. Credentials are never shown.

mod address;
mod credentials;
mod dialogue;
mod exceptions;
mod http_connect;
mod rules;
mod socks4;
mod socks5;

pub use address::{Proxy, ProxyError, ProxyScheme};
pub use credentials::{Credentials, CredentialsError};
pub use exceptions::{ExceptionError, Exceptions};
pub use rules::{ProxyOptions, ProxySource, Variables};

use super::{ConnectContext, Error, HostPort, Step, Stream};
use dialogue::Dialogue;

/// Asks the proxy at the other end of `stream` for a tunnel to `target`. Returns what came through
/// it already.
pub(super) async fn open_tunnel(
    proxy: &Proxy,
    target: &HostPort,
    stream: &mut Stream,
    context: &ConnectContext,
) -> Result<Vec<u8>, Error> {
    let mut dialogue = Dialogue::new(proxy, target, stream, context);
    let ahead = match proxy.scheme() {
        ProxyScheme::Http | ProxyScheme::Https => http_connect::ask(&mut dialogue).await?,
        ProxyScheme::Socks4 | ProxyScheme::Socks4a => {
            socks4::ask(&mut dialogue).await?;
            Vec::new()
        }
        ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
            socks5::ask(&mut dialogue).await?;
            Vec::new()
        }
    };
    context.report(Step::Tunnelled {
        proxy: proxy.to_string(),
        target: target.to_string(),
    });
    Ok(ahead)
}
