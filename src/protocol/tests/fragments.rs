//! RFC 6455 §5.4: messages that are sent in fragments of a size that was asked for.

use super::{Listening, events, transmitted, unframed, with_deflate};
use crate::protocol::role::Role;
use crate::protocol::{Batch, Config, Trace};
use std::num::NonZeroUsize;

fn cut(batch: Batch, size: usize) -> Batch {
    batch.in_fragments(NonZeroUsize::new(size).expect("not zero"))
}

fn said(client: &mut Listening, batch: Batch) -> Vec<(u8, Vec<u8>)> {
    client.endpoint.send(batch).expect("open");
    client.says()
}

/// Text that deflate makes shorter, but not short.
fn words() -> String {
    (0..400).map(|number| format!("{number} ")).collect()
}

#[test]
fn section_5_4_the_first_fragment_has_the_opcode_and_only_the_last_has_fin() {
    let frames = said(
        &mut Listening::client(),
        cut(Batch::one_text("Hello".into()), 2),
    );
    let expected = [(0x01, &b"He"[..]), (0x00, b"ll"), (0x80, b"o")];
    assert_eq!(frames, expected.map(|(first, bytes)| (first, bytes.into())));
}

#[test]
fn section_5_4_a_message_that_fits_is_one_frame() {
    for (text, size) in [("", 1), ("ab", 2), ("ab", usize::MAX)] {
        let batch = cut(Batch::one_binary(text.into()), size);
        let frames = said(&mut Listening::client(), batch);
        assert_eq!(frames, [(0x82, text.as_bytes().to_vec())]);
    }
}

#[test]
fn section_5_6_a_fragment_may_cut_a_character() {
    let frames = said(
        &mut Listening::client(),
        cut(Batch::one_text("é".into()), 1),
    );
    assert_eq!(frames, [(0x01, vec![0xc3]), (0x80, vec![0xa9])]);
}

#[test]
fn fragments_longer_than_what_is_written_at_once_stay_one_frame_each() {
    let bytes: Vec<u8> = (0..500_000).map(|i| (i % 251) as u8).collect();
    let batch = cut(Batch::one_binary(bytes.clone()), 200_000);
    let frames = said(&mut Listening::client(), batch);
    let lengths: Vec<_> = frames.iter().map(|(first, b)| (*first, b.len())).collect();
    assert_eq!(lengths, [(0x02, 200_000), (0, 200_000), (0x80, 100_000)]);
    let whole: Vec<u8> = frames.into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert!(whole == bytes);
}

#[test]
fn each_message_of_a_batch_is_cut_by_itself_and_counts_once() {
    let mut client = Listening::client();
    let batch = Batch::text(b"abcde".to_vec(), vec![0..3, 3..5]).expect("text");
    let firsts: Vec<u8> = said(&mut client, cut(batch, 2))
        .iter()
        .map(|(first, _)| *first)
        .collect();
    assert_eq!(firsts, [0x01, 0x80, 0x81]);
    let numbers = client.endpoint.statistics();
    assert_eq!((numbers.messages_sent, numbers.bytes_sent), (2, 5));
}

#[test]
fn section_5_4_control_frames_may_come_between_fragments() {
    let mut client = Listening::client();
    let batch = cut(Batch::one_binary(vec![1; 300_000]), 1000);
    client.endpoint.send(batch).expect("open");
    let first = client.endpoint.poll_transmit().expect("bytes").to_vec();
    client.endpoint.handle_transmitted(client.now, first.len());
    client.endpoint.ping(client.now, b"now").expect("open");
    let rest = transmitted(&mut client.endpoint, client.now);
    assert_eq!(unframed(&rest)[0], (0x89, b"now".to_vec()));
    let frames = unframed(&[first, rest].concat());
    assert_eq!(frames.len(), 301);
    assert_eq!(frames.last().expect("a frame").0, 0x80);
}

#[test]
fn rfc_7692_section_6_1_a_message_is_compressed_and_then_cut() {
    let mut client = Listening::new(&with_deflate(Role::Client));
    let text = words();
    let frames = said(&mut client, cut(Batch::one_text(text.clone()), 100));
    let whole: Vec<u8> = frames.iter().flat_map(|(_, b)| b.clone()).collect();
    assert!(frames.len() > 3 && whole.len() < text.len());
    assert_eq!(frames[0].0, 0x41, "RSV1 on the first fragment alone");
    let (last, rest) = frames.split_last().expect("frames");
    assert!(rest.iter().all(|(_, bytes)| bytes.len() == 100));
    assert!(rest[1..].iter().all(|(first, _)| *first == 0x00));
    assert_eq!(last.0, 0x80);

    let mut inflated = Vec::with_capacity(2 * text.len());
    let tail = [&whole[..], &[0, 0, 0xff, 0xff]].concat();
    flate2::Decompress::new(false)
        .decompress_vec(&tail, &mut inflated, flate2::FlushDecompress::Sync)
        .expect("a valid stream");
    assert_eq!(inflated, text.as_bytes());
    let numbers = client.endpoint.statistics();
    let sent = (numbers.messages_sent, numbers.bytes_sent);
    assert_eq!(sent, (1, text.len() as u64));
}

#[test]
fn cut_messages_follow_each_other_as_whole_ones_do() {
    let text = words();
    let second = |batch: fn(String) -> Batch| {
        let mut client = Listening::new(&with_deflate(Role::Client));
        said(&mut client, batch(text.clone()));
        said(&mut client, batch(text.clone()))
    };
    let whole = second(Batch::one_text);
    assert_eq!(whole.len(), 1);
    let pieces: Vec<u8> = second(|text| cut(Batch::one_text(text), 7))
        .into_iter()
        .flat_map(|(_, bytes)| bytes)
        .collect();
    assert_eq!(pieces, whole[0].1);
}

#[test]
fn every_fragment_is_told() {
    let mut client = Listening::new(&Config {
        trace: Trace::Frames,
        ..super::config(Role::Client)
    });
    said(&mut client, cut(Batch::one_text("Hello".into()), 3));
    assert_eq!(
        events(&mut client.endpoint),
        [
            r#"sent text masked 3 "Hel""#,
            r#"sent continuation fin masked 2 "lo""#
        ]
    );
}
