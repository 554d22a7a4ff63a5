//! The options that wscat has as well: both send the same request.

use super::super::harness::{PATIENCE, RealPeer, sockeye, wait_or_kill, wire};
use super::server::{Answer, Server, redirect};
use std::collections::BTreeSet;
use std::process::Stdio;

/// Redirects `/a` to `/b`, and accepts everything else.
fn server() -> Server {
    Server::start(|path| match path {
        "/a" => redirect(302, "/b"),
        _ => Answer::Upgrade,
    })
}

fn heads_of_sockeye(options: &[&str], path: &str) -> Vec<String> {
    let server = server();
    let run = sockeye(
        options
            .iter()
            .chain(&["-c", &*server.url(path), "-w", "inf"]),
    )
    .run();
    run.ends_with_status(0);
    server.heads()
}

/// None when wscat is not installed.
fn heads_of_wscat(options: &[&str], path: &str) -> Option<Vec<String>> {
    let server = server();
    let mut command = RealPeer::wscat()?;
    command.args(options).args(["-c", &server.url(path)]);
    // It leaves at the end of its input, whether it is connected or not.
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = streams.stderr(Stdio::null()).spawn().expect("wscat");
    let stdin = child.stdin.take();
    let (status, hung) = wait_or_kill(&mut child, PATIENCE);
    drop(stdin);
    assert!(!hung, "wscat {options:?}: {status}");
    Some(server.heads())
}

/// The lines of a head that both should agree on, in no order.
fn comparable(head: &str, port_of: &str) -> BTreeSet<String> {
    let ours_alone = ["sec-websocket-key", "user-agent"];
    let (line, fields) = head.split_once("\r\n").expect("a request line");
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        let name = name.to_ascii_lowercase();
        let value = value.trim().replace(port_of, "HOST");
        // Subprotocols may have spaces between them.
        let value = match name.as_str() {
            "sec-websocket-protocol" => value.replace(", ", ","),
            _ => value,
        };
        (!ours_alone.contains(&&*name)).then(|| format!("{name}: {value}"))
    };
    let fields = fields.lines().filter_map(field);
    fields.chain([line.to_owned()]).collect()
}

fn host(head: &str) -> String {
    let host = wire::field(head, "Host").expect("a host").to_owned();
    let is_server = host.starts_with("127.0.0.1:");
    if is_server {
        host
    } else {
        "no host".to_owned()
    }
}

#[test]
fn each_shared_option_makes_the_same_request() {
    for (options, path) in [
        (&[][..], "/b?c=d"),
        (&["-H", "X-One: a: b", "-H", "X-Two:c"], "/b"),
        (&["-H", "X-Empty:"], "/b"),
        (&["-o", "http://origin.example"], "/b"),
        (&["--host", "virtual.example:81"], "/b"),
        (&["--auth", "me:pass:word"], "/b"),
        (&["-s", "one", "-s", "two"], "/b"),
        (&["-p", "13", "-o", "http://o"], "/b"),
        (&["-p", "8", "-o", "http://o"], "/b"),
        (&["-L"], "/a"),
        (
            &[
                "-L",
                "--max-redirects",
                "1",
                "--auth",
                "me:pw",
                "-H",
                "Cookie: a=b",
            ],
            "/a",
        ),
        (&["--slash", "--no-color", "-P", "-n"], "/b"),
    ] {
        let Some(theirs) = heads_of_wscat(options, path) else {
            return;
        };
        // Their client fails when a subprotocol is asked for and none chosen, as ours does.
        let ours = match options.contains(&"-s") {
            true => {
                let server = server();
                let arguments = options.iter().chain(&["-c"]);
                let url = server.url(path);
                sockeye(arguments.chain(&[&*url])).run().ends_with_status(5);
                server.heads()
            }
            false => heads_of_sockeye(options, path),
        };
        let compared = |heads: &[String]| {
            let compare = |head: &String| comparable(head, &host(head));
            heads.iter().map(compare).collect::<Vec<_>>()
        };
        assert_eq!(compared(&ours), compared(&theirs), "{options:?}");
    }
}

#[test]
fn both_refuse_one_redirect_too_many() {
    let options = ["-L", "--max-redirects", "0"];
    let Some(theirs) = heads_of_wscat(&options, "/a") else {
        return;
    };
    let server = server();
    let run = sockeye(options.iter().chain(&["-c", &*server.url("/a")])).run();
    run.ends_with_status(5);
    assert_eq!((theirs.len(), server.heads().len()), (1, 1));
}
