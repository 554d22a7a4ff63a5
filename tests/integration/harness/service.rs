//! Servers for several connections, one after the other.

use super::Port;
use super::bounded::Task;
use super::peer::{accept_unless_left, end};
use std::io::PipeWriter;
use std::net::{TcpListener, TcpStream};

/// Serves connection after connection, each with its own closure, in a thread. What a closure
/// asserts counts: its panic fails the test, at the latest when the service is dropped. Further
/// connections are refused.
pub(crate) struct Service {
    port: u16,
    leave: Option<PipeWriter>,
    task: Option<Task<()>>,
}

/// What serves one connection.
pub(crate) type Serve = Box<dyn FnOnce(TcpStream) + Send>;

impl Service {
    /// Listens on a free port.
    pub(crate) fn start(connections: Vec<Serve>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        Self::on(listener, connections)
    }

    /// Listens on this port.
    pub(crate) fn start_at(port: &Port, connections: Vec<Serve>) -> Self {
        Self::on(port.listen(), connections)
    }

    fn on(listener: TcpListener, connections: Vec<Serve>) -> Self {
        let port = listener.local_addr().expect("bound").port();
        let (left, leave) = std::io::pipe().expect("a pipe");
        let task = Task::spawn(move || {
            for serve in connections {
                let Some(stream) = accept_unless_left(&listener, &left) else {
                    return;
                };
                serve(stream);
            }
        });
        Self {
            port,
            leave: Some(leave),
            task: Some(task),
        }
    }

    /// The URL to give to the program, ending in `/`.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.port)
    }

    /// Waits until every connection has been served.
    #[track_caller]
    pub(crate) fn finish(mut self) {
        self.task.take().map(Task::finish);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.leave.take());
        end(self.task.take());
    }
}
