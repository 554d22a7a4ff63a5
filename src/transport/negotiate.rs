//! Runs a negotiation over a stream: a proxy's tunnel, the opening handshake.

use super::connect_context::ConnectContext;
use super::error::TransportError;
use super::step::TransportStep;
use super::stream::Stream;
use std::fmt::Display;
use std::io;
use std::time::{Duration, Instant};

/// How long the next piece of the body of a refusal may take, within the time for connecting.
const BODY_WAIT: Duration = Duration::from_secs(2);

/// The number of bytes that are read at once.
const READ_SIZE: usize = 4096;

/// What is said over a stream before the next layer uses it, as a state machine without I/O.
///
/// However the input is cut, the outcome is the same. There is an outcome at the latest after
/// [`handle_eof`](Self::handle_eof).
pub(crate) trait Negotiation {
    /// What a successful negotiation results in.
    type Output;
    /// Why a negotiation fails.
    type Error;

    /// The bytes to be sent next; empty if there are none.
    fn poll_transmit(&self) -> &[u8];

    /// Reports that the first `count` bytes of [`poll_transmit`](Self::poll_transmit) were sent.
    fn handle_transmitted(&mut self, count: usize);

    /// Takes bytes from the peer.
    fn handle_input(&mut self, input: &[u8]);

    /// Reports that the peer sends nothing more.
    fn handle_eof(&mut self);

    /// Whether the peer has refused and the rest of its answer only explains why. Then the wait
    /// for it is short, and its end is no error.
    fn is_reading_body(&self) -> bool {
        false
    }

    /// Reports that the wait for the body of a refusal is over.
    fn handle_timeout(&mut self) {}

    /// The next step to be reported.
    fn poll_step(&mut self) -> Option<TransportStep> {
        None
    }

    /// The outcome, once, as soon as it is known.
    fn poll_outcome(&mut self) -> Option<Result<Self::Output, Self::Error>>;
}

/// Why a negotiation over a stream has no output.
#[derive(Debug)]
pub(crate) enum NegotiationError<E> {
    /// The peer refused, or its answer is not valid.
    Failed(E),
    /// Reading from the stream failed.
    Lost(io::Error),
    /// The time for connecting is over.
    Connect(TransportError),
}

/// Runs a negotiation to its end. `phase` names it in the error when the time is over.
///
/// # Errors
/// As [`NegotiationError`] says.
pub(crate) async fn negotiate<N: Negotiation + ?Sized>(
    negotiation: &mut N,
    stream: &mut Stream,
    context: &ConnectContext,
    phase: &(dyn Display + Sync),
) -> Result<N::Output, NegotiationError<N::Error>> {
    let mut driver = Driver {
        negotiation,
        stream,
        context,
        phase,
        body_end: None,
    };
    loop {
        driver.report_steps();
        if let Some(outcome) = driver.negotiation.poll_outcome() {
            let output = outcome.map_err(NegotiationError::Failed)?;
            driver.send_rest().await?;
            return Ok(output);
        }
        driver.send();
        if !driver.receive()? {
            driver.wait().await?;
        }
    }
}

struct Driver<'a, N: ?Sized> {
    negotiation: &'a mut N,
    stream: &'a mut Stream,
    context: &'a ConnectContext,
    phase: &'a (dyn Display + Sync),
    /// The end of the wait for the next piece of the body of a refusal.
    body_end: Option<Instant>,
}

impl<N: Negotiation + ?Sized> Driver<'_, N> {
    fn report_steps(&mut self) {
        while let Some(step) = self.negotiation.poll_step() {
            self.context.report(step);
        }
    }

    /// Sends what the stream accepts. Returns whether it accepts more only later.
    fn send(&mut self) -> bool {
        while let unsent @ [_, ..] = self.negotiation.poll_transmit() {
            match self.stream.write(unsent) {
                Ok(count) => self.negotiation.handle_transmitted(count),
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// Sends what is left when the peer has accepted early. If that fails, the next layer finds
    /// out.
    async fn send_rest(&mut self) -> Result<(), NegotiationError<N::Error>> {
        while self.send() {
            let waited = self.context.wait(self.phase, None).await;
            waited.map_err(NegotiationError::Connect)?;
        }
        Ok(())
    }

    /// Hands over one piece of input. Returns false when there is none yet.
    ///
    /// A write error is not reported before the input ends: the peer may have answered before it
    /// read everything, and its answer says more.
    fn receive(&mut self) -> Result<bool, NegotiationError<N::Error>> {
        if let Err(error) = self.context.check(self.phase) {
            return self.out_of_time(error).map(|()| true);
        }
        let mut buffer = [0; READ_SIZE];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.negotiation.handle_eof(),
            Ok(count) => {
                self.negotiation.handle_input(&buffer[..count]);
                self.body_end = None;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(_) if self.negotiation.is_reading_body() => self.negotiation.handle_eof(),
            Err(error) => return Err(NegotiationError::Lost(error)),
        }
        Ok(true)
    }

    async fn wait(&mut self) -> Result<(), NegotiationError<N::Error>> {
        let is_reading_body = self.negotiation.is_reading_body();
        let body_end = self.body_end.unwrap_or_else(|| Instant::now() + BODY_WAIT);
        self.body_end = is_reading_body.then_some(body_end);
        let until = self.body_end;
        if let Err(error) = self.context.wait(self.phase, until).await {
            return self.out_of_time(error);
        }
        if until.is_some_and(|until| until <= Instant::now()) {
            self.negotiation.handle_timeout();
        }
        Ok(())
    }

    /// A refusal whose body is not complete when the time is over is still the outcome.
    fn out_of_time(&mut self, error: TransportError) -> Result<(), NegotiationError<N::Error>> {
        if !self.negotiation.is_reading_body() {
            return Err(NegotiationError::Connect(error));
        }
        self.negotiation.handle_timeout();
        Ok(())
    }
}
