//! Everything that comes before the first byte goes out.

use super::{Error, Exception, Options, WebSocket};
use crate::{connection, transport};

/// What [`WebSocket::with_options`] would do with the same arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DryRun {
    /// The absolute URL after resolution, secrets hidden.
    pub url: String,
    /// The host that would be connected to.
    pub host: String,
    /// The port that would be connected to.
    pub port: u16,
    /// The proxy (shown without credentials) or the Unix socket that it would go through.
    pub through: Option<String>,
    /// Whether TLS would be spoken.
    pub secure: bool,
    /// The request's lines, secrets hidden. The key is a new one for each connection.
    pub request: Vec<String>,
}

/// Why a rehearsal ended early.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// The constructor would throw this.
    #[error(transparent)]
    Exception(#[from] Exception),
    /// The connection would fail with this before anything is sent.
    #[error(transparent)]
    Error(#[from] Error),
}

impl WebSocket {
    /// Checks everything that can be checked without a connection, and makes the request: URL,
    /// port and subprotocols, header fields, the files of trusted certificates.
    ///
    /// # Errors
    /// What [`WebSocket::with_options`] refuses, and what would end its connection before
    /// anything is sent.
    pub fn dry_run(url: &str, protocols: &[&str], options: Options) -> Result<DryRun, DryRunError> {
        let (address, protocols) = Self::checked(url, protocols, &options)?;
        let through = transport::through(&address, &options.transport).map_err(Error::from)?;
        Ok(DryRun {
            through,
            url: address.to_string(),
            host: address.host().to_string(),
            port: address.port(),
            secure: address.is_secure(),
            request: connection::dry_run(address, protocols, options)?,
        })
    }
}
