//! `/help`: the commands by what they are for, and examples of each.

use super::commands::{self, Entry};
use crate::output::style::{Role, Style};
use std::fmt::Write;

/// Where the explanations begin, beside the command or below it.
const COLUMN: usize = 32;

/// The commands by what they are for. One that stands nowhere comes last.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "Sending",
        &["send", "text", "binary", "edit", "fragment", "repeat"],
    ),
    ("Control frames", &["ping", "pong", "pongs"]),
    ("The connection", &["close", "connect"]),
    ("Looking at it", &["state", "info", "stats"]),
    (
        "What is shown",
        &[
            "binarytype",
            "pretty",
            "timestamps",
            "filter",
            "last",
            "clear",
        ],
    ),
    ("Keeping it", &["save"]),
    ("And", &["history", "help", "quit"]),
];

/// What one might type, and what it does.
const EXAMPLES: &[(&str, &str)] = &[
    ("/send /me waves", "a message that begins with a slash"),
    ("/text @request.json", "the whole file as one message"),
    ("/binary hex:00 ff 0a", "three bytes"),
    ("/binary base64:AAEC", "three more"),
    ("/binary text:abc", "text as a binary message"),
    ("/binary @photo.jpg", "a file"),
    ("/fragment 1 héllo", "each byte in a frame of its own"),
    ("/repeat 10 500ms hello", "ten times, twice a second"),
    (
        "/repeat inf 0 {\"id\":{n}}",
        "as fast as it goes, numbered from 1",
    ),
    ("/repeat", "how far it is"),
    ("/repeat off", "no more of it"),
    ("/ping", "an empty ping"),
    ("/ping are you there", "a ping that carries a text"),
    ("/pong still here", "one that answers nothing"),
    ("/pongs off", "does the server notice?"),
    ("/pongs on", "as the standard wants it"),
    ("/close", "without code and reason"),
    ("/close 3001 see you", "code and reason; 1000 or 3000–4999"),
    ("/close --force 1011 broken", "a code that is for servers"),
    ("/connect", "the same server again"),
    ("/connect wss://example.org/chat", "another one"),
    ("/binarytype arraybuffer", "hex dumps from now on"),
    ("/pretty off", "the exact text of JSON"),
    ("/timestamps on", "clock, and time since the message before"),
    ("/filter error|warn", "what matches a regular expression"),
    ("/filter !heartbeat", "what does not match it"),
    (
        "/filter /type=\"trade\"",
        "JSON with this value at this place",
    ),
    ("/filter off", "everything again"),
    ("/last", "the last ten messages again, in full"),
    ("/last 1", "the last one"),
    ("/save session.jsonl", "all so far and what follows"),
    ("/save --force session.jsonl", "in place of what is in it"),
    ("/save off", "no more of it"),
    ("/edit", "the last message again, in your editor"),
    ("/edit {\"op\":\"subscribe\"}", "one that begins so"),
    ("/history", "what was typed, in earlier sessions too"),
    ("/history 5", "the newest five lines"),
    ("/help close", "this"),
];

/// All commands, or one with its examples.
pub(super) fn help(name: Option<&'static str>, style: Style) -> String {
    match name.and_then(|name| commands::find(name).ok()) {
        Some(entry) => one(entry, style),
        None => all(style),
    }
}

fn all(style: Style) -> String {
    let mut out = String::new();
    for (title, names) in GROUPS {
        heading(&mut out, title, style);
        let entries = names.iter().filter_map(|name| commands::find(name).ok());
        entries.for_each(|entry| push(&mut out, entry));
    }
    let grouped = |entry: &Entry| GROUPS.iter().any(|(_, names)| names.contains(&entry.name));
    let rest = || commands::all().iter().filter(|entry| !grouped(entry));
    if rest().next().is_some() {
        heading(&mut out, "More", style);
        rest().for_each(|entry| push(&mut out, entry));
    }
    out.push_str(
        "Anything else is sent as a text message; //x sends /x. /help COMMAND: examples.\n",
    );
    out
}

fn one(entry: &Entry, style: Style) -> String {
    let mut out = String::new();
    push(&mut out, entry);
    for (example, meaning) in examples(entry.name) {
        // Writing to a String cannot fail.
        _ = writeln!(out, "    {example:30}{}", style.paint(Role::Faint, meaning));
    }
    out
}

/// The examples of one command.
fn examples(name: &str) -> impl Iterator<Item = &(&str, &str)> {
    let command = format!("/{name}");
    let is_of_it = move |example: &&(&str, &str)| example.0.split(' ').next() == Some(&*command);
    EXAMPLES.iter().filter(is_of_it)
}

fn heading(out: &mut String, title: &str, style: Style) {
    _ = writeln!(out, "{}", style.paint(Role::Strong, title));
}

fn push(out: &mut String, entry: &Entry) {
    let usage = format!("  /{} {}", entry.name, entry.arguments);
    _ = if usage.chars().count() >= COLUMN {
        writeln!(out, "{usage}\n{:COLUMN$}{}", "", entry.help)
    } else {
        writeln!(out, "{usage:COLUMN$}{}", entry.help)
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { colored: false };

    #[test]
    fn every_command_has_its_help_within_80_columns() {
        let all = all(PLAIN);
        for entry in commands::all() {
            assert!(
                all.contains(&format!("  /{} ", entry.name)),
                "{}",
                entry.name
            );
            assert!(help(Some(entry.name), PLAIN).contains(entry.help));
        }
        for line in all.lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
    }

    #[test]
    fn every_command_stands_in_one_group() {
        assert!(!all(PLAIN).contains("More\n"), "{}", all(PLAIN));
        let names: Vec<_> = GROUPS.iter().flat_map(|(_, names)| *names).collect();
        assert_eq!(names.len(), commands::all().len());
        assert!(names.iter().all(|name| commands::find(name).is_ok()));
    }

    #[test]
    fn every_example_is_right_and_fits() {
        for (example, _) in EXAMPLES {
            // The files of examples are nobody's.
            let needs_a_file = example.contains('@');
            assert!(
                needs_a_file || commands::parse(example).is_ok(),
                "{example}"
            );
        }
        let shown = commands::all().iter().map(|entry| one(entry, PLAIN));
        for line in shown.collect::<String>().lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
    }

    #[test]
    fn help_about_one_command_has_its_examples() {
        let text = help(Some("pong"), PLAIN);
        assert!(text.contains("    /pong still here "), "{text}");
        assert!(!text.contains("/pongs"), "{text}");
    }
}
