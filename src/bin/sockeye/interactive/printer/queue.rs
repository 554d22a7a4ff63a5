//! What waits to be shown.

use std::collections::VecDeque;

/// Lines that are shown in one go are cut into blocks of about this size.
const BLOCK: usize = 16 << 10;
/// Painting more than this can be stopped.
const LONG: usize = 4 << 10;

/// Jobs in the order in which they were given.
#[derive(Debug, Default)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
    /// How many bytes have not been shown.
    bytes: usize,
    /// How many marks are ends of lines.
    line_ends: usize,
    /// How many times something was printed.
    prints: u64,
    /// How many bytes the user does not want to see.
    stopped: usize,
}

#[derive(Debug)]
enum Job {
    Show {
        text: String,
        /// How much has been shown.
        shown: usize,
        print: u64,
        /// Whether Ctrl-C stops it if it is long.
        may_stop: bool,
    },
    Mark(Mark),
}

/// What comes between lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// The editor has finished a line.
    LineEnd,
    /// The screen is to be empty.
    Clear,
    /// Another program gets the terminal.
    Hold,
    /// The program ends.
    Settle,
}

/// What is next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Text(String),
    Mark(Mark),
}

impl Queue {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty() && self.stopped == 0
    }

    pub(super) fn push(&mut self, lines: String, may_stop: bool) {
        self.bytes += lines.len();
        self.prints += 1;
        let print = self.prints;
        let job = |text| Job::Show {
            text,
            shown: 0,
            print,
            may_stop,
        };
        if lines.len() > BLOCK {
            // Each has memory of its own: cut in place, it would keep the room of all after it.
            self.jobs.extend(blocks(&lines).map(job));
        } else if !lines.is_empty() {
            self.jobs.push_back(job(lines));
        }
    }

    /// How many lines have been finished and not been reached.
    pub(super) fn line_ends(&self) -> usize {
        self.line_ends
    }

    pub(super) fn push_mark(&mut self, mark: Mark) {
        self.line_ends += usize::from(mark == Mark::LineEnd);
        self.jobs.push_back(Job::Mark(mark));
    }

    /// The mark that stands first, if one does.
    pub(super) fn mark(&self) -> Option<Mark> {
        match self.jobs.front() {
            Some(Job::Mark(mark)) => Some(*mark),
            _ => None,
        }
    }

    /// Takes the mark that stands first, or at most so many bytes of text. A line that is longer is
    /// cut only if it `may_cut` it.
    pub(super) fn take(&mut self, most: usize, may_cut: bool) -> Option<Next> {
        match self.jobs.front_mut()? {
            Job::Mark(mark) => {
                let mark = *mark;
                self.line_ends -= usize::from(mark == Mark::LineEnd);
                self.jobs.pop_front();
                Some(Next::Mark(mark))
            }
            Job::Show { text, shown, .. } => {
                let rest = &text[*shown..];
                let end = end_of_piece(rest, most, may_cut)?;
                let piece = rest[..end].to_owned();
                *shown += piece.len();
                let is_over = *shown == text.len();
                self.bytes -= piece.len();
                if is_over {
                    self.jobs.pop_front();
                }
                Some(Next::Text(piece))
            }
        }
    }

    /// Throws away what is being shown if that is long. Tells whether it was.
    pub(super) fn stop(&mut self) -> bool {
        let Some(&Job::Show {
            print: shown,
            may_stop: true,
            ..
        }) = self.jobs.front()
        else {
            return false;
        };
        let of = |job: &Job| match job {
            Job::Show {
                text,
                shown: begun,
                print,
                ..
            } if *print == shown => text.len() - begun,
            _ => 0,
        };
        let rest: usize = self.jobs.iter().map(of).sum();
        if rest <= LONG {
            return false;
        }
        self.jobs.retain(|job| of(job) == 0);
        self.bytes -= rest;
        self.stopped += rest;
        true
    }

    /// How much was thrown away since the last call.
    pub(super) fn take_stopped(&mut self) -> usize {
        std::mem::take(&mut self.stopped)
    }
}

/// Whole lines if there are any, else whole characters.
fn end_of_piece(text: &str, most: usize, may_cut: bool) -> Option<usize> {
    if text.len() <= most {
        return Some(text.len());
    }
    let most = text.floor_char_boundary(most);
    memchr::memrchr(b'\n', &text.as_bytes()[..most])
        .map(|at| at + 1)
        .or_else(|| may_cut.then_some(most))
}

/// Whole lines, about [`BLOCK`] at a time.
fn blocks(mut lines: &str) -> impl Iterator<Item = String> {
    std::iter::from_fn(move || {
        let end = if lines.len() > BLOCK {
            end_of_line(lines, BLOCK)
        } else {
            lines.len()
        };
        let (block, rest) = lines.split_at(end);
        lines = rest;
        (!block.is_empty()).then(|| block.to_owned())
    })
}

/// Where a line ends: the last one before `most`, else the first one after.
fn end_of_line(lines: &str, most: usize) -> usize {
    let bytes = lines.as_bytes();
    memchr::memrchr(b'\n', &bytes[..most])
        .or_else(|| memchr::memchr(b'\n', &bytes[most..]).map(|at| most + at))
        .map_or(lines.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(next: Option<Next>) -> String {
        match next {
            Some(Next::Text(text)) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    #[test]
    fn a_block_ends_with_a_line() {
        assert_eq!(end_of_line("ab\ncd\nef\n", 5), 3);
        assert_eq!(end_of_line("abcdef\ngh\n", 3), 7);
        assert_eq!(end_of_line("abcdef", 3), 6);
    }

    #[test]
    fn blocks_have_no_more_memory_than_they_need() {
        let mut queue = Queue::default();
        queue.push("x\n".repeat(BLOCK), true);
        assert_eq!(queue.bytes(), 2 * BLOCK);
        for job in &queue.jobs {
            let Job::Show { text, .. } = job else {
                panic!("a mark");
            };
            assert!(text.ends_with('\n') && text.capacity() <= BLOCK);
        }
    }

    #[test]
    fn pieces_are_lines_or_else_characters_and_marks_keep_their_place() {
        let mut queue = Queue::default();
        queue.push("ab\ncd\nefghi\n".to_owned(), true);
        queue.push_mark(Mark::LineEnd);
        queue.push("漢字\n".to_owned(), true);
        assert_eq!(text(queue.take(7, true)), "ab\ncd\n");
        assert_eq!(queue.take(4, false), None);
        assert_eq!(text(queue.take(4, true)), "efgh");
        assert_eq!(text(queue.take(4, true)), "i\n");
        assert_eq!(queue.mark(), Some(Mark::LineEnd));
        assert_eq!(queue.take(4, true), Some(Next::Mark(Mark::LineEnd)));
        assert_eq!(text(queue.take(5, true)), "漢");
        assert_eq!(text(queue.take(5, true)), "字\n");
        assert!(queue.is_empty() && queue.bytes() == 0);
    }

    #[test]
    fn only_what_is_being_shown_is_stopped_and_only_when_it_is_long() {
        let mut queue = Queue::default();
        queue.push("short\n".to_owned(), true);
        queue.push("x".repeat(3 * BLOCK), true);
        queue.push("after\n".to_owned(), true);
        assert!(!queue.stop());
        assert_eq!(text(queue.take(100, true)), "short\n");
        assert_eq!(text(queue.take(100, true)).len(), 100);
        assert!(queue.stop());
        assert_eq!(queue.take_stopped(), 3 * BLOCK - 100);
        assert_eq!(queue.bytes(), 6);
        assert_eq!(text(queue.take(100, true)), "after\n");
        assert!(!queue.stop());
        queue.push("event\n".repeat(BLOCK), false);
        assert!(!queue.stop(), "others follow it");
    }
}
