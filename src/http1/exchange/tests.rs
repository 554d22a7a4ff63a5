//! An exchange has the same outcome however its input is cut, and bounds what it holds.

use super::*;
use crate::http1::error::MAX_HEAD;
use crate::http1::refusal::MAX_BODY;
use proptest::prelude::*;

type Outcome = Result<Answer, ExchangeError>;

fn upgrade() -> HeadExchange {
    HeadExchange::upgrade("GET / HTTP/1.1", &Headers::new())
}

fn connect() -> HeadExchange {
    HeadExchange::connect("CONNECT a.org:80 HTTP/1.1", &Headers::new())
}

/// The outcome at the latest with the end of the connection.
fn outcome(mut exchange: HeadExchange, pieces: &[&[u8]]) -> Outcome {
    for piece in pieces {
        exchange.handle_input(piece);
    }
    exchange.handle_eof();
    exchange.poll_outcome().expect("an outcome")
}

fn switched(outcome: Outcome) -> (u16, Vec<u8>) {
    match outcome {
        Ok(Answer::Switched { response, rest }) => (response.status, rest),
        other => panic!("{other:?}"),
    }
}

fn refused(outcome: Outcome) -> (u16, Vec<u8>) {
    match outcome {
        Ok(Answer::Refused(refusal)) => (refusal.status, refusal.body),
        other => panic!("{other:?}"),
    }
}

/// How much of a wrong beginning is shown depends on the pieces, so it is left out.
fn without_evidence(outcome: Outcome) -> Outcome {
    match outcome {
        Err(ExchangeError::Head(HeadError::NotHttp { mut evidence, .. })) => {
            evidence.bytes.clear();
            Err(ExchangeError::Head(HeadError::NotHttp {
                protocol: None,
                evidence,
            }))
        }
        other => other,
    }
}

#[test]
fn the_request_is_sent_in_as_many_pieces_as_the_network_takes() {
    let mut headers = Headers::new();
    headers.push("Host", "a.org").expect("legal");
    let mut exchange = HeadExchange::upgrade("GET /x HTTP/1.1", &headers);
    let mut sent = Vec::new();
    while let Some(first) = exchange.poll_transmit().first() {
        sent.push(*first);
        exchange.handle_transmitted(1);
    }
    assert_eq!(sent, b"GET /x HTTP/1.1\r\nHost: a.org\r\n\r\n");
    exchange.handle_transmitted(1);
    assert_eq!(exchange.poll_transmit(), b"");
}

#[test]
fn each_kind_of_request_has_its_final_success() {
    let stream = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 S\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest";
    let (status, rest) = switched(outcome(upgrade(), &[stream]));
    assert_eq!(
        (status, &rest[..]),
        (101, &b"HTTP/1.1 200 OK\r\n\r\nrest"[..])
    );
    assert_eq!(
        switched(outcome(connect(), &[stream])),
        (200, b"rest".to_vec())
    );
    let stream = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nbody";
    assert_eq!(
        refused(outcome(upgrade(), &[stream])),
        (200, b"bo".to_vec())
    );
    assert_eq!(
        switched(outcome(connect(), &[stream])),
        (200, b"body".to_vec())
    );
}

#[test]
fn a_response_is_the_same_however_it_is_cut() {
    for stream in [
        &b"HTTP/1.1 103 Hints\r\nA: 1\r\n\r\nHTTP/1.1 101 S\r\nB: 2\r\n\r\nrest"[..],
        b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\n0\r\n\r\n",
        b"HTTP/1.1 403 No\r\n\r\nuntil the end",
        b"HTTP/1.1 101 S\r\nno colon\r\n\r\n",
        b"HTTP/1.1 101 S\r\nA: 1\r\n",
    ] {
        let whole = outcome(upgrade(), &[stream]);
        for cut in 0..stream.len() {
            let (one, two) = stream.split_at(cut);
            assert_eq!(outcome(upgrade(), &[one, two]), whole, "cut at {cut}");
        }
        let bytes: Vec<_> = stream.chunks(1).collect();
        assert_eq!(outcome(upgrade(), &bytes), whole, "byte by byte");
    }
}

#[test]
fn bytes_after_a_switch_are_kept_until_the_outcome_is_taken() {
    let mut exchange = upgrade();
    exchange.handle_input(b"HTTP/1.1 101 S\r\n\r\none ");
    exchange.handle_input(b"two");
    let answer = exchange.poll_outcome().expect("an outcome");
    assert_eq!(switched(answer), (101, b"one two".to_vec()));
    exchange.handle_input(b"three");
    exchange.handle_eof();
    assert_eq!(exchange.poll_outcome(), None);
    assert_eq!(exchange.response().map(|head| head.status), Some(101));
}

#[test]
fn interim_responses_are_skipped_up_to_a_limit() {
    let interim = b"HTTP/1.1 103 Early Hints\r\n\r\n";
    let stream = [&interim.repeat(MAX_INTERIM)[..], b"HTTP/1.1 101 S\r\n\r\n"].concat();
    assert_eq!(switched(outcome(upgrade(), &[&stream])).0, 101);
    let stream = interim.repeat(MAX_INTERIM + 1);
    for exchange in [upgrade(), connect()] {
        let endless = outcome(exchange, &[&stream]);
        assert_eq!(endless, Err(ExchangeError::TooManyInterim));
    }
}

#[test]
fn the_end_of_the_connection_is_told_from_the_end_of_an_answer() {
    for (stream, error) in [
        (&b""[..], ExchangeError::NoAnswer),
        (b"HTTP/1.1 101", ExchangeError::CutShort),
        (b"HTTP/1.1 100 C\r\n\r\n", ExchangeError::CutShort),
    ] {
        assert_eq!(outcome(upgrade(), &[stream]), Err(error), "{stream:?}");
    }
}

#[test]
fn time_ends_the_body_of_a_refusal_and_nothing_else() {
    let mut exchange = connect();
    exchange.handle_input(b"HTTP/1.1 502 Bad Gateway\r\n");
    exchange.handle_timeout();
    assert!(exchange.is_pending() && !exchange.is_reading_body());
    exchange.handle_input(b"\r\nsorry");
    assert!(exchange.is_pending() && exchange.is_reading_body());
    exchange.handle_timeout();
    assert!(!exchange.is_pending());
    let answer = exchange.poll_outcome().expect("an outcome");
    assert_eq!(refused(answer), (502, b"sorry".to_vec()));
}

#[test]
fn nothing_grows_beyond_its_limit() {
    let mut exchange = upgrade();
    exchange.handle_input(b"HTTP/1.1 101 S\r\nA: ");
    for _ in 0..MAX_HEAD {
        exchange.handle_input(b"x");
    }
    let error = exchange.poll_outcome().expect("an outcome");
    assert_eq!(error, Err(ExchangeError::Head(HeadError::TooLong)));
    let stream = [b"HTTP/1.1 500 No\r\n\r\n", &[b'x'; MAX_BODY + 1][..]].concat();
    assert_eq!(refused(outcome(upgrade(), &[&stream])).1.len(), MAX_BODY);
}

/// Pieces of responses, so that arbitrary sequences get beyond the first byte.
fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let known = prop::sample::select(vec![
        &b"HTTP/1.1 "[..],
        b"101 S\r\n",
        b"103 H\r\n",
        b"200 OK\r\n",
        b"403 No\r\n",
        b"Content-Length: 3\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
    ]);
    prop_oneof![
        4 => known.prop_map(<[u8]>::to_vec),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ]
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_have_one_outcome(
        is_connect: bool,
        fragments in prop::collection::vec(fragments(), 0..12),
        size in 1_usize..20,
    ) {
        let begin = || if is_connect { connect() } else { upgrade() };
        let stream = fragments.concat();
        let pieces: Vec<_> = stream.chunks(size).collect();
        let whole = without_evidence(outcome(begin(), &[&stream]));
        prop_assert_eq!(without_evidence(outcome(begin(), &pieces)), whole);
    }
}
