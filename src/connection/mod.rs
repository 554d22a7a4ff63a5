//! One connection: how it is opened, and the one state that its driver and the interface share.
//!
//! [`Driver`] makes it go on, on a thread of its own or in the caller's event loop. The interface
//! has two ends: [`Handle`] to send with, [`EventReceiver`] to receive with.

mod another_origin;
mod authorization;
mod connect;
mod driver;
mod error;
mod established;
mod event_loop;
mod event_queue;
mod handle;
mod handshake;
mod opening;
mod options;
mod own_thread;
mod payload_source;
mod ready_state;
mod redirect_chain;
mod request_headers;
mod shared;
mod state;
mod step;
mod upgrade;

pub use another_origin::LeftOut;
pub use authorization::Authorization;
pub(crate) use connect::{dry_run, open, open_in};
pub use driver::Driver;
pub use error::{Error, ErrorKind};
pub(crate) use event_queue::Delivery;
pub(crate) use handle::{EventReceiver, Handle};
pub use handshake::{Handshake, Timings};
pub use options::Options;
pub(crate) use payload_source::PayloadSource;
pub use ready_state::ReadyState;
pub use redirect_chain::{RedirectError, Redirects};
pub use request_headers::RequestHeaders;
pub(crate) use state::{Amount, SendError};
pub use step::Step;
