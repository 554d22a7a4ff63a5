//! tinyproxy, microsocks and dante in front of Node's `ws`.

use super::*;

fn node() -> Option<RealPeer> {
    RealPeer::node(&[])
}

fn localhost(peer: &RealPeer) -> String {
    format!("ws://localhost:{}/", peer.port())
}

#[test]
fn tinyproxy_makes_a_tunnel_for_whoever_asks() {
    let (Some(peer), Some(proxy)) = (node(), RealProxy::tinyproxy(None)) else {
        return;
    };
    let run = proxied(&proxy.url(""), &peer.url("/"));
    run.ends_with_status(0).prints("hi\n");
}

#[test]
fn tinyproxy_makes_a_tunnel_for_the_right_user_only() {
    let (Some(peer), Some(proxy)) = (node(), RealProxy::tinyproxy(USER)) else {
        return;
    };
    let url = peer.url("/");
    let run = proxied(&proxy.url("http://alice:s%33cret@"), &url);
    run.ends_with_status(0).prints("hi\n");
    let line = [
        "--proxy",
        &proxy.url(""),
        "--proxy-user",
        "alice:s3cret",
        &url,
    ];
    let run = sockeye(line).stdin("hi\n").run();
    run.ends_with_status(0).prints("hi\n");

    let run = proxied(&proxy.url(""), &url);
    run.ends_with_status(3).says_one_error();
    run.says("407").says("--proxy-user");
    let run = proxied(&proxy.url("http://alice:wrong@"), &url);
    run.ends_with_status(3).says_one_error();
    run.says("does not accept the user and password");
    run.does_not_say("wrong");
}

#[test]
fn tls_with_the_server_goes_through_a_proxy() {
    let authority = Authority::new();
    let peer = RealPeer::node(&authority.peer_options());
    let (Some(peer), Some(http)) = (peer, RealProxy::tinyproxy(None)) else {
        return;
    };
    let Some(socks) = RealProxy::microsocks(None) else {
        return;
    };
    let (ca, big) = (authority.ca(), "x".repeat(1 << 20));
    for proxy in [
        http.url(""),
        socks.url("socks5://"),
        socks.url("socks5h://"),
    ] {
        let line = [
            &peer.url("/"),
            "--proxy",
            &proxy,
            "--ca",
            ca.to_str().unwrap(),
        ];
        let run = sockeye(line).stdin(format!("{big}\n")).run();
        run.ends_with_status(0).prints(format!("{big}\n"));
    }
    proxied(&http.url(""), &peer.url("/")).ends_with_status(4);
}

#[test]
fn microsocks_leads_to_a_name_and_to_an_address() {
    let (Some(peer), Some(proxy)) = (node(), RealProxy::microsocks(None)) else {
        return;
    };
    for scheme in ["socks5://", "socks5h://"] {
        for url in [peer.url("/"), localhost(&peer)] {
            let run = proxied(&proxy.url(scheme), &url);
            run.ends_with_status(0).prints("hi\n");
        }
    }
    let refused = sockeye([
        "ws://127.0.0.1:1/",
        "--allow-bad-port",
        "--proxy",
        &proxy.url("socks5h://"),
        "-1",
    ]);
    refused
        .run()
        .ends_with_status(3)
        .says_one_error()
        .says("127.0.0.1:1");
}

#[test]
fn microsocks_lets_the_right_user_through_only() {
    let (Some(peer), Some(proxy)) = (node(), RealProxy::microsocks(USER)) else {
        return;
    };
    for before in ["socks5://alice:s3cret@", "socks5h://alice:s3cret@"] {
        let run = proxied(&proxy.url(before), &localhost(&peer));
        run.ends_with_status(0).prints("hi\n");
    }
    let run = proxied(&proxy.url("socks5h://alice:wrong@"), &peer.url("/"));
    run.ends_with_status(3)
        .says_one_error()
        .does_not_say("wrong");
    let run = proxied(&proxy.url("socks5h://"), &peer.url("/"));
    run.ends_with_status(3)
        .says_one_error()
        .says("--proxy-user");
}

#[test]
fn dante_leads_to_a_name_and_to_an_address() {
    let (Some(peer), Some(proxy)) = (node(), RealProxy::dante()) else {
        return;
    };
    // SOCKS4a is not among them.
    for scheme in ["socks4://", "socks5://", "socks5h://"] {
        for url in [peer.url("/"), localhost(&peer)] {
            let run = proxied(&proxy.url(scheme), &url);
            run.ends_with_status(0).prints("hi\n");
        }
    }
}
