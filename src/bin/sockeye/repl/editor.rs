//! The line being typed.

mod folds;
mod keys;
mod line;
mod plain;

use super::completion::Known;
use super::history::Place;
use super::prompt::Current;
use super::screen::Screen;
use super::terminal::Modes;
use super::typing::Typing;
use super::{Alarm, Happening};
use crate::output::style::Style;
use folds::Folds;
use keys::Keys;
use line::Line;
use plain::Plain;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{ColorMode, CompletionType, Config, EditMode, Event, EventHandler};
use serde_json::Value;
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
    modes: Modes,
    /// A dumb terminal stays as it is.
    takes_the_terminal: bool,
}

/// How lines are typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Editing {
    /// The keys of vi instead of those of emacs.
    pub(crate) vi: bool,
    /// No cursor is moved, nothing is painted twice: for screen readers and dumb terminals.
    pub(crate) plain: bool,
    /// Where lines are kept for the next session.
    pub(crate) history: Place,
}

/// What lines are typed with and shown on.
pub(super) struct Desk {
    pub(super) current: Current,
    pub(super) screen: Screen,
    pub(super) style: Style,
    pub(super) known: Known,
}

impl Editor {
    /// Starts the thread; lines arrive as happenings.
    pub(super) fn start(
        desk: Desk,
        editing: &Editing,
        sender: Sender<Happening>,
    ) -> rustyline::Result<Self> {
        let (ask, asked) = mpsc::channel();
        let typing = desk.screen.typing().clone();
        let modes = Modes::later();
        if editing.plain {
            let plain = Plain {
                known: desk.known,
                screen: desk.screen,
                style: desk.style,
            };
            thread::spawn(move || {
                let _alarm = Alarm::with(&sender);
                plain.read_lines(&asked, &sender);
            });
        } else {
            let mut reader = Reader::new(desk, editing.vi, modes.clone())?;
            let printer = reader.editor.create_external_printer()?;
            reader.desk.screen.print_above(printer);
            thread::spawn(move || {
                let _alarm = Alarm::with(&sender);
                reader.read_lines(&asked, &sender);
            });
        }
        Ok(Self {
            ask,
            typing,
            modes,
            takes_the_terminal: !editing.plain,
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
            self.modes.resume();
            screen.repaint();
        }
    }

    /// Tells whether lines can be shown now. Who leaves before would leave the terminal to an
    /// editor that has yet to change it.
    pub(super) fn wait_for_typing(&self) -> bool {
        !self.takes_the_terminal || self.typing.wait_for(STARTING)
    }
}

/// Reads lines with rustyline.
struct Reader {
    editor: LineEditor,
    desk: Desk,
    typing: Typing,
    folds: Folds,
    /// Of the history that the editor has.
    edition: u64,
}

impl Reader {
    fn new(desk: Desk, vi: bool, modes: Modes) -> rustyline::Result<Self> {
        let config = Config::builder()
            // The helper decides about colour, and it is asked in any case.
            .color_mode(ColorMode::Forced)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs })
            // The history has its own bound, and each line once.
            .max_history_size(usize::MAX)?
            .history_ignore_dups(false)?
            .build();
        let folds = Folds::default();
        let typing = desk.screen.typing().clone();
        let columns = config.grapheme_cluster_mode();
        let mut editor = LineEditor::with_config(config)?;
        editor.set_helper(Some(Line {
            current: desk.current.clone(),
            style: desk.style,
            typing: typing.clone(),
            modes: modes.clone(),
            folds: folds.clone(),
            known: desk.known.clone(),
            columns,
        }));
        let keys = Keys::new(desk.known.history.clone(), folds.clone(), modes);
        editor.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(keys)));
        Ok(Self {
            editor,
            desk,
            typing,
            folds,
            edition: 0,
        })
    }

    fn read_lines(mut self, asked: &Receiver<()>, sender: &Sender<Happening>) {
        self.desk.known.history.load();
        let mut has_ended = false;
        while asked.recv().is_ok() {
            self.fill_history();
            let Some(happening) = self.read(has_ended) else {
                break;
            };
            self.typing.is_over();
            has_ended |= matches!(happening, Happening::EndOfInput);
            if let Happening::Line(line) = &happening {
                self.desk.known.remember(line);
            }
            if sender.send(happening).is_err() {
                break;
            }
        }
        self.typing.is_gone();
    }

    /// The next line; none when the terminal has gone, which is told once.
    fn read(&mut self, has_ended: bool) -> Option<Happening> {
        loop {
            match self.editor.readline(&self.desk.current.prompt()) {
                Ok(line) => match self.folds.expand(&line) {
                    Ok(line) => return Some(Happening::Line(line.into_owned())),
                    Err(problem) => {
                        self.desk.screen.complain(self.desk.style, problem);
                        self.typing.is_asked_for();
                    }
                },
                // The window has changed its size.
                Err(ReadlineError::Signal(_)) => {}
                Err(ReadlineError::Interrupted) => return Some(Happening::Interrupt),
                Err(ReadlineError::Eof) => return Some(Happening::EndOfInput),
                Err(_) => return (!has_ended).then_some(Happening::EndOfInput),
            }
        }
    }

    /// Gives the editor the lines that Up goes through, those too tall for it folded.
    fn fill_history(&mut self) {
        let Some((edition, lines)) = self.desk.known.history.newer_than(self.edition) else {
            return;
        };
        self.edition = edition;
        let screen = folds::Screen::now();
        // Neither can fail: this history is in memory.
        _ = self.editor.clear_history();
        for line in lines {
            let line = self.folds.fitting(&line, "", screen);
            _ = self.editor.add_history_entry(&*line);
        }
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
