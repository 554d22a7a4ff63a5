//! The prompt: the ready state as a word, what waits for the network, what the filter hides.
//!
//! The editor lays a line out behind the prompt it was given first, so a prompt keeps its width
//! while a line is typed, and everything in it has its columns.

use super::log::MessageLog;
use crate::output::size::Bytes;
use crate::output::style::{Role, Style};
use sockeye::{ReadyState, WebSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The columns of a prompt without a filter.
const WIDTH: usize = 9;

/// The connection that is talked to now (`/connect` replaces it), and how the prompt shows it.
#[derive(Debug, Clone)]
pub(super) struct Current(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    socket: Mutex<WebSocket>,
    log: MessageLog,
    /// Another connection is awaited.
    returning: AtomicBool,
    /// The prompt of the line being typed, as it was painted last.
    painted: Mutex<String>,
}

/// What a prompt tells.
#[derive(Debug, Clone, Copy)]
struct Look {
    state: ReadyState,
    buffered: u64,
    /// How many messages the filter has hidden, if there is one.
    hidden: Option<u64>,
}

impl Current {
    pub(super) fn new(socket: WebSocket, log: MessageLog) -> Self {
        Self(Arc::new(Shared {
            socket: Mutex::new(socket),
            log,
            returning: AtomicBool::default(),
            painted: Mutex::default(),
        }))
    }

    pub(super) fn socket(&self) -> WebSocket {
        lock(&self.0.socket).clone()
    }

    pub(super) fn replace(&self, socket: WebSocket) {
        *lock(&self.0.socket) = socket;
    }

    /// Whether another connection is awaited.
    pub(super) fn set_returning(&self, returning: bool) {
        self.0.returning.store(returning, Ordering::Release);
    }

    /// The state that the prompt shows: one who waits to connect again is connecting.
    fn state(&self, socket: &WebSocket) -> ReadyState {
        match socket.ready_state() {
            ReadyState::Closed if self.0.returning.load(Ordering::Acquire) => {
                ReadyState::Connecting
            }
            state => state,
        }
    }

    /// The prompt as it is now, for a new line.
    pub(super) fn prompt(&self) -> String {
        let prompt = self.look(self.0.log.is_filtered()).to_string();
        lock(&self.0.painted).clone_from(&prompt);
        prompt
    }

    /// The prompt of this line as it is now, plain and in the colour of the state.
    pub(super) fn painted(&self, style: Style) -> (String, String) {
        let mut shown = lock(&self.0.painted);
        let look = self.look(shown.len() > WIDTH);
        *shown = look.to_string();
        let painted = style.paint(Role::from(look.state), &*shown).to_string();
        (shown.clone(), painted)
    }

    /// Whether the prompt on the screen is no longer true.
    pub(super) fn is_outdated(&self) -> bool {
        let painted = lock(&self.0.painted);
        !painted.is_empty() && *painted != self.look(painted.len() > WIDTH).to_string()
    }

    /// Whether the prompt changes without being told: bytes go out, messages are hidden.
    pub(super) fn is_moving(&self) -> bool {
        self.socket().buffered_amount() > 0 || self.0.log.is_filtered()
    }

    fn look(&self, filtered: bool) -> Look {
        let socket = self.socket();
        Look {
            state: self.state(&socket),
            buffered: socket.buffered_amount(),
            hidden: filtered.then(|| self.0.log.hidden()),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `   open> `, or `+64 KiB> ` while so much waits for the network; with a filter
/// `   open [  12 hidden]> `.
impl std::fmt::Display for Look {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.state {
            ReadyState::Connecting => f.write_str("connect")?,
            ReadyState::Open if self.buffered > 0 => write!(f, "{:>7}", amount(self.buffered))?,
            ReadyState::Open => f.write_str("   open")?,
            ReadyState::Closing => f.write_str("closing")?,
            ReadyState::Closed => f.write_str(" closed")?,
        }
        if let Some(hidden) = self.hidden {
            write!(f, " [{:>4} hidden]", count(hidden))?;
        }
        f.write_str("> ")
    }
}

/// At most seven columns.
fn amount(bytes: u64) -> String {
    let mut amount = format!("+{}", Bytes(bytes));
    if amount.len() > 7 {
        amount.retain(|c| c != ' ');
    }
    amount
}

/// At most four columns: `9999`, `10k`, `999k`, `1M`.
fn count(messages: u64) -> String {
    const UNITS: [&str; 6] = ["k", "M", "G", "T", "P", "E"];
    if messages < 10_000 {
        return messages.to_string();
    }
    let mut value = messages / 1000;
    let mut unit = 0;
    while value >= 1000 {
        value /= 1000;
        unit += 1;
    }
    format!("{value}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use ReadyState::{Closed, Closing, Connecting, Open};

    fn prompt(state: ReadyState, buffered: u64, hidden: Option<u64>) -> String {
        let look = Look {
            state,
            buffered,
            hidden,
        };
        look.to_string()
    }

    #[test]
    fn a_prompt_has_the_same_width_whatever_it_tells() {
        for state in [Connecting, Open, Closing, Closed] {
            for shift in 0..64 {
                for number in [0, (1 << shift) - 1, 1u64 << shift, u64::MAX] {
                    let plain = prompt(state, number, None);
                    assert_eq!(plain.len(), WIDTH, "{plain:?}");
                    let filtered = prompt(state, number, Some(number));
                    assert_eq!(filtered.len(), WIDTH + 14, "{filtered:?}");
                }
            }
        }
    }

    #[test]
    fn the_state_can_be_read_without_colour() {
        assert_eq!(prompt(Open, 0, None), "   open> ");
        assert_eq!(prompt(Open, 64 << 10, None), "+64 KiB> ");
        assert_eq!(prompt(Closed, 5, None), " closed> ");
        assert_eq!(prompt(Open, 0, Some(12)), "   open [  12 hidden]> ");
        assert_eq!(prompt(Open, 0, Some(12_345)), "   open [ 12k hidden]> ");
    }
}
