//! Servers made from closures, one connection each.

use super::{Authority, PATIENCE};
use rustls::{ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use tungstenite::WebSocket;

/// A server for one connection, in a thread. What the closure asserts counts: its panic fails the
/// test, at the latest when the peer is dropped. What it returns, [`Peer::finish`] hands over.
pub(crate) struct Peer<T = ()> {
    url: String,
    port: u16,
    leaving: Arc<AtomicBool>,
    thread: Option<JoinHandle<Option<T>>>,
}

impl<T: Send + 'static> Peer<T> {
    /// Serves bare TCP: for hostile bytes.
    pub(crate) fn tcp(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let port = listener.local_addr().expect("bound").port();
        let leaving = Arc::new(AtomicBool::new(false));
        let left = Arc::clone(&leaving);
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("accepting");
            drop(listener);
            if left.load(Ordering::SeqCst) {
                return None;
            }
            bound(&stream);
            Some(serve(stream))
        });
        Self {
            url: format!("ws://127.0.0.1:{port}/"),
            port,
            leaving,
            thread: Some(thread),
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
        self.join().expect("nobody connected")
    }

    fn join(&mut self) -> Option<T> {
        self.leaving.store(true, Ordering::SeqCst);
        // Frees a thread that still waits for its connection; refused when it has one.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        match self.thread.take()?.join() {
            Ok(result) => result,
            Err(_) if thread::panicking() => None,
            Err(panic) => std::panic::resume_unwind(panic),
        }
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

impl<T> Drop for Peer<T> {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        end(thread, &self.leaving, self.port);
    }
}

/// Ends a server's thread; its panic is the test's, unless that panics already.
pub(super) fn end<T>(thread: JoinHandle<T>, leaving: &AtomicBool, port: u16) {
    leaving.store(true, Ordering::SeqCst);
    // Frees a thread that still waits for a connection; refused when it has had all of them.
    drop(TcpStream::connect(("127.0.0.1", port)));
    if let Err(panic) = thread.join()
        && !thread::panicking()
    {
        std::panic::resume_unwind(panic);
    }
}
