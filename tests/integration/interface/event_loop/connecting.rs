//! Ways to connect, each in an event loop of the caller's own.

use super::super::{failed, patient};
use super::EventLoop;
use crate::harness::{Authority, Peer, Port, Server, Service, Task, wire};
use mio::{Poll, Token};
use sockeye::transport::proxy::{Proxy, ProxySource};
use sockeye::{Options, Redirects, WebSocket};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn the_first_round_begins_to_connect_whichever_of_its_steps_comes_first() {
    let poll = Poll::new().expect("a poll");
    let peer = Peer::tcp(|_| ());
    let builder = WebSocket::builder(peer.url());
    let connection = builder.connect_in(poll.registry(), Token(0), || {});
    let (_socket, _events, mut driver) = connection.expect("a good URL");
    assert_eq!(driver.timeout(), Some(Duration::ZERO));
    driver.drive();
    assert_ne!(driver.timeout(), Some(Duration::ZERO));
}

/// Upgrades, sends a message, and closes.
fn greet(mut stream: impl Read + Write) {
    wire::upgrade(&mut stream);
    let frames = [
        wire::frame(wire::FIN | wire::TEXT, b"hi"),
        wire::close(1000, ""),
    ];
    stream.write_all(&frames.concat()).expect("written");
    wire::read_until_close(&mut stream);
}

const GREETED: [&str; 6] = [
    "state OPEN",
    "open",
    "message hi while OPEN",
    "state CLOSING",
    "state CLOSED",
    "close 1000 \"\" true",
];

#[test]
fn a_name_is_resolved_without_blocking_the_loop() {
    let server = Server::start(|stream: TcpStream| greet(stream));
    let url = format!("ws://localhost:{}/", server.port());
    let mut event_loop = EventLoop::new();
    let (_socket, mut events) = event_loop.connect(WebSocket::builder(&url));
    assert_eq!(event_loop.rest(&mut events), GREETED);
}

#[test]
fn a_refused_port_fails_in_the_loop() {
    let port = Port::reserve();
    let mut event_loop = EventLoop::new();
    let (_socket, mut events) = event_loop.connect(WebSocket::builder(&port.url()));
    assert_eq!(event_loop.rest(&mut events), failed("Connect"));
}

#[test]
fn a_server_that_never_answers_fails_in_time_in_the_loop() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let builder = WebSocket::builder(peer.url()).connect_timeout(Duration::from_millis(50));
    let mut event_loop = EventLoop::new();
    let (_socket, mut events) = event_loop.connect(builder);
    assert_eq!(event_loop.rest(&mut events), failed("TimedOut"));
}

#[test]
fn a_redirect_is_followed_in_the_loop() {
    let server = Server::start(greet);
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n",
        server.url()
    );
    let redirecting = Service::start(vec![Box::new(move |mut stream: TcpStream| {
        wire::read_head(&mut stream);
        stream.write_all(answer.as_bytes()).expect("written");
    })]);
    let options = Options {
        redirects: Some(Redirects {
            most: 1,
            allow_downgrade: false,
        }),
        ..patient()
    };
    let mut event_loop = EventLoop::new();
    let builder = WebSocket::builder(&redirecting.url()).options(options);
    let (_socket, mut events) = event_loop.connect(builder);
    let seen = event_loop.rest(&mut events);
    assert_eq!(seen[1..], GREETED, "after {}", seen[0]);
    redirecting.finish();
}

#[test]
fn tls_is_spoken_in_the_loop() {
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, |socket| {
        let message = socket.read().expect("a message");
        socket.send(message).expect("sent");
        while socket.read().is_ok() {}
    });
    let mut options = patient();
    options.transport.tls.insecure = true;
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.open(peer.url(), options);
    // More than one record, more than one write.
    let text = "x".repeat(1 << 20);
    socket.send(&text).expect("open");
    let echo = event_loop.next(&mut events);
    assert_eq!(echo.len(), format!("message {text} while OPEN").len());
    socket.close(Some(1000), "").expect("open");
    let seen = event_loop.rest(&mut events);
    assert_eq!(seen.last().expect("an end"), "close 1000 \"\" true");
}

#[test]
fn a_proxy_is_gone_through_in_the_loop() {
    let proxy = Peer::tcp(|mut stream| {
        let request = wire::read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 200 OK\r\n\r\n")
            .expect("written");
        greet(stream);
        request
    });
    let mut options = patient();
    let url = format!("http://127.0.0.1:{}", proxy.port());
    options.transport.proxy.source = ProxySource::Fixed(Proxy::parse(&url).expect("a proxy"));
    let mut event_loop = EventLoop::new();
    let builder = WebSocket::builder("ws://server.example:81/").options(options);
    let (_socket, mut events) = event_loop.connect(builder);
    assert_eq!(event_loop.rest(&mut events), GREETED);
    let request = proxy.finish();
    assert!(
        request.starts_with("CONNECT server.example:81 "),
        "{request}"
    );
}

#[test]
fn closing_while_connecting_wakes_the_loop() {
    let peer = Peer::tcp(|mut stream| stream.read_to_end(&mut Vec::new()).is_ok());
    let mut event_loop = EventLoop::new();
    let (socket, mut events) = event_loop.connect(WebSocket::builder(peer.url()));
    let closing = Task::spawn(move || socket.close(None, "").expect("allowed"));
    assert_eq!(event_loop.rest(&mut events), failed("Aborted"));
    closing.finish();
}
