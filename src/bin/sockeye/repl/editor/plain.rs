//! Lines without an editor: the terminal's own, for screen readers and dumb terminals.

use super::is_unfinished;
use crate::output::style::{Role, Style};
use crate::repl::Happening;
use crate::repl::completion::Known;
use crate::repl::screen::Screen;
use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, Sender};

/// A terminal that edits lines itself has room for so many bytes, the newline among them, and
/// forgets the rest (Linux: `N_TTY_BUF_SIZE`).
const CUT: usize = 4096;

/// Reads a line each time it is asked to.
pub(super) struct Plain {
    pub(super) known: Known,
    pub(super) screen: Screen,
    pub(super) style: Style,
}

/// What one look at the terminal brings.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Line(String),
    /// One that Ctrl-D ended.
    Last(String),
    /// Nothing to send; this is why.
    Nothing(&'static str),
    End,
}

impl Plain {
    pub(super) fn read_lines(&self, asked: &Receiver<()>, sender: &Sender<Happening>) {
        self.known.history.load();
        let mut has_ended = false;
        while asked.recv().is_ok() {
            let happening = loop {
                if has_ended {
                    break Happening::EndOfInput;
                }
                match self.read(io::stdin().lock()) {
                    Read::Line(line) => break Happening::Line(line),
                    Read::Last(line) => {
                        // Where it ended, the terminal is still in that line.
                        self.screen.print("\n".to_owned());
                        has_ended = true;
                        break Happening::Line(line);
                    }
                    Read::Nothing(why) => self.screen.complain(self.style, why),
                    Read::End => break Happening::EndOfInput,
                }
            };
            if let Happening::Line(line) = &happening {
                self.known.remember(line);
            }
            if sender.send(happening).is_err() {
                return;
            }
        }
    }

    /// One line, or more for a JSON text that goes on.
    fn read(&self, mut input: impl BufRead) -> Read {
        let mut text = String::new();
        loop {
            let mut line = Vec::new();
            let length = match input.read_until(b'\n', &mut line) {
                Ok(length) => length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return Read::End,
            };
            match (length, text.is_empty()) {
                (0, true) => return Read::End,
                (0, false) => return Read::Nothing("the unfinished JSON is forgotten"),
                (CUT, _) => {
                    return Read::Nothing(
                        "the terminal has cut this line at 4095 bytes, so it was not sent; \
                         /text @FILE and /edit send longer ones",
                    );
                }
                _ => {}
            }
            let Ok(line) = String::from_utf8(line) else {
                return Read::Nothing("SyntaxError: this line is not valid UTF-8; it was not sent");
            };
            let Some(line) = line.strip_suffix('\n') else {
                text.push_str(&line);
                return Read::Last(text);
            };
            text.push_str(line);
            if !is_unfinished(&text) {
                return Read::Line(text);
            }
            if !text.contains('\n') {
                let remark = "unfinished JSON goes on in the next line; Ctrl-D forgets it";
                let remark = self.style.paint(Role::Faint, remark);
                self.screen.print(format!("{remark}\n"));
            }
            text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repl::blocking::Blocking;
    use crate::repl::history::{History, Place};
    use crate::repl::vocabulary::Vocabulary;

    fn read(input: &[u8]) -> Read {
        let style = Style { colored: false };
        let screen = Screen::start();
        let plain = Plain {
            known: Known {
                history: History::new(Place::Nowhere, "ws://h/", &screen, style),
                typed: Vocabulary::default(),
                received: Vocabulary::default(),
                lookup: Blocking::default(),
            },
            screen,
            style,
        };
        plain.read(input)
    }

    #[test]
    fn a_line_is_a_line_and_unfinished_json_goes_on() {
        assert_eq!(read(b"a b\nc\n"), Read::Line("a b".to_owned()));
        assert_eq!(read(b"\nc\n"), Read::Line(String::new()));
        assert_eq!(read(b"{\n\n}\nx"), Read::Line("{\n\n}".to_owned()));
        assert_eq!(read(b"end"), Read::Last("end".to_owned()));
        assert_eq!(read(b""), Read::End);
    }

    #[test]
    fn what_cannot_be_sent_whole_is_not_sent() {
        let cut = [vec![b'x'; CUT - 1], vec![b'\n']].concat();
        for input in [&b"{\n"[..], b"\xff\n", &cut] {
            assert!(matches!(read(input), Read::Nothing(_)));
        }
        assert!(matches!(read(&cut[1..]), Read::Line(_)));
    }
}
