//! Payloads on standard output, in big blocks: as they are, or made harmless for a terminal.

use super::hex::Dump;
use super::sanitize;
use super::style::Style;
use super::timestamp::Timestamp;
use rustix::event::{PollFd, PollFlags, poll};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::SystemTime;

/// A buffer of this size makes a system call cost little per message.
const BLOCK: usize = 128 << 10;

/// Binary for a person.
const DUMP: Dump = Dump {
    limit: usize::MAX,
    width: 80,
    style: Style { colored: false },
};

/// Writes messages and what separates them; what is buffered goes out with [`Writer::flush`].
#[derive(Debug)]
pub(crate) struct Writer<W> {
    sink: W,
    buffer: Vec<u8>,
    form: Form,
}

/// How payloads are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// What follows each text message.
    pub(crate) separator: u8,
    /// A person looks at it: what would steer the terminal is escaped, binary is a hex dump.
    pub(crate) for_terminal: bool,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(sink: W, form: Form) -> Self {
        Self {
            sink,
            buffer: Vec::with_capacity(BLOCK),
            form,
        }
    }

    /// A text message and the separator.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        if self.form.for_terminal {
            self.bytes(sanitize::text(text).as_bytes())?;
        } else {
            self.bytes(text.as_bytes())?;
        }
        self.buffer.push(self.form.separator);
        Ok(())
    }

    /// A time, a space, and then as [`Writer::text`].
    pub(crate) fn stamped(&mut self, time: SystemTime, text: &str) -> io::Result<()> {
        self.bytes(format!("{} ", Timestamp(time)).as_bytes())?;
        self.text(text)
    }

    /// A binary message, with nothing added.
    #[inline]
    pub(crate) fn binary(&mut self, payload: &[u8]) -> io::Result<()> {
        if self.form.for_terminal {
            let mut lines = String::new();
            DUMP.push(payload, &mut lines);
            self.bytes(lines.as_bytes())
        } else {
            self.bytes(payload)
        }
    }

    #[inline]
    fn bytes(&mut self, payload: &[u8]) -> io::Result<()> {
        // One place stays free for the separator.
        if self.buffer.len() + payload.len() >= BLOCK {
            self.flush()?;
            if payload.len() >= BLOCK / 2 {
                return self.sink.write_all(payload);
            }
        }
        self.buffer.extend_from_slice(payload);
        Ok(())
    }

    /// Hands over what is buffered.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let written = self.sink.write_all(&self.buffer);
        self.buffer.clear();
        written
    }
}

/// Standard output without the line buffer of the standard library.
#[derive(Debug)]
pub(crate) struct Stdout(File);

impl Stdout {
    /// Its own handle to standard output.
    pub(crate) fn new() -> io::Result<Self> {
        let handle = io::stdout().as_fd().try_clone_to_owned()?;
        widen(&handle);
        Ok(Self(File::from(handle)))
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                // Somebody who shares our standard output has made it non-blocking.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None)?;
                }
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Makes a pipe hold several blocks, so that its two ends need not take turns for each. What is no
/// pipe, or may not grow, stays as it is.
#[cfg(target_os = "linux")]
fn widen(handle: &OwnedFd) {
    _ = rustix::pipe::fcntl_setpipe_size(handle, 8 * BLOCK);
}

#[cfg(not(target_os = "linux"))]
fn widen(_: &OwnedFd) {}

/// Writes all of a text that the program made itself: completions, the manual page.
pub(crate) fn print(text: &[u8]) -> anyhow::Result<()> {
    Ok(Stdout::new()?.write_all(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps every write apart.
    #[derive(Debug, Default)]
    struct Writes(Vec<Vec<u8>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const LINES: Form = Form {
        separator: b'\n',
        for_terminal: false,
    };

    #[test]
    fn a_terminal_gets_nothing_that_steers_it() {
        let form = Form {
            for_terminal: true,
            ..LINES
        };
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, form);
        writer.text("\u{1b}[2J").expect("kept");
        writer.binary(b"\x1b[2J").expect("kept");
        writer.flush().expect("written");
        let out = String::from_utf8(out).expect("text");
        assert!(
            out.starts_with("\\x1b[2J\n  00000000  1b 5b 32 4a "),
            "{out}"
        );
        assert!(!out.contains('\u{1b}'), "{out}");
    }

    #[test]
    fn a_pipe_gets_every_byte_untouched() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out, LINES);
        writer.text("\u{1b}[2J\u{202e}").expect("kept");
        writer.flush().expect("written");
        assert_eq!(out, "\u{1b}[2J\u{202e}\n".as_bytes());
    }

    #[test]
    fn small_messages_go_out_together() {
        let mut writer = Writer::new(Writes::default(), LINES);
        writer.text("a").expect("kept");
        writer.text("").expect("kept");
        writer.binary(b"bc").expect("kept");
        writer.flush().expect("written");
        assert_eq!(writer.sink.0, [b"a\n\nbc"]);
    }

    #[test]
    fn a_large_message_is_written_from_where_it_lies_and_in_order() {
        let large = "x".repeat(BLOCK);
        let form = Form {
            separator: b'\0',
            ..LINES
        };
        let mut writer = Writer::new(Writes::default(), form);
        writer.text("before").expect("kept");
        writer.text(&large).expect("written");
        writer.text("after").expect("kept");
        writer.flush().expect("written");
        assert_eq!(
            writer.sink.0,
            [
                b"before\0".to_vec(),
                large.into_bytes(),
                b"\0after\0".to_vec()
            ]
        );
    }

    #[test]
    fn the_buffer_never_grows_past_its_block() {
        let mut writer = Writer::new(io::sink(), LINES);
        for length in 0..3000 {
            writer.text(&"x".repeat(length)).expect("written");
            assert!(writer.buffer.len() <= BLOCK && writer.buffer.capacity() == BLOCK);
        }
    }
}
