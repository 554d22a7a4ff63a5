//! RFC 6455 §7: closing the connection.

use super::{Listening, config, events, frame, transmitted};
use crate::protocol::role::Role;
use crate::protocol::{Batch, CommandError, Config, EndpointEvent, Failure};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat())
}

#[test]
fn section_5_5_1_a_close_frame_is_answered_with_its_code() {
    let mut client = Listening::client();
    assert_eq!(client.hears(&close_frame(4001, "bye")), ["closing"]);
    assert_eq!(client.says(), [(0x88, 4001_u16.to_be_bytes().to_vec())]);
    assert!(!client.endpoint.is_open() && !client.endpoint.is_closed());

    client.endpoint.handle_eof(client.now);
    assert_eq!(events(&mut client.endpoint), ["closed 4001 \"bye\" clean"]);
    assert!(client.endpoint.is_closed());
}

#[test]
fn section_5_5_1_a_close_frame_without_a_body_is_answered_without_one() {
    let mut client = Listening::client();
    client.hears(&frame(0x88, b""));
    assert_eq!(client.says(), [(0x88, vec![])]);
    client.endpoint.handle_eof(client.now);
    assert_eq!(
        events(&mut client.endpoint),
        ["closed without a code clean"]
    );
}

#[test]
fn section_5_5_1_nothing_is_sent_after_a_close_frame() {
    let mut client = Listening::client();
    let now = client.now;
    client.endpoint.close(now, Some(1000), "").expect("open");
    assert_eq!(
        client.endpoint.send(Batch::one_text("x".into())),
        Err(CommandError::NotOpen)
    );
    assert_eq!(client.endpoint.ping(now, b""), Err(CommandError::NotOpen));
    assert_eq!(client.says(), [(0x88, vec![0x03, 0xe8])]);
    // Not even a pong.
    assert_eq!(client.hears(&frame(0x89, b"p")), ["closing", "ping p"]);
    assert_eq!(client.says(), []);
}

#[test]
fn section_1_4_nothing_that_follows_the_peers_close_frame_counts() {
    let mut client = Listening::client();
    let bytes = [close_frame(1000, ""), frame(0x81, b"late"), vec![0xff; 9]].concat();
    assert_eq!(client.hears(&bytes), ["closing"]);
}

#[test]
fn messages_that_come_while_closing_are_delivered_and_marked() {
    let mut client = Listening::client();
    client.endpoint.close(client.now, None, "").expect("open");
    assert_eq!(client.hears(&frame(0x81, b"x")), ["closing", "late text x"]);
}

#[test]
fn queued_messages_go_before_our_close_frame() {
    let mut client = Listening::client();
    client
        .endpoint
        .send(Batch::one_text("first".into()))
        .expect("open");
    client
        .endpoint
        .close(client.now, Some(3000), "done")
        .expect("open");
    let close = [&3000_u16.to_be_bytes()[..], b"done"].concat();
    assert_eq!(client.says(), [(0x81, b"first".to_vec()), (0x88, close)]);
}

#[test]
fn queued_messages_are_not_sent_after_the_peers_close_frame() {
    let mut client = Listening::client();
    client
        .endpoint
        .send(Batch::one_text("too late".into()))
        .expect("open");
    client.hears(&close_frame(1001, ""));
    assert_eq!(client.says(), [(0x88, vec![0x03, 0xe9])]);
    assert_eq!(client.endpoint.statistics().messages_sent, 0);
}

#[test]
fn who_owes_answers_may_send_them_before_it_answers_the_close_frame() {
    let mut server = Listening::new(&Config {
        finish_before_closing: true,
        ..config(Role::Client)
    });
    server.hears(&[frame(0x81, b"question"), close_frame(1000, "")].concat());
    let answer = Batch::one_text("answer".into());
    server.endpoint.send(answer.clone()).expect("owed");
    assert_eq!(
        server.says(),
        [(0x81, b"answer".to_vec()), (0x88, vec![0x03, 0xe8])]
    );
    assert_eq!(server.endpoint.send(answer), Err(CommandError::NotOpen));
}

#[test]
fn a_large_frame_that_has_begun_is_finished_before_the_close_frame() {
    let mut client = Listening::client();
    let large = Batch::one_binary(vec![7; 1 << 20]);
    client.endpoint.send(large).expect("open");
    client
        .endpoint
        .send(Batch::one_text("dropped".into()))
        .expect("open");
    let first = client.endpoint.poll_transmit().expect("bytes").to_vec();
    client.endpoint.handle_transmitted(client.now, first.len());

    client.hears(&close_frame(1000, ""));
    let rest = transmitted(&mut client.endpoint, client.now);
    let frames = super::unframed(&[first, rest].concat());
    let lens: Vec<_> = frames
        .iter()
        .map(|(first, payload)| (*first, payload.len()))
        .collect();
    assert_eq!(lens, [(0x82, 1 << 20), (0x88, 2)]);
}

#[test]
fn section_7_1_5_a_simultaneous_close_keeps_the_peers_code() {
    let mut client = Listening::client();
    client
        .endpoint
        .close(client.now, Some(1000), "ours")
        .expect("open");
    assert_eq!(client.says().len(), 1);
    client.hears(&close_frame(4000, "theirs"));
    assert_eq!(client.says(), []);
    client.endpoint.handle_eof(client.now);
    assert_eq!(
        events(&mut client.endpoint),
        ["closed 4000 \"theirs\" clean"]
    );
}

#[test]
fn section_7_1_1_a_client_waits_for_the_server_to_end_the_stream_but_not_for_ever() {
    let mut client = Listening::client();
    client.hears(&close_frame(1000, ""));
    client.says();
    assert!(!client.endpoint.wants_shutdown());
    let deadline = client.endpoint.poll_timeout().expect("a deadline");
    assert!(deadline <= client.now + Duration::from_secs(2));
    client.endpoint.handle_timeout(deadline);
    assert_eq!(events(&mut client.endpoint), ["closed 1000 \"\" clean"]);
}

#[test]
fn section_7_1_1_a_server_ends_the_stream_first() {
    let mut server = Listening::new(&config(Role::Server));
    server
        .endpoint
        .close(server.now, Some(1000), "")
        .expect("open");
    server.says();
    assert!(!server.endpoint.wants_shutdown());
    // The client's answer, masked with a key of zeros.
    server.hears(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
    assert!(server.endpoint.wants_shutdown());
}

#[test]
fn a_stream_that_ends_without_a_close_frame_is_lost() {
    let mut client = Listening::client();
    client.endpoint.handle_eof(client.now);
    assert_eq!(
        events(&mut client.endpoint),
        [
            "failed: the connection was lost without a close handshake",
            "closed without a frame not clean"
        ]
    );
}

#[test]
fn a_stream_that_breaks_says_how() {
    let mut client = Listening::client();
    client.hears(&[0x81, 0x05, b'H']);
    client
        .endpoint
        .handle_read_error(client.now, "connection reset".to_owned());
    assert_eq!(
        events(&mut client.endpoint)[0],
        "failed: the connection was lost without a close handshake, in the middle of a text \
         message, 1 byte of which had come: connection reset"
    );
}

#[test]
fn a_close_frame_that_nobody_answers_times_out() {
    let mut client = Listening::client();
    client
        .endpoint
        .close(client.now, Some(1000), "")
        .expect("open");
    client.says();
    let deadline = client.endpoint.poll_timeout().expect("a deadline");
    assert_eq!(deadline, client.now + Duration::from_secs(10));
    client.endpoint.handle_timeout(deadline);
    assert_eq!(
        events(&mut client.endpoint),
        [
            "closing",
            "failed: the close handshake was not finished within 10 s",
            "closed without a frame not clean"
        ]
    );
}

/// Fires every timeout up to `seconds` from now, each second.
fn wait(client: &mut Listening, seconds: u32) {
    for _ in 0..seconds {
        client.now += SECOND;
        client.endpoint.handle_timeout(client.now);
    }
}

const TIMED_OUT: [&str; 2] = [
    "failed: the close handshake was not finished within 10 s",
    "closed without a frame not clean",
];

#[test]
fn handing_over_what_is_queued_has_no_bound() {
    let mut client = Listening::client();
    let large = Batch::one_binary(vec![0; 1 << 20]);
    client.endpoint.send(large).expect("open");
    client.endpoint.close(client.now, None, "").expect("open");
    for _ in 0..60 {
        wait(&mut client, 60);
        client.endpoint.poll_transmit().expect("more to send");
        client.endpoint.handle_transmitted(client.now, 1);
    }
    assert_eq!(events(&mut client.endpoint), ["closing"]);
}

#[test]
fn the_close_handshake_is_bounded_once_the_network_has_all_that_was_queued() {
    let mut client = Listening::client();
    let large = Batch::one_binary(vec![0; 1 << 20]);
    client.endpoint.send(large).expect("open");
    client.endpoint.close(client.now, None, "").expect("open");
    wait(&mut client, 60);
    assert_eq!(client.says().len(), 2);
    wait(&mut client, 9);
    assert_eq!(events(&mut client.endpoint), ["closing"]);
    wait(&mut client, 1);
    assert_eq!(events(&mut client.endpoint), TIMED_OUT);
}

#[test]
fn a_close_frame_that_the_network_does_not_take_is_bounded() {
    let mut client = Listening::client();
    client.endpoint.close(client.now, None, "").expect("open");
    client.endpoint.poll_transmit().expect("a close frame");
    wait(&mut client, 10);
    assert_eq!(events(&mut client.endpoint)[1..], TIMED_OUT);
}

#[test]
fn whatever_a_peer_goes_on_sending_does_not_extend_the_close_handshake() {
    let pings = frame(0x89, b"are you there");
    for more in [
        &frame(0x81, b"late")[..],
        &frame(0x01, b"part"),
        b"\x81",
        &pings,
    ] {
        let mut client = Listening::client();
        client.endpoint.close(client.now, None, "").expect("open");
        client.says();
        client.endpoint.handle_input(client.now, more);
        for _ in 0..9 {
            wait(&mut client, 1);
            // The next byte of what has begun, or the next frame.
            let next = if more.len() == 1 {
                &b"\x7d"[..]
            } else {
                &pings
            };
            client.endpoint.handle_input(client.now, next);
            client.endpoint.handle_paused(client.now);
            client.endpoint.handle_resumed(client.now);
        }
        assert!(!client.endpoint.is_open() && !client.endpoint.is_closed());
        assert!(!client.endpoint.is_overdue(client.now));
        wait(&mut client, 1);
        let seen = events(&mut client.endpoint);
        let [.., failed, closed] = &seen[..] else {
            panic!("{seen:?}");
        };
        assert!(failed.starts_with(TIMED_OUT[0]), "{failed}");
        assert_eq!(closed, TIMED_OUT[1]);
    }
}

#[test]
fn a_peer_that_closes_in_the_middle_and_reads_no_more_is_waited_for_within_bounds() {
    let mut client = Listening::client();
    let large = Batch::one_binary(vec![7; 1 << 20]);
    client.endpoint.send(large).expect("open");
    client.endpoint.poll_transmit().expect("bytes");
    client.hears(&close_frame(1001, ""));
    for _ in 0..10 {
        client.endpoint.handle_transmitted(client.now, 1);
        wait(&mut client, 1);
    }
    assert_eq!(
        events(&mut client.endpoint),
        [TIMED_OUT[0], "closed 1001 \"\" not clean"]
    );
}

#[test]
fn a_close_frame_that_came_before_writing_broke_is_heard_but_not_answered() {
    let mut client = Listening::client();
    client
        .endpoint
        .handle_write_error(client.now, "broken pipe".to_owned());
    client.hears(&close_frame(1008, "policy"));
    client.endpoint.handle_eof(client.now);
    assert_eq!(
        events(&mut client.endpoint),
        ["closed 1008 \"policy\" not clean"]
    );
}

#[test]
fn a_close_frame_is_answered_although_the_peer_ends_its_half_at_once() {
    let mut client = Listening::client();
    client.hears(&close_frame(1000, "bye"));
    client.endpoint.handle_eof(client.now);
    assert_eq!(client.says(), [(0x88, vec![0x03, 0xe8])]);
    assert_eq!(events(&mut client.endpoint), ["closed 1000 \"bye\" clean"]);
}

#[test]
fn an_end_is_not_clean_when_our_answer_could_not_be_written() {
    let mut lost = Listening::client();
    lost.hears(&close_frame(1000, ""));
    lost.endpoint.handle_eof(lost.now);
    lost.endpoint.poll_transmit().expect("an answer");
    lost.endpoint
        .handle_write_error(lost.now, "broken pipe".to_owned());
    assert_eq!(events(&mut lost.endpoint), ["closed 1000 \"\" not clean"]);

    let mut reset = Listening::client();
    reset.hears(&close_frame(1000, ""));
    reset
        .endpoint
        .handle_read_error(reset.now, "connection reset".to_owned());
    assert_eq!(events(&mut reset.endpoint), ["closed 1000 \"\" not clean"]);
}

#[test]
fn section_5_5_2_a_ping_that_came_before_a_close_frame_or_an_error_is_answered() {
    for (end, code) in [(close_frame(1000, ""), 1000_u16), (frame(0x83, b""), 1002)] {
        let mut client = Listening::client();
        client.endpoint.ping(client.now, b"ours").expect("open");
        client.hears(&[frame(0x89, b"a"), frame(0x89, b"b"), end].concat());
        assert_eq!(
            client.says(),
            [
                (0x8a, b"a".to_vec()),
                (0x8a, b"b".to_vec()),
                (0x88, code.to_be_bytes().to_vec())
            ]
        );
    }
}

#[test]
fn section_7_4_bad_bodies_of_close_frames_fail_the_connection() {
    for (body, message) in [
        (&b"\x03"[..], "body of one byte"),
        (b"\x03\xed", "the code 1005"),
        (b"\x03\xee", "the code 1006"),
        (b"\x00\x00", "the code 0"),
        (b"\x03\xe8\xff", "reason is not UTF-8"),
    ] {
        let seen = Listening::client().hears(&frame(0x88, body));
        assert!(seen.last().expect("an event").contains(message), "{seen:?}");
    }
}

#[test]
fn section_7_1_7_after_a_failure_the_stream_is_ended_within_bounded_time() {
    let mut client = Listening::client();
    client.hears(&frame(0x83, b""));
    client.says();
    assert!(client.endpoint.wants_shutdown());
    let deadline = client.endpoint.poll_timeout().expect("a deadline");
    client.endpoint.handle_timeout(deadline);
    assert_eq!(
        events(&mut client.endpoint),
        ["closed without a frame not clean"]
    );
}

#[test]
fn an_aborted_connection_is_over_at_once() {
    let mut client = Listening::client();
    client.endpoint.abort(client.now);
    assert!(client.endpoint.is_closed());
    assert_eq!(client.says(), []);
}

#[test]
fn a_close_that_must_not_be_sent_changes_nothing() {
    let mut client = Listening::client();
    let refused = client.endpoint.close(client.now, Some(1005), "");
    assert_eq!(refused, Err(CommandError::CloseCode(1005)));
    assert!(client.endpoint.is_open());
}

#[test]
fn a_lost_connection_tells_for_how_long_nothing_came_or_went() {
    let idle = |client: &mut Listening, at| {
        client.endpoint.handle_eof(at);
        let failed = client.endpoint.poll_event();
        match &failed {
            Some(EndpointEvent::Failed(Failure::Lost { idle, .. })) => *idle,
            other => panic!("{other:?}"),
        }
    };
    let minute = Duration::from_secs(60);
    let mut client = Listening::client();
    let at = client.now + minute;
    assert_eq!(idle(&mut client, at), minute);

    let mut client = Listening::client();
    client.now += minute;
    client.hears(&frame(0x81, b"a"));
    let at = client.now + Duration::from_secs(1);
    assert_eq!(idle(&mut client, at), Duration::from_secs(1));
}
