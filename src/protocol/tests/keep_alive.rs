//! Pings, pongs, and pings that nobody asks for (RFC 6455 §5.5.2–5.5.3).

use super::{Listening, config, events, frame};
use crate::protocol::role::Role;
use crate::protocol::{CommandError, Config, KeepAlive};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn kept_alive(timeout: Option<Duration>) -> Listening {
    Listening::new(&Config {
        keep_alive: Some(KeepAlive {
            interval: 10 * SECOND,
            timeout,
        }),
        ..config(Role::Client)
    })
}

#[test]
fn a_pong_tells_the_round_trip_of_its_ping() {
    let mut client = Listening::client();
    client.endpoint.ping(client.now, b"a").expect("open");
    client.now += SECOND;
    assert_eq!(client.hears(&frame(0x8a, b"a")), ["pong a after 1s"]);
    assert_eq!(client.endpoint.statistics().last_round_trip, Some(SECOND));
    // A second pong answers nothing.
    assert_eq!(client.hears(&frame(0x8a, b"a")), ["pong a"]);
}

#[test]
fn section_5_5_3_a_pong_may_answer_only_the_last_of_several_pings() {
    let mut client = Listening::client();
    for payload in [b"a", b"b"] {
        client.endpoint.ping(client.now, payload).expect("open");
    }
    client.now += SECOND;
    assert_eq!(client.hears(&frame(0x8a, b"b")), ["pong b after 1s"]);
    assert_eq!(client.hears(&frame(0x8a, b"a")), ["pong a"]);
}

#[test]
fn section_5_5_2_a_ping_is_answered_unless_pongs_are_withheld() {
    let mut client = Listening::client();
    let pong = [(0x8a, b"a".to_vec())];
    for (answers, said) in [(true, &pong[..]), (false, &[]), (true, &pong)] {
        client.endpoint.set_pongs(answers);
        assert_eq!(client.hears(&frame(0x89, b"a")), ["ping a"]);
        assert_eq!(client.says(), said);
    }
}

#[test]
fn section_5_5_a_ping_of_126_bytes_is_refused() {
    let mut client = Listening::client();
    let refused = client.endpoint.ping(client.now, &[0; 126]);
    assert_eq!(refused, Err(CommandError::ControlTooLong(126)));
    assert_eq!(client.endpoint.ping(client.now, &[0; 125]), Ok(()));
}

#[test]
fn keep_alive_pings_come_at_their_interval() {
    let mut client = kept_alive(None);
    for round in 1..4 {
        let due = client.endpoint.poll_timeout().expect("a ping is due");
        assert_eq!(due, client.now + 10 * SECOND * round);
        client.endpoint.handle_timeout(due);
        assert_eq!(client.says().len(), 1);
    }
}

#[test]
fn an_interval_or_a_bound_beyond_what_a_clock_can_count_is_for_ever() {
    let mut client = Listening::new(&Config {
        close_timeout: Duration::MAX,
        keep_alive: Some(KeepAlive {
            interval: Duration::MAX,
            timeout: Some(Duration::MAX),
        }),
        ..config(Role::Client)
    });
    client.endpoint.handle_timeout(client.now + 1000 * SECOND);
    client
        .endpoint
        .close(client.now, None, "")
        .expect("a close without a code");
    assert_eq!(client.says(), [(0x88, vec![])]);
}

#[test]
fn a_missing_pong_loses_the_connection() {
    let mut client = kept_alive(Some(3 * SECOND));
    client.endpoint.handle_timeout(client.now + 10 * SECOND);
    client.says();
    let overdue = client.endpoint.poll_timeout().expect("a pong is due");
    assert_eq!(overdue, client.now + 13 * SECOND);
    client.endpoint.handle_timeout(overdue);
    assert_eq!(
        events(&mut client.endpoint),
        [
            "failed: no pong came within 3 s of a ping",
            "closed without a frame not clean"
        ]
    );
}

#[test]
fn a_pong_in_time_keeps_the_connection() {
    let mut client = kept_alive(Some(3 * SECOND));
    client.endpoint.handle_timeout(client.now + 10 * SECOND);
    let [(0x89, payload)] = &client.says()[..] else {
        panic!("one ping");
    };
    client.now += 11 * SECOND;
    assert_eq!(payload, b"keep-alive 1");
    let seen = client.hears(&frame(0x8a, payload));
    assert_eq!(seen, ["pong keep-alive 1 after 1s"]);
    assert_eq!(client.endpoint.statistics().last_round_trip, Some(SECOND));
    assert_eq!(
        client.endpoint.poll_timeout(),
        Some(client.now + 9 * SECOND)
    );
}

#[test]
fn a_peer_that_sends_all_the_time_and_answers_no_ping_is_lost_in_time() {
    let mut client = kept_alive(Some(3 * SECOND));
    client.endpoint.handle_timeout(client.now + 10 * SECOND);
    client.now += 12 * SECOND;
    // A large message that never ends.
    client.hears(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
    client.hears(&[0; 100]);
    client.now += SECOND;
    client.endpoint.handle_timeout(client.now);
    assert_eq!(
        events(&mut client.endpoint)[0],
        "failed: no pong came within 3 s of a ping, in the middle of a binary message, 100 bytes \
         of which had come"
    );
}

#[test]
fn only_the_time_in_which_we_did_not_listen_does_not_count_for_a_pong() {
    let mut client = kept_alive(Some(4 * SECOND));
    client.now += 10 * SECOND;
    client.endpoint.handle_timeout(client.now);
    for _ in 0..4 {
        client.endpoint.handle_paused(client.now);
        client.now += 60 * SECOND;
        client.endpoint.handle_timeout(client.now);
        client.endpoint.handle_resumed(client.now);
        assert_eq!(events(&mut client.endpoint), [""; 0]);
        client.now += SECOND;
        client.endpoint.handle_timeout(client.now);
    }
    assert_eq!(
        events(&mut client.endpoint)[0],
        "failed: no pong came within 4 s of a ping"
    );
}

#[test]
fn an_answer_to_an_earlier_ping_does_not_answer_a_later_one() {
    let mut client = kept_alive(Some(15 * SECOND));
    let mut pings = Vec::new();
    for _ in 0..2 {
        client.now += 10 * SECOND;
        client.endpoint.handle_timeout(client.now);
        pings.extend(client.says());
    }
    client.hears(&frame(0x8a, &pings[0].1));
    // 15 s after the second ping, not after the third.
    client.now += 15 * SECOND;
    client.endpoint.handle_timeout(client.now);
    assert!(events(&mut client.endpoint)[0].starts_with("failed: no pong"));
}
