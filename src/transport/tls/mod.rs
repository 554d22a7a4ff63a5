//! TLS: what a server must prove, what it is shown, and the records that carry the bytes
//! (RFC 8446, RFC 5246).
//!
//! Everything comes from memory. `Roots` and `Identity` take PEM or DER, and a `Source` is
//! asked for its value when the first handshake needs it, so that `ws` never pays for it.
//!
//! Without the feature `tls` the types have no content, and a URL that needs TLS is refused.

#[cfg(feature = "tls")]
mod config;
#[cfg(feature = "tls")]
mod error;
#[cfg(feature = "tls")]
mod identity;
#[cfg(feature = "tls")]
mod info;
#[cfg(feature = "tls")]
mod observer;
#[cfg(feature = "tls")]
mod provider;
#[cfg(feature = "tls")]
mod public_key;
#[cfg(feature = "tls")]
mod roots;
#[cfg(feature = "tls")]
mod signature;
#[cfg(feature = "tls")]
mod verify;

#[cfg(not(feature = "tls"))]
mod disabled;

#[cfg(feature = "tls")]
pub use {
    config::{Sni, TlsOptions},
    error::{CertificateProblem, TlsConfigError, TlsError},
    identity::Identity,
    info::{ClientCertificate, TlsInfo, TlsVersion, Unverified},
    public_key::Pin,
    roots::{Roots, Source},
};

#[cfg(feature = "tls")]
pub(super) use {
    config::{Setup, set_up, set_up_for_short_key},
    info::Offer,
    observer::{HandshakeObserver, classify, inner, of_alert},
};

#[cfg(not(feature = "tls"))]
pub use disabled::{TlsConfigError, TlsError, TlsInfo, TlsOptions, Unverified};
