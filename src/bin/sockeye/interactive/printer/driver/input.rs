//! From the terminal to the editor.

use super::Driver;
use crate::interactive::printer::NOT_UTF_8;
use crate::interactive::printer::keyboard::Input;
use crate::interactive::terminal;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Signal, getpid, kill_process};
use std::sync::atomic::Ordering;
use std::time::Instant;

impl Driver {
    pub(super) fn read_keys(&mut self) {
        let now = Instant::now();
        let mut inputs = Vec::new();
        if self.keyboard.deadline().is_past(now) {
            inputs = self.keyboard.give_up();
        }
        let mut bytes = [0; 4 << 10];
        while self.may_read() && self.has_keys() {
            match self.terminal.read(&mut bytes) {
                Err(error) if terminal::is_for_later(&error) => break,
                Ok(0) | Err(_) => self.hang_up(),
                Ok(length) => {
                    inputs.extend(self.keyboard.take(&bytes[..length], now));
                    if length < bytes.len() {
                        break;
                    }
                }
            }
        }
        for input in inputs {
            self.hear(input);
        }
    }

    /// Whether reading does not wait.
    fn has_keys(&self) -> bool {
        let mut fds = [PollFd::from_borrowed_fd(
            self.terminal.input(),
            PollFlags::IN,
        )];
        let now = Timespec::default();
        poll(&mut fds, Some(&now)).is_ok_and(|ready| ready > 0)
    }

    /// The terminal has gone: the editor's input ends.
    fn hang_up(&mut self) {
        self.is_gone = true;
        self.editing = None;
    }

    fn hear(&mut self, input: Input) {
        match input {
            Input::Keys(keys) => self.keys.extend(keys),
            Input::Interrupt => self.interrupt(),
            Input::Paste(bytes) => self.paste(bytes),
            Input::Invalid(bytes) => {
                let text = self.decoded(bytes);
                self.keys.extend(text.into_bytes());
            }
        }
    }

    /// Ctrl-C stops what is being painted. Otherwise it is a key if a line is being typed, and
    /// else the signal that it would be without an editor, which forgets what was typed ahead.
    fn interrupt(&mut self) {
        if self.shared.stop() {
            return;
        }
        if self.shared.is_asked() {
            self.keys.push_back(0x03);
        } else {
            self.keys.clear();
            _ = kill_process(getpid(), Signal::INT);
        }
    }

    fn paste(&mut self, bytes: Vec<u8>) {
        let text = self.decoded(bytes);
        if let Some(editing) = &self.editing {
            editing.pastes.push(text);
            self.keys.extend(b"\x1b[200~");
        }
    }

    pub(super) fn pass_keys(&mut self) {
        while !self.keys.is_empty() {
            let Some(editing) = &self.editing else {
                return self.keys.clear();
            };
            match editing.master.write(self.keys.as_slices().0) {
                Ok(0) => return,
                Ok(passed) => _ = self.keys.drain(..passed),
                Err(_) => self.keys.clear(),
            }
        }
    }

    /// The text of these bytes, with [`NOT_UTF_8`] for each byte of none.
    fn decoded(&self, bytes: Vec<u8>) -> String {
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => return text,
            Err(error) => error.into_bytes(),
        };
        self.shared.has_invalid.store(true, Ordering::Relaxed);
        let mut text = String::with_capacity(bytes.len() + 8);
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| NOT_UTF_8));
        }
        text
    }
}
