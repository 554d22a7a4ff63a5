//! Commands that came while there was no connection, in their order.

use super::command::{Command, Refused};
use std::collections::VecDeque;

/// A command that waits.
#[derive(Debug)]
pub(super) struct Pending {
    /// The JSON of its `id`.
    pub(super) id: Option<String>,
    /// What it asks for, or why it is none.
    pub(super) command: Result<Command, Refused>,
}

impl Pending {
    /// About what it takes in memory beside its fixed size.
    fn len(&self) -> u64 {
        let id = self.id.as_ref().map_or(0, String::len);
        let content = match &self.command {
            Ok(Command::SendText(text)) => text.len(),
            Ok(Command::SendBinary(data) | Command::Ping(data) | Command::Pong(data)) => data.len(),
            Ok(Command::Close { reason, .. }) => reason.len(),
            Ok(Command::State) => 0,
            Err(refused) => refused.message.len(),
        };
        (id + content) as u64
    }

    /// Whether it is of use only over another connection.
    fn needs_connection(&self) -> bool {
        !matches!(&self.command, Ok(Command::Close { .. }) | Err(_))
    }
}

/// First come, first served.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    commands: VecDeque<Pending>,
    bytes: u64,
}

impl Waiting {
    /// Keeps a command.
    pub(super) fn push(&mut self, pending: Pending) {
        self.bytes += pending.len();
        self.commands.push_back(pending);
    }

    /// The command that has waited longest.
    pub(super) fn pop(&mut self) -> Option<Pending> {
        let pending = self.commands.pop_front()?;
        self.bytes -= pending.len();
        Some(pending)
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// Whether more waits than so many bytes or so many commands.
    pub(super) fn exceeds(&self, bytes: u64, commands: u64) -> bool {
        self.bytes > bytes || self.commands.len() as u64 > commands
    }

    /// Whether something waits that only a connection can serve: a `close` does not need one.
    pub(super) fn needs_connection(&self) -> bool {
        self.commands.iter().any(Pending::needs_connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(command: Command) -> Pending {
        Pending {
            id: Some("12".to_owned()),
            command: Ok(command),
        }
    }

    #[test]
    fn what_waits_is_counted_in_bytes_and_in_number_and_leaves_in_order() {
        let mut waiting = Waiting::default();
        waiting.push(pending(Command::SendText("abc".to_owned())));
        waiting.push(pending(Command::Ping(vec![0; 4])));
        assert!(waiting.exceeds(10, 9) && !waiting.exceeds(11, 2));
        assert!(waiting.exceeds(11, 1));
        let first = waiting.pop().expect("two wait");
        assert_eq!(first.command, Ok(Command::SendText("abc".to_owned())));
        assert!(!waiting.exceeds(6, 1) && !waiting.is_empty());
        waiting.pop();
        assert!(!waiting.exceeds(0, 0) && waiting.is_empty());
    }

    #[test]
    fn a_close_needs_no_connection() {
        let mut waiting = Waiting::default();
        waiting.push(pending(Command::Close {
            code: None,
            reason: String::new(),
        }));
        assert!(!waiting.needs_connection());
        waiting.push(pending(Command::Ping(Vec::new())));
        assert!(waiting.needs_connection());
    }
}
