//! RFC 7692 §7: permessage-deflate over whole connections.

use super::{Listening, frame, with_deflate};
use crate::protocol::role::Role;
use crate::protocol::{Batch, Config};
use flate2::{Compress, Compression, FlushCompress};

fn client() -> Listening {
    Listening::new(&with_deflate(Role::Client))
}

/// Payload as RFC 7692 §7.2.1 makes it, by the library itself.
pub(super) fn deflated(payload: &[u8]) -> Vec<u8> {
    let mut compressed = Vec::with_capacity(payload.len() + 64);
    Compress::new(Compression::best(), false)
        .compress_vec(payload, &mut compressed, FlushCompress::Sync)
        .expect("room enough");
    compressed.truncate(compressed.len() - 4);
    compressed
}

const HELLO: [u8; 7] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];

#[test]
fn section_7_2_3_1_a_message_compressed_with_one_block() {
    assert_eq!(client().hears(&frame(0xc1, &HELLO)), ["text Hello"]);
}

#[test]
fn section_7_2_3_1_the_same_in_two_fragments() {
    let bytes = [frame(0x41, &HELLO[..3]), frame(0x80, &HELLO[3..])].concat();
    assert_eq!(client().hears(&bytes), ["text Hello"]);
}

#[test]
fn section_7_2_3_2_the_sliding_window_is_shared() {
    let second = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let bytes = [frame(0xc1, &HELLO), frame(0xc1, &second)].concat();
    assert_eq!(client().hears(&bytes), ["text Hello", "text Hello"]);
}

#[test]
fn section_7_2_3_3_a_block_without_compression() {
    let stored = [
        0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00,
    ];
    assert_eq!(client().hears(&frame(0xc1, &stored)), ["text Hello"]);
}

#[test]
fn section_7_2_3_4_a_block_with_bfinal_set() {
    let last = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    let bytes = [frame(0xc1, &last), frame(0xc1, &HELLO)].concat();
    assert_eq!(client().hears(&bytes), ["text Hello", "text Hello"]);
}

#[test]
fn section_7_2_3_5_two_blocks_in_one_message() {
    let blocks = [
        0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00,
    ];
    assert_eq!(client().hears(&frame(0xc1, &blocks)), ["text Hello"]);
}

#[test]
fn section_7_2_3_6_an_empty_message() {
    assert_eq!(client().hears(&frame(0xc1, &[0x00])), ["text "]);
}

#[test]
fn section_6_1_only_the_first_fragment_has_rsv1() {
    let bytes = [frame(0x41, &HELLO[..3]), frame(0xc0, &HELLO[3..])].concat();
    let seen = client().hears(&bytes);
    assert!(seen.last().expect("an event").contains("RSV1"), "{seen:?}");
}

#[test]
fn section_6_1_control_frames_are_never_compressed() {
    let seen = client().hears(&frame(0xc9, &HELLO));
    assert!(seen.last().expect("an event").contains("RSV1"), "{seen:?}");
}

#[test]
fn uncompressed_messages_may_come_in_between() {
    let second = [0xf2, 0x00, 0x11, 0x00, 0x00];
    let bytes = [
        frame(0xc1, &HELLO),
        frame(0x81, b"plain"),
        frame(0xc1, &second),
    ]
    .concat();
    assert_eq!(
        client().hears(&bytes),
        ["text Hello", "text plain", "text Hello"]
    );
}

#[test]
fn an_invalid_stream_fails_with_1007() {
    let mut client = client();
    let seen = client.hears(&frame(0xc2, &[0xff, 0xff, 0xff]));
    assert!(
        seen.last().expect("an event").contains("DEFLATE"),
        "{seen:?}"
    );
    assert_eq!(client.says(), [(0x88, 1007_u16.to_be_bytes().to_vec())]);
}

#[test]
fn compressed_text_that_is_not_utf_8_fails_with_1007() {
    let mut client = client();
    client.hears(&frame(0xc1, &deflated(b"bad \xff text")));
    assert_eq!(client.says(), [(0x88, 1007_u16.to_be_bytes().to_vec())]);
}

#[test]
fn what_we_send_is_compressed_and_another_inflater_reads_it() {
    let mut client = client();
    let text = "the same words, the same words, the same words, the same words, the same words";
    client
        .endpoint
        .send(Batch::one_text(text.into()))
        .expect("open");
    let [(0xc1, payload)] = &client.says()[..] else {
        panic!("one compressed frame");
    };
    assert!(payload.len() < text.len());
    let mut inflated = Vec::with_capacity(1000);
    let tail = [&payload[..], &[0, 0, 0xff, 0xff]].concat();
    flate2::Decompress::new(false)
        .decompress_vec(&tail, &mut inflated, flate2::FlushDecompress::Sync)
        .expect("a valid stream");
    assert_eq!(inflated, text.as_bytes());
}

#[test]
fn a_large_message_is_compressed_in_fragments_and_counts_once() {
    let mut client = client();
    // Bytes that do not compress to nothing.
    let noise = (0_u32..1 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8);
    client
        .endpoint
        .send(Batch::one_binary(noise.collect()))
        .expect("open");
    let frames = client.says();
    assert!(frames.len() > 1);
    let first_bytes: Vec<u8> = frames.iter().map(|(first, _)| *first).collect();
    assert_eq!(first_bytes[0], 0x42);
    assert_eq!(first_bytes.last(), Some(&0x80));
    assert!(
        first_bytes[1..first_bytes.len() - 1]
            .iter()
            .all(|first| *first == 0x00)
    );
    let numbers = client.endpoint.statistics();
    assert_eq!((numbers.messages_sent, numbers.bytes_sent), (1, 1 << 20));
}

#[test]
fn without_context_takeover_every_message_stands_alone() {
    let mut config = with_deflate(Role::Client);
    if let Some(agreed) = &mut config.deflate {
        agreed.client_no_context_takeover = true;
    }
    let mut client = Listening::new(&Config { ..config });
    let text = "a text of some length that is sent twice, so that a window would help the second";
    for _ in 0..2 {
        client
            .endpoint
            .send(Batch::one_text(text.into()))
            .expect("open");
    }
    let frames = client.says();
    assert_eq!(frames[0], frames[1]);
}
