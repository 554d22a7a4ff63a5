//! Which proxy is used for which server.

use super::address::Proxy;
use super::credentials::ProxyCredentials;
use super::environment::ProxyEnvironment;
use super::no_proxy::NoProxy;
use crate::transport::error::TransportError;
use crate::transport::host_port::HostPort;
use crate::transport::resolve::is_localhost;
use url::Host;

/// TransportOptions about proxies. By default there is none.
#[derive(Debug, Clone, Default)]
pub struct ProxyOptions {
    /// Which proxy is used.
    pub source: ProxySource,
    /// The user name and the password for the proxy, instead of those in its URL.
    pub credentials: Option<ProxyCredentials>,
    /// Servers that are connected to without a proxy.
    pub no_proxy: NoProxy,
}

/// Which proxy is used.
#[derive(Debug, Clone, Default)]
pub enum ProxySource {
    /// None.
    #[default]
    None,
    /// This one.
    Fixed(Proxy),
    /// That of the environment for the scheme of the URL. It is not used for `localhost` and the
    /// addresses of the loopback interface, which mean another machine to the proxy.
    Environment(ProxyEnvironment),
}

impl ProxyOptions {
    /// Whether there is one proxy for every server.
    pub(in crate::transport) fn is_fixed(&self) -> bool {
        matches!(self.source, ProxySource::Fixed(_))
    }

    /// The proxy for a server.
    pub(in crate::transport) fn proxy_for(
        &self,
        server: &HostPort,
        secure: bool,
    ) -> Result<Option<Proxy>, TransportError> {
        if self.no_proxy.contains(server) {
            return Ok(None);
        }
        let proxy = match &self.source {
            ProxySource::None => None,
            ProxySource::Fixed(proxy) => Some(proxy.clone()),
            ProxySource::Environment(_) if is_loopback(&server.host) => None,
            ProxySource::Environment(variables) => variables.proxy_for(secure)?,
        };
        match (proxy, &self.credentials) {
            (Some(proxy), Some(credentials)) => proxy
                .with_credentials(credentials.clone())
                .map(Some)
                .map_err(|error| TransportError::Options(error.to_string())),
            (proxy, _) => Ok(proxy),
        }
    }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.to_canonical().is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> ProxyOptions {
        let find = |name: &str| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        ProxyOptions {
            source: ProxySource::Environment(ProxyEnvironment::read(find)),
            ..ProxyOptions::default()
        }
    }

    fn proxy(options: &ProxyOptions, host: &str, secure: bool) -> Option<String> {
        let host = Host::parse(host).expect(host);
        let server = HostPort::new(host, 80);
        let proxy = options.proxy_for(&server, secure).expect("valid");
        proxy.map(|proxy| proxy.to_string())
    }

    #[test]
    fn each_scheme_takes_the_first_of_its_variables_that_is_set() {
        let all = [
            ("ws_proxy", "a"),
            ("WS_PROXY", "b"),
            ("http_proxy", "c"),
            ("all_proxy", "i"),
            ("ALL_PROXY", "j"),
        ];
        for first in 0..all.len() {
            let options = environment(&all[first..]);
            let expected = format!("http://{}:80", all[first].1);
            assert_eq!(proxy(&options, "x.org", false), Some(expected));
        }
        let all = [
            ("wss_proxy", "a"),
            ("WSS_PROXY", "b"),
            ("https_proxy", "c"),
            ("HTTPS_PROXY", "d"),
            ("all_proxy", "i"),
            ("ALL_PROXY", "j"),
        ];
        for first in 0..all.len() {
            let options = environment(&all[first..]);
            let expected = format!("http://{}:80", all[first].1);
            assert_eq!(proxy(&options, "x.org", true), Some(expected));
        }
    }

    #[test]
    fn http_proxy_counts_in_lower_case_alone_and_an_empty_one_not_at_all() {
        let options = environment(&[("HTTP_PROXY", "a"), ("ws_proxy", "")]);
        assert_eq!(proxy(&options, "x.org", false), None);
    }

    #[test]
    fn the_proxy_of_the_environment_is_not_for_the_loopback() {
        let options = environment(&[("all_proxy", "a")]);
        for host in [
            "localhost",
            "a.localhost",
            "127.0.0.2",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert_eq!(proxy(&options, host, false), None, "{host}");
            let fixed = ProxyOptions {
                source: ProxySource::Fixed(Proxy::parse("a").expect("right")),
                ..ProxyOptions::default()
            };
            assert!(proxy(&fixed, host, false).is_some(), "{host}");
        }
        assert!(proxy(&options, "10.0.0.1", false).is_some());
    }

    #[test]
    fn an_exception_holds_for_a_proxy_from_anywhere() {
        for source in [
            ProxySource::Fixed(Proxy::parse("a").expect("right")),
            environment(&[("all_proxy", "a")]).source,
        ] {
            let options = ProxyOptions {
                source,
                no_proxy: NoProxy::parse("x.org").expect("right"),
                ..ProxyOptions::default()
            };
            assert_eq!(proxy(&options, "x.org", false), None);
            assert!(proxy(&options, "y.org", false).is_some());
        }
    }

    #[test]
    fn a_variable_that_is_no_proxy_is_named_without_its_value_and_only_when_it_is_needed() {
        let options = environment(&[("https_proxy", "ftp://u:s3cret@a")]);
        assert_eq!(proxy(&options, "x.org", false), None);
        let host = Host::Domain("x.org".to_owned());
        let error = options.proxy_for(&HostPort::new(host, 1), true);
        let error = error.expect_err("no proxy").to_string();
        assert!(
            error.contains("https_proxy") && error.contains("'ftp'"),
            "{error}"
        );
        assert!(!format!("{error}{options:?}").contains("s3cret"));
    }

    #[test]
    fn credentials_given_apart_replace_those_of_the_url() {
        let options = ProxyOptions {
            credentials: Some(ProxyCredentials::from_typed("v:w")),
            ..environment(&[("all_proxy", "u:p@a")])
        };
        let host = Host::Domain("x.org".to_owned());
        let proxy = options.proxy_for(&HostPort::new(host, 1), true);
        let proxy = proxy.expect("valid").expect("a proxy");
        assert_eq!(proxy.credentials(), options.credentials.as_ref());
    }
}
