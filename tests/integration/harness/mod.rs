//! What the tests stand on.
//!
//! - [`sockeye`] runs the program: `sockeye(["--echo"]).stdin("hello\n").run().ends_with_status(0)`.
//! - [`Peer`] is a server made from a closure; a panic in the closure fails the test.
//! - [`Service`] is a server for several connections in a row.
//! - [`Server`] is a server for many connections at the same time.
//! - [`Port`] is a port on which nobody listens until the test does.
//! - [`channel`], [`Task`] and [`output_of`] wait for threads and processes.
//! - [`wire`] has frames by hand, for what no library would send.
//! - [`RealPeer`] is another implementation in a process of its own.
//! - [`RealProxy`] is a proxy of others in a process of its own.
//! - [`Nginx`] is a TLS server of its own, with what stands behind it.
//! - [`Terminal`] runs the program on a pseudo-terminal and reads the screen.
//!
//! Every wait ends at [`PATIENCE`]: far more than anything here takes, so that only a hang meets it.

mod bounded;
mod certificate;
mod nginx;
mod peer;
mod port;
mod program;
mod real_peer;
mod real_proxy;
mod server;
mod service;
mod terminal;
pub(crate) mod wire;

pub(crate) use bounded::{Receiver, Task, channel, output_of, wait_or_kill};
pub(crate) use certificate::{Authority, Certificate, openssl};
pub(crate) use nginx::Nginx;
pub(crate) use peer::{Peer, TlsStream, accept_unless_left, end};
pub(crate) use port::Port;
pub(crate) use program::{Run, Running, Sockeye, is_full, program, sockeye};
pub(crate) use real_peer::{RealPeer, announce};
pub(crate) use real_proxy::RealProxy;
pub(crate) use server::Server;
pub(crate) use service::Service;
pub(crate) use terminal::Terminal;

use std::time::Duration;

/// The longest any step of a test may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
