//! One command carried out and answered.

use super::command::{Command, Refused};
use crate::comeback::Line;
use crate::output::json::Record;
use sockeye::WebSocket;
use std::time::SystemTime;

/// What answers a command that was carried out.
enum Done {
    /// `ok`, if it has an id.
    Accepted,
    /// Every member of the interface.
    State,
}

/// Carries out a command over the present connection, and appends the line that answers it.
/// Tells whether it was accepted.
pub(super) fn execute(
    line: &Line,
    command: Result<Command, Refused>,
    id: Option<&str>,
    lines: &mut String,
) -> bool {
    let done = command.and_then(|command| carry_out(line, command));
    let socket = line.socket();
    let record = match &done {
        Ok(Done::State) => state(&socket),
        Ok(Done::Accepted) if id.is_none() => return true,
        Ok(Done::Accepted) => Record::Ok,
        Err(Refused { name, message }) => Record::Exception { name, message },
    };
    lines.push_str(&record.line(SystemTime::now(), id));
    done.is_ok()
}

fn carry_out(line: &Line, command: Command) -> Result<Done, Refused> {
    let socket = line.socket();
    match command {
        Command::SendText(text) => socket.send(text)?,
        Command::SendBinary(data) => socket.send_binary(data)?,
        Command::Close { code, reason } => line.close(code, &reason)?,
        Command::Ping(payload) => socket.ping(&payload)?,
        Command::Pong(payload) => socket.pong(&payload)?,
        Command::State => return Ok(Done::State),
    }
    Ok(Done::Accepted)
}

fn state(socket: &WebSocket) -> Record<'_> {
    Record::State {
        ready_state: socket.ready_state().number(),
        buffered_amount: socket.buffered_amount(),
        url: socket.url(),
        protocol: socket.protocol(),
        extensions: socket.extensions(),
        binary_type: socket.binary_type().name(),
    }
}
