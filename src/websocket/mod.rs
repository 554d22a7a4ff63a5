//! The browser's interface: names, states, exceptions and events over the connection.

mod binary_type;
mod blob;
mod builder;
mod dry_run;
mod event;
mod events;
mod exception;
mod handler;
mod send_data;
mod socket;

pub use binary_type::BinaryType;
pub use blob::Blob;
pub use builder::Builder;
pub use dry_run::{DryRun, DryRunError};
pub use event::{CloseEvent, Data, Event, Message};
pub use events::Events;
pub use exception::{Exception, ExceptionName};
pub use handler::EventHandler;
pub use send_data::SendData;
pub use socket::WebSocket;
