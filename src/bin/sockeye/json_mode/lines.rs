//! Input cut into lines, as it comes.

use crate::transfer::poll_through_signals;
use memchr::memchr;
use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use std::io;
use std::os::fd::AsFd;

/// How much is read at once.
const BLOCK: usize = 64 << 10;
/// A buffer that grew larger than this for one line is not kept.
const KEPT: usize = 1 << 20;
/// A line has to be whole in memory, so there is a bound: that of a message received, unless
/// `--max-message` says otherwise.
const LONGEST: usize = 128 << 20;
/// So much of a line that is too long is looked at.
const BEGINNING: usize = 1 << 10;

/// A line, without what ends it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// As it came.
    Whole(&'a [u8]),
    /// It is skipped.
    TooLong {
        /// What it begins with.
        beginning: Vec<u8>,
        /// It was longer than this many bytes.
        most: usize,
    },
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct Lines<S> {
    source: S,
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to here there is no newline.
    searched: usize,
    longest: usize,
    /// What comes up to the next newline belongs to a line that was too long.
    skipping: bool,
    ended: bool,
}

impl<S: AsFd> Lines<S> {
    pub(super) fn new(source: S) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            longest: LONGEST,
            skipping: false,
            ended: false,
        }
    }

    /// The next line; waits for it. None at the end of input; a last line needs no newline.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        loop {
            if let Some(offset) = memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.start..self.searched + offset;
                self.start = line.end + 1;
                self.searched = self.start;
                if std::mem::take(&mut self.skipping) {
                    continue;
                }
                return Ok(Some(Line::Whole(&self.buffer[line])));
            }
            self.searched = self.buffer.len();
            if self.searched - self.start > self.longest {
                let beginning = self.buffer[self.start..][..BEGINNING.min(self.longest)].to_vec();
                self.drop_begun();
                if !std::mem::replace(&mut self.skipping, true) {
                    let most = self.longest;
                    return Ok(Some(Line::TooLong { beginning, most }));
                }
            }
            if self.ended {
                return Ok(self.last());
            }
            self.read()?;
        }
    }

    fn last(&mut self) -> Option<Line<'_>> {
        let line = self.start..self.buffer.len();
        self.start = line.end;
        (!line.is_empty() && !self.skipping).then(|| Line::Whole(&self.buffer[line]))
    }

    fn drop_begun(&mut self) {
        self.buffer = Vec::new();
        self.start = 0;
        self.searched = 0;
    }

    fn read(&mut self) -> io::Result<()> {
        self.make_room();
        match rustix::io::read(&self.source, spare_capacity(&mut self.buffer)) {
            Ok(0) => self.ended = true,
            Ok(_) | Err(Errno::INTR) => {}
            // Somebody who shares our standard input has made it non-blocking.
            Err(Errno::AGAIN) => {
                poll_through_signals(&mut [PollFd::new(&self.source, PollFlags::IN)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Moves what is left of the buffer to its front and makes room behind it.
    fn make_room(&mut self) {
        let begun = self.buffer.len() - self.start;
        if begun == 0 && self.buffer.capacity() > KEPT {
            self.buffer = Vec::new();
        } else if self.start > 0 {
            self.buffer.drain(..self.start);
        }
        self.start = 0;
        self.searched = begun;
        if self.buffer.capacity() - begun < BLOCK {
            self.buffer.reserve(BLOCK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::thread;

    /// The lines of what comes in these pieces; none for one that was too long.
    fn lines(pieces: &[&str], longest: usize) -> Vec<Option<String>> {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        let writing = thread::spawn(move || {
            for piece in pieces {
                writer.write_all(piece.as_bytes()).expect("written");
            }
        });
        let mut lines = Lines::new(reader);
        lines.longest = longest;
        let mut found = Vec::new();
        while let Some(line) = lines.next().expect("read") {
            found.push(match line {
                Line::Whole(line) => Some(String::from_utf8_lossy(line).into_owned()),
                Line::TooLong { .. } => None,
            });
        }
        writing.join().expect("all written");
        found
    }

    fn some(lines: &[&str]) -> Vec<Option<String>> {
        lines.iter().map(|line| Some(line.to_string())).collect()
    }

    #[test]
    fn lines_come_whole_however_they_were_written() {
        assert_eq!(
            lines(&["a\n", "b", "c\n\nd"], 99),
            some(&["a", "bc", "", "d"])
        );
        let long = "x".repeat(3 * BLOCK);
        assert_eq!(lines(&[&long, "\ny\n"], LONGEST), some(&[&long, "y"]));
    }

    #[test]
    fn nothing_has_no_lines() {
        assert_eq!(lines(&[], 99), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_once_and_skipped() {
        let long = "x".repeat(5 * BLOCK);
        let found = lines(&["a\n", &long, "\nb\n"], BLOCK);
        assert_eq!(found, [some(&["a"]), vec![None], some(&["b"])].concat());
    }

    #[test]
    fn the_rest_of_a_long_line_at_the_end_is_no_line() {
        assert_eq!(lines(&[&"x".repeat(3 * BLOCK)], BLOCK), [None]);
    }
}
