//! Servers for several connections, one after the other.

use super::peer::{bound, end};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Serves connection after connection, each with its own closure, in a thread. What a closure
/// asserts counts: its panic fails the test, at the latest when the service is dropped. Further
/// connections are refused.
pub(crate) struct Service {
    port: u16,
    leaving: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What serves one connection.
pub(crate) type Serve = Box<dyn FnOnce(TcpStream) + Send>;

impl Service {
    /// Listens on a free port.
    pub(crate) fn start(connections: Vec<Serve>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        Self::on(listener, connections)
    }

    /// Listens on a port that was free a moment ago.
    pub(crate) fn start_at(port: u16, connections: Vec<Serve>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("the port is still free");
        Self::on(listener, connections)
    }

    fn on(listener: TcpListener, connections: Vec<Serve>) -> Self {
        let port = listener.local_addr().expect("bound").port();
        let leaving = Arc::new(AtomicBool::new(false));
        let left = Arc::clone(&leaving);
        let thread = thread::spawn(move || {
            for serve in connections {
                let (stream, _) = listener.accept().expect("accepting");
                if left.load(Ordering::SeqCst) {
                    return;
                }
                bound(&stream);
                serve(stream);
            }
        });
        Self {
            port,
            leaving,
            thread: Some(thread),
        }
    }

    /// A port that nobody listens on at the moment.
    pub(crate) fn free_port() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        listener.local_addr().expect("bound").port()
    }

    /// The URL to give to the program, ending in `/`.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// Waits until every connection has been served.
    pub(crate) fn finish(mut self) {
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        end(thread, &self.leaving, self.port);
    }
}
