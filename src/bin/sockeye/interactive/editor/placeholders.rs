//! Blocks of text too tall for the line being typed: a mark stands for each until it is sent.
//!
//! The editor paints its line at every key and for every message that comes, so a line that is
//! taller than the screen would be a mess, and a megabyte would be slow. Text that a terminal
//! would obey instead of showing is folded too.

use crate::output::size::{Bytes, counted};
use crate::output::{sanitize, text_width, window};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What all blocks may take together, beside the newest.
const KEPT: usize = 64 << 20;

/// Text of this size is folded on the largest screen.
const LONG: usize = 16 << 10;

/// One line of this size is shown in its mark, with what would steer a terminal escaped.
const SHORT: usize = 50;

/// Rows of the screen that are left to what comes in.
const SPARE: usize = 4;

/// Every mark begins so, and a number follows.
const BEGIN: &str = "[block ";

/// The blocks of a session. Clones share them.
#[derive(Clone, Default)]
pub(super) struct PastePlaceholders(Arc<Mutex<Blocks>>);

#[derive(Default)]
struct Blocks {
    blocks: VecDeque<Block>,
    bytes: usize,
    count: usize,
}

struct Block {
    mark: String,
    text: String,
}

/// Columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Window {
    /// As it is now.
    pub(super) fn now() -> Self {
        Self {
            columns: window::columns(io::stdout()),
            rows: window::rows(io::stdout()),
        }
    }
}

impl PastePlaceholders {
    /// The text itself if it can be shown together with what is `beside` it, else a mark for it.
    pub(super) fn fitting<'t>(&self, text: &'t str, beside: &str, window: Window) -> Cow<'t, str> {
        let rows = height(beside, window.columns) + height(text, window.columns) - 1;
        let is_seen = !text.contains(|c| sanitize::steers(c) && c != '\n' && c != '\t');
        if is_seen && text.len() <= LONG && (rows == 1 || rows + SPARE <= window.rows) {
            Cow::Borrowed(text)
        } else {
            Cow::Owned(self.lock().fold(text))
        }
    }

    /// The line with every block in the place of its mark. Fails, with what is wrong, when a mark
    /// has been changed or its block is no longer there.
    pub(super) fn expand<'l>(&self, line: &'l str) -> Result<Cow<'l, str>, &'static str> {
        let blocks = self.lock();
        if blocks.count == 0 || !line.contains(BEGIN) {
            return Ok(Cow::Borrowed(line));
        }
        let mut whole = String::new();
        let mut rest = line;
        while let Some(at) = rest.find(BEGIN) {
            let (before, begun) = rest.split_at(at);
            whole.push_str(before);
            if let Some(block) = blocks.of(begun) {
                whole.push_str(&block.text);
                rest = &begun[block.mark.len()..];
            } else if is_mark(begun) {
                return Err("   a folded block was changed; undo it with Ctrl-_");
            } else {
                whole.push_str(BEGIN);
                rest = &begun[BEGIN.len()..];
            }
        }
        whole.push_str(rest);
        Ok(Cow::Owned(whole))
    }

    fn lock(&self) -> MutexGuard<'_, Blocks> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blocks {
    /// The same text has the same mark.
    fn fold(&mut self, text: &str) -> String {
        if let Some(known) = self.blocks.iter().find(|block| block.text == text) {
            return known.mark.clone();
        }
        self.count += 1;
        let size = Bytes(text.len() as u64);
        let lines = match text.lines().count() {
            1 if text.len() <= SHORT => sanitize::line(text).into_owned(),
            count => counted(count as u64, "line"),
        };
        let mark = format!("{BEGIN}{}: {size}, {lines}]", self.count);
        self.bytes += text.len();
        self.blocks.push_back(Block {
            mark: mark.clone(),
            text: text.to_owned(),
        });
        while self.bytes > KEPT && self.blocks.len() > 1 {
            let oldest = self.blocks.pop_front();
            self.bytes -= oldest.map_or(0, |block| block.text.len());
        }
        mark
    }

    /// The block whose mark stands first.
    fn of(&self, begun: &str) -> Option<&Block> {
        self.blocks
            .iter()
            .find(|block| begun.starts_with(&block.mark))
    }
}

/// Whether it looks like one: a number follows.
fn is_mark(begun: &str) -> bool {
    begun[BEGIN.len()..].starts_with(|c: char| c.is_ascii_digit())
}

/// Rows that a text takes, at most.
fn height(text: &str, columns: usize) -> usize {
    let rows = |line| text_width::columns(line) / columns + 1;
    text.split('\n').map(rows).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window {
        columns: 80,
        rows: 24,
    };

    #[test]
    fn what_fits_the_screen_stays_and_what_does_not_is_folded() {
        let placeholders = PastePlaceholders::default();
        let mark = |text: &str| placeholders.fitting(text, "", WINDOW).into_owned();
        for text in ["a", &"x".repeat(1000), &"a\n".repeat(15), "tab\t漢字"] {
            assert_eq!(mark(text), *text);
        }
        assert_eq!(mark(&"a\n".repeat(30)), "[block 1: 60 B, 30 lines]");
        assert_eq!(mark(&"x".repeat(1 << 20)), "[block 2: 1.0 MiB, 1 line]");
        assert_eq!(mark("a\u{1}b"), r"[block 3: 3 B, a\x01b]");
        assert_eq!(mark("a\u{1}b"), r"[block 3: 3 B, a\x01b]");
        let beside = placeholders.fitting("a\nb\nc\nd\ne\n", &"x\n".repeat(16), WINDOW);
        assert_eq!(beside, "[block 4: 10 B, 5 lines]");
    }

    #[test]
    fn a_short_word_fits_the_smallest_screen() {
        let tiny = Window {
            columns: 20,
            rows: 2,
        };
        assert_eq!(
            PastePlaceholders::default().fitting("hello", "", tiny),
            "hello"
        );
    }

    #[test]
    fn blocks_come_back_in_their_places() {
        let placeholders = PastePlaceholders::default();
        let (one, two) = ("1\n".repeat(100), "2\n".repeat(100));
        let (first, second) = (
            placeholders.fitting(&one, "", WINDOW),
            placeholders.fitting(&two, "", WINDOW),
        );
        let line = format!("/send [{second}{first} [block x]");
        let expanded = placeholders.expand(&line).expect("whole");
        assert_eq!(expanded, format!("/send [{two}{one} [block x]"));
    }

    #[test]
    fn a_changed_mark_is_not_sent() {
        let placeholders = PastePlaceholders::default();
        assert!(
            placeholders.expand("[block 1: 2").is_ok(),
            "nothing was folded"
        );
        let mark = placeholders.fitting("\u{1}", "", WINDOW).replace("B", "");
        assert!(placeholders.expand(&mark).is_err());
    }

    #[test]
    fn the_oldest_blocks_are_let_go() {
        let placeholders = PastePlaceholders::default();
        let large = "x".repeat(KEPT);
        let first = placeholders.fitting("\u{1}", "", WINDOW).into_owned();
        let last = placeholders.fitting(&large, "", WINDOW);
        assert!(placeholders.expand(&first).is_err());
        assert_eq!(placeholders.expand(&last).map(|text| text.len()), Ok(KEPT));
    }
}
