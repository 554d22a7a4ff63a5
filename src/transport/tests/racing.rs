//! Names and addresses: racing, budget, cancelling.

use super::{LONG, SHORT, Traveller, message};
use crate::transport::{
    Attempt, Error, ErrorKind, Family, Options, Outcome, Peer, SocketOptions, Stream, connect,
    resolve, tcp,
};
use crate::url::WebSocketUrl;
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering;
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

#[test]
fn an_address_that_gives_no_answer_is_overtaken_by_the_next() {
    let (silent, (_listener, good)) = (Silent::new(), listening());
    let mut traveller = Traveller::new();
    let reached = tcp::race(
        &[silent.0, good],
        DELAY,
        &SocketOptions::default(),
        &mut traveller.context(LONG),
    )
    .unwrap();
    assert_eq!(reached.peer, good);
    assert_eq!(reached.socket.peer_addr().unwrap(), good);
    let outcomes: Vec<_> = reached.attempts.iter().map(|a| &a.outcome).collect();
    assert_eq!(outcomes, [&Outcome::Unanswered, &Outcome::Connected]);
}

#[test]
fn a_refused_address_starts_the_next_at_once() {
    let (refusing, (_listener, good)) = (Refusing::new(), listening());
    let mut traveller = Traveller::new();
    // With the delay beyond the budget, only the failure can have started the second attempt.
    let addresses = [refusing.0, good];
    let reached = tcp::race(
        &addresses,
        2 * LONG,
        &SocketOptions::default(),
        &mut traveller.context(LONG),
    )
    .unwrap();
    assert_eq!(reached.peer, good);
    let failed = Outcome::Failed("connection refused".to_owned());
    assert_eq!(reached.attempts[0].outcome, failed);
}

#[test]
fn an_address_that_is_not_needed_is_not_tried() {
    let ((_listener, good), refusing) = (listening(), Refusing::new());
    let mut traveller = Traveller::new();
    let addresses = [good, refusing.0];
    let reached = tcp::race(
        &addresses,
        2 * LONG,
        &SocketOptions::default(),
        &mut traveller.context(LONG),
    )
    .unwrap();
    let not_tried = Attempt {
        address: refusing.0,
        outcome: Outcome::NotTried,
    };
    assert_eq!(reached.attempts[1], not_tried);
}

#[test]
fn when_all_fail_each_address_is_named_with_its_reason() {
    let (one, two) = (Refusing::new(), Refusing::new());
    let mut traveller = Traveller::new();
    let error = tcp::race(
        &[one.0, two.0],
        DELAY,
        &SocketOptions::default(),
        &mut traveller.context(LONG),
    )
    .unwrap_err();
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
    let mut traveller = Traveller::new();
    let result = connect(&address, &Options::default(), &mut traveller.context(LONG));
    assert_eq!(
        message(result),
        format!("connecting to {}: connection refused", refusing.0)
    );
}

#[test]
fn connecting_that_takes_too_long_is_named() {
    let silent = Silent::new();
    let mut traveller = Traveller::new();
    let error = tcp::race(
        &[silent.0],
        DELAY,
        &SocketOptions::default(),
        &mut traveller.context(SHORT),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(
        error.to_string(),
        format!("connecting to {} took longer than 0.05 s", silent.0)
    );
}

#[test]
fn resolving_that_takes_too_long_is_named() {
    let mut traveller = Traveller::new();
    let result = resolve::look_up(
        "example.com",
        Family::Any,
        never,
        &mut traveller.context(SHORT),
    );
    assert_eq!(
        message(result),
        "resolving example.com took longer than 0.05 s"
    );
}

/// Runs `wait` while another thread cancels the context.
fn cancelled<T: std::fmt::Debug>(
    wait: impl FnOnce(&mut crate::transport::ConnectContext<'_>) -> Result<T, Error>,
) {
    let mut traveller = Traveller::new();
    let waker = Arc::clone(&traveller.waker);
    let flag = Arc::clone(&traveller.cancelled);
    let canceller = thread::spawn(move || {
        flag.store(true, Ordering::Release);
        waker.wake().unwrap();
    });
    let error = wait(&mut traveller.context(LONG)).unwrap_err();
    canceller.join().unwrap();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
}

#[test]
fn another_thread_cancels_connecting() {
    let silent = Silent::new();
    cancelled(|context| tcp::race(&[silent.0], DELAY, &SocketOptions::default(), context));
}

#[test]
fn another_thread_cancels_resolving() {
    cancelled(|context| resolve::look_up("example.com", Family::Any, never, context));
}

#[test]
fn a_wake_without_cancelling_changes_nothing() {
    let silent = Silent::new();
    let mut traveller = Traveller::new();
    traveller.waker.wake().unwrap();
    let error = tcp::race(
        &[silent.0],
        DELAY,
        &SocketOptions::default(),
        &mut traveller.context(SHORT),
    )
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn a_resolvers_answer_arrives_from_its_thread() {
    let mut traveller = Traveller::new();
    let mut look_up =
        |resolver| resolve::look_up("a.org", Family::V4, resolver, &mut traveller.context(LONG));
    let local = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let found = look_up(|_, _| Ok(vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)]));
    assert_eq!(found.unwrap(), [local]);
    let found = look_up(|_, _| Err(io::Error::other("No such host")));
    assert_eq!(message(found), "resolving a.org: no such host");
}

#[test]
fn the_resolver_is_asked_for_the_family_that_is_wanted() {
    let mut traveller = Traveller::new();
    for family in [Family::Any, Family::V4, Family::V6] {
        let told = |_: &str, family: Family| Err(io::Error::other(format!("asked for {family:?}")));
        let result = resolve::look_up("a.org", family, told, &mut traveller.context(LONG));
        assert_eq!(
            message(result),
            format!("resolving a.org: asked for {family:?}")
        );
    }
}

#[test]
fn a_family_that_the_host_does_not_have_is_said_so() {
    let address = WebSocketUrl::parse("ws://127.0.0.1:1/").unwrap();
    let options = Options {
        family: Family::V6,
        ..Options::default()
    };
    let mut traveller = Traveller::new();
    let error = connect(&address, &options, &mut traveller.context(LONG)).unwrap_err();
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
    let mut traveller = Traveller::new();
    let connected = connect(&address, &Options::default(), &mut traveller.context(LONG)).unwrap();
    assert_eq!(connected.peer, Peer::Tcp(good));
    assert_eq!(connected.attempts.len(), 2);
    assert_eq!(connected.timings.proxy, None);
    let Stream::Tcp(socket) = connected.stream else {
        panic!("ws is not encrypted");
    };
    assert!(socket.nodelay().unwrap());
}
