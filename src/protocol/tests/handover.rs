//! From the opening handshake to the open connection.

use super::{Listening, frame};
use crate::protocol::Batch;
use crate::protocol::role::Role;
use crate::protocol::upgrade::{ClientUpgrade, Request};

/// RFC 6455 §1.3.
const RESPONSE: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

#[test]
fn nothing_that_arrives_with_the_handshake_is_lost_however_much_it_is() {
    let mut server = Listening::new(&super::config(Role::Server));
    let mut expected = Vec::new();
    for serial in 0..20_000 {
        let text = format!("message number {serial}");
        expected.push(format!("text {text}"));
        server.endpoint.send(Batch::one_text(text)).expect("open");
    }
    let frames = super::transmitted(&mut server.endpoint, server.now);
    let stream = [RESPONSE.as_bytes(), &frames].concat();
    for cut in [
        1,
        RESPONSE.len() - 1,
        RESPONSE.len(),
        stream.len() / 2,
        stream.len(),
    ] {
        let (first, second) = stream.split_at(cut);
        let request = Request::new("server.example.com", "/chat");
        let nonce = *b"the sample nonce";
        let mut upgrade = ClientUpgrade::new(request, nonce).expect("a legal request");
        // Both before the outcome is asked for.
        upgrade.handle_input(first);
        upgrade.handle_input(second);
        let Some(Ok(accepted)) = upgrade.poll_outcome() else {
            panic!("not accepted when cut at {cut}");
        };
        let mut client = Listening::client();
        let mut heard = client.hears(&accepted.rest);
        heard.extend(client.hears(&frame(0x81, b"end")));
        assert_eq!(heard.pop().as_deref(), Some("text end"));
        assert!(heard == expected, "cut at {cut}");
    }
}
