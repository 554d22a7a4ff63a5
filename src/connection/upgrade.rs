//! The opening handshake over a connected stream.

use super::redirect_chain::location;
use super::{Error, Step};
use crate::io_error::io_reason;
use crate::protocol::upgrade::{Accepted, ClientUpgrade, UpgradeError};
use crate::transport::{ConnectContext, Connected, Negotiation, NegotiationError, negotiate};
use std::io;

/// The name of this phase in the error when the time is over.
const PHASE: &str = "waiting for the answer to the upgrade request";

/// How a server answered the request.
pub(super) enum Answered {
    /// It switches protocols.
    Accepted(Accepted),
    /// It redirects to this location, and redirects are followed.
    Redirected(String),
}

/// Sends the request and reads the answer.
pub(super) async fn upgrade<R: Fn(Step)>(
    upgrade: &mut ClientUpgrade,
    follows_redirects: bool,
    report: R,
    connected: &mut Connected,
    context: &ConnectContext,
) -> Result<Answered, Error> {
    upgrade.handle_input(&std::mem::take(&mut connected.ahead));
    let mut upgrading = Upgrading {
        upgrade,
        follows_redirects,
        report,
        is_answer_reported: false,
    };
    let outcome = negotiate(&mut upgrading, &mut connected.stream, context, &PHASE).await;
    outcome.map_err(|error| match error {
        NegotiationError::Connect(error) => error.into(),
        NegotiationError::Failed(error) => match error {
            Error::Upgrade(UpgradeError::NoAnswer | UpgradeError::CutShort) => {
                explain_silence(connected, None).unwrap_or(error)
            }
            _ => error,
        },
        NegotiationError::Lost(error) => explain_silence(connected, Some(&error))
            .unwrap_or_else(|| Error::LostUpgrading(io_reason(&error))),
    })
}

/// The reason for a missing answer, if TLS with the server is the reason.
fn explain_silence(connected: &Connected, error: Option<&io::Error>) -> Option<Error> {
    // If the server has no TLS, that of the stream is a proxy's.
    connected.tls.as_ref()?;
    connected.stream.explain_silence(error).map(Error::from)
}

/// An upgrade whose answer is reported and may redirect.
struct Upgrading<'a, R> {
    upgrade: &'a mut ClientUpgrade,
    follows_redirects: bool,
    report: R,
    is_answer_reported: bool,
}

impl<R: Fn(Step)> Upgrading<'_, R> {
    /// Reports the head of the answer, once. Returns the location of a redirect to be followed.
    fn handle_answer(&mut self) -> Option<String> {
        let answer = self.upgrade.response()?;
        if std::mem::replace(&mut self.is_answer_reported, true) {
            return None;
        }
        (self.report)(Step::Answer(answer.clone()));
        let location = location(answer).filter(|_| self.follows_redirects);
        location.map(str::to_owned)
    }
}

impl<R: Fn(Step)> Negotiation for Upgrading<'_, R> {
    type Output = Answered;
    type Error = Error;

    fn poll_transmit(&self) -> &[u8] {
        self.upgrade.poll_transmit()
    }

    fn handle_transmitted(&mut self, count: usize) {
        self.upgrade.handle_transmitted(count);
    }

    fn handle_input(&mut self, input: &[u8]) {
        self.upgrade.handle_input(input);
    }

    fn handle_eof(&mut self) {
        self.upgrade.handle_eof();
    }

    fn is_reading_body(&self) -> bool {
        self.upgrade.is_reading_body()
    }

    fn handle_timeout(&mut self) {
        self.upgrade.handle_timeout();
    }

    fn poll_outcome(&mut self) -> Option<Result<Answered, Error>> {
        if let Some(location) = self.handle_answer() {
            return Some(Ok(Answered::Redirected(location)));
        }
        let outcome = self.upgrade.poll_outcome()?;
        Some(outcome.map(Answered::Accepted).map_err(Error::from))
    }
}
