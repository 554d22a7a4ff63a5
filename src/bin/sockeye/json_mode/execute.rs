//! One command carried out and answered.

use super::command::{Command, Refused};
use super::desk::{Sheet, Stage};
use crate::comeback::Line;
use crate::output::json::Record;
use sockeye::{ReadyState, WebSocket};
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
    sheet: &mut Sheet,
) -> bool {
    let done = command.and_then(|command| carry_out(line, command));
    let socket = line.socket();
    let (protocol, extensions) = (socket.protocol(), socket.extensions());
    let record = match &done {
        Ok(Done::State) => Record::State {
            ready_state: reported_state(&socket, sheet).number(),
            buffered_amount: socket.buffered_amount(),
            url: socket.url(),
            protocol: &protocol,
            extensions: &extensions,
            binary_type: socket.binary_type().name(),
        },
        Ok(Done::Accepted) if id.is_none() => return true,
        Ok(Done::Accepted) => Record::Ok,
        Err(Refused { name, message }) => Record::Exception { name, message },
    };
    sheet.lines.push_str(&record.line(SystemTime::now(), id));
    done.is_ok()
}

fn carry_out(line: &Line, command: Command) -> Result<Done, Refused> {
    let socket = line.socket();
    match command {
        Command::SendText(text) => socket.send(text)?,
        Command::SendBinary(data) => socket.send(data)?,
        Command::Close { code, reason } => line.close(code, &reason)?,
        Command::Ping(payload) => socket.ping(&payload)?,
        Command::Pong(payload) => socket.pong(&payload)?,
        Command::State => return Ok(Done::State),
    }
    Ok(Done::Accepted)
}

/// The state as far as the lines so far have told: `OPEN` follows from the open event, `CLOSED`
/// from the close event.
fn reported_state(socket: &WebSocket, sheet: &Sheet) -> ReadyState {
    let state = socket.ready_state();
    if sheet.is_close_reported {
        return state;
    }
    match (state, sheet.stage) {
        (ReadyState::Closed, Stage::Connecting) => ReadyState::Connecting,
        (_, Stage::Connecting) if socket.handshake().is_some() => ReadyState::Connecting,
        (ReadyState::Closed, _) => ReadyState::Closing,
        (state, _) => state,
    }
}
