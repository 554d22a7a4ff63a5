//! `/state`: every member of the interface, and how long the state has lasted.

use super::sheet::{Page, Sheet};
use crate::output::size::{Bytes, Span, counted};
use crate::output::style::Role;
use sockeye::url::WebSocketUrl;
use sockeye::{Handshake, WebSocket};

/// Every member of the interface.
pub(in crate::interactive) fn state(socket: &WebSocket, page: Page) -> String {
    let mut sheet = Sheet::new(page);
    let state = socket.ready_state();
    let age = Span(socket.state_age());
    sheet.row("url", WebSocketUrl::hide_secrets(socket.url()));
    let handshake = socket.handshake();
    let redirects = handshake.as_ref().map(|handshake| &handshake.redirects);
    if let Some(location) = redirects.and_then(|redirects| redirects.last()) {
        sheet.row("redirected to", location);
    }
    let lasting = format!("{} {state} for {age}", state.number());
    sheet.painted(Role::from(state), "readyState", lasting);
    sheet.row("bufferedAmount", amount(socket.buffered_amount()));
    let protocol = handshake.as_deref().map_or("", Handshake::shown_protocol);
    sheet.row("protocol", quoted_if_empty(protocol));
    sheet.row("extensions", quoted_if_empty(&socket.extensions()));
    sheet.row("binaryType", socket.binary_type());
    if !socket.pongs() {
        sheet.painted(
            Role::Changing,
            "pongs",
            "withheld; /pongs on sends them again",
        );
    }
    sheet.finish()
}

/// The exact number, and what it amounts to.
fn amount(bytes: u64) -> String {
    match bytes {
        0..1000 => counted(bytes, "byte"),
        _ => format!("{bytes} bytes ({})", Bytes(bytes)),
    }
}

fn quoted_if_empty(text: &str) -> &str {
    if text.is_empty() { "\"\"" } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_amount_is_exact_and_readable() {
        assert_eq!(amount(0), "0 bytes");
        assert_eq!(amount(1), "1 byte");
        assert_eq!(amount(65_537), "65537 bytes (64 KiB)");
    }
}
