//! What arrives, written to standard output in blocks, until enough was heard.

use super::expect::{Unmet, Vigil};
use crate::output::notice::Notices;
use crate::output::pings::Pings;
use crate::output::raw::Writer;
use crate::output::redirect;
use crate::output::verbose::Verbose;
use crate::session::Ending;
use crate::tls::error_in_words;
use sockeye::{Data, ErrorKind, Event, Message, ReadyState};
use std::io::{self, Write};
use std::time::Instant;

/// What came, until the end.
#[derive(Debug)]
pub(super) struct Heard {
    /// How many messages were written.
    pub(super) messages: u64,
    /// How the connection ended.
    pub(super) ending: Ending,
    /// Whether every expectation was met; none without any, and without a connection.
    pub(super) expected: Option<Result<(), Unmet>>,
    /// Whether everything could be written.
    pub(super) output: io::Result<()>,
}

/// When enough was heard.
#[derive(Debug)]
pub(super) enum Until {
    /// When the connection closes.
    Close,
    /// After so many messages; what comes then is not written.
    Count(u64),
    /// When what is expected has come, which the speaker is told.
    Met(Box<Vigil>),
}

/// How to listen.
#[derive(Debug)]
pub(super) struct Manner {
    /// How long.
    pub(super) until: Until,
    /// Whether the time stands before each text message.
    pub(super) timestamps: bool,
    /// Tells on standard error how the connection goes.
    pub(super) verbose: Option<Verbose>,
    /// Tells on standard error of pings and pongs.
    pub(super) pings: Option<Pings>,
    /// Tells on standard error what happens by itself.
    pub(super) notices: Notices,
}

/// Listens. It does not know where events come from.
pub(super) struct Ear<W> {
    close: Box<dyn Fn() + Send>,
    writer: Writer<W>,
    verbose: Option<Verbose>,
    pings: Option<Pings>,
    notices: Notices,
    /// How many messages are still wanted, if that is limited.
    left: Option<u64>,
    vigil: Option<Box<Vigil>>,
    timestamps: bool,
    /// The connection has just been opened.
    opened: bool,
    /// There has been an open connection.
    was_open: bool,
    /// The connection is closing.
    closing: bool,
    heard: Heard,
}

impl<W: Write> Ear<W> {
    /// Has heard nothing yet. `close` closes the connection.
    pub(super) fn new(
        writer: Writer<W>,
        manner: Manner,
        close: impl Fn() + Send + 'static,
    ) -> Self {
        let (left, vigil) = match manner.until {
            Until::Close => (None, None),
            Until::Count(count) => (Some(count), None),
            Until::Met(vigil) => (None, Some(vigil)),
        };
        Self {
            close: Box::new(close),
            writer,
            verbose: manner.verbose,
            pings: manner.pings,
            notices: manner.notices,
            left,
            vigil,
            timestamps: manner.timestamps,
            opened: false,
            was_open: false,
            closing: false,
            heard: Heard {
                messages: 0,
                ending: Ending::default(),
                expected: None,
                output: Ok(()),
            },
        }
    }

    /// Takes one event; tells whether there may be more.
    #[inline]
    pub(super) fn take(&mut self, event: Option<Event<'_>>) -> bool {
        match event {
            Some(Event::Message(message)) => self.message(&message),
            Some(event) => self.rare(&event),
            None => return false,
        }
        true
    }

    #[inline]
    fn message(&mut self, message: &Message<'_>) {
        if self.left == Some(0) || self.heard.output.is_err() {
            return;
        }
        let written = match &message.data {
            Data::Text(text) if self.timestamps => self.writer.stamped(message.time, text),
            Data::Text(text) => self.writer.text(text),
            binary => self.writer.binary(binary.bytes()),
        };
        self.heard.messages += 1;
        self.check(written);
        if let Some(left) = &mut self.left {
            *left -= 1;
            if *left == 0 {
                self.flush();
                (self.close)();
            }
        }
        if self.vigil.is_some() {
            self.compare(&message.data);
        }
    }

    /// Holds a message against what is expected.
    fn compare(&mut self, data: &Data<'_>) {
        let Some(vigil) = &mut self.vigil else { return };
        // Messages that come without a pause do not keep the time from running out.
        if vigil.deadline().is_some_and(|end| end <= Instant::now()) {
            self.give_up();
        } else if vigil.hear(data.bytes(), matches!(data, Data::Text(_))) {
            self.flush();
        }
    }

    /// When to stop waiting for what is expected.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.vigil.as_ref()?.deadline()
    }

    /// The time is up: closes, and goes on with what still arrives.
    pub(super) fn give_up(&mut self) -> bool {
        if let Some(vigil) = &mut self.vigil {
            vigil.give_up();
        }
        (self.close)();
        true
    }

    /// Whether nothing that may still come is wanted: enough messages came, or what was expected
    /// has come, or its time is over, and the connection is closing for it.
    #[inline]
    pub(super) fn is_satisfied(&self) -> bool {
        let vigil_is_over = || self.vigil.as_ref().is_some_and(|vigil| vigil.is_over());
        self.left == Some(0) || (self.closing && vigil_is_over())
    }

    /// Whether the connection has been opened since this was last asked.
    #[inline]
    pub(super) fn take_opened(&mut self) -> bool {
        std::mem::take(&mut self.opened)
    }

    /// How the connection has ended.
    pub(super) fn ending(&self) -> &Ending {
        &self.heard.ending
    }

    /// Another connection follows; what was heard and what is awaited stays.
    pub(super) fn begin_anew(&mut self) {
        self.closing = false;
        self.heard.ending = Ending::default();
    }

    /// Everything was heard.
    pub(super) fn done(mut self) -> Heard {
        self.flush();
        let vigil = self.vigil.filter(|_| self.was_open);
        self.heard.expected = vigil.map(|vigil| vigil.outcome());
        self.heard
    }

    /// Anything but a message.
    fn rare(&mut self, event: &Event<'_>) {
        if let Some(verbose) = self.verbose {
            // Both streams may lead to one screen: what came before is shown before.
            self.flush();
            verbose.tell(event);
        } else if let Some(line) = redirect::left_out(event) {
            self.notices.tell(&line);
        }
        if let Some(pings) = self.pings.filter(|_| Pings::concerns(event)) {
            self.flush();
            pings.tell(event);
        }
        match event {
            Event::Open(_) => {
                self.opened = true;
                let first = !std::mem::replace(&mut self.was_open, true);
                if let Some(vigil) = self.vigil.as_mut().filter(|_| first) {
                    vigil.begin(Instant::now());
                }
            }
            Event::Error(error) => {
                self.heard.ending.failed(error);
                if error.kind() == ErrorKind::Discarded {
                    self.flush();
                    self.notices.tell(&error_in_words(error));
                }
            }
            Event::ReadyState(ReadyState::Closing) => self.closing = true,
            Event::Close(close) => self.heard.ending.close = Some((*close).clone()),
            _ => {}
        }
    }

    /// Writes what is held back.
    pub(super) fn flush(&mut self) {
        if self.heard.output.is_ok() {
            let written = self.writer.flush();
            self.check(written);
        }
    }

    /// Without a reader there is nothing to stay for.
    #[inline]
    fn check(&mut self, written: io::Result<()>) {
        if written.is_err() {
            self.heard.output = written;
            (self.close)();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::raw::Form;
    use crate::output::style::Style;
    use crate::transfer::{Expectation, Wait};
    use sockeye::CloseEvent;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::{Duration, SystemTime};

    const LINES: Form = Form {
        separator: b'\n',
        for_terminal: false,
    };

    /// An ear that counts how often it closed.
    fn ear<W: Write>(sink: W, left: Option<u64>) -> (Ear<W>, Arc<AtomicU32>) {
        let closed = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&closed);
        let manner = Manner {
            until: left.map_or(Until::Close, Until::Count),
            timestamps: false,
            verbose: None,
            pings: None,
            notices: Notices {
                style: Style { colored: false },
                quiet: true,
                over_progress: false,
            },
        };
        let close = move || _ = count.fetch_add(1, Ordering::Relaxed);
        let mut ear = Ear::new(Writer::new(sink, LINES), manner, close);
        ear.was_open = true;
        (ear, closed)
    }

    fn text(text: &str) -> Option<Event<'_>> {
        Some(Event::Message(Message {
            data: Data::Text(text.into()),
            ready_state: ReadyState::Open,
            time: SystemTime::UNIX_EPOCH,
        }))
    }

    fn binary(bytes: &[u8]) -> Option<Event<'_>> {
        Some(Event::Message(Message {
            data: Data::ArrayBuffer(bytes.into()),
            ready_state: ReadyState::Open,
            time: SystemTime::UNIX_EPOCH,
        }))
    }

    #[test]
    fn text_gets_a_separator_and_binary_gets_nothing() {
        let mut out = Vec::new();
        let (mut ear, _) = ear(&mut out, None);
        assert!(ear.take(text("a")) && ear.take(binary(b"\0")) && ear.take(text("b")));
        ear.flush();
        assert_eq!(ear.heard.messages, 3);
        drop(ear);
        assert_eq!(out, b"a\n\0b\n");
    }

    #[test]
    fn exactly_the_wanted_number_is_written_and_at_once() {
        let mut out = Vec::new();
        let (mut ear, closed) = ear(&mut out, Some(2));
        for message in ["a", "b", "c"] {
            ear.take(text(message));
        }
        assert_eq!((ear.heard.messages, closed.load(Ordering::Relaxed)), (2, 1));
        drop(ear);
        assert_eq!(out, b"a\nb\n");
    }

    #[test]
    fn the_time_stands_before_text_on_demand_and_never_before_binary() {
        let mut out = Vec::new();
        let (mut ear, _) = ear(&mut out, None);
        ear.timestamps = true;
        ear.take(text("a"));
        ear.take(binary(b"b"));
        ear.flush();
        drop(ear);
        let out = String::from_utf8(out).expect("text");
        let (time, rest) = out.split_once(' ').expect("a time");
        assert_eq!(
            (time.len(), rest),
            ("2000-01-01T00:00:00.000Z".len(), "a\nb")
        );
    }

    #[test]
    fn messages_without_a_pause_do_not_stretch_the_time_for_an_expectation() {
        let (mut ear, closed) = ear(io::sink(), None);
        let (_, fulfilled) = io::pipe().expect("a pipe");
        let expected = Expectation::regex("never").expect("an expression");
        let mut vigil = Vigil::new(vec![expected], 0, Wait::For(Duration::ZERO), fulfilled);
        vigil.begin(Instant::now());
        ear.vigil = Some(Box::new(vigil));
        ear.take(text("a"));
        ear.take(text("never"));
        assert_eq!(closed.load(Ordering::Relaxed), 1);
        assert!(
            ear.done()
                .expected
                .is_some_and(|expected| expected.is_err())
        );
    }

    #[test]
    fn a_reader_that_has_gone_closes_the_connection() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let (mut ear, closed) = ear(Gone, None);
        ear.take(text("a"));
        ear.flush();
        ear.take(text("b"));
        ear.flush();
        assert_eq!(closed.load(Ordering::Relaxed), 1);
        assert!(ear.heard.output.is_err());
    }

    #[test]
    fn the_close_event_is_kept_and_the_end_ends() {
        let close = CloseEvent {
            code: 4000,
            reason: "why".to_owned(),
            was_clean: true,
        };
        let (mut ear, _) = ear(io::sink(), None);
        assert!(ear.take(Some(Event::Close(close.clone()))));
        assert!(!ear.take(None));
        assert_eq!(ear.heard.ending.close, Some(close));
    }
}
