//! Who the request is from, and that nobody reads it over the shoulder.

use super::super::harness::{Sockeye, Terminal, sockeye, wire};
use super::server::{Answer, Server};
use std::fs;
use tempfile::TempDir;

/// `me:hunter2`
const MINE: &str = "Basic bWU6aHVudGVyMg==";

/// What one field is when the program runs so; `URL` stands for the server's.
#[track_caller]
fn field_sent(
    name: &str,
    options: &[&str],
    prepare: impl Fn(Sockeye) -> Sockeye,
) -> Option<String> {
    let server = Server::accepting();
    let place = |word: &&str| {
        word.replace("URL", &server.url("/deep/path"))
            .replace("AUTHORITY", &server.authority())
    };
    let run = prepare(sockeye(options.iter().map(place))).run();
    run.ends_with_status(0).does_not_say("hunter2");
    wire::field(&server.head(), name).map(str::to_owned)
}

#[track_caller]
fn authorization(options: &[&str]) -> Option<String> {
    field_sent("Authorization", options, |program| program)
}

fn folder_with(name: &str, content: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn a_name_and_a_password_may_stand_in_many_places() {
    let (_folder, path) = folder_with("secret", "me:hunter2\n");
    let at = format!("@{path}");
    for options in [
        &["-u", "me:hunter2", "URL", "-v"][..],
        &["--auth", "me:hunter2", "URL"],
        &["-u", &at, "URL"],
        &["ws://me:hunter2@AUTHORITY/", "-v"],
        &["me:hunter%32@AUTHORITY/x", "-v"],
    ] {
        assert_eq!(authorization(options).as_deref(), Some(MINE), "{options:?}");
    }
    let from = |program: Sockeye| program.env("SECRET", "me:hunter2");
    let sent = field_sent("Authorization", &["-u", "env:SECRET", "URL"], from);
    assert_eq!(sent.as_deref(), Some(MINE));
}

#[test]
fn a_token_may_stand_in_the_environment() {
    let from = |program: Sockeye| program.env("TOKEN", "hunter2");
    let sent = field_sent(
        "Authorization",
        &["--bearer", "env:TOKEN", "-v", "URL"],
        from,
    );
    assert_eq!(sent.as_deref(), Some("Bearer hunter2"));
}

#[test]
fn the_nearest_credentials_count() {
    let (home, netrc) = folder_with(".netrc", "machine 127.0.0.1 login me password hunter2");
    let at_home = |program: Sockeye| program.env("HOME", home.path());
    let sent = |options: &[&str]| field_sent("Authorization", options, at_home).unwrap_or_default();
    assert_eq!(sent(&["--netrc", "URL"]), MINE);
    assert_eq!(sent(&["--netrc-file", &netrc, "URL"]), MINE);
    assert_eq!(sent(&["--netrc", "ws://me@AUTHORITY/"]), MINE);
    assert_eq!(sent(&["URL"]), "");
    let of_url = ["--netrc", "ws://u:p@AUTHORITY/"];
    assert_eq!(sent(&of_url), "Basic dTpw");
    let of_option = [&of_url[..], &["-u", "a:b"]].concat();
    assert_eq!(sent(&of_option), "Basic YTpi");
    let of_header = [&of_option[..], &["-H", "authorization: mine"]].concat();
    assert_eq!(sent(&of_header), "mine");
}

#[test]
fn a_netrc_that_is_not_there_or_not_right_is_one_line() {
    let (home, wrong) = folder_with("wrong", "machine a\nhunter2");
    let run = sockeye(["--netrc", "URL"]).env("HOME", home.path()).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("no such file");
    let run = sockeye(["--netrc-file", &wrong, "URL"]).run();
    run.ends_with_status(2).says_one_error().says("line 2");
    run.does_not_say("hunter2");
}

#[test]
fn cookies_are_those_that_are_typed_and_those_of_the_file_for_the_server() {
    let jar = "# Netscape HTTP Cookie File\n\
         127.0.0.1\tFALSE\t/\tFALSE\t0\tall\thunter2\n\
         #HttpOnly_127.0.0.1\tFALSE\t/deep\tFALSE\t4000000000\tdeep\t1\n\
         127.0.0.1\tFALSE\t/other\tFALSE\t0\tother\t1\n\
         127.0.0.1\tFALSE\t/\tTRUE\t0\tsecure\t1\n\
         127.0.0.1\tFALSE\t/\tFALSE\t1\told\t1\n\
         example.com\tTRUE\t/\tFALSE\t0\telsewhere\t1\n";
    let (_folder, path) = folder_with("cookies.txt", jar);
    let options = ["-b", "a=b; c=d", "-b", &path, "-v", "URL"];
    let sent = field_sent("Cookie", &options, |program| program);
    assert_eq!(sent.as_deref(), Some("a=b; c=d; deep=1; all=hunter2"));
}

/// Names that say that their value is a secret, as header fields and in the query alike.
const SECRET_NAMES: [&str; 14] = [
    "Authorization",
    "Proxy-Authorization",
    "X-Auth-Key",
    "X-Session-Id",
    "X-JWT",
    "X-Signature",
    "X-Access-Key",
    "X-Passphrase",
    "X-CSRF-Token",
    "Ocp-Apim-Subscription-Key",
    "CB-ACCESS-SIGN",
    "auth_key",
    "jwt",
    "session",
];

#[test]
fn nothing_that_is_shown_has_a_secret_in_it() {
    let fields = SECRET_NAMES.map(|name| format!("{name}: hunter2"));
    let options = fields.iter().flat_map(|field| ["-H", field]);
    let options: Vec<&str> = options.chain(["-b", "a=hunter2"]).collect();
    let query = SECRET_NAMES.map(|name| format!("{name}=hunter2")).join("&");
    let answer = format!(
        "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n{}\r\n\r\n",
        fields.join("\r\n")
    );
    for more in [&["--dry-run"][..], &["-v"], &["-vv"], &["-1"], &["--json"]] {
        let answer = answer.clone();
        let server = Server::start(move |_| Answer::Bytes(answer.clone()));
        let url = format!("me:hunter2@{}/?{query}&room=1", server.authority());
        let run = sockeye(options.iter().chain(more).chain(&[&*url])).run();
        let shown = String::from_utf8_lossy(&run.stdout).into_owned() + &run.stderr;
        assert!(!shown.contains("hunter2"), "{run}");
        if more == ["--dry-run"] || more[0].starts_with("-v") {
            assert!(shown.contains("X-JWT: [hidden]\n"), "{run}");
            assert!(
                shown.contains("&jwt=[hidden]&session=[hidden]&room=1"),
                "{run}"
            );
        }
    }
}

#[test]
fn what_is_no_secret_is_shown() {
    let names = [
        "X-Request-Id",
        "Idempotency-Key",
        "X-Auth-Type",
        "author",
        "max_tokens",
    ];
    let fields = names.map(|name| format!("{name}: shown"));
    let options = fields.iter().flat_map(|field| ["-H", field]);
    let run = sockeye(options.chain(["--dry-run", "ws://h/?keyword=a&max_tokens=5"])).run();
    run.ends_with_status(0);
    let shown = String::from_utf8_lossy(&run.stdout).into_owned();
    for expected in fields
        .iter()
        .map(String::as_str)
        .chain(["/?keyword=a&max_tokens=5"])
    {
        assert!(shown.contains(expected), "{expected}: {run}");
    }
    assert!(!shown.contains("[hidden]"), "{run}");
}

#[test]
fn a_missing_password_is_asked_for_and_not_shown() {
    let server = Server::accepting();
    let url = server.url("/");
    let mut terminal = Terminal::start(&["-u", "me", "-x", "hello", "-1", &url]);
    terminal.shows("Password of me:");
    terminal.types("wrong\u{15}hunterr\u{7f}2\r");
    terminal.shows("done").ends_with_status(0);
    assert!(!String::from_utf8_lossy(&terminal.transcript()).contains("hunter"));
    let head = server.head();
    assert_eq!(wire::field(&head, "Authorization"), Some(MINE), "{head}");
}

#[test]
fn it_is_asked_on_the_terminal_also_when_both_streams_are_pipes() {
    let server = Server::accepting();
    let url = server.url("/");
    let script = r#""$0" "$@" </dev/null | cat"#;
    let mut terminal = Terminal::script(script, &["-u", "me", "-w", "inf", &url]);
    terminal.shows("Password of me:").types("hunter2\r");
    terminal.shows("done").ends_with_status(0);
    assert_eq!(wire::field(&server.head(), "Authorization"), Some(MINE));
}

#[test]
fn nobody_types_a_password_for_what_cannot_be_right() {
    for wrong in [
        &["ws://localhost:99999"][..],
        &["ws://localhost:22"],
        &["ws://localhost:80", "-b", "/nowhere/at/all"],
        &["wss://localhost:443", "--cert", "/nowhere/at/all"],
        &["ws://localhost:80", "--proxy", "ftp://a"],
    ] {
        let mut terminal = Terminal::start(&[&["-u", "me"], wrong].concat());
        terminal.ends_with_status(2);
        let shown = String::from_utf8_lossy(&terminal.transcript()).into_owned();
        assert!(!shown.contains("Password of me"), "{wrong:?}: {shown}");
    }
}

#[test]
fn what_no_reconnecting_can_put_right_ends_the_interactive_client() {
    let mut terminal = Terminal::start(&["wss://127.0.0.1:9999", "--ca", "/nowhere/at/all"]);
    terminal
        .shows("/nowhere/at/all: no such file")
        .ends_with_status(2);
}

#[test]
fn control_c_instead_of_a_password_ends_the_program() {
    let mut terminal = Terminal::start(&["-u", "me", "-x", "hello", "127.0.0.1:9999"]);
    terminal.shows("Password of me:").types("hunt\u{3}");
    terminal.ends_with_status(130);
}

#[test]
fn the_interactive_client_shows_no_token_of_the_url() {
    let peer = super::super::harness::Peer::tcp(|mut stream| {
        let head = wire::upgrade(&mut stream);
        wire::read_until_close(&mut stream);
        head
    });
    let url = format!("{}?token=hunter2", peer.url());
    let mut terminal = Terminal::start(&[&url]);
    terminal
        .shows("OPEN after")
        .enters("/state")
        .shows("bufferedAmount");
    terminal.shows("?token=[hidden]").enters("/quit");
    terminal.ends_with_status(0);
    assert!(!String::from_utf8_lossy(&terminal.transcript()).contains("hunter2"));
    assert!(peer.finish().contains("?token=hunter2"));
}

#[test]
fn a_token_among_the_subprotocols_is_hidden_wherever_they_show() {
    let server = || Server::start(|_| Answer::Bytes("HTTP/1.1 403 No\r\n\r\n".to_owned()));
    for more in ["--dry-run", "-vv"] {
        let server = server();
        let offered = ["-s", "chat", "-s", "access_token", "-s", "hunter2", more];
        let run = sockeye(offered.iter().chain(&[&*server.url("/")])).run();
        let shown = String::from_utf8_lossy(&run.stdout).into_owned() + &run.stderr;
        assert!(!shown.contains("hunter2"), "{run}");
        let line = "> Sec-WebSocket-Protocol: chat, [hidden], [hidden]\n";
        assert!(shown.contains(line), "{run}");
    }
    // A server that chooses none of them is an error that names them.
    let accepting = Server::accepting();
    let run = sockeye(["-s", "chat,bearer,hunter2", &accepting.url("/")]).run();
    run.ends_with_status(5).says_one_error();
    run.says("chat, [hidden], [hidden]").does_not_say("hunter2");
}
