//! Without the cargo feature `proxy`: a proxy is refused.

use super::address::Proxy;
use crate::transport::connect_context::ConnectContext;
use crate::transport::error::TransportError;
use crate::transport::host_port::HostPort;
use crate::transport::stream::Stream;

/// Refuses.
pub(in crate::transport) fn check(proxy: &Proxy) -> Result<(), TransportError> {
    Err(TransportError::Options(format!(
        "this build has no proxies, and {proxy} is to be used (the cargo feature `proxy`)"
    )))
}

/// Refuses.
pub(in crate::transport) async fn open_tunnel(
    proxy: &Proxy,
    _: &HostPort,
    _: &mut Stream,
    _: &ConnectContext,
) -> Result<Vec<u8>, TransportError> {
    check(proxy).map(|()| Vec::new())
}

#[cfg(test)]
mod tests {
    use crate::transport::proxy::{Proxy, ProxySource};
    use crate::transport::{TransportOptions, check};
    use crate::url::WebSocketUrl;

    #[test]
    fn a_proxy_is_refused_with_the_name_of_the_feature() {
        let url = WebSocketUrl::parse("ws://a.example/").expect("a URL");
        let mut options = TransportOptions::default();
        assert!(check(&url, &options).is_ok());
        let proxy = Proxy::parse("http://proxy.example").expect("a proxy");
        options.proxy.source = ProxySource::Fixed(proxy);
        let error = check(&url, &options).expect_err("refused").to_string();
        assert!(error.contains("the cargo feature `proxy`"), "{error}");
    }
}
