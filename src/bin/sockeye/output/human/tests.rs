use super::*;
use std::time::SystemTime;

fn human(quiet: bool) -> Human {
    Human::new(Style { colored: false }, quiet)
}

fn shown(quiet: bool, event: &Event<'_>) -> String {
    let mut out = String::new();
    match event {
        Event::Ping(_) | Event::Pong { .. } => {
            human(quiet).control(event, SystemTime::UNIX_EPOCH, &mut out);
        }
        event => human(quiet).event(event, &mut out),
    }
    out
}

fn text(text: &str, ready_state: ReadyState) -> Event<'_> {
    Event::Message(Message {
        data: Data::Text(text.into()),
        ready_state,
        time: SystemTime::UNIX_EPOCH,
    })
}

#[test]
fn a_message_is_marked_and_its_lines_are_indented() {
    assert_eq!(shown(false, &text("a\nb", ReadyState::Open)), "< a\n  b\n");
}

fn with(looks: Looks, text_message: &str) -> String {
    let mut human = human(false);
    human.set_looks(looks);
    let mut out = String::new();
    human.event(&text(text_message, ReadyState::Open), &mut out);
    out
}

fn timestamps() -> Looks {
    Looks {
        timestamps: true,
        ..Looks::default()
    }
}

/// `00:00:00.000` and `+`, then the rest.
fn shape(line: &str) -> String {
    line.chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect()
}

#[test]
fn the_time_stands_before_a_message_on_demand() {
    let out = with(timestamps(), "a");
    assert_eq!(shape(&out), "00:00:00.000          < a\n");
}

#[test]
fn the_time_since_the_message_before_counts_also_what_was_shown_without() {
    let mut human = human(false);
    let mut out = String::new();
    let mut message = Message {
        data: Data::Text("a".into()),
        ready_state: ReadyState::Open,
        time: SystemTime::UNIX_EPOCH,
    };
    human.event(&Event::Message(message.clone()), &mut out);
    human.set_looks(timestamps());
    message.time += std::time::Duration::from_millis(210);
    human.event(&Event::Message(message.clone()), &mut out);
    let (first, second) = out.split_once('\n').expect("two lines");
    assert_eq!(first, "< a");
    assert!(second.ends_with(".210  +210 ms < a\n"), "{second}");
    out.clear();
    let later = message.time + std::time::Duration::from_millis(80);
    human.control(&Event::Ping(b"x".as_slice().into()), later, &mut out);
    assert!(out.ends_with(".290 +80.0 ms < ping x\n"), "{out}");
}

#[test]
fn json_is_laid_out_behind_the_mark() {
    let json = r#"{"a":[1,2,3],"b":"xyz"}"#;
    let narrow = |width| Looks {
        width,
        ..Looks::default()
    };
    let line = "< {\"a\": [1, 2, 3], \"b\": \"xyz\"}\n";
    let folded = "< {\n    \"a\": [1, 2, 3],\n    \"b\": \"xyz\"\n  }\n";
    assert_eq!(with(narrow(30), json), line);
    assert_eq!(with(narrow(29), json), folded);
}

#[test]
fn json_that_the_time_leaves_no_room_for_has_a_line_of_its_own() {
    let json = r#"{"a":[1,2,3],"b":"xyz"}"#;
    let at = |width| {
        let looks = Looks {
            width,
            ..timestamps()
        };
        let out = with(looks, json);
        out[out.find('<').expect("a mark")..].to_owned()
    };
    assert_eq!(at(52), "< {\"a\": [1, 2, 3], \"b\": \"xyz\"}\n");
    assert_eq!(at(51), "<\n  {\"a\": [1, 2, 3], \"b\": \"xyz\"}\n");
    assert!(at(29).starts_with("< {\n    \"a\""), "{}", at(29));
}

#[test]
fn not_pretty_is_the_exact_text() {
    let exact = Looks {
        pretty: false,
        ..Looks::default()
    };
    assert_eq!(with(exact, "{\"a\":\n1 }"), "< {\"a\":\n  1 }\n");
}

#[test]
fn a_long_text_is_cut_to_what_a_person_reads_unless_it_is_asked_for() {
    let whole = Looks {
        whole: true,
        ..Looks::default()
    };
    let long = 1 << 20;
    for (text, rows) in [
        ("x".repeat(long), 1),
        ("x\n".repeat(long / 2), 20),
        (format!("[{}1]", "1,".repeat(long / 2)), 20),
        (format!("[\"{}\"]", "x".repeat(long)), 2),
    ] {
        let cut = with(Looks::default(), &text);
        let (_, note) = cut.trim_end().rsplit_once('\n').expect("lines");
        assert_eq!(note, "  … 1.0 MiB more (/last 1 shows it whole)");
        assert_eq!(cut.lines().count(), rows + 1, "{cut}");
        assert!(cut.len() < 80 * 22, "{}", cut.len());
        let all = with(whole, &text);
        assert!(all.len() > long && !all.contains('…'), "{}", all.len());
    }
}

#[test]
fn json_in_full_is_laid_out_unless_that_would_bury_the_reader() {
    let whole = Looks {
        whole: true,
        ..Looks::default()
    };
    let json = |bytes: usize| format!("[{}1]", "1,".repeat(bytes / 2));
    assert_eq!(
        with(whole, &json(100 << 10)).lines().count(),
        (50 << 10) + 3
    );
    let nested = "[".repeat(1 << 20) + &"]".repeat(1 << 20);
    assert_eq!(with(whole, &nested), format!("< {nested}\n"));
}

#[test]
fn what_was_sent_has_its_own_mark() {
    let mut out = String::new();
    let message = Message {
        data: Data::Text("a\nb".into()),
        ready_state: ReadyState::Open,
        time: SystemTime::UNIX_EPOCH,
    };
    human(false).sent(&message, &mut out);
    assert_eq!(out, "> a\n  b\n");
}

#[test]
fn a_change_of_state_tells_how_long_the_state_before_took() {
    let line = shown(false, &Event::ReadyState(ReadyState::Closing));
    assert!(line.starts_with("CLOSING after "), "{line}");
}

#[test]
fn bytes_that_are_no_text_in_a_control_frame_are_hexadecimal() {
    assert_eq!(
        shown(false, &Event::Ping(b"\xff\x00".as_slice().into())),
        "< ping hex:ff00\n"
    );
}

#[test]
fn a_message_that_comes_late_says_so() {
    let line = shown(false, &text("a", ReadyState::Closing));
    assert_eq!(line, "< (while CLOSING) a\n");
    let json = format!("[{}]", "1".repeat(61));
    let line = shown(false, &text(&json, ReadyState::Closing));
    assert_eq!(line, format!("< (while CLOSING)\n  {json}\n"));
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
        Event::Close(close),
        Event::Ping(b"\x1b[2J\n".as_slice().into()),
    ] {
        let line = shown(false, &event);
        let body = line.strip_suffix('\n').expect("a line");
        assert!(!body.contains(char::is_control), "{body:?}");
    }
}

/// The line of the close event after these errors.
fn closed(was_open: bool, code: u16, errors: Vec<sockeye::Error>) -> String {
    let mut human = human(false);
    if was_open {
        human.course.opened();
    }
    for error in errors {
        human.event(&Event::Error(error.into()), &mut String::new());
    }
    let close = CloseEvent {
        code,
        reason: String::new(),
        was_clean: false,
    };
    let mut out = String::new();
    human.event(&Event::Close(close), &mut out);
    let (line, _) = out.split_once(", after ").expect("how long it took");
    line.to_owned()
}

#[test]
fn a_close_without_a_frame_says_why_in_a_few_words() {
    use sockeye::protocol::Failure;
    let (how, unfinished) = (None, None);
    let limit = std::time::Duration::from_secs(1);
    let no_pong = Failure::NoPong {
        limit,
        unfinished: None,
    };
    for (failure, words) in [
        (no_pong, "no pong in time"),
        (
            Failure::Lost {
                how,
                unfinished: None,
                idle: std::time::Duration::ZERO,
            },
            "connection lost",
        ),
        (
            Failure::CloseTimedOut { limit, unfinished },
            "no close frame in time",
        ),
        (Failure::Aborted, "dropped"),
    ] {
        let line = closed(true, 1006, vec![failure.into()]);
        assert_eq!(line, format!("CLOSED 1006 ({words}), not clean"));
    }
    let line = closed(true, 1000, Vec::new());
    assert_eq!(line, "CLOSED 1000 (normal closure), not clean");
}

#[test]
fn what_was_never_open_is_not_called_lost() {
    use sockeye::transport;
    let refused = transport::TransportError::Cancelled;
    let canceled = closed(false, 1006, vec![refused.into()]);
    assert_eq!(canceled, "CLOSED 1006 (never open: canceled)");
    let options = sockeye::Error::LostUpgrading("reset".to_owned());
    assert_eq!(
        closed(false, 1006, vec![options]),
        "CLOSED 1006 (never open)"
    );
}

#[test]
fn a_pong_shows_its_round_trip() {
    let pong = Event::Pong {
        payload: b"x".as_slice().into(),
        round_trip: Some(std::time::Duration::from_micros(210)),
    };
    assert_eq!(shown(false, &pong), "< pong x 210 µs\n");
}

#[test]
fn quiet_shows_messages_only() {
    assert_eq!(shown(true, &Event::Ping(b"".as_slice().into())), "");
    assert_eq!(shown(true, &Event::ReadyState(ReadyState::Closing)), "");
    assert_eq!(shown(true, &text("a", ReadyState::Open)), "< a\n");
}

#[test]
fn a_dump_follows_an_array_buffer() {
    let event = Event::Message(Message {
        data: Data::ArrayBuffer(b"abc".as_slice().into()),
        ready_state: ReadyState::Open,
        time: SystemTime::UNIX_EPOCH,
    });
    let out = shown(false, &event);
    assert!(
        out.starts_with("< binary, 3 B, text\n  00000000  61 62 63 "),
        "{out}"
    );
}
