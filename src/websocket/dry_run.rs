//! Everything that comes before the first byte goes out.

use super::exception::Exception;
use crate::connection::{self, Error, Options};
use crate::transport;
use crate::url::WebSocketUrl;

/// What [`Builder::connect`](crate::Builder::connect) would do.
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

/// Why [`Builder::connect`](crate::Builder::connect) would fail before anything is sent.
#[derive(Debug, thiserror::Error)]
pub enum DryRunError {
    /// The constructor would throw this.
    #[error(transparent)]
    Exception(#[from] Exception),
    /// The connection would fail with this before anything is sent.
    #[error(transparent)]
    Error(#[from] Error),
}

impl DryRun {
    pub(super) fn new(
        url: WebSocketUrl,
        protocols: Vec<String>,
        options: Options,
    ) -> Result<Self, DryRunError> {
        let through = transport::through(&url, &options.transport).map_err(Error::from)?;
        Ok(Self {
            through,
            url: url.to_string(),
            host: url.host().to_string(),
            port: url.port(),
            secure: url.is_secure(),
            request: connection::dry_run(url, protocols, options)?,
        })
    }
}
