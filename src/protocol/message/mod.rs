//! Messages over frames (RFC 6455 §5.4–5.6): what comes in is put together, what goes out is cut.

mod receiver;
mod sender;
mod text;

pub(super) use receiver::{Receiver, Step};
pub(super) use sender::{Handed, Sender};
