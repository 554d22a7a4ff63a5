//! What another origin than the first one gets, after a redirect or `/connect`.

use super::super::harness::{Peer, Terminal, sockeye, wire};
use super::redirects::pointing;
use super::server::{Answer, Server, redirect};
use std::sync::{Arc, OnceLock};

/// Everything that may be secret, and two fields that are not.
const WITH_CREDENTIALS: [&str; 14] = [
    "-L",
    "-H",
    "X-Api-Key: hunter2",
    "-H",
    "X-Room: 1",
    "-u",
    "me:hunter2",
    "-b",
    "a=hunter2",
    "--host",
    "virtual.example",
    "-ohttp://page.example",
    "-H",
    "Accept-Language: en",
];

/// What those are that are left out, by name.
const LEFT_OUT: &str = "not sent there: Host, X-Api-Key, X-Room, Authorization, Cookie\n";

#[test]
fn at_the_same_server_everything_goes_along() {
    let server = pointing(302, "/there");
    let url = server.url("/");
    let run = sockeye(WITH_CREDENTIALS.iter().chain(&[&*url])).run();
    run.ends_with_status(0).does_not_say("origin");
    let heads = server.heads();
    for name in ["X-Api-Key", "X-Room", "Authorization", "Cookie", "Host"] {
        let [one, other] = [0, 1].map(|index| wire::field(&heads[index], name));
        assert!(one.is_some() && one == other, "{name}: {heads:#?}");
    }
}

#[test]
fn another_port_gets_no_secrets_and_the_way_back_does_not_either() {
    let netrc = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(netrc.path(), "default login me password hunter2").unwrap();
    let netrc = netrc.path().to_str().unwrap();
    // The last server of the row leads back to the first.
    let back = Arc::new(OnceLock::<String>::new());
    let home = Arc::clone(&back);
    let there = Server::start(move |_| redirect(302, home.get().expect("the first server's")));
    let here = pointing(302, there.url("/"));
    back.set(here.url("/back")).expect("once");
    let url = here.url("/");
    let with_netrc = ["-L", "--netrc-file", netrc];
    let of_netrc = "not sent there: Authorization\n";
    for (credentials, left_out) in [(&WITH_CREDENTIALS[..], LEFT_OUT), (&with_netrc, of_netrc)] {
        let run = sockeye(credentials.iter().chain(&[&*url])).run();
        run.ends_with_status(0).does_not_say("hunter2");
        run.says(&format!(
            "redirected to another origin, {}; {left_out}",
            there.url("/")
        ));
    }
    let (first, back): (Vec<_>, Vec<_>) =
        (here.heads().into_iter()).partition(|head| head.starts_with("GET / "));
    assert!(
        first
            .iter()
            .all(|head| head.contains("Authorization: Basic")),
        "{first:?}"
    );
    for heads in [there.heads(), back] {
        assert_eq!(heads.len(), 2);
        assert_eq!(
            wire::field(&heads[0], "Origin"),
            Some("http://page.example")
        );
        assert_eq!(wire::field(&heads[0], "Accept-Language"), Some("en"));
        for head in heads {
            for name in ["X-Api-Key", "X-Room", "Authorization", "Cookie"] {
                assert_eq!(wire::field(&head, name), None, "{head}");
            }
            assert!(!head.contains("virtual.example"), "{head}");
        }
    }
}

#[test]
fn what_stays_is_told_once_in_every_way_to_run_but_not_with_quiet() {
    let there = Server::accepting();
    let here = pointing(302, there.url("/x"));
    let url = here.url("/");
    let of = |more: &[&str]| {
        let run = sockeye(WITH_CREDENTIALS.iter().chain(more).chain(&[&*url])).run();
        run.ends_with_status(0).does_not_say("hunter2");
        assert!(
            !String::from_utf8_lossy(&run.stdout).contains("hunter2"),
            "{run}"
        );
        run.stderr.matches(LEFT_OUT).count()
    };
    for more in [
        &["-w1"][..],
        &["-xhello", "-1"],
        &["--json"],
        &["-v"],
        &["--json", "-vv"],
    ] {
        assert_eq!(of(more), 1, "{more:?}");
    }
    assert_eq!(of(&["-q"]), 0);
    assert_eq!(of(&["-q", "--json"]), 0);
}

#[test]
fn a_refusal_there_does_not_hide_what_was_left_out() {
    let answer = "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n";
    let there = Server::start(|_| Answer::Bytes(answer.to_owned()));
    let here = pointing(302, there.url("/x"));
    let url = here.url("/");
    let run = sockeye(WITH_CREDENTIALS.iter().chain(&[&*url])).run();
    run.ends_with_status(5).says_one_error().says(LEFT_OUT);
}

#[test]
fn subprotocols_that_may_be_tokens_stay_and_names_go_along() {
    let accepting_none = || {
        Server::start(|_| Answer::Bytes("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_owned()))
    };
    let kubernetes = "base64url.bearer.authorization.k8s.io.aHVudGVyMg";
    for (offered, sent, left_out) in [
        ("graphql-ws,v12.stomp", Some("graphql-ws, v12.stomp"), None),
        (
            "chat,access_token,hunter2",
            Some("chat"),
            Some("2 subprotocols that may be secrets"),
        ),
        (kubernetes, None, Some("1 subprotocol that may be a secret")),
    ] {
        let there = accepting_none();
        let here = pointing(302, there.url("/x"));
        let run = sockeye(["-L", "-s", offered, &here.url("/"), "-vv"]).run();
        run.ends_with_status(5)
            .does_not_say("hunter2")
            .does_not_say("aHVudGVyMg");
        match left_out {
            Some(left_out) => run.says(&format!("not sent there: {left_out}\n")),
            None => run.does_not_say("not sent"),
        };
        assert_eq!(wire::field(&there.head(), "Sec-WebSocket-Protocol"), sent);
        let first = here.head();
        let first = wire::field(&first, "Sec-WebSocket-Protocol").map(|all| all.replace(' ', ""));
        assert_eq!(first.as_deref(), Some(offered));
    }
}

#[test]
fn the_password_of_the_url_stays_at_its_server() {
    let there = Server::accepting();
    let here = pointing(302, there.url("/x"));
    let url = format!("me:hunter2@{}", here.authority());
    let run = sockeye(["-L", &url]).run();
    run.ends_with_status(0)
        .says("not sent there: Authorization\n");
    assert!(
        here.head()
            .contains("Authorization: Basic bWU6aHVudGVyMg==\r\n")
    );
    assert!(!there.head().contains("Authorization"));
}

#[test]
fn after_a_redirect_cookies_of_a_file_are_sent_and_typed_ones_are_not() {
    let jar = tempfile::NamedTempFile::new().unwrap();
    let lines = "127.0.0.1\tFALSE\t/\tFALSE\t0\tall\t1\n127.0.0.1\tFALSE\t/x\tFALSE\t0\tdeep\t1\n";
    std::fs::write(jar.path(), lines).unwrap();
    let there = Server::accepting();
    let here = pointing(302, there.url("/x"));
    let file = jar.path().to_str().unwrap();
    let run = sockeye(["-L", "-b", "a=hunter2", "-b", file, &here.url("/")]).run();
    run.ends_with_status(0).says("not sent there: Cookie\n");
    let sent = |server: Server| wire::field(&server.head(), "Cookie").map(str::to_owned);
    assert_eq!(sent(here).as_deref(), Some("a=hunter2; all=1"));
    assert_eq!(sent(there).as_deref(), Some("deep=1; all=1"));
}

#[test]
fn the_user_of_the_url_chooses_the_netrc_entry_after_a_redirect_too() {
    let netrc = tempfile::NamedTempFile::new().unwrap();
    let entries = "machine 127.0.0.1 login first password 1\n\
         machine 127.0.0.1 login me password hunter2\n";
    std::fs::write(netrc.path(), entries).unwrap();
    let back = Arc::new(OnceLock::<String>::new());
    let to = Arc::clone(&back);
    let server = Server::start(move |path| match path {
        "/there" => Answer::Upgrade,
        _ => redirect(302, to.get().expect("the server's URL")),
    });
    back.set(server.url("/there")).expect("once");
    let url = format!("ws://me@{}/", server.authority());
    let netrc = netrc.path().to_str().unwrap();
    let run = sockeye(["-L", "--netrc-file", netrc, &url]).run();
    run.ends_with_status(0).does_not_say("hunter2");
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    for head in heads {
        let sent = wire::field(&head, "Authorization");
        assert_eq!(sent, Some("Basic bWU6aHVudGVyMg=="), "{head}");
    }
}

#[test]
fn connect_to_another_origin_gets_the_netrc_entry_of_its_host_and_not_the_default() {
    let netrc = tempfile::NamedTempFile::new().unwrap();
    let entries = "machine 127.0.0.1 login me password hunter2\ndefault login d password hunter2";
    std::fs::write(netrc.path(), entries).unwrap();
    let (here, there) = (Server::accepting(), Server::accepting());
    let netrc = netrc.path().to_str().unwrap();
    let mut terminal = Terminal::start(&["-i", "--netrc-file", netrc, &here.url("/")]);
    for (lines, host) in [(1, "127.0.0.1"), (2, "localhost")] {
        let port = there.authority().rsplit(':').next().unwrap().to_owned();
        terminal
            .shows_lines(lines, "CLOSED")
            .enters(&format!("/connect ws://{host}:{port}/{host}"));
    }
    terminal.shows_lines(3, "CLOSED");
    terminal.enters("/quit").ends_with_status(0);
    let heads = there.heads();
    let sent = |index: usize| wire::field(&heads[index], "Authorization");
    assert_eq!(
        (sent(0), sent(1)),
        (Some("Basic bWU6aHVudGVyMg=="), None),
        "{heads:#?}"
    );
}

#[test]
fn the_interactive_client_says_what_another_origin_does_not_get() {
    let there = Server::accepting();
    let here = pointing(302, there.url("/x"));
    let url = here.url("/");
    let mut terminal = Terminal::start(&[&WITH_CREDENTIALS[..], &[&url]].concat());
    terminal
        .shows("redirected to another origin")
        .shows("Authorization, Cookie");
    terminal.shows("CLOSED").enters("/quit").ends_with_status(0);
    assert_eq!(wire::field(&there.head(), "Authorization"), None);
}

#[test]
fn connect_to_another_origin_leaves_secrets_and_messages_and_the_way_back_has_them() {
    let (here, there) = (Server::accepting(), Server::accepting());
    let (home, other) = (here.url("/"), there.url("/"));
    let options = [
        "-i",
        "-x",
        "login hunter2",
        "-s",
        "access_token,hunter2",
        "--any-subprotocol",
    ];
    let mut terminal = Terminal::start(&[&WITH_CREDENTIALS[..], &options, &[&*home]].concat());
    terminal
        .shows("CLOSED")
        .enters(&format!("/connect {other}"));
    terminal
        .shows("another origin than on the command line")
        .shows("2 subprotocols");
    terminal
        .shows_lines(2, "CLOSED")
        .enters("/connect ws://not a url")
        .shows("SyntaxError");
    terminal
        .enters(&format!("/connect {home}again"))
        .shows_lines(3, "CLOSED");
    terminal.enters("/quit").ends_with_status(0);
    let head = there.head();
    assert!(
        !head.contains("aHVudGVyMg") && !head.contains("hunter2"),
        "{head}"
    );
    assert_eq!(wire::field(&head, "Origin"), Some("http://page.example"));
    let heads = here.heads();
    let field = |index: usize| wire::field(&heads[index], "Authorization");
    assert!(field(0).is_some() && field(0) == field(1), "{heads:#?}");
}

#[test]
fn messages_of_the_command_line_are_not_for_another_origin() {
    let here =
        Server::start(|_| Answer::Bytes("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n".to_owned()));
    let there = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        let typed = wire::read_frame(&mut stream).expect("a message");
        wire::read_until_close(&mut stream);
        typed.payload
    });
    let mut terminal = Terminal::start(&["-i", "-x", "login hunter2", &here.url("/")]);
    terminal
        .shows("CLOSED")
        .enters(&format!("/connect {}", there.url()));
    terminal
        .shows("its messages are not sent there")
        .enters("typed");
    terminal.enters("/quit").ends_with_status(0);
    assert_eq!(there.finish(), b"typed");
}
