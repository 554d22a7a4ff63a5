//! SOCKS4 and SOCKS4a proxies by hand.

use super::*;

const GRANTED: &[u8] = &[0, 90, 0, 0, 0, 0, 0, 0];

#[test]
fn the_name_goes_to_the_proxy_after_the_user() {
    let proxy = Peer::tcp(|mut stream| {
        let request = take::<29>(&mut stream);
        stream.write_all(GRANTED).unwrap();
        serve(&mut stream);
        request
    });
    let url = format!("socks4a://alice@127.0.0.1:{}", proxy.port());
    let run = sockeye([SERVER, "--proxy", &url, "-1"]).run();
    run.ends_with_status(0).prints("through\n");
    let request = proxy.finish();
    assert_eq!(&request[..8], b"\x04\x01\x00\x50\x00\x00\x00\x01");
    assert_eq!(&request[8..], b"alice\0server.invalid\0");
}

#[test]
fn the_address_goes_to_a_proxy_that_knows_no_names() {
    let proxy = Peer::tcp(|mut stream| {
        let request = take::<9>(&mut stream);
        stream.write_all(GRANTED).unwrap();
        serve(&mut stream);
        request
    });
    let entry = "server.invalid:80:::1,10.0.0.2";
    let url = socks("socks4", &proxy);
    let run = sockeye([SERVER, "--proxy", &url, "--resolve", entry, "-1"]).run();
    run.ends_with_status(0).prints("through\n");
    assert_eq!(&proxy.finish(), b"\x04\x01\x00\x50\x0a\x00\x00\x02\0");
}

#[test]
fn a_code_is_told_in_words() {
    for (answer, words) in [
        (
            &b"\x00\x5b\0\0\0\0\0\0"[..],
            "does not reach server.invalid:80",
        ),
        (b"\x00\x5c\0\0\0\0\0\0", "identd"),
        (b"\x00\x5d\0\0\0\0\0\0", "another user"),
        (b"\x00\x63\0\0\0\0\0\0", "unknown answer 99"),
        (b"HTTP/1.1 400 Bad Request\r\n", "looks like an HTTP proxy"),
        (b"\x05\xff\0\0\0\0\0\0", "SOCKS5"),
    ] {
        let proxy = saying(answer);
        let run = proxied(&socks("socks4a", &proxy), SERVER);
        run.ends_with_status(3).says_one_error().says(words);
    }
}

#[test]
fn an_ipv6_address_has_no_room_in_it() {
    for (scheme, options) in [("socks4", "-6"), ("socks4a", "-v")] {
        let proxy = saying(b"");
        let url = socks(scheme, &proxy);
        let host = if scheme == "socks4" {
            SERVER
        } else {
            "ws://[2001:db8::1]/"
        };
        let run = sockeye([host, "--proxy", &url, options, "-1"]).run();
        run.ends_with_status(2).says_one_error().says("SOCKS5");
    }
}
