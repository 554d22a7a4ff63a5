//! `/help`: the commands by what they are for, and examples of each.

use super::commands::{self, Entry};
use super::report::Page;
use crate::output::style::Role;
use crate::output::text_width;
use std::fmt::Write;

/// Where the explanations begin, beside the command or below it.
const COLUMN: usize = 32;
/// Where they begin in a window that is narrower than this: below it.
const NARROW: usize = 70;
const BELOW: usize = 6;

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
pub(super) fn help(name: Option<&'static str>, page: Page) -> String {
    match name.and_then(|name| commands::find(name).ok()) {
        Some(entry) => one(entry, page),
        None => all(page),
    }
}

fn all(page: Page) -> String {
    let mut out = String::new();
    for (title, names) in GROUPS {
        heading(&mut out, title, page);
        let entries = names.iter().filter_map(|name| commands::find(name).ok());
        entries.for_each(|entry| push(&mut out, entry, page));
    }
    let grouped = |entry: &Entry| GROUPS.iter().any(|(_, names)| names.contains(&entry.name));
    let rest = || commands::all().iter().filter(|entry| !grouped(entry));
    if rest().next().is_some() {
        heading(&mut out, "More", page);
        rest().for_each(|entry| push(&mut out, entry, page));
    }
    let last = "Anything else is sent as a text message; //x sends /x. /help COMMAND: examples.";
    for part in text_width::wrap(last, page.width) {
        // Writing to a String cannot fail.
        _ = writeln!(out, "{part}");
    }
    out
}

fn one(entry: &Entry, page: Page) -> String {
    let mut out = String::new();
    push(&mut out, entry, page);
    for (example, meaning) in examples(entry.name) {
        let row = Row {
            term: format!("    {example}"),
            meaning,
            role: Some(Role::Faint),
            indent: 2,
        };
        row.push(&mut out, page);
    }
    out
}

/// The examples of one command.
fn examples(name: &str) -> impl Iterator<Item = &(&str, &str)> {
    let command = format!("/{name}");
    let is_of_it = move |example: &&(&str, &str)| example.0.split(' ').next() == Some(&*command);
    EXAMPLES.iter().filter(is_of_it)
}

fn heading(out: &mut String, title: &str, page: Page) {
    _ = writeln!(out, "{}", page.style.paint(Role::Strong, title));
}

fn push(out: &mut String, entry: &Entry, page: Page) {
    let row = Row {
        term: format!("  /{} {}", entry.name, entry.arguments),
        meaning: entry.help,
        role: None,
        indent: 0,
    };
    row.push(out, page);
}

/// Something and what it means, beside it or below it.
struct Row<'a> {
    term: String,
    meaning: &'a str,
    role: Option<Role>,
    /// So much further to the right than others.
    indent: usize,
}

impl Row<'_> {
    fn push(&self, out: &mut String, page: Page) {
        let column = if page.width < NARROW { BELOW } else { COLUMN };
        let column = column + self.indent;
        let mut term = self.term.as_str();
        if text_width::columns(term) >= column {
            _ = writeln!(out, "{}", term.trim_end());
            term = "";
        }
        for part in text_width::wrap(self.meaning, page.width.saturating_sub(column).max(BELOW)) {
            _ = write!(out, "{term:column$}");
            _ = match self.role {
                Some(role) => writeln!(out, "{}", page.style.paint(role, part)),
                None => writeln!(out, "{part}"),
            };
            term = "";
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::report::page;

    #[test]
    fn every_command_has_its_help_within_80_columns() {
        let all = all(page(79));
        for entry in commands::all() {
            assert!(
                all.contains(&format!("  /{} ", entry.name)),
                "{}",
                entry.name
            );
            assert!(help(Some(entry.name), page(79)).contains(entry.help));
        }
        for line in all.lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
    }

    #[test]
    fn in_a_narrow_window_what_a_command_does_stands_below_it() {
        let all = all(page(39));
        assert!(
            all.contains("\n  /clear\n      Clear the screen\n"),
            "{all}"
        );
        let one = help(Some("close"), page(39));
        assert!(one.contains("\n    /close\n        without code"), "{one}");
        // What is typed stays on one line, for copying.
        let explained = |line: &&str| !line.trim_start().starts_with('/');
        for line in all.lines().chain(one.lines()).filter(explained) {
            assert!(line.chars().count() <= 39, "{line}");
        }
    }

    #[test]
    fn every_command_stands_in_one_group() {
        assert!(!all(page(79)).contains("More\n"), "{}", all(page(79)));
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
        let shown = commands::all().iter().map(|entry| one(entry, page(79)));
        for line in shown.collect::<String>().lines() {
            assert!(line.chars().count() < 80, "{line}");
        }
    }

    #[test]
    fn help_about_one_command_has_its_examples() {
        let text = help(Some("pong"), page(79));
        assert!(text.contains("    /pong still here "), "{text}");
        assert!(!text.contains("/pongs"), "{text}");
    }
}
