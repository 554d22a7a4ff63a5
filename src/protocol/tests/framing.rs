//! RFC 6455 §5: data framing, as a client hears it unless said otherwise.

use super::{Listening, config, frame};
use crate::protocol::role::Role;

/// The peer hears `bytes` and fails: with this message, and this code in its close frame.
fn fails(mut peer: Listening, bytes: &[u8], message: &str, code: u16) {
    let seen = peer.hears(bytes);
    let last = seen.last().expect("an event");
    assert!(
        last.starts_with("failed: ") && last.contains(message),
        "{bytes:02x?}: {seen:?}"
    );
    let close = (0x88, code.to_be_bytes().to_vec());
    assert_eq!(peer.says().last(), Some(&close));
    // What comes after a failure means nothing (§7.1.7).
    assert_eq!(peer.hears(b"\x81\x02hi"), Vec::<String>::new());
}

#[test]
fn section_5_7_a_single_frame_unmasked_text_message() {
    let seen = Listening::client().hears(&[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    assert_eq!(seen, ["text Hello"]);
}

#[test]
fn section_5_7_a_single_frame_masked_text_message() {
    let masked = [
        0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    let seen = Listening::new(&config(Role::Server)).hears(&masked);
    assert_eq!(seen, ["text Hello"]);
}

#[test]
fn section_5_7_a_fragmented_unmasked_text_message() {
    let fragments = [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f];
    assert_eq!(Listening::client().hears(&fragments), ["text Hello"]);
}

#[test]
fn section_5_7_an_unmasked_ping_request_and_its_masked_response() {
    let mut client = Listening::client();
    assert_eq!(
        client.hears(&[0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]),
        ["ping Hello"]
    );
    assert_eq!(client.says(), [(0x8a, b"Hello".to_vec())]);

    let pong = [
        0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
    ];
    let seen = Listening::new(&config(Role::Server)).hears(&pong);
    assert_eq!(seen, ["pong Hello"]);
}

#[test]
fn section_5_7_binary_messages_of_256_bytes_and_of_64_kib() {
    for (head, len) in [
        (&[0x82, 0x7e, 0x01, 0x00][..], 256),
        (&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0], 65_536),
    ] {
        let seen = Listening::client().hears(&[head, &vec![5; len]].concat());
        assert_eq!(seen, [format!("binary {:02x?}", vec![5; len])]);
    }
}

#[test]
fn section_5_4_control_frames_may_come_between_fragments() {
    let bytes = [
        &frame(0x01, b"Hel")[..],
        &frame(0x89, b"p"),
        &frame(0x80, b"lo"),
    ]
    .concat();
    assert_eq!(Listening::client().hears(&bytes), ["ping p", "text Hello"]);
}

#[test]
fn section_5_4_fragments_may_be_empty() {
    let bytes = [&frame(0x01, b"")[..], &frame(0x00, b""), &frame(0x80, b"")].concat();
    assert_eq!(Listening::client().hears(&bytes), ["text "]);
}

#[test]
fn section_5_1_a_server_must_not_mask() {
    let masked = [0x81, 0x81, 1, 2, 3, 4, 5];
    fails(
        Listening::client(),
        &masked,
        "the server sent a masked frame",
        1002,
    );
}

#[test]
fn section_5_1_a_client_must_mask() {
    let server = Listening::new(&config(Role::Server));
    fails(
        server,
        &frame(0x81, b"x"),
        "the client sent a frame without a mask",
        1002,
    );
}

#[test]
fn section_5_2_reserved_bits_must_be_zero() {
    for bit in [0x40, 0x20, 0x10] {
        fails(
            Listening::client(),
            &frame(0x81 | bit, b"x"),
            " set, and no extension",
            1002,
        );
        fails(
            Listening::client(),
            &frame(0x89 | bit, b"x"),
            " set, and no extension",
            1002,
        );
    }
}

#[test]
fn section_5_2_reserved_opcodes_fail_the_connection() {
    for opcode in [3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf] {
        let message = format!("reserved opcode {opcode:#x}");
        fails(
            Listening::client(),
            &frame(0x80 | opcode, b""),
            &message,
            1002,
        );
    }
}

#[test]
fn section_5_2_a_length_must_be_in_its_shortest_form() {
    for head in [
        &[0x82, 0x7e, 0x00, 0x7d][..],
        &[0x82, 0x7f, 0, 0, 0, 0, 0, 0, 0xff, 0xff],
    ] {
        fails(Listening::client(), head, "shortest form", 1002);
    }
}

#[test]
fn section_5_2_the_highest_bit_of_a_64_bit_length_must_be_zero() {
    let head = [0x82, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0];
    fails(Listening::client(), &head, "highest bit", 1002);
}

#[test]
fn section_5_4_a_continuation_needs_a_message() {
    fails(
        Listening::client(),
        &frame(0x80, b"x"),
        "no message to continue",
        1002,
    );
    let finished = [frame(0x81, b"x"), frame(0x00, b"y")].concat();
    fails(
        Listening::client(),
        &finished,
        "no message to continue",
        1002,
    );
}

#[test]
fn section_5_4_messages_must_not_be_interleaved() {
    for second in [0x81, 0x02] {
        let bytes = [frame(0x01, b"x"), frame(second, b"y")].concat();
        fails(
            Listening::client(),
            &bytes,
            "before the fragmented one was finished",
            1002,
        );
    }
}

#[test]
fn section_5_5_control_frames_must_not_be_fragmented() {
    for opcode in [0x08, 0x09, 0x0a] {
        fails(
            Listening::client(),
            &frame(opcode, b""),
            "is fragmented",
            1002,
        );
    }
}

#[test]
fn section_5_5_control_frames_have_at_most_125_bytes() {
    let longest = frame(0x89, &[b'x'; 125]);
    assert_eq!(Listening::client().hears(&longest).len(), 1);
    fails(
        Listening::client(),
        &[0x89, 0x7e, 0x00, 0x7e],
        "126 bytes",
        1002,
    );
}

#[test]
fn section_8_1_text_that_is_not_utf_8_fails_as_soon_as_that_is_certain() {
    fails(
        Listening::client(),
        &frame(0x81, b"a\xff"),
        "not UTF-8",
        1007,
    );
    // The second byte makes it certain, long before the message or even the frame ends.
    fails(
        Listening::client(),
        &[0x01, 0x7d, 0xce, 0xff],
        "not UTF-8",
        1007,
    );
    let cut = [frame(0x01, b"\xe2\x82"), frame(0x80, b"")].concat();
    fails(Listening::client(), &cut, "not UTF-8", 1007);
}

#[test]
fn section_8_1_a_character_may_be_cut_by_fragments() {
    let bytes = [
        frame(0x01, b"\xe2"),
        frame(0x00, b"\x82"),
        frame(0x80, b"\xac"),
    ]
    .concat();
    assert_eq!(Listening::client().hears(&bytes), ["text €"]);
}
