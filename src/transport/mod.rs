//! How bytes travel to a server: names, addresses, TCP, TLS. One hop a file.
//!
//! [`connect`] goes from an [`Address`] to a [`Stream`], hop by hop, under the one time budget of
//! a [`Journey`]. Nothing in it blocks but the journey's own wait, which another thread can end
//! at any time; when the budget runs out, the error names the hop that was under way.
//!
//! The stream stays registered with the journey's `mio::Poll` under [`STREAM`], so that the same
//! thread goes on with the same poll and the same waker.

mod certificate;
mod connected;
mod error;
mod journey;
mod names;
mod options;
mod resolve;
mod step;
mod stream;
mod summary;
mod tcp;
mod tls;
mod tls_stream;
mod trust;
mod verify;

#[cfg(test)]
mod tests;

pub use connected::{Connected, Timings, TlsInfo};
pub use error::{Error, ErrorKind};
pub use journey::{Journey, STREAM, WAKER};
pub use options::Options;
pub use resolve::Family;
pub use step::Step;
pub use stream::Stream;
pub use summary::CertificateSummary;
pub use tcp::{Attempt, Outcome};
pub use tls::TlsOptions;
pub use tls_stream::TlsStream;

use crate::address::Address;
use journey::Stopwatch;

/// Checks what [`connect`] needs before it sends anything: the files of trusted certificates, if
/// the address asks for TLS.
///
/// # Errors
/// [`Error::Options`].
pub fn check(address: &Address, options: &Options) -> Result<(), Error> {
    if address.is_secure() {
        tls::config(&options.tls)?;
    }
    Ok(())
}

/// Connects to the server of `address`.
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
    let mut watch = Stopwatch::start();
    // A file of certificates that cannot be used is found out before anything is sent.
    let tls = address
        .is_secure()
        .then(|| tls::config(&options.tls))
        .transpose()?;
    watch.lap();

    let addresses = resolve::resolve(address.host(), address.port(), options.family, journey)?;
    journey.report(|| Step::Resolved {
        host: address.host().to_string(),
        addresses: addresses.clone(),
    });
    let resolve = watch.lap();

    let reached = tcp::race(&addresses, tcp::ATTEMPT_DELAY, journey)?;
    let tcp = watch.lap();

    let (stream, tls_info) = match tls {
        Some(config) => {
            let stream = tls::handshake(reached.socket, config, address.host(), journey)?;
            let info = stream.info();
            journey.report(|| Step::Encrypted(info.clone()));
            (Stream::Tls(Box::new(stream)), Some(info))
        }
        None => (Stream::Plain(reached.socket), None),
    };

    Ok(Connected {
        stream,
        peer: reached.peer,
        timings: Timings {
            resolve,
            tcp,
            tls: tls_info.is_some().then(|| watch.lap()),
        },
        tls: tls_info,
        attempts: reached.attempts,
    })
}
