//! What the editor asks about the line being typed.

use super::is_unfinished;
use super::placeholders::{PastePlaceholders, Window};
use crate::interactive::completion::{self, CompletionSource};
use crate::interactive::hints::{self, Hint};
use crate::interactive::printer::{OTHER_PROMPT, PROMPT};
use crate::interactive::prompt::Current;
use crate::output::style::{Role, Style};
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, GraphemeClusterMode, Helper};
use std::borrow::Cow;

/// Makes one sign of two, where the terminal can.
const JOINER: char = '\u{200d}';

/// What the editor knows of the line.
pub(super) struct Line {
    pub(super) current: Current,
    pub(super) style: Style,
    pub(super) placeholders: PastePlaceholders,
    pub(super) completion: CompletionSource,
    /// How many columns joined signs take is known for few terminals.
    pub(super) columns: GraphemeClusterMode,
}

impl Helper for Line {}

impl Hinter for Line {
    type Hint = Hint;

    /// Without colour a hint could not be told from what was typed.
    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Hint> {
        if !self.style.colored || position < line.len() {
            return None;
        }
        hints::hint(line, Window::now().columns, &self.completion)
    }
}

impl Highlighter for Line {
    /// Called at every repaint: tells the screen where the prompt begins. The screen paints it anew
    /// when the state changes.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        default: bool,
    ) -> Cow<'b, str> {
        Cow::Owned(if default {
            format!("{PROMPT}{}", self.current.painted(self.style).1)
        } else {
            format!("{OTHER_PROMPT}{prompt}")
        })
    }

    /// Joined signs take as many columns as the editor believes only if they are shown apart.
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        self.countable(line)
    }

    /// Whether the whole line has to be painted, not only what was typed.
    fn highlight_char(&self, line: &str, _: usize, _: CmdKind) -> bool {
        line.contains(JOINER)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        let hint = self.countable(hint);
        Cow::Owned(self.style.paint(Role::Faint, hint).to_string())
    }
}

impl Line {
    /// A text as it takes the columns that the editor believes it takes.
    fn countable<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.columns {
            GraphemeClusterMode::Unicode => Cow::Borrowed(text),
            _ => apart(text),
        }
    }
}

impl Validator for Line {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match self.placeholders.expand(context.input()) {
            Ok(line) if is_unfinished(&line) => ValidationResult::Incomplete,
            Ok(_) => ValidationResult::Valid(None),
            Err(problem) => ValidationResult::Invalid(Some(problem.to_owned())),
        })
    }
}

impl Completer for Line {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let (before, after) = line.split_at(position);
        Ok(completion::candidates(before, after, &self.completion))
    }
}

/// Without the joiners between signs; between letters they change no width.
fn apart(line: &str) -> Cow<'_, str> {
    if !line.contains(JOINER) {
        return Cow::Borrowed(line);
    }
    let mut apart = String::with_capacity(line.len());
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        let next = rest.clone().next();
        if c != JOINER || next.is_some_and(char::is_alphabetic) {
            apart.push(c);
        }
    }
    Cow::Owned(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_shown_apart_and_letters_as_they_are() {
        assert_eq!(apart("plain"), "plain");
        assert_eq!(
            apart("a \u{1f468}\u{200d}\u{1f469} b"),
            "a \u{1f468}\u{1f469} b"
        );
        assert_eq!(apart("\u{1f3c3}\u{200d}\u{2642}"), "\u{1f3c3}\u{2642}");
        let letters = "\u{915}\u{94d}\u{200d}\u{937}";
        assert_eq!(apart(letters), letters);
    }
}
