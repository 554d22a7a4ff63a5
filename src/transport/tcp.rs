//! From addresses to a TCP connection: attempts raced against each other (RFC 8305 §5).

use super::connect_context::ConnectContext;
use super::error::TransportError;
use super::socket::SocketOptions;
use super::step::{Attempt, Outcome, TransportStep};
use crate::io_error::io_reason;
use mio::net::TcpStream;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The time between the starts of two attempts (RFC 8305 §5, "Connection Attempt Delay").
pub(super) const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

impl Attempt {
    fn fail(&mut self, reason: String, context: &ConnectContext) {
        context.report(TransportStep::Failed {
            address: self.address,
            reason: reason.clone(),
        });
        self.outcome = Outcome::Failed(reason);
    }
}

/// The attempt that succeeded.
#[derive(Debug)]
pub(super) struct Reached {
    pub(super) socket: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) attempts: Vec<Attempt>,
}

/// Connects to the first of `addresses` that answers. The next attempt starts when one fails, or
/// when `delay` has passed without an answer; attempts that are under way go on.
pub(super) async fn race(
    addresses: &[SocketAddr],
    delay: Duration,
    options: &SocketOptions,
    context: &ConnectContext,
) -> Result<Reached, TransportError> {
    let mut race = Race::new(addresses);
    let phase = race.phase();
    let mut next_start = Instant::now();
    loop {
        while race.has_more() && (race.running.is_empty() || next_start <= Instant::now()) {
            race.start_next(options, context);
            next_start = Instant::now() + delay;
        }
        if race.running.is_empty() {
            return Err(TransportError::Connect(race.attempts));
        }
        context
            .wait(&phase, race.has_more().then_some(next_start))
            .await?;
        let failures_before = race.failures();
        if let Some((index, socket)) = race.first_connected(context) {
            return Ok(race.won_by(index, socket, context));
        }
        if race.failures() > failures_before {
            next_start = Instant::now();
        }
    }
}

struct Race {
    attempts: Vec<Attempt>,
    started: usize,
    /// Attempts under way: their index and socket.
    running: Vec<(usize, TcpStream)>,
}

impl Race {
    fn new(addresses: &[SocketAddr]) -> Self {
        let attempts = addresses.iter().map(|address| Attempt {
            address: *address,
            outcome: Outcome::NotTried,
        });
        Self {
            attempts: attempts.collect(),
            started: 0,
            running: Vec::new(),
        }
    }

    fn phase(&self) -> String {
        let addresses: Vec<_> = self
            .attempts
            .iter()
            .map(|a| a.address.to_string())
            .collect();
        format!("connecting to {}", addresses.join(", "))
    }

    fn has_more(&self) -> bool {
        self.started < self.attempts.len()
    }

    fn failures(&self) -> usize {
        let failed = |attempt: &&Attempt| matches!(attempt.outcome, Outcome::Failed(_));
        self.attempts.iter().filter(failed).count()
    }

    fn start_next(&mut self, options: &SocketOptions, context: &ConnectContext) {
        let index = self.started;
        self.started += 1;
        let attempt = &mut self.attempts[index];
        context.report(TransportStep::Trying(attempt.address));
        let socket = options.connect(attempt.address).and_then(|mut socket| {
            context.register(&mut socket)?;
            Ok(socket)
        });
        match socket {
            Ok(socket) => {
                attempt.outcome = Outcome::Unanswered;
                self.running.push((index, socket));
            }
            Err(error) => attempt.fail(io_reason(&error), context),
        }
    }

    /// Removes the attempts that have failed, and returns the first one that has succeeded.
    fn first_connected(&mut self, context: &ConnectContext) -> Option<(usize, TcpStream)> {
        let mut position = 0;
        while let Some((index, socket)) = self.running.get(position) {
            match is_connected(socket) {
                Ok(true) => return Some(self.running.swap_remove(position)),
                Ok(false) => position += 1,
                Err(error) => {
                    self.attempts[*index].fail(io_reason(&error), context);
                    self.running.swap_remove(position);
                }
            }
        }
        None
    }

    fn won_by(mut self, index: usize, socket: TcpStream, context: &ConnectContext) -> Reached {
        let attempt = &mut self.attempts[index];
        attempt.outcome = Outcome::Connected;
        context.report(TransportStep::Connected(attempt.address));
        Reached {
            socket,
            peer: attempt.address,
            attempts: self.attempts,
        }
    }
}

/// Whether the connection is established. An error means that the attempt has failed.
fn is_connected(socket: &TcpStream) -> io::Result<bool> {
    if let Some(error) = socket.take_error()? {
        return Err(error);
    }
    match socket.peer_addr() {
        // A port of the dynamic range that nobody listens on may be given to our own end, which
        // then talks to itself.
        Ok(peer) if socket.local_addr().is_ok_and(|local| local == peer) => {
            Err(io::ErrorKind::ConnectionRefused.into())
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
        Err(error) => Err(error),
    }
}
