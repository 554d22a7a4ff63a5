//! The options about proxies.

use super::secret::Secret;
use crate::failure::Failure;
use crate::tls;
use clap::Args;
use sockeye::transport::TlsOptions;
use sockeye::transport::proxy::{
    NoProxy, Proxy, ProxyCredentials, ProxyEnvironment, ProxyError, ProxyOptions, ProxySource,
};
use std::path::PathBuf;

const PROXY: &str = "Proxy";

/// The options, each as it was typed.
#[derive(Debug, Args)]
pub(super) struct ProxyArgs {
    /// Connect through this proxy: http (the default), https, socks4, socks4a, socks5 or socks5h,
    /// as in socks5h://user:password@host:1080; '' for none. Without this option the environment
    /// decides (ws_proxy, wss_proxy, http_proxy, https_proxy, all_proxy), but not for localhost. It
    /// may stand in @FILE or env:NAME
    #[arg(long, value_name = "URL", help_heading = PROXY)]
    proxy: Option<Secret>,

    /// Give the proxy this user name and password, which may stand in @FILE or env:NAME
    #[arg(long, value_name = "USER:PASSWORD", help_heading = PROXY)]
    proxy_user: Option<Secret>,

    /// Connect to these hosts without a proxy: names with all below them, addresses, networks like
    /// 10.0.0.0/8, or *; in place of no_proxy of the environment
    #[arg(long, value_name = "HOSTS", visible_alias = "no-proxy", value_parser = NoProxy::parse, help_heading = PROXY)]
    noproxy: Option<NoProxy>,

    /// Accept any TLS certificate of an https proxy
    #[arg(long, help_heading = PROXY)]
    proxy_insecure: bool,

    /// Trust the certificates in this file (PEM or DER) or folder for an https proxy, and not the
    /// system's; repeatable
    #[arg(long, value_name = "FILE", help_heading = PROXY)]
    proxy_cacert: Vec<PathBuf>,

    /// Trust the system's certificates too when --proxy-cacert is given
    #[arg(long, help_heading = PROXY)]
    proxy_ca_native: bool,
}

impl ProxyArgs {
    /// Whether the proxy gets a name and a password.
    pub(super) fn names_user(&self) -> bool {
        self.proxy_user.is_some()
    }

    /// Whether the user names trusted authorities.
    pub(super) fn names_roots(&self) -> bool {
        !self.proxy_cacert.is_empty()
    }

    /// Whether the platform's authorities are not trusted.
    pub(super) fn names_only_roots(&self) -> bool {
        self.names_roots() && !self.proxy_ca_native
    }

    /// What they mean in this environment.
    pub(super) fn options(
        &self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<ProxyOptions, Failure> {
        let credentials = self.credentials()?;
        let proxy = self.proxy.as_ref().map(|typed| typed.read("--proxy"));
        let source = match proxy.transpose()? {
            None => ProxySource::Environment(ProxyEnvironment::read(&variable)),
            Some(typed) if typed.is_empty() => ProxySource::None,
            Some(typed) => {
                let proxy = parsed(&typed, credentials.as_ref()).map_err(usage)?;
                ProxySource::Fixed(proxy)
            }
        };
        let no_proxy = self.noproxy.clone().or_else(|| no_proxy(&variable));
        Ok(ProxyOptions {
            source,
            credentials,
            no_proxy: no_proxy.unwrap_or_default(),
        })
    }

    /// What a proxy that speaks TLS must prove.
    pub(super) fn tls(&self) -> TlsOptions {
        TlsOptions {
            insecure: self.proxy_insecure,
            roots: tls::roots(&self.proxy_cacert, self.proxy_ca_native),
            key_log: tls::key_log(),
            ..TlsOptions::default()
        }
    }

    fn credentials(&self) -> Result<Option<ProxyCredentials>, Failure> {
        let Some(typed) = &self.proxy_user else {
            return Ok(None);
        };
        Ok(Some(ProxyCredentials::from_typed(
            &typed.read("--proxy-user")?,
        )))
    }
}

/// The proxy, checked together with `--proxy-user`.
fn parsed(typed: &str, credentials: Option<&ProxyCredentials>) -> Result<Proxy, ProxyError> {
    let proxy = Proxy::parse(typed)?;
    match credentials {
        Some(credentials) => proxy.with_credentials(credentials.clone()),
        None => Ok(proxy),
    }
}

fn usage(error: ProxyError) -> Failure {
    Failure::Usage(format!("--proxy: {error}"))
}

/// `no_proxy` of the environment, by curl's rules.
fn no_proxy(variable: impl Fn(&str) -> Option<String>) -> Option<NoProxy> {
    let mut lists = ["no_proxy", "NO_PROXY"].into_iter().filter_map(variable);
    let list = lists.find(|list| !list.is_empty())?;
    Some(NoProxy::parse_lenient(&list))
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;
    use std::io::Write;

    const ENVIRONMENT: [(&str, &str); 2] = [("all_proxy", "e.org:1"), ("NO_PROXY", "x.org")];

    fn options(line: &[&str]) -> Result<ProxyOptions, Failure> {
        let line = ["sockeye", "u"].iter().chain(line).map(Into::into);
        let args = args::parse(line).expect("a right command line").args;
        let find = |name: &str| {
            let found = ENVIRONMENT.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        args.proxy.options(find)
    }

    fn source(line: &[&str]) -> ProxySource {
        options(line).expect("right").source
    }

    fn excepts(line: &[&str], host: &str) -> bool {
        let host = url::Host::parse(host).expect("a host");
        let endpoint = sockeye::transport::HostPort::new(host, 80);
        options(line).expect("right").no_proxy.contains(&endpoint)
    }

    #[test]
    fn the_option_comes_before_the_environment_and_an_empty_one_means_none() {
        assert!(matches!(source(&[]), ProxySource::Environment(_)));
        assert!(matches!(source(&["--proxy", ""]), ProxySource::None));
        let ProxySource::Fixed(proxy) = source(&["--proxy", "a.org:3128"]) else {
            panic!("the option says which");
        };
        assert_eq!(proxy.to_string(), "http://a.org:3128");
    }

    #[test]
    fn noproxy_takes_the_place_of_the_environments_exceptions() {
        assert!(excepts(&[], "x.org") && !excepts(&[], "y.org"));
        let line = ["--noproxy", "y.org"];
        assert!(!excepts(&line, "x.org") && excepts(&line, "y.org"));
        assert!(!excepts(&["--no-proxy", ""], "x.org"));
    }

    #[test]
    fn what_is_wrong_with_a_proxy_is_told_without_its_password() {
        for line in [
            &["--proxy", "ftp://u:s3cret@a"][..],
            &["--proxy", "http://u:s3cret@a:99999"],
            &["--proxy", "http://u:s3cret@"],
            &["--proxy", "socks4://a", "--proxy-user", "u:s3cret"],
        ] {
            let error = options(line).expect_err("refused").to_string();
            assert!(
                error.starts_with("--proxy: ") && !error.contains("s3cret"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_proxy_and_its_user_may_stand_in_files() {
        let file = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().expect("a file");
            file.write_all(text.as_bytes()).expect("writing");
            let typed = format!("@{}", file.path().display());
            (file, typed)
        };
        let (_user, user) = file("u:s3cret\n");
        let (_proxy, proxy) = file("socks5://a.org\n");
        let options = options(&["--proxy", &proxy, "--proxy-user", &user]).expect("right");
        assert_eq!(
            options.credentials,
            Some(ProxyCredentials::from_typed("u:s3cret"))
        );
        let ProxySource::Fixed(proxy) = options.source else {
            panic!("the option says which");
        };
        assert_eq!(proxy.to_string(), "socks5://a.org:1080");
        let error = super::tests::options(&["--proxy-user", "@/nowhere"]).expect_err("no file");
        assert!(error.to_string().starts_with("--proxy-user: "), "{error}");
    }

    #[test]
    fn debug_shows_no_secret() {
        let line = [
            "sockeye",
            "u",
            "--proxy",
            "u:s3cret@a",
            "--proxy-user",
            "v:s3cret",
        ];
        let typed = args::parse(line.iter().map(Into::into)).expect("right");
        assert!(!format!("{typed:?}").contains("s3cret"));
    }

    #[test]
    fn a_proxy_with_tls_is_trusted_by_options_of_its_own() {
        let is_insecure = |option: &str| {
            let line = ["sockeye", "u", option].into_iter().map(Into::into);
            let args = args::parse(line).expect("a right command line").args;
            args.proxy.tls().insecure
        };
        assert!(is_insecure("--proxy-insecure"));
        assert!(!is_insecure("-k"));
    }

    #[test]
    fn certificates_for_a_proxy_may_stand_beside_those_of_the_system() {
        let names = |line: &[&str]| {
            let line = ["sockeye", "u"].iter().chain(line).map(Into::into);
            let proxy = args::parse(line).expect("a right command line").args.proxy;
            (proxy.names_roots(), proxy.names_only_roots())
        };
        let line = ["--proxy-cacert", "a.pem", "--proxy-ca-native"];
        assert_eq!(names(&line[..2]), (true, true));
        assert_eq!(names(&line), (true, false));
        assert_eq!(names(&["--ca", "a.pem"]), (false, false));
    }
}
