//! From what the interface was given to a connection that is being opened.

use super::driver::Driver;
use super::error::Error;
use super::handle::{self, EventReceiver, Handle};
use super::opening::Opening;
use super::options::Options;
use super::own_thread;
use super::shared::Shared;
use super::state::Amount;
use crate::transport::Wake;
use crate::url::WebSocketUrl;
use mio::{Registry, Token};
use std::io;
use std::sync::Arc;

/// Starts to connect on a thread of its own. Whatever goes wrong is an event.
pub(crate) fn open(
    url: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> (Handle, EventReceiver) {
    let close_timeout = options.close_timeout;
    let (trace, limit) = (options.trace, send_limit(&options));
    let opening = Opening {
        url,
        protocols,
        options,
    };
    let shared = own_thread::spawn(opening, |wake| Arc::new(Shared::new(trace, limit, wake)));
    handle::ends(&shared, close_timeout)
}

/// Prepares to connect in the caller's event loop.
pub(crate) fn open_in(
    (registry, token, wake): (&Registry, Token, Wake),
    url: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> io::Result<(Handle, EventReceiver, Driver)> {
    let close_timeout = options.close_timeout;
    let limit = send_limit(&options);
    let shared = Arc::new(Shared::new(options.trace, limit, Arc::clone(&wake)));
    let opening = Opening {
        url,
        protocols,
        options,
    };
    let driver = Driver::new(&shared, opening, registry.try_clone()?, token, wake)?;
    let (handle, receiver) = handle::ends(&shared, close_timeout);
    Ok((handle, receiver, driver))
}

fn send_limit(options: &Options) -> Amount {
    Amount {
        bytes: options.max_buffered_amount,
        messages: options.max_buffered_messages,
    }
}

/// The request's lines with secrets hidden, after all checks that need no connection.
pub(crate) fn dry_run(
    url: WebSocketUrl,
    protocols: Vec<String>,
    options: Options,
) -> Result<Vec<String>, Error> {
    let opening = Opening {
        url,
        protocols,
        options,
    };
    opening.dry_run()
}
