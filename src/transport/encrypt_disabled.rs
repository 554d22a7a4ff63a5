//! Without the cargo feature `tls`: a URL or a proxy that needs TLS is refused.

use super::connect_context::ConnectContext;
use super::error::TransportError;
use super::stream::Stream;
use super::tls::{TlsConfigError, TlsInfo, TlsOptions};
use std::time::Duration;
use url::Host;

/// Refuses.
pub(super) fn check(_: &TlsOptions) -> Result<(), TransportError> {
    Err(TlsConfigError::NotCompiled.into())
}

/// No attempts to speak TLS.
pub(super) struct Attempts {}

impl Attempts {
    /// Refuses.
    pub(super) fn new(
        options: &TlsOptions,
        _: &Host,
        _: &'static str,
    ) -> Result<Self, TransportError> {
        check(options).map(|()| Self {})
    }

    /// Refuses.
    #[expect(clippy::needless_pass_by_ref_mut, reason = "as with the feature")]
    pub(super) async fn encrypt(
        &mut self,
        _: Stream,
        _: Vec<u8>,
        _: &ConnectContext,
    ) -> Result<Option<(Stream, TlsInfo, Duration)>, TransportError> {
        Err(TlsConfigError::NotCompiled.into())
    }
}

#[cfg(test)]
mod tests {
    use crate::transport::{TransportOptions, check};
    use crate::url::WebSocketUrl;

    #[test]
    fn a_url_that_needs_tls_is_refused_with_the_name_of_the_feature() {
        let check = |url| {
            check(
                &WebSocketUrl::parse(url).expect(url),
                &TransportOptions::default(),
            )
        };
        let error = check("wss://a.example/").expect_err("refused").to_string();
        assert!(error.contains("the cargo feature `tls`"), "{error}");
        assert!(check("ws://a.example/").is_ok());
    }
}
