//! The types of TLS without the cargo feature `tls`.

/// What a server must prove, and what it is shown. Without the cargo feature `tls` there is nothing
/// to choose.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TlsOptions {}

impl TlsOptions {
    #[expect(clippy::needless_pass_by_ref_mut, reason = "as with the feature")]
    pub(crate) fn remove_identity(&mut self) -> bool {
        false
    }

    #[expect(clippy::needless_pass_by_ref_mut, reason = "as with the feature")]
    pub(crate) fn remove_server_name(&mut self) -> bool {
        false
    }
}

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// The cargo feature `tls` is off.
    #[error("this build has no TLS, which wss:// and https:// need (the cargo feature `tls`)")]
    NotCompiled,
}

/// Why a handshake failed. Without the cargo feature `tls` there is none.
#[derive(Debug, thiserror::Error)]
#[error("there is no TLS")]
#[non_exhaustive]
pub struct TlsError {}

impl TlsError {
    pub(in crate::transport) fn certificates(&self) -> &[Vec<u8>] {
        &[]
    }
}

/// What a TLS handshake agreed on. Without the cargo feature `tls` there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {}

/// Why a signature is not verified. Without the cargo feature `tls` there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unverified {}
