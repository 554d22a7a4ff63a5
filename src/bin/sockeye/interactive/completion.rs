//! What Tab offers: commands and their arguments, files, JSON keys and whole messages.
//!
//! Text that came from the server is never offered for a line that begins with `/`. Otherwise a
//! server could write the rest of a command, such as the file that `/binary` sends.
//!
//! The arguments of a command are offered by its pattern, the one that the help shows: `on | off`
//! and `--force` are words to type, `CODE`, `FILE` and `COMMAND` are kinds of things.

mod index;

pub(super) use index::CompletionIndex;

use super::blocking::Blocking;
use super::commands;
use super::files;
use super::history::{self, History};
use crate::output::{sanitize, text_width};
use rustyline::completion::Pair;
use sockeye::CloseCode;
use std::fs;
use std::time::Duration;

/// The most candidates that are offered.
const OFFERED: usize = 50;

/// The most entries of a folder that are looked at.
const ENTRIES: usize = 10_000;

/// How long a key waits for a folder.
const LOOKUP: Duration = Duration::from_millis(300);

/// The longest line that is offered whole.
const WHOLE: usize = 512;

/// Characters of a candidate in the list.
const SHOWN: usize = 70;

/// Close codes that are offered, if they may be sent.
const CODES: [u16; 16] = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3008, 4000,
];

/// What the session knows.
#[derive(Clone)]
pub(super) struct CompletionSource {
    pub(super) history: History,
    /// Of the lines that were typed.
    pub(super) typed: CompletionIndex,
    /// Of the messages that came from the server.
    pub(super) received: CompletionIndex,
    /// Looks at folders.
    pub(super) lookup: Blocking,
}

/// Whose text may be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// Only what the user has typed.
    Typed,
    /// What the server has sent, too.
    Any,
}

impl CompletionSource {
    /// Takes in a line that was typed.
    pub(super) fn remember(&self, line: &str) {
        self.history.add(line);
        if !line.starts_with('/') {
            self.typed.learn(line);
        }
    }

    /// Lines that begin so and are longer, newest first, those typed before those received. A
    /// line that begins with `/` is completed by typed ones only.
    pub(super) fn lines(&self, begun: &str) -> Vec<String> {
        let mut lines = self.typed_lines(begun);
        if begun.starts_with('/') {
            return lines;
        }
        for message in self.received.messages(begun) {
            if !lines.contains(&message) && history::may_be_offered(&message) {
                lines.push(message);
            }
        }
        lines.truncate(OFFERED);
        lines
    }

    /// Typed lines that begin so and are longer, newest first.
    fn typed_lines(&self, begun: &str) -> Vec<String> {
        let fits = |line: &str| line.len() > begun.len() && line.starts_with(begun);
        let is_clean = |line: &str| line.len() <= WHOLE && !line.contains(sanitize::steers);
        let may_be = |line: &str| fits(line) && is_clean(line) && history::may_be_offered(line);
        self.history.filter(OFFERED, may_be)
    }

    /// JSON keys that begin so, newest first, those typed before those received.
    fn keys(&self, begun: &str, source: Source) -> Vec<String> {
        let mut keys = self.typed.keys(begun);
        if source == Source::Any {
            let received = self.received.keys(begun).into_iter();
            let others: Vec<String> = received.filter(|key| !keys.contains(key)).collect();
            keys.extend(others);
        }
        keys
    }
}

/// The candidates for what ends `before` the cursor, and where in it they begin.
pub(super) fn candidates(
    before: &str,
    after: &str,
    known: &CompletionSource,
) -> (usize, Vec<Pair>) {
    let (start, mut pairs) = match before.strip_prefix('/') {
        Some(command) if !command.starts_with('/') => of_command(command, after, known),
        _ => of_message(before, after, known, Source::Any),
    };
    pairs.truncate(OFFERED);
    (start, pairs)
}

fn of_command(command: &str, after: &str, known: &CompletionSource) -> (usize, Vec<Pair>) {
    let Some((name, typed)) = command.split_once(char::is_whitespace) else {
        return (0, names(command));
    };
    let begin = 1 + name.len() + 1;
    match commands::pattern(name) {
        None | Some("") => (begin, Vec::new()),
        Some(pattern) if is_text(pattern) => {
            let (start, pairs) = of_message(typed, after, known, Source::Typed);
            (begin + start, pairs)
        }
        Some(pattern) => {
            let (start, pairs) = of_arguments(pattern, typed, known);
            (begin + start, pairs)
        }
    }
}

/// Whether the last argument is a message.
fn is_text(pattern: &str) -> bool {
    pattern.split_whitespace().last() == Some("TEXT")
}

/// Commands that begin so, ready for their arguments.
fn names(begun: &str) -> Vec<Pair> {
    let whole = |name: &str| match commands::pattern(name) {
        None | Some("") => format!("/{name}"),
        Some(_) => format!("/{name} "),
    };
    commands::names()
        .filter(|name| name.starts_with(begun))
        .map(|name| pair(&format!("/{name}"), whole(name)))
        .collect()
}

fn of_arguments(pattern: &str, typed: &str, known: &CompletionSource) -> (usize, Vec<Pair>) {
    if let Some(start) = file(pattern, typed) {
        return (start, found_files(&typed[start..], &known.lookup));
    }
    let start = typed.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (earlier, word) = typed.split_at(start);
    let mut pairs = Vec::new();
    for part in pattern.split([' ', '|', '[', ']']) {
        match part {
            "CODE" => pairs.extend(codes(earlier)),
            "COMMAND" if earlier.is_empty() => {
                pairs.extend(commands::names().map(|name| pair(name, name.to_owned())));
            }
            part if is_fixed(part) && !earlier.contains(part) => {
                let fixed = part.trim_end_matches('…');
                // A flag may be followed by more; words exclude each other.
                if part.starts_with('-') || earlier.is_empty() {
                    pairs.push(pair(part, fixed.to_owned()));
                }
            }
            _ => {}
        }
    }
    pairs.retain(|pair| pair.replacement.starts_with(word));
    (start, pairs)
}

/// Whether a part of a pattern is typed as it stands: `on`, `--force`, `hex:…`, `@`.
fn is_fixed(part: &str) -> bool {
    let is_typed = |c: char| c.is_ascii_lowercase() || matches!(c, '-' | ':' | '…');
    part.starts_with(|c: char| c.is_ascii_lowercase() || c == '-') && part.chars().all(is_typed)
}

/// Where the name of a file begins, if the pattern has one and it is what is being typed.
fn file(pattern: &str, typed: &str) -> Option<usize> {
    if pattern.contains("@FILE") {
        let blank = typed.len() - typed.trim_start().len();
        typed[blank..].starts_with('@').then_some(blank + 1)
    } else {
        pattern
            .contains("FILE")
            .then(|| typed.len() - typed.trim_start().len())
    }
}

/// Codes with their meaning, unless there is one before.
fn codes(earlier: &str) -> Vec<Pair> {
    if earlier
        .split_whitespace()
        .any(|word| !word.starts_with('-'))
    {
        return Vec::new();
    }
    let force = earlier.contains("--force");
    let may_be = |code: &u16| match force {
        true => CloseCode(*code).may_be_sent(),
        false => CloseCode(*code).is_valid_for_close(),
    };
    CODES
        .into_iter()
        .filter(may_be)
        .map(|code| {
            let meaning = CloseCode(code).meaning();
            pair(&format!("{code} {meaning}"), code.to_string())
        })
        .collect()
}

/// As [`paths`], unless the file system takes too long: keys wait for this.
fn found_files(begun: &str, lookup: &Blocking) -> Vec<Pair> {
    let begun = begun.to_owned();
    let found = lookup.within(LOOKUP, move || paths(&begun));
    found.unwrap_or_default()
}

/// Files and folders that begin so; hidden ones when a dot begins them.
fn paths(begun: &str) -> Vec<Pair> {
    let (folder, name) = match begun.rfind('/') {
        Some(at) => begun.split_at(at + 1),
        None => ("", begun),
    };
    if begun == "~" {
        return vec![pair("~/", "~/".to_owned())];
    }
    let looked_at = files::path(if folder.is_empty() { "." } else { folder });
    let Some(entries) = looked_at.ok().and_then(|folder| fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let mut pairs: Vec<Pair> = entries
        .take(ENTRIES)
        .flatten()
        .filter_map(|entry| {
            let found = entry.file_name().into_string().ok()?;
            let is_wanted = found.starts_with(name)
                && (name.starts_with('.') || !found.starts_with('.'))
                && !found.contains(sanitize::steers);
            let end = if entry.path().is_dir() { "/" } else { "" };
            is_wanted.then(|| pair(&format!("{found}{end}"), format!("{folder}{found}{end}")))
        })
        .collect();
    pairs.sort_by(|one, other| one.replacement.cmp(&other.replacement));
    pairs
}

fn of_message(
    before: &str,
    after: &str,
    known: &CompletionSource,
    source: Source,
) -> (usize, Vec<Pair>) {
    if let Some(start) = key(before) {
        let close = if after.starts_with('"') { "" } else { "\": " };
        let keys = known.keys(&before[start..], source);
        let pairs: Vec<Pair> = keys
            .iter()
            .filter(|key| !key.contains(['"', '\\']))
            .map(|key| pair(key, format!("{key}{close}")))
            .collect();
        if !pairs.is_empty() {
            return (start, pairs);
        }
    }
    if before.is_empty() || !after.is_empty() {
        return (0, Vec::new());
    }
    let lines = match source {
        Source::Typed => known.typed_lines(before),
        Source::Any => known.lines(before),
    };
    let messages = lines.into_iter().filter(|line| !line.starts_with('/'));
    (0, messages.map(|line| pair(&line, line.clone())).collect())
}

/// Where the JSON key begins that is being typed.
fn key(before: &str) -> Option<usize> {
    if !before.starts_with(['{', '[']) {
        return None;
    }
    let mut open = Vec::new();
    let mut expects_key = false;
    let mut string = None;
    let mut is_escaped = false;
    for (at, c) in before.char_indices() {
        if string.is_some() {
            match c {
                '"' if !is_escaped => string = None,
                _ => is_escaped = c == '\\' && !is_escaped,
            }
            continue;
        }
        match c {
            '"' => string = Some(at + 1),
            '{' | '[' => open.push(c),
            '}' | ']' => _ = open.pop(),
            _ => {}
        }
        expects_key = match c {
            '{' | ',' => open.last() == Some(&'{'),
            ':' | '[' | '}' | ']' => false,
            _ => expects_key,
        };
    }
    string.filter(|_| expects_key)
}

fn pair(shown: &str, replacement: String) -> Pair {
    Pair {
        display: text_width::shorten(shown, SHOWN).into_owned(),
        replacement,
    }
}

#[cfg(test)]
pub(in crate::interactive) mod tests;
