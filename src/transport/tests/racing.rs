//! Names and addresses: racing, budget, cancelling.

use super::{EventLoop, LONG, SHORT, message};
use crate::transport::{
    Attempt, ErrorKind, Family, Outcome, Peer, SocketOptions, Stream, TransportError,
    TransportOptions, resolve, tcp,
};
use crate::url::WebSocketUrl;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

const DELAY: Duration = Duration::from_millis(10);

/// A port that is taken, so that nobody else gets it, but does not listen.
struct Refusing(
    SocketAddr,
    #[expect(dead_code, reason = "holds the port")] Socket,
);

impl Refusing {
    fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any_port.into()).unwrap();
        Self(socket.local_addr().unwrap().as_socket().unwrap(), socket)
    }
}

/// A listener whose backlog is full: attempts get no answer at all.
struct Silent(
    SocketAddr,
    #[expect(dead_code, reason = "keeps the backlog full")] Vec<Socket>,
);

impl Silent {
    fn new() -> Self {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&any_port.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut sockets = vec![listener];
        loop {
            assert!(sockets.len() < 100, "the backlog does not fill");
            let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            let answered = socket.connect_timeout(&address, SHORT).is_ok();
            sockets.push(socket);
            if !answered {
                return Self(address.as_socket().unwrap(), sockets);
            }
        }
    }
}

fn listening() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn never(_: &str, _: Family) -> io::Result<Vec<SocketAddr>> {
    loop {
        thread::park();
    }
}

/// Connects to the first of these that answers.
fn race(
    event_loop: &EventLoop,
    addresses: &[SocketAddr],
    delay: Duration,
    limit: Duration,
) -> Result<tcp::Reached, TransportError> {
    let (options, context) = (SocketOptions::default(), event_loop.context(limit));
    event_loop.block_on(tcp::race(addresses, delay, &options, &context))
}

#[test]
fn an_address_that_gives_no_answer_is_overtaken_by_the_next() {
    let (silent, (_listener, good)) = (Silent::new(), listening());
    let event_loop = EventLoop::new();
    let reached = race(&event_loop, &[silent.0, good], DELAY, LONG).unwrap();
    assert_eq!(reached.peer, good);
    assert_eq!(reached.socket.peer_addr().unwrap(), good);
    let outcomes: Vec<_> = reached.attempts.iter().map(|a| &a.outcome).collect();
    assert_eq!(outcomes, [&Outcome::Unanswered, &Outcome::Connected]);
}

#[test]
fn a_refused_address_starts_the_next_at_once() {
    let (refusing, (_listener, good)) = (Refusing::new(), listening());
    let event_loop = EventLoop::new();
    // With the delay beyond the budget, only the failure can have started the second attempt.
    let addresses = [refusing.0, good];
    let reached = race(&event_loop, &addresses, 2 * LONG, LONG).unwrap();
    assert_eq!(reached.peer, good);
    let failed = Outcome::Failed("connection refused".to_owned());
    assert_eq!(reached.attempts[0].outcome, failed);
}

#[test]
fn an_address_that_is_not_needed_is_not_tried() {
    let ((_listener, good), refusing) = (listening(), Refusing::new());
    let event_loop = EventLoop::new();
    let addresses = [good, refusing.0];
    let reached = race(&event_loop, &addresses, 2 * LONG, LONG).unwrap();
    let not_tried = Attempt {
        address: refusing.0,
        outcome: Outcome::NotTried,
    };
    assert_eq!(reached.attempts[1], not_tried);
}

#[test]
fn when_all_fail_each_address_is_named_with_its_reason() {
    let (one, two) = (Refusing::new(), Refusing::new());
    let event_loop = EventLoop::new();
    let error = race(&event_loop, &[one.0, two.0], DELAY, LONG).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
    assert_eq!(
        error.to_string(),
        format!(
            "connecting to {}: connection refused; {}: connection refused",
            one.0, two.0
        )
    );
}

#[test]
fn a_refused_literal_is_one_short_line() {
    let refusing = Refusing::new();
    let address = WebSocketUrl::parse(&format!("ws://{}/", refusing.0)).unwrap();
    let event_loop = EventLoop::new();
    let result = event_loop.connect(&address, &TransportOptions::default(), LONG);
    assert_eq!(
        message(result),
        format!("connecting to {}: connection refused", refusing.0)
    );
}

#[test]
fn connecting_that_takes_too_long_is_named() {
    let silent = Silent::new();
    let event_loop = EventLoop::new();
    let error = race(&event_loop, &[silent.0], DELAY, SHORT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(
        error.to_string(),
        format!("connecting to {} took longer than 0.05 s", silent.0)
    );
}

#[test]
fn resolving_that_takes_too_long_is_named() {
    let event_loop = EventLoop::new();
    let result = event_loop.block_on(resolve::look_up(
        "example.com",
        Family::Any,
        never,
        &event_loop.context(SHORT),
    ));
    assert_eq!(
        message(result),
        "resolving example.com took longer than 0.05 s"
    );
}

#[test]
fn a_wake_without_a_reason_changes_nothing() {
    let silent = Silent::new();
    let event_loop = EventLoop::new();
    event_loop.waker.wake().unwrap();
    let error = race(&event_loop, &[silent.0], DELAY, SHORT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_resolvers_answer_arrives_from_its_thread() {
    let event_loop = EventLoop::new();
    let look_up = |resolver| {
        event_loop.block_on(resolve::look_up(
            "a.org",
            Family::V4,
            resolver,
            &event_loop.context(LONG),
        ))
    };
    let local = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let found = look_up(|_, _| Ok(vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)]));
    assert_eq!(found.unwrap(), [local]);
    let found = look_up(|_, _| Err(io::Error::other("No such host")));
    assert_eq!(message(found), "resolving a.org: no such host");
}

#[test]
fn a_panic_of_the_resolver_is_an_answer() {
    let event_loop = EventLoop::new();
    let panics = |_: &str, _: Family| panic!("as the test wants it");
    let context = event_loop.context(LONG);
    let result = event_loop.block_on(resolve::look_up("a.org", Family::Any, panics, &context));
    assert_eq!(message(result), "resolving a.org: no answer");
}

#[test]
fn the_resolver_is_asked_for_the_family_that_is_wanted() {
    let event_loop = EventLoop::new();
    for family in [Family::Any, Family::V4, Family::V6] {
        let told = |_: &str, family: Family| Err(io::Error::other(format!("asked for {family:?}")));
        let result = event_loop.block_on(resolve::look_up(
            "a.org",
            family,
            told,
            &event_loop.context(LONG),
        ));
        assert_eq!(
            message(result),
            format!("resolving a.org: asked for {family:?}")
        );
    }
}

#[test]
fn a_family_that_the_host_does_not_have_is_said_so() {
    let address = WebSocketUrl::parse("ws://127.0.0.1:1/").unwrap();
    let options = TransportOptions {
        family: Family::V6,
        ..TransportOptions::default()
    };
    let event_loop = EventLoop::new();
    let error = event_loop.connect(&address, &options, LONG).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Resolve);
    assert_eq!(
        error.to_string(),
        "resolving 127.0.0.1: no IPv6 address, and only those are allowed"
    );
}

#[test]
fn localhost_reaches_a_server_on_either_loopback() {
    let (_listener, good) = listening();
    let address = WebSocketUrl::parse(&format!("ws://localhost:{}/", good.port())).unwrap();
    let event_loop = EventLoop::new();
    let connected = event_loop
        .connect(&address, &TransportOptions::default(), LONG)
        .unwrap();
    assert_eq!(connected.peer, Peer::Tcp(good));
    assert_eq!(connected.attempts.len(), 2);
    assert_eq!(connected.timings.proxy, None);
    let Stream::Tcp(socket) = connected.stream else {
        panic!("ws is not encrypted");
    };
    assert!(socket.nodelay().unwrap());
}
