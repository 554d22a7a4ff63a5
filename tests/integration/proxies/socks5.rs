//! SOCKS5 proxies by hand (RFC 1928, RFC 1929).

use super::super::harness::Task;
use super::*;

/// Reads a request for a name and returns it with the port.
fn named(stream: &mut impl Read) -> (String, u16) {
    assert_eq!(
        take(stream),
        [5, 1, 0, 3],
        "version, CONNECT, reserved, a name"
    );
    let [length] = take(stream);
    let mut name = vec![0; length.into()];
    stream.read_exact(&mut name).unwrap();
    (
        String::from_utf8(name).unwrap(),
        u16::from_be_bytes(take(stream)),
    )
}

/// Offers no authentication, and answers the request with this.
fn replying(reply: &'static [u8]) -> Peer {
    Peer::tcp(move |mut stream| {
        assert_eq!(take(&mut stream), [5, 1, 0]);
        stream.write_all(&[5, 0]).unwrap();
        named(&mut stream);
        stream.write_all(reply).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

#[test]
fn the_name_goes_to_the_proxy_and_every_form_of_its_answer_is_understood() {
    for bound in [
        &b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"[..],
        b"\x05\x00\x00\x03\x02ab\x00\x50",
        b"\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x00\x50",
    ] {
        let proxy = Peer::tcp(move |mut stream| {
            assert_eq!(take(&mut stream), [5, 1, 0]);
            stream.write_all(&[5, 0]).unwrap();
            let name = named(&mut stream);
            for byte in bound {
                stream.write_all(&[*byte]).unwrap();
            }
            serve(&mut stream);
            name
        });
        let run = sockeye([SERVER, "--proxy", &socks("socks5h", &proxy), "-1"]).run();
        run.ends_with_status(0).prints("through\n");
        assert_eq!(proxy.finish(), ("server.invalid".to_owned(), 80));
    }
}

#[test]
fn user_and_password_are_given_when_the_proxy_asks() {
    let proxy = Peer::tcp(|mut stream| {
        assert_eq!(take(&mut stream), [5, 2, 0, 2]);
        stream.write_all(&[5, 2]).unwrap();
        assert_eq!(&take::<14>(&mut stream), b"\x01\x05alice\x06s3cret");
        stream.write_all(&[1, 0]).unwrap();
        named(&mut stream);
        stream.write_all(b"\x05\x00\x00\x01\0\0\0\0\0\0").unwrap();
        serve(&mut stream);
    });
    let url = format!("socks5h://alice:s3cret@127.0.0.1:{}", proxy.port());
    let run = sockeye([SERVER, "--proxy", &url, "-vv", "-1"]).run();
    run.ends_with_status(0)
        .prints("through\n")
        .says("has connected to server.invalid:80")
        .does_not_say("s3cret");
}

#[test]
fn a_user_whom_the_proxy_does_not_know_is_told_so() {
    let proxy = Peer::tcp(|mut stream| {
        assert_eq!(take(&mut stream), [5, 2, 0, 2]);
        stream.write_all(&[5, 2]).unwrap();
        take::<14>(&mut stream);
        stream.write_all(&[1, 1]).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it goes on");
    });
    let url = format!("socks5h://alice:s3cret@127.0.0.1:{}", proxy.port());
    let run = sockeye([SERVER, "--proxy", &url, "-1"]).run();
    run.ends_with_status(3).says_one_error();
    run.says("does not accept the user and password");
}

#[test]
fn a_reply_code_is_told_in_words() {
    for (reply, words) in [
        (&b"\x05\x01\x00\x01"[..], "general failure"),
        (
            b"\x05\x02\x00\x01",
            "does not allow connections to server.invalid:80",
        ),
        (b"\x05\x03\x00\x01", "network unreachable"),
        (b"\x05\x04\x00\x01", "host unreachable"),
        (b"\x05\x05\x00\x01", "connection refused"),
        (b"\x05\x06\x00\x01", "TTL"),
        (b"\x05\x07\x00\x01", "does not know the command"),
        (b"\x05\x08\x00\x01", "kind of address"),
        (b"\x05\x63\x00\x01", "unknown answer 99"),
        (b"\x05\x00\x00\x09", "unknown kind 9"),
    ] {
        let proxy = replying(reply);
        let run = proxied(&socks("socks5h", &proxy), SERVER);
        run.ends_with_status(3).says_one_error().says(words);
    }
}

#[test]
fn what_is_no_answer_is_told_in_one_line() {
    for (answer, said) in [
        (&b"\x05\xff"[..], "asks for a user and password"),
        (b"\x05\x01", "not offered"),
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            "looks like an HTTP proxy",
        ),
        (b"\x00\x5b\x00\x00", "SOCKS4"),
    ] {
        let proxy = saying(answer);
        let run = proxied(&socks("socks5h", &proxy), SERVER);
        run.ends_with_status(3).says_one_error().says(said);
    }
    for answer in [
        &b""[..],
        b"\x05",
        b"\x05\x00\x05",
        b"\x05\x00\x05\x00\x00\x01\x7f",
    ] {
        let proxy = Peer::tcp(move |mut stream| {
            take::<3>(&mut stream);
            stream.write_all(answer).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let run = proxied(&socks("socks5h", &proxy), SERVER);
        run.ends_with_status(3)
            .says_one_error()
            .says("closed the connection");
    }
}

#[test]
fn silence_ends_with_the_budget_and_names_the_proxy() {
    let proxy = saying(b"");
    let url = socks("socks5h", &proxy);
    let run = sockeye([SERVER, "--proxy", &url, "--connect-timeout", "3", "-1"]).run();
    run.ends_with_status(8).says_one_error();
    run.says(&format!(
        "waiting for the proxy {url} to connect to server.invalid:80"
    ));
}

#[test]
fn an_address_that_the_proxy_does_not_reach_is_followed_by_the_next() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = Task::spawn(move || {
        let mut asked = Vec::new();
        for reply in [5, 0] {
            let (mut stream, _) = listener.accept().unwrap();
            take::<3>(&mut stream);
            stream.write_all(&[5, 0]).unwrap();
            assert_eq!(take(&mut stream), [5, 1, 0, 1]);
            asked.push(take::<6>(&mut stream));
            stream
                .write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0])
                .unwrap();
            if reply == 0 {
                serve(&mut stream);
            }
        }
        asked
    });
    let url = format!("socks5://127.0.0.1:{port}");
    let entry = "server.invalid:80:10.0.0.1,10.0.0.2";
    let run = sockeye([SERVER, "--proxy", &url, "--resolve", entry, "-1"]).run();
    run.ends_with_status(0).prints("through\n");
    assert_eq!(proxy.finish(), [[10, 0, 0, 1, 0, 80], [10, 0, 0, 2, 0, 80]]);
}

#[test]
fn what_comes_with_the_last_reply_belongs_to_the_tunnel() {
    let granted = b"\x05\x00\x00\x03\x02ab\x00\x50";
    let refusal = b"HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\nshort";
    let proxy = replying([&granted[..], refusal].concat().leak());
    let run = proxied(&socks("socks5h", &proxy), SERVER);
    run.ends_with_status(5).says("418 Teapot").says("short");

    let alert = b"\x15\x03\x03\x00\x02\x02\x28";
    let proxy = replying([&granted[..], alert].concat().leak());
    let run = proxied(&socks("socks5h", &proxy), "wss://server.invalid/");
    run.ends_with_status(4).says("handshake_failure");
}

#[test]
fn a_reply_code_is_told_also_when_the_reply_is_not_complete() {
    for (scheme, reply, words) in [
        ("socks5h", &b"\x05\x00\x05\x05"[..], "connection refused"),
        ("socks5h", b"\x05\x00\x05\x02", "does not allow connections"),
        ("socks4a", b"\x00\x5c", "identd"),
    ] {
        let proxy = Peer::tcp(move |mut stream| {
            stream.write_all(reply).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let run = proxied(&socks(scheme, &proxy), SERVER);
        run.ends_with_status(3).says_one_error().says(words);
    }
}

#[test]
fn a_name_for_socks5_is_resolved_here() {
    let run = proxied("socks5://127.0.0.1:1", SERVER);
    run.ends_with_status(3)
        .says_one_error()
        .says("server.invalid");
}
