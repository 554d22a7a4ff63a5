//! From an address to an open connection.

use super::established::describe;
use super::redirect_chain::{RedirectChain, location};
use super::{Error, Handshake, LeftOut, Options, Step, Timings};
use crate::protocol::upgrade::{Accepted, ClientUpgrade, Request, UpgradeOutcome};
use crate::protocol::{Config, Endpoint, Role};
use crate::transport::{self, ConnectContext, Connected, Stream};
use crate::url::{WebSocketUrl, hide_secrets};
use std::io;
use std::time::{Duration, Instant};

/// How long the next piece of a refusal's body may take, within the time for connecting.
const BODY_WAIT: Duration = Duration::from_secs(2);

/// What is going on between the request and the end of its answer.
const ANSWER_PHASE: &str = "waiting for the answer to the upgrade request";

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
            let mut upgrade = ClientUpgrade::new(self.request(&chain)?, random()?)?;
            let options = &self.options.transport;
            let mut connected = transport::connect(chain.current(), options, &context).await?;
            let asked = Instant::now();
            report(Step::Request(request_lines(&upgrade)));
            let follows = self.options.redirects.is_some();
            let exchange = Exchange {
                follows,
                report: &report,
            };
            match exchange.run(&mut upgrade, &mut connected, &context).await? {
                Answered::Accepted(accepted) => {
                    let now = Instant::now();
                    let endpoint = Endpoint::new(&self.config(&accepted)?, now);
                    let took = Took {
                        upgrade: now - asked,
                        total: now - begin,
                    };
                    return Ok(opened(connected, endpoint, &upgrade, accepted, chain, took));
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
        Ok(Config {
            role: Role::Client,
            deflate: accepted.deflate,
            max_message_size: self.options.max_message_size,
            close_timeout: self.options.close_timeout,
            finish_before_closing: false,
            keep_alive: self.options.keep_alive,
            trace: self.options.trace,
            seed: random()?,
        })
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

/// A request and its answer.
struct Exchange<'a, R> {
    /// Whether an answer that redirects is more than a refusal.
    follows: bool,
    report: &'a R,
}

/// What has come of it.
enum Answered {
    /// The server switches protocols.
    Accepted(Accepted),
    /// The server says to go here.
    Redirected(String),
}

impl<R: Fn(Step)> Exchange<'_, R> {
    /// Sends the request and takes in the answer.
    async fn run(
        &self,
        upgrade: &mut ClientUpgrade,
        connected: &mut Connected,
        context: &ConnectContext,
    ) -> Result<Answered, Error> {
        upgrade.handle_input(&std::mem::take(&mut connected.ahead));
        let mut answered = false;
        loop {
            send(upgrade, &mut connected.stream);
            receive(upgrade, connected, context)?;
            if let Some(answer) = upgrade.response().filter(|_| !answered) {
                (self.report)(Step::Answer(answer.clone()));
                answered = true;
                if let Some(location) = location(answer).filter(|_| self.follows) {
                    return Ok(Answered::Redirected(location.to_owned()));
                }
            }
            if let Some(outcome) = upgrade.poll_outcome() {
                return match outcome {
                    UpgradeOutcome::Accepted(accepted) => Ok(Answered::Accepted(accepted)),
                    UpgradeOutcome::Refused(refusal) => Err(Error::Refused(Box::new(refusal))),
                    UpgradeOutcome::Invalid(error) => Err(error.into()),
                };
            }
            wait(upgrade, context).await?;
        }
    }
}

/// Sends what the network takes of the request.
fn send(upgrade: &mut ClientUpgrade, stream: &mut Stream) {
    while let unsent @ [_, ..] = upgrade.poll_transmit() {
        match stream.write(unsent) {
            Ok(count) => upgrade.handle_transmitted(count),
            // After an error, what the server has answered tells more.
            Err(_) => return,
        }
    }
}

/// Takes in what has come of the answer. A server that always has more of it gets no more time.
fn receive(
    upgrade: &mut ClientUpgrade,
    connected: &mut Connected,
    context: &ConnectContext,
) -> Result<(), Error> {
    let mut buffer = [0; 4096];
    while upgrade.is_pending() {
        if let Err(error) = context.check(&ANSWER_PHASE) {
            return out_of_time(error, upgrade);
        }
        match connected.stream.read(&mut buffer) {
            Ok(0) => match silence(upgrade, connected, None) {
                Some(error) => return Err(error),
                None => upgrade.handle_eof(),
            },
            Ok(count) => upgrade.handle_input(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // The head says more than why its body is not whole.
            Err(_) if upgrade.is_reading_body() => upgrade.handle_eof(),
            Err(error) => {
                let lost = || Error::LostUpgrading(describe(&error));
                return Err(silence(upgrade, connected, Some(&error)).unwrap_or_else(lost));
            }
        }
    }
    Ok(())
}

/// Why there is no answer, if that has to do with the server's TLS.
fn silence(
    upgrade: &ClientUpgrade,
    connected: &Connected,
    error: Option<&io::Error>,
) -> Option<Error> {
    // Without TLS of the server's own, that of the stream is a proxy's.
    if upgrade.response().is_some() || connected.tls.is_none() {
        return None;
    }
    connected.stream.explain_silence(error).map(Error::from)
}

/// Waits for more of the answer. The body of a refusal is worth a moment, not the whole budget.
async fn wait(upgrade: &mut ClientUpgrade, context: &ConnectContext) -> Result<(), Error> {
    if !upgrade.is_reading_body() {
        return Ok(context.wait(&ANSWER_PHASE, None).await?);
    }
    let until = Instant::now() + BODY_WAIT;
    match context.wait(&ANSWER_PHASE, Some(until)).await {
        Err(error) => return out_of_time(error, upgrade),
        Ok(()) if Instant::now() >= until => upgrade.handle_timeout(),
        Ok(()) => {}
    }
    Ok(())
}

/// When time runs out within the body of a refusal, the refusal is told as far as it has come.
fn out_of_time(error: transport::Error, upgrade: &mut ClientUpgrade) -> Result<(), Error> {
    if !upgrade.is_reading_body() || error.kind() != transport::ErrorKind::TimedOut {
        return Err(error.into());
    }
    upgrade.handle_timeout();
    Ok(())
}

fn request_lines(upgrade: &ClientUpgrade) -> Vec<String> {
    let fields = upgrade.request_headers().redacted();
    let fields = fields.map(|(name, value)| format!("{name}: {value}"));
    let line = hide_secrets(&upgrade.request_line()).into_owned();
    std::iter::once(line).chain(fields).collect()
}

/// Bytes nobody can guess.
fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::System(io::Error::other(error)))?;
    Ok(bytes)
}
