//! Headings and rows, wrapped to the width of the terminal.

use super::plot::Blocks;
use crate::output::style::{Role, Style};
use crate::output::{sanitize, text_width, window};
use std::fmt::{self, Write};
use std::io;

/// Where values begin.
const VALUE: usize = 18;
/// The width of a column of numbers.
const NUMBER: usize = 11;
/// No value is laid out in less, however narrow the terminal is.
const NARROWEST: usize = 12;

/// What there is to lay out for.
#[derive(Debug, Clone, Copy)]
pub(in crate::interactive) struct Page {
    /// Colours.
    pub(in crate::interactive) style: Style,
    /// The width in columns.
    pub(in crate::interactive) width: usize,
    /// What bars and plots are made of.
    pub(super) blocks: Blocks,
}

impl Page {
    /// The terminal as it is now.
    pub(in crate::interactive) fn here(style: Style) -> Self {
        Self {
            style,
            // In the last column some terminals would begin a new line.
            width: window::columns(io::stdout()) - 1,
            blocks: Blocks::here(),
        }
    }

    /// How many columns a value has.
    pub(super) fn room(&self) -> usize {
        self.width.saturating_sub(VALUE).max(NARROWEST)
    }
}

/// Lines that are being laid out. Writing to a `String` cannot fail, so results are let go.
#[derive(Debug)]
pub(super) struct Sheet {
    page: Page,
    out: String,
}

impl Sheet {
    pub(super) fn new(page: Page) -> Self {
        Self {
            page,
            out: String::new(),
        }
    }

    /// What has been laid out.
    pub(super) fn finish(self) -> String {
        self.out
    }

    pub(super) fn heading(&mut self, text: &str) {
        _ = writeln!(self.out, "{}", self.page.style.paint(Role::Strong, text));
    }

    /// A name and its value. Without a name, the value goes on with the row before.
    pub(super) fn row(&mut self, name: &str, value: impl fmt::Display) {
        self.rows(name, &value.to_string(), None);
    }

    /// The same in the colour of a role.
    pub(super) fn painted(&mut self, role: Role, name: &str, value: impl fmt::Display) {
        self.rows(name, &value.to_string(), Some(role));
    }

    /// A heading over columns of numbers.
    pub(super) fn columns(&mut self, text: &str, names: &[&str]) {
        let names: String = names
            .iter()
            .map(|name| format!("{name:>NUMBER$}"))
            .collect();
        self.heading(&format!("{text:<0$}{names}", VALUE - 2));
    }

    /// A name and short values of our own, one in each column.
    pub(super) fn numbers(&mut self, name: &str, values: &[String]) {
        let column = VALUE - 4;
        let name = self.page.style.paint(Role::Faint, name);
        let values: String = values
            .iter()
            .map(|value| format!("{value:>NUMBER$}"))
            .collect();
        _ = writeln!(self.out, "  {name:<column$}{values}");
    }

    /// A line of any length that goes on indented.
    pub(super) fn text(&mut self, text: &str) {
        let mut indent = 2;
        for part in text_width::wrap(&sanitize::line(text), self.page.width.saturating_sub(4)) {
            _ = writeln!(self.out, "{:indent$}{part}", "");
            indent = 4;
        }
    }

    fn rows(&mut self, name: &str, value: &str, role: Option<Role>) {
        let style = self.page.style;
        let mut name = style.paint(Role::Faint, name);
        let column = VALUE - 4;
        for part in text_width::wrap(&sanitize::line(value), self.page.room()) {
            _ = write!(self.out, "  {name:<column$}  ");
            _ = match role {
                Some(role) => writeln!(self.out, "{}", style.paint(role, part)),
                None => writeln!(self.out, "{part}"),
            };
            name = style.paint(Role::Faint, "");
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A page without colours.
    pub(in crate::interactive) fn page(width: usize) -> Page {
        Page {
            style: Style { colored: false },
            width,
            blocks: Blocks::Unicode,
        }
    }

    #[test]
    fn a_long_value_goes_on_below_itself() {
        let mut sheet = Sheet::new(page(32));
        sheet.row("name", "one two three four");
        sheet.row("", "five");
        let column = " ".repeat(VALUE);
        assert_eq!(
            sheet.finish(),
            format!("  name            one two three\n{column}four\n{column}five\n")
        );
    }

    #[test]
    fn a_value_cannot_steer_the_terminal_and_stays_one_row() {
        let mut sheet = Sheet::new(page(80));
        sheet.row("a", "\u{1b}[2J\n\u{202e}");
        sheet.text("b\u{7}");
        let shown = sheet.finish();
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{7}']), "{shown}");
    }

    #[test]
    fn on_the_narrowest_terminal_a_value_still_has_room() {
        assert_eq!(page(5).room(), NARROWEST);
    }
}
