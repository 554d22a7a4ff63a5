//! The line being typed.

use super::commands;
use super::prompt::Current;
use super::screen::Screen;
use super::terminal::Editing;
use super::typing::Typing;
use super::{Alarm, Happening};
use crate::output::style::Style;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{
    Cmd, ColorMode, ConditionalEventHandler, Config, Context, Event, EventContext, EventHandler,
    Helper, KeyCode, KeyEvent, Modifiers, Movement, RepeatCount,
};
use serde_json::Value;
use std::borrow::Cow;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

type LineEditor = rustyline::Editor<Line, DefaultHistory>;

/// Longer than any terminal takes to show a prompt.
const STARTING: Duration = Duration::from_secs(2);

/// Reads one line each time it is asked to, on a thread of its own.
#[derive(Debug)]
pub(super) struct Editor {
    ask: Sender<()>,
    typing: Typing,
    editing: Editing,
    /// A dumb terminal stays as it is.
    takes_the_terminal: bool,
}

impl Editor {
    /// Starts the thread; lines arrive as happenings.
    pub(super) fn start(
        current: &Current,
        style: Style,
        screen: &Screen,
        sender: Sender<Happening>,
    ) -> rustyline::Result<Self> {
        let config = Config::builder()
            .auto_add_history(true)
            // The helper decides about colour, and it is asked in any case.
            .color_mode(ColorMode::Forced)
            .build();
        let mut editor = LineEditor::with_config(config)?;
        let typing = screen.typing().clone();
        let editing = Editing::later();
        editor.set_helper(Some(Line {
            current: current.clone(),
            style,
            typing: typing.clone(),
            editing: editing.clone(),
        }));
        editor.bind_sequence(KeyEvent(KeyCode::Enter, Modifiers::ALT), Cmd::Newline);
        editor.bind_sequence(
            KeyEvent::ctrl('C'),
            EventHandler::Conditional(Box::new(ClearFirst)),
        );
        editor.bind_sequence(
            KeyEvent::ctrl('Z'),
            EventHandler::Conditional(Box::new(Suspend(editing.clone()))),
        );
        // A dumb terminal has no such printer: there, lines are printed as they come.
        let printer = editor.create_external_printer();
        let takes_the_terminal = printer.is_ok();
        if let Ok(printer) = printer {
            screen.print_above(printer);
        }
        let (ask, asked) = mpsc::channel();
        let current = current.clone();
        let ended = typing.clone();
        thread::spawn(move || {
            let _alarm = Alarm::with(&sender);
            read_lines(editor, &current, &ended, &asked, &sender);
            ended.is_gone();
        });
        Ok(Self {
            ask,
            typing,
            editing,
            takes_the_terminal,
        })
    }

    /// Lets the user type the next line.
    pub(super) fn next_line(&self) {
        self.typing.is_asked_for();
        // Without its thread the end of input has been told already.
        _ = self.ask.send(());
    }

    /// Keeps the prompt while the program leaves: what is still to be shown goes above it.
    pub(super) fn last_line(&self) {
        if self.takes_the_terminal {
            self.next_line();
        }
    }

    /// The program goes on after it was stopped: the line being typed is shown again.
    pub(super) fn resume(&self, screen: &Screen) {
        if self.takes_the_terminal && self.typing.is_on() {
            self.editing.resume();
            screen.repaint();
        }
    }

    /// Tells whether lines can be shown now. Who leaves before would leave the terminal to an
    /// editor that has yet to change it.
    pub(super) fn wait_for_typing(&self) -> bool {
        !self.takes_the_terminal || self.typing.wait_for(STARTING)
    }
}

fn read_lines(
    mut editor: LineEditor,
    current: &Current,
    typing: &Typing,
    asked: &Receiver<()>,
    sender: &Sender<Happening>,
) {
    let mut has_ended = false;
    while asked.recv().is_ok() {
        let happening = loop {
            match editor.readline(&current.prompt()) {
                Ok(line) => break Happening::Line(line),
                // The window has changed its size.
                Err(ReadlineError::Signal(_)) => {}
                Err(ReadlineError::Eof | ReadlineError::Interrupted) => {
                    break Happening::EndOfInput;
                }
                // The terminal has gone, which is told once.
                Err(_) if has_ended => return,
                Err(_) => break Happening::EndOfInput,
            }
        };
        typing.is_over();
        has_ended |= matches!(happening, Happening::EndOfInput);
        if sender.send(happening).is_err() {
            return;
        }
    }
}

/// Ctrl-C: empties the line, and only on an empty one it interrupts.
struct ClearFirst;

impl ConditionalEventHandler for ClearFirst {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, context: &EventContext) -> Option<Cmd> {
        if context.line().is_empty() {
            Some(Cmd::Interrupt)
        } else {
            Some(Cmd::Kill(Movement::WholeBuffer))
        }
    }
}

/// Ctrl-Z: back to the shell, until `fg`.
struct Suspend(Editing);

impl ConditionalEventHandler for Suspend {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, _: &EventContext) -> Option<Cmd> {
        self.0.suspend();
        Some(Cmd::Repaint)
    }
}

/// What the editor knows of the line.
#[derive(Debug)]
struct Line {
    current: Current,
    style: Style,
    typing: Typing,
    editing: Editing,
}

impl Helper for Line {}

impl Hinter for Line {
    type Hint = String;
}

impl Highlighter for Line {
    /// Called at every repaint, so the prompt follows the state while a line is being typed.
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(
        &'s self,
        prompt: &'p str,
        default: bool,
    ) -> Cow<'b, str> {
        self.typing.goes_on();
        self.editing.note();
        if default {
            Cow::Owned(self.current.painted(prompt, self.style))
        } else {
            Cow::Borrowed(prompt)
        }
    }
}

impl Validator for Line {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        if is_unfinished(context.input()) {
            return Ok(ValidationResult::Incomplete);
        }
        self.typing.is_accepted();
        Ok(ValidationResult::Valid(None))
    }
}

impl Completer for Line {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok((0, commands::completions(&line[..position])))
    }
}

/// Whether a JSON object or array ends too early.
fn is_unfinished(line: &str) -> bool {
    line.starts_with(['{', '['])
        && serde_json::from_str::<Value>(line).is_err_and(|error| error.is_eof())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_json_goes_on_and_nothing_else_does() {
        for line in ["{", "[1,", "{\"a\": [1, 2]", "[\n1,\n", "{\"a"] {
            assert!(is_unfinished(line), "{line}");
        }
        for line in ["", "{}", "[1]", "[hello", "{a}", "\"", "text {", "/send {"] {
            assert!(!is_unfinished(line), "{line}");
        }
    }
}
