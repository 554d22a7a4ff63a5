//! Limits on size, checked before memory is taken (RFC 6455 §10.4).

#[cfg(feature = "deflate")]
use super::with_deflate;
use super::{Listening, config, frame};
use crate::protocol::Config;
use crate::protocol::role::Role;

fn limited(limit: usize) -> Listening {
    Listening::new(&Config {
        max_message_size: limit,
        ..config(Role::Client)
    })
}

fn too_big(seen: &[String]) -> bool {
    seen.last()
        .is_some_and(|last| last.contains("larger than the limit"))
}

#[test]
fn a_frame_over_the_limit_is_refused_by_its_header_alone() {
    let mut client = limited(1000);
    assert!(too_big(&client.hears(&[0x82, 0x7e, 0x03, 0xe9])));
    assert_eq!(client.says(), [(0x88, 1009_u16.to_be_bytes().to_vec())]);

    let largest = [0x82, 0x7f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    assert!(too_big(&limited(usize::MAX >> 2).hears(&largest)));
}

#[test]
fn a_message_of_just_the_limit_is_fine() {
    assert_eq!(limited(5).hears(&frame(0x81, b"Hello")), ["text Hello"]);
}

#[test]
fn fragments_count_together() {
    let mut client = limited(5);
    assert_eq!(client.hears(&frame(0x01, b"Hel")), Vec::<String>::new());
    assert!(too_big(&client.hears(&[0x80, 0x03])));
}

#[cfg(feature = "deflate")]
#[test]
fn a_bomb_is_stopped_at_the_limit() {
    // 64 KiB of zeros in 80 bytes (zlib, level 9, raw).
    let bomb = crate::protocol::tests::deflate::deflated(&vec![0; 1 << 16]);
    assert!(bomb.len() < 126);
    for first in [0xc1, 0xc2] {
        let mut client = Listening::new(&Config {
            max_message_size: 1000,
            ..with_deflate(Role::Client)
        });
        assert!(too_big(&client.hears(&frame(first, &bomb))));
    }
}

#[test]
fn a_peer_that_floods_with_pings_and_reads_nothing_gets_only_the_last_pongs() {
    let mut client = Listening::client();
    for _ in 0..10_000 {
        client.hears(&frame(0x89, b"old"));
    }
    client.hears(&frame(0x89, b"last"));
    let pongs = client.says();
    assert!(pongs.len() <= 100);
    assert_eq!(pongs.last(), Some(&(0x8a, b"last".to_vec())));
}
