//! What a caller may choose about connecting.

use super::{Family, TlsOptions};

/// What a caller may choose about connecting. The default is what a browser does.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which kind of IP address is used.
    pub family: Family,
    /// How the server is to prove who it is; without meaning for `ws`.
    pub tls: TlsOptions,
}
