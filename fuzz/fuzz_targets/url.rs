//! Any text as a URL: never a panic, and an address shown is an address that can be read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sockeye::url::WebSocketUrl;

fuzz_target!(|text: &str| {
    _ = WebSocketUrl::parse(text);
    if let Ok(address) = WebSocketUrl::from_typed(text) {
        let shown = address.as_str();
        let again = WebSocketUrl::parse(shown).expect("what is shown is a URL");
        assert_eq!(again.as_str(), shown);
    }
});
