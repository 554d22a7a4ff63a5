//! Events as lines for a person at a terminal.

mod looks;

pub(crate) use looks::Looks;

use super::size::{Bytes, Span};
use super::style::{Role, Style};
use super::timestamp::Timestamp;
use super::{hex, report, sanitize};
use crate::failure::Closed;
use sockeye::{Blob, BlobDir, CloseEvent, Data, Event, Handshake, Message, ReadyState};
use std::fmt::Write;
use std::time::Instant;

/// What a hex dump shows of one message.
const DUMP: usize = 1024;

/// Turns events into lines. Writing to a `String` cannot fail, so results are let go.
#[derive(Debug)]
pub(crate) struct Human {
    style: Style,
    quiet: bool,
    looks: Looks,
    /// The head of an answer has been shown before its error comes.
    head_shown: bool,
    blobs: BlobDir,
    url: String,
    since: Instant,
}

impl Human {
    /// `quiet` leaves out all but messages and errors.
    pub(crate) fn new(style: Style, quiet: bool, blobs: BlobDir) -> Self {
        Self {
            style,
            quiet,
            looks: Looks::default(),
            head_shown: false,
            blobs,
            url: String::new(),
            since: Instant::now(),
        }
    }

    /// From now on messages look like this.
    pub(crate) fn set_looks(&mut self, looks: Looks) {
        self.looks = looks;
    }

    /// Leaves the heads of answers to somebody else.
    pub(crate) fn without_heads(mut self) -> Self {
        self.head_shown = true;
        self
    }

    /// A connection to `url` begins.
    pub(crate) fn begin(&mut self, url: &str, out: &mut String) {
        self.url = url.to_owned();
        self.since = Instant::now();
        self.state_line(ReadyState::Connecting, &sanitize::line(url), out);
    }

    /// Adds the lines of one event.
    pub(crate) fn event(&mut self, event: &Event<'_>, out: &mut String) {
        match event {
            // The events that follow say these changes with more detail.
            Event::ReadyState(ReadyState::Closing) => {
                self.state_line(ReadyState::Closing, "", out);
                self.since = Instant::now();
            }
            Event::Open(handshake) => self.open(handshake, out),
            Event::Message(message) => self.message(Role::Received, message, out),
            Event::Ping(payload) => self.control("ping", payload, "", out),
            Event::Pong {
                payload,
                round_trip,
            } => {
                let time = round_trip.map_or_else(String::new, |time| Span(time).to_string());
                self.control("pong", payload, &time, out);
            }
            Event::Error(error) => self.error(error, out),
            Event::Close(close) => self.close(close, out),
            _ => {}
        }
    }

    /// Adds a message that went the other way.
    #[allow(dead_code, reason = "for those who show again what was sent")]
    pub(crate) fn sent(&mut self, message: &Message<'_>, out: &mut String) {
        self.message(Role::Sent, message, out);
    }

    fn state_line(&self, state: ReadyState, detail: &str, out: &mut String) {
        if !self.quiet {
            let name = self.style.paint(Role::from(state), state);
            _ = writeln!(out, "{}", format!("{name} {detail}").trim_end());
        }
    }

    fn open(&mut self, handshake: &Handshake, out: &mut String) {
        let mut detail = format!("after {}", Span(self.since.elapsed()));
        if handshake.url != self.url {
            _ = write!(detail, ", {}", handshake.url);
        }
        for (name, value) in [
            ("protocol", &handshake.protocol),
            ("extensions", &handshake.extensions),
        ] {
            if !value.is_empty() {
                _ = write!(detail, ", {name} {value}");
            }
        }
        self.state_line(ReadyState::Open, &sanitize::line(&detail), out);
        self.since = Instant::now();
    }

    fn message(&mut self, role: Role, message: &Message<'_>, out: &mut String) {
        let mark = if role == Role::Sent { ">" } else { "<" };
        let mark = self.style.paint(role, mark);
        let late = match message.ready_state {
            ReadyState::Closing => self.style.paint(Role::Faint, "(while CLOSING) "),
            _ => self.style.paint(Role::Faint, ""),
        };
        if self.looks.timestamps {
            let time = format!("{} ", Timestamp(message.time));
            _ = write!(out, "{}", self.style.paint(Role::Faint, time));
        }
        match message.data {
            Data::Text(text) => {
                let shown = sanitize::text(text).replace('\n', "\n  ");
                _ = writeln!(out, "{mark} {late}{shown}");
            }
            Data::Blob(blob) => {
                let kept = self.keep(blob);
                _ = writeln!(out, "{mark} {late}{kept}");
            }
            Data::ArrayBuffer(bytes) => {
                let size = Bytes(bytes.len() as u64);
                _ = writeln!(out, "{mark} {late}binary, {size}");
                _ = hex::dump(bytes, DUMP, out);
            }
        }
    }

    fn keep(&mut self, blob: Blob<'_>) -> String {
        let size = Bytes(blob.size() as u64);
        match self.blobs.keep(blob) {
            Ok(path) => format!("binary, {size}: {}", path.display()),
            Err(error) => {
                let folder = self.blobs.path().display();
                let problem = format!("not kept, {folder}: {error}");
                format!("binary, {size}, {}", self.style.paint(Role::Error, problem))
            }
        }
    }

    fn control(&self, name: &str, payload: &[u8], time: &str, out: &mut String) {
        if self.quiet {
            return;
        }
        let payload = String::from_utf8_lossy(payload);
        let line = format!("< {name} {} {time}", sanitize::line(&payload));
        let line = self.style.paint(Role::Faint, line.trim_end());
        _ = writeln!(out, "{line}");
    }

    fn error(&self, error: &sockeye::Error, out: &mut String) {
        let text = error.to_string();
        let mark = self.style.paint(Role::Error, "error:");
        _ = writeln!(out, "{mark} {}", sanitize::line(&text));
        if let Some(refusal) = error.refusal().filter(|_| !self.quiet) {
            if !self.head_shown {
                report::push_head(out, refusal, self.style);
            }
            report::push_body(out, refusal);
        }
    }

    fn close(&self, close: &CloseEvent, out: &mut String) {
        let clean = if close.was_clean { "" } else { ", not clean" };
        let shown = Closed(close).to_string();
        let detail = format!(
            "{}{clean}, after {}",
            sanitize::line(&shown),
            Span(self.since.elapsed())
        );
        self.state_line(ReadyState::Closed, &detail, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::SystemTime;

    fn human(quiet: bool) -> Human {
        Human::new(Style { colored: false }, quiet, BlobDir::at("/nowhere"))
    }

    fn shown(quiet: bool, event: &Event<'_>) -> String {
        let mut out = String::new();
        human(quiet).event(event, &mut out);
        out
    }

    fn text(text: &str, ready_state: ReadyState) -> Event<'_> {
        Event::Message(Message {
            data: Data::Text(text),
            ready_state,
            time: SystemTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_message_is_marked_and_its_lines_are_indented() {
        assert_eq!(shown(false, &text("a\nb", ReadyState::Open)), "< a\n  b\n");
    }

    #[test]
    fn the_time_stands_before_a_message_on_demand() {
        let mut human = human(false);
        human.set_looks(Looks {
            timestamps: true,
            ..Looks::default()
        });
        let mut out = String::new();
        human.event(&text("a", ReadyState::Open), &mut out);
        assert!(out.starts_with("20") && out.ends_with("Z < a\n"), "{out}");
    }

    #[test]
    fn a_message_that_comes_late_says_so() {
        let line = shown(false, &text("a", ReadyState::Closing));
        assert_eq!(line, "< (while CLOSING) a\n");
    }

    #[test]
    fn a_peer_cannot_steer_the_terminal() {
        let close = CloseEvent {
            code: 4000,
            reason: "\u{1b}]0;x\u{7}\n".to_owned(),
            was_clean: true,
        };
        for event in [
            text("\u{1b}[2J\r", ReadyState::Open),
            Event::Close(&close),
            Event::Ping(b"\x1b[2J\n"),
        ] {
            let line = shown(false, &event);
            let body = line.strip_suffix('\n').expect("a line");
            assert!(!body.contains(char::is_control), "{body:?}");
        }
    }

    #[test]
    fn a_close_shows_code_meaning_and_reason() {
        let close = CloseEvent {
            code: 1006,
            reason: String::new(),
            was_clean: false,
        };
        let line = shown(false, &Event::Close(&close));
        assert!(
            line.starts_with("CLOSED 1006 (connection lost), not clean, after "),
            "{line}"
        );
    }

    #[test]
    fn a_pong_shows_its_round_trip() {
        let pong = Event::Pong {
            payload: b"x",
            round_trip: Some(std::time::Duration::from_micros(210)),
        };
        assert_eq!(shown(false, &pong), "< pong x 210 µs\n");
    }

    #[test]
    fn quiet_shows_messages_only() {
        assert_eq!(shown(true, &Event::Ping(b"")), "");
        assert_eq!(shown(true, &Event::ReadyState(ReadyState::Closing)), "");
        assert_eq!(shown(true, &text("a", ReadyState::Open)), "< a\n");
    }

    #[test]
    fn a_dump_follows_an_array_buffer() {
        let event = Event::Message(Message {
            data: Data::ArrayBuffer(b"abc"),
            ready_state: ReadyState::Open,
            time: SystemTime::UNIX_EPOCH,
        });
        let out = shown(false, &event);
        assert!(
            out.starts_with("< binary, 3 B\n  00000000  61 62 63 "),
            "{out}"
        );
    }
}
