//! TLS with an authority of your own: trusts the certificates in a PEM file and no others, says
//! what was negotiated, sends a message and prints the answer.
//!
//! ```text
//! cargo run --example tls -- wss://localhost:8443/ ca.pem
//! ```
//!
//! The library takes certificates from memory. Where they come from is up to the program: a file as
//! here, `include_bytes!`, a secret store.

#![expect(clippy::print_stdout, reason = "it shows what it receives")]

use sockeye::transport::{Roots, TlsOptions};
use sockeye::{Event, WebSocket};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, authority] = arguments.as_slice() else {
        return Err("usage: tls URL CA.PEM".into());
    };
    let tls = TlsOptions {
        roots: Roots::from_pem(&std::fs::read(authority)?)?,
        ..TlsOptions::default()
    };
    let (socket, events) = WebSocket::builder(url).tls(tls).connect()?;
    for event in events {
        match event {
            Event::Open(handshake) => {
                if let Some(tls) = &handshake.tls {
                    println!("{} {}", tls.version, tls.cipher_suite);
                }
                socket.send("hello")?;
            }
            Event::Message(message) => {
                println!("{}", String::from_utf8_lossy(message.data.bytes()));
                socket.close(Some(1000), "")?;
            }
            // For example: the certificate is not from this authority.
            Event::Error(error) => return Err(error.to_string().into()),
            _ => {}
        }
    }
    Ok(())
}
