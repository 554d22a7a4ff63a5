//! `/help`: the commands by what they are for, and examples of each.

use super::commands::{self, Entry};
use crate::output::style::{Role, Style};
use std::fmt::Write;

/// Where the explanations begin, beside the command or below it.
const COLUMN: usize = 32;

/// The commands by what they are for. One that stands nowhere comes last.
const GROUPS: &[(&str, &[&str])] = &[
    ("Sending", &["send", "text", "binary", "fragment", "repeat"]),
    ("Control frames", &["ping", "pong", "pongs"]),
    ("The connection", &["close", "connect"]),
    ("Looking at it", &["state", "info", "stats"]),
    ("How messages are shown", &["binarytype"]),
    ("And", &["help", "quit"]),
];

/// What one might type.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("send", &["/send /this begins with a slash"]),
    ("text", &["/text @request.json"]),
    (
        "binary",
        &[
            "/binary hex:00 ff 0a",
            "/binary base64:AAEC",
            "/binary text:abc",
            "/binary @photo.jpg",
        ],
    ),
    (
        "fragment",
        &["/fragment 1 héllo", "/fragment 100 {\"long\": \"message\"}"],
    ),
    (
        "repeat",
        &[
            "/repeat 10 500ms hello",
            "/repeat inf 1s {\"id\":{n}}",
            "/repeat off",
        ],
    ),
    ("ping", &["/ping", "/ping are you there"]),
    ("pong", &["/pong", "/pong still here"]),
    ("pongs", &["/pongs off", "/pongs on"]),
    (
        "close",
        &[
            "/close",
            "/close 3001 see you",
            "/close --force 1011 out of order",
        ],
    ),
    (
        "connect",
        &[
            "/connect",
            "/connect wss://example.org/chat",
            "/connect :8080",
        ],
    ),
    ("binarytype", &["/binarytype arraybuffer"]),
    ("help", &["/help close"]),
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
    let examples = EXAMPLES.iter().find(|(name, _)| *name == entry.name);
    for example in examples.iter().flat_map(|(_, examples)| *examples) {
        // Writing to a String cannot fail.
        _ = writeln!(out, "    {}", style.paint(Role::Faint, example));
    }
    out
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
    fn every_example_is_of_its_command_and_right() {
        for (name, examples) in EXAMPLES {
            assert!(commands::find(name).is_ok(), "{name}");
            for example in *examples {
                assert!(example.starts_with(&format!("/{name}")), "{example}");
                let needs_a_file = example.contains('@');
                assert!(
                    needs_a_file || commands::parse(example).is_ok(),
                    "{example}"
                );
            }
        }
    }

    #[test]
    fn help_about_one_command_has_examples() {
        let text = help(Some("close"), PLAIN);
        assert!(text.contains("    /close 3001 see you\n"), "{text}");
    }
}
