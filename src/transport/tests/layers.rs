//! TLS with the server inside TLS with a proxy.

use super::server::{Authority, Peer, accept_tls};
use super::{EventLoop, LONG, finish, pattern, read_to_end, socket, write_all};
use crate::transport::proxy::{Proxy, ProxyOptions, ProxySource};
use crate::transport::{Stream, TlsOptions, TransportOptions};
use crate::url::WebSocketUrl;
use rcgen::CertificateParams;
use rustls::version::TLS13;
use rustls::{ServerConnection, StreamOwned};
use socket2::SockRef;
use std::io::{Read, Write};
use std::sync::Arc;
use std::time::Instant;

/// The server's side of the inner TLS, over the proxy's side of the outer.
type Inner = StreamOwned<ServerConnection, Peer>;

fn trusting_anyone() -> TlsOptions {
    TlsOptions {
        insecure: true,
        ..TlsOptions::default()
    }
}

/// Runs a client against a server behind a proxy.
fn talk<T: Send + 'static>(
    server: impl FnOnce(Inner) -> T + Send + 'static,
    client: impl FnOnce(&mut Stream, &EventLoop),
) -> T {
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let identity = Authority::new("Test Authority").issue(&params);
    let (mut outer, mut inner) = (identity.config(&[&TLS13]), identity.config(&[&TLS13]));
    (outer.send_tls13_tickets, inner.send_tls13_tickets) = (0, 0);
    let (address, thread) = accept_tls(outer, move |mut proxy| {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            proxy.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        proxy.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let mut tls = ServerConnection::new(Arc::new(inner)).unwrap();
        while tls.is_handshaking() {
            tls.complete_io(&mut proxy).unwrap();
        }
        server(StreamOwned::new(tls, proxy))
    });

    let proxy = Proxy::parse(&format!("https://localhost:{}", address.port())).unwrap();
    let options = TransportOptions {
        tls: trusting_anyone(),
        proxy: ProxyOptions {
            source: ProxySource::Fixed(proxy),
            ..ProxyOptions::default()
        },
        proxy_tls: trusting_anyone(),
        ..TransportOptions::default()
    };
    let event_loop = EventLoop::new();
    let address = WebSocketUrl::parse("wss://server.invalid/").unwrap();
    let mut connected = event_loop.connect(&address, &options, LONG).unwrap();
    assert!(connected.timings.proxy.is_some() && connected.timings.tls.is_some());
    client(&mut connected.stream, &event_loop);
    drop(connected);
    thread.join().unwrap()
}

#[test]
fn many_bytes_arrive_intact_in_both_directions_through_a_small_socket_buffer() {
    const LENGTH: usize = 8 << 20;
    let received = talk(
        |mut peer| {
            let mut received = Vec::with_capacity(LENGTH);
            peer.read_to_end(&mut received).unwrap();
            assert_eq!(
                peer.sock.read(&mut [0]).unwrap(),
                0,
                "the outer layer's goodbye"
            );
            peer.write_all(&received).unwrap();
            peer.conn.send_close_notify();
            peer.flush().unwrap();
            received
        },
        |stream, event_loop| {
            // Far less than one write's records: every write blocks in their middle.
            let bottom = SockRef::from(&*socket(stream));
            bottom.set_send_buffer_size(64 << 10).unwrap();
            write_all(stream, event_loop, &pattern(LENGTH)).unwrap();
            finish(stream, event_loop, Stream::shutdown_write).unwrap();
            let back = read_to_end(stream, event_loop, 100_000).unwrap();
            assert!(back == pattern(LENGTH), "the bytes differ on the way back");
        },
    );
    assert!(received == pattern(LENGTH), "the bytes differ");
}

#[test]
fn what_the_outer_layer_holds_when_the_inner_is_empty_is_there_without_another_event() {
    // Records of 16 KiB with their headers, of which four fill what the inner layer reads at once.
    const RECORD: usize = (16 << 10) - 22;
    talk(
        |mut peer| {
            for _ in 0..5 {
                peer.write_all(&[7; RECORD]).unwrap();
                peer.flush().unwrap();
            }
            let _ = peer.read_to_end(&mut Vec::new());
        },
        |stream, event_loop| {
            let mut arrived = vec![0; 1 << 20];
            let deadline = Instant::now() + LONG;
            while socket(stream).peek(&mut arrived).unwrap_or(0) < 5 * (16 << 10) {
                assert!(Instant::now() < deadline, "it does not arrive");
                std::thread::yield_now();
            }
            let mut four = vec![0; 4 * RECORD];
            assert_eq!(stream.read(&mut four).unwrap(), four.len());
            assert_eq!(stream.read(&mut four).unwrap(), RECORD);
            finish(stream, event_loop, Stream::shutdown_write).unwrap();
        },
    );
}
