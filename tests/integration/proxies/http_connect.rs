//! HTTP proxies by hand: what they are asked, and what they may answer (RFC 9110 §9.3.6).

use super::super::harness::Task;
use super::*;
use std::net::TcpListener;

#[test]
fn a_tunnel_is_asked_for_by_name_and_port_before_the_upgrade() {
    let proxy = Peer::tcp(|mut stream| {
        let head = wire::read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 200 fine\r\nContent-Length: 99\r\n\r\n")
            .unwrap();
        (head, serve(&mut stream))
    });
    let run = sockeye([SERVER, "--proxy", &http(&proxy), "-1"]).run();
    run.ends_with_status(0).prints("through\n");
    let (connect, upgrade) = proxy.finish();
    assert!(
        connect.starts_with("CONNECT server.invalid:80 HTTP/1.1\r\n"),
        "{connect}"
    );
    assert_eq!(wire::field(&connect, "Host"), Some("server.invalid:80"));
    assert_eq!(wire::field(&connect, "Proxy-Authorization"), None);
    assert!(upgrade.starts_with("GET /path HTTP/1.1\r\n"), "{upgrade}");
    assert_eq!(wire::field(&upgrade, "Host"), Some("server.invalid"));
    assert_eq!(wire::field(&upgrade, "Proxy-Authorization"), None);
}

#[test]
fn an_ipv6_address_stands_in_brackets() {
    let proxy = answering("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    proxied(&http(&proxy), "ws://[2001:db8::1]:81/").ends_with_status(3);
    let head = proxy.finish();
    assert!(
        head.starts_with("CONNECT [2001:db8::1]:81 HTTP/1.1\r\n"),
        "{head}"
    );
}

#[test]
fn credentials_are_sent_decoded_and_never_shown() {
    for (userinfo, apart) in [("alice:s%33cret%3A@", None), ("", Some("alice:s3cret:"))] {
        let proxy = answering("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n");
        let url = format!("http://{userinfo}127.0.0.1:{}", proxy.port());
        let mut line = vec![
            SERVER,
            "--proxy",
            &url,
            "-vv",
            "-1",
            "--connect-timeout",
            "5",
        ];
        line.extend(apart.iter().flat_map(|user| ["--proxy-user", user]));
        let run = sockeye(line).run();
        run.ends_with_status(3).says_one_error();
        run.says("Proxy-Authorization: [hidden]");
        run.does_not_say("s3cret").does_not_say("s%33cret");
        let head = proxy.finish();
        let sent = wire::field(&head, "Proxy-Authorization")
            .unwrap()
            .to_owned();
        assert_eq!(sent, "Basic YWxpY2U6czNjcmV0Og==", "{head}");
        run.does_not_say(sent.strip_prefix("Basic ").unwrap());
    }
}

#[test]
fn a_proxy_gets_its_credentials_and_servers_theirs_on_redirects_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://p:proxys@{}", listener.local_addr().unwrap());
    let heads = Task::spawn(move || {
        let mut heads = Vec::new();
        for redirect in [true, false] {
            let (mut stream, _) = listener.accept().unwrap();
            heads.push(wire::read_head(&mut stream));
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            if redirect {
                heads.push(wire::read_head(&mut stream));
                let to = "HTTP/1.1 302 Found\r\nLocation: ws://other.invalid/\r\n\r\n";
                stream.write_all(to.as_bytes()).unwrap();
            } else {
                heads.push(serve(&mut stream));
            }
        }
        heads
    });
    let run = sockeye([SERVER, "--proxy", &proxy, "-L", "-u", "s:servers", "-1"]).run();
    run.ends_with_status(0).prints("through\n");
    let heads = heads.finish();
    let credentials = |head: &String| {
        ["Proxy-Authorization", "Authorization"].map(|name| {
            let field = wire::field(head, name)?;
            Some(field.to_owned())
        })
    };
    let (proxys, servers) = ("Basic cDpwcm94eXM=", "Basic czpzZXJ2ZXJz");
    let sent: Vec<_> = heads.iter().map(credentials).collect();
    let only = |proxy: Option<&str>, server: Option<&str>| {
        [proxy.map(str::to_owned), server.map(str::to_owned)]
    };
    let expected = [
        only(Some(proxys), None),
        only(None, Some(servers)),
        only(Some(proxys), None),
        only(None, None),
    ];
    assert_eq!(sent, expected, "{heads:?}");
    assert!(
        heads[2].starts_with("CONNECT other.invalid:80 "),
        "{heads:?}"
    );
}

#[test]
fn what_comes_with_the_answer_belongs_to_the_tunnel() {
    let answers = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\
                   HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\nshort";
    let proxy = answering(answers);
    let run = proxied(&http(&proxy), SERVER);
    run.ends_with_status(5).says("418 Teapot").says("short");

    let alert = b"HTTP/1.1 200 OK\r\n\r\n\x15\x03\x03\x00\x02\x02\x28";
    let proxy = answering(alert);
    let run = proxied(&http(&proxy), "wss://server.invalid/");
    run.ends_with_status(4).says("handshake_failure");
}

#[test]
fn a_refusal_is_shown_with_status_body_and_advice() {
    for (status, reason, advice) in [
        (
            "403 Forbidden",
            "refused to connect to server.invalid:80",
            "--noproxy",
        ),
        (
            "407 Who are you",
            "asks for a user and password",
            "--proxy-user",
        ),
        (
            "502 Bad Gateway",
            "refused to connect",
            "does not reach the server",
        ),
        (
            "503 Busy",
            "refused to connect",
            "does not reach the server",
        ),
        ("405 No", "refused to connect", "CONNECT"),
        ("301 Moved", "refused to connect", "CONNECT"),
    ] {
        let body = "<h1>why \u{1b}[31mnot</h1>";
        let length = body.len();
        let proxy = answering(format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nX-Way: this\r\n\r\n{body}"
        ));
        let run = proxied(&http(&proxy), SERVER);
        run.ends_with_status(3).says_one_error().prints("");
        run.says(reason).says(status).says(advice);
        run.says("X-Way: this").says("why").does_not_say("\u{1b}");
    }
}

#[test]
fn a_body_comes_in_chunks_or_until_the_end_and_at_most_in_part() {
    let chunked = "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nin a\r\n6\r\n chunk\r\n0\r\n\r\n";
    let proxy = answering(chunked);
    proxied(&http(&proxy), SERVER)
        .ends_with_status(3)
        .says("in a chunk");

    let proxy = Peer::tcp(|mut stream| {
        wire::read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.0 503 Busy\r\n\r\nto the end")
            .unwrap();
    });
    proxied(&http(&proxy), SERVER)
        .ends_with_status(3)
        .says("to the end");

    let endless = [
        b"HTTP/1.1 503 Busy\r\n\r\n".as_slice(),
        &b"x".repeat(1 << 20),
    ]
    .concat();
    let proxy = answering(endless);
    let run = proxied(&http(&proxy), SERVER);
    run.ends_with_status(3).says_one_error();
    assert!(run.stderr.len() < 70_000, "{} bytes", run.stderr.len());
}

#[test]
fn a_body_that_does_not_end_does_not_delay_the_refusal_for_the_whole_time() {
    let proxy = answering("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nin part");
    let url = http(&proxy);
    let run = sockeye([SERVER, "--proxy", &url, "--connect-timeout", "600", "-1"]).run();
    run.ends_with_status(3).says("503 Busy").says("in part");
    let proxy = answering("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nin part");
    let url = http(&proxy);
    let run = sockeye([SERVER, "--proxy", &url, "--connect-timeout", "1", "-1"]).run();
    run.ends_with_status(3).says("503 Busy").says("in part");
}

#[test]
fn only_basic_credentials_are_offered() {
    let proxy = answering(
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Digest realm=\"a, Basic\"\r\nContent-Length: 0\r\n\r\n",
    );
    let run = proxied(&http(&proxy), SERVER);
    run.ends_with_status(3)
        .says_one_error()
        .says("another kind than Basic");
    let proxy = answering(
        "HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate, Basic realm=a\r\nContent-Length: 0\r\n\r\n",
    );
    let run = proxied(&http(&proxy), SERVER);
    run.ends_with_status(3).says("asks for a user and password");
}

#[test]
fn what_is_no_answer_is_told_in_one_line() {
    let long = format!("HTTP/1.1 200 OK\r\nX: {}", "x".repeat(1 << 19));
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
    for (answer, said) in [
        ("SSH-2.0-x\r\n".to_owned(), "not HTTP"),
        ("\u{15}\u{3}\u{1}".to_owned(), "looks like TLS"),
        (
            "HTTP/1.1 2xx\r\n\r\n".to_owned(),
            "line 1 of its head is no status line",
        ),
        (long, "longer than 256 KiB"),
        (interim, "interim answers"),
    ] {
        let proxy = answering(answer);
        let run = proxied(&http(&proxy), SERVER);
        run.ends_with_status(3).says_one_error().says(said);
    }
    let proxy = saying(b"\x05\xff");
    let run = proxied(&http(&proxy), SERVER);
    run.ends_with_status(3).says_one_error().says("SOCKS5");
}

#[test]
fn an_end_before_the_answer_is_told() {
    for (answer, said) in [
        (&b""[..], "without an answer"),
        (b"HTTP/1.1 200 OK\r\n", "in the middle of its answer"),
    ] {
        let proxy = Peer::tcp(move |mut stream| {
            wire::read_head(&mut stream);
            stream.write_all(answer).unwrap();
        });
        let run = proxied(&http(&proxy), SERVER);
        run.ends_with_status(3).says_one_error().says(said);
    }
}

#[test]
fn silence_ends_with_the_budget_and_names_the_proxy() {
    let proxy = answering("");
    let line = [
        SERVER,
        "--proxy",
        &http(&proxy),
        "--connect-timeout",
        "3",
        "-1",
    ];
    let run = sockeye(line).run();
    run.ends_with_status(8).says_one_error();
    run.says(&format!("waiting for the proxy {}", http(&proxy)));
    run.says("server.invalid:80").says("3 s");
}

#[test]
fn a_proxy_that_is_not_there_is_status_3() {
    let run = proxied("http://127.0.0.1:1", SERVER);
    run.ends_with_status(3).says_one_error().says("127.0.0.1:1");
    let run = proxied("http://proxy.invalid:1", SERVER);
    run.ends_with_status(3)
        .says_one_error()
        .says("proxy.invalid");
}
