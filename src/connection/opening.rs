//! From an address to an open connection.

use super::redirect_chain::RedirectChain;
use super::upgrade::{Answered, upgrade};
use super::{Error, Handshake, LeftOut, Options, Step, Timings};
use crate::protocol::upgrade::{Accepted, ClientUpgrade, Request};
use crate::protocol::{Config, Endpoint};
use crate::transport::{self, ConnectContext, Connected, Stream};
use crate::url::WebSocketUrl;
use std::io;
use std::time::{Duration, Instant};

/// What is to be opened.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) url: WebSocketUrl,
    pub(super) protocols: Vec<String>,
    pub(super) options: Options,
}

/// What came of it.
pub(super) struct Opened {
    pub(super) stream: Stream,
    pub(super) endpoint: Endpoint,
    pub(super) handshake: Handshake,
    /// Bytes that came with the answer to the upgrade.
    pub(super) rest: Vec<u8>,
}

/// How long it took beyond the transport.
struct Took {
    upgrade: Duration,
    total: Duration,
}

impl Opening {
    /// Connects and makes the opening handshake, both within the one time budget.
    pub(super) async fn run(
        mut self,
        report: impl Fn(Step),
        context: ConnectContext,
    ) -> Result<Opened, Error> {
        let begin = Instant::now();
        let mut chain = RedirectChain::new(self.url.clone());
        loop {
            // A request that cannot be made needs no connection.
            let mut handshake = ClientUpgrade::new(self.request(&chain)?, random()?)?;
            let options = &self.options.transport;
            let mut connected = transport::connect(chain.current(), options, &context).await?;
            let asked = Instant::now();
            report(Step::Request(request_lines(&handshake)));
            let follows = self.options.redirects.is_some();
            let answered =
                upgrade(&mut handshake, follows, &report, &mut connected, &context).await?;
            match answered {
                Answered::Accepted(accepted) => {
                    let now = Instant::now();
                    let endpoint = Endpoint::new(&self.config(&accepted)?, now);
                    let took = Took {
                        upgrade: now - asked,
                        total: now - begin,
                    };
                    return Ok(opened(
                        connected, endpoint, &handshake, accepted, chain, took,
                    ));
                }
                Answered::Redirected(location) => report(self.redirect(&mut chain, &location)?),
            }
        }
    }

    /// Follows a redirect. The first one to another origin removes the options that only the
    /// first origin may get.
    fn redirect(&mut self, chain: &mut RedirectChain, location: &str) -> Result<Step, Error> {
        let had_left = chain.has_left_origin();
        if let Some(redirects) = self.options.redirects {
            chain.follow(location, redirects, self.options.allow_bad_port)?;
        }
        let leaves = chain.has_left_origin() && !had_left;
        Ok(Step::Redirected {
            to: chain.current().clone(),
            left_out: leaves.then(|| self.strip_for_cross_origin()),
        })
    }

    fn strip_for_cross_origin(&mut self) -> LeftOut {
        let protocols = &mut self.protocols;
        self.options.strip_for_cross_origin(&self.url, protocols)
    }

    /// The request's lines, secrets hidden, after all checks that need no connection.
    pub(super) fn dry_run(&self) -> Result<Vec<String>, Error> {
        transport::check(&self.url, &self.options.transport)?;
        let chain = RedirectChain::new(self.url.clone());
        let upgrade = ClientUpgrade::new(self.request(&chain)?, random()?)?;
        Ok(request_lines(&upgrade))
    }

    fn request(&self, chain: &RedirectChain) -> Result<Request, Error> {
        let url = chain.current();
        let first = (!chain.has_left_origin()).then(|| chain.first());
        let mut request = Request::new(url.authority(), url.resource());
        request.headers = self.options.headers_for(url, first)?;
        request.version = self.options.version;
        request.protocols.clone_from(&self.protocols);
        request.any_subprotocol = self.options.any_subprotocol;
        request.deflate = request.deflate.filter(|_| self.options.compress);
        Ok(request)
    }

    fn config(&self, accepted: &Accepted) -> Result<Config, Error> {
        let mut config = Config::client(random()?);
        config.deflate = accepted.deflate;
        config.max_message_size = self.options.max_message_size;
        config.close_timeout = self.options.close_timeout;
        config.keep_alive = self.options.keep_alive;
        config.trace = self.options.trace;
        Ok(config)
    }
}

fn opened(
    connected: Connected,
    endpoint: Endpoint,
    upgrade: &ClientUpgrade,
    accepted: Accepted,
    chain: RedirectChain,
    took: Took,
) -> Opened {
    let (url, redirects) = chain.into_urls();
    let handshake = Handshake {
        url,
        redirects,
        protocol: accepted.protocol,
        extensions: accepted.extensions,
        peer: connected.peer,
        local: connected.stream.local_addr(),
        tls: connected.tls,
        attempts: connected.attempts,
        timings: Timings {
            resolve: connected.timings.resolve,
            tcp: connected.timings.tcp,
            proxy: connected.timings.proxy,
            tls: connected.timings.tls,
            upgrade: took.upgrade,
            total: took.total,
        },
        request: request_lines(upgrade),
        status: accepted.response.status,
        response: accepted.response.headers,
    };
    Opened {
        stream: connected.stream,
        endpoint,
        handshake,
        rest: accepted.rest,
    }
}

fn request_lines(upgrade: &ClientUpgrade) -> Vec<String> {
    let fields = upgrade.request_headers().redacted();
    let fields = fields.map(|(name, value)| format!("{name}: {value}"));
    let line = WebSocketUrl::hide_secrets(&upgrade.request_line()).into_owned();
    std::iter::once(line).chain(fields).collect()
}

/// Bytes nobody can guess.
fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(bytes)
}
