//! What the editor asks about the line being typed.

use super::folds::{Folds, Screen};
use super::is_unfinished;
use crate::output::style::{Role, Style};
use crate::repl::completion::{self, Known};
use crate::repl::hints::{self, Hint};
use crate::repl::prompt::Current;
use crate::repl::terminal::Modes;
use crate::repl::typing::Typing;
use rustyline::completion::{Completer, Pair};
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use std::borrow::Cow;

/// What the editor knows of the line.
pub(super) struct Line {
    pub(super) current: Current,
    pub(super) style: Style,
    pub(super) typing: Typing,
    pub(super) modes: Modes,
    pub(super) folds: Folds,
    pub(super) known: Known,
}

impl Helper for Line {}

impl Hinter for Line {
    type Hint = Hint;

    /// Without colour a hint could not be told from what was typed.
    fn hint(&self, line: &str, position: usize, _: &Context<'_>) -> Option<Hint> {
        if !self.style.colored || position < line.len() {
            return None;
        }
        hints::hint(line, Screen::now().columns, &self.known)
    }
}

impl Highlighter for Line {
    /// Called at every repaint, so the prompt follows the state while a line is being typed.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        default: bool,
    ) -> Cow<'b, str> {
        self.typing.goes_on();
        self.modes.note();
        if default {
            Cow::Owned(self.current.painted(prompt, self.style))
        } else {
            Cow::Borrowed(prompt)
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(self.style.paint(Role::Faint, hint).to_string())
    }
}

impl Validator for Line {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(match self.folds.expand(context.input()) {
            Ok(line) if is_unfinished(&line) => ValidationResult::Incomplete,
            Ok(_) => {
                self.typing.is_accepted();
                ValidationResult::Valid(None)
            }
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
        Ok(completion::candidates(before, after, &self.known))
    }
}
