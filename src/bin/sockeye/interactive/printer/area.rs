//! What the line editor has painted: the prompt, the line, the hint, a list of completions.
//!
//! A model of a terminal keeps it, so that it can be taken off the screen and painted again at any
//! moment, whatever the editor is waiting for.

use rustix::termios::Winsize;
use std::fmt::Write;
use std::num::NonZeroU16;
use vt100::{Cell, Color};

/// The editor writes this before its own prompt.
pub(in crate::interactive) const PROMPT: &str = "\x1b[7700z";
/// It writes this before another prompt, such as that of a search.
pub(in crate::interactive) const OTHER_PROMPT: &str = "\x1b[7701z";
/// The line is finished. Written after the newline that follows it.
pub(super) const END: &str = "\x1b[7702z";

/// No sequence that the editor writes is longer.
const LONGEST: usize = 32;

/// What the editor has painted since the last line was finished.
pub(super) struct Area {
    model: vt100::Parser,
    /// The beginning of an escape sequence or a character.
    rest: Vec<u8>,
    /// How many rows the editor has gone down since its last prompt.
    height: u16,
    prompt: Option<Prompt>,
}

/// Whose prompt there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompt {
    Own,
    Other,
}

/// What the editor does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Paint(Vec<u8>),
    Prompt(Prompt),
    End,
}

impl Area {
    pub(super) fn new(size: Winsize) -> Self {
        let (rows, columns) = dimensions(size);
        Self {
            model: vt100::Parser::new(rows, columns, 0),
            rest: Vec::new(),
            height: 1,
            prompt: None,
        }
    }

    pub(super) fn resize(&mut self, size: Winsize) {
        let (rows, columns) = dimensions(size);
        self.model.screen_mut().set_size(rows, columns);
    }

    /// Whose prompt there is, if a line is being typed.
    pub(super) fn prompt(&self) -> Option<Prompt> {
        self.prompt
    }

    /// The row of the cursor.
    pub(super) fn cursor_row(&self) -> u16 {
        self.model.screen().cursor_position().0
    }

    /// The row of the cursor after the window has got this size. Many terminals wrap lines anew
    /// then, and others do not: the upper row, so that nothing above the area is taken for it.
    pub(super) fn cursor_row_in(&self, size: Winsize) -> u16 {
        let columns = dimensions(size).1.get();
        let screen = self.model.screen();
        let (cursor_row, cursor_column) = screen.cursor_position();
        let (mut row, mut offset) = (0, 0);
        for above in 0..cursor_row {
            offset += self.used_columns(above);
            if !self.goes_on(above) {
                row += offset.div_ceil(columns).max(1);
                offset = 0;
            }
        }
        cursor_row.min(row + (offset + cursor_column) / columns)
    }

    /// What the editor has written, in whole sequences and characters.
    pub(super) fn steps(&mut self, written: &[u8]) -> Vec<Step> {
        self.rest.extend(written);
        let whole = whole(&self.rest);
        let rest = self.rest.split_off(whole);
        let written = std::mem::replace(&mut self.rest, rest);
        let mut steps = Vec::new();
        let mut from = 0;
        for at in memchr::memmem::find_iter(&written, "\x1b[770") {
            let (marker, step) = match written[at..].get(..END.len()) {
                Some(marker) if marker == PROMPT.as_bytes() => (marker, Step::Prompt(Prompt::Own)),
                Some(marker) if marker == OTHER_PROMPT.as_bytes() => {
                    (marker, Step::Prompt(Prompt::Other))
                }
                Some(marker) if marker == END.as_bytes() => (marker, Step::End),
                _ => continue,
            };
            if from < at {
                steps.push(Step::Paint(written[from..at].to_vec()));
            }
            steps.push(step);
            from = at + marker.len();
        }
        if from < written.len() {
            steps.push(Step::Paint(written[from..].to_vec()));
        }
        steps
    }

    pub(super) fn paint(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.model.process(line);
            self.height = self.height.max(self.cursor_row() + 1);
        }
    }

    /// A prompt begins here. What is above it is no longer the editor's: gives it, as lines.
    pub(super) fn begin_prompt(&mut self, prompt: Prompt) -> String {
        self.prompt = Some(prompt);
        self.height = 1;
        let row = self.cursor_row();
        let above = self.lines(row);
        if row > 0 {
            self.model.process(format!("\x1b[H\x1b[{row}M").as_bytes());
        }
        above
    }

    /// The line is finished, and the editor has nothing on the screen: gives what it had.
    pub(super) fn end_line(&mut self) -> String {
        self.prompt = None;
        self.height = 1;
        let had = self.lines(self.rows().min(self.cursor_row()));
        self.model.process(b"\x1b[m\x1b[H\x1b[J");
        had
    }

    /// Whether there is nothing.
    pub(super) fn is_blank(&self) -> bool {
        self.prompt.is_none()
            && self.rows() == 1
            && self.used_columns(0) == 0
            && self.model.screen().cursor_position() == (0, 0)
    }

    /// Paints everything from the left edge of an empty row on, the cursor included.
    pub(super) fn painting(&self) -> String {
        let rows = self.rows();
        let mut painting = String::new();
        for row in 0..rows {
            self.push_row(row, &mut painting);
            if row + 1 < rows && !self.goes_on(row) {
                painting.push_str("\r\n");
            }
        }
        let (row, column) = self.model.screen().cursor_position();
        painting.push('\r');
        push_move(&mut painting, rows - 1, row, column);
        painting.push_str(&self.model.screen().attributes_formatted());
        painting
    }

    /// Moves the cursor from this row to the last one, where it stays.
    pub(super) fn leaving(&self, cursor_row: u16) -> String {
        let mut leaving = String::new();
        let (_, column) = self.model.screen().cursor_position();
        push_move(&mut leaving, cursor_row, self.rows() - 1, 0);
        if self.rows() - 1 > cursor_row || column == 0 {
            leaving.push('\r');
        }
        leaving
    }

    /// Paints the prompt anew in its place. None when it is there, or when it is not known where
    /// its place is.
    pub(super) fn repaint_prompt(&mut self, plain: &str, painted: &str) -> Option<String> {
        let (row, column) = self.model.screen().cursor_position();
        let pen = self.model.screen().attributes_formatted();
        if self.prompt != Some(Prompt::Own) || self.rows() >= self.model.screen().size().0.get() {
            return None;
        }
        let columns = self.model.screen().size().1.get();
        let first_row = self.model.screen().rows(0, columns).next();
        if first_row.is_some_and(|first_row| first_row.starts_with(plain.trim_end())) {
            return None;
        }
        let mut painting = String::from("\r");
        push_move(&mut painting, row, 0, 0);
        painting.push_str(painted);
        self.model.process(painting.as_bytes());
        let mut back = String::from("\r");
        push_move(&mut back, self.cursor_row(), row, column);
        back.push_str(&pen);
        self.model.process(back.as_bytes());
        painting.push_str(&back);
        Some(painting)
    }

    /// The first rows, a newline after each.
    fn lines(&self, rows: u16) -> String {
        let mut lines = String::new();
        for row in 0..rows {
            self.push_row(row, &mut lines);
            if !self.model.screen().row_wrapped(row) || row + 1 == rows {
                lines.push('\n');
            }
        }
        lines
    }

    /// How many rows the editor has: it may go to each of them without making room.
    fn rows(&self) -> u16 {
        let (rows, columns) = self.model.screen().size();
        let last = (0..rows.get())
            .rev()
            .find(|row| self.used_columns(*row) > 0);
        let painted = last.map_or(1, |last| {
            // After a full row the editor makes the next one itself.
            last + 1 + u16::from(self.used_columns(last) == columns.get())
        });
        painted
            .max(self.cursor_row() + 1)
            .max(self.height)
            .min(rows.get())
    }

    /// Whether what follows this full row comes into the next one by itself. A wide character may
    /// have left one column free.
    fn goes_on(&self, row: u16) -> bool {
        let screen = self.model.screen();
        let had_no_room = || screen.cell(row + 1, 0).is_some_and(Cell::is_wide);
        self.used_columns(row) + 1 >= screen.size().1.get()
            && (screen.row_wrapped(row) || had_no_room())
    }

    fn used_columns(&self, row: u16) -> u16 {
        let columns = self.model.screen().size().1.get();
        let is_used = |column: &u16| {
            let cell = self.model.screen().cell(row, *column);
            cell.is_some_and(|cell| cell.has_contents() || cell.is_wide_continuation())
        };
        (0..columns)
            .rev()
            .find(is_used)
            .map_or(0, |column| column + 1)
    }

    fn push_row(&self, row: u16, painting: &mut String) {
        let mut last = Look::default();
        for column in 0..self.used_columns(row) {
            let Some(cell) = self.model.screen().cell(row, column) else {
                break;
            };
            if cell.is_wide_continuation() {
                continue;
            }
            let look = Look::of(cell);
            if look != last {
                look.push(painting);
                last = look;
            }
            if cell.has_contents() {
                painting.push_str(cell.contents());
            } else {
                painting.push(' ');
            }
        }
        if last != Look::default() {
            painting.push_str("\x1b[m");
        }
    }
}

/// Takes the area off the screen, the cursor on this row of it. The cursor is at its beginning.
pub(super) fn erasing(cursor_row: u16) -> String {
    let mut erasing = String::from("\r");
    push_move(&mut erasing, cursor_row, 0, 0);
    erasing.push_str("\x1b[J");
    erasing
}

/// Moves the cursor from the left edge of one row to another place.
fn push_move(painting: &mut String, from: u16, row: u16, column: u16) {
    // Writing to a String cannot fail.
    _ = match from.cmp(&row) {
        std::cmp::Ordering::Greater => write!(painting, "\x1b[{}A", from - row),
        std::cmp::Ordering::Less => write!(painting, "\x1b[{}B", row - from),
        std::cmp::Ordering::Equal => Ok(()),
    };
    if column > 0 {
        _ = write!(painting, "\x1b[{column}C");
    }
}

/// How a character is shown.
#[derive(Default, PartialEq)]
struct Look {
    foreground: Color,
    background: Color,
    /// Bold, dim, italic, underlined, inverse.
    modes: [bool; 5],
}

impl Look {
    fn of(cell: &Cell) -> Self {
        Self {
            foreground: cell.fgcolor(),
            background: cell.bgcolor(),
            modes: [
                cell.bold(),
                cell.dim(),
                cell.italic(),
                cell.underline(),
                cell.inverse(),
            ],
        }
    }

    /// "Select graphic rendition" (ECMA-48 §8.3.117).
    fn push(&self, painting: &mut String) {
        painting.push_str("\x1b[0");
        for (is_on, parameter) in self.modes.iter().zip([1, 2, 3, 4, 7]) {
            if *is_on {
                _ = write!(painting, ";{parameter}");
            }
        }
        push_color(38, self.foreground, painting);
        push_color(48, self.background, painting);
        painting.push('m');
    }
}

fn push_color(plane: u8, color: Color, painting: &mut String) {
    _ = match color {
        Color::Default => Ok(()),
        Color::Idx(color @ 0..8) => write!(painting, ";{}", plane - 8 + color),
        Color::Idx(color) => write!(painting, ";{plane};5;{color}"),
        Color::Rgb(red, green, blue) => write!(painting, ";{plane};2;{red};{green};{blue}"),
    };
}

/// Where the sequence or character begins that is not complete, else the length.
fn whole(bytes: &[u8]) -> usize {
    let near = bytes.len().saturating_sub(LONGEST);
    if let Some(at) = memchr::memrchr(b'\x1b', &bytes[near..]).map(|at| near + at) {
        let is_whole = match bytes[at + 1..] {
            [] => false,
            [b'[', ref rest @ ..] => rest.iter().any(|byte| matches!(byte, 0x40..=0x7e)),
            _ => true,
        };
        if !is_whole {
            return at;
        }
    }
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

/// As the editor counts where the terminal does not tell. The model cannot be smaller than this.
fn dimensions(size: Winsize) -> (NonZeroU16, NonZeroU16) {
    let or = |count: u16, default: u16| {
        let count = if count == 0 { default } else { count };
        NonZeroU16::new(count).unwrap_or(NonZeroU16::MIN)
    };
    (or(size.ws_row, 24), or(size.ws_col, 80))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Winsize = Winsize {
        ws_row: 6,
        ws_col: 10,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };

    fn area(painted: &str) -> Area {
        let mut area = Area::new(SIZE);
        for step in area.steps(painted.as_bytes()) {
            match step {
                Step::Paint(bytes) => area.paint(&bytes),
                Step::Prompt(prompt) => _ = area.begin_prompt(prompt),
                Step::End => _ = area.end_line(),
            }
        }
        area
    }

    /// The rows and the cursor of a terminal that has got these bytes.
    fn shown(bytes: &str) -> (String, (u16, u16)) {
        shown_in(SIZE, bytes)
    }

    fn shown_in(size: Winsize, bytes: &str) -> (String, (u16, u16)) {
        let (rows, columns) = dimensions(size);
        let mut terminal = vt100::Parser::new(rows, columns, 0);
        terminal.process(bytes.replace('\n', "\r\n").as_bytes());
        let screen = terminal.screen();
        (screen.contents(), screen.cursor_position())
    }

    #[test]
    fn in_another_window_the_cursor_is_where_its_text_may_be_wrapped_to() {
        for (painted, columns, row) in [
            ("open> abcdefghijklmnopqrst", 20, 1),
            ("open> abcdefghijklmnopqrst", 40, 0),
            ("open> abcdefghijklmnopqrst", 5, 2),
            ("open> ab\r\nabcdefghijkl", 20, 1),
            ("open> \u{6f22}x\u{6f22}\u{6f22}", 30, 0),
        ] {
            let size = Winsize {
                ws_col: columns,
                ..SIZE
            };
            let mut area = area(&format!("{PROMPT}{painted}"));
            assert_eq!(area.cursor_row_in(size), row, "{painted} {columns}");
            let before = area.cursor_row();
            area.resize(size);
            let (_, cursor) = shown_in(size, &area.painting());
            assert_eq!(cursor.0, before, "{painted} {columns}");
        }
    }

    #[test]
    fn what_was_painted_is_painted_again_with_its_cursor() {
        for painted in [
            "\x1b[32mopen> \x1b[mab\x1b[2mc\x1b[m\x1b[2D",
            "open> abcdefghij\r\x1b[A\x1b[3C",
            "open> 漢字漢字\r",
            "open> abcd\r\n\x1b[A\x1b[6C",
            "open> a\r\nb\r\n\x1b[2A\x1b[6C",
            "open> a\tb",
        ] {
            let area = area(&format!("{PROMPT}{painted}"));
            let again = area.painting();
            assert_eq!(shown(&again), shown(painted), "{painted:?} as {again:?}");
            // As if it had been painted at the bottom.
            let bottom = format!("\r\n\n\n\n\n{again}");
            let erased = format!("{bottom}{}x", erasing(area.cursor_row()));
            assert_eq!(shown(&erased).0.trim_end().lines().last(), Some("x"));
        }
    }

    #[test]
    fn a_finished_line_and_what_is_above_a_prompt_are_no_longer_the_editors() {
        let mut area = area(&format!("{PROMPT}> a\r\none two\r\n"));
        assert_eq!(area.begin_prompt(Prompt::Own), "> a\none two\n");
        area.paint(b"> a\r\n");
        assert_eq!(area.prompt(), Some(Prompt::Own));
        assert_eq!(area.end_line(), "> a\n");
        assert!(area.is_blank());
        assert_eq!(area.prompt(), None);
    }

    #[test]
    fn the_prompt_is_painted_anew_in_its_place() {
        let mut area = area(&format!("{PROMPT}open> abcdefghij"));
        let before = "open> abcdefghij".to_owned();
        assert_eq!(area.repaint_prompt("open> ", "open> "), None);
        let painting = area.repaint_prompt("shut> ", "\x1b[31mshut> \x1b[m");
        let painting = painting.expect("a place");
        let after = shown(&format!("{before}{painting}"));
        assert_eq!(after, shown("shut> abcdefghij"));
        assert_eq!(shown(&area.painting()), after);
        _ = area.begin_prompt(Prompt::Other);
        assert_eq!(area.repaint_prompt("open> ", "open> "), None);
    }

    #[test]
    fn steps_are_the_same_however_the_bytes_are_cut() {
        let written = format!("a\x1b[2K漢{PROMPT}b\x1b[m\r\n{END}");
        let whole = area("").steps(written.as_bytes());
        assert_eq!(whole.len(), 4);
        for cut in 0..written.len() {
            let mut area = area("");
            let mut joined = Vec::new();
            for part in [&written.as_bytes()[..cut], &written.as_bytes()[cut..]] {
                for step in area.steps(part) {
                    match (joined.last_mut(), step) {
                        (Some(Step::Paint(before)), Step::Paint(more)) => before.extend(more),
                        (_, step) => joined.push(step),
                    }
                }
            }
            assert_eq!(joined, whole, "cut at {cut}");
        }
    }
}
