//! A negotiation has the same outcome however its input is cut, and bounds what it holds.

use super::*;
use crate::http1::HeadError;
use proptest::prelude::*;

const SCHEMES: [&str; 3] = ["http", "socks4a", "socks5h"];

type Outcome = Result<Vec<u8>, TunnelError>;

fn target() -> HostPort {
    HostPort::new(url::Host::Domain("a.org".to_owned()), 80)
}

/// With credentials where the proxy's protocol has both parts.
fn tunnel(scheme: &str, has_credentials: bool) -> Tunnel {
    let user = match (has_credentials, scheme) {
        (false, _) => "",
        (true, "socks4a") => "alice@",
        (true, _) => "alice:s3cret@",
    };
    let proxy = Proxy::parse(&format!("{scheme}://{user}h:1")).expect("a proxy");
    Tunnel::new(&proxy, &target()).expect("a tunnel")
}

/// What is sent, and the outcome at the latest with the end of the connection.
fn run(mut tunnel: Tunnel, pieces: &[&[u8]]) -> (Vec<u8>, Outcome) {
    let mut sent = Vec::new();
    for piece in pieces {
        sent.extend_from_slice(tunnel.poll_transmit());
        tunnel.handle_transmitted(tunnel.poll_transmit().len());
        tunnel.handle_input(piece);
    }
    sent.extend_from_slice(tunnel.poll_transmit());
    tunnel.handle_eof();
    let outcome = tunnel.poll_outcome().expect("an outcome");
    assert_eq!(tunnel.poll_outcome(), None, "it is told once");
    (sent, outcome)
}

/// How much of a wrong beginning is shown depends on the pieces, so it is left out.
fn without_evidence(outcome: Outcome) -> Outcome {
    match outcome {
        Err(TunnelError::Head(HeadError::NotHttp { mut evidence, .. })) => {
            evidence.bytes.truncate(1);
            let protocol = None;
            Err(TunnelError::Head(HeadError::NotHttp { protocol, evidence }))
        }
        other => other,
    }
}

fn assert_same_for_all_cuts(scheme: &str, has_credentials: bool, stream: &[u8]) -> Outcome {
    let (sent, whole) = run(tunnel(scheme, has_credentials), &[stream]);
    for cut in 0..stream.len() {
        let (one, two) = stream.split_at(cut);
        let cut_once = run(tunnel(scheme, has_credentials), &[one, two]);
        assert_eq!(cut_once, (sent.clone(), whole.clone()), "cut at {cut}");
    }
    let bytes: Vec<_> = stream.chunks(1).collect();
    let byte_by_byte = run(tunnel(scheme, has_credentials), &bytes);
    assert_eq!(byte_by_byte, (sent, whole.clone()), "byte by byte");
    whole
}

#[test]
fn the_bytes_after_the_last_reply_belong_to_the_tunnel() {
    for (scheme, has_credentials, replies) in [
        (
            "http",
            true,
            &b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"[..],
        ),
        ("socks4a", true, b"\x00\x5a\x12\x34\x05\x06\x07\x08"),
        (
            "socks5h",
            false,
            b"\x05\x00\x05\x00\x00\x01\x0a\0\0\x01\x12\x34",
        ),
        (
            "socks5h",
            true,
            b"\x05\x02\x01\x00\x05\x00\x00\x03\x01a\x12\x34",
        ),
        (
            "socks5h",
            true,
            b"\x05\x00\x05\x00\x00\x040123456789abcdef\x12\x34",
        ),
    ] {
        let stream = [replies, b"\x05\x00rest"].concat();
        let outcome = assert_same_for_all_cuts(scheme, has_credentials, &stream);
        assert_eq!(outcome, Ok(b"\x05\x00rest".to_vec()), "{scheme}");
    }
}

#[test]
fn each_request_of_socks5_waits_for_the_reply_before() {
    let mut tunnel = tunnel("socks5h", true);
    let mut exchanged = Vec::new();
    for reply in [&b"\x05\x02"[..], b"\x01\x00", b""] {
        exchanged.push(tunnel.poll_transmit().to_vec());
        tunnel.handle_transmitted(tunnel.poll_transmit().len());
        assert_eq!(tunnel.poll_transmit(), b"");
        tunnel.handle_input(reply);
    }
    let requests = [
        &b"\x05\x02\x00\x02"[..],
        b"\x01\x05alice\x06s3cret",
        b"\x05\x01\x00\x03\x05a.org\x00\x50",
    ];
    assert_eq!(exchanged, requests);
}

#[test]
fn an_answer_that_refuses_is_the_same_error_however_it_is_cut() {
    let socks5 = |code| TunnelError::Socks5 {
        target: target(),
        code,
    };
    let not_socks = |version, first_byte| TunnelError::NotSocks {
        version,
        first_byte,
    };
    for (scheme, has_credentials, stream, error) in [
        (
            "socks5h",
            false,
            &b"\x05\xff"[..],
            TunnelError::CredentialsRequired(None),
        ),
        (
            "socks5h",
            true,
            b"\x05\xff",
            TunnelError::NoAcceptableMethod,
        ),
        (
            "socks5h",
            true,
            b"\x05\x02\x05\x01",
            TunnelError::CredentialsRejected(None),
        ),
        (
            "socks5h",
            false,
            b"\x05\x02",
            TunnelError::MethodNotOffered(2),
        ),
        ("socks5h", false, b"\x05\x00\x05\x05\x00\x01", socks5(5)),
        (
            "socks5h",
            false,
            b"\x05\x00\x05\x00\x00\x09",
            TunnelError::AddressType(9),
        ),
        (
            "socks5h",
            false,
            b"HTTP/1.1 400 Bad\r\n\r\n",
            not_socks(5, b'H'),
        ),
        ("socks5h", false, b"", TunnelError::NoAnswer),
        ("socks5h", false, b"\x05\x00", TunnelError::NoAnswer),
        (
            "socks5h",
            false,
            b"\x05\x00\x05\x00\x00\x01\x7f",
            TunnelError::CutShort,
        ),
        ("socks4a", false, b"\x05\xff", not_socks(4, 5)),
        ("socks4a", false, b"\x00\x5a\x00", TunnelError::CutShort),
    ] {
        let outcome = assert_same_for_all_cuts(scheme, has_credentials, stream);
        assert_eq!(outcome, Err(error), "{scheme} {stream:?}");
    }
}

#[test]
fn http_statuses_say_what_the_proxy_wants() {
    let error = |has_credentials: bool, answer: &str| {
        let stream = format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n");
        let outcome = assert_same_for_all_cuts("http", has_credentials, stream.as_bytes());
        let error = outcome.expect_err("refused");
        assert!(error.refusal().is_some(), "{error}");
        error.to_string()
    };
    for (has_credentials, answer, said) in [
        (false, "407 Who", "asks for a user and password: 407 Who"),
        (
            true,
            "407 Who",
            "does not accept the user and password: 407 Who",
        ),
        (true, "401", "does not accept the user and password: 401"),
        (false, "401 No", "refused to connect to a.org:80: 401 No"),
        (
            true,
            "407 Who\r\nProxy-Authenticate: Digest realm=\"Basic\"",
            "asks for credentials of another kind than Basic, the only one there is here: 407 Who",
        ),
    ] {
        assert_eq!(error(has_credentials, answer), said);
    }
}

#[test]
fn only_failures_to_reach_the_server_may_be_different_for_another_address() {
    for (scheme, replies, codes) in [
        ("socks5h", &b"\x05\x00\x05"[..], &[1, 3, 4, 5, 6, 8][..]),
        ("socks4a", b"\x00", &[91]),
    ] {
        for code in 1..=u8::MAX {
            let stream = [replies, &[code]].concat();
            if let (_, Err(error)) = run(tunnel(scheme, false), &[&stream]) {
                assert_eq!(error.is_unreached(), codes.contains(&code), "{error}");
            }
        }
    }
}

#[test]
fn credentials_do_not_show() {
    for scheme in SCHEMES {
        let tunnel = tunnel(scheme, true);
        let shown = format!("{tunnel:?}");
        assert!(
            !shown.contains("alice") && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}

/// Pieces of answers, so that arbitrary sequences get beyond the first byte.
fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"HTTP/1.1 "[..],
        b"100 C\r\n\r\n",
        b"200 OK\r\n",
        b"407 Who\r\n",
        b"Content-Length: 3\r\n",
        b"\r\n",
        b"\x05",
        b"\x00",
        b"\x02",
        b"\x01",
        b"\x03",
        b"\x5a",
    ]);
    prop_oneof![
        4 => known.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_have_one_outcome(
        scheme in prop::sample::select(&SCHEMES[..]),
        has_credentials: bool,
        fragments in prop::collection::vec(fragment(), 0..16),
        size in 1_usize..12,
    ) {
        let stream = fragments.concat();
        let pieces: Vec<_> = stream.chunks(size).collect();
        let (whole_sent, whole) = run(tunnel(scheme, has_credentials), &[&stream]);
        let (sent, outcome) = run(tunnel(scheme, has_credentials), &pieces);
        prop_assert_eq!(sent, whole_sent);
        prop_assert_eq!(without_evidence(outcome), without_evidence(whole));
    }
}
