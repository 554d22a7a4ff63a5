//! Messages whose payload is supplied in pieces.

use super::{Listening, config, events, frame, transmitted, unframed};
use crate::protocol::role::Role;
use crate::protocol::{Batch, CommandError, Config, Outgoing, Trace};
use proptest::prelude::*;
use std::time::Duration;

const MIB: usize = 1 << 20;

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}

/// Supplies what is wanted, in pieces of at most `piece` bytes, and lets the network take at most
/// `at_once` bytes at a time, until nothing more happens. Returns what the network took.
fn pumped(client: &mut Listening, source: &[u8], piece: usize, at_once: usize) -> Vec<u8> {
    let (mut wire, mut rest) = (Vec::new(), source);
    loop {
        let bytes = client.endpoint.poll_transmit().unwrap_or_default();
        let count = bytes.len().min(at_once);
        assert!(bytes.len() < 2 * 128 * 1024 + 64, "memory is bounded");
        wire.extend_from_slice(&bytes[..count]);
        client.endpoint.handle_transmitted(client.now, count);
        let wanted = client.endpoint.wants_payload().unwrap_or_default();
        assert!(wanted <= 128 * 1024);
        let (now, later) = rest.split_at(wanted.min(piece).min(rest.len()));
        client.endpoint.handle_payload(now);
        rest = later;
        if count == 0 && now.is_empty() {
            return wire;
        }
    }
}

fn send(client: &mut Listening, source: &[u8]) {
    let len = source.len() as u64;
    client.endpoint.send_stream(len).expect("open");
}

#[test]
fn a_stream_of_up_to_1_mib_is_one_frame() {
    for len in [1, 125, 126, 65_536, 300_000, MIB] {
        let mut client = Listening::client();
        let source = payload(len);
        send(&mut client, &source);
        let wire = pumped(&mut client, &source, usize::MAX, usize::MAX);
        assert!(unframed(&wire) == [(0x82, source)], "{len} bytes");
        assert_eq!(client.endpoint.wants_payload(), None);
    }
}

#[test]
fn section_5_4_a_larger_stream_is_fragments_of_1_mib() {
    let mut client = Listening::client();
    let source = payload(2 * MIB + 5);
    send(&mut client, &source);
    let frames = unframed(&pumped(&mut client, &source, 100_000, 70_000));
    let headers: Vec<_> = frames.iter().map(|(first, p)| (*first, p.len())).collect();
    assert_eq!(headers, [(0x02, MIB), (0x00, MIB), (0x80, 5)]);
    let joined: Vec<u8> = frames
        .into_iter()
        .flat_map(|(_, payload)| payload)
        .collect();
    assert!(joined == source);
}

#[test]
fn an_empty_stream_is_an_empty_message_that_needs_no_payload() {
    let mut client = Listening::client();
    send(&mut client, b"");
    assert_eq!(client.endpoint.wants_payload(), None);
    assert_eq!(client.says(), [(0x82, vec![])]);
    let numbers = client.endpoint.statistics();
    assert_eq!((numbers.messages_queued, numbers.messages_sent), (1, 1));
}

#[test]
fn streams_and_batches_keep_their_order() {
    let mut client = Listening::client();
    let batch = |text: &str| Batch::one_text(text.to_owned());
    client.endpoint.send(batch("before")).expect("open");
    client.endpoint.send_stream(3).expect("open");
    client.endpoint.send(batch("between")).expect("open");
    client.endpoint.send_stream(2).expect("open");
    client
        .endpoint
        .close(client.now, Some(1000), "")
        .expect("legal");
    let frames = unframed(&pumped(&mut client, b"abcde", usize::MAX, usize::MAX));
    assert_eq!(
        frames,
        [
            (0x81, b"before".to_vec()),
            (0x82, b"abc".to_vec()),
            (0x81, b"between".to_vec()),
            (0x82, b"de".to_vec()),
            (0x88, vec![0x03, 0xe8]),
        ]
    );
}

#[test]
fn pings_and_pongs_are_sent_between_the_fragments() {
    let mut client = Listening::client();
    let source = payload(2 * MIB);
    send(&mut client, &source);
    client.endpoint.handle_payload(&source[..10]);
    client.hears(&frame(0x89, b"early"));
    let wire = pumped(&mut client, &source[10..MIB], usize::MAX, usize::MAX);
    client.endpoint.ping(client.now, b"late").expect("open");
    let more = pumped(&mut client, &source[MIB..], usize::MAX, usize::MAX);
    let frames = unframed(&[wire, more].concat());
    let order: Vec<u8> = frames.iter().map(|(first, _)| *first).collect();
    assert_eq!(order, [0x02, 0x8a, 0x89, 0x80]);
}

#[test]
fn a_stream_counts_as_buffered_at_once_and_as_sent_when_the_network_has_it() {
    let mut client = Listening::client();
    client.endpoint.send_stream(1000).expect("open");
    assert_eq!(client.endpoint.buffered_amount(), 1000);
    client.endpoint.handle_payload(&[1; 400]);
    assert_eq!(client.endpoint.buffered_amount(), 1000);
    pumped(&mut client, b"", 0, usize::MAX);
    let numbers = client.endpoint.statistics();
    assert_eq!((numbers.messages_sent, numbers.bytes_sent), (0, 400));
    assert_eq!(client.endpoint.buffered_amount(), 600);
    pumped(&mut client, &[1; 600], usize::MAX, usize::MAX);
    let numbers = client.endpoint.statistics();
    assert_eq!((numbers.messages_sent, numbers.bytes_sent), (1, 1000));
    assert_eq!(client.endpoint.buffered_amount(), 0);
    client.endpoint.handle_eof(client.now);
    assert!(client.endpoint.take_unsent().is_empty());
}

#[test]
fn a_source_that_ends_too_early_fails_the_connection_and_nothing_is_padded() {
    let mut client = Listening::client();
    client.endpoint.send_stream(10).expect("open");
    let last = Batch::one_text("last".to_owned());
    client.endpoint.send(last.clone()).expect("open");
    let wire = pumped(&mut client, b"abc", usize::MAX, usize::MAX);
    assert_eq!(wire.len(), 2 + 4 + 3, "header, key and what there was");
    (client.endpoint).handle_payload_error(client.now, "photo.png".to_owned(), None);
    assert_eq!(
        events(&mut client.endpoint),
        [
            "failed: photo.png could not be sent: 3 of 10 bytes could be read",
            "closed without a frame not clean"
        ]
    );
    assert_eq!(client.endpoint.poll_transmit(), None);
    assert_eq!(client.endpoint.wants_payload(), None);
    let unsent = [Outgoing::Stream { len: 10 }, Outgoing::Batch(last)];
    assert_eq!(client.endpoint.take_unsent(), unsent);
}

#[test]
fn a_source_that_cannot_be_read_is_named_with_the_cause() {
    let mut client = Listening::client();
    client.endpoint.send_stream(10).expect("open");
    let cause = Some("Input/output error".to_owned());
    (client.endpoint).handle_payload_error(client.now, "disk".to_owned(), cause);
    assert_eq!(
        events(&mut client.endpoint)[0],
        "failed: disk could not be sent: 0 of 10 bytes could be read: Input/output error"
    );
}

#[test]
fn an_error_of_a_source_that_is_not_being_sent_changes_nothing() {
    let mut client = Listening::client();
    (client.endpoint).handle_payload_error(client.now, "none".to_owned(), None);
    client.endpoint.handle_payload(b"nobody asked");
    assert!(client.endpoint.is_open());
    assert_eq!(client.says(), []);
}

#[test]
fn bytes_beyond_the_size_are_ignored() {
    let mut client = Listening::client();
    client.endpoint.send_stream(3).expect("open");
    client.endpoint.handle_payload(b"abcdef");
    assert_eq!(client.says(), [(0x82, b"abc".to_vec())]);
}

#[test]
fn a_close_frame_of_the_peer_is_answered_after_the_fragment_and_the_rest_is_unsent() {
    let mut client = Listening::client();
    let source = payload(3 * MIB);
    send(&mut client, &source);
    let wire = pumped(&mut client, &source[..10], usize::MAX, usize::MAX);
    client.hears(&[0x88, 2, 0x03, 0xe9]);
    let rest = pumped(&mut client, &source[10..], usize::MAX, usize::MAX);
    let frames = unframed(&[wire, rest].concat());
    let headers: Vec<_> = frames.iter().map(|(first, p)| (*first, p.len())).collect();
    assert_eq!(headers, [(0x02, MIB), (0x88, 2)]);
    client.endpoint.handle_eof(client.now);
    let len = source.len() as u64;
    assert_eq!(client.endpoint.take_unsent(), [Outgoing::Stream { len }]);
}

#[test]
fn a_stream_that_has_not_begun_stays_unsent_when_the_peer_closes() {
    let mut client = Listening::client();
    client.endpoint.send_stream(5).expect("open");
    client.hears(&[0x88, 0]);
    assert_eq!(client.endpoint.wants_payload(), None);
    assert_eq!(client.says(), [(0x88, vec![])]);
    assert_eq!(client.endpoint.send_stream(1), Err(CommandError::NotOpen));
}

#[test]
fn the_deadline_of_the_close_handshake_begins_after_the_stream() {
    let mut client = Listening::client();
    client.endpoint.send_stream(5).expect("open");
    client.endpoint.close(client.now, None, "").expect("legal");
    assert_eq!(client.endpoint.poll_timeout(), None);
    pumped(&mut client, b"abcde", usize::MAX, usize::MAX);
    let timeout = client.now + Duration::from_secs(10);
    assert_eq!(client.endpoint.poll_timeout(), Some(timeout));
}

#[test]
fn a_frame_of_a_stream_is_traced_when_its_payload_is_complete() {
    let mut client = Listening::new(&Config {
        trace: Trace::Frames,
        ..config(Role::Client)
    });
    client.endpoint.send_stream(6).expect("open");
    client.endpoint.handle_payload(b"abc");
    assert_eq!(events(&mut client.endpoint), [""; 0]);
    client.endpoint.handle_payload(b"def");
    let traced = events(&mut client.endpoint);
    assert_eq!(traced.len(), 1);
    assert!(traced[0].contains("abcdef"), "{traced:?}");
    transmitted(&mut client.endpoint, client.now);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_wire_is_the_same_in_whatever_pieces_a_stream_is_supplied_and_taken(
        len in prop_oneof![1..2000_usize, MIB - 10..MIB + 10, 2 * MIB - 10..2 * MIB + 10],
        piece in prop_oneof![100..1000_usize, 1000..200_000_usize],
        at_once in prop_oneof![500..5000_usize, 5000..300_000_usize],
    ) {
        let source = payload(len);
        let wire = |piece, at_once| {
            let mut client = Listening::client();
            send(&mut client, &source);
            pumped(&mut client, &source, piece, at_once)
        };
        prop_assert!(wire(piece, at_once) == wire(usize::MAX, usize::MAX));
    }
}

#[cfg(feature = "deflate")]
mod compressed {
    use super::*;
    use crate::protocol::tests::with_deflate;
    use flate2::{Decompress, FlushDecompress};

    /// The payload of a message of several frames, inflated by zlib.
    fn inflated(frames: &[(u8, Vec<u8>)], size: usize) -> Vec<u8> {
        let mut compressed: Vec<u8> = frames.iter().flat_map(|(_, p)| p.clone()).collect();
        compressed.extend([0, 0, 0xff, 0xff]);
        let mut out = Vec::with_capacity(size + 64);
        Decompress::new(false)
            .decompress_vec(&compressed, &mut out, FlushDecompress::Sync)
            .expect("valid");
        out
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0] & 0x3f
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn rfc_7692_section_6_1_a_compressed_stream_is_fragmented_with_rsv1_on_the_first() {
        let mut client = Listening::new(&with_deflate(Role::Client));
        let source = noise(500_000);
        send(&mut client, &source);
        let frames = unframed(&pumped(&mut client, &source, 50_000, usize::MAX));
        assert!(frames.len() > 2);
        let first: Vec<u8> = frames.iter().map(|(first, _)| *first).collect();
        assert_eq!((first[0], first[1]), (0x42, 0x00));
        assert_eq!(first.last(), Some(&0x80));
        assert!(inflated(&frames, source.len()) == source);
        let numbers = client.endpoint.statistics();
        assert_eq!((numbers.messages_sent, numbers.bytes_sent), (1, 500_000));
    }

    #[test]
    fn a_compressible_stream_is_one_frame_and_a_tiny_one_is_not_compressed() {
        let mut client = Listening::new(&with_deflate(Role::Client));
        let source = vec![b'x'; 100_000];
        send(&mut client, &source);
        let frames = unframed(&pumped(&mut client, &source, 1000, usize::MAX));
        assert_eq!((frames.len(), frames[0].0), (1, 0xc2));
        assert!(inflated(&frames, source.len()) == source);
        send(&mut client, b"tiny");
        let frames = unframed(&pumped(&mut client, b"tiny", 1, usize::MAX));
        assert_eq!(frames, [(0x82, b"tiny".to_vec())]);
    }

    #[test]
    fn a_message_after_a_compressed_stream_refers_to_it_correctly() {
        let mut client = Listening::new(&with_deflate(Role::Client));
        let mut server = Listening::new(&with_deflate(Role::Server));
        let source = noise(100_000);
        send(&mut client, &source);
        let text = "a message of more than sixty-four bytes, so that it is compressed, too";
        (client.endpoint.send(Batch::one_text(text.to_owned()))).expect("open");
        let wire = pumped(&mut client, &source, 7000, 900);
        let heard = server.hears(&wire);
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[1], format!("text {text}"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn the_message_is_the_same_in_whatever_pieces_it_is_supplied(
            len in 64..300_000_usize,
            piece in prop_oneof![50..1000_usize, 1000..200_000_usize],
            at_once in 500..300_000_usize,
        ) {
            let source = noise(len);
            let mut client = Listening::new(&with_deflate(Role::Client));
            send(&mut client, &source);
            let frames = unframed(&pumped(&mut client, &source, piece, at_once));
            prop_assert!(inflated(&frames, len) == source);
        }
    }

    #[test]
    fn a_close_frame_of_the_peer_is_answered_between_compressed_fragments() {
        let mut client = Listening::new(&with_deflate(Role::Client));
        let source = noise(200_000);
        send(&mut client, &source);
        let wire = pumped(&mut client, &source[..100_000], usize::MAX, usize::MAX);
        client.hears(&[0x88, 0]);
        assert_eq!(client.endpoint.wants_payload(), None);
        let frames = unframed(&[wire, pumped(&mut client, b"", 0, usize::MAX)].concat());
        assert_eq!(frames.last().map(|(first, _)| *first), Some(0x88));
    }
}
