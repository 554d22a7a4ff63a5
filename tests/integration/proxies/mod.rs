//! Proxies: real ones in front of Node's `ws`, and ones by hand for everything that can go wrong.

mod choice;
mod http_connect;
mod over_tls;
mod real;
mod socks4;
mod socks5;

use super::harness::{Authority, Peer, RealPeer, RealProxy, Run, sockeye, wire};
use rustls::{ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use tungstenite::Message;

const USER: Option<(&str, &str)> = Some(("alice", "s3cret"));

/// The name of a server that no resolver knows: only a proxy reaches it.
const SERVER: &str = "ws://server.invalid/path";

fn proxied(proxy: &str, url: &str) -> Run {
    sockeye([url, "--proxy", proxy, "-x", "hi", "-1"]).run()
}

/// Answers the upgrade, sends one message and closes.
fn serve(stream: &mut (impl Read + Write)) -> String {
    let head = wire::upgrade(stream);
    let message = wire::frame(wire::FIN | wire::TEXT, b"through");
    stream.write_all(&message).unwrap();
    stream.write_all(&wire::close(1000, "")).unwrap();
    stream.flush().unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    head
}

/// Reads exactly so many bytes.
fn take<const N: usize>(stream: &mut impl Read) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).unwrap();
    bytes
}

/// An HTTP proxy that says this to whatever it is asked, and waits for the client to leave.
fn answering(answer: impl Into<Vec<u8>>) -> Peer<String> {
    let answer = answer.into();
    Peer::tcp(move |mut stream| {
        let head = wire::read_head(&mut stream);
        let _ = stream.write_all(&answer);
        let _ = stream.read_to_end(&mut Vec::new());
        head
    })
}

/// A proxy that reads nothing in particular, says this, and waits for the client to leave.
fn saying(answer: &'static [u8]) -> Peer {
    Peer::tcp(move |mut stream| {
        stream.write_all(answer).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

fn http(peer: &Peer<impl Send + 'static>) -> String {
    format!("http://127.0.0.1:{}", peer.port())
}

fn socks(scheme: &str, peer: &Peer<impl Send + 'static>) -> String {
    format!("{scheme}://127.0.0.1:{}", peer.port())
}
