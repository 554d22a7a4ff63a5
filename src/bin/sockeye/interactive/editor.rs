//! The line being typed.

mod keys;
mod line;
mod placeholders;
mod plain;

use super::completion::CompletionSource;
use super::history::Place;
use super::printer::{self, Pastes, TerminalPrinter};
use super::prompt::Current;
use super::pseudo_terminal::{self, Master};
use super::ui_event::{PanicGuard, UiEvent};
use crate::output::style::Style;
use keys::Keys;
use line::Line;
use placeholders::PastePlaceholders;
use plain::Plain;
use rustix::stdio;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{ColorMode, CompletionType, Config, EditMode, Event, EventHandler};
use serde_json::Value;
use sockeye::io_reason;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

type LineEditor = rustyline::Editor<Line, DefaultHistory>;

/// The rest of a key that is several bytes comes with the first: the screen passes on whole keys.
const KEY: u16 = 100;

/// Reads one line each time it is asked to, on a thread of its own.
pub(super) struct Editor {
    ask: Sender<()>,
    printer: TerminalPrinter,
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
    pub(super) printer: TerminalPrinter,
    pub(super) style: Style,
    pub(super) completion: CompletionSource,
}

impl Editor {
    /// Starts the thread; lines arrive as ui_events.
    pub(super) fn start(
        desk: Desk,
        editing: &Editing,
        sender: Sender<UiEvent>,
    ) -> rustyline::Result<Self> {
        let (ask, asked) = mpsc::channel();
        let terminal = match editing.plain {
            true => None,
            false => desk.editors_terminal(),
        };
        let takes_the_terminal = terminal.is_some();
        let printer = desk.printer.clone();
        if let Some((master, slave)) = terminal {
            let reader = Reader::new(desk, editing.vi, master, slave)?;
            thread::spawn(move || {
                let _guard = PanicGuard::with(&sender);
                reader.read_lines(&asked, &sender);
            });
        } else {
            let plain = Plain {
                completion: desk.completion,
                printer: desk.printer,
                style: desk.style,
            };
            thread::spawn(move || {
                let _guard = PanicGuard::with(&sender);
                plain.read_lines(&asked, &sender);
            });
        }
        Ok(Self {
            ask,
            printer,
            takes_the_terminal,
        })
    }

    /// Lets the user type the next line.
    pub(super) fn next_line(&self) {
        self.printer.line_begins();
        // Without its thread the end of input has been told already.
        _ = self.ask.send(());
    }

    /// Whether the terminal shows the keys that are typed by itself, `^C` among them.
    pub(super) fn is_plain(&self) -> bool {
        !self.takes_the_terminal
    }

    /// Keeps the prompt while the program leaves: what is still to be shown goes above it.
    pub(super) fn last_line(&self) {
        if self.takes_the_terminal {
            self.next_line();
        }
    }
}

impl Desk {
    /// The two ends of a terminal for the line editor. Without one, lines are typed as on a dumb
    /// terminal, and a line says so.
    fn editors_terminal(&self) -> Option<(Master, OwnedFd)> {
        let opened = pseudo_terminal::open(self.printer.size());
        opened
            .inspect_err(|error| {
                let problem = format!("no line editing, as with --plain: {}", io_reason(error));
                self.printer.complain(self.style, &problem);
            })
            .ok()
    }
}

/// Reads lines with rustyline.
struct Reader {
    editor: LineEditor,
    desk: Desk,
    /// Where the editor paints.
    terminal: OwnedFd,
    placeholders: PastePlaceholders,
    /// Of the history that the editor has.
    edition: u64,
}

impl Reader {
    /// The editor gets the slave for its standard input and output: it knows no other.
    fn new(desk: Desk, vi: bool, master: Master, slave: OwnedFd) -> rustyline::Result<Self> {
        stdio::dup2_stdin(&slave).map_err(io::Error::from)?;
        stdio::dup2_stdout(&slave).map_err(io::Error::from)?;
        let config = Config::builder()
            // The helper decides about colour, and it is asked in any case.
            .color_mode(ColorMode::Forced)
            .completion_type(CompletionType::List)
            .completion_show_all_if_ambiguous(true)
            .edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs })
            // After the mode, which sets it too.
            .keyseq_timeout(Some(KEY))
            // The screen marks pastes, also between two lines.
            .bracketed_paste(false)
            // The history has its own bound, and each line once.
            .max_history_size(usize::MAX)?
            .history_ignore_dups(false)?
            .build();
        let placeholders = PastePlaceholders::default();
        let pastes = Pastes::default();
        let columns = config.grapheme_cluster_mode();
        let mut editor = LineEditor::with_config(config)?;
        editor.set_helper(Some(Line {
            current: desk.current.clone(),
            style: desk.style,
            placeholders: placeholders.clone(),
            completion: desk.completion.clone(),
            columns,
        }));
        let keys = Keys::new(&desk, placeholders.clone(), pastes.clone());
        editor.bind_sequence(Event::Any, EventHandler::Conditional(Box::new(keys)));
        let (current, style) = (desk.current.clone(), desk.style);
        desk.printer.edit(printer::Editing {
            master,
            style,
            prompt: Box::new(move || current.painted(style)),
            pastes,
        });
        // The first one is asked for at once.
        desk.printer.line_begins();
        Ok(Self {
            editor,
            desk,
            terminal: slave,
            placeholders,
            edition: 0,
        })
    }

    fn read_lines(mut self, asked: &Receiver<()>, sender: &Sender<UiEvent>) {
        self.desk.completion.history.load();
        let mut has_ended = false;
        while asked.recv().is_ok() {
            self.fill_history();
            let Some(ui_event) = self.read(has_ended) else {
                break;
            };
            has_ended |= !matches!(ui_event, UiEvent::Line(_) | UiEvent::Interrupt);
            if let UiEvent::Line(line) = &ui_event {
                self.desk.completion.remember(line);
            }
            if sender.send(ui_event).is_err() {
                break;
            }
        }
    }

    /// The next line; none when the terminal has gone, which is told once.
    fn read(&mut self, has_ended: bool) -> Option<UiEvent> {
        loop {
            self.desk.printer.line_begins();
            let line = self.editor.readline(&self.desk.current.prompt());
            self.desk.printer.line_ended(&self.terminal);
            match line.map(|line| self.whole(&line)) {
                Ok(Ok(line)) => return Some(UiEvent::Line(line)),
                Ok(Err(problem)) => self.desk.printer.complain(self.desk.style, &problem),
                // The window has changed its size.
                Err(ReadlineError::Signal(_)) => {}
                Err(ReadlineError::Interrupted) => return Some(UiEvent::Interrupt),
                Err(ReadlineError::Eof) => return Some(UiEvent::EndOfInput),
                Err(_) if has_ended => return None,
                Err(error) => {
                    let unread = UiEvent::Unreadable(error.to_string());
                    return Some(unread.of_unread(&self.desk.printer));
                }
            }
        }
    }

    /// The line with what was folded in it, if it can be sent.
    fn whole(&self, line: &str) -> Result<String, String> {
        let line = self.placeholders.expand(line)?;
        match self.desk.printer.find_invalid(&line) {
            None => Ok(line.into_owned()),
            Some(at) => Err(format!(
                "SyntaxError: this line is not valid UTF-8 at byte {at}; it was not sent"
            )),
        }
    }

    /// Gives the editor the lines that Up goes through, those too tall for it folded.
    fn fill_history(&mut self) {
        let Some((edition, lines)) = self.desk.completion.history.newer_than(self.edition) else {
            return;
        };
        self.edition = edition;
        let window = placeholders::Window::now();
        // Neither can fail: this history is in memory.
        _ = self.editor.clear_history();
        for line in lines {
            let line = self.placeholders.fitting(&line, "", window);
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
