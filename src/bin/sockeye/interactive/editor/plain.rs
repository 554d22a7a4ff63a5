//! Lines without an editor: the terminal's own, for screen readers and dumb terminals.

use super::is_unfinished;
use crate::interactive::completion::CompletionSource;
use crate::interactive::printer::TerminalPrinter;
use crate::interactive::ui_event::UiEvent;
use crate::output::style::{Role, Style};
use sockeye::io_reason;
use std::io::{self, BufRead};
use std::sync::mpsc::{Receiver, Sender};

/// A terminal that edits lines itself has room for so many bytes, the newline among them, and
/// forgets the rest (Linux: `N_TTY_BUF_SIZE`).
const CUT: usize = 4096;

/// Reads a line each time it is asked to.
pub(super) struct Plain {
    pub(super) completion: CompletionSource,
    pub(super) printer: TerminalPrinter,
    pub(super) style: Style,
}

/// What one look at the terminal brings.
#[derive(Debug, PartialEq, Eq)]
enum Read {
    Line(String),
    /// One that Ctrl-D ended.
    Last(String),
    /// Nothing to send; this is why.
    Nothing(String),
    End,
    /// The terminal cannot be read; this is why.
    Failed(String),
}

impl Plain {
    pub(super) fn read_lines(&self, asked: &Receiver<()>, sender: &Sender<UiEvent>) {
        self.completion.history.load();
        let mut has_ended = false;
        while asked.recv().is_ok() {
            let ui_event = loop {
                if has_ended {
                    break UiEvent::EndOfInput;
                }
                match self.read(io::stdin().lock()) {
                    Read::Line(line) => break UiEvent::Line(line),
                    Read::Last(line) => {
                        // Where it ended, the terminal is still in that line.
                        self.printer.print("\n".to_owned());
                        has_ended = true;
                        break UiEvent::Line(line);
                    }
                    Read::Nothing(why) => self.printer.complain(self.style, &why),
                    Read::End => break UiEvent::EndOfInput.of_unread(&self.printer),
                    Read::Failed(reason) => {
                        break UiEvent::Unreadable(reason).of_unread(&self.printer);
                    }
                }
            };
            if let UiEvent::Line(line) = &ui_event {
                self.completion.remember(line);
            }
            if sender.send(ui_event).is_err() {
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
                Err(error) => return Read::Failed(io_reason(&error)),
            };
            match (length, text.is_empty()) {
                (0, true) => return Read::End,
                (0, false) => return Read::Nothing("the unfinished JSON is forgotten".to_owned()),
                (CUT, _) => {
                    return Read::Nothing(
                        "the terminal has cut this line at 4095 bytes, so it was not sent; \
                         /text @FILE and /edit send longer ones"
                            .to_owned(),
                    );
                }
                _ => {}
            }
            let line = match String::from_utf8(line) {
                Ok(line) => line,
                Err(error) => return invalid(text.len() + error.utf8_error().valid_up_to()),
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
                self.printer.print(format!("{remark}\n"));
            }
            text.push('\n');
        }
    }
}

fn invalid(offset: usize) -> Read {
    Read::Nothing(format!(
        "SyntaxError: this line is not valid UTF-8 at byte {offset}; it was not sent"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactive::blocking::Blocking;
    use crate::interactive::completion::CompletionIndex;
    use crate::interactive::history::{History, Place};

    fn read(input: impl BufRead) -> Read {
        let style = Style { colored: false };
        let printer = TerminalPrinter::start();
        let plain = Plain {
            completion: CompletionSource {
                history: History::new(Place::Nowhere, "ws://h/", &printer, style),
                typed: CompletionIndex::default(),
                received: CompletionIndex::default(),
                lookup: Blocking::default(),
            },
            printer,
            style,
        };
        plain.read(input)
    }

    #[test]
    fn a_line_is_a_line_and_unfinished_json_goes_on() {
        let read = |input: &'static [u8]| read(input);
        assert_eq!(read(b"a b\nc\n"), Read::Line("a b".to_owned()));
        assert_eq!(read(b"\nc\n"), Read::Line(String::new()));
        assert_eq!(read(b"{\n\n}\nx"), Read::Line("{\n\n}".to_owned()));
        assert_eq!(read(b"end"), Read::Last("end".to_owned()));
        assert_eq!(read(b""), Read::End);
    }

    #[test]
    fn a_byte_that_is_not_utf_8_has_its_offset_in_the_message() {
        for (input, offset) in [(&b"ab\xff\n"[..], 2), (b"[1,\n\xc3\n", 4)] {
            assert_eq!(read(input), invalid(offset));
        }
    }

    #[test]
    fn a_terminal_that_cannot_be_read_is_not_the_end_of_input() {
        struct Broken;
        impl io::Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let failed = read(io::BufReader::new(Broken));
        assert_eq!(failed, Read::Failed("broken".to_owned()));
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
