//! How many columns a text takes on a screen, and how much of it so many rows can hold.

use super::sanitize;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// From one stop to the next.
const TAB: usize = 8;
/// What is shown for a character that steers, at most.
const ESCAPED: usize = 8;
/// Characters without columns pile up so far: bytes for each column.
const PILE: usize = 16;

/// The columns of a text of one line without anything that steers.
pub(crate) fn of(text: &str) -> usize {
    // One byte, one column: the rule is for what has been sanitized.
    if text.is_ascii() {
        text.len()
    } else {
        text.width()
    }
}

/// The longest beginning that a window of this width shows in so many rows.
pub(crate) fn beginning(text: &str, width: usize, rows: usize) -> &str {
    let width = width.max(1);
    let most = width.saturating_mul(rows).saturating_mul(PILE);
    let text = &text[..text.floor_char_boundary(most)];
    let (mut row, mut column) = (0, 0);
    for (index, c) in text.char_indices() {
        let wide = match c {
            '\n' => {
                row += 1;
                column = 0;
                if row == rows {
                    return &text[..index];
                }
                continue;
            }
            '\t' => TAB - column % TAB,
            c if sanitize::steers(c) => ESCAPED,
            c => c.width().unwrap_or(0),
        };
        if column + wide > width {
            row += 1;
            column = 0;
            if row >= rows {
                return &text[..index];
            }
        }
        column += wide;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_combining_ones_none() {
        assert_eq!(of("abc"), 3);
        assert_eq!(of("漢字"), 4);
        assert_eq!(of("e\u{301}"), 1);
    }

    #[test]
    fn a_beginning_ends_where_the_rows_end() {
        assert_eq!(beginning("abcdefgh", 3, 2), "abcdef");
        assert_eq!(beginning("abcdef", 3, 2), "abcdef");
        assert_eq!(beginning("a\nb\nc", 10, 2), "a\nb");
        assert_eq!(beginning("漢字漢字", 5, 1), "漢字");
        assert_eq!(beginning("a\tb", 8, 1), "a\t");
    }

    #[test]
    fn what_has_no_columns_has_an_end_as_well() {
        let marks = "\u{301}".repeat(1000);
        assert!(beginning(&marks, 10, 1).len() <= 160);
        assert_eq!(beginning(&"\u{1b}".repeat(1000), 80, 2).len(), 20);
    }

    #[test]
    fn a_window_without_columns_still_gets_an_answer() {
        assert_eq!(beginning("abc", 0, 2), "ab");
        assert_eq!(beginning("漢", 1, 1), "");
    }
}
