//! Servers made from closures, one connection each.

use super::bounded::Task;
use super::{Authority, PATIENCE};
use rustix::event::{PollFd, PollFlags, poll};
use rustls::{ServerConnection, StreamOwned};
use std::io::{PipeReader, PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use tungstenite::WebSocket;

/// A server for one connection, in a thread. What the closure asserts counts: its panic fails the
/// test, at the latest when the peer is dropped. What it returns, [`Peer::finish`] hands over.
pub(crate) struct Peer<T: Send + 'static = ()> {
    url: String,
    port: u16,
    leave: Option<PipeWriter>,
    task: Option<Task<Option<T>>>,
}

impl<T: Send + 'static> Peer<T> {
    /// Serves bare TCP: for hostile bytes.
    pub(crate) fn tcp(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let port = listener.local_addr().expect("bound").port();
        let (left, leave) = std::io::pipe().expect("a pipe");
        let task = Task::spawn(move || {
            let stream = accept_unless_left(&listener, &left)?;
            // Further connections are refused.
            drop(listener);
            Some(serve(stream))
        });
        Self {
            url: format!("ws://127.0.0.1:{port}/"),
            port,
            leave: Some(leave),
            task: Some(task),
        }
    }

    /// Serves WebSocket messages and frames through tungstenite, after its handshake.
    pub(crate) fn websocket(
        serve: impl FnOnce(&mut WebSocket<TcpStream>) -> T + Send + 'static,
    ) -> Self {
        Self::tcp(move |stream| serve(&mut accept(stream)))
    }

    /// As [`Peer::websocket`], over TLS with a certificate of this authority for `localhost`.
    pub(crate) fn websocket_tls(
        authority: &Authority,
        serve: impl FnOnce(&mut WebSocket<TlsStream>) -> T + Send + 'static,
    ) -> Self {
        let config = authority.server();
        let mut peer = Self::tcp(move |stream| {
            let tls = ServerConnection::new(config).expect("a good configuration");
            serve(&mut accept(StreamOwned::new(tls, stream)))
        });
        peer.url = format!("wss://localhost:{}/", peer.port);
        peer
    }

    /// The URL to give to the program, ending in `/`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the closure's end and hands over what it returned.
    #[track_caller]
    pub(crate) fn finish(mut self) -> T {
        drop(self.leave.take());
        let task = self.task.take().expect("finished once");
        task.finish().expect("nobody connected")
    }
}

/// A TLS connection seen from the server.
pub(crate) type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// No read and no write takes longer than [`PATIENCE`], and a write waits for nothing.
pub(super) fn bound(stream: &TcpStream) {
    stream.set_nodelay(true).expect("a TCP option");
    stream.set_read_timeout(Some(PATIENCE)).expect("a bound");
    stream.set_write_timeout(Some(PATIENCE)).expect("a bound");
}

fn accept<S: Read + Write>(stream: S) -> WebSocket<S> {
    match tungstenite::accept(stream) {
        Ok(socket) => socket,
        Err(error) => panic!("the client's opening handshake: {error}"),
    }
}

impl<T: Send + 'static> Drop for Peer<T> {
    fn drop(&mut self) {
        drop(self.leave.take());
        end(self.task.take());
    }
}

/// The next connection; none when the other end of the pipe is gone and nobody has connected.
pub(crate) fn accept_unless_left(listener: &TcpListener, left: &PipeReader) -> Option<TcpStream> {
    let mut fds = [
        PollFd::new(listener, PollFlags::IN),
        PollFd::new(left, PollFlags::IN),
    ];
    rustix::io::retry_on_intr(|| poll(&mut fds, None)).expect("polling");
    if fds[0].revents().is_empty() {
        return None;
    }
    let (stream, _) = listener.accept().expect("accepting");
    bound(&stream);
    Some(stream)
}

/// Waits for the end of a server's thread. Its panic is the test's. A test that has failed does
/// not wait: the server may be waiting for the test.
pub(crate) fn end<T: Send + 'static>(task: Option<Task<T>>) {
    if !thread::panicking() {
        task.map(Task::finish);
    }
}
