//! The proxies that the environment names.

use super::address::Proxy;
use crate::transport::error::TransportError;
use std::fmt;

/// The values of the environment variables that name proxies, which are parsed when they are used.
/// `Debug` hides them, since they may contain passwords.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyEnvironment {
    ws: Option<Variable>,
    wss: Option<Variable>,
}

#[derive(Clone, PartialEq, Eq)]
struct Variable {
    name: &'static str,
    value: String,
}

impl ProxyEnvironment {
    /// Looks the variables up as curl does and takes the first that is set and not empty:
    ///
    /// - for `ws`: `ws_proxy`, `WS_PROXY`, `http_proxy`, `all_proxy`, `ALL_PROXY`;
    /// - for `wss`: `wss_proxy`, `WSS_PROXY`, `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY`.
    ///
    /// `HTTP_PROXY` is ignored, since a web server sets it for its CGI scripts from the header
    /// `Proxy` of any request.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        const WS: [&str; 5] = [
            "ws_proxy",
            "WS_PROXY",
            "http_proxy",
            "all_proxy",
            "ALL_PROXY",
        ];
        const WSS: [&str; 6] = [
            "wss_proxy",
            "WSS_PROXY",
            "https_proxy",
            "HTTPS_PROXY",
            "all_proxy",
            "ALL_PROXY",
        ];
        let set = |name: &'static str| {
            let value = variable(name).filter(|value| !value.is_empty())?;
            Some(Variable { name, value })
        };
        Self {
            ws: WS.into_iter().find_map(set),
            wss: WSS.into_iter().find_map(set),
        }
    }

    /// The proxy for a server of this scheme.
    pub(super) fn proxy_for(&self, secure: bool) -> Result<Option<Proxy>, TransportError> {
        let variable = if secure { &self.wss } else { &self.ws };
        let Some(Variable { name, value }) = variable else {
            return Ok(None);
        };
        let wrong = |error| TransportError::Options(format!("the environment's {name}: {error}"));
        Proxy::parse(value).map(Some).map_err(wrong)
    }
}

impl fmt::Debug for ProxyEnvironment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [&self.ws, &self.wss].map(|variable| variable.as_ref().map(|set| set.name));
        f.debug_tuple("ProxyEnvironment").field(&names).finish()
    }
}
