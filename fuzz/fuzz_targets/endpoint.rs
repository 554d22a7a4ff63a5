//! An open connection that gets any bytes in any pieces: it never panics, keeps to its limit, and
//! however the bytes are cut, the same comes of them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockeye::protocol::{Config, DeflateParams, Endpoint, EndpointEvent, Failure};
use std::time::Instant;

const LIMIT: usize = 1 << 16;

fn config(client: bool, deflate: bool) -> Config {
    let mut config = if client {
        Config::client([7; 32])
    } else {
        Config::server()
    };
    config.deflate = deflate.then_some(DeflateParams {
        server_no_context_takeover: false,
        client_no_context_takeover: false,
        server_max_window_bits: 15,
        client_max_window_bits: 15,
    });
    config.max_message_size = LIMIT;
    config
}

/// What comes of the bytes, in pieces of this size: events, then what is written back.
fn heard(config: &Config, bytes: &[u8], piece: usize) -> (Vec<String>, Vec<u8>) {
    let now = Instant::now();
    let mut endpoint = Endpoint::new(config, now);
    let mut seen = Vec::new();
    for piece in bytes.chunks(piece) {
        endpoint.handle_input(now, piece);
        drain(&mut endpoint, &mut seen);
    }
    endpoint.handle_eof(now);
    drain(&mut endpoint, &mut seen);
    let mut written = Vec::new();
    while let Some(bytes) = endpoint.poll_transmit() {
        let count = bytes.len();
        written.extend_from_slice(bytes);
        endpoint.handle_transmitted(now, count);
    }
    // Its close frame goes out before it ends.
    drain(&mut endpoint, &mut seen);
    (seen, written)
}

fn drain(endpoint: &mut Endpoint, seen: &mut Vec<String>) {
    while let Some(event) = endpoint.poll_event() {
        match &event {
            // How much is shown of what broke a rule depends on the pieces.
            EndpointEvent::Failed(Failure::Violation { violation, .. }) => {
                seen.push(format!("{violation:?}"));
                continue;
            }
            EndpointEvent::Text { text, .. } => assert!(text.len() <= LIMIT),
            EndpointEvent::Binary { bytes, .. } => assert!(bytes.len() <= LIMIT),
            _ => {}
        }
        seen.push(format!("{event:?}"));
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let config = config(choice & 1 == 0, choice & 2 != 0);
    let whole = heard(&config, bytes, bytes.len().max(1));
    let pieces = heard(&config, bytes, usize::from(choice >> 2) + 1);
    assert_eq!(whole, pieces);
});
