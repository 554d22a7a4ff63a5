//! The negotiations with proxies take any bytes in any pieces: they never panic, have an outcome at
//! the latest at the end of the stream, and it is the same for any pieces.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockeye::http1::HeadError;
use sockeye::transport::proxy::{Proxy, Tunnel};
use sockeye::transport::{HostPort, TunnelError};

const PROXIES: [&str; 6] = [
    "http://h",
    "http://alice:s3cret@h",
    "socks4a://h",
    "socks4a://alice@h",
    "socks5h://h",
    "socks5h://alice:s3cret@h",
];

/// The longest head that is read, and the longest body of a refusal.
const LIMIT: usize = (256 + 64) * 1024;

type Outcome = Result<Vec<u8>, TunnelError>;

/// What is sent, and the outcome, for pieces of this size.
fn run(proxy: &str, bytes: &[u8], size: usize) -> (Vec<u8>, Outcome) {
    let proxy = Proxy::parse(proxy).expect("a proxy");
    let host = url::Host::parse("a.org").expect("a host");
    let mut tunnel = Tunnel::new(&proxy, &HostPort::new(host, 80)).expect("a tunnel");
    let mut sent = Vec::new();
    for piece in bytes.chunks(size) {
        send(&mut tunnel, &mut sent);
        tunnel.handle_input(piece);
    }
    send(&mut tunnel, &mut sent);
    tunnel.handle_eof();
    let outcome = tunnel.poll_outcome().expect("an outcome");
    assert!(sent.len() < LIMIT);
    (sent, without_evidence(outcome))
}

fn send(tunnel: &mut Tunnel, sent: &mut Vec<u8>) {
    sent.extend_from_slice(tunnel.poll_transmit());
    tunnel.handle_transmitted(tunnel.poll_transmit().len());
}

/// How much of a wrong beginning is shown depends on the pieces, so it is left out.
fn without_evidence(outcome: Outcome) -> Outcome {
    match outcome {
        Err(TunnelError::Head(HeadError::NotHttp { mut evidence, .. })) => {
            evidence.bytes.truncate(1);
            let protocol = None;
            Err(TunnelError::Head(HeadError::NotHttp { protocol, evidence }))
        }
        outcome => outcome,
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, bytes)) = data.split_first() else {
        return;
    };
    let proxy = PROXIES[usize::from(*choice) % PROXIES.len()];
    let whole = run(proxy, bytes, bytes.len().max(1));
    if let (_, Err(error)) = &whole {
        assert!(error.to_string().len() < 1000);
        let refusal = error.refusal();
        assert!(refusal.is_none_or(|refusal| refusal.body.len() <= LIMIT));
    }
    let size = usize::from(*choice) / PROXIES.len() + 1;
    assert_eq!(run(proxy, bytes, size), whole);
});
