//! Keys that mean something else than they do by default.

use super::Desk;
use super::placeholders::{self, PastePlaceholders};
use crate::interactive::history::History;
use crate::interactive::printer::{Pastes, TerminalPrinter};
use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, KeyCode, KeyEvent, Modifiers, Movement,
    RepeatCount,
};
use std::sync::atomic::{AtomicBool, Ordering};

const CTRL: Modifiers = Modifiers::CTRL;
const NONE: Modifiers = Modifiers::NONE;

/// Sees every key first.
pub(super) struct Keys {
    history: History,
    placeholders: PastePlaceholders,
    printer: TerminalPrinter,
    pastes: Pastes,
    searching: AtomicBool,
}

impl Keys {
    pub(super) fn new(desk: &Desk, placeholders: PastePlaceholders, pastes: Pastes) -> Self {
        Self {
            history: desk.completion.history.clone(),
            placeholders,
            printer: desk.printer.clone(),
            pastes,
            searching: AtomicBool::new(false),
        }
    }
}

impl ConditionalEventHandler for Keys {
    /// `None` leaves the key to the editor.
    fn handle(
        &self,
        event: &Event,
        _: RepeatCount,
        _: bool,
        context: &EventContext<'_>,
    ) -> Option<Cmd> {
        let Event::KeySeq(keys) = event else {
            return None;
        };
        let key = *keys.first()?;
        let was_searching = self.follow_search(key);
        match key {
            KeyEvent(KeyCode::BracketedPasteStart, _) => Some(self.paste(context)),
            KeyEvent(KeyCode::Enter, Modifiers::ALT) => Some(Cmd::Newline),
            KeyEvent(KeyCode::Char('C'), CTRL) if was_searching => Some(Cmd::Abort),
            KeyEvent(KeyCode::Char('C'), CTRL) => Some(interrupt(context)),
            KeyEvent(KeyCode::Char('Z'), CTRL) => {
                self.printer.suspend();
                Some(Cmd::Noop)
            }
            KeyEvent(KeyCode::Right, NONE) | KeyEvent(KeyCode::Char('F'), CTRL) => accept(context)
                // There is nothing to the right.
                .or_else(|| is_hinted(context).then_some(Cmd::Noop)),
            KeyEvent(KeyCode::End, NONE) | KeyEvent(KeyCode::Char('E'), CTRL) => accept(context),
            KeyEvent(KeyCode::Up, NONE) => self
                .is_search(context)
                .then_some(Cmd::HistorySearchBackward),
            KeyEvent(KeyCode::Down, NONE) => {
                let goes_on = context.pos() < context.line().len() && self.is_search(context);
                goes_on.then_some(Cmd::HistorySearchForward)
            }
            _ => None,
        }
    }
}

impl Keys {
    /// One paste is one piece of text: its line endings are made newlines, without the last one,
    /// which came with copying a line.
    fn paste(&self, context: &EventContext<'_>) -> Cmd {
        let Some(text) = self.pastes.take() else {
            return Cmd::Noop;
        };
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let window = placeholders::Window::now();
        let fitting = self.placeholders.fitting(text, context.line(), window);
        Cmd::Insert(1, fitting.into_owned())
    }

    /// Keeps track of Ctrl-R, which the context does not tell; returns how it was.
    fn follow_search(&self, key: KeyEvent) -> bool {
        let was = self.searching.load(Ordering::Relaxed);
        let is = match key {
            KeyEvent(KeyCode::Char('R' | 'S'), CTRL) => self.history.find(|_| true).is_some(),
            KeyEvent(KeyCode::Char('H'), CTRL) => was,
            KeyEvent(KeyCode::Char(_) | KeyCode::Backspace, NONE) => was,
            _ => false,
        };
        self.searching.store(is, Ordering::Relaxed);
        was
    }

    /// Whether Up looks for lines that begin as this one does up to the cursor: when something
    /// new was typed, and when the last such search has left the cursor inside its find.
    fn is_search(&self, context: &EventContext<'_>) -> bool {
        let (line, position) = (context.line(), context.pos());
        if position == 0 || line.contains('\n') {
            return false;
        }
        let is_recalled = self.history.find(|known| known == line).is_some();
        let is_at_end = position == line.len();
        let begun = &line[..position];
        let is_begun = |known: &str| known.len() > begun.len() && known.starts_with(begun);
        is_at_end != is_recalled && self.history.find(is_begun).is_some()
    }
}

/// Ctrl-C: empties the line, and only on an empty one it interrupts.
fn interrupt(context: &EventContext<'_>) -> Cmd {
    if context.line().is_empty() {
        Cmd::Interrupt
    } else {
        Cmd::Kill(Movement::WholeBuffer)
    }
}

/// Takes over the hint, if it is text for the line.
fn accept(context: &EventContext<'_>) -> Option<Cmd> {
    (is_hinted(context) && context.hint_text().is_some()).then_some(Cmd::CompleteHint)
}

fn is_hinted(context: &EventContext<'_>) -> bool {
    context.has_hint() && context.pos() == context.line().len()
}
