//! A TCP socket as the options want it.

use super::io_error::reason;
use super::system_resolver;
use crate::url::ScopedIp;
use mio::net::TcpStream;
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a connection is idle before TCP asks whether the other end is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);

/// What a caller may choose about TCP sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketOptions {
    /// The local address that the connection starts from; the operating system's choice by default.
    pub local_address: Option<ScopedIp>,
    /// The network device that the connection goes through, such as `eth0`. Linux only.
    pub device: Option<String>,
    /// After how long without data TCP asks whether the peer is still there, and how long it waits
    /// between two such probes (RFC 9293 §3.8.4); none for never. 60 seconds by default.
    pub keepalive: Option<Duration>,
    /// Whether small writes leave at once, without Nagle's algorithm (RFC 9293 §3.7.4). They do by
    /// default.
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
    /// A socket on its way to `address`.
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

    /// Without these the connection is slow or outlives its peer, but it works: no reason to give
    /// up.
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
    let reason = reason(error);
    io::Error::new(
        error.kind(),
        format!("{what} {} cannot be used: {reason}", name.escape_debug()),
    )
}

/// Whether an attempt has begun and its outcome is not known yet.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}
