//! The thread that owns socket, TLS and protocol machine.
//!
//! It connects, then waits for the socket, a wish or a deadline, gives that one thing to the
//! machine, does what the machine then wants done, and waits again. It never prints and never
//! waits for the user: what it has for the interface lies in a queue that is bounded in bytes,
//! and while that is full it does not read.

mod another_origin;
mod commands;
mod deliveries;
mod driver;
mod error;
mod handshake;
mod opening;
mod options;
mod redirect_chain;
mod request;
mod shared;
mod step;

pub use another_origin::{ForAnotherOrigin, LeftOut};
pub(crate) use commands::Command;
pub(crate) use deliveries::Delivery;
pub use deliveries::NothingYet;
pub use error::{Error, ErrorKind};
pub use handshake::{Handshake, Timings};
pub use options::Options;
pub use redirect_chain::{RedirectError, Redirects};
pub use request::{Authorization, CookieError, Cookies, Credentials, Netrc, NetrcError};
pub(crate) use shared::{Arrivals, Handle, Unsent};
pub use step::Step;

use crate::url::WebSocketUrl;
use opening::Opening;
use shared::Shared;
use std::io;
use std::sync::Arc;

/// Begins to connect. Whatever goes wrong is delivered.
pub(crate) fn open(
    address: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> (Handle, Arrivals) {
    let (poll, waker) = poll().map_or_else(
        |error| (Err(error), None),
        |(poll, waker)| (Ok(poll), Some(waker)),
    );
    let shared = Arc::new(Shared::new(waker));
    let ends = shared::ends(&shared);
    let opening = Opening {
        address,
        protocols,
        options,
    };
    let started = poll.and_then(|poll| {
        let shared = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("connection".to_owned())
            .spawn(move || run(&shared, poll, opening))
    });
    if let Err(error) = started {
        finish(&shared, Some(Error::System(error)));
    }
    ends
}

/// The request's lines, secrets hidden, after all checks that need no connection.
pub(crate) fn dry_run(
    address: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> Result<Vec<String>, Error> {
    let opening = Opening {
        address,
        protocols,
        options,
    };
    opening.dry_run()
}

fn poll() -> io::Result<(mio::Poll, Arc<mio::Waker>)> {
    let poll = mio::Poll::new()?;
    let waker = mio::Waker::new(poll.registry(), crate::transport::WAKER)?;
    Ok((poll, Arc::new(waker)))
}

/// The thread.
fn run(shared: &Arc<Shared>, mut poll: mio::Poll, opening: Opening) {
    let failed = match opening.run(shared, &mut poll) {
        Ok(opened) => {
            opened.drive(shared, poll);
            None
        }
        Err(error) => Some(error),
    };
    finish(shared, failed);
}

fn finish(shared: &Shared, failed: Option<Error>) {
    if let Some(error) = failed {
        shared.deliveries.push(Delivery::Failed(error));
    }
    shared.stop_sending();
    shared.deliveries.finish();
}
