//! Asking for a password on the terminal, which does not show it.
//!
//! The terminal is put back however the question ends. Signals that end the program are caught
//! while it is asked. The keys that stop or abort a program are read as keys, so that the terminal
//! is as it was while the shell has it.

use crate::failure::Failure;
use crate::signals::{self, EndSignal};
use crate::transfer::poll_through_signals;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use signal_hook::SigId;
use signal_hook::consts::SIGCONT;
use signal_hook::low_level::{pipe, unregister};
use sockeye::io_reason;
use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::path::Path;

/// No password is longer, in bytes.
const MOST: usize = 4096;

const END_OF_INPUT: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const KILL_LINE: u8 = 0x15;
const DELETE: u8 = 0x7f;

/// What no key sends (`_POSIX_VDISABLE`).
const NO_KEY: u8 = if cfg!(any(target_os = "linux", target_os = "android")) {
    0
} else {
    0xff
};

/// A terminal that goes away ends the input, and the signal that says so may come a little later.
const SIGNAL_DELAY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

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
    let failed =
        |error| Failure::Input(format!("cannot ask on the terminal: {}", io_reason(&error)));
    let terminal = &opened.map_err(no_terminal)?;
    let before = tcgetattr(terminal).map_err(|error| no_terminal(error.into()))?;
    // Caught first: none of them finds the terminal silent and ends the program.
    let caught = Caught::new().map_err(failed)?;
    let silence = Silence { terminal, before };
    let asked = ask(&silence, &caught, question);
    // A terminal that has gone shows nothing.
    _ = writeln!(&mut &*terminal);
    drop(silence);
    let typed = asked.map_err(failed)?.map_err(Failure::Interrupted)?;
    String::from_utf8(typed)
        .map_err(|_| Failure::Input("what was typed is not valid UTF-8".to_owned()))
}

/// What is typed, or the signal that came instead. Ctrl-D on an empty line counts as Ctrl-C.
fn ask(
    silence: &Silence<'_>,
    caught: &Caught,
    question: &str,
) -> io::Result<Result<Vec<u8>, EndSignal>> {
    let mut terminal = silence.terminal;
    let key = |index| Some(silence.before.special_codes[index]).filter(|key| *key != NO_KEY);
    let (suspend, abort) = (key(SpecialCodeIndex::VSUSP), key(SpecialCodeIndex::VQUIT));
    let mut line = Vec::new();
    loop {
        silence.begin()?;
        // Over the question that stands there, if one does.
        write!(terminal, "\r{question}: ")?;
        line.clear();
        loop {
            let key = match caught.wait_beside(terminal)? {
                Heard::Signal(signal) => return Ok(Err(signal)),
                Heard::Continued => break,
                Heard::Key(key) => key,
            };
            if Some(key) == suspend {
                silence.leave_to(Signal::TSTP);
                break;
            }
            if Some(key) == abort {
                silence.leave_to(Signal::QUIT);
                break;
            }
            match edit(&mut line, key) {
                Edited::More => {}
                Edited::Done => return Ok(Ok(line)),
                Edited::GivenUp => return Ok(Err(EndSignal::Interrupt)),
            }
        }
    }
}

/// What a key made of the line.
#[derive(Debug, PartialEq, Eq)]
enum Edited {
    More,
    Done,
    GivenUp,
}

fn edit(line: &mut Vec<u8>, key: u8) -> Edited {
    match key {
        b'\r' | b'\n' => return Edited::Done,
        END_OF_INPUT if line.is_empty() => return Edited::GivenUp,
        END_OF_INPUT => return Edited::Done,
        BACKSPACE | DELETE => remove_character(line),
        KILL_LINE => line.clear(),
        key if line.len() < MOST => line.push(key),
        _ => {}
    }
    Edited::More
}

fn remove_character(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

/// A terminal that shows nothing of what is typed and hands over each key. Dropping it puts the
/// terminal back as it was, without waiting for one that does not read.
struct Silence<'t> {
    terminal: &'t File,
    before: Termios,
}

impl Silence<'_> {
    /// From the background this stops the program, until it is in the foreground.
    fn begin(&self) -> io::Result<()> {
        let mut silent = self.before.clone();
        let shown = LocalModes::ECHO | LocalModes::ICANON | LocalModes::IEXTEN;
        silent.local_modes.remove(shown);
        silent.special_codes[SpecialCodeIndex::VSUSP] = NO_KEY;
        silent.special_codes[SpecialCodeIndex::VQUIT] = NO_KEY;
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(self.terminal, OptionalActions::Now, &silent)?)
    }

    fn end(&self) {
        // A terminal that has gone needs no modes.
        _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }

    /// Gives the terminal back and does to the job what the key means; comes back if it goes on.
    fn leave_to(&self, signal: Signal) {
        self.end();
        // Its own process group is always there.
        _ = kill_current_process_group(signal);
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        self.end();
    }
}

/// What comes while a question is asked.
enum Heard {
    Key(u8),
    Signal(EndSignal),
    /// The program was stopped and goes on: the terminal may have other settings.
    Continued,
}

/// The signals that are caught, each with what becomes readable when it comes.
struct Caught(Vec<(i32, PipeReader, SigId)>);

impl Caught {
    fn new() -> io::Result<Self> {
        let mut caught = Self(Vec::new());
        for number in signals::heeded().into_iter().chain([SIGCONT]) {
            let (reader, writer) = io::pipe()?;
            let id = pipe::register(number, writer)?;
            caught.0.push((number, reader, id));
        }
        Ok(caught)
    }

    /// Waits for a key or a signal. One byte at a time: what is typed beyond Enter is for somebody
    /// else.
    fn wait_beside(&self, mut terminal: &File) -> io::Result<Heard> {
        let key = PollFd::new(terminal, PollFlags::IN);
        if let Some(heard) = self.poll(vec![key], None)? {
            return Ok(heard);
        }
        let mut byte = [0];
        match terminal.read_exact(&mut byte) {
            Ok(()) => Ok(Heard::Key(byte[0])),
            Err(error) => match self.poll(Vec::new(), Some(&SIGNAL_DELAY))? {
                Some(heard) => Ok(heard),
                None => Err(error),
            },
        }
    }

    /// The signal that has come when one of these or a signal has, or when the time is up.
    fn poll<'f>(
        &'f self,
        mut fds: Vec<PollFd<'f>>,
        timeout: Option<&Timespec>,
    ) -> io::Result<Option<Heard>> {
        let others = fds.len();
        let signals = self.0.iter();
        fds.extend(signals.map(|(_, came, _)| PollFd::new(came, PollFlags::IN)));
        poll_through_signals(&mut fds, timeout)?;
        let came = fds[others..].iter().position(|fd| !fd.revents().is_empty());
        let Some((number, reader, _)) = came.and_then(|place| self.0.get(place)) else {
            return Ok(None);
        };
        let mut reader = reader;
        reader.read_exact(&mut [0])?;
        Ok(Some(match EndSignal::from_number(*number) {
            Some(signal) => Heard::Signal(signal),
            None => Heard::Continued,
        }))
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        for (_, _, id) in &self.0 {
            unregister(*id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the keys type; none when they give up.
    fn typed(keys: &[u8]) -> Option<String> {
        let mut line = Vec::new();
        let ends = keys.iter().map(|key| edit(&mut line, *key));
        let end = ends.filter(|end| *end != Edited::More).last();
        (end? == Edited::Done).then(|| String::from_utf8(line).expect("text"))
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
    fn control_d_gives_up_only_on_an_empty_line() {
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
