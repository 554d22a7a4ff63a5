//! What goes through an encrypted stream.

use super::server::{Authority, Peer, accept_tls};
use super::{EventLoop, LONG, finish, pattern, read_to_end, socket, write_all};
use crate::transport::{Stream, TlsOptions, TransportOptions};
use crate::url::WebSocketUrl;
use rcgen::CertificateParams;
use rustls::version::TLS13;
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc;

/// Runs a client against a server.
fn talk<T: Send + 'static>(
    server: impl FnOnce(Peer) -> T + Send + 'static,
    client: impl FnOnce(&mut Stream, &EventLoop),
) -> T {
    let authority = Authority::new("Test Authority");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let config = authority.issue(&params).config(&[&TLS13]);
    let (address, thread) = accept_tls(config, |mut peer| {
        peer.conn.complete_io(&mut peer.sock).unwrap();
        server(peer)
    });

    let address = WebSocketUrl::parse(&format!("wss://localhost:{}/", address.port())).unwrap();
    let options = TransportOptions {
        tls: TlsOptions {
            roots: authority.roots(),
            ..TlsOptions::default()
        },
        ..TransportOptions::default()
    };
    let event_loop = EventLoop::new();
    let mut connected = event_loop.connect(&address, &options, LONG).unwrap();
    client(&mut connected.stream, &event_loop);
    drop(connected);
    thread.join().unwrap()
}

#[test]
fn sixty_four_mebibytes_arrive_intact_through_a_small_socket_buffer() {
    const LENGTH: usize = 64 << 20;
    let received = talk(
        |mut peer| {
            let mut received = Vec::with_capacity(LENGTH);
            peer.read_to_end(&mut received).map(|_| received)
        },
        |stream, event_loop| {
            // Far less than one write's records: every write blocks in their middle.
            let socket = SockRef::from(&*socket(stream));
            socket.set_send_buffer_size(64 << 10).unwrap();
            write_all(stream, event_loop, &pattern(LENGTH)).unwrap();
            finish(stream, event_loop, Stream::shutdown_write).unwrap();
            assert_eq!(read_to_end(stream, event_loop, 4096).unwrap(), b"");
        },
    );
    assert!(received.unwrap() == pattern(LENGTH), "the bytes differ");
}

#[test]
fn bytes_count_as_written_only_when_their_records_have_left() {
    let (reported, total) = mpsc::channel();
    let (go_on, may_read) = mpsc::channel();
    let received = talk(
        move |mut peer| {
            peer.write_all(b"!").unwrap();
            may_read.recv_timeout(LONG).unwrap();
            let mut received = Vec::new();
            let error = peer.read_to_end(&mut received).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            received
        },
        |stream, event_loop| {
            let mut byte = [0; 1];
            finish(stream, event_loop, |stream| stream.read(&mut byte)).unwrap();
            let bytes = pattern(64 << 20);
            let mut written = 0;
            let error = loop {
                match stream.write(&bytes[written..]) {
                    Ok(count) => written += count,
                    Err(error) => break error,
                }
            };
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            assert!(stream.wants_write());
            // The rest of the records never leaves: what was reported must be there all the same.
            socket(stream).shutdown(Shutdown::Write).unwrap();
            reported.send(written).unwrap();
            go_on.send(()).unwrap();
            assert_eq!(read_to_end(stream, event_loop, 4096).unwrap(), b"");
        },
    );
    let reported = total.recv_timeout(LONG).unwrap();
    assert!(reported > 0);
    assert!(
        received.len() >= reported,
        "{} < {reported}",
        received.len()
    );
    assert!(received == pattern(received.len()), "the bytes differ");
}

#[test]
fn a_blocked_write_is_reported_once_and_the_bytes_sent_once() {
    let (go_on, may_read) = mpsc::channel();
    const LENGTH: usize = 32 << 20;
    let received = talk(
        move |mut peer| {
            may_read.recv_timeout(LONG).unwrap();
            let mut received = Vec::new();
            peer.read_to_end(&mut received).map(|_| received)
        },
        |stream, event_loop| {
            let bytes = pattern(LENGTH);
            let mut written = 0;
            while let Ok(count) = stream.write(&bytes[written..]) {
                written += count;
            }
            // Asking again, even often, takes in nothing more.
            for _ in 0..10 {
                let error = stream.write(&bytes[written..]).unwrap_err();
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            }
            go_on.send(()).unwrap();
            write_all(stream, event_loop, &bytes[written..]).unwrap();
            finish(stream, event_loop, Stream::shutdown_write).unwrap();
            assert_eq!(read_to_end(stream, event_loop, 4096).unwrap(), b"");
        },
    );
    assert!(received.unwrap() == pattern(LENGTH), "the bytes differ");
}

#[test]
fn one_read_fills_the_buffer_from_many_records() {
    talk(
        |mut peer| {
            for chunk in pattern(8 << 20).chunks(1000) {
                peer.write_all(chunk).unwrap();
            }
            peer.conn.send_close_notify();
            peer.flush().unwrap();
        },
        |stream, event_loop| {
            let received = read_to_end(stream, event_loop, 256 << 10).unwrap();
            assert!(received == pattern(8 << 20), "the bytes differ");
        },
    );
}

#[test]
fn what_a_full_buffer_leaves_behind_is_there_without_another_event() {
    talk(
        |mut peer| {
            peer.write_all(&pattern(1000)).unwrap();
            drop(peer.read(&mut [0; 1]));
        },
        |stream, event_loop| {
            let mut buffer = [0; 10];
            finish(stream, event_loop, |stream| stream.read(&mut buffer)).unwrap();
            let mut rest = [0; 2000];
            assert_eq!(stream.read(&mut rest).unwrap(), 990);
            let error = stream.read(&mut rest).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        },
    );
}

#[test]
fn an_end_with_close_notify_is_whole() {
    talk(
        |mut peer| {
            peer.write_all(b"all").unwrap();
            peer.conn.send_close_notify();
            peer.flush().unwrap();
        },
        |stream, event_loop| {
            assert_eq!(read_to_end(stream, event_loop, 4096).unwrap(), b"all");
            assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
        },
    );
}

#[test]
fn an_end_without_close_notify_is_an_end_too() {
    talk(
        |mut peer| peer.write_all(b"part").unwrap(),
        |stream, event_loop| {
            assert_eq!(read_to_end(stream, event_loop, 4096).unwrap(), b"part");
            assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
        },
    );
}

#[test]
fn what_arrived_before_broken_tls_is_read_before_the_error() {
    talk(
        |mut peer| {
            peer.write_all(b"good").unwrap();
            peer.sock.write_all(b"this is no record").unwrap();
            drop(peer.sock.read(&mut [0; 4096]));
        },
        |stream, event_loop| {
            let mut buffer = [0; 100];
            let read = finish(stream, event_loop, |stream| stream.read(&mut buffer)).unwrap();
            assert_eq!(&buffer[..read], b"good");
            let error = finish(stream, event_loop, |stream| stream.read(&mut buffer)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            assert_eq!(stream.read(&mut buffer).unwrap(), 0);
        },
    );
}

#[test]
fn shutting_down_tells_the_peer_by_close_notify() {
    let received = talk(
        |mut peer| {
            let mut received = Vec::new();
            // Without close_notify this is an error.
            peer.read_to_end(&mut received).map(|_| received)
        },
        |stream, event_loop| {
            write_all(stream, event_loop, b"bye").unwrap();
            finish(stream, event_loop, Stream::shutdown_write).unwrap();
            stream.shutdown_write().unwrap();
            assert_eq!(read_to_end(stream, event_loop, 4096).unwrap(), b"");
        },
    );
    assert_eq!(received.unwrap(), b"bye");
}

#[test]
fn keys_can_be_renewed_while_data_goes_both_ways() {
    talk(
        |mut peer| {
            for _ in 0..10 {
                peer.conn.refresh_traffic_keys().unwrap();
                peer.write_all(b"ping").unwrap();
                let mut answer = [0; 4];
                peer.read_exact(&mut answer).unwrap();
                assert_eq!(&answer, b"pong");
            }
        },
        |stream, event_loop| {
            let mut received = 0;
            let mut buffer = [0; 64];
            while received < 40 {
                received += finish(stream, event_loop, |stream| stream.read(&mut buffer)).unwrap();
                if received % 4 == 0 {
                    write_all(stream, event_loop, b"pong").unwrap();
                }
            }
        },
    );
}

/// rustls counts them, so that no read goes on and on.
#[test]
fn records_without_data_come_to_an_end() {
    talk(
        |mut peer| {
            // Each of them is a record of some bytes; in the end the client is gone.
            while peer.conn.refresh_traffic_keys().is_ok() && peer.flush().is_ok() {}
        },
        |stream, event_loop| {
            let error = finish(stream, event_loop, |stream| stream.read(&mut [0; 64]));
            let error = error.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
            // The server notices by the end of the socket.
            socket(stream).shutdown(Shutdown::Both).unwrap();
        },
    );
}
