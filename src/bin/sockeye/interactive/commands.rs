//! The commands: one entry each, and how a typed line becomes one.

use super::arguments::{self, Binary, Close};
use super::history;
use super::repeat::{self, Repeat};
use super::view::{self, View};
use sockeye::BinaryType;
use std::num::NonZeroUsize;

/// What a typed line asks for; its arguments are right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    /// Sends one text message.
    Send(String),
    /// Sends a file as one text message.
    Text(String),
    /// Sends one binary message.
    Binary(Binary),
    /// Sends one text message in fragments of at most so many bytes.
    Fragment(NonZeroUsize, String),
    /// Sends a text message again and again, or tells about it.
    Repeat(Repeat),
    /// Closes.
    Close(Close),
    /// Sends a ping.
    Ping(Vec<u8>),
    /// Sends a pong.
    Pong(Vec<u8>),
    /// Answers pings, or does not.
    Pongs(bool),
    /// Shows every member of the interface.
    State,
    /// Shows how the connection was made.
    Info,
    /// Shows numbers.
    Statistics,
    /// Sets `binaryType`.
    BinaryType(BinaryType),
    /// Opens again.
    Connect(Option<String>),
    /// Changes what is seen.
    View(View),
    /// Writes a message in an editor, beginning with this text.
    Edit(String),
    /// Shows so many of the lines typed before.
    History(usize),
    /// Shows all commands, or this one.
    Help(Option<&'static str>),
    /// Leaves.
    Quit,
}

impl Command {
    /// Whether it has to wait until the command before has been carried out: it sends something,
    /// changes the connection or may block itself.
    pub(super) fn waits_its_turn(&self) -> bool {
        match self {
            Self::Send(_)
            | Self::Text(_)
            | Self::Binary(_)
            | Self::Fragment(..)
            | Self::Repeat(Repeat::Begin(_))
            | Self::Close(_)
            | Self::Ping(_)
            | Self::Pong(_)
            | Self::Connect(_)
            | Self::Edit(_)
            | Self::View(View::Save { .. } | View::EndSave) => true,
            Self::Repeat(_)
            | Self::Pongs(_)
            | Self::State
            | Self::Info
            | Self::Statistics
            | Self::BinaryType(_)
            | Self::View(_)
            | Self::History(_)
            | Self::Help(_)
            | Self::Quit => false,
        }
    }
}

/// One command of the table.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) arguments: &'static str,
    pub(super) help: &'static str,
    parse: fn(&str) -> Result<Command, String>,
}

/// Every command.
const COMMANDS: &[Entry] = &[
    Entry {
        name: "send",
        arguments: "TEXT",
        help: "Send TEXT as it stands, a leading / included",
        parse: |typed| Ok(Command::Send(typed.to_owned())),
    },
    Entry {
        name: "text",
        arguments: "@FILE",
        help: "Send a file as one text message",
        parse: |typed| arguments::text_file(typed).map(Command::Text),
    },
    Entry {
        name: "binary",
        arguments: "hex:… | base64:… | text:… | @FILE",
        help: "Send one binary message",
        parse: |typed| arguments::binary(typed).map(Command::Binary),
    },
    Entry {
        name: "fragment",
        arguments: "SIZE TEXT",
        help: "Send TEXT in fragments of at most SIZE bytes",
        parse: |typed| arguments::fragment(typed).map(|(size, text)| Command::Fragment(size, text)),
    },
    Entry {
        name: "repeat",
        arguments: "N INTERVAL TEXT | off",
        help: "Send TEXT N times (or inf) while you type",
        parse: |typed| repeat::parse(typed).map(Command::Repeat),
    },
    Entry {
        name: "ping",
        arguments: "[DATA]",
        help: "Send a ping; the pong shows its round trip",
        parse: |typed| arguments::control(typed).map(Command::Ping),
    },
    Entry {
        name: "pong",
        arguments: "[DATA]",
        help: "Send a pong that nobody asked for",
        parse: |typed| arguments::control(typed).map(Command::Pong),
    },
    Entry {
        name: "pongs",
        arguments: "on | off",
        help: "Answer pings, or leave them unanswered",
        parse: |typed| arguments::switch(typed).map(Command::Pongs),
    },
    Entry {
        name: "close",
        arguments: "[--force] [CODE] [REASON …]",
        help: "Close; --force takes any code a peer may send",
        parse: |typed| arguments::close(typed).map(Command::Close),
    },
    Entry {
        name: "connect",
        arguments: "[URL]",
        help: "Connect again after a close, or elsewhere",
        parse: |typed| {
            Ok(Command::Connect(
                Some(typed.to_owned()).filter(|url| !url.is_empty()),
            ))
        },
    },
    Entry {
        name: "binarytype",
        arguments: "blob | arraybuffer",
        help: "Show binary messages as files or as hex dumps",
        parse: binary_type,
    },
    Entry {
        name: "state",
        arguments: "",
        help: "Show every member of the interface",
        parse: |typed| nothing(typed, Command::State),
    },
    Entry {
        name: "info",
        arguments: "",
        help: "Show addresses, TLS, timings and both heads",
        parse: |typed| nothing(typed, Command::Info),
    },
    Entry {
        name: "stats",
        arguments: "",
        help: "Show traffic, rates and round trips, with plots",
        parse: |typed| nothing(typed, Command::Statistics),
    },
    Entry {
        name: "last",
        arguments: "[N]",
        help: "Show the last N messages (10) again, in full",
        parse: |typed| view::last(typed).map(Command::View),
    },
    Entry {
        name: "filter",
        arguments: "[REGEX | /pointer=value | off]",
        help: "Show what matches; !REGEX: what does not",
        parse: |typed| view::filter(typed).map(Command::View),
    },
    Entry {
        name: "save",
        arguments: "[[--force] FILE | off]",
        help: "Write all that is seen and sent as JSON lines",
        parse: |typed| view::save(typed).map(Command::View),
    },
    Entry {
        name: "pretty",
        arguments: "[on | off]",
        help: "Lay out JSON, or show the exact text",
        parse: |typed| {
            let pretty = view::switch(typed)?;
            Ok(Command::View(View::Pretty(pretty)))
        },
    },
    Entry {
        name: "timestamps",
        arguments: "[on | off]",
        help: "Show the time of each message",
        parse: |typed| {
            let timestamps = view::switch(typed)?;
            Ok(Command::View(View::Timestamps(timestamps)))
        },
    },
    Entry {
        name: "clear",
        arguments: "",
        help: "Clear the screen",
        parse: |typed| nothing(typed, Command::View(View::Clear)),
    },
    Entry {
        name: "edit",
        arguments: "[TEXT]",
        help: "Write a message in $VISUAL or $EDITOR",
        parse: |typed| Ok(Command::Edit(typed.to_owned())),
    },
    Entry {
        name: "history",
        arguments: "[COUNT]",
        help: "Show the newest lines typed, 50 or COUNT",
        parse: |typed| history::count(typed).map(Command::History),
    },
    Entry {
        name: "help",
        arguments: "[COMMAND]",
        help: "Show the commands, or one with examples",
        parse: help,
    },
    Entry {
        name: "quit",
        arguments: "",
        help: "Close with 1000 and leave",
        parse: |typed| nothing(typed, Command::Quit),
    },
];

/// What a typed line asks for, or what is wrong with it.
pub(super) fn parse(line: &str) -> Result<Command, String> {
    let Some(command) = line.strip_prefix('/') else {
        return Ok(Command::Send(line.to_owned()));
    };
    if command.starts_with('/') {
        return Ok(Command::Send(command.to_owned()));
    }
    let (name, typed) = command
        .split_once(char::is_whitespace)
        .unwrap_or((command, ""));
    let entry = find(name)?;
    // Only a message may need its spaces.
    let typed = match entry.name {
        "send" | "fragment" | "repeat" => typed,
        _ => typed.trim(),
    };
    (entry.parse)(typed)
}

/// Every command.
pub(super) fn all() -> &'static [Entry] {
    COMMANDS
}

/// The name of every command.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    COMMANDS.iter().map(|entry| entry.name)
}

/// The arguments of a command, as its help shows them; `""` if it has none.
pub(super) fn pattern(name: &str) -> Option<&'static str> {
    let entry = COMMANDS.iter().find(|entry| entry.name == name)?;
    Some(entry.arguments)
}

/// The command of that name, or which one may be meant.
pub(super) fn find(name: &str) -> Result<&'static Entry, String> {
    if let Some(entry) = COMMANDS.iter().find(|entry| entry.name == name) {
        return Ok(entry);
    }
    let near = COMMANDS
        .iter()
        .map(|entry| (distance(name, entry.name), entry.name))
        .min()
        .filter(|(distance, _)| *distance <= 2);
    Err(match near {
        Some((_, near)) => format!("there is no command /{name}; did you mean /{near}?"),
        None => format!("there is no command /{name}; /help shows all, //{name} sends it as text"),
    })
}

/// How many letters differ (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, letter) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

fn nothing(typed: &str, command: Command) -> Result<Command, String> {
    if typed.is_empty() {
        Ok(command)
    } else {
        Err(format!(
            "'{typed}' is too much: this command has no arguments"
        ))
    }
}

fn binary_type(typed: &str) -> Result<Command, String> {
    [BinaryType::Blob, BinaryType::ArrayBuffer]
        .into_iter()
        .find(|binary_type| binary_type.name() == typed)
        .map(Command::BinaryType)
        .ok_or_else(|| "binaryType is blob or arraybuffer".to_owned())
}

fn help(typed: &str) -> Result<Command, String> {
    if typed.is_empty() {
        return Ok(Command::Help(None));
    }
    let entry = find(typed.trim_start_matches('/'))?;
    Ok(Command::Help(Some(entry.name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(line: &str) -> Result<Command, String> {
        Ok(Command::Send(line.to_owned()))
    }

    #[test]
    fn a_line_is_a_message_unless_it_begins_with_one_slash() {
        assert_eq!(parse("hello /quit "), sent("hello /quit "));
        assert_eq!(parse(""), sent(""));
        assert_eq!(parse("//quit"), sent("/quit"));
        assert_eq!(parse("///"), sent("//"));
        assert_eq!(parse("/send  /x "), sent(" /x "));
        assert_eq!(parse("/send"), sent(""));
        assert_eq!(parse("/quit"), Ok(Command::Quit));
    }

    #[test]
    fn an_unknown_command_is_never_sent() {
        for (line, right) in [
            ("/qiut", "/quit"),
            ("/stat", "/stat"),
            ("/Close", "/close"),
            ("/frobnicate", "/help"),
            ("/", "/help"),
        ] {
            let error = parse(line).expect_err(line);
            assert!(error.contains(right) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn arguments_are_checked_before_anything_happens() {
        for line in [
            "/close abc",
            "/close 1005",
            "/binary",
            "/binary 00ff",
            "/text",
            "/text x",
            "/binarytype buffer",
            "/state now",
            "/help nothing",
            "/history x",
            "/history 0",
        ] {
            let error = parse(line).expect_err(line);
            assert!(!error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn connect_takes_a_url_or_none() {
        assert_eq!(parse("/connect"), Ok(Command::Connect(None)));
        let url = Some(":8080".to_owned());
        assert_eq!(parse("/connect :8080 "), Ok(Command::Connect(url)));
    }

    #[test]
    fn help_is_about_a_command_with_or_without_its_slash() {
        assert_eq!(parse("/help"), Ok(Command::Help(None)));
        assert_eq!(parse("/help /close"), Ok(Command::Help(Some("close"))));
        assert_eq!(parse("/help close"), Ok(Command::Help(Some("close"))));
    }
}
