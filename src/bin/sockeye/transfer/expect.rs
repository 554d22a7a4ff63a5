//! What is waited for (`--expect`, `--expect-json`), and what came instead.

use super::Wait;
use crate::matcher::Matcher;
use crate::output::size::Bytes;
use crate::output::text_width;
use std::collections::VecDeque;
use std::fmt;
use std::io::PipeWriter;
use std::time::{Duration, Instant};

/// How many of the last messages are kept for the report.
const KEPT: usize = 5;
/// How many characters of each.
const SHOWN: usize = 200;

/// One thing that a message can be or not be.
#[derive(Debug, Clone)]
pub(crate) struct Expectation {
    /// As it was typed, to name it.
    typed: String,
    matcher: Matcher,
}

impl Expectation {
    /// A message that matches a regular expression somewhere.
    ///
    /// # Errors
    /// One line that says what is wrong with the expression.
    pub(crate) fn regex(typed: &str) -> Result<Self, String> {
        Ok(Self {
            typed: typed.to_owned(),
            matcher: Matcher::regex(typed)?,
        })
    }

    /// A JSON message with a value at a place: `/status="ok"`.
    ///
    /// # Errors
    /// One line that says what would be right.
    pub(crate) fn json(typed: &str) -> Result<Self, String> {
        Ok(Self {
            typed: typed.to_owned(),
            matcher: Matcher::json(typed)?,
        })
    }

    fn is_met_by(&self, message: &[u8]) -> bool {
        self.matcher.matches(message)
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.matcher {
            Matcher::Regex(_) => write!(f, "--expect '{}'", self.typed),
            Matcher::Json { .. } => write!(f, "--expect-json '{}'", self.typed),
        }
    }
}

/// The wait for the messages expected: each meets one at most, in order.
#[derive(Debug)]
pub(super) struct Vigil {
    expectations: Vec<Expectation>,
    /// How many are met.
    met: usize,
    /// How many messages have to come in any case.
    count: u64,
    /// How many came.
    came: u64,
    timeout: Wait,
    deadline: Option<Instant>,
    is_late: bool,
    /// Dropped when there is nothing left to wait for.
    fulfilled: Option<PipeWriter>,
    last: VecDeque<String>,
}

impl Vigil {
    /// `fulfilled` is dropped once every expectation is met and `count` messages have come.
    pub(super) fn new(
        expectations: Vec<Expectation>,
        count: u64,
        timeout: Wait,
        fulfilled: PipeWriter,
    ) -> Self {
        Self {
            expectations,
            met: 0,
            count,
            came: 0,
            timeout,
            deadline: None,
            is_late: false,
            fulfilled: Some(fulfilled),
            last: VecDeque::new(),
        }
    }

    /// The connection is open: the time runs.
    pub(super) fn begin(&mut self, now: Instant) {
        if let Wait::For(time) = self.timeout {
            self.deadline = now.checked_add(time);
        }
    }

    /// When the time is up; none when nothing is waited for.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Nothing counts any more.
    pub(super) fn give_up(&mut self) {
        self.is_late = true;
        self.deadline = None;
    }

    /// Whether nothing is waited for any more, met or not.
    pub(super) fn is_over(&self) -> bool {
        self.is_late || self.fulfilled.is_none()
    }

    /// Takes one message; tells whether it was the last to be waited for.
    pub(super) fn hear(&mut self, message: &[u8], is_text: bool) -> bool {
        if self.is_over() {
            return false;
        }
        self.came += 1;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(excerpt(message, is_text));
        let next = self.expectations.get(self.met);
        self.met += usize::from(next.is_some_and(|next| next.is_met_by(message)));
        let is_fulfilled = self.met == self.expectations.len() && self.came >= self.count;
        if is_fulfilled {
            self.deadline = None;
            self.fulfilled = None;
        }
        is_fulfilled
    }

    /// How it went.
    pub(super) fn outcome(&self) -> Result<(), Unmet> {
        let Some(expectation) = self.expectations.get(self.met) else {
            return Ok(());
        };
        Err(Unmet {
            expectation: expectation.to_string(),
            number: self.met + 1,
            of: self.expectations.len(),
            time: match self.timeout {
                Wait::For(time) if self.is_late => Some(time),
                _ => None,
            },
            came: self.came,
            last: self.last.iter().cloned().collect(),
        })
    }
}

/// An expectation that no message met, and what there was instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unmet {
    expectation: String,
    number: usize,
    of: usize,
    /// The time that ran out; none when the connection ended first.
    pub(super) time: Option<Duration>,
    came: u64,
    last: Vec<String>,
}

impl Unmet {
    /// What came last, one message a line, as the peer sent it: to be made harmless.
    pub(crate) fn last_messages(&self) -> (String, &[String]) {
        let heading = match (self.came, self.last.len() as u64) {
            (0, _) => "no message came".to_owned(),
            (1, _) => "the message that came:".to_owned(),
            (came, kept) if came == kept => format!("the {came} messages that came:"),
            (came, kept) => format!("the last {kept} of {came} messages that came:"),
        };
        (heading, &self.last)
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no message met {}", self.expectation)?;
        if self.of > 1 {
            write!(f, " (expectation {} of {})", self.number, self.of)?;
        }
        match self.time {
            Some(time) => write!(f, " within {} s", time.as_secs_f64()),
            None => Ok(()),
        }
    }
}

/// The beginning of a message, and its size when that is not all.
fn excerpt(message: &[u8], is_text: bool) -> String {
    let size = Bytes(message.len() as u64);
    // No character has more than four bytes.
    let head = &message[..message.len().min(4 * SHOWN)];
    let text = match std::str::from_utf8(head) {
        _ if !is_text => head.escape_ascii().to_string(),
        Ok(text) => text.to_owned(),
        Err(cut) => String::from_utf8_lossy(&head[..cut.valid_up_to()]).into_owned(),
    };
    let mut shown = text_width::prefix(&text, SHOWN).to_owned();
    if shown.len() < text.len() || head.len() < message.len() {
        shown.push_str(&format!("… ({size})"));
    }
    if is_text {
        shown
    } else {
        format!("binary, {size}: {shown}")
    }
}

#[cfg(test)]
mod tests;
