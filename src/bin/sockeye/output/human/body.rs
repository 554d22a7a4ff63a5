//! What a message carried, fitted to the window.

use super::Looks;
use crate::output::hex::Dump;
use crate::output::pretty::{self, Page};
use crate::output::size::Bytes;
use crate::output::style::{Role, Style};
use crate::output::{sanitize, sniff, text_width};
use std::fmt::Write;

/// A text of more bytes is cut,
const LARGE: usize = 64 << 10;
/// to so many rows: with the note behind it and a prompt they fit the smallest usual window.
const ROWS: usize = 20;
/// JSON of more bytes is not laid out whole: nested deep enough, it grows fiftyfold.
const FOLDED: usize = 1 << 20;
/// What a hex dump shows of one message.
const DUMP: usize = 1024;
/// The columns in front of every line of a message but its first.
const MARGIN: &str = "  ";

/// Adds the body of one message behind what is already on its line.
pub(super) struct Body<'a> {
    pub(super) looks: &'a Looks,
    pub(super) style: Style,
    /// The columns that are taken on the line.
    pub(super) start: usize,
}

impl Body<'_> {
    pub(super) fn text(&self, text: &str, out: &mut String) {
        let rows = (text.len() > LARGE && !self.looks.whole).then_some(ROWS);
        let is_worth_it = self.looks.pretty && (rows.is_some() || text.len() <= FOLDED);
        let json = is_worth_it.then(|| pretty::container(text)).flatten();
        let left = match json {
            Some(json) => self.json(json, rows, out),
            None => self.plain(text, rows, out),
        };
        out.push('\n');
        if left > 0 {
            let left = Bytes(left as u64);
            let note = format!("{MARGIN}… {left} more (/last 1 shows it whole)");
            self.style.push(Role::Faint, &note, out);
            out.push('\n');
        }
    }

    /// As [`pretty::push`]. What fits on a line of its own but not behind the time has one.
    fn json(&self, json: &str, rows: Option<usize>, out: &mut String) -> usize {
        let Looks { width, .. } = *self.looks;
        let margin = MARGIN.len();
        let fits_behind = |start| pretty::fits_line(json, width.saturating_sub(start));
        let mut start = self.start;
        if start > margin && !fits_behind(start) && fits_behind(margin) {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            out.push_str(MARGIN);
            start = margin;
        }
        let page = Page {
            width,
            start,
            margin,
            rows,
            style: self.style,
        };
        pretty::push(json, &page, out)
    }

    /// The text as it is, and how many bytes of it there was no room for.
    fn plain(&self, text: &str, rows: Option<usize>, out: &mut String) -> usize {
        let shown = rows.map_or(text, |rows| {
            let width = self.looks.width.saturating_sub(self.start);
            text_width::prefix_of_rows(text, width, rows)
        });
        for (index, line) in sanitize::text(shown).split('\n').enumerate() {
            if index > 0 {
                out.push('\n');
                out.push_str(MARGIN);
            }
            out.push_str(line);
        }
        text.len() - shown.len()
    }

    pub(super) fn bytes(&self, bytes: &[u8], out: &mut String) {
        binary(bytes, out);
        out.push('\n');
        let whole = self.looks.whole;
        let dump = Dump {
            limit: if whole { usize::MAX } else { DUMP },
            width: self.looks.width,
            style: self.style,
        };
        dump.push(bytes, out);
    }
}

/// What is told of a binary message in a few words: `binary, 3.2 KiB, PNG image`.
pub(super) fn binary(bytes: &[u8], out: &mut String) {
    let size = Bytes(bytes.len() as u64);
    // Writing to a String cannot fail.
    _ = write!(out, "binary, {size}");
    if let Some(kind) = sniff::kind(bytes) {
        _ = write!(out, ", {kind}");
    }
}
