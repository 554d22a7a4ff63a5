//! Keys that mean something else than they do by default.

use super::folds::{Folds, Screen};
use crate::repl::history::History;
use crate::repl::terminal::Modes;
use rustyline::{
    Cmd, ConditionalEventHandler, Event, EventContext, InputMode, KeyCode, KeyEvent, Modifiers,
    Movement, RepeatCount,
};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

const CTRL: Modifiers = Modifiers::CTRL;
const NONE: Modifiers = Modifiers::NONE;

/// Sees every key first.
pub(super) struct Keys {
    history: History,
    folds: Folds,
    modes: Modes,
    /// What has come of a bracketed paste.
    pasted: Mutex<Option<String>>,
    searching: AtomicBool,
}

impl Keys {
    pub(super) fn new(history: History, folds: Folds, modes: Modes) -> Self {
        Self {
            history,
            folds,
            modes,
            pasted: Mutex::new(None),
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
        if let Some(command) = self.paste(key, context) {
            return Some(command);
        }
        let was_searching = self.follow_search(key);
        match key {
            KeyEvent(KeyCode::Enter, Modifiers::ALT) => Some(Cmd::Newline),
            KeyEvent(KeyCode::Char('C'), CTRL) if was_searching => Some(Cmd::Abort),
            KeyEvent(KeyCode::Char('C'), CTRL) => Some(interrupt(context)),
            KeyEvent(KeyCode::Char('Z'), CTRL) => {
                self.modes.suspend();
                Some(Cmd::Repaint)
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
    /// One paste is one piece of text: gathered here, its line endings made newlines, without the
    /// last one, which came with copying a line. Otherwise the editor would paint every key.
    fn paste(&self, key: KeyEvent, context: &EventContext<'_>) -> Option<Cmd> {
        let mut pasted = self.pasted.lock().unwrap_or_else(PoisonError::into_inner);
        let begins = key.0 == KeyCode::BracketedPasteStart
            // There a digit is read as a count, before anybody is asked.
            && context.input_mode() != InputMode::Command;
        if begins {
            *pasted = Some(String::new());
            return Some(Cmd::Noop);
        }
        let text = pasted.as_mut()?;
        if key.0 != KeyCode::BracketedPasteEnd {
            push(text, key);
            return Some(Cmd::Noop);
        }
        let text = pasted.take()?;
        drop(pasted);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let fitting = self.folds.fitting(text, context.line(), Screen::now());
        Some(Cmd::Insert(1, fitting.into_owned()))
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

/// Adds the character of a key in a paste; escape sequences are not text.
fn push(text: &mut String, key: KeyEvent) {
    match key {
        KeyEvent(KeyCode::Enter, _) => text.push('\r'),
        KeyEvent(KeyCode::Tab, _) => text.push('\t'),
        KeyEvent(KeyCode::Char(c @ '@'..='_'), CTRL) => {
            text.extend(char::from_u32(u32::from(c) & 0x1f));
        }
        KeyEvent(KeyCode::Char(c), _) => text.push(c),
        KeyEvent(KeyCode::Backspace, _) => text.push('\u{7f}'),
        // A control character of which the editor does not tell which it is.
        KeyEvent(KeyCode::Null, _) => text.push(char::REPLACEMENT_CHARACTER),
        _ => {}
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paste_is_the_text_that_was_copied() {
        let mut text = String::new();
        for c in "é\t{\n}\r\rA\u{1}\u{7f}".chars() {
            push(&mut text, KeyEvent::new(c, Modifiers::NONE));
        }
        push(&mut text, KeyEvent(KeyCode::Left, NONE));
        assert_eq!(text, "é\t{\n}\r\rA\u{1}\u{7f}");
    }
}
