//! TLS against in-process peers: whom the program trusts, and how a connection ends.

use crate::harness::{Authority, Peer, TlsStream, sockeye, wire};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use tungstenite::Message;

/// One message back over TLS, or none when the handshake does not get that far.
fn peer(authority: &Authority) -> Peer {
    Peer::websocket_tls(authority, |socket| {
        let message = socket.read().unwrap();
        socket.send(message).unwrap();
        while socket.read().is_ok() {}
    })
}

/// A server whose client is expected to leave during the TLS handshake.
fn refused(authority: &Authority) -> Peer {
    let config = authority.server();
    Peer::tcp(move |mut stream| {
        let mut tls = rustls::ServerConnection::new(config).unwrap();
        while tls.complete_io(&mut stream).is_ok_and(|io| io != (0, 0)) {}
        assert!(tls.is_handshaking(), "the client has trusted a stranger");
    })
}

#[test]
fn an_unknown_authority_is_status_4() {
    let peer = refused(&Authority::new());
    let url = format!("wss://localhost:{}/", peer.port());
    let run = sockeye([&*url, "-x", "secret", "-1"]).run();
    run.ends_with_status(4).says_one_error().prints("");
}

#[test]
fn an_authority_given_with_ca_is_trusted() {
    let authority = Authority::new();
    let peer = peer(&authority);
    let ca = authority.ca();
    let run = sockeye([peer.url(), "--ca", ca.to_str().unwrap(), "-x", "hi", "-1"]).run();
    run.ends_with_status(0).prints("hi\n");
}

#[test]
fn a_certificate_for_another_name_is_status_4() {
    let authority = Authority::certifying("elsewhere.example");
    let peer = refused(&authority);
    let url = format!("wss://localhost:{}/", peer.port());
    let ca = authority.ca();
    let run = sockeye([&*url, "--ca", ca.to_str().unwrap(), "-1"]).run();
    run.ends_with_status(4).says_one_error();
}

#[test]
fn any_certificate_is_trusted_on_demand() {
    for option in ["-n", "-k"] {
        let peer = peer(&Authority::new());
        let run = sockeye([peer.url(), option, "-x", "hi", "-1"]).run();
        run.ends_with_status(0).prints("hi\n");
    }
}

#[test]
fn a_file_of_authorities_that_cannot_be_read_is_status_2() {
    let run = sockeye(["wss://localhost:9999/", "--ca", "/does/not/exist"]).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("/does/not/exist");
}

#[test]
fn a_server_that_does_not_speak_tls_is_status_4() {
    let peer = Peer::tcp(|mut stream| {
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let url = format!("wss://localhost:{}/", peer.port());
    sockeye([&*url, "-1"])
        .run()
        .ends_with_status(4)
        .says_one_error();
}

#[test]
fn a_connection_cut_off_without_a_tls_goodbye_is_status_6() {
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, |socket| {
        socket.send(Message::text("line")).unwrap();
        // The stream goes away with neither a close frame nor a close_notify alert.
    });
    let run = sockeye([peer.url(), "-n", "-w", "inf"]).run();
    run.ends_with_status(6).says_one_error().prints("line\n");
}

/// What the server reads after the close handshake: nothing, or the error of a stream cut off.
fn last_read(first: impl FnOnce(&mut TlsStream) + Send + 'static) -> io::Result<Vec<u8>> {
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, move |socket| {
        let stream = socket.get_mut();
        wire::read_frame(stream).expect("hi");
        first(stream);
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).map(|_| rest)
    });
    let run = sockeye([peer.url(), "-n", "-w", "0", "-x", "hi"]).run();
    run.ends_with_status(0);
    peer.finish()
}

#[test]
fn a_clean_end_has_a_close_notify() {
    // Each side closes first; the server waits for the client's end, or ends its own half.
    let close = wire::close(1000, "");
    for (closes_first, ends) in [(false, false), (true, false), (false, true), (true, true)] {
        let close = close.clone();
        let read = last_read(move |stream| {
            if closes_first {
                stream.write_all(&close).unwrap();
            }
            wire::read_until_close(stream);
            if !closes_first {
                stream.write_all(&close).unwrap();
            }
            if ends {
                stream.conn.send_close_notify();
                stream.flush().unwrap();
                stream.sock.shutdown(Shutdown::Write).unwrap();
            }
        });
        assert_eq!(read.expect("no truncation"), b"", "{closes_first} {ends}");
    }
}

#[test]
fn a_frame_split_over_many_tls_records_is_put_together() {
    let authority = Authority::new();
    let peer = Peer::websocket_tls(&authority, |socket| {
        let stream = socket.get_mut();
        for byte in wire::frame(wire::FIN | wire::TEXT, b"in pieces") {
            std::io::Write::write_all(stream, &[byte]).unwrap();
            std::io::Write::flush(stream).unwrap();
        }
        while socket.read().is_ok() {}
    });
    let run = sockeye([peer.url(), "-n", "-1"]).run();
    run.ends_with_status(0).prints("in pieces\n");
}
