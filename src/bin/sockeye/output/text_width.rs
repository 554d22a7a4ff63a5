//! The columns that text takes on a screen: the one place that measures, cuts and wraps lines.
//!
//! Escape sequences take no columns, wide characters two, combining ones none, and a tab as many
//! as there are to the next stop.

use super::sanitize;
use std::borrow::Cow;
use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// The columns between tab stops.
const TAB: usize = 8;
/// The most columns that an escaped control character takes (see [`sanitize`]).
const ESCAPED: usize = 8;
/// Characters without columns are cut after this many bytes for each column.
const BYTES_PER_COLUMN: usize = 16;

/// The columns of a line that has been sanitized.
pub(crate) fn columns(line: &str) -> usize {
    let mut parts = line.split('\t');
    let first = parts.next().map_or(0, columns_without_tabs);
    parts.fold(first, |column, part| {
        column + to_next_tab(column) + columns_without_tabs(part)
    })
}

fn columns_without_tabs(text: &str) -> usize {
    if text.is_ascii() && !text.contains('\x1b') {
        text.len()
    } else {
        display_width(text)
    }
}

fn to_next_tab(column: usize) -> usize {
    TAB - column % TAB
}

/// The rows that sanitized lines take in a window of this width, at least one for each line.
pub(crate) fn rows(lines: &str, width: usize) -> usize {
    let rows = |line| columns(line).div_ceil(width.max(1)).max(1);
    lines.lines().map(rows).sum()
}

/// The longest beginning that fits into this many rows of a window of this width. The text need
/// not be sanitized: control characters count as what is shown in their place.
pub(crate) fn prefix_of_rows(text: &str, width: usize, rows: usize) -> &str {
    let width = width.max(1);
    let text = at_most_bytes(text, width.saturating_mul(rows));
    let (mut row, mut column) = (0, 0);
    for (index, c) in text.char_indices() {
        let columns = columns_of_char(c, column);
        let breaks = c == '\n' || column + columns > width;
        if breaks {
            row += 1;
            column = 0;
        }
        if row >= rows {
            return &text[..index];
        }
        if c != '\n' {
            column += columns;
        }
    }
    text
}

/// The longest beginning of a text of one line that takes at most this many columns. The text need
/// not be sanitized, and a line end counts as the escape that is shown in its place.
pub(crate) fn prefix(text: &str, columns: usize) -> &str {
    let text = at_most_bytes(text, columns);
    let mut column = 0;
    for (index, c) in text.char_indices() {
        column += columns_of_char(c, column);
        if column > columns {
            return &text[..index];
        }
    }
    text
}

/// [`prefix`], with `…` after it if it is not the whole text.
pub(crate) fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    match prefix(text, columns) {
        whole if whole.len() == text.len() => Cow::Borrowed(whole),
        cut => Cow::Owned(format!("{cut}…")),
    }
}

fn columns_of_char(c: char, column: usize) -> usize {
    match c {
        '\t' => to_next_tab(column),
        '\n' => 2,
        c if sanitize::steers(c) => ESCAPED,
        c => display_width(c.encode_utf8(&mut [0; 4])),
    }
}

/// Bounds the work, and the characters without columns.
fn at_most_bytes(text: &str, columns: usize) -> &str {
    &text[..text.floor_char_boundary(columns.saturating_mul(BYTES_PER_COLUMN))]
}

/// The text in lines of at most this many columns, broken at spaces, or inside a word that is
/// longer than a line. A text without characters is one line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    // A hyphen begins an option or is part of a name, so lines are not broken there.
    let options = Options::new(width.max(1)).word_splitter(WordSplitter::NoHyphenation);
    textwrap::wrap(text, options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_combining_ones_none() {
        assert_eq!(columns("abc"), 3);
        assert_eq!(columns("漢字"), 4);
        assert_eq!(columns("e\u{301}"), 1);
        assert_eq!(columns("abc\td"), 9);
    }

    #[test]
    fn escape_sequences_take_no_columns() {
        assert_eq!(columns("\x1b[1;34m\"a\"\x1b[0m: 漢"), 7);
        assert_eq!(columns("\x1b]8;;http://a/\x1b\\link\x1b]8;;\x1b\\"), 4);
        assert_eq!(rows("\x1b[32mab\x1b[0m\n\x1b[2mabcd\x1b[0m\n\n", 2), 4);
    }

    #[test]
    fn a_beginning_ends_where_the_rows_end() {
        assert_eq!(prefix_of_rows("abcdefgh", 3, 2), "abcdef");
        assert_eq!(prefix_of_rows("abcdef", 3, 2), "abcdef");
        assert_eq!(prefix_of_rows("a\nb\nc", 10, 2), "a\nb");
        assert_eq!(prefix_of_rows("漢字漢字", 5, 1), "漢字");
        assert_eq!(prefix_of_rows("a\tb", 8, 1), "a\t");
    }

    #[test]
    fn what_has_no_columns_has_an_end_as_well() {
        let marks = "\u{301}".repeat(1000);
        assert!(prefix_of_rows(&marks, 10, 1).len() <= 160);
        assert_eq!(prefix_of_rows(&"\u{1b}".repeat(1000), 80, 2).len(), 20);
    }

    #[test]
    fn a_window_without_columns_still_gets_an_answer() {
        assert_eq!(prefix_of_rows("abc", 0, 2), "ab");
        assert_eq!(prefix_of_rows("漢", 1, 1), "");
        assert_eq!(wrap("ab", 0), ["a", "b"]);
    }

    #[test]
    fn a_shortened_text_shows_that_something_is_missing() {
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("abcd", 3), "abc…");
        assert_eq!(shorten("漢字", 3), "漢…");
        assert_eq!(shorten("a\nb", 3), "a\n…");
    }

    #[test]
    fn lines_are_broken_at_spaces_and_else_at_the_width() {
        assert_eq!(wrap("", 4), [""]);
        assert_eq!(wrap("abcd", 4), ["abcd"]);
        assert_eq!(wrap("abcd efgh", 4), ["abcd", "efgh"]);
        assert_eq!(wrap("ab cdefgh", 4), ["ab", "cdef", "gh"]);
        assert_eq!(wrap("äöüßä", 4), ["äöüß", "ä"]);
        assert_eq!(wrap("ab é 漢字漢", 4), ["ab é", "漢字", "漢"]);
        assert_eq!(wrap("see --no-compress", 12), ["see", "--no-compres", "s"]);
    }
}
