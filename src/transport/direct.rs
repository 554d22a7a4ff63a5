//! To a host over TCP: resolves its name and connects to one of its addresses.

use super::connect_context::{ConnectContext, Stopwatch};
use super::connected::{Connected, Peer, Timings};
use super::error::TransportError;
use super::family::Family;
use super::host_port::HostPort;
use super::options::TransportOptions;
use super::stream::Stream;
use super::{resolve, tcp};

/// Connects to a host.
pub(super) async fn over_tcp(
    endpoint: &HostPort,
    options: &TransportOptions,
    context: &ConnectContext,
) -> Result<Connected, TransportError> {
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
pub(super) fn family(options: &TransportOptions) -> Result<Family, TransportError> {
    let Some(local) = &options.socket.local_address else {
        return Ok(options.family);
    };
    let family = Family::of(local.ip);
    if options.family == Family::Any || options.family == family {
        return Ok(family);
    }
    Err(TransportError::Options(format!(
        "the local address {local} is not of the family that is asked for"
    )))
}
