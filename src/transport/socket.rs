//! TCP sockets and their options.

use super::system_resolver;
use crate::io_error::io_reason;
use crate::url::ScopedIp;
use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// The default of [`SocketOptions::keepalive`].
const KEEPALIVE: Duration = Duration::from_secs(60);

/// The options of TCP sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketOptions {
    /// The local address to bind to; the operating system chooses one by default.
    pub local_address: Option<ScopedIp>,
    /// The network device to bind to, such as `eth0`. Linux only.
    pub device: Option<String>,
    /// TCP keep-alive (RFC 9293 §3.8.4): the idle time before the first probe, and the time between
    /// two probes. `None` turns it off; 60 seconds by default.
    pub keepalive: Option<Duration>,
    /// Whether Nagle's algorithm is off, so that small writes leave at once (RFC 9293 §3.7.4); it is
    /// off by default.
    pub nodelay: bool,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            local_address: None,
            device: None,
            keepalive: Some(KEEPALIVE),
            nodelay: true,
        }
    }
}

impl SocketOptions {
    /// Starts to connect to `address`.
    pub(super) fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        socket.set_nonblocking(true)?;
        self.bind(&socket)?;
        self.tune(&socket);
        match socket.connect(&address.into()) {
            Err(error) if !is_under_way(&error) => Err(error),
            _ => Ok(TcpStream::from_std(socket.into())),
        }
    }

    /// Sets what makes a connection quicker and notices a peer that is gone. The connection works
    /// without, so errors are ignored.
    fn tune(&self, socket: &Socket) {
        let _ = socket.set_tcp_nodelay(self.nodelay);
        if let Some(time) = self.keepalive {
            let keepalive = TcpKeepalive::new().with_time(time).with_interval(time);
            let _ = socket.set_tcp_keepalive(&keepalive);
        }
    }

    fn bind(&self, socket: &Socket) -> io::Result<()> {
        if let Some(device) = &self.device {
            bind_device(socket, device)
                .map_err(|error| because("the interface", device, &error))?;
        }
        if let Some(address) = &self.local_address {
            let any_port = system_resolver::with_scope(address);
            let bound = any_port.and_then(|any_port| socket.bind(&any_port.into()));
            bound.map_err(|error| because("the local address", &address.to_string(), &error))?;
        }
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn bind_device(socket: &Socket, device: &str) -> io::Result<()> {
    socket.bind_device(Some(device.as_bytes()))
}

#[cfg(not(target_os = "linux"))]
fn bind_device(_: &Socket, _: &str) -> io::Result<()> {
    Err(io::Error::other(
        "only Linux chooses by name; give a local address instead",
    ))
}

fn because(what: &str, name: &str, error: &io::Error) -> io::Error {
    let reason = io_reason(error);
    io::Error::new(
        error.kind(),
        format!("{what} {} cannot be used: {reason}", name.escape_debug()),
    )
}

/// Whether the attempt to connect is still under way.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}
