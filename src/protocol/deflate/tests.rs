//! Compressor against decompressor, and the decompressor against zlib itself.

use super::compress::{Compressor, DEFAULT_LEVEL};
use super::decompress::Decompressor;
use proptest::prelude::*;

/// Messages like those of one connection: alike, of mixed length, now and then incompressible.
fn messages() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let words = proptest::collection::vec(0_usize..6, 0..200).prop_map(|words| {
        let word = |index: usize| ["{\"id\":", "1234", "\"name\"", ", ", "alpha", "}"][index];
        words.into_iter().map(word).collect::<String>().into_bytes()
    });
    let noise = proptest::collection::vec(any::<u8>(), 0..3000);
    let message = prop_oneof![4 => words, 1 => noise, 1 => Just(Vec::new())];
    proptest::collection::vec(message, 1..8)
}

/// Cuts a message at the places given in thousandths of its length.
fn pieces<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut at: Vec<_> = cuts.iter().map(|cut| bytes.len() * cut / 1000).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn compress(compressor: &mut Compressor, fragments: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    let last = fragments.len() - 1;
    for (index, fragment) in fragments.iter().enumerate() {
        compressor.compress(fragment, index == last, &mut out);
    }
    out
}

fn decompress(decompressor: &mut Decompressor, fragments: &[&[u8]], limit: usize) -> Vec<u8> {
    let mut out = Vec::new();
    for fragment in fragments {
        let taken = decompressor.decompress(fragment, &mut out, limit);
        taken.expect("what a compressor made");
    }
    let finished = decompressor.finish(&mut out, limit);
    finished.expect("what a compressor made");
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_message_comes_back_in_every_mode_however_it_is_cut(
        messages in messages(),
        window_bits in 8_u8..=15,
        no_context_takeover: bool,
        level in 0_u32..=9,
        sent in proptest::collection::vec(0_usize..=1000, 0..4),
        received in proptest::collection::vec(0_usize..=1000, 0..4),
    ) {
        let mut compressor = Compressor::new(window_bits, no_context_takeover, level);
        let mut decompressor = Decompressor::new(no_context_takeover);
        for message in &messages {
            let payload = compress(&mut compressor, &pieces(message, &sent));
            let inflated = decompress(&mut decompressor, &pieces(&payload, &received), message.len());
            prop_assert_eq!(&inflated, message);
        }
    }

    #[test]
    fn any_bytes_either_inflate_or_fail_within_the_limit(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        limit in 0_usize..300,
    ) {
        let mut out = Vec::new();
        let mut decompressor = Decompressor::new(false);
        let _ = decompressor
            .decompress(&bytes, &mut out, limit)
            .and_then(|()| decompressor.finish(&mut out, limit));
        // The smallest allocation of a vector of bytes is 8.
        prop_assert!(out.len() <= limit && out.capacity() <= (limit + 1).max(8));
    }
}

#[test]
fn a_match_reaches_back_as_far_as_the_window_and_no_further() {
    let second_payload = |window_bits, level, message: &[u8]| {
        let mut compressor = Compressor::new(window_bits, false, level);
        compress(&mut compressor, &[message]);
        compress(&mut compressor, &[message]).len()
    };
    for window_bits in 9..=15 {
        for level in [DEFAULT_LEVEL, 2, 6, 9] {
            let near = noise(1 << (window_bits - 2));
            assert!(second_payload(window_bits, level, &near) < near.len() / 2);
            let far = noise(9 << (window_bits - 3));
            assert!(second_payload(window_bits, level, &far) > far.len() * 9 / 10);
        }
    }
}

/// Bytes without repeats of any length.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn an_8_bit_window_makes_stored_blocks_of_any_length() {
    let message = noise(200_000);
    let mut compressor = Compressor::new(8, false, DEFAULT_LEVEL);
    let payload = compress(&mut compressor, &[&message]);
    assert_eq!(payload.len(), message.len() + 4 * 5 + 1);
    let mut decompressor = Decompressor::new(false);
    assert_eq!(decompress(&mut decompressor, &[&payload], 200_000), message);
}

/// Made by zlib 1.3 through Python: level 6, raw, one stream, a sync flush after each message.
#[test]
fn what_zlib_made_is_read() {
    let mut decompressor = Decompressor::new(false);
    for (payload, message) in [
        (
            "aa56ca4c51b232d451ca4bcc4d55b2524acc29c84854d2512a494c2f56b28a5602b19394626b0100",
            r#"{"id":1,"name":"alpha","tags":["a","b"]}"#,
        ),
        (
            "aa06ab3322a80e00",
            r#"{"id":2,"name":"alpha","tags":["a","b"]}"#,
        ),
        (
            "82a83386ab4b4a2d4152165b0b00",
            r#"{"id":3,"name":"beta","tags":[]}"#,
        ),
    ] {
        let payload = data_encoding::HEXLOWER
            .decode(payload.as_bytes())
            .expect("hex");
        let inflated = decompress(&mut decompressor, &[&payload], 100);
        assert_eq!(String::from_utf8_lossy(&inflated), message);
    }
}

#[test]
fn large_messages_of_both_kinds_come_back() {
    for message in [noise(500_000), b"0123456789".repeat(50_000)] {
        for no_context_takeover in [false, true] {
            let mut compressor = Compressor::new(15, no_context_takeover, DEFAULT_LEVEL);
            let mut decompressor = Decompressor::new(no_context_takeover);
            for _ in 0..2 {
                let payload = compress(&mut compressor, &[&message]);
                let inflated = decompress(&mut decompressor, &[&payload], message.len());
                assert!(inflated == message);
            }
        }
    }
}
