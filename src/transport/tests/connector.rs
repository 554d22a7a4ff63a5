//! Streams of the caller's, here one end of a socketpair.

use super::server::Authority;
use super::{EventLoop, LONG, finish, message, read_to_end, write_all};
use crate::transport::{Connector, ErrorKind, Peer, TlsOptions, TransportError, TransportOptions};
use crate::url::WebSocketUrl;
use rcgen::CertificateParams;
use rustls::version::TLS13;
use rustls::{ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};

/// A connector whose streams `serve` has the other end of, and what it was asked for.
fn connector(
    serve: impl Fn(UnixStream) + Send + Sync + 'static,
) -> (Connector, mpsc::Receiver<(String, u16, JoinHandle<()>)>) {
    let (asked, questions) = mpsc::channel();
    let (asked, serve) = (Mutex::new(asked), Arc::new(serve));
    let connector = Connector::new(move |host, port| {
        let (ours, theirs) = UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        theirs.set_read_timeout(Some(LONG))?;
        let serve = Arc::clone(&serve);
        let thread = thread::spawn(move || serve(theirs));
        asked
            .lock()
            .unwrap()
            .send((host.to_owned(), port, thread))
            .unwrap();
        Ok(Box::new(mio::net::UnixStream::from_std(ours)))
    });
    (connector, questions)
}

#[test]
fn a_stream_of_the_callers_takes_the_place_of_a_socket() {
    let (connector, questions) = connector(|mut peer| {
        let mut received = [0; 5];
        peer.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"hello");
        peer.write_all(b"hi").unwrap();
    });
    let options = TransportOptions {
        connector: Some(connector),
        ..TransportOptions::default()
    };
    let event_loop = EventLoop::new();
    let address = WebSocketUrl::parse("ws://server.invalid:81/").unwrap();
    let mut connected = event_loop.connect(&address, &options, LONG).unwrap();
    assert!(matches!(&connected.peer, Peer::Custom(server) if server.port == 81));
    write_all(&mut connected.stream, &event_loop, b"hello").unwrap();
    let answer = read_to_end(&mut connected.stream, &event_loop, 64).unwrap();
    assert_eq!(answer, b"hi");
    let (host, port, thread) = questions.recv_timeout(LONG).unwrap();
    assert_eq!((&*host, port), ("server.invalid", 81));
    thread.join().unwrap();
}

#[test]
fn tls_goes_over_a_stream_of_the_callers() {
    let authority = Authority::new("Test Authority");
    let params = CertificateParams::new(vec!["server.invalid".to_owned()]).unwrap();
    let config = Arc::new(authority.issue(&params).config(&[&TLS13]));
    let (connector, questions) = connector(move |peer| {
        let tls = ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut peer = StreamOwned::new(tls, peer);
        let mut received = [0; 5];
        peer.read_exact(&mut received).unwrap();
        peer.write_all(&received).unwrap();
    });
    let options = TransportOptions {
        connector: Some(connector),
        tls: TlsOptions {
            roots: authority.roots(),
            ..TlsOptions::default()
        },
        ..TransportOptions::default()
    };
    let event_loop = EventLoop::new();
    let address = WebSocketUrl::parse("wss://server.invalid/").unwrap();
    let mut connected = event_loop.connect(&address, &options, LONG).unwrap();
    write_all(&mut connected.stream, &event_loop, b"hello").unwrap();
    let mut answer = [0; 64];
    let read = finish(&mut connected.stream, &event_loop, |stream| {
        stream.read(&mut answer)
    });
    assert_eq!(&answer[..read.unwrap()], b"hello");
    let (_, port, thread) = questions.recv_timeout(LONG).unwrap();
    assert_eq!(port, 443);
    thread.join().unwrap();
}

#[test]
fn what_a_connector_fails_with_is_the_error() {
    let options = TransportOptions {
        connector: Some(Connector::new(|_, _| {
            Err(io::Error::other("The tunnel is down"))
        })),
        ..TransportOptions::default()
    };
    let address = WebSocketUrl::parse("ws://server.invalid/").unwrap();
    let result = EventLoop::new().connect(&address, &options, LONG);
    assert!(matches!(&result, Err(TransportError::Connector { .. })));
    assert_eq!(result.as_ref().unwrap_err().kind(), ErrorKind::Connect);
    let expected = "connecting to server.invalid:80: the tunnel is down";
    assert_eq!(message(result), expected);
}
