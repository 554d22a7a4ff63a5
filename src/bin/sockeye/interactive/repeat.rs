//! `/repeat`: a message sent again and again while one goes on typing.

use super::arguments::first_word;
use super::log::EntryKind;
use super::log::MessageLog;
use super::printer::TerminalPrinter;
use crate::output::size::Span;
use crate::output::style::{Role, Style};
use sockeye::{Exception, ReadyState, WebSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// What may wait for the network before the next message does, in bytes and in messages.
const UNSENT: (u64, u64) = (1 << 20, 1000);
/// How long a wait for the network may last before looking whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);
/// In the text, the number of the message stands in place of this.
const NUMBER: &str = "{n}";
/// What is right.
const USAGE: &str = "/repeat N INTERVAL TEXT, like /repeat 10 500ms hello; N may be inf";

/// What `/repeat` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Begins.
    Begin(Plan),
    /// Stops.
    Stop,
    /// Tells how far it is.
    Look,
}

/// What is sent, how often, how fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// None: until it is stopped.
    count: Option<u64>,
    interval: Duration,
    text: String,
}

/// `N INTERVAL TEXT`, `off` or nothing.
pub(super) fn parse(typed: &str) -> Result<Repeat, String> {
    let (count, rest) = first_word(typed);
    match count {
        "" => return Ok(Repeat::Look),
        "off" if rest.is_empty() => return Ok(Repeat::Stop),
        _ => {}
    }
    let count = match count {
        "inf" => None,
        number => match number.parse() {
            Ok(count) if count > 0 => Some(count),
            _ => return Err(format!("'{number}' is no number of messages: {USAGE}")),
        },
    };
    let (interval, text) = first_word(rest);
    if text.is_empty() {
        return Err(format!("a time and a text are missing: {USAGE}"));
    }
    let plan = Plan {
        count,
        interval: duration(interval)?,
        text: text.to_owned(),
    };
    Ok(Repeat::Begin(plan))
}

/// `0`, `500ms`, `2s`, `0.5s` or `1m`.
fn duration(typed: &str) -> Result<Duration, String> {
    let wrong = || format!("'{typed}' is no time: 0, 500ms, 2s and 1m are");
    let unit = typed.find(|c: char| !c.is_ascii_digit() && c != '.');
    let (number, unit) = typed.split_at(unit.unwrap_or(typed.len()));
    let number: f64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        "" if number == 0.0 => 0.0,
        _ => return Err(wrong()),
    };
    let longest = Duration::from_secs(24 * 3600);
    match Duration::try_from_secs_f64(seconds) {
        Ok(interval) if interval <= longest => Ok(interval),
        _ => Err(format!("'{typed}' is too long: a day is the most")),
    }
}

impl Plan {
    /// Message `number`, counted from 1.
    fn message(&self, number: u64) -> String {
        self.text.replace(NUMBER, &number.to_string())
    }

    fn of_count(&self) -> String {
        self.count
            .map_or_else(String::new, |count| format!(" of {count}"))
    }
}

/// What is being repeated now, if anything.
#[derive(Debug, Default)]
pub(super) struct Repeating {
    now: Option<Under>,
}

/// A thread that repeats, until this is dropped.
#[derive(Debug)]
struct Under {
    plan: Plan,
    sent: Weak<AtomicU64>,
    _stop: Sender<()>,
}

impl Repeating {
    /// Does what was asked for. What there is to tell is shown.
    pub(super) fn obey(
        &mut self,
        repeat: Repeat,
        socket: &WebSocket,
        log: &MessageLog,
        printer: &TerminalPrinter,
        style: Style,
    ) -> Result<(), String> {
        match (repeat, self.progress()) {
            (Repeat::Begin(_), Some(sent)) => Err(format!(
                "a message is being repeated already ({sent} sent); /repeat off stops it"
            )),
            (Repeat::Begin(plan), None) => self.begin(plan, socket, log, printer, style),
            (Repeat::Stop | Repeat::Look, None) => {
                Err(format!("nothing is being repeated: {USAGE}"))
            }
            (Repeat::Stop, Some(_)) => {
                // It says so itself when it has stopped.
                self.now = None;
                Ok(())
            }
            (Repeat::Look, Some(sent)) => {
                let line = style.paint(Role::Faint, format!("/repeat: {sent} sent so far"));
                printer.print(format!("{line}\n"));
                Ok(())
            }
        }
    }

    /// The connection has ended, and the thread need not wait for its next turn to notice.
    pub(super) fn end(&mut self) {
        self.now = None;
    }

    /// How much has been sent, while there is more to send.
    fn progress(&self) -> Option<String> {
        let under = self.now.as_ref()?;
        let sent = under.sent.upgrade()?.load(Ordering::Relaxed);
        Some(format!("{sent}{}", under.plan.of_count()))
    }

    fn begin(
        &mut self,
        plan: Plan,
        socket: &WebSocket,
        log: &MessageLog,
        printer: &TerminalPrinter,
        style: Style,
    ) -> Result<(), String> {
        // The first message goes at once, and tells what is wrong, if anything is.
        send(plan.message(1), socket, log).map_err(|exception| exception.to_string())?;
        let sent = Arc::new(AtomicU64::new(1));
        let (stop, stopped) = mpsc::channel();
        self.now = Some(Under {
            plan: plan.clone(),
            sent: Arc::downgrade(&sent),
            _stop: stop,
        });
        let run = Run {
            plan,
            socket: socket.clone(),
            log: log.clone(),
            sent,
            stopped,
        };
        let printer = printer.clone();
        thread::spawn(move || {
            let began = Instant::now();
            let count = run.plan.of_count();
            let (sent, end) = run.finish();
            let took = Span(began.elapsed());
            let line = match end {
                End::All => format!("/repeat: all {sent} sent in {took}"),
                End::Stopped => format!("/repeat: stopped, {sent}{count} sent in {took}"),
                End::Closed => format!("/repeat: {sent}{count} sent, then the connection ended"),
            };
            printer.print(format!("{}\n", style.paint(Role::Faint, line)));
        });
        Ok(())
    }
}

/// Why no more is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    All,
    Stopped,
    Closed,
}

/// Sends a message and remembers it.
fn send(text: String, socket: &WebSocket, log: &MessageLog) -> Result<(), Exception> {
    log.send([EntryKind::sent_text(&text)], || socket.send(text))
}

/// The thread's side.
struct Run {
    plan: Plan,
    socket: WebSocket,
    log: MessageLog,
    sent: Arc<AtomicU64>,
    stopped: Receiver<()>,
}

impl Run {
    /// Sends what is left; tells how many were sent, and why no more.
    fn finish(self) -> (u64, End) {
        let mut due = Instant::now();
        loop {
            let sent = self.sent.load(Ordering::Relaxed);
            if self.plan.count == Some(sent) {
                return (sent, End::All);
            }
            // Who was held up does not make haste afterwards.
            due = (due + self.plan.interval).max(Instant::now());
            let goes_on = !self.is_stopped_before(due) && self.waits_for_room();
            if self.socket.ready_state() > ReadyState::Open {
                return (sent, End::Closed);
            }
            // A close may come in between.
            if !goes_on || send(self.plan.message(sent + 1), &self.socket, &self.log).is_err() {
                return (sent, End::Stopped);
            }
            self.sent.store(sent + 1, Ordering::Relaxed);
        }
    }

    /// Waits until the time has come.
    fn is_stopped_before(&self, due: Instant) -> bool {
        let left = due.saturating_duration_since(Instant::now());
        // Nobody sends on the channel: its other end goes away.
        self.stopped.recv_timeout(left) == Err(RecvTimeoutError::Disconnected)
    }

    /// Waits until the network has taken nearly everything; false when there is no use in it.
    fn waits_for_room(&self) -> bool {
        let (bytes, messages) = UNSENT;
        loop {
            let until = Instant::now() + LOOK;
            if self.socket.wait_for_room(bytes, messages, Some(until)) {
                return true;
            }
            let open = self.socket.ready_state() == ReadyState::Open;
            if !open || self.is_stopped_before(Instant::now()) {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(count: Option<u64>, milliseconds: u64, text: &str) -> Repeat {
        Repeat::Begin(Plan {
            count,
            interval: Duration::from_millis(milliseconds),
            text: text.to_owned(),
        })
    }

    #[test]
    fn a_number_a_time_and_the_rest_of_the_line() {
        assert_eq!(
            parse("10 500ms hello  you"),
            Ok(plan(Some(10), 500, "hello  you"))
        );
        assert_eq!(parse("inf 0 x"), Ok(plan(None, 0, "x")));
        assert_eq!(parse("1 2s x"), Ok(plan(Some(1), 2000, "x")));
        assert_eq!(parse("1 1.5s x"), Ok(plan(Some(1), 1500, "x")));
        assert_eq!(parse("1 1m x"), Ok(plan(Some(1), 60_000, "x")));
        assert_eq!(parse("off"), Ok(Repeat::Stop));
        assert_eq!(parse(""), Ok(Repeat::Look));
    }

    #[test]
    fn a_wrong_argument_says_what_would_be_right() {
        for (typed, right) in [
            ("0 1s x", "/repeat 10 500ms hello"),
            ("-1 1s x", "/repeat 10 500ms hello"),
            ("often 1s x", "N may be inf"),
            ("10", "INTERVAL"),
            ("10 1s", "INTERVAL TEXT"),
            ("10 5 x", "500ms"),
            ("10 1h x", "500ms"),
            ("10 .s x", "500ms"),
            ("10 -1s x", "500ms"),
            ("10 99999999m x", "a day"),
            ("off now please", "N may be inf"),
        ] {
            let error = parse(typed).expect_err(typed);
            assert!(error.contains(right) && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn the_number_of_the_message_can_stand_in_its_text() {
        let Ok(Repeat::Begin(plan)) = parse("2 0 {\"id\":{n}} {n}") else {
            panic!("right");
        };
        assert_eq!(plan.message(12), "{\"id\":12} 12");
    }
}
