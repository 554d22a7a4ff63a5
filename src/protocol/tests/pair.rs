//! A client and a server face to face, in simulated time over a simulated network.

use super::{config, events, with_deflate};
use crate::protocol::deflate::DeflateParams;
use crate::protocol::role::Role;
use crate::protocol::{Batch, Config, Endpoint};
use proptest::prelude::*;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// One direction: it takes so many bytes at a time, and they arrive after so long.
struct Link {
    flying: VecDeque<(Instant, Vec<u8>)>,
    latency: Duration,
    at_once: usize,
}

struct Pair {
    now: Instant,
    ends: [Endpoint; 2],
    links: [Link; 2],
    seen: [Vec<String>; 2],
}

impl Pair {
    fn new(client: &Config, server: &Config, latency: Duration, at_once: usize) -> Self {
        let now = Instant::now();
        let link = || Link {
            flying: VecDeque::new(),
            latency,
            at_once,
        };
        Self {
            now,
            ends: [Endpoint::new(client, now), Endpoint::new(server, now)],
            links: [link(), link()],
            seen: [Vec::new(), Vec::new()],
        }
    }

    /// Moves on to the next thing that happens; false when nothing will.
    fn step(&mut self) -> bool {
        for side in 0..2 {
            self.transmit(side);
        }
        let arrivals = self.links.iter().filter_map(|link| link.flying.front());
        let timeouts = self.ends.iter().filter_map(Endpoint::poll_timeout);
        let Some(next) = arrivals.map(|(at, _)| *at).chain(timeouts).min() else {
            return false;
        };
        self.now = self.now.max(next);
        for side in 0..2 {
            self.arrive(side);
            self.ends[side].handle_timeout(self.now);
            let seen = events(&mut self.ends[side]);
            self.seen[side].extend(seen);
        }
        true
    }

    fn transmit(&mut self, side: usize) {
        let link = &mut self.links[side];
        while let Some(bytes) = self.ends[side].poll_transmit() {
            let taken = bytes[..bytes.len().min(link.at_once)].to_vec();
            self.ends[side].handle_transmitted(self.now, taken.len());
            link.flying.push_back((self.now + link.latency, taken));
        }
    }

    fn arrive(&mut self, side: usize) {
        let link = &mut self.links[1 - side];
        while link.flying.front().is_some_and(|(at, _)| *at <= self.now) {
            let (_, bytes) = link.flying.pop_front().expect("it was there");
            self.ends[side].handle_input(self.now, &bytes);
        }
        // A server that is done ends the stream, which its client then hears of.
        if side == 0 && self.ends[1].wants_shutdown() && link.flying.is_empty() {
            self.ends[0].handle_eof(self.now);
        }
    }

    fn run(&mut self) {
        for _ in 0..100_000 {
            if !self.step() {
                return;
            }
        }
        panic!("it does not come to an end");
    }
}

const LATENCY: Duration = Duration::from_millis(50);

fn plain() -> Pair {
    Pair::new(&config(Role::Client), &config(Role::Server), LATENCY, 1000)
}

#[test]
fn messages_go_both_ways_and_the_close_is_clean_on_both_sides() {
    let mut pair = plain();
    let now = pair.now;
    pair.ends[0]
        .send(Batch::one_text("hello".into()))
        .expect("open");
    pair.ends[1]
        .send(Batch::one_binary(vec![1, 2]))
        .expect("open");
    pair.ends[0].close(now, Some(1000), "bye").expect("open");
    pair.run();
    assert_eq!(
        pair.seen[0],
        ["closing", "binary [01, 02]", "closed 1000 \"\" clean"]
    );
    assert_eq!(
        pair.seen[1],
        ["text hello", "closing", "closed 1000 \"bye\" clean"]
    );
}

#[test]
fn a_ping_takes_one_round_trip() {
    let mut pair = plain();
    let now = pair.now;
    pair.ends[0].ping(now, b"x").expect("open");
    pair.run();
    assert_eq!(pair.seen[0], ["pong x after 100ms"]);
}

#[test]
fn both_sides_may_close_at_the_same_time() {
    let mut pair = plain();
    let now = pair.now;
    pair.ends[0].close(now, Some(3000), "").expect("open");
    pair.ends[1].close(now, Some(3001), "").expect("open");
    pair.run();
    assert_eq!(pair.seen[0], ["closing", "closed 3001 \"\" clean"]);
    assert_eq!(pair.seen[1], ["closing", "closed 3000 \"\" clean"]);
    assert!(pair.ends.iter().all(|end| end.is_closed()));
}

fn agreed() -> impl Strategy<Value = Option<DeflateParams>> {
    let agreed = (any::<bool>(), any::<bool>(), 8..=15_u8, 8..=15_u8);
    prop::option::of(
        agreed.prop_map(
            |(server_no, client_no, server_bits, client_bits)| DeflateParams {
                server_no_context_takeover: server_no,
                client_no_context_takeover: client_no,
                server_max_window_bits: server_bits,
                client_max_window_bits: client_bits,
            },
        ),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_agreed_and_however_it_travels_messages_arrive_whole_and_in_order(
        agreed in agreed(),
        texts in prop::collection::vec("[a-f€ ]{0,300}", 0..10),
        large in prop::collection::vec(0..4_u8, 0..200_000),
        at_once in 1_000..100_000_usize,
    ) {
        let both = |role| Config { deflate: agreed, ..with_deflate(role) };
        let mut pair = Pair::new(&both(Role::Client), &both(Role::Server), LATENCY, at_once);
        for side in 0..2 {
            for text in &texts {
                pair.ends[side].send(Batch::one_text(text.clone())).expect("open");
            }
            pair.ends[side].send(Batch::one_binary(large.clone())).expect("open");
        }
        pair.run();
        let mut expected: Vec<String> = texts.iter().map(|text| format!("text {text}")).collect();
        expected.push(format!("binary {large:02x?}"));
        prop_assert_eq!(&pair.seen[0], &expected);
        prop_assert_eq!(&pair.seen[1], &expected);
    }
}
