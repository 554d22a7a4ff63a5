//! The constructor with everything that a browser decides for its page.

use super::dry_run::{DryRun, DryRunError};
use super::events::Events;
use super::exception::{Exception, ExceptionName};
use super::socket::WebSocket;
use crate::connection::{self, Driver, EventReceiver, Handle, Options};
use crate::http1::HeaderError;
use crate::protocol::KeepAlive;
use crate::protocol::upgrade;
use crate::transport::{self, Connector, TlsOptions, proxy::ProxyOptions};
use crate::url::WebSocketUrl;
use mio::{Registry, Token};
use std::sync::Arc;
use std::time::Duration;

impl WebSocket {
    /// The constructor (WHATWG WebSockets §3.1): resolves the URL, checks the subprotocols,
    /// starts to connect on a thread of its own.
    ///
    /// # Errors
    /// `SyntaxError` for the URL or a subprotocol, `SecurityError` for a bad port.
    pub fn new(url: &str, protocols: &[&str]) -> Result<(Self, Events), Exception> {
        Self::builder(url).protocols(protocols).connect()
    }

    /// A builder, for everything that a browser decides for its page: header fields, TLS, proxies,
    /// timeouts, limits.
    pub fn builder(url: &str) -> Builder {
        Builder::new(url)
    }
}

/// Makes a [`WebSocket`] with everything that a browser decides for its page.
///
/// The setters are for what is set most. [`Builder::options`] takes all of [`Options`] at once, and
/// replaces what was set before it.
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it connects"]
pub struct Builder {
    url: String,
    protocols: Vec<String>,
    options: Options,
}

impl Builder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            protocols: Vec::new(),
            options: Options::default(),
        }
    }

    /// Offers these subprotocols, the preferred one first (RFC 6455 §1.9).
    pub fn protocols(mut self, protocols: &[&str]) -> Self {
        self.protocols = protocols.iter().map(ToString::to_string).collect();
        self
    }

    /// Replaces all options.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Adds a header field to the request, after those that were added before.
    ///
    /// # Errors
    /// If the name or the value is not valid in a request (RFC 9110 §5).
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HeaderError> {
        self.options.headers.push(name, value)?;
        Ok(self)
    }

    /// What the server must prove, and which certificate it is shown.
    pub fn tls(mut self, tls: TlsOptions) -> Self {
        self.options.transport.tls = tls;
        self
    }

    /// Whether a proxy is used, and which.
    pub fn proxy(mut self, proxy: ProxyOptions) -> Self {
        self.options.transport.proxy = proxy;
        self
    }

    /// Makes the stream, in place of TCP, proxies and Unix sockets. For `wss`, TLS is spoken over it.
    ///
    /// A test can have its server in the same process, without a network:
    ///
    /// ```
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// # #[cfg(unix)]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sockeye::transport::Connector;
    /// use sockeye::{Event, WebSocket};
    /// use std::os::unix::net::UnixStream;
    ///
    /// let connector = Connector::new(|_host, _port| {
    ///     let (near, far) = UnixStream::pair()?;
    ///     near.set_nonblocking(true)?;
    ///     std::thread::spawn(move || {
    ///         let mut server = tungstenite::accept(far).expect("a handshake");
    ///         server.send("welcome".into()).expect("the client reads");
    ///         while server.read().is_ok() {}
    ///     });
    ///     Ok(Box::new(mio::net::UnixStream::from_std(near)))
    /// });
    /// let builder = WebSocket::builder("ws://test/").connector(connector);
    /// let (socket, events) = builder.connect()?;
    /// let mut received = Vec::new();
    /// for event in events {
    ///     if let Event::Message(message) = event {
    ///         received.push(message.data);
    ///         socket.close(Some(1000), "")?;
    ///     }
    /// }
    /// assert_eq!(received, [sockeye::Data::Text("welcome".into())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn connector(mut self, connector: Connector) -> Self {
        self.options.transport.connector = Some(connector);
        self
    }

    /// How long connecting may take, from the name to the server's answer; 30 seconds by default.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.options.connect_timeout = timeout;
        self
    }

    /// How long the server may take to answer the close frame; 10 seconds by default.
    pub fn close_timeout(mut self, timeout: Duration) -> Self {
        self.options.close_timeout = timeout;
        self
    }

    /// Sends pings at an interval (RFC 6455 §5.5.2); none by default.
    pub fn keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.options.keep_alive = Some(keep_alive);
        self
    }

    /// The largest message that is accepted, in bytes after decompression; 128 MiB by default.
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.options.max_message_size = bytes;
        self
    }

    /// Whether permessage-deflate is offered (RFC 7692); it is by default.
    pub fn compress(mut self, compress: bool) -> Self {
        self.options.compress = compress;
        self
    }

    /// Starts to connect, on a thread of its own.
    ///
    /// # Errors
    /// `SyntaxError` for the URL or a subprotocol, `SecurityError` for a bad port.
    pub fn connect(self) -> Result<(WebSocket, Events), Exception> {
        let (url, protocols, options) = self.check()?;
        let shown = Arc::new(url.clone());
        let (handle, receiver) = connection::open(url, protocols, options);
        Ok(ends(handle, receiver, shown))
    }

    /// Prepares to connect inside the caller's event loop, with sockets under `token` in the loop's
    /// `registry`. Nothing happens until the first [`Driver::drive`].
    ///
    /// `wake` must make the loop call [`Driver::drive`] soon; a [`mio::Waker`] does. It is called
    /// on other threads: on those that send, and on the one that resolves the server's name.
    ///
    /// # Errors
    /// As [`Builder::connect`], and `OperationError` if the registry cannot be cloned.
    pub fn connect_in(
        self,
        registry: &Registry,
        token: Token,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Result<(WebSocket, Events, Driver), Exception> {
        let (url, protocols, options) = self.check()?;
        let shown = Arc::new(url.clone());
        let event_loop = (registry, token, Arc::new(wake) as transport::Wake);
        let (handle, receiver, driver) = connection::open_in(event_loop, url, protocols, options)
            .map_err(|error| {
            Exception::new(ExceptionName::OperationError, error.to_string())
        })?;
        let (socket, events) = ends(handle, receiver, shown);
        Ok((socket, events, driver))
    }

    /// Checks everything that can be checked without a connection, and makes the request: URL,
    /// port and subprotocols, header fields, certificates.
    ///
    /// # Errors
    /// What [`Builder::connect`] refuses, and what would end its connection before anything is
    /// sent.
    pub fn dry_run(self) -> Result<DryRun, DryRunError> {
        let (url, protocols, options) = self.check()?;
        DryRun::new(url, protocols, options)
    }

    /// The steps of the constructor that throw.
    fn check(self) -> Result<(WebSocketUrl, Vec<String>, Options), Exception> {
        let Self {
            url,
            protocols,
            options,
        } = self;
        let url =
            WebSocketUrl::parse(&url).map_err(|error| Exception::syntax(error.to_string()))?;
        if url.is_bad_port() && !options.allow_bad_port {
            let port = match url.port() {
                0 => "port 0 is no server's".to_owned(),
                port => format!("port {port} belongs to another protocol"),
            };
            return Err(Exception::new(
                ExceptionName::SecurityError,
                format!("{port} and is refused, as browsers do"),
            ));
        }
        upgrade::check_protocols(&protocols)
            .map_err(|error| Exception::syntax(error.to_string()))?;
        Ok((url, protocols, options))
    }
}

fn ends(handle: Handle, receiver: EventReceiver, url: Arc<WebSocketUrl>) -> (WebSocket, Events) {
    let socket = WebSocket::from_parts(handle, url);
    let events = Events::new(receiver, socket.clone());
    (socket, events)
}
