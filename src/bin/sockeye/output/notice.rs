//! What the program does by itself, a line each on standard error.

use super::sanitize;
use super::style::{Role, Style};
use std::io::{self, Write};

/// Tells, unless it is to be quiet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notices {
    /// Colours on standard error.
    pub(crate) style: Style,
    /// Says nothing.
    pub(crate) quiet: bool,
    /// The cursor may stand behind a line that tells how far it is.
    pub(crate) over_progress: bool,
}

impl Notices {
    /// One line.
    pub(crate) fn tell(self, text: &str) {
        if !self.quiet {
            let erase = if self.over_progress { "\r\x1b[K" } else { "" };
            let line = format!("{erase}{}", self.line(text));
            // Nobody is left to tell when standard error is gone.
            _ = io::stderr().write_all(line.as_bytes());
        }
    }

    /// The line, whoever shows it.
    pub(crate) fn line(self, text: &str) -> String {
        let text = sanitize::line(text);
        format!("{}\n", self.style.paint(Role::Faint, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_words_cannot_steer_the_terminal() {
        let style = Style { colored: false };
        let notices = Notices {
            style,
            quiet: false,
            over_progress: false,
        };
        assert!(!notices.line("a\u{1b}[2J").contains('\u{1b}'));
    }
}
