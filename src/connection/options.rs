//! What a caller may choose beyond URL and subprotocols.

use super::{Credentials, Redirects};
use crate::http1::Headers;
use crate::protocol::upgrade::VERSION;
use crate::protocol::{KeepAlive, Trace};
use crate::transport;
use std::time::Duration;

/// Everything beyond URL and subprotocols. `Options::default()` is what a browser does.
#[derive(Debug, Clone)]
pub struct Options {
    /// More fields for the request, in this order and spelling. To another origin than the URL's
    /// only those go that are known to be harmless ([`Options::for_another_origin`]).
    pub headers: Headers,
    /// Who the request says it is from.
    pub credentials: Credentials,
    /// The version of the protocol that is asked for: 13 (RFC 6455) but for tests of a server.
    pub version: u8,
    /// How redirects are followed; none are by default, as in a browser.
    pub redirects: Option<Redirects>,
    /// Whether any subprotocol the server chooses will do, one that was not offered or none
    /// included; RFC 6455 §4.1 wants the connection to fail then.
    pub any_subprotocol: bool,
    /// Whether permessage-deflate is offered (RFC 7692).
    pub compress: bool,
    /// The most bytes a received message may have, inflated.
    pub max_message_size: usize,
    /// Whether a port on the Fetch standard's bad-port list is allowed.
    pub allow_bad_port: bool,
    /// From the name to the answer of the upgrade.
    pub connect_timeout: Duration,
    /// From our close frame, when all messages before it are handed over, to the server's close
    /// frame. Then the connection counts as lost, however much the server still sends.
    pub close_timeout: Duration,
    /// Pings at an interval; none by default.
    pub keep_alive: Option<KeepAlive>,
    /// What is told beside the standard's events.
    pub trace: Trace,
    /// How to reach the server, and how it has to prove who it is.
    pub transport: transport::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            headers: Headers::default(),
            credentials: Credentials::default(),
            version: VERSION,
            redirects: None,
            any_subprotocol: false,
            compress: true,
            max_message_size: 128 << 20,
            allow_bad_port: false,
            connect_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(10),
            keep_alive: None,
            trace: Trace::Off,
            transport: transport::Options::default(),
        }
    }
}
