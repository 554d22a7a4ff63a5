//! A server for several connections that answers each request by its path.

use super::super::harness::{Task, accept_unless_left, end, wire};
use std::io::{PipeWriter, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a path is answered with.
pub(super) enum Answer {
    /// The upgrade, the message `done`, and a close with 1000.
    Upgrade,
    /// These bytes, then the end.
    Bytes(String),
    /// Nothing, until the client leaves.
    Silence,
}

/// A redirect with this status.
pub(super) fn redirect(status: u16, location: &str) -> Answer {
    Answer::Bytes(format!(
        "HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
    ))
}

/// The server; dropping it ends it.
pub(super) struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    leave: Option<PipeWriter>,
    task: Option<Task<()>>,
}

impl Server {
    /// Accepts every upgrade.
    pub(super) fn accepting() -> Self {
        Self::start(|_| Answer::Upgrade)
    }

    /// Answers each request by its path, one connection after the other.
    pub(super) fn start(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let port = listener.local_addr().expect("bound").port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&heads);
        let (left, leave) = std::io::pipe().expect("a pipe");
        let task = Task::spawn(move || {
            while let Some(mut stream) = accept_unless_left(&listener, &left) {
                let head = serve(&mut stream, &answer);
                kept.lock().expect("no panic under this lock").extend(head);
            }
        });
        Self {
            port,
            heads,
            leave: Some(leave),
            task: Some(task),
        }
    }

    /// Host and port.
    pub(super) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The URL of a path, which begins with `/`.
    pub(super) fn url(&self, path: &str) -> String {
        format!("ws://{}{path}", self.authority())
    }

    /// The heads of all requests so far, once it has ended.
    pub(super) fn heads(mut self) -> Vec<String> {
        self.end();
        std::mem::take(&mut self.heads.lock().expect("no panic under this lock"))
    }

    /// The head of the only request.
    #[track_caller]
    pub(super) fn head(self) -> String {
        let mut heads = self.heads();
        assert_eq!(heads.len(), 1, "one request: {heads:#?}");
        heads.remove(0)
    }

    fn end(&mut self) {
        drop(self.leave.take());
        end(self.task.take());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn serve(stream: &mut TcpStream, answer: &impl Fn(&str) -> Answer) -> Option<String> {
    let head = wire::read_head(stream);
    let path = head.split(' ').nth(1).expect("a request line").to_owned();
    // A client that leaves early is not this server's to judge.
    match answer(&path) {
        Answer::Upgrade => {
            let mut bytes = wire::switching(&head, "").into_bytes();
            bytes.extend(wire::frame(wire::FIN | wire::TEXT, b"done"));
            bytes.extend(wire::close(1000, ""));
            _ = stream.write_all(&bytes);
            _ = wire::read_frame(stream);
        }
        Answer::Bytes(bytes) => _ = stream.write_all(bytes.as_bytes()),
        Answer::Silence => _ = stream.read(&mut [0]),
    }
    Some(head)
}
