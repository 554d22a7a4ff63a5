//! The server of `--echo`: a private echo server on a free loopback port.
//!
//! It runs the library's protocol machine as a server, with one thread for each client.

use sockeye::deadline::Deadline;
use sockeye::io_reason;
use sockeye::protocol::upgrade::ServerUpgrade;
use sockeye::protocol::{Batch, Config, Endpoint, EndpointEvent};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The size of the read buffer of each client.
const READ_BUFFER: usize = 64 * 1024;
/// The time a client has for its whole upgrade request.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that sends every message back unchanged. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct EchoServer {
    address: SocketAddr,
    url: String,
    stop: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl EchoServer {
    /// Starts a server on a free port of 127.0.0.1 that accepts these subprotocols.
    ///
    /// # Errors
    /// The operating system's, if there is no socket or no thread.
    pub(crate) fn start(protocols: Vec<String>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let accepting = thread::Builder::new()
            .name("echo".to_owned())
            .spawn(move || accept(&listener, &stopped, &protocols))?;
        Ok(Self {
            address,
            url: format!("ws://{address}/"),
            stop,
            accepting: Some(accepting),
        })
    }

    /// The URL of the server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for EchoServer {
    /// Stops accepting clients. Those that are connected are served until they disconnect.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // `accept` blocks until a client connects.
        let woken = TcpStream::connect_timeout(&self.address, Duration::from_secs(1));
        if let (Ok(_), Some(accepting)) = (woken, self.accepting.take()) {
            // If the thread has panicked, it has ended too.
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, stop: &AtomicBool, protocols: &[String]) {
    for stream in listener.incoming() {
        if stop.load(Ordering::Acquire) {
            return;
        }
        if let Ok(stream) = stream {
            let upgrade = ServerUpgrade::new(protocols.to_vec(), true);
            // Without a thread the stream is dropped, which closes the connection.
            let _ = thread::Builder::new()
                .name("echo client".to_owned())
                .spawn(move || serve(stream, upgrade));
        }
    }
}

/// Serves one client. An error ends its connection only.
fn serve(mut stream: TcpStream, request: ServerUpgrade) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let (config, rest) = upgrade(&mut stream, request)?;
    let mut endpoint = Endpoint::new(&config, Instant::now());
    endpoint.handle_input(Instant::now(), &rest);
    let mut buffer = vec![0; READ_BUFFER];
    loop {
        echo(&mut endpoint);
        write(&mut endpoint, &mut stream).ok()?;
        if endpoint.is_closed() {
            return Some(());
        }
        let timeout = endpoint.poll_timeout().map(|at| {
            at.saturating_duration_since(Instant::now())
                .max(Duration::from_millis(1))
        });
        stream.set_read_timeout(timeout).ok()?;
        match stream.read(&mut buffer) {
            Ok(0) => endpoint.handle_eof(Instant::now()),
            Ok(count) => endpoint.handle_input(Instant::now(), &buffer[..count]),
            Err(error) if is_timeout(&error) => {}
            Err(error) => endpoint.handle_read_error(Instant::now(), io_reason(&error)),
        }
        endpoint.handle_timeout(Instant::now());
    }
}

/// Answers the opening handshake. Returns the settings of the connection and the bytes that
/// followed the request, or `None` if there is no valid request in time.
fn upgrade(stream: &mut TcpStream, mut upgrade: ServerUpgrade) -> Option<(Config, Vec<u8>)> {
    let mut buffer = [0; 4096];
    let deadline = Deadline::after(Instant::now(), UPGRADE_TIMEOUT);
    loop {
        match upgrade.poll_outcome() {
            None => {
                // A timeout of zero is an error, which ends the wait too.
                let remaining = deadline.remaining(Instant::now());
                stream.set_read_timeout(remaining).ok()?;
                match stream.read(&mut buffer).ok()? {
                    0 => upgrade.handle_eof(),
                    count => upgrade.handle_input(&buffer[..count]),
                }
            }
            Some(outcome) => {
                stream.write_all(upgrade.poll_transmit()).ok()?;
                let accepted = outcome.ok()?;
                // A server does not mask (RFC 6455 §5.1), so that the seed does not matter.
                let mut config = Config::server();
                config.deflate = accepted.deflate;
                config.max_message_size = 1 << 30;
                config.finish_before_closing = true;
                return Some((config, accepted.rest));
            }
        }
    }
}

/// Sends back the messages received.
fn echo(endpoint: &mut Endpoint) {
    let mut texts = TextBatch::default();
    let mut replies = Vec::new();
    while let Some(event) = endpoint.poll_event() {
        match event {
            EndpointEvent::Text { text, .. } => texts.push(text.as_bytes()),
            EndpointEvent::Binary { bytes, .. } => {
                replies.extend(texts.take());
                replies.push(Batch::one_binary(bytes.to_vec()));
            }
            _ => {}
        }
    }
    replies.extend(texts.take());
    for reply in replies {
        // It fails once the connection is closing.
        let _ = endpoint.send(reply);
    }
}

/// Consecutive text messages, which are sent as one batch.
#[derive(Default)]
struct TextBatch {
    data: Vec<u8>,
    messages: Vec<Range<usize>>,
}

impl TextBatch {
    fn push(&mut self, text: &[u8]) {
        let start = self.data.len();
        self.data.extend_from_slice(text);
        self.messages.push(start..self.data.len());
    }

    fn take(&mut self) -> Option<Batch> {
        let Self { data, messages } = std::mem::take(self);
        Batch::text(data, messages).ok()
    }
}

fn write(endpoint: &mut Endpoint, stream: &mut TcpStream) -> io::Result<()> {
    while let Some(bytes) = endpoint.poll_transmit() {
        let count = bytes.len();
        stream.write_all(bytes)?;
        endpoint.handle_transmitted(Instant::now(), count);
    }
    if endpoint.wants_shutdown() {
        // It fails if the client has disconnected.
        let _ = stream.shutdown(Shutdown::Write);
    }
    Ok(())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
