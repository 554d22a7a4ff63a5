//! A WebSocket client with the browser's interface.
//!
//! [`WebSocket`] has the members of the [WHATWG `WebSocket` interface][whatwg] under their own
//! names and with their own meaning, without a runtime and without `async`. A connection runs on a
//! thread of its own, or inside the event loop that your program has.
//!
//! ```no_run
//! use sockeye::{EventHandler, Exception, Handshake, Message, WebSocket};
//!
//! struct Echo;
//!
//! impl EventHandler for Echo {
//!     fn onopen(&mut self, socket: &WebSocket, _: &Handshake) {
//!         let _ = socket.send("hello");
//!     }
//!
//!     fn onmessage(&mut self, socket: &WebSocket, message: Message<'_>) {
//!         println!("{}", String::from_utf8_lossy(message.data.bytes()));
//!         let _ = socket.close(Some(1000), "");
//!     }
//! }
//!
//! fn main() -> Result<(), Exception> {
//!     let (_, events) = WebSocket::new("ws://localhost:8080/", &[])?;
//!     events.run(&mut Echo);
//!     Ok(())
//! }
//! ```
//!
//! What it does:
//!
//! - RFC 6455 and permessage-deflate (RFC 7692), checked strictly, with errors that show the bytes
//!   they are about;
//! - `ws`, `wss` and Unix sockets; HTTP and SOCKS proxies; redirects, if you ask for them;
//! - bounded memory and bounded waits: every queue has a limit, every wait has a deadline that no
//!   server can extend;
//! - no unsafe code.
//!
//! # The browser's names
//!
//! | WHATWG | here |
//! |---|---|
//! | `new WebSocket(url, protocols)` | [`WebSocket::new`], or [`WebSocket::builder`] for what a browser decides for its page |
//! | `url`, `protocol`, `extensions` | [`url`](WebSocket::url), [`protocol`](WebSocket::protocol), [`extensions`](WebSocket::extensions) |
//! | `readyState`, `bufferedAmount` | [`ready_state`](WebSocket::ready_state), [`buffered_amount`](WebSocket::buffered_amount) |
//! | `binaryType` | [`binary_type`](WebSocket::binary_type), [`set_binary_type`](WebSocket::set_binary_type) |
//! | `send(data)`, `close(code, reason)` | [`send`](WebSocket::send), [`close`](WebSocket::close) |
//! | `onopen`, `onmessage`, `onerror`, `onclose` | [`EventHandler`], or the values of [`Event`] |
//! | `CloseEvent`, `Blob`, `DOMException` | [`CloseEvent`], [`Blob`], [`Exception`] |
//!
//! The constructor throws what the standard has it throw, an [`Exception`]. It does not wait:
//! whatever goes wrong later is an event. [`Event::Error`] says what happened, which the browser's
//! does not: [`Error::kind`] is for decisions, the text is for people.
//!
//! # Receiving
//!
//! [`Events`] is the receiving end. There are several ways to use it:
//!
//! - [`run`](Events::run) calls an [`EventHandler`] until the connection has ended.
//! - [`recv`](Events::recv) blocks, [`try_recv`](Events::try_recv) does not,
//!   [`recv_timeout`](Events::recv_timeout) and [`recv_deadline`](Events::recv_deadline) block for
//!   a while, as those of `std::sync::mpsc` do. They lend the payload from the buffer that it
//!   arrived in; nothing is copied.
//! - It is an [`Iterator`]. Each item is a copy that you may keep.
//! - [`on_wake`](Events::on_wake) is for other event loops, a GUI toolkit's for example: your
//!   callback posts an event to the loop, and the loop calls [`dispatch`](Events::dispatch) or
//!   [`try_recv`](Events::try_recv). See `examples/gui.rs`.
//!
//! ```no_run
//! use sockeye::{Data, Event, WebSocket};
//!
//! let (socket, events) = WebSocket::new("ws://localhost:8080/", &["chat"])?;
//! for event in events {
//!     match event {
//!         Event::Open(handshake) => println!("connected, {} is spoken", handshake.protocol),
//!         Event::Message(message) => match message.data {
//!             Data::Text(text) => println!("{text}"),
//!             binary => println!("{} bytes", binary.bytes().len()),
//!         },
//!         Event::Error(error) => println!("{error}"),
//!         Event::Close(close) => println!("closed with {} {}", close.code, close.reason),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), sockeye::Exception>(())
//! ```
//!
//! [`Event::Close`] comes exactly once, and last, whatever happens. If you receive slowly, the
//! server is slowed down: nothing is read while more than 2 MiB wait to be received.
//!
//! # Sending
//!
//! [`WebSocket`] is the sending end. It is a handle: clone it, use it on any thread.
//! [`send`](WebSocket::send) takes text (`&str`, `String`), bytes (`&[u8]`, `Vec<u8>`), a
//! [`Blob`] of bytes or of a file ([`Blob::from_file`]), which is sent piece by piece, or many
//! messages in one buffer (a [`Batch`]). It does not wait for the network. What it guarantees:
//!
//! - A message is accepted whole or refused with an [`Exception`]; nothing is dropped silently.
//! - Accepted messages are sent in order. Those that were accepted before
//!   [`close`](WebSocket::close) are sent before the close frame.
//! - Memory is bounded: above [`Options::max_buffered_amount`] `send` refuses with
//!   `QuotaExceededError`. [`wait_for_room`](WebSocket::wait_for_room) blocks until the network
//!   has taken enough, so that a sender keeps the pace of the network.
//! - [`flush`](WebSocket::flush) blocks until the network has taken everything. That is not yet
//!   the server's word that it has arrived: if you need certainty, have the server acknowledge
//!   each message. After a connection was lost, [`take_unsent`](WebSocket::take_unsent) returns
//!   the messages that the network did not take.
//!
//! # Closing, and the end of `main`
//!
//! [`close`](WebSocket::close) starts the closing handshake and returns at once;
//! [`close_and_wait`](WebSocket::close_and_wait) waits for its end.
//!
//! If you do neither, dropping the last handle closes the connection. On a thread of its own, that
//! drop blocks until what was accepted and the close frame are written, at most for
//! [`Options::close_timeout`]. So nothing is lost when `main` returns. `std::process::exit` and
//! handles in statics are exceptions: they drop nothing.
//!
//! ```no_run
//! use sockeye::WebSocket;
//! use std::time::{Duration, Instant};
//!
//! # let (socket, _events) = WebSocket::new("ws://localhost:8080/", &[])?;
//! let deadline = Instant::now() + Duration::from_secs(5);
//! if !socket.close_and_wait(deadline) {
//!     eprintln!("the server did not close in time");
//! }
//! # Ok::<(), sockeye::Exception>(())
//! ```
//!
//! # Options
//!
//! [`WebSocket::builder`] has what is set most, [`Options`] has everything: header fields,
//! credentials, redirects, timeouts, limits, keep-alive, compression.
//!
//! ```no_run
//! use sockeye::WebSocket;
//! use sockeye::protocol::KeepAlive;
//! use std::time::Duration;
//!
//! let (socket, events) = WebSocket::builder("wss://example.com/feed")
//!     .protocols(&["v2.feed", "v1.feed"])
//!     .header("Authorization", "Bearer 9f2c")?
//!     .connect_timeout(Duration::from_secs(5))
//!     .max_message_size(1 << 20)
//!     .keep_alive(KeepAlive {
//!         interval: Duration::from_secs(30),
//!         timeout: Some(Duration::from_secs(10)),
//!     })
//!     .connect()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The timeouts have defaults: 30 seconds to connect, from the name to the last byte of the
//! server's answer, and 10 seconds for the server to answer a close frame.
//!
//! # TLS
//!
//! `wss` is spoken with rustls. By default a server's certificate must lead to one of Mozilla's
//! root certificates. `TlsOptions` chooses other roots, a client certificate, pinned keys, versions
//! and the name that the server is told. Everything comes from memory, as PEM or DER: where
//! certificates are kept is up to you. See `examples/tls.rs`.
//!
//! ```no_run
//! # #[cfg(feature = "tls")]
//! # fn connect() -> Result<(), Box<dyn std::error::Error>> {
//! use sockeye::WebSocket;
//! use sockeye::transport::{Identity, Roots, TlsOptions};
//!
//! let identity = std::fs::read("client.pem")?;
//! let tls = TlsOptions {
//!     roots: Roots::from_pem(&std::fs::read("authority.pem")?)?,
//!     identity: Some(Identity::from_pem(&identity, &identity)?),
//!     ..TlsOptions::default()
//! };
//! let (socket, events) = WebSocket::builder("wss://internal.example/").tls(tls).connect()?;
//! # Ok(())
//! # }
//! ```
//!
//! - `Roots::load_with` takes a function that is called when the first handshake needs it, for
//!   example one that asks the crate `rustls-native-certs` for the certificates of the platform.
//! - `TlsOptions::client_config` takes a `rustls::ClientConfig` of your own in place of the rest.
//! - The key log is off unless `TlsOptions::key_log` is set; the library does not read
//!   `SSLKEYLOGFILE`.
//!
//! # Proxies
//!
//! No proxy is used unless you say so: the library does not read the environment by itself.
//!
//! ```
//! use sockeye::WebSocket;
//! use sockeye::transport::proxy::{Proxy, ProxyOptions, ProxySource};
//!
//! let builder = WebSocket::builder("wss://example.com/").proxy(ProxyOptions {
//!     source: ProxySource::Fixed(Proxy::parse("socks5h://127.0.0.1:1080")?),
//!     ..ProxyOptions::default()
//! });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The schemes are those of curl: `http`, `https`, `socks4`, `socks4a`, `socks5`, `socks5h`.
//! `ProxySource::Environment` takes the variables that you give it.
//!
//! # A stream of your own
//!
//! A [`Connector`](transport::Connector) makes the stream that a connection uses. It may be
//! anything that reads and writes without blocking and that `mio` can wait for, such as one end of
//! a pair of sockets whose other end is a tunnel:
//!
//! ```no_run
//! # #[cfg(unix)]
//! # fn connect() -> Result<(), Box<dyn std::error::Error>> {
//! use sockeye::WebSocket;
//! use sockeye::transport::Connector;
//! use std::os::fd::OwnedFd;
//! use std::os::unix::net::UnixStream;
//! use std::process::Command;
//!
//! let through_ssh = Connector::new(|host, port| {
//!     let (near, far) = UnixStream::pair()?;
//!     near.set_nonblocking(true)?;
//!     Command::new("ssh")
//!         .args(["-W", &format!("{host}:{port}"), "gateway.example"])
//!         .stdin(OwnedFd::from(far.try_clone()?))
//!         .stdout(OwnedFd::from(far))
//!         .spawn()?;
//!     Ok(Box::new(mio::net::UnixStream::from_std(near)))
//! });
//! let (socket, events) = WebSocket::builder("ws://internal.example/")
//!     .connector(through_ssh)
//!     .connect()?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Builder::connector`] has an example that can be run: a server in the same process.
//!
//! # Your own event loop
//!
//! [`Builder::connect_in`] opens a connection inside a `mio::Poll` of yours. No thread is started,
//! and no message crosses one: an echo costs little more than on a bare socket. The [`Driver`] that
//! it returns gets the events of its token and says how long the loop may wait. Thousands of
//! drivers may share one loop. See [`Driver`], and `examples/event_loop.rs`.
//!
//! # Threads and locks
//!
//! - A connection that [`WebSocket::new`] or [`Builder::connect`] opens has one thread, named
//!   `websocket`. In your own loop it has none. While messages are few, a blocked
//!   [`recv`](Events::recv) waits for the socket itself instead of for that thread: an echo then
//!   costs hardly more than in your own loop.
//! - The system's resolver blocks, so at most 8 threads look names up for all connections of the
//!   process, and end when they are idle. Addresses and `localhost` do not need them.
//! - The handles, [`Events`] and the driver share one state under one lock. It is held for the time
//!   of one step, never while something waits, and not while a callback of yours runs.
//! - [`WebSocket`] is `Send`, `Sync` and `Clone`; [`Events`] and [`Driver`] are `Send`.
//! - A panic in the driver ends its connection with [`Error::Panicked`] and a close event.
//!
//! # The protocol alone
//!
//! [`protocol`] is RFC 6455 and RFC 7692 as state machines without I/O, for both sides: bytes and
//! the time go in, bytes and events come out. Use it over a stream of your own, or to test a server
//! byte by byte. See `examples/protocol.rs`.
//!
//! # Cargo features
//!
//! | feature | what it adds |
//! |---|---|
//! | `tls` | `wss`, and proxies that are spoken to over TLS |
//! | `deflate` | permessage-deflate; without it, no compression is offered |
//! | `proxy` | HTTP and SOCKS proxies |
//! | `unix-socket` | connections through Unix sockets; on Unix only |
//! | `cli` | the program `sockeye` and its dependencies |
//!
//! All are on by default, so that `cargo install sockeye` has everything. A library turns `cli`
//! off:
//!
//! ```toml
//! [dependencies]
//! sockeye = { version = "0.1", default-features = false, features = ["tls", "deflate"] }
//! ```
//!
//! Some 25 of the crates that remain are the Unicode data behind [`url`](https://docs.rs/url), for
//! host names that are not ASCII. An application can swap them in its own `Cargo.lock`, as
//! [`idna_adapter`](https://docs.rs/crate/idna_adapter/latest) describes:
//!
//! - `cargo update -p idna_adapter --precise 1.1.0` uses the crates of unicode-rs: 16 crates fewer,
//!   quicker to build, slower at run time.
//! - `cargo update -p idna_adapter --precise 1.0.0` uses none: 21 crates fewer. Host names that are
//!   not ASCII are refused then, and names in Punycode are not checked.
//!
//! # Versions
//!
//! The oldest compiler that this crate supports is the `rust-version` of its package, and CI builds
//! with it. A new minor version may raise it, a patch version does not.
//!
//! Types of `mio` 1 (in [`Builder::connect_in`] and [`Driver`]), of `rustls` 0.23 (in `TlsOptions`)
//! and of `url` 2 (in [`url::WebSocketUrl`]) are part of the interface. Another major version of one
//! of them comes with a new minor version of this crate before 1.0, and a new major version after
//! it.
//!
//! [whatwg]: https://websockets.spec.whatwg.org/#the-websocket-interface

// docs.rs, which sets this, says beside each item which feature or platform it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod close_code;
mod connection;
pub mod deadline;
pub mod evidence;
pub mod http1;
mod io_error;
pub mod protocol;
mod secret_names;
pub mod transport;
pub mod url;
mod websocket;

pub use close_code::CloseCode;
pub use connection::{
    Authorization, Driver, Error, ErrorKind, Handshake, LeftOut, Options, ReadyState,
    RedirectError, Redirects, RequestHeaders, Step, Timings,
};
pub use http1::Refusal;
pub use io_error::io_reason;
pub use protocol::NotUtf8;
pub use protocol::{Batch, Frame, Statistics, Trace};
pub use websocket::{
    BinaryType, Blob, Builder, CloseEvent, Data, DryRun, DryRunError, Event, EventHandler, Events,
    Exception, ExceptionName, Message, SendData, WebSocket,
};
