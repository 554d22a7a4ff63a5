//! How sockets are set up, and Unix sockets that have no room.

use super::{EventLoop, LONG, SHORT, message};
use crate::transport::{SocketOptions, Stream, TransportOptions};
use crate::url::WebSocketUrl;
use socket2::SockRef;
use std::net::TcpListener;
use std::time::Duration;

/// Connects with these options and looks at the socket.
fn with_socket<T>(socket: SocketOptions, look: impl FnOnce(SockRef<'_>) -> T) -> T {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let options = TransportOptions {
        socket,
        ..TransportOptions::default()
    };
    let event_loop = EventLoop::new();
    let address = WebSocketUrl::parse(&url).unwrap();
    let connected = event_loop.connect(&address, &options, LONG).unwrap();
    let Stream::Tcp(socket) = &connected.stream else {
        panic!("ws goes over TCP");
    };
    look(SockRef::from(socket))
}

#[test]
fn small_writes_leave_at_once_unless_it_is_turned_off() {
    for nodelay in [true, false] {
        let options = SocketOptions {
            nodelay,
            ..SocketOptions::default()
        };
        let found = with_socket(options, |socket| socket.tcp_nodelay().unwrap());
        assert_eq!(found, nodelay);
    }
    assert!(SocketOptions::default().nodelay);
}

#[test]
#[cfg(target_os = "linux")]
fn keep_alive_is_on_with_its_time_unless_it_is_turned_off() {
    for keepalive in [None, Some(Duration::from_secs(7))] {
        let options = SocketOptions {
            keepalive,
            ..SocketOptions::default()
        };
        let found = with_socket(options, |socket| {
            let is_on = socket.keepalive().unwrap();
            is_on.then(|| {
                let times = [socket.tcp_keepalive_time(), socket.tcp_keepalive_interval()];
                times.map(Result::unwrap)
            })
        });
        assert_eq!(found, keepalive.map(|time| [time, time]));
    }
    assert!(SocketOptions::default().keepalive.is_some());
}

#[cfg(unix)]
mod unix {
    use super::*;
    use crate::transport::{ErrorKind, Peer};
    use crate::url::UnixSocket;
    use socket2::{Domain, SockAddr, Socket, Type};
    use std::path::{Path, PathBuf};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    /// A listener with a backlog that is full.
    struct Full {
        path: PathBuf,
        listener: Socket,
        waiting: Vec<Socket>,
    }

    impl Full {
        fn new() -> Self {
            static COUNT: AtomicUsize = AtomicUsize::new(0);
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let name = format!("sockeye-full-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            let listener = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
            let address = SockAddr::unix(&path).unwrap();
            listener.bind(&address).unwrap();
            listener.listen(0).unwrap();
            let mut waiting = Vec::new();
            loop {
                assert!(waiting.len() < 100, "the backlog does not fill");
                let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
                socket.set_nonblocking(true).unwrap();
                match socket.connect(&address) {
                    Ok(()) => waiting.push(socket),
                    Err(_) => break,
                }
            }
            Self {
                path,
                listener,
                waiting,
            }
        }

        fn address(&self) -> WebSocketUrl {
            WebSocketUrl::parse(&format!("ws+unix:{}:/", self.path.display())).unwrap()
        }
    }

    impl Drop for Full {
        fn drop(&mut self) {
            let _ = std::fs::remove_file(&self.path);
        }
    }

    #[test]
    fn a_unix_socket_without_room_is_waited_for_within_the_budget() {
        let full = Full::new();
        let event_loop = EventLoop::new();
        let error = event_loop
            .connect(&full.address(), &TransportOptions::default(), SHORT)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        let expected = format!(
            "connecting to {} took longer than 0.05 s",
            full.path.display()
        );
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_unix_socket_that_gets_room_is_connected_to() {
        let full = Full::new();
        let (address, count) = (full.address(), full.waiting.len());
        let listener = full.listener.try_clone().unwrap();
        let server = thread::spawn(move || {
            let accepted = (0..count).map(|_| listener.accept().unwrap());
            accepted.collect::<Vec<_>>()
        });
        let event_loop = EventLoop::new();
        let connected = event_loop
            .connect(&address, &TransportOptions::default(), LONG)
            .unwrap();
        let expected = UnixSocket::Path(full.path.clone());
        assert_eq!(connected.peer, Peer::Unix(expected));
        server.join().unwrap();
    }

    #[test]
    fn a_socket_that_is_not_there_is_named() {
        let options = TransportOptions {
            unix_socket: Some(UnixSocket::Path(Path::new("/nowhere/at/all").into())),
            ..TransportOptions::default()
        };
        let event_loop = EventLoop::new();
        let address = WebSocketUrl::parse("ws://example.org/").unwrap();
        let result = event_loop.connect(&address, &options, LONG);
        let message = message(result);
        assert_eq!(
            message,
            "connecting to /nowhere/at/all: no such file or directory"
        );
    }
}
