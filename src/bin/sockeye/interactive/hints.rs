//! What stands dim behind the line being typed: how it may go on.

use super::commands;
use super::completion::CompletionSource;
use crate::output::text_width;

/// Columns of the prompt.
const PROMPT: usize = 9;

/// A continuation of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hint {
    shown: String,
    /// What the line becomes longer by when the hint is taken; the pattern of arguments is only
    /// there to be read.
    taken: Option<String>,
}

impl rustyline::hint::Hint for Hint {
    fn display(&self) -> &str {
        &self.shown
    }

    fn completion(&self) -> Option<&str> {
        self.taken.as_deref()
    }
}

/// The pattern of the arguments that come next, else the rest of the newest line that begins so,
/// else the rest of the one command that does. No longer than the row on the screen.
pub(super) fn hint(line: &str, columns: usize, known: &CompletionSource) -> Option<Hint> {
    if line.is_empty() || line.contains('\n') {
        return None;
    }
    if let Some(pattern) = arguments(line) {
        return shown(line, &pattern, columns, None);
    }
    let newest = known.lines(line).into_iter().next();
    let whole = newest.or_else(|| command(line))?;
    let rest = whole.strip_prefix(line)?;
    shown(line, rest, columns, Some(rest.to_owned()))
}

/// The pattern, when a command is there and none of its arguments.
fn arguments(line: &str) -> Option<String> {
    let command = line.strip_prefix('/')?;
    let name = command.trim_end();
    let pattern = commands::pattern(name).filter(|pattern| !pattern.is_empty())?;
    let gap = if name.len() == command.len() { " " } else { "" };
    Some(format!("{gap}{pattern}"))
}

/// The only command that begins so.
fn command(line: &str) -> Option<String> {
    let begun = line.strip_prefix('/').filter(|begun| !begun.is_empty())?;
    let mut names = commands::names().filter(|name| name.starts_with(begun));
    let only = names.next().filter(|_| names.next().is_none())?;
    Some(format!("/{only}"))
}

/// As much as there is room for behind the line, which may have wrapped.
fn shown(line: &str, rest: &str, columns: usize, taken: Option<String>) -> Option<Hint> {
    let used = PROMPT + text_width::columns(line);
    // The last column stays free: the editor would begin another row.
    let room = columns.checked_sub(used % columns.max(1) + 2)?;
    let shown = text_width::shorten(rest, room).into_owned();
    Some(Hint { shown, taken }).filter(|hint| !hint.shown.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactive::completion::tests::known;

    fn taken(line: &str, known: &CompletionSource) -> Option<String> {
        hint(line, 80, known)?.taken
    }

    #[test]
    fn the_newest_line_that_begins_so_goes_on() {
        let known = known(&["hello old", "hello new", "/close 3000 x", "a"], &["seen"]);
        assert_eq!(taken("hel", &known).as_deref(), Some("lo new"));
        assert_eq!(taken("/close 3", &known).as_deref(), Some("000 x"));
        assert_eq!(taken("se", &known).as_deref(), Some("en"));
        assert_eq!(taken("/p", &known), None, "ping or pong");
        assert_eq!(taken("/he", &known).as_deref(), Some("lp"));
        for line in ["", "a", "a\n", "/"] {
            let hint = hint(line, 80, &known);
            assert!(hint.is_none_or(|hint| line == "/" && hint.taken.is_some()));
        }
    }

    #[test]
    fn arguments_are_shown_and_never_taken() {
        let known = known(&["/close 3000"], &["x"]);
        for (line, shown) in [
            ("/close", " [--force] [CODE] [REASON …]"),
            ("/close ", "[--force] [CODE] [REASON …]"),
        ] {
            let hint = hint(line, 80, &known).expect("a hint");
            assert_eq!((&*hint.shown, hint.taken), (shown, None));
        }
        assert_eq!(hint("/state", 80, &known), None);
    }

    #[test]
    fn what_the_server_sent_is_no_hint_for_a_command() {
        let received = ["/binary @/home/me/key", "//binary @x", "/helper"];
        let known = known(&["/binary hex:00"], &received);
        assert_eq!(taken("/bi", &known).as_deref(), Some("nary hex:00"));
        for line in ["/binary @", "//b", "/helpe"] {
            assert_eq!(taken(line, &known), None, "{line}");
        }
    }

    #[test]
    fn secrets_are_not_offered_again() {
        let known = known(&["/connect ws://u:p@h/"], &["x"]);
        assert_eq!(hint("/connect w", 80, &known), None);
    }

    #[test]
    fn a_hint_stays_in_its_row() {
        let line = "x".repeat(200);
        let known = known(&[&line], &[""]);
        for columns in 1..30 {
            for typed in 1..60 {
                let Some(hint) = hint(&line[..typed], columns, &known) else {
                    continue;
                };
                let end = (PROMPT + typed) % columns + hint.shown.chars().count();
                assert!(end < columns, "{columns} {typed} {hint:?}");
            }
        }
    }
}
