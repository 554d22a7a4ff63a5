//! Which proxy is used: option, environment, exceptions.

use super::*;

/// A proxy that refuses and tells whether it was asked at all.
fn refusing() -> Peer<String> {
    answering("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn the_environment_decides_for_names_and_not_for_the_loopback() {
    let proxy = refusing();
    let run = sockeye([SERVER, "-1"])
        .env("http_proxy", http(&proxy))
        .run();
    run.ends_with_status(3).says("403");
    proxy.finish();

    let server = Peer::tcp(|mut stream| serve(&mut stream));
    let run = sockeye([server.url(), "-1"])
        .env("http_proxy", "http://127.0.0.1:1")
        .run();
    run.ends_with_status(0).prints("through\n");
    let run = sockeye(["--echo", "-x", "hi", "-1"])
        .env("all_proxy", "http://127.0.0.1:1")
        .run();
    run.ends_with_status(0).prints("hi\n");
}

#[test]
fn no_proxy_and_noproxy_go_without_one() {
    for (line, name) in [
        (&[SERVER, "-1"][..], "no_proxy"),
        (&[SERVER, "-1"], "NO_PROXY"),
        (&[SERVER, "-1", "--noproxy", "invalid"], "unused"),
    ] {
        let run = sockeye(line)
            .env("http_proxy", "http://127.0.0.1:1")
            .env(name, "a.org, .server.invalid:80")
            .run();
        run.ends_with_status(3)
            .says("server.invalid")
            .does_not_say("127.0.0.1:1");
    }
    let run = sockeye([SERVER, "-1", "--proxy", ""])
        .env("http_proxy", "http://127.0.0.1:1")
        .run();
    run.ends_with_status(3).does_not_say("127.0.0.1:1");
}

#[test]
fn a_proxy_that_is_none_is_status_2_without_its_password() {
    let wrong = "ftp://alice:s3cret@proxy";
    let run = sockeye([SERVER, "--proxy", wrong, "-1"]).run();
    run.ends_with_status(2).says_one_error();
    run.says("'ftp'").says("socks5h").does_not_say("s3cret");
    let run = sockeye([SERVER, "-1"]).env("all_proxy", wrong).run();
    run.ends_with_status(2).says_one_error();
    run.says("all_proxy").does_not_say("s3cret");
    let run = sockeye([SERVER, "--noproxy", "10.0.0.0/33", "-1"]).run();
    run.ends_with_status(2).says_one_error().says("10.0.0.0/33");
}

#[test]
fn a_dry_run_names_the_proxy_and_asks_it_nothing() {
    let proxy = "http://alice:s3cret@127.0.0.1:1";
    let run = sockeye([SERVER, "--proxy", proxy, "--dry-run"]).run();
    run.ends_with_status(0).does_not_say("s3cret");
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(
        printed.contains("Through the proxy http://127.0.0.1:1\n"),
        "{run}"
    );
    assert!(!printed.contains("s3cret"), "{run}");
}

#[test]
fn a_proxy_that_is_not_there_is_not_taken_for_the_server() {
    let run = proxied("http://127.0.0.1:1", SERVER);
    run.ends_with_status(3).says_one_error();
    run.says("the proxy http://127.0.0.1:1: connecting to 127.0.0.1:1: connection refused")
        .says("--proxy ''")
        .does_not_say("is the server running");
    let run = proxied("https://nowhere.invalid", SERVER);
    run.ends_with_status(3)
        .says("the proxy https://nowhere.invalid:443: resolving nowhere.invalid");
}

#[test]
fn a_proxy_that_does_not_answer_tls_may_want_none() {
    let silent = saying(b"");
    let proxy = http(&silent).replace("http", "https");
    let line = [SERVER, "--proxy", &proxy, "-1", "--connect-timeout", "3"];
    let run = sockeye(line).run();
    run.ends_with_status(8)
        .says(&format!("the proxy {proxy}: the TLS handshake"))
        .says("is http:// right?");
}
