//! A WebSocket client with the browser's interface.
//!
//! [`WebSocket`] carries the members of the WHATWG `WebSocket` interface under
//! their own names and with their own meaning; [`Events`] is where its events
//! arrive. Underneath lie a protocol machine without I/O ([`protocol`]: RFC 6455
//! and RFC 7692), the ways bytes travel ([`transport`]) and the one thread that
//! drives both.
//!
//! ```no_run
//! use sockeye::{Data, Event, WebSocket};
//!
//! let (socket, events) = WebSocket::new("ws://localhost:8080/", &[])?;
//! for event in events {
//!     match event {
//!         Event::Open(_) => socket.send("hello")?,
//!         Event::Message(message) => {
//!             if let Data::Text(text) = message.data {
//!                 assert_eq!(text, "hello");
//!             }
//!             socket.close(Some(1000), "bye")?;
//!         }
//!         _ => {}
//!     }
//! }
//! # Ok::<(), sockeye::Exception>(())
//! ```

// docs.rs, which sets this, says beside each item which feature or platform it needs.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod close_code;
mod connection;
pub mod deadline;
pub mod evidence;
pub mod http1;
pub mod protocol;
pub mod secret_names;
pub mod transport;
pub mod url;
mod websocket;

pub use connection::{
    Authorization, BinaryType, Driver, Error, ErrorKind, Handshake, LeftOut, Options, ReadyState,
    RedirectError, Redirects, RequestHeaders, Step, Timings,
};
pub use http1::Refusal;
pub use protocol::NotUtf8;
pub use protocol::{Batch, Frame, Trace};
pub use websocket::{
    Blob, Builder, CloseEvent, Data, DryRun, DryRunError, Event, EventHandler, Events, Exception,
    ExceptionName, Message, SendData, Statistics, WebSocket,
};
