//! Both sides of the opening handshake take any bytes in any pieces: they never panic, and have an
//! outcome at the latest at the end of the stream. The client's is the same for any pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockeye::http1::HeadError;
use sockeye::protocol::upgrade::{Accepted, ClientUpgrade, Request, ServerUpgrade, UpgradeError};

type Outcome = Result<Accepted, UpgradeError>;

fn client(bytes: &[u8], piece: usize) -> Outcome {
    let mut request = Request::new("localhost", "/");
    request.protocols = vec!["chat".to_owned(), "superchat".to_owned()];
    let mut upgrade = ClientUpgrade::new(request, *b"the sample nonce").expect("a good request");
    for piece in bytes.chunks(piece) {
        upgrade.handle_input(piece);
    }
    upgrade.handle_eof();
    without_evidence(upgrade.poll_outcome().expect("an outcome"))
}

/// How much of a wrong beginning is shown depends on the pieces, so it is left out.
fn without_evidence(outcome: Outcome) -> Outcome {
    match outcome {
        Err(UpgradeError::Head(HeadError::NotHttp { mut evidence, .. })) => {
            evidence.bytes.clear();
            Err(UpgradeError::Head(HeadError::NotHttp {
                protocol: None,
                evidence,
            }))
        }
        outcome => outcome,
    }
}

fn server(bytes: &[u8], piece: usize) {
    let mut upgrade = ServerUpgrade::new(Vec::new(), true);
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
        let whole = client(bytes, bytes.len().max(1));
        assert_eq!(client(bytes, piece), whole);
    } else {
        server(bytes, piece);
    }
});
