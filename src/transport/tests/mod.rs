#![expect(clippy::unwrap_used, reason = "a test may panic")]
//! Connections over the loopback interface.

mod layers;
mod racing;
mod records;
mod server;
mod sockets;
mod tls;

use super::{ConnectContext, Error, Stream, WAKER};
use mio::net::TcpStream;
use mio::{Poll, Waker};
use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Far more than any step of a test takes.
const LONG: Duration = Duration::from_secs(60);
/// A budget that is meant to run out.
const SHORT: Duration = Duration::from_millis(50);

/// What the connecting thread owns.
struct Traveller {
    poll: Poll,
    waker: Arc<Waker>,
    cancelled: Arc<AtomicBool>,
}

impl Traveller {
    fn new() -> Self {
        let poll = Poll::new().unwrap();
        let waker = Arc::new(Waker::new(poll.registry(), WAKER).unwrap());
        Self {
            poll,
            waker,
            cancelled: Arc::default(),
        }
    }

    fn context(&mut self, budget: Duration) -> ConnectContext<'_> {
        let waker = Arc::clone(&self.waker);
        ConnectContext::new(&mut self.poll, waker, &self.cancelled, budget)
    }
}

/// Tries `step` until it no longer blocks.
fn finish<T>(
    stream: &mut Stream,
    context: &mut ConnectContext<'_>,
    mut step: impl FnMut(&mut Stream) -> io::Result<T>,
) -> io::Result<T> {
    loop {
        match step(stream) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                context.wait(&"a test", None).unwrap();
            }
            result => return result,
        }
    }
}

/// Reads to the end of the stream, `size` bytes at a time.
fn read_to_end(
    stream: &mut Stream,
    context: &mut ConnectContext<'_>,
    size: usize,
) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut buffer = vec![0; size];
    loop {
        match finish(stream, context, |stream| stream.read(&mut buffer))? {
            0 => return Ok(all),
            read => all.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Writes all of `bytes`.
fn write_all(
    stream: &mut Stream,
    context: &mut ConnectContext<'_>,
    mut bytes: &[u8],
) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = finish(stream, context, |stream| stream.write(bytes))?;
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
        Stream::Tls(tls) => socket(tls.below()),
        #[cfg(unix)]
        Stream::Unix(_) => panic!("it goes over TCP"),
    }
}

fn message<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let message = result.unwrap_err().to_string();
    assert_eq!(message.lines().count(), 1, "{message}");
    message
}
