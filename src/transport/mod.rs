//! How bytes travel to a server: names, addresses, TCP, Unix sockets, proxies, TLS. One hop a
//! file.
//!
//! [`connect`] goes from an [`Address`] to a [`Stream`], hop by hop, under the one time budget of
//! a [`Journey`]. Nothing in it blocks but the journey's own wait, which another thread can end
//! at any time; when the budget runs out, the error names the hop that was under way.
//!
//! The stream stays registered with the journey's `mio::Poll` under [`STREAM`], so that the same
//! thread goes on with the same poll and the same waker.

mod alert;
mod certificate_file;
mod connected;
mod detour;
mod distrust;
mod endpoint;
mod error;
mod hops;
mod identity;
mod journey;
mod key_encryption;
mod key_log;
mod options;
mod pin;
mod pkcs12;
mod private_key;
mod provider;
pub mod proxy;
mod public_key;
mod resolve;
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
mod unix;
mod verify;
mod witness;

#[cfg(test)]
mod tests;

pub use connected::{Connected, Peer, Timings, TlsInfo};
pub use detour::{Detour, Resolution};
pub use endpoint::Endpoint;
pub use error::{Error, ErrorKind};
pub use identity::{Identity, IdentityError};
pub use journey::{Journey, STREAM, WAKER};
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
pub use witness::ClientCertificate;

use crate::address::Address;
use hops::Hops;

/// Checks what [`connect`] needs before it sends anything: that the options go together, the files
/// of trusted certificates if there is TLS on the way.
///
/// # Errors
/// [`Error::Options`].
pub fn check(address: &Address, options: &Options) -> Result<(), Error> {
    Hops::choose(address, options)?.check(options)?;
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
pub fn through(address: &Address, options: &Options) -> Result<Option<String>, Error> {
    Ok(Hops::choose(address, options)?.through())
}

/// Connects to the server of `address`: to the first machine on the way, through the proxy if it
/// is one, and with TLS if the address asks for it.
///
/// Whatever arrived on the stream meanwhile is not announced again: begin with a read or a write,
/// not with a wait.
///
/// # Errors
/// The first hop that fails, the journey's budget, or its cancellation.
pub fn connect(
    address: &Address,
    options: &Options,
    journey: &mut Journey<'_>,
) -> Result<Connected, Error> {
    // A file of certificates that cannot be used is found out before anything is sent.
    let hops = Hops::choose(address, options)?;
    let tls = address
        .is_secure()
        .then(|| tls::config(&options.tls))
        .transpose()?;

    let reach = |journey: &mut Journey<'_>| hops.travel(options, journey);
    let (arrival, tls) = match tls {
        Some(setup) => {
            let host = address.host();
            let (mut arrival, info, time) =
                tls::connect(setup, &options.tls, host, "ws://", journey, reach)?;
            journey.report(|| Step::Encrypted(info.clone()));
            arrival.timings.tls = Some(time);
            (arrival, Some(info))
        }
        None => (reach(journey)?, None),
    };

    Ok(Connected {
        stream: arrival.stream,
        ahead: arrival.ahead,
        peer: arrival.peer,
        timings: arrival.timings,
        tls,
        attempts: arrival.attempts,
    })
}
