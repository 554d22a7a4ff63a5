//! Frames told beside the events.

use super::{Listening, config, events, frame, transmitted};
#[cfg(feature = "deflate")]
use super::{deflate::deflated, with_deflate};
#[cfg(feature = "deflate")]
use crate::protocol::Batch;
use crate::protocol::role::Role;
use crate::protocol::{Config, Direction, Frame, Trace};

/// A frame in a few words: direction, name, flags, lengths, beginning.
pub(super) fn described(frame: &Frame<'_>) -> String {
    let mark = match frame.direction {
        Direction::Sent => "sent",
        Direction::Received => "got",
    };
    let flag = |set, name: &'static str| if set { name } else { "" };
    let inflated = frame.inflated.map(|length| format!(" of {length}"));
    format!(
        "{mark} {}{}{}{}{}{} {}{} {:?}",
        frame.name(),
        flag(frame.fin, " fin"),
        flag(frame.rsv1, " rsv1"),
        flag(frame.rsv2, " rsv2"),
        flag(frame.rsv3, " rsv3"),
        flag(frame.masked, " masked"),
        frame.length,
        inflated.unwrap_or_default(),
        String::from_utf8_lossy(&frame.beginning),
    )
}

fn client(trace: Trace) -> Listening {
    Listening::new(&Config {
        trace,
        ..config(Role::Client)
    })
}

#[test]
fn a_frame_is_told_before_the_event_it_leads_to_and_an_answer_after_it() {
    let mut client = client(Trace::Frames);
    let bytes = [frame(0x01, b"he"), frame(0x89, b"p"), frame(0x80, b"llo")].concat();
    assert_eq!(
        client.hears(&bytes),
        [
            r#"got text 2 "he""#,
            r#"got ping fin 1 "p""#,
            "ping p",
            r#"got continuation fin 3 "llo""#,
            "text hello",
        ]
    );
    transmitted(&mut client.endpoint, client.now);
    assert_eq!(
        events(&mut client.endpoint),
        [r#"sent pong fin masked 1 "p""#]
    );
}

#[test]
fn a_frame_that_comes_in_pieces_is_told_once_with_the_beginning_of_its_payload() {
    let mut client = client(Trace::Frames);
    let payload = "x".repeat(1000);
    let header = [0x82, 126, 0x03, 0xe8];
    let bytes = [&header[..], payload.as_bytes()].concat();
    let mut seen = Vec::new();
    for piece in bytes.chunks(7) {
        seen.extend(client.hears(piece));
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert_eq!(
        seen[0],
        format!("got binary fin 1000 {:?}", &payload[..125])
    );
}

#[cfg(feature = "deflate")]
#[test]
fn a_compressed_frame_has_both_lengths_in_both_directions() {
    let mut client = Listening::new(&Config {
        trace: Trace::Frames,
        ..with_deflate(Role::Client)
    });
    let text = "abc ".repeat(100);
    let payload = deflated(text.as_bytes());
    for first in [0xc1, 0xc2] {
        // The payload refers to nothing before it.
        let seen = client.hears(&frame(first, &payload));
        let lengths = format!("rsv1 {} of 400 \"abc abc", payload.len());
        assert!(seen[0].contains(&lengths), "{seen:?}");
    }
    client.endpoint.send(Batch::one_text(text)).expect("open");
    let sent = transmitted(&mut client.endpoint, client.now).len() - 6;
    let seen = events(&mut client.endpoint);
    let expected = format!("sent text fin rsv1 masked {sent} of 400 \"abc abc");
    assert!(seen[0].starts_with(&expected), "{seen:?}");
}

#[cfg(feature = "deflate")]
#[test]
fn each_fragment_of_a_large_compressed_message_has_its_share() {
    let mut client = Listening::new(&Config {
        trace: Trace::Frames,
        ..with_deflate(Role::Client)
    });
    let mut noise = 1_u32;
    let payload: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise.to_be_bytes()[0]
    })
    .take(300_000)
    .collect();
    client
        .endpoint
        .send(Batch::one_binary(payload))
        .expect("open");
    transmitted(&mut client.endpoint, client.now);
    let mut inflated = 0;
    let mut frames = 0;
    while let Some(event) = client.endpoint.poll_event() {
        let crate::protocol::EndpointEvent::Frame(frame) = event else {
            panic!("{event:?}");
        };
        inflated += frame.inflated.expect("compressed");
        frames += 1;
    }
    assert!(frames > 1, "one frame");
    assert_eq!(inflated, 300_000);
}

#[test]
fn of_the_handshakes_only_close_frames_are_told() {
    let mut client = client(Trace::Handshakes);
    assert_eq!(client.hears(&frame(0x81, b"hi")), ["text hi"]);
    assert_eq!(client.hears(&frame(0x89, b"")), ["ping "]);
    let close = [&1001_u16.to_be_bytes()[..], b"bye"].concat();
    let seen = client.hears(&frame(0x88, &close));
    assert!(seen[0].starts_with("got close fin 5 "), "{seen:?}");
    transmitted(&mut client.endpoint, client.now);
    let seen = events(&mut client.endpoint);
    assert!(seen[0].starts_with("sent close fin masked 2 "), "{seen:?}");
}

#[test]
fn nothing_is_told_unasked() {
    let mut client = client(Trace::Off);
    assert_eq!(client.hears(&frame(0x81, b"hi")), ["text hi"]);
    client.endpoint.close(client.now, None, "").expect("open");
    transmitted(&mut client.endpoint, client.now);
    assert_eq!(events(&mut client.endpoint), ["closing"]);
}

#[test]
fn the_frame_that_breaks_a_rule_is_told_before_the_failure() {
    let table = [
        (frame(0xb1, b"x"), "got text fin rsv2 rsv3 1 "),
        (frame(0x83, b"x"), "got reserved fin 1 "),
        (frame(0x80, b"x"), "got continuation fin 1 "),
        (frame(0x81, b"a\xff"), "got text fin 2 \"a\u{fffd}\""),
        (vec![0x81, 0x80, 0, 0, 0, 0], "got text fin masked 0 "),
    ];
    for (bytes, expected) in table {
        let seen = client(Trace::Frames).hears(&bytes);
        assert!(seen[0].starts_with(expected), "{seen:?}");
        assert_eq!(seen[1], "closing", "{seen:?}");
        assert!(seen[2].starts_with("failed: "), "{seen:?}");
    }
}

#[test]
fn a_server_sees_masks_on_what_it_receives() {
    let mut server = Listening::new(&Config {
        trace: Trace::Frames,
        ..config(Role::Server)
    });
    let mut masked = vec![0x81, 0x82, 0, 0, 0, 0];
    masked.extend_from_slice(b"hi");
    let seen = server.hears(&masked);
    assert_eq!(seen, [r#"got text fin masked 2 "hi""#, "text hi"]);
}
