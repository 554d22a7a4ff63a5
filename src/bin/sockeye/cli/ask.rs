//! Asking for a password on the terminal, which does not show it.

use crate::failure::Failure;
use crate::signals::EndSignal;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// No password is longer, in bytes.
const MOST: usize = 4096;

const INTERRUPT: u8 = 0x03;
const END_OF_INPUT: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const KILL_LINE: u8 = 0x15;
const DELETE: u8 = 0x7f;

/// Asks on the terminal that the program was started from, whatever the standard streams are.
/// `instead` is what would be right where there is none.
pub(super) fn password(question: &str, instead: &str) -> Result<String, Failure> {
    password_at(Path::new("/dev/tty"), question, instead)
}

fn password_at(terminal: &Path, question: &str, instead: &str) -> Result<String, Failure> {
    let opened = File::options().read(true).write(true).open(terminal);
    let no_terminal = |_| {
        Failure::Usage(format!(
            "there is no terminal to ask on ({question}): {instead}"
        ))
    };
    let terminal = &opened.map_err(no_terminal)?;
    let silence = Silence::on(terminal).map_err(no_terminal)?;
    let failed = |error| Failure::Input(format!("cannot ask on the terminal: {error}"));
    write!(&mut &*terminal, "{question}: ").map_err(failed)?;
    let typed = read_line(&mut &*terminal);
    writeln!(&mut &*terminal).map_err(failed)?;
    drop(silence);
    let typed = typed
        .map_err(failed)?
        .ok_or(Failure::Interrupted(EndSignal::Interrupt))?;
    String::from_utf8(typed)
        .map_err(|_| Failure::Input("what was typed is not valid UTF-8".to_owned()))
}

/// What is typed up to Enter; none after Ctrl-C, and after Ctrl-D on an empty line. One byte at a
/// time: what is typed beyond Enter is for somebody else.
fn read_line(terminal: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut byte = [0];
    loop {
        terminal.read_exact(&mut byte)?;
        match byte[0] {
            b'\r' | b'\n' => return Ok(Some(line)),
            INTERRUPT => return Ok(None),
            END_OF_INPUT => return Ok((!line.is_empty()).then_some(line)),
            BACKSPACE | DELETE => remove_character(&mut line),
            KILL_LINE => line.clear(),
            byte if line.len() < MOST => line.push(byte),
            _ => {}
        }
    }
}

fn remove_character(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

/// A terminal that shows nothing of what is typed and hands over each key. Dropping it puts the
/// terminal back as it was.
struct Silence<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Silence<'t> {
    fn on(terminal: &'t File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut silent = before.clone();
        // Without ISIG, Ctrl-C comes as a key, and cannot end the program in this state.
        let shown = LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        silent.local_modes.remove(shown);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(terminal, OptionalActions::Now, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        // A terminal that has gone needs no modes.
        _ = tcsetattr(self.terminal, OptionalActions::Drain, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[u8]) -> Option<String> {
        let line = read_line(&mut &*keys).expect("an end of the line");
        line.map(|line| String::from_utf8(line).expect("text"))
    }

    #[test]
    fn a_line_can_be_edited() {
        assert_eq!(typed(b"secret\r").as_deref(), Some("secret"));
        assert_eq!(
            typed("sé\x7fecret\x08t\n".as_bytes()).as_deref(),
            Some("secret")
        );
        assert_eq!(typed(b"\x7f\x7fwrong\x15right\r").as_deref(), Some("right"));
        assert_eq!(typed(b"\r").as_deref(), Some(""));
    }

    #[test]
    fn nothing_beyond_the_line_is_taken() {
        let mut keys = &b"one\rtwo\r"[..];
        read_line(&mut keys).expect("a line");
        assert_eq!(keys, b"two\r");
    }

    #[test]
    fn control_c_and_an_early_control_d_give_up() {
        assert_eq!(typed(b"sec\x03"), None);
        assert_eq!(typed(b"\x04"), None);
        assert_eq!(typed(b"secret\x04").as_deref(), Some("secret"));
    }

    #[test]
    fn without_a_terminal_it_says_what_would_be_right() {
        for path in ["/nowhere/tty", "/dev/null"] {
            let refused = password_at(Path::new(path), "Password of me", "-u me:PASSWORD");
            let message = refused.expect_err("no terminal").to_string();
            assert!(
                message.contains("no terminal") && message.contains("-u me:"),
                "{message}"
            );
        }
    }
}
