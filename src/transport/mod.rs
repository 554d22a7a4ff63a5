//! How bytes travel to a server: names, TCP, Unix sockets, proxies, TLS.
//!
//! [`connect`] is a future from a [`WebSocketUrl`] to a [`Stream`]. It never blocks: whoever runs
//! an event loop polls it (see [`ConnectContext`]). All steps share one deadline; when it passes,
//! the error names the step that was under way.
//!
//! The stream stays registered with the loop's `mio::Poll`.

mod alert;
mod certificate_error;
mod certificate_file;
mod connect_context;
mod connect_to;
mod connected;
mod error;
mod handshake_observer;
mod host_port;
mod identity;
mod key_encryption;
mod key_log;
mod negotiate;
mod options;
mod pin;
mod pkcs12;
mod private_key;
mod provider;
pub mod proxy;
mod public_key;
mod resolve;
mod route;
mod signature;
mod signing_key;
mod socket;
mod step;
mod stream;
mod summary;
mod system_resolver;
mod tcp;
mod tls;
mod tls_error;
mod tls_options;
mod tls_problem;
mod tls_stream;
mod trust;
mod tunnel_error;
mod unix;
mod verify;

#[cfg(test)]
mod tests;

pub use connect_context::{ConnectContext, ConnectObserver, Wake};
pub use connect_to::{ConnectTo, Resolution};
pub use connected::{Connected, Peer, Timings, TlsInfo};
pub use error::{Error, ErrorKind};
pub use handshake_observer::ClientCertificate;
pub use host_port::HostPort;
pub use identity::{Identity, IdentityError};
pub(crate) use negotiate::{Negotiation, NegotiationError, negotiate};
pub use options::Options;
pub use pin::Pin;
pub use resolve::Family;
pub use signature::Unverified;
pub use socket::{Origin, SocketOptions};
pub use step::Step;
pub use stream::Stream;
pub use summary::CertificateSummary;
pub use tcp::{Attempt, Outcome};
pub use tls_options::{DnsName, Sni, TlsOptions, TlsVersion};
pub use tls_problem::{CertificateProblem, TlsProblem};
pub use tls_stream::TlsStream;
pub use tunnel_error::TunnelError;

use crate::url::WebSocketUrl;
use ::url::Host;
use route::{Route, TransportReady};

/// Checks what [`connect`] needs before it sends anything: that the options go together, the files
/// of trusted certificates if there is TLS on the way.
///
/// # Errors
/// [`Error::Options`].
pub fn check(address: &WebSocketUrl, options: &Options) -> Result<(), Error> {
    Route::choose(address, options)?.check(options)?;
    if address.is_secure() {
        tls::config(&options.tls)?;
    }
    Ok(())
}

/// What [`connect`] would go through to reach the server: `the proxy http://proxy.example:3128`,
/// `the Unix socket /run/app`; none when it would go straight there.
///
/// # Errors
/// [`Error::Options`].
pub fn through(address: &WebSocketUrl, options: &Options) -> Result<Option<String>, Error> {
    Ok(Route::choose(address, options)?.through())
}

/// Connects to the server of `address`: to the first machine on the way, through the proxy if it
/// is one, and with TLS if the address asks for it.
///
/// Whatever arrived on the stream meanwhile is not announced again: begin with a read or a write,
/// not with a wait.
///
/// # Errors
/// The first hop that fails, the context's budget, or its cancellation.
pub async fn connect(
    address: &WebSocketUrl,
    options: &Options,
    context: &ConnectContext,
) -> Result<Connected, Error> {
    let route = Route::choose(address, options)?;
    let (ready, tls) = if address.is_secure() {
        let (ready, info) = over_tls(address.host(), &route, options, context).await?;
        (ready, Some(info))
    } else {
        (route.connect(options, context).await?, None)
    };
    Ok(Connected {
        stream: ready.stream,
        ahead: ready.ahead,
        peer: ready.peer,
        timings: ready.timings,
        tls,
        attempts: ready.attempts,
    })
}

async fn over_tls(
    host: &Host,
    route: &Route,
    options: &Options,
    context: &ConnectContext,
) -> Result<(TransportReady, TlsInfo), Error> {
    // A file of certificates that cannot be used is found out before anything is sent.
    let mut tls = tls::Attempts::new(&options.tls, host, "ws://")?;
    loop {
        let ready = route.connect(options, context).await?;
        if let Some((mut ready, info, time)) = tls.encrypt(ready, context).await? {
            context.report(Step::Encrypted(info.clone()));
            ready.timings.tls = Some(time);
            return Ok((ready, info));
        }
    }
}
