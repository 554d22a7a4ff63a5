//! What a caller may choose about connecting.

use super::connect_to::{ConnectTo, Resolution};
use super::connector::Connector;
use super::family::Family;
use super::proxy::ProxyOptions;
use super::socket::SocketOptions;
use super::tls::TlsOptions;
use crate::url::UnixSocket;

/// What a caller may choose about connecting. The default is what a browser does.
#[derive(Debug, Clone, Default)]
pub struct TransportOptions {
    /// Which kind of IP address is used.
    pub family: Family,
    /// What the server must prove; without meaning for `ws`.
    pub tls: TlsOptions,
    /// Whether a proxy is used, and which.
    pub proxy: ProxyOptions,
    /// What a proxy that speaks TLS must prove.
    pub proxy_tls: TlsOptions,
    /// Makes the streams that connections use, in place of everything below TLS with the server:
    /// TCP, proxies, Unix sockets and their options.
    pub connector: Option<Connector>,
    /// The Unix socket to connect to, in place of the URL's host and port.
    pub unix_socket: Option<UnixSocket>,
    /// Addresses that need no resolver.
    pub resolve: Vec<Resolution>,
    /// Other places to connect to than the URL's.
    pub connect_to: Vec<ConnectTo>,
    /// How TCP sockets are set up.
    pub socket: SocketOptions,
}
