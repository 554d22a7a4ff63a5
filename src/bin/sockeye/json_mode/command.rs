//! One line of input as a command, or why it is none.

mod members;

use members::{Members, excerpt};
use sockeye::Exception;
use std::borrow::Cow;

/// What a program may ask for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Command {
    /// `send()` with text.
    SendText(String),
    /// `send()` with bytes.
    SendBinary(Vec<u8>),
    /// `close()`.
    Close { code: Option<u16>, reason: String },
    /// A ping frame.
    Ping(Vec<u8>),
    /// A pong frame.
    Pong(Vec<u8>),
    /// Every member of the interface, please.
    State,
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    /// The standard's name for it.
    pub(super) name: Cow<'static, str>,
    /// What was wrong and what would be right.
    pub(super) message: String,
}

impl Refused {
    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self {
            name: "SyntaxError".into(),
            message: message.into(),
        }
    }
}

impl From<Exception> for Refused {
    fn from(exception: Exception) -> Self {
        Self {
            name: exception.name().to_string().into(),
            message: exception.message().to_owned(),
        }
    }
}

/// A line read: the JSON of its `id`, which the answer carries, and what it asks for.
#[derive(Debug, PartialEq)]
pub(super) struct Asked<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) command: Result<Command, Refused>,
}

/// Reads a line. Of one that is not JSON throughout, the `id` is that of the part before.
pub(super) fn read(line: &[u8]) -> Asked<'_> {
    let (text, wrong) = valid_part(line);
    let (members, read) = Members::read(text);
    let read = wrong.map_or(read, Err);
    match members.id() {
        Ok(id) => Asked {
            id,
            command: read.and_then(|()| command(&members)),
        },
        Err(refused) => Asked {
            id: None,
            command: Err(read.err().unwrap_or(refused)),
        },
    }
}

/// The answer to a line that was skipped because it had more than `most` bytes, by its beginning.
pub(super) fn too_long(beginning: &[u8], most: usize) -> Asked<'_> {
    let (members, _) = Members::read(valid_part(beginning).0);
    Asked {
        id: members.id().unwrap_or_default(),
        command: Err(Refused::syntax(format!(
            "a line has at most {most} bytes; this one was skipped"
        ))),
    }
}

/// The text up to the first byte that is no UTF-8, and where that is.
fn valid_part(line: &[u8]) -> (&str, Option<Refused>) {
    match std::str::from_utf8(line) {
        Ok(text) => (text, None),
        Err(error) => {
            let end = error.valid_up_to();
            let refused = Refused::syntax(format!(
                "the line is not valid UTF-8 at byte {end}; bytes are sent as base64, with \
                 \"encoding\":\"base64\""
            ));
            let valid = std::str::from_utf8(&line[..end]).unwrap_or_default();
            (valid, Some(refused))
        }
    }
}

/// The command in the members of an object.
fn command(members: &Members<'_>) -> Result<Command, Refused> {
    members.check_duplicate()?;
    let kind = members.required_text("type")?;
    let allowed: &[&str] = match kind.as_str() {
        "send" | "ping" | "pong" => &["data", "encoding"],
        "close" => &["code", "reason"],
        "state" => &[],
        _ => {
            return Err(Refused::syntax(format!(
                "the member 'type' is send, close, ping, pong or state, not {}",
                excerpt(&kind)
            )));
        }
    };
    members.check_names(&kind, allowed)?;
    Ok(match kind.as_str() {
        "send" if members.is_base64()? => Command::SendBinary(members.required_bytes()?),
        "send" => Command::SendText(members.required_text("data")?),
        "close" => Command::Close {
            code: members.code()?,
            reason: members.text("reason")?.unwrap_or_default(),
        },
        "ping" => Command::Ping(members.control_data()?),
        "pong" => Command::Pong(members.control_data()?),
        _ => Command::State,
    })
}

#[cfg(test)]
mod tests;
