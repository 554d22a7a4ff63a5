//! Coming back: trying again until the server is up (`--retry`), and opening another connection
//! when one is lost (`--reconnect`).
//!
//! [`Plan`] decides after each end whether and when to try again, and knows no clock and no chance
//! of its own. [`Line`] is the connection that is talked over now, whichever it is; what had been
//! queued on one and not sent goes out over the next, before anything newer. [`Redial`] puts both
//! to work for who listens on a thread.

mod backoff;
mod line;
mod plan;
mod redial;

pub(crate) use line::{Carried, Line, Opened, left_over};
pub(crate) use plan::{Pause, Plan, Settings, Times};
pub(crate) use redial::{Redial, chance};
