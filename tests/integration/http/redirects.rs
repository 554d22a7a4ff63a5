//! `-L`: where it goes, how far, and what it takes along.

use super::super::harness::{Authority, Peer, RealPeer, Terminal, sockeye, wire};
use super::server::{Answer, Server, redirect};
use rustls::{ServerConnection, StreamOwned};
use std::io::Write;

/// Redirects `/` to a place, and accepts everything else.
pub(super) fn pointing(status: u16, location: impl Into<String>) -> Server {
    let location = location.into();
    Server::start(move |path| match path {
        "/" => redirect(status, &location),
        _ => Answer::Upgrade,
    })
}

#[test]
fn every_status_that_redirects_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let server = pointing(status, "/there?a=b");
        let run = sockeye(["-L", &server.url("/"), "-w", "inf"]).run();
        run.ends_with_status(0).prints("done\n");
        let heads = server.heads();
        assert!(
            heads[1].starts_with("GET /there?a=b HTTP/1.1\r\n"),
            "{heads:?}"
        );
    }
}

#[test]
fn other_answers_and_those_without_a_place_are_refusals() {
    for answer in [
        "HTTP/1.1 300 Choices\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 304 Same\r\nLocation: /x\r\n\r\n",
        "HTTP/1.1 201 Made\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
    ] {
        let server = Server::start(|_| Answer::Bytes(answer.to_owned()));
        let run = sockeye(["-L", &server.url("/"), "-1"]).run();
        run.ends_with_status(5).says_one_error();
        server.head();
    }
}

#[test]
fn without_the_option_a_redirect_is_a_refusal() {
    let server = pointing(302, "/there?token=hunter2");
    let run = sockeye([&server.url("/"), "-1"]).run();
    run.ends_with_status(5).says_one_error().says("302");
    run.says("-L")
        .says("/there?token=[hidden]")
        .does_not_say("hunter2");
    server.head();
}

#[test]
fn another_server_is_found_by_an_http_url_whose_fragment_does_not_count() {
    let there = Server::accepting();
    let here = pointing(302, format!("http://{}/x#top", there.authority()));
    let run = sockeye(["-L", &here.url("/"), "-w", "inf", "-v"]).run();
    run.ends_with_status(0).prints("done\n");
    run.says(&format!("* Redirected to {}\n", there.url("/x")));
    let head = there.head();
    assert!(head.starts_with("GET /x HTTP/1.1\r\n"), "{head}");
}

#[test]
fn nodes_ws_redirects_to_itself() {
    let Some(peer) = RealPeer::node(&[]) else {
        return;
    };
    for status in ["301", "308"] {
        let url = peer.url(&format!("/redirect?status={status}&to=/"));
        let run = sockeye(["-L", &url, "-x", "hello", "-1"]).run();
        run.ends_with_status(0).prints("hello\n");
    }
}

#[test]
fn ten_redirects_are_followed_and_the_eleventh_is_one_line() {
    let counting = || {
        Server::start(|path| match path.trim_start_matches('/').parse::<u32>() {
            Ok(count) => redirect(307, &format!("/{}", count + 1)),
            Err(_) => Answer::Upgrade,
        })
    };
    let server = counting();
    let run = sockeye(["-L", &server.url("/0"), "-1"]).run();
    run.ends_with_status(5).says_one_error();
    run.says("too many redirects: 10 were followed").says("/11");
    assert_eq!(server.heads().len(), 11);

    let server = counting();
    let run = sockeye(["-L", "--max-redirects", "2", &server.url("/0"), "-1"]).run();
    run.ends_with_status(5).says_one_error().says(": 2 were");
    assert_eq!(server.heads().len(), 3);
}

#[test]
fn a_loop_is_one_line() {
    let server = Server::start(|path| match path {
        "/a" => redirect(302, "/b"),
        _ => redirect(302, "/a"),
    });
    let run = sockeye(["-L", &server.url("/a"), "-1"]).run();
    run.ends_with_status(5).says_one_error().says("loop");
    assert_eq!(server.heads().len(), 2);
}

#[test]
fn a_place_that_cannot_be_is_one_line() {
    for (location, words) in [
        ("ftp://a/", "scheme is 'ftp'"),
        ("http://127.0.0.1:22/", "port belongs to another protocol"),
        ("http://127.0.0.1:99999/", "port"),
        ("http://[fe80::1%25eth0]/", "zone"),
        ("http://", "host"),
    ] {
        let server = pointing(302, location);
        let run = sockeye(["-L", &server.url("/"), "-1"]).run();
        run.ends_with_status(5).says_one_error().says(words);
    }
}

#[test]
fn encryption_is_given_up_only_when_nothing_is_checked() {
    let authority = Authority::new();
    let ca = authority.ca();
    let ca = ca.to_str().unwrap();
    let there = Server::accepting();
    for (option, value, status) in [("--ca", ca, 5), ("-k", "-v", 0)] {
        let location = there.url("/plain");
        let config = authority.server();
        let here = Peer::tcp(move |stream| {
            let tls = ServerConnection::new(config).expect("a good configuration");
            let mut stream = StreamOwned::new(tls, stream);
            wire::read_head(&mut stream);
            let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let url = format!("wss://localhost:{}/", here.port());
        let run = sockeye(["-L", option, value, &url]).run();
        run.ends_with_status(status);
        if status == 5 {
            run.says_one_error().says("not encrypted").says("-k");
        }
    }
    assert_eq!(there.heads().len(), 1);
}

#[test]
fn encryption_is_gained_and_checked() {
    let authority = Authority::new();
    let ca = authority.ca();
    let there = Peer::websocket_tls(&authority, |socket| {
        socket.send("safe".into()).unwrap();
        _ = socket.close(None);
        while socket.read().is_ok() {}
    });
    let here = pointing(301, there.url().replace("wss:", "https:"));
    let run = sockeye([
        "-L",
        "--ca",
        ca.to_str().unwrap(),
        &here.url("/"),
        "-w",
        "inf",
    ])
    .run();
    run.ends_with_status(0).prints("safe\n");
}

#[test]
fn one_budget_of_time_covers_all_servers() {
    let there = Server::start(|_| Answer::Silence);
    let here = pointing(302, there.url("/"));
    let run = sockeye(["-L", "--connect-timeout", "3", &here.url("/")]).run();
    run.ends_with_status(8).says_one_error().says("3 s");
}

#[test]
fn the_interactive_client_says_where_it_was_redirected_to() {
    let there = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        wire::read_until_close(&mut stream)
    });
    let here = pointing(302, there.url());
    let mut terminal = Terminal::start(&["-L", &here.url("/")]);
    terminal
        .shows("OPEN after")
        .shows(&format!("redirected to {}", there.url()));
    terminal
        .enters("/state")
        .shows(&format!("redirected to   {}", there.url()));
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn what_is_shown_hides_tokens_and_json_is_exact() {
    let server = pointing(302, "/x?token=hunter2");
    let url = server.url("/");
    let run = sockeye(["-L", "-v", &url]).run();
    run.ends_with_status(0).does_not_say("hunter2");
    run.says("< Location: /x?token=[hidden]\n");
    run.says("> GET /x?token=[hidden] HTTP/1.1\n");
    let run = sockeye(["-L", "--json", &url]).run();
    run.ends_with_status(0);
    let open = String::from_utf8_lossy(&run.stdout).into_owned();
    let location = format!(r#""location":"{}""#, server.url("/x?token=hunter2"));
    assert!(
        open.contains(&location) && open.contains(&format!(r#""url":"{url}""#)),
        "{run}"
    );
}
