#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! Connections over the loopback interface.

mod connector;
mod layers;
mod racing;
mod records;
mod server;
mod sockets;
mod tls;

use super::connect_context::Wake;
use super::{
    ConnectContext, ConnectObserver, Connected, Stream, TransportError, TransportOptions,
    TransportStep, connect,
};
use crate::deadline::Deadline;
use crate::url::WebSocketUrl;
use mio::net::TcpStream;
use mio::{Events, Poll, Token, Waker};
use std::cell::RefCell;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::Context;
use std::time::{Duration, Instant};

/// Far more than any step of a test takes.
const LONG: Duration = Duration::from_secs(60);
/// A budget that is meant to run out.
const SHORT: Duration = Duration::from_millis(50);

/// Polls one future.
struct EventLoop {
    poll: RefCell<Poll>,
    waker: Arc<Waker>,
    observer: Arc<Observer>,
}

/// When the future is to be polled again.
struct Observer(Mutex<Deadline>);

impl ConnectObserver for Observer {
    fn handle_step(&self, _: TransportStep) {}

    fn handle_wait(&self, deadline: Deadline) {
        *self.0.lock().unwrap() = deadline;
    }
}

impl EventLoop {
    fn new() -> Self {
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
        Self {
            poll: RefCell::new(poll),
            waker,
            observer: Arc::new(Observer(Mutex::new(Deadline::NEVER))),
        }
    }

    fn context(&self, limit: Duration) -> ConnectContext {
        let registry = self.poll.borrow().registry().try_clone().unwrap();
        let waker = Arc::clone(&self.waker);
        let wake: Wake = Arc::new(move || waker.wake().unwrap());
        ConnectContext::new(registry, Token(1), wake, self.observer.clone(), limit)
    }

    fn connect(
        &self,
        url: &WebSocketUrl,
        options: &TransportOptions,
        limit: Duration,
    ) -> Result<Connected, TransportError> {
        self.block_on(connect(url, options, &self.context(limit)))
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        loop {
            let mut context = Context::from_waker(std::task::Waker::noop());
            if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.wait();
        }
    }

    /// Waits for any event.
    fn wait(&self) {
        let deadline = *self.observer.0.lock().unwrap();
        let timeout = deadline.remaining(Instant::now()).unwrap_or(LONG);
        let mut events = Events::with_capacity(16);
        self.poll
            .borrow_mut()
            .poll(&mut events, Some(timeout))
            .unwrap();
    }
}

/// Tries `step` until it no longer blocks.
fn finish<T>(
    stream: &mut Stream,
    event_loop: &EventLoop,
    mut step: impl FnMut(&mut Stream) -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match step(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                event_loop.wait();
            }
            result => return result,
        }
    }
}

/// Reads to the end of the stream, `size` bytes at a time.
fn read_to_end(stream: &mut Stream, event_loop: &EventLoop, size: usize) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = vec![0; size];
    loop {
        match finish(stream, event_loop, |stream| stream.read(&mut buffer))? {
            0 => return Ok(all),
            read => all.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Writes all of `bytes`.
fn write_all(stream: &mut Stream, event_loop: &EventLoop, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = finish(stream, event_loop, |stream| stream.write(bytes))?;
        bytes = &bytes[written..];
    }
    Ok(())
}

/// Bytes in which any loss, repetition or change of order shows.
fn pattern(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    for (chunk, number) in bytes.chunks_exact_mut(4).zip(0u32..) {
        chunk.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

/// The socket below all TLS.
fn socket(stream: &mut Stream) -> &mut TcpStream {
    match stream {
        Stream::Tcp(socket) => socket,
        Stream::Layer(layer) => socket(layer.below().expect("it goes over TCP")),
    }
}

fn message<T: std::fmt::Debug>(result: Result<T, TransportError>) -> String {
    let message = result.unwrap_err().to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}
