//! How many pings and pongs wait for a network that takes nothing.

use super::{Listening, config, events, frame};
use crate::protocol::role::Role;
use crate::protocol::{CommandError, Config, KeepAlive};
use std::time::Duration;

#[test]
fn of_the_applications_pings_and_pongs_64_may_be_unsent() {
    let mut client = Listening::client();
    let refused = Err(CommandError::TooManyControlFrames { limit: 64 });
    for _ in 0..32 {
        assert_eq!(client.endpoint.ping(client.now, b"i"), Ok(()));
        assert_eq!(client.endpoint.pong(b"o"), Ok(()));
    }
    for _ in 0..1000 {
        assert_eq!(client.endpoint.ping(client.now, b"i"), refused);
        assert_eq!(client.endpoint.pong(b"o"), refused);
    }
    assert_eq!(client.says().len(), 64);
    assert_eq!(client.endpoint.ping(client.now, b"i"), Ok(()));
}

#[test]
fn section_5_5_3_of_many_pings_the_most_recent_are_answered() {
    let mut client = Listening::client();
    for _ in 0..64 {
        client.endpoint.ping(client.now, b"ours").expect("room");
    }
    for serial in 0..10_000 {
        client.hears(&frame(0x89, format!("{serial}").as_bytes()));
    }
    let said = client.says();
    let pongs = said.iter().filter(|(first, _)| *first == 0x8a);
    let pongs: Vec<_> = pongs.map(|(_, payload)| payload.clone()).collect();
    let expected: Vec<_> = (10_000 - 64..10_000)
        .map(|serial| format!("{serial}").into_bytes())
        .collect();
    assert_eq!(pongs, expected);
    assert_eq!(said.len(), 128, "the application's pings are all sent");
}

#[test]
fn a_keep_alive_interval_of_zero_neither_spins_nor_fills_memory() {
    let mut client = Listening::new(&Config {
        keep_alive: Some(KeepAlive {
            interval: Duration::ZERO,
            timeout: None,
        }),
        ..config(Role::Client)
    });
    let mut now = client.now;
    for _ in 0..10_000 {
        let due = client.endpoint.poll_timeout().expect("a ping is due");
        assert!(due >= now + Duration::from_millis(10));
        now = due;
        client.endpoint.handle_timeout(now);
    }
    assert_eq!(client.says().len(), 1, "one ping waits for the network");
    client
        .endpoint
        .handle_timeout(now + Duration::from_millis(10));
    assert_eq!(client.says().len(), 1, "and when it is sent, the next");
    assert_eq!(events(&mut client.endpoint), [""; 0]);
}
