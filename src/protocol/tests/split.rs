//! Split invariance: however the same bytes are cut, the same events come of them.

use super::{Listening, frame, with_deflate};
use crate::protocol::role::Role;
use proptest::prelude::*;

/// What a peer may send, good and bad.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        "[a-zé€😀]{0,20}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..30),
        "[ab]{0,60}".prop_map(|text| super::deflate::deflated(text.as_bytes())),
    ];
    let first = prop_oneof![
        8 => prop::sample::select(vec![0x81_u8, 0x82, 0x01, 0x02, 0x00, 0x80, 0xc1, 0xc2, 0x41, 0x89, 0x8a]),
        1 => prop::sample::select(vec![0x88_u8, 0x83, 0x8b, 0x91]),
    ];
    let one = (first, payload).prop_map(|(first, payload)| frame(first, &payload));
    prop::collection::vec(one, 0..12).prop_map(|frames| frames.concat())
}

fn heard(bytes: &[u8], cuts: &[usize]) -> (Vec<String>, Vec<(u8, Vec<u8>)>) {
    let mut client = Listening::new(&with_deflate(Role::Client));
    let mut seen = Vec::new();
    let mut start = 0;
    for cut in cuts.iter().copied().chain([bytes.len()]) {
        seen.extend(client.hears(&bytes[start..cut]));
        start = cut;
    }
    client.endpoint.handle_eof(client.now);
    seen.extend(super::events(&mut client.endpoint));
    let says = client.says();
    (seen, says)
}

proptest! {
    #[test]
    fn any_chunking_of_the_same_bytes_gives_the_same_events(
        bytes in frames(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..10),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let whole = heard(&bytes, &[]);
        prop_assert_eq!(&heard(&bytes, &cuts), &whole);
        let each: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(&heard(&bytes, &each), &whole);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        heard(&bytes, &[]);
    }
}
