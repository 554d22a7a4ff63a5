//! Events as lines for a person at a terminal.

mod abnormal;
mod body;
mod clock;
mod looks;

pub(crate) use looks::Looks;

use super::size::Span;
use super::style::{Role, Style};
use super::{certificate, pings, redirect, refusal, sanitize, text_width};
use crate::advice::{self, InUse};
use crate::failure::Closed;
use crate::tls::{error_in_words, summaries};
use abnormal::Course;
use body::Body;
use clock::Clock;
use sockeye::CloseCode;
use sockeye::io_reason;
use sockeye::{CloseEvent, Data, Event, Handshake, Message, ReadyState};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

/// Turns events into lines. Writing to a `String` cannot fail, so results are let go.
#[derive(Debug)]
pub(crate) struct Human {
    style: Style,
    quiet: bool,
    looks: Looks,
    clock: Clock,
    /// The head of an answer has been shown before its error comes.
    head_shown: bool,
    /// What may pass is tried again, so that there is nothing to advise.
    tries_again: bool,
    /// What is not to be recommended.
    in_use: InUse,
    since: Instant,
    course: Course,
}

impl Human {
    /// `quiet` leaves out all but messages and errors.
    pub(crate) fn new(style: Style, quiet: bool) -> Self {
        Self {
            style,
            quiet,
            looks: Looks::default(),
            clock: Clock::default(),
            head_shown: false,
            tries_again: false,
            in_use: InUse::NONE,
            since: Instant::now(),
            course: Course::default(),
        }
    }

    /// From now on messages look like this.
    pub(crate) fn set_looks(&mut self, looks: Looks) {
        self.looks = looks;
    }

    /// Whether what may pass is tried again.
    pub(crate) fn set_tries_again(&mut self, tries_again: bool) {
        self.tries_again = tries_again;
    }

    /// What is in use, and not to be recommended.
    pub(crate) fn set_in_use(&mut self, in_use: InUse) {
        self.in_use = in_use;
    }

    /// Leaves the heads of answers to somebody else.
    pub(crate) fn without_heads(mut self) -> Self {
        self.head_shown = true;
        self
    }

    /// A connection to `url` begins.
    pub(crate) fn begin(&mut self, url: &str, out: &mut String) {
        self.since = Instant::now();
        self.course = Course::default();
        self.state_line(ReadyState::Connecting, &sanitize::line(url), out);
    }

    /// Adds the lines of one event.
    pub(crate) fn event(&mut self, event: &Event<'_>, out: &mut String) {
        match event {
            Event::ReadyState(ReadyState::Closing) => {
                let detail = format!("after {}", Span(self.since.elapsed()));
                self.state_line(ReadyState::Closing, &detail, out);
                self.since = Instant::now();
            }
            Event::Connecting(_) => self.redirected(event, out),
            Event::Open(handshake) => self.open(handshake, out),
            Event::Message(message) => self.message(Role::Received, message, out),
            Event::Error(error) => {
                self.course.failed(error);
                self.error(error, out);
            }
            Event::Close(close) => self.close(close, out),
            // The other changes of state are told with more detail by the events that follow them,
            // pings and pongs by `control`.
            _ => {}
        }
    }

    /// Adds a message that went the other way.
    pub(crate) fn sent(&mut self, message: &Message<'_>, out: &mut String) {
        self.message(Role::Sent, message, out);
    }

    fn state_line(&self, state: ReadyState, detail: &str, out: &mut String) {
        if !self.quiet {
            let name = self.style.paint(Role::from(state), state);
            _ = writeln!(out, "{}", format!("{name} {detail}").trim_end());
        }
    }

    /// Whoever shows heads tells of it among them.
    fn redirected(&self, event: &Event<'_>, out: &mut String) {
        let left_out = redirect::left_out(event);
        if let Some(line) = left_out.filter(|_| !self.quiet && !self.head_shown) {
            let line = sanitize::line(&line).into_owned();
            _ = writeln!(out, "{}", self.style.paint(Role::Faint, line));
        }
    }

    fn open(&mut self, handshake: &Handshake, out: &mut String) {
        self.course.opened();
        let mut detail = format!("after {}", Span(handshake.timings.total));
        if let Some(location) = handshake.redirects.last() {
            _ = write!(detail, ", redirected to {location}");
        }
        for (name, value) in [
            ("protocol", handshake.shown_protocol()),
            ("extensions", &*handshake.extensions),
        ] {
            if !value.is_empty() {
                _ = write!(detail, ", {name} {value}");
            }
        }
        self.state_line(ReadyState::Open, &sanitize::line(&detail), out);
        self.since = Instant::now();
    }

    fn message(&mut self, role: Role, message: &Message<'_>, out: &mut String) {
        let start = self.head(role, message.time, message.ready_state, out);
        let body = Body {
            looks: &self.looks,
            style: self.style,
            start,
        };
        match &message.data {
            Data::Text(text) => body.text(text, out),
            Data::ArrayBuffer(bytes) => body.bytes(bytes, out),
            Data::Blob(_) => {
                body::binary(message.data.bytes(), out);
                out.push('\n');
            }
        }
    }

    /// What stands in front of a message, and the columns that it takes.
    fn head(
        &mut self,
        role: Role,
        time: SystemTime,
        ready_state: ReadyState,
        out: &mut String,
    ) -> usize {
        let mut start = self.stamp(time, out);
        let mark = if role == Role::Sent { ">" } else { "<" };
        self.style.push(role, mark, out);
        out.push(' ');
        start += 2;
        if ready_state == ReadyState::Closing {
            const LATE: &str = "(while CLOSING) ";
            self.style.push(Role::Faint, LATE, out);
            start += LATE.len();
        }
        start
    }

    /// The time on demand, and the columns that it takes.
    fn stamp(&mut self, time: SystemTime, out: &mut String) -> usize {
        let previous = self.clock.tick(time);
        if !self.looks.timestamps {
            return 0;
        }
        let stamp = self.clock.tell(time, previous);
        self.style.push(Role::Faint, &stamp, out);
        out.push(' ');
        text_width::columns(&stamp) + 1
    }

    /// Adds the line of a binary message that came then and is in a file; `rest` is what
    /// [`kept`] or [`being_kept`] gave.
    pub(crate) fn kept(
        &mut self,
        rest: &str,
        time: SystemTime,
        ready_state: ReadyState,
        out: &mut String,
    ) {
        self.head(Role::Received, time, ready_state, out);
        out.push_str(rest);
    }

    /// Adds the line of a ping or pong that came then.
    pub(crate) fn control(&mut self, event: &Event<'_>, time: SystemTime, out: &mut String) {
        let Some(line) = pings::line(event).filter(|_| !self.quiet) else {
            return;
        };
        self.stamp(time, out);
        self.style.push(Role::Faint, &line, out);
        out.push('\n');
    }

    fn error(&self, error: &sockeye::Error, out: &mut String) {
        let text = error_in_words(error);
        let mark = self.style.paint(Role::Error, "error:");
        _ = writeln!(out, "{mark} {}", sanitize::line(&text));
        if !self.quiet {
            let presented = summaries(error.certificates());
            certificate::push_chain(&presented, self.style, out);
        }
        if let Some(answer) = error.refusal().filter(|_| !self.quiet) {
            if !self.head_shown {
                refusal::push_head(answer, self.style, out);
            }
            refusal::push_body(answer, self.style, self.looks.width, out);
        }
        let goes_on = self.tries_again && error.is_temporary();
        let advice = advice::for_error(error).and_then(|advice| advice.line(self.in_use));
        if let Some(advice) = advice.filter(|_| !self.quiet && !goes_on) {
            let advice = self.style.paint(Role::Faint, sanitize::line(&advice));
            _ = writeln!(out, "{advice}");
        }
    }

    fn close(&self, close: &CloseEvent, out: &mut String) {
        // What was never open cannot end well or badly.
        let is_bad = !close.was_clean && self.course.was_open();
        let bad = if is_bad { ", not clean" } else { "" };
        let shown = match close.code {
            code if code == CloseCode::ABNORMAL.0 => format!("{code} ({})", self.course.reason()),
            _ => Closed(close).to_string(),
        };
        let detail = format!(
            "{}{bad}, after {}",
            sanitize::line(&shown),
            Span(self.since.elapsed())
        );
        self.state_line(ReadyState::Closed, &detail, out);
    }
}

/// The rest of the line of a binary message that was to be kept in a file of this folder.
pub(crate) fn kept(
    bytes: &[u8],
    folder: &Path,
    kept: &io::Result<PathBuf>,
    style: Style,
) -> String {
    let mut rest = String::new();
    body::binary(bytes, &mut rest);
    match kept {
        Ok(path) => {
            let path = path.to_string_lossy();
            _ = writeln!(rest, ": {}", sanitize::line(&path));
        }
        Err(error) => {
            let problem = format!("not kept, {}: {}", folder.display(), io_reason(error));
            let problem = sanitize::line(&problem);
            _ = writeln!(rest, ", {}", style.paint(Role::Error, problem));
        }
    }
    rest
}

/// The rest of the line of a binary message whose file is not written yet.
pub(crate) fn being_kept(bytes: &[u8], folder: &Path) -> String {
    let mut rest = String::new();
    body::binary(bytes, &mut rest);
    let folder = folder.to_string_lossy();
    _ = writeln!(rest, ", still being written to {}", sanitize::line(&folder));
    rest
}

#[cfg(test)]
mod tests;
