//! The prompt: the ready state as a word, always of the same width.

use crate::output::size::Bytes;
use crate::output::style::{Role, Style};
use sockeye::{ReadyState, WebSocket};
use std::sync::{Arc, Mutex, PoisonError};

/// The connection that is talked to now; `/connect` replaces it.
#[derive(Debug, Clone)]
pub(super) struct Current(Arc<Mutex<WebSocket>>);

impl Current {
    pub(super) fn new(socket: WebSocket) -> Self {
        Self(Arc::new(Mutex::new(socket)))
    }

    pub(super) fn socket(&self) -> WebSocket {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn replace(&self, socket: WebSocket) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = socket;
    }

    /// The prompt as it is now.
    pub(super) fn prompt(&self) -> String {
        let socket = self.socket();
        text(socket.ready_state(), socket.buffered_amount())
    }

    /// The prompt as it is now, in the colour of the state.
    pub(super) fn painted(&self, style: Style) -> String {
        let socket = self.socket();
        let state = socket.ready_state();
        let text = text(state, socket.buffered_amount());
        style.paint(Role::from(state), text).to_string()
    }
}

/// Nine columns in every state, because the editor lays the line out behind the first prompt it
/// gets: `   open> `, or `+64 KiB> ` while so much waits for the network.
fn text(state: ReadyState, buffered: u64) -> String {
    let word = match state {
        ReadyState::Connecting => "connect",
        ReadyState::Open if buffered > 0 => return format!("{:>7}> ", amount(buffered)),
        ReadyState::Open => "open",
        ReadyState::Closing => "closing",
        ReadyState::Closed => "closed",
    };
    format!("{word:>7}> ")
}

/// At most seven columns.
fn amount(bytes: u64) -> String {
    let mut amount = format!("+{}", Bytes(bytes));
    if amount.len() > 7 {
        amount.retain(|c| c != ' ');
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prompt_is_nine_columns_wide() {
        use ReadyState::{Closed, Closing, Connecting, Open};
        for state in [Connecting, Open, Closing, Closed] {
            for shift in 0..64 {
                for buffered in [0, (1 << shift) - 1, 1u64 << shift] {
                    let prompt = text(state, buffered);
                    assert_eq!(prompt.len(), 9, "{prompt:?}");
                }
            }
        }
    }

    #[test]
    fn the_state_can_be_read_without_colour() {
        assert_eq!(text(ReadyState::Open, 0), "   open> ");
        assert_eq!(text(ReadyState::Open, 64 << 10), "+64 KiB> ");
        assert_eq!(text(ReadyState::Closed, 5), " closed> ");
    }
}
