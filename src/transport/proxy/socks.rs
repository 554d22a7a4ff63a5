//! What SOCKS4 and SOCKS5 have in common: requests that are each answered by one reply.

use crate::transport::negotiate::Negotiation;
use crate::transport::tunnel_error::TunnelError;

/// One version of SOCKS, from the first request to the last reply.
pub(super) trait SocksVersion {
    /// Reads the reply to the last request from the beginning of `received`.
    ///
    /// An error is returned as soon as the bytes show it, so that it does not depend on how they
    /// are cut.
    fn read_reply(&mut self, received: &[u8]) -> Result<Reply, TunnelError>;
}

/// What the beginning of the received bytes is.
pub(super) enum Reply {
    /// An incomplete reply.
    Incomplete,
    /// A reply of this length, after which `request` is sent.
    Continue { length: usize, request: Vec<u8> },
    /// A reply of this length, after which the stream is the tunnel.
    Granted { length: usize },
}

/// A negotiation with a SOCKS proxy. It holds at most one incomplete reply and the last piece of
/// input.
pub(super) struct Socks<V> {
    version: V,
    unsent: Vec<u8>,
    received: Vec<u8>,
    state: State,
}

enum State {
    Negotiating,
    /// The bytes in `received` belong to the tunnel.
    Granted,
    Failed(TunnelError),
    Reported,
}

impl<V: SocksVersion> Socks<V> {
    pub(super) fn new(version: V, first_request: Vec<u8>) -> Self {
        Self {
            version,
            unsent: first_request,
            received: Vec::new(),
            state: State::Negotiating,
        }
    }

    fn read_replies(&mut self) {
        while let State::Negotiating = self.state {
            let length = match self.version.read_reply(&self.received) {
                Ok(Reply::Incomplete) => return,
                Ok(Reply::Continue { length, request }) => {
                    self.unsent.extend(request);
                    length
                }
                Ok(Reply::Granted { length }) => {
                    self.state = State::Granted;
                    length
                }
                Err(error) => return self.state = State::Failed(error),
            };
            self.received.drain(..length);
        }
    }
}

impl<V: SocksVersion> Negotiation for Socks<V> {
    type Output = Vec<u8>;
    type Error = TunnelError;

    fn poll_transmit(&self) -> &[u8] {
        &self.unsent
    }

    fn handle_transmitted(&mut self, count: usize) {
        self.unsent.drain(..count);
    }

    fn handle_input(&mut self, input: &[u8]) {
        if let State::Negotiating | State::Granted = self.state {
            self.received.extend_from_slice(input);
            self.read_replies();
        }
    }

    fn handle_eof(&mut self) {
        if let State::Negotiating = self.state {
            self.state = State::Failed(match self.received.is_empty() {
                true => TunnelError::NoAnswer,
                false => TunnelError::CutShort,
            });
        }
    }

    fn poll_outcome(&mut self) -> Option<Result<Vec<u8>, TunnelError>> {
        match std::mem::replace(&mut self.state, State::Reported) {
            State::Granted => Some(Ok(std::mem::take(&mut self.received))),
            State::Failed(error) => Some(Err(error)),
            state => {
                self.state = state;
                None
            }
        }
    }
}
