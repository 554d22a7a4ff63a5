//! Servers for many connections at the same time.

use super::bounded::Task;
use super::peer::{accept_unless_left, end};
use std::io::{PipeReader, PipeWriter};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use tungstenite::Message;

/// Serves any number of connections, each in a thread of its own, until it is dropped. What the
/// closure asserts counts: its panic fails the test when the server is dropped.
pub(crate) struct Server {
    port: u16,
    leave: Option<PipeWriter>,
    task: Option<Task<()>>,
}

impl Server {
    /// Listens on a free port.
    pub(crate) fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let port = listener.local_addr().expect("bound").port();
        let (left, leave) = std::io::pipe().expect("a pipe");
        let task = Task::spawn(move || accept_all(&listener, &left, Arc::new(serve)));
        Self {
            port,
            leave: Some(leave),
            task: Some(task),
        }
    }

    /// Echoes messages, through tungstenite.
    pub(crate) fn echo() -> Self {
        Self::start(echo)
    }

    /// The URL to connect to, ending in `/`.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.leave.take());
        end(self.task.take());
    }
}

fn accept_all<S>(listener: &TcpListener, left: &PipeReader, serve: Arc<S>)
where
    S: Fn(TcpStream) + Send + Sync + 'static,
{
    let accept = || accept_unless_left(listener, left);
    let serve = |stream| {
        let serve = Arc::clone(&serve);
        Task::spawn(move || serve(stream))
    };
    let tasks: Vec<_> = std::iter::from_fn(accept).map(serve).collect();
    tasks.into_iter().for_each(Task::finish);
}

/// Echoes the messages of one connection until it ends, however it does.
fn echo(stream: TcpStream) {
    let Ok(mut socket) = tungstenite::accept(stream) else {
        return;
    };
    while let Ok(message) = socket.read() {
        let is_data = matches!(message, Message::Text(_) | Message::Binary(_));
        if is_data && socket.send(message).is_err() {
            return;
        }
    }
}
