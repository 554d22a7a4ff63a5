//! A port on which nobody listens, held so that nobody else gets it.

use socket2::{Domain, SockAddr, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

/// A loopback port that belongs to the test. Connections to it are refused until a server of the
/// test listens on it.
///
/// The socket is bound and does not listen. It has `SO_REUSEADDR`, and so have the listeners of
/// Rust, Node and the proxies: they may bind the same port, while the system gives it to nobody
/// who asks for any free port.
pub(crate) struct Port {
    _socket: Socket,
    number: u16,
}

impl Port {
    /// A free port.
    pub(crate) fn reserve() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.set_reuse_address(true).expect("a socket option");
        let any = SockAddr::from(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        socket.bind(&any).expect("a free loopback port");
        let address = socket.local_addr().expect("bound").as_socket();
        Self {
            number: address.expect("an IPv4 address").port(),
            _socket: socket,
        }
    }

    /// Its number.
    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// The URL of what may listen on it, ending in `/`.
    pub(crate) fn url(&self) -> String {
        format!("ws://127.0.0.1:{}/", self.number)
    }

    /// Listens on it.
    pub(crate) fn listen(&self) -> TcpListener {
        TcpListener::bind((Ipv4Addr::LOCALHOST, self.number)).expect("the port is ours")
    }
}
