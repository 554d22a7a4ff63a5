//! A browser's "Copy as cURL" line, run by a shell as it was pasted, with `curl` replaced by
//! `sockeye`.

use super::super::harness::{output_of, program, sockeye, wire};
use super::server::Server;
use std::process::Command;

/// As Chrome writes it for bash: a field in a line of its own, `$'…'` where a plain quotation
/// cannot hold the text, `!` among it, and a backslash before what curl would expand in the URL.
const CHROME: &str = r"curl 'URL/a\[1\]?ids=\{1,2\}' \
  -H 'Upgrade: websocket' \
  -H 'Origin: https://page.example' \
  -H 'Cache-Control: no-cache' \
  -H 'Accept-Language: de-DE,de;q=0.9,en;q=0.7' \
  -b $'name=\u0021it\'s; other=b' \
  -H 'Pragma: no-cache' \
  -H 'Connection: Upgrade' \
  -H 'Sec-WebSocket-Key: bBesL1lTV9UwGOYoIeG03A==' \
  -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/135.0.0.0' \
  -H 'Sec-WebSocket-Version: 13' \
  -H 'Sec-WebSocket-Protocol: chat' \
  -H 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits' \
  -H 'X-Empty;' \
  --insecure";

/// As Firefox does: on one line, with the options for the version and the compression of HTTP.
const FIREFOX: &str = "curl 'URL/a' --http1.1 --compressed \
    -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' \
    -H 'Accept: */*' -H 'Accept-Language: en-US,en;q=0.5' \
    -H 'Accept-Encoding: gzip, deflate, br, zstd' -H 'Sec-WebSocket-Version: 13' \
    -H 'Origin: https://page.example' -H 'Sec-WebSocket-Protocol: chat' \
    -H 'Sec-WebSocket-Extensions: permessage-deflate' \
    -H 'Sec-WebSocket-Key: y3qTrfH+JNLOc2whV/a7iA==' -H 'Connection: keep-alive, Upgrade' \
    -H 'Cookie: name=!it; other=b' -H 'Sec-Fetch-Mode: websocket' -H 'Pragma: no-cache' \
    -H 'Cache-Control: no-cache' -H 'Upgrade: websocket' --globoff";

const LEFT_OUT: &str = "(the handshake makes its own)";

/// The head of the request, and what was said about the line.
#[track_caller]
fn pasted(line: &str, scheme: &str) -> (String, String) {
    let server = Server::accepting();
    let line = line.replacen("curl", "\"$0\"", 1);
    let line = line.replace("URL", &format!("{scheme}://{}", server.authority()));
    let line = format!("{line} --any-subprotocol -w inf");
    let mut command = Command::new("bash");
    let output = output_of(command.args(["-c", &line]).arg(program())).expect("bash");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}\n{said}");
    assert_eq!(output.stdout, b"done\n");
    (server.head(), said)
}

#[test]
fn chromes_line_works_as_pasted() {
    for scheme in ["ws", "http"] {
        let (head, said) = pasted(CHROME, scheme);
        assert!(
            head.starts_with("GET /a[1]?ids={1,2} HTTP/1.1\r\n"),
            "{head}"
        );
        has_fields(
            &head,
            &[
                ("Origin", "https://page.example"),
                ("Accept-Language", "de-DE,de;q=0.9,en;q=0.7"),
                ("Cookie", "name=!it's; other=b"),
                (
                    "User-Agent",
                    "Mozilla/5.0 (X11; Linux x86_64) Chrome/135.0.0.0",
                ),
                ("X-Empty", ""),
            ],
        );
        assert_ne!(
            wire::field(&head, "Sec-WebSocket-Key"),
            Some("bBesL1lTV9UwGOYoIeG03A==")
        );
        assert_eq!(
            said,
            format!(
                "left out: Upgrade, Connection, Sec-WebSocket-Key, \
             Sec-WebSocket-Extensions {LEFT_OUT}\n"
            )
        );
    }
}

#[test]
fn firefoxs_line_works_as_pasted() {
    let (head, said) = pasted(FIREFOX, "ws");
    has_fields(
        &head,
        &[
            ("Origin", "https://page.example"),
            ("Cookie", "name=!it; other=b"),
            ("Sec-Fetch-Mode", "websocket"),
            ("Accept", "*/*"),
        ],
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.ends_with(&format!("{LEFT_OUT}\n")), "{said}");
}

/// Each field once, those of the handshake too.
#[track_caller]
fn has_fields(head: &str, fields: &[(&str, &str)]) {
    let ours = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Protocol", "chat"),
        (
            "Sec-WebSocket-Extensions",
            "permessage-deflate; client_max_window_bits",
        ),
    ];
    for (name, value) in fields.iter().chain(&ours) {
        assert_eq!(wire::field(head, name), Some(*value), "{head}");
        assert_eq!(head.matches(&format!("\n{name}:")).count(), 1, "{head}");
    }
}

#[test]
fn what_curl_has_for_every_request_changes_nothing() {
    let request = |more: &[&str]| {
        let run = sockeye(["ws://h/", "--dry-run"]).args(more).run();
        run.ends_with_status(0).does_not_say("left out");
        let shown = String::from_utf8_lossy(&run.stdout).into_owned();
        let is_key = |line: &&str| line.starts_with("> Sec-WebSocket-Key:");
        shown
            .lines()
            .filter(|line| !is_key(line))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let plain = request(&[]);
    for more in [
        &["-X", "GET"][..],
        &["--request", "GET"],
        &["-XGET", "-G"],
        &["--get", "--http1.1", "--compressed"],
        &["-g", "--globoff", "--no-buffer"],
        &["-H", "Sec-WebSocket-Version: 13"],
    ] {
        assert_eq!(request(more), plain, "{more:?}");
    }
}

#[test]
fn values_that_may_be_chosen_are_taken_from_the_headers() {
    let line = |more: &[&str]| {
        let run = sockeye(["ws://h/", "--dry-run"]).args(more).run();
        run.ends_with_status(0);
        String::from_utf8_lossy(&run.stdout).into_owned()
    };
    let shown = line(&[
        "-H",
        "sec-websocket-version: 8",
        "-o",
        "http://page.example",
    ]);
    assert!(shown.contains("> Sec-WebSocket-Version: 8\n"), "{shown}");
    assert!(
        shown.contains("> Sec-WebSocket-Origin: http://page.example\n"),
        "{shown}"
    );
    let shown = line(&["-s", "a", "-H", "Sec-WebSocket-Protocol: b, a"]);
    assert!(
        shown.contains("> Sec-WebSocket-Protocol: a, b\n"),
        "{shown}"
    );
    let shown = line(&["-H", "Sec-WebSocket-Extensions;"]);
    assert!(!shown.contains("permessage-deflate"), "{shown}");
}

#[test]
fn what_a_websocket_cannot_be_is_refused_or_said_to_be_left_out() {
    let run = sockeye(["ws://h/", "--dry-run", "-X", "POST"]).run();
    run.ends_with_status(2)
        .says_one_error()
        .says("begins with GET");
    let run = sockeye(["ws://h/", "--dry-run", "-H", "Sec-WebSocket-Version: 25"]).run();
    run.ends_with_status(2).says_one_error().says("8 and 13");
    let run = sockeye(["ws://h/", "--dry-run", "--http2", "-H", "Connection: x"]).run();
    run.ends_with_status(0);
    run.says("left out: Connection (the handshake makes its own), --http2 (");
    let run = sockeye(["ws://h/", "--dry-run", "-q", "-H", "Connection: x"]).run();
    run.ends_with_status(0).does_not_say("left out");
}
