//! What is shown in one go, and what is folded away because it is too much.

use crate::output::size::{Count, counted};
use crate::output::text_width;
use std::collections::VecDeque;

/// So many lines may be shown at once after a quiet time.
pub(super) const BURST: usize = 500;

/// Messages, control frames and traces that have come since the last frame, and after them the
/// changes of state. Keeps no more than can be shown.
#[derive(Debug, Default)]
pub(super) struct RenderBatch {
    recent: VecDeque<Item>,
    folded: Folded,
    /// Lines of what is never folded; they end the frame.
    tail: String,
    bytes: usize,
}

/// One thing that may be folded away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// The message with this number in the entries.
    Message(u64),
    /// The control frame with this number.
    Control(u64),
    /// Lines about the wire.
    Trace(String),
}

/// How many were folded away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) messages: u64,
    pub(super) controls: u64,
    pub(super) traces: u64,
}

impl Folded {
    pub(super) fn add(&mut self, item: &Item) {
        match item {
            Item::Message(_) => self.messages += 1,
            Item::Control(_) => self.controls += 1,
            Item::Trace(_) => self.traces += 1,
        }
    }

    /// One line of plain text, if there is anything to tell; `so_far`: messages, these included.
    pub(super) fn line(self, so_far: u64) -> Option<String> {
        let mut kinds = Vec::new();
        for (count, noun, kind) in [
            (self.messages, "message", ""),
            (self.controls, "control frame", ""),
            (self.traces, "line", " of -v"),
        ] {
            if count > 0 {
                kinds.push(counted(count, noun) + kind);
            }
        }
        if kinds.is_empty() {
            return None;
        }
        let before = if so_far > self.messages {
            format!(" ({} so far)", Count(so_far))
        } else {
            String::new()
        };
        let more = if self.messages > 0 {
            "; /last 100 shows the newest"
        } else {
            ""
        };
        Some(format!("… {} folded away{before}{more}", kinds.join(", ")))
    }
}

impl RenderBatch {
    /// Takes one thing that came; `bytes` of it.
    pub(super) fn push(&mut self, item: Item, bytes: usize) {
        if self.recent.len() == BURST
            && let Some(oldest) = self.recent.pop_front()
        {
            self.folded.add(&oldest);
        }
        self.recent.push_back(item);
        self.bytes += bytes;
    }

    /// Where lines go that are never folded.
    pub(super) fn tail(&mut self) -> &mut String {
        &mut self.tail
    }

    /// Whether it ends with a change of state, which waits for nothing.
    pub(super) fn has_tail(&self) -> bool {
        !self.tail.is_empty()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.recent.is_empty() && self.tail.is_empty()
    }

    /// How many bytes came.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Ends the frame: the newest things that make at most so many `rows` (one in any case), each
    /// as `lines` writes it, how many were folded away before them, and the tail. `lines` leaves
    /// out what is no longer there.
    pub(super) fn take(
        &mut self,
        rows: usize,
        width: usize,
        mut lines: impl FnMut(&Item) -> Option<String>,
    ) -> Shown {
        let mut folded = std::mem::take(&mut self.folded);
        // Each has one line at least, so no more than these are written at all.
        while self.recent.len() > rows.max(1) {
            self.recent
                .pop_front()
                .iter()
                .for_each(|item| folded.add(item));
        }
        let mut written = Vec::new();
        for item in self.recent.drain(..) {
            match lines(&item) {
                Some(lines) => written.push((item, lines)),
                None => folded.add(&item),
            }
        }
        let mut used = 0;
        let mut first = written.len();
        for (_, lines) in written.iter().rev() {
            let next = used + text_width::rows(lines, width);
            if next > rows && first < written.len() {
                break;
            }
            used = next;
            first -= 1;
        }
        let (hidden, shown) = written.split_at(first);
        hidden.iter().for_each(|(item, _)| folded.add(item));
        self.bytes = 0;
        Shown {
            folded,
            lines: shown.iter().map(|(_, lines)| lines.as_str()).collect(),
            tail: std::mem::take(&mut self.tail),
            rows: used,
        }
    }
}

/// A frame as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) folded: Folded,
    pub(super) lines: String,
    pub(super) tail: String,
    /// What the lines take of the window, about.
    pub(super) rows: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(messages: u64) -> RenderBatch {
        let mut batch = RenderBatch::default();
        for number in 0..messages {
            batch.push(Item::Message(number), 1);
        }
        batch
    }

    fn number(item: &Item) -> Option<String> {
        match item {
            Item::Message(number) => Some(format!("< {number}\n")),
            _ => Some("other\n".to_owned()),
        }
    }

    #[test]
    fn what_has_room_is_shown_in_order_and_nothing_folded() {
        let shown = batch(3).take(3, 80, number);
        assert_eq!((shown.lines.as_str(), shown.rows), ("< 0\n< 1\n< 2\n", 3));
        assert_eq!(shown.folded.line(0), None);
    }

    #[test]
    fn the_newest_are_shown_and_the_rest_counted() {
        let mut batch = batch(100_000);
        let shown = batch.take(2, 80, number);
        assert_eq!(shown.lines, "< 99998\n< 99999\n");
        assert_eq!(shown.folded.messages, 99_998);
        assert!(batch.is_empty());
    }

    #[test]
    fn only_what_may_be_shown_is_written() {
        let mut written = 0;
        batch(100_000).take(7, 80, |item| {
            written += 1;
            number(item)
        });
        assert_eq!(written, 7);
    }

    #[test]
    fn a_message_of_many_rows_takes_their_room_and_the_newest_is_shown_in_any_case() {
        let long = |_: &Item| Some(format!("{}\n", "x".repeat(100)));
        let shown = batch(5).take(4, 50, long);
        assert_eq!((shown.rows, shown.folded.messages), (4, 3));
        let shown = batch(5).take(1, 10, long);
        assert_eq!((shown.rows, shown.folded.messages), (10, 4));
    }

    #[test]
    fn colours_take_no_room() {
        let colored = |_: &Item| Some(format!("\x1b[1;34m{}\x1b[0m\n", "x".repeat(10)));
        let shown = batch(5).take(5, 10, colored);
        assert_eq!((shown.rows, shown.folded.messages), (5, 0));
    }

    #[test]
    fn what_is_no_longer_held_counts_as_folded() {
        let shown = batch(3).take(5, 80, |item| number(item).filter(|line| line != "< 0\n"));
        assert_eq!(
            (shown.lines.as_str(), shown.folded.messages),
            ("< 1\n< 2\n", 1)
        );
    }

    #[test]
    fn changes_of_state_come_last_and_are_never_folded() {
        let mut batch = batch(10);
        batch.tail().push_str("CLOSED\n");
        let shown = batch.take(1, 80, number);
        assert_eq!(
            (shown.tail.as_str(), shown.folded.messages),
            ("CLOSED\n", 9)
        );
    }

    #[test]
    fn the_line_counts_each_kind() {
        let mut folded = Folded {
            messages: 4812,
            controls: 0,
            traces: 0,
        };
        assert_eq!(
            folded.line(4812).as_deref(),
            Some("… 4,812 messages folded away; /last 100 shows the newest")
        );
        folded.controls = 1;
        let line = folded.line(96_240).expect("a line");
        assert!(line.starts_with("… 4,812 messages, 1 control frame folded away (96,240 so far)"));
    }
}
