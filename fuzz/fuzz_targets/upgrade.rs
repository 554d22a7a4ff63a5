//! Both sides of the opening handshake get any bytes in any pieces: they never panic, and come to
//! an outcome at the latest with the end of the stream.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockeye::http1::Headers;
use sockeye::protocol::deflate::Offer;
use sockeye::protocol::upgrade::{ClientUpgrade, Request, ServerOptions, ServerUpgrade, VERSION};

fn client(bytes: &[u8], piece: usize) {
    let request = Request {
        host: "localhost".to_owned(),
        resource: "/".to_owned(),
        headers: Headers::default(),
        protocols: vec!["chat".to_owned(), "superchat".to_owned()],
        deflate: Some(Offer::default()),
        version: VERSION,
        any_subprotocol: false,
    };
    let mut upgrade = ClientUpgrade::new(request, *b"the sample nonce").expect("a good request");
    for piece in bytes.chunks(piece) {
        upgrade.handle_input(piece);
    }
    upgrade.handle_eof();
    assert!(upgrade.poll_outcome().is_some());
}

fn server(bytes: &[u8], piece: usize) {
    let mut upgrade = ServerUpgrade::new(ServerOptions::default());
    for piece in bytes.chunks(piece) {
        upgrade.handle_input(piece);
    }
    upgrade.handle_eof();
    assert!(upgrade.poll_outcome().is_some());
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let piece = usize::from(choice >> 1) + 1;
    if choice & 1 == 0 {
        client(bytes, piece);
    } else {
        server(bytes, piece);
    }
});
