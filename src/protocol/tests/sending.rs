//! What goes out, in which order, and what counts as sent.

use super::{Listening, transmitted, unframed};
use crate::protocol::batch::MessageKind;
use crate::protocol::{Batch, Outgoing};
use std::time::Duration;

#[test]
fn messages_of_a_batch_are_frames_in_their_order() {
    let mut client = Listening::client();
    let batch = Batch::text(b"one\ntwo\n\n".to_vec(), vec![0..3, 4..7, 8..8]).expect("text");
    assert_eq!(batch.kind(), MessageKind::Text);
    client.endpoint.send(batch).expect("open");
    let frames = client.says();
    assert_eq!(
        frames,
        [
            (0x81, b"one".to_vec()),
            (0x81, b"two".to_vec()),
            (0x81, vec![])
        ]
    );
}

#[test]
fn control_frames_overtake_queued_messages_but_not_the_inside_of_a_frame() {
    let mut client = Listening::client();
    client
        .endpoint
        .send(Batch::one_binary(vec![1; 1 << 20]))
        .expect("open");
    client
        .endpoint
        .send(Batch::one_text("second".into()))
        .expect("open");
    let first = client.endpoint.poll_transmit().expect("bytes").to_vec();
    client.endpoint.handle_transmitted(client.now, first.len());
    client.endpoint.ping(client.now, b"now").expect("open");
    let rest = transmitted(&mut client.endpoint, client.now);
    let order: Vec<u8> = unframed(&[first, rest].concat())
        .iter()
        .map(|(first, _)| *first)
        .collect();
    assert_eq!(order, [0x82, 0x89, 0x81]);
}

#[test]
fn payload_counts_as_sent_when_the_network_has_its_frame() {
    let mut client = Listening::client();
    let batch = Batch::text(b"12345abc".to_vec(), vec![0..5, 5..8]).expect("text");
    client.endpoint.send(batch).expect("open");
    let len = client.endpoint.poll_transmit().expect("bytes").len();
    // Header, key and payload: 2 + 4 + 5, then 2 + 4 + 3.
    assert_eq!(len, 20);
    for (count, messages, bytes) in [(10, 0, 0), (1, 1, 5), (8, 1, 5), (1, 2, 8)] {
        client.endpoint.handle_transmitted(client.now, count);
        let numbers = client.endpoint.statistics();
        assert_eq!(
            (numbers.messages_sent, numbers.bytes_sent),
            (messages, bytes)
        );
    }
    let numbers = client.endpoint.statistics();
    assert_eq!((numbers.messages_queued, numbers.wire_bytes_sent), (2, 20));
}

#[test]
fn a_message_of_any_length_arrives_as_it_was() {
    for len in [
        0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 131_071, 131_072, 200_000,
    ] {
        let mut client = Listening::client();
        let bytes: Vec<u8> = (0..len).map(|i| (i % 251) as u8).collect();
        client
            .endpoint
            .send(Batch::one_binary(bytes.clone()))
            .expect("open");
        assert!(client.says() == [(0x82, bytes)], "{len} bytes");
    }
}

#[test]
fn memory_for_frames_does_not_grow_with_the_queue() {
    let mut client = Listening::client();
    for _ in 0..100 {
        client
            .endpoint
            .send(Batch::one_binary(vec![0; 100_000]))
            .expect("open");
    }
    let mut now = client.now;
    while let Some(bytes) = client.endpoint.poll_transmit() {
        let count = bytes.len();
        assert!(count <= 256 * 1024);
        now += Duration::from_millis(1);
        client.endpoint.handle_transmitted(now, count);
    }
    assert_eq!(client.endpoint.statistics().messages_sent, 100);
}

#[test]
fn what_the_network_has_not_taken_to_its_last_byte_comes_back_whole_and_in_order() {
    let mut client = Listening::client();
    let batch = Batch::text(b"onetwothree".to_vec(), vec![0..3, 3..6, 6..11]).expect("text");
    client.endpoint.send(batch).expect("open");
    let large = Batch::one_binary(vec![1; 1 << 20]);
    client.endpoint.send(large.clone()).expect("open");
    let last = Batch::one_text("last".into());
    client.endpoint.send(last.clone()).expect("open");
    client.endpoint.poll_transmit().expect("bytes");
    // The first frame and one byte of the second: 2 + 4 + 3, and 1.
    client.endpoint.handle_transmitted(client.now, 10);
    client
        .endpoint
        .handle_write_error(client.now, "gone".to_owned());
    let late = Batch::one_text("late".into());
    client.endpoint.send(late.clone()).expect("not closed yet");
    assert_eq!(client.endpoint.poll_transmit(), None);
    client.endpoint.handle_eof(client.now);
    let mut rest = Batch::text(b"onetwothree".to_vec(), vec![0..3, 3..6, 6..11]).expect("text");
    rest.skip(1);
    assert_eq!(
        client.endpoint.take_unsent(),
        [rest, large, last, late].map(Outgoing::Batch)
    );
    assert!(client.endpoint.take_unsent().is_empty());
}

#[test]
fn nothing_that_was_sent_comes_back() {
    let mut client = Listening::client();
    for text in ["one", "two"] {
        let batch = Batch::one_text(text.to_owned());
        client.endpoint.send(batch).expect("open");
    }
    client.says();
    client.endpoint.handle_eof(client.now);
    assert!(client.endpoint.take_unsent().is_empty());
}

#[test]
fn what_waited_behind_a_close_frame_of_the_peer_comes_back() {
    let mut client = Listening::client();
    let batch = Batch::binary(vec![1; 1 << 20], vec![0..1_000_000, 1_000_000..1 << 20]);
    client.endpoint.send(batch.clone()).expect("open");
    client.endpoint.poll_transmit().expect("bytes");
    let queued = Batch::one_text("queued".to_owned());
    client.endpoint.send(queued.clone()).expect("open");
    client.hears(&[0x88, 2, 0x03, 0xe9]);
    let order: Vec<u8> = client.says().iter().map(|(first, _)| *first).collect();
    assert_eq!(order, [0x82, 0x88], "a frame that has begun is finished");
    client.endpoint.handle_eof(client.now);
    let mut rest = batch;
    rest.skip(1);
    assert_eq!(
        client.endpoint.take_unsent(),
        [rest, queued].map(Outgoing::Batch)
    );
}
