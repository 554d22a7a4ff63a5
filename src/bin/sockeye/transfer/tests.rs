use super::*;
use crate::exit_status::ExitStatus;
use crate::limits::MaxTime;
use crate::output::style::Style;
use sockeye::{CloseEvent, ErrorKind};
use std::time::Instant;

fn settings(count: Option<u64>) -> Settings {
    Settings {
        count,
        wait: Wait::Forever,
        expectations: Vec::new(),
        timeout: Wait::Forever,
        limits: Limits {
            max_time: MaxTime::starting(Instant::now(), Wait::Forever),
            send_timeout: Wait::Forever,
        },
        form: raw::Form {
            separator: b'\n',
            for_terminal: false,
        },
        timestamps: false,
        progress: false,
        clean: CleanCodes::default(),
        verbose: None,
        pings: None,
        notices: Notices {
            style: Style { colored: false },
            quiet: true,
            over_progress: false,
        },
    }
}

fn heard(messages: u64, code: u16) -> Heard {
    Heard {
        messages,
        ending: Ending {
            failure: None,
            close: Some(CloseEvent {
                code,
                reason: String::new(),
                was_clean: code != 1006,
            }),
            ..Ending::default()
        },
        expected: None,
        output: Ok(()),
    }
}

fn nothing_unsent() -> Said {
    Ok(Unsent::default())
}

fn status(result: anyhow::Result<()>) -> u8 {
    result.map_or_else(|error| ExitStatus::of(&error) as u8, |()| 0)
}

fn concluded(heard: Heard, said: Said, unsent: u64, count: Option<u64>) -> u8 {
    status(conclude(heard, &settings(count), || (said, unsent)))
}

#[test]
fn a_clean_close_with_everything_sent_is_success() {
    let result = concluded(heard(1, 1000), nothing_unsent(), 0, None);
    assert_eq!(result, 0);
}

#[test]
fn a_clean_close_with_something_left_to_send_is_not() {
    let queued = concluded(heard(1, 1000), nothing_unsent(), 1, None);
    assert_eq!(queued, 7);
    let refused = Ok(Unsent {
        messages: 0,
        more: true,
    });
    assert_eq!(concluded(heard(1, 1006), refused, 0, None), 6);
}

#[test]
fn what_was_queued_and_what_was_refused_is_counted_together() {
    let refused = Ok(Unsent {
        messages: 4,
        more: false,
    });
    let error =
        conclude(heard(0, 1001), &settings(None), || (refused, 1)).expect_err("not all was sent");
    let text = error.to_string();
    assert!(text.starts_with("5 messages were not sent"), "{text}");
}

#[test]
fn fewer_messages_than_asked_for_is_status_9_and_enough_is_success() {
    let result = |came| concluded(heard(came, 1000), nothing_unsent(), 0, Some(2));
    assert_eq!((result(1), result(2)), (9, 0));
}

#[test]
fn enough_messages_are_success_whatever_comes_after() {
    let result = concluded(heard(2, 1008), nothing_unsent(), 4, Some(2));
    assert_eq!(result, 0);
}

#[test]
fn a_connection_that_failed_says_so_before_the_messages_that_did_not_come() {
    let mut failed = heard(0, 1006);
    failed.ending.failure = Some(Failure::Connection {
        kind: ErrorKind::Connect,
        message: "refused".to_owned(),
        refusal: None,
        advice: None,
    });
    assert_eq!(concluded(failed, nothing_unsent(), 0, Some(1)), 3);
}

#[test]
fn input_that_is_not_text_is_status_2_after_a_clean_close() {
    let said = Err(Failure::Input("line 2".to_owned()));
    assert_eq!(concluded(heard(1, 1000), said, 0, None), 2);
}

#[test]
fn a_reader_that_has_gone_is_success() {
    let mut gone = heard(0, 1000);
    gone.output = Err(io::ErrorKind::BrokenPipe.into());
    assert_eq!(concluded(gone, nothing_unsent(), 1, None), 0);
}

#[test]
fn enough_messages_are_enough_to_leave_without_asking_the_speaker() {
    let result = conclude(heard(1, 1000), &settings(Some(1)), || {
        unreachable!("standard input may be idle")
    });
    assert!(result.is_ok());
}
