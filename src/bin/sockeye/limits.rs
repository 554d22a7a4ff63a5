//! The bounds that a user sets for a whole run: `--max-time` and `--send-timeout`.

use crate::exit_status::ExitStatus;
use crate::failure::{Failure, Unsent};
use crate::output::notice::Notices;
use crate::output::size::Bytes;
use crate::transfer::Wait;
use sockeye::deadline::Deadline;
use sockeye::{ReadyState, WebSocket};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// After so long without progress standard error says that the server takes nothing.
const NOTICE: Duration = Duration::from_secs(10);
/// The time that the program has to end by itself.
const SLACK: Duration = Duration::from_millis(500);
/// How often to look for progress while something is to be sent.
const LOOK: Duration = Duration::from_secs(1);
/// How often to look whether something is to be sent.
const IDLE_LOOK: Duration = Duration::from_secs(5);

/// `--max-time`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaxTime {
    limit: Duration,
    end: Deadline,
}

impl MaxTime {
    /// The run may take so long from now on.
    pub(crate) fn starting(now: Instant, limit: Wait) -> Self {
        match limit {
            Wait::For(limit) => Self {
                limit,
                end: Deadline::after(now, limit),
            },
            Wait::Forever => Self {
                limit: Duration::MAX,
                end: Deadline::NEVER,
            },
        }
    }

    /// When it is over.
    pub(crate) fn end(self) -> Deadline {
        self.end
    }

    /// What it is to reach it.
    pub(crate) fn failure(self) -> Failure {
        Failure::MaxTime(self.limit)
    }

    /// Ends the program `slack` after the bound for as long as the guard is held, whatever the
    /// program waits for. `last_words` come before that.
    pub(crate) fn guard(
        self,
        slack: Duration,
        last_words: impl FnOnce(Failure) + Send + 'static,
    ) -> Option<Guard> {
        let time = self.end.remaining(Instant::now())?.saturating_add(slack);
        let (guard, released) = mpsc::channel::<()>();
        thread::spawn(move || {
            if released.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                last_words(self.failure());
                ExitStatus::TimedOut.exit_at_once();
            }
        });
        Some(Guard(guard))
    }
}

/// Dropping it lets the program go on past the bound.
#[derive(Debug)]
pub(crate) struct Guard(
    #[expect(dead_code, reason = "what counts is that it is dropped")] Sender<()>,
);

/// What bounds a run that nobody types in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The bound of the whole run.
    pub(crate) max_time: MaxTime,
    /// How long the server may take nothing of what is to be sent.
    pub(crate) send_timeout: Wait,
}

impl Limits {
    /// Ends the program soon after the bound of the run, also where the thread that would end it
    /// waits for something.
    pub(crate) fn guard(&self) -> Option<Guard> {
        self.max_time.guard(SLACK, |_| ())
    }

    /// The failure when the server takes nothing any more.
    pub(crate) fn stalled(&self, unsent: Unsent) -> Failure {
        let limit = match self.send_timeout {
            Wait::For(limit) => limit,
            Wait::Forever => Duration::MAX,
        };
        Failure::SendTimeout { limit, unsent }
    }
}

/// What a look at the connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    /// There is nothing to send, or it goes out.
    Fine,
    /// It has been at rest for long: say so.
    Notice,
    /// It has been at rest for too long.
    Stalled,
}

/// Notices that the server takes nothing of what is to be sent.
#[derive(Debug)]
pub(crate) struct SendWatch {
    limit: Wait,
    notices: Notices,
    /// Bytes that have been handed to the network.
    sent: u64,
    /// Since when that has been all, and something else is to be sent.
    since: Option<Instant>,
    told: bool,
}

impl SendWatch {
    pub(crate) fn new(limit: Wait, notices: Notices) -> Self {
        Self {
            limit,
            notices,
            sent: 0,
            since: None,
            told: false,
        }
    }

    /// How long until the next look.
    pub(crate) fn pause(&self) -> Duration {
        let often = match self.limit {
            Wait::For(limit) => limit / 4,
            Wait::Forever => Duration::MAX,
        };
        often.min(if self.since.is_some() {
            LOOK
        } else {
            IDLE_LOOK
        })
    }

    /// Looks at the connection, and tells on standard error what is to be told; true when it has
    /// been at rest for as long as it may.
    pub(crate) fn is_stalled(&mut self, socket: &WebSocket) -> bool {
        let numbers = socket.statistics();
        let is_up = matches!(socket.ready_state(), ReadyState::Open | ReadyState::Closing);
        let waits = is_up && numbers.messages_queued > numbers.messages_sent;
        match self.look(Instant::now(), waits, numbers.wire_bytes_sent) {
            Look::Fine => false,
            Look::Stalled => true,
            Look::Notice => {
                self.notices.tell(&self.notice(socket.buffered_amount()));
                false
            }
        }
    }

    fn look(&mut self, now: Instant, waits: bool, sent: u64) -> Look {
        let moved = std::mem::replace(&mut self.sent, sent) != sent;
        if !waits {
            self.since = None;
            self.told = false;
            return Look::Fine;
        }
        if moved {
            self.since = Some(now);
            self.told = false;
        }
        let rest = now.duration_since(*self.since.get_or_insert(now));
        match self.limit {
            Wait::For(limit) if rest >= limit => Look::Stalled,
            _ if rest >= NOTICE && !self.told => {
                self.told = true;
                Look::Notice
            }
            _ => Look::Fine,
        }
    }

    fn notice(&self, buffered: u64) -> String {
        let next = match self.limit {
            Wait::For(limit) => format!("giving up after {} s", limit.as_secs_f64()),
            Wait::Forever => "--send-timeout SECONDS gives up".to_owned(),
        };
        let (time, buffered) = (NOTICE.as_secs(), Bytes(buffered));
        format!("the server has taken nothing for {time} s ({buffered} to be sent); {next}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::style::Style;

    const SECOND: Duration = Duration::from_secs(1);

    fn watch(limit: Wait) -> SendWatch {
        let notices = Notices {
            style: Style { colored: false },
            quiet: true,
            over_progress: false,
        };
        SendWatch::new(limit, notices)
    }

    /// What is seen at each second: whether something waits, and how much was sent.
    fn looks(limit: Wait, course: &[(bool, u64)]) -> Vec<Look> {
        let (mut watch, begin) = (watch(limit), Instant::now());
        let at = |second| begin + SECOND * second;
        (0..)
            .zip(course)
            .map(|(second, (waits, sent))| watch.look(at(second), *waits, *sent))
            .collect()
    }

    #[test]
    fn what_goes_out_is_never_at_rest_and_idleness_is_none() {
        let moving: Vec<_> = (0..30).map(|sent| (true, sent)).collect();
        let idle = [(false, 5); 30];
        for course in [&moving[..], &idle] {
            let seen = looks(Wait::For(2 * SECOND), course);
            assert!(seen.iter().all(|look| *look == Look::Fine), "{seen:?}");
        }
    }

    #[test]
    fn what_waits_after_an_idle_time_has_its_own_time() {
        let course = [[(false, 5); 20], [(true, 5); 20]].concat();
        let seen = looks(Wait::For(3 * SECOND), &course);
        assert_eq!(
            seen.iter().position(|look| *look == Look::Stalled),
            Some(23)
        );
    }

    #[test]
    fn a_long_rest_is_told_once_and_another_once_more() {
        let course = [[(true, 1); 30], [(true, 2); 30]].concat();
        let seen = looks(Wait::Forever, &course);
        let told: Vec<_> = (0..seen.len())
            .filter(|at| seen[*at] == Look::Notice)
            .collect();
        assert_eq!(told, [10, 40]);
    }

    #[test]
    fn the_notice_recommends_the_option_unless_it_is_in_use() {
        let text = |limit| watch(limit).notice(2048);
        assert_eq!(
            text(Wait::Forever),
            "the server has taken nothing for 10 s (2.0 KiB to be sent); \
             --send-timeout SECONDS gives up"
        );
        let text = text(Wait::For(60 * SECOND));
        assert!(
            !text.contains("--send-timeout") && text.contains("60 s"),
            "{text}"
        );
    }

    #[test]
    fn no_bound_has_no_guard() {
        let none = MaxTime::starting(Instant::now(), Wait::Forever);
        assert!(none.guard(SECOND, |_| ()).is_none());
    }
}
