use super::*;
use crate::failure::Failure;
use sockeye::http1::Headers;
use sockeye::{CloseEvent, ErrorKind, Refusal};

const SECOND: Duration = Duration::from_secs(1);

fn failed(is_temporary: bool) -> Ending {
    Ending {
        failure: Some(Failure::Connection {
            kind: ErrorKind::Connect,
            message: String::new(),
            refusal: None,
            advice: None,
        }),
        is_temporary,
        ..Ending::default()
    }
}

fn refused(headers: &[(&str, &str)]) -> Ending {
    let mut fields = Headers::new();
    for (name, value) in headers {
        fields.push(name, value).expect("legal");
    }
    Ending {
        failure: Some(Failure::Connection {
            kind: ErrorKind::Refused,
            message: String::new(),
            refusal: Some(Box::new(Refusal {
                status: 503,
                phrase: String::new(),
                headers: fields,
                body: Vec::new(),
            })),
            advice: None,
        }),
        is_temporary: true,
        ..Ending::default()
    }
}

fn closed(code: u16) -> Ending {
    Ending {
        close: Some(CloseEvent {
            code,
            reason: String::new(),
            was_clean: true,
        }),
        ..Ending::default()
    }
}

/// A plan in simulated time.
struct Course {
    plan: Plan,
    now: Instant,
}

impl Course {
    fn new(settings: Settings) -> Self {
        Self {
            plan: Plan::new(settings),
            now: Instant::now(),
        }
    }

    /// The wait after an end, with the largest chance; it passes.
    fn after(&mut self, ending: &Ending) -> Option<f64> {
        let pause = self
            .plan
            .after(ending, 1.0, self.now, SystemTime::UNIX_EPOCH)?;
        self.now += pause.delay;
        Some(pause.delay.as_secs_f64())
    }

    fn opens_for(&mut self, time: Duration) {
        self.plan.opened(self.now);
        self.now += time;
    }
}

fn retrying(times: Times) -> Settings {
    Settings {
        retry: Some(times),
        ..Settings::default()
    }
}

fn reconnecting(times: Times) -> Settings {
    Settings {
        reconnect: Some(times),
        ..Settings::default()
    }
}

#[test]
fn as_often_as_asked_and_each_wait_longer() {
    let mut course = Course::new(retrying(Times::AtMost(3)));
    let waits: Vec<_> = (0..4).map(|_| course.after(&failed(true))).collect();
    assert_eq!(waits, [Some(0.25), Some(0.5), Some(1.0), None]);
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    let mut course = Course::new(retrying(Times::Forever));
    assert_eq!(course.after(&failed(false)), None);
    assert_eq!(course.after(&closed(1008)), None);
}

#[test]
fn nothing_is_tried_again_unasked() {
    let mut course = Course::new(Settings::default());
    assert_eq!(course.after(&failed(true)), None);
    course.opens_for(SECOND);
    assert_eq!(course.after(&failed(true)), None);
}

#[test]
fn retrying_ends_with_the_first_connection_and_reconnecting_begins_with_it() {
    let mut course = Course::new(retrying(Times::Forever));
    course.opens_for(SECOND);
    assert_eq!(course.after(&failed(true)), None, "it was open");
    let mut course = Course::new(reconnecting(Times::Forever));
    assert_eq!(course.after(&failed(true)), None, "it was never open");
    course.opens_for(SECOND);
    assert!(course.after(&failed(true)).is_some());
    assert!(course.after(&failed(true)).is_some(), "an attempt failed");
}

#[test]
fn a_server_that_says_it_will_be_back_is_come_back_to() {
    for (code, comes_back) in [
        (1000, false),
        (1001, true),
        (1005, false),
        (1008, false),
        (1011, false),
        (1012, true),
        (1013, true),
        (1014, true),
        (4000, false),
    ] {
        let mut course = Course::new(reconnecting(Times::Forever));
        course.opens_for(SECOND);
        assert_eq!(course.after(&closed(code)).is_some(), comes_back, "{code}");
    }
}

#[test]
fn only_a_connection_that_lasts_starts_the_count_anew() {
    let mut course = Course::new(reconnecting(Times::AtMost(2)));
    for expected in [Some(0.25), Some(0.5), None] {
        course.opens_for(SECOND);
        assert_eq!(course.after(&failed(true)), expected);
    }
    course.opens_for(LASTING);
    assert_eq!(course.after(&failed(true)), Some(0.25));
}

#[test]
fn a_fixed_wait_does_not_grow() {
    let mut course = Course::new(Settings {
        delay: Some(2 * SECOND),
        ..retrying(Times::Forever)
    });
    assert_eq!(course.after(&failed(true)), Some(2.0));
    assert_eq!(course.after(&failed(true)), Some(2.0));
}

#[test]
fn a_server_may_ask_for_a_longer_wait_and_not_for_a_shorter_one() {
    let mut course = Course::new(Settings {
        delay: Some(2 * SECOND),
        ..retrying(Times::Forever)
    });
    assert_eq!(course.after(&refused(&[("Retry-After", "7")])), Some(7.0));
    assert_eq!(course.after(&refused(&[("Retry-After", "1")])), Some(2.0));
    assert_eq!(course.after(&refused(&[])), Some(2.0));
    let mut course = Course::new(retrying(Times::Forever));
    let soon = refused(&[("Retry-After", "0")]);
    let waits: Vec<_> = (0..3).map(|_| course.after(&soon)).collect();
    assert_eq!(waits, [Some(0.25), Some(0.5), Some(1.0)]);
}

#[test]
fn no_attempt_begins_when_the_time_is_over() {
    let mut course = Course::new(Settings {
        delay: Some(2 * SECOND),
        max_time: Some(5 * SECOND),
        ..retrying(Times::Forever)
    });
    let waits: Vec<_> = (0..3).map(|_| course.after(&failed(true))).collect();
    assert_eq!(waits, [Some(2.0), Some(2.0), None]);
}

#[test]
fn a_pause_tells_how_long_and_which_attempt_of_how_many() {
    let pause = |times| Pause {
        delay: Duration::from_millis(1500),
        attempt: 2,
        times,
    };
    let text = pause(Times::AtMost(5)).to_string();
    assert_eq!(text, "trying again in 1.5 s (2 of 5)");
    let text = pause(Times::Forever).to_string();
    assert_eq!(text, "trying again in 1.5 s (attempt 2)");
}

#[test]
fn there_is_a_little_time_between_attempts_even_when_none_is_asked_for() {
    let mut course = Course::new(Settings {
        delay: Some(Duration::ZERO),
        ..retrying(Times::Forever)
    });
    assert_eq!(course.after(&failed(true)), Some(0.01));
    assert_eq!(course.after(&refused(&[("Retry-After", "0")])), Some(0.01));
}

#[test]
fn attempts_before_the_first_connection_do_not_count_against_coming_back() {
    let mut course = Course::new(Settings {
        retry: Some(Times::AtMost(2)),
        ..reconnecting(Times::AtMost(1))
    });
    assert_eq!(course.after(&failed(true)), Some(0.25));
    assert_eq!(course.after(&failed(true)), Some(0.5));
    course.opens_for(SECOND);
    assert_eq!(course.after(&failed(true)), Some(0.25));
    assert_eq!(course.after(&failed(true)), None);
}
