//! The programs in `examples/`, as a reader would run them: built by cargo, against tungstenite and
//! Node's ws.

use crate::harness::{Authority, PATIENCE, Peer, RealPeer, wait_or_kill};
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;
use tungstenite::Message;

/// The longest that building them may take.
const BUILD: Duration = Duration::from_secs(10 * 60);

/// The folder with the programs. `cargo test` builds examples only when it runs all tests, so they
/// are built here, into the folder where this test is: nothing is left to do after `cargo test`.
fn programs() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let test = std::env::current_exe().expect("this test");
        // target/debug/deps/integration-…
        let profile = test.ancestors().nth(2).expect("the profile's folder");
        let target = profile.parent().expect("the target folder");
        let name = match profile.file_name().and_then(OsStr::to_str) {
            Some("debug") | None => "dev",
            Some(name) => name,
        };
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--quiet", "--locked", "--offline", "--examples"])
            .args(["--profile", name, "--target-dir"])
            .arg(target)
            .stdin(Stdio::null());
        let mut child = cargo.spawn().expect("cargo");
        let (status, hung) = wait_or_kill(&mut child, BUILD);
        assert!(!hung && status.success(), "{cargo:?}: {status}");
        profile.join("examples")
    })
}

/// Runs one with this input. Returns what it printed, after it has ended well.
#[track_caller]
fn run(name: &str, arguments: &[&str], input: &str) -> String {
    let (status, stdout, stderr) = ended(name, arguments, input);
    assert!(
        status.success() && stderr.is_empty(),
        "{name} {arguments:?}: {status}\n{stdout}\n{stderr}"
    );
    stdout
}

/// Runs one that fails. Returns what it says on standard error.
#[track_caller]
fn failure_of(name: &str, arguments: &[&str]) -> String {
    let (status, stdout, stderr) = ended(name, arguments, "");
    assert_eq!(status.code(), Some(1), "{name}: {stdout}\n{stderr}");
    stderr
}

#[track_caller]
fn ended(name: &str, arguments: &[&str], input: &str) -> (ExitStatus, String, String) {
    let mut command = Command::new(programs().join(name));
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("a built example");
    let mut stdin = child.stdin.take().expect("piped");
    stdin.write_all(input.as_bytes()).expect("a short input");
    drop(stdin);
    // What they print fits in a pipe.
    let (status, hung) = wait_or_kill(&mut child, PATIENCE);
    assert!(!hung, "{command:?} did not end, and was killed");
    let output = child.wait_with_output().expect("its output");
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("text"));
    (status, stdout, stderr)
}

/// Echoes messages until the client closes.
fn echo() -> Peer {
    Peer::websocket(|socket| {
        while let Ok(message) = socket.read() {
            if !message.is_close() {
                socket.send(message).expect("the client reads");
            }
        }
    })
}

#[test]
fn echo_prints_the_answer() {
    let peer = echo();
    assert_eq!(run("echo", &[peer.url()], ""), "hello\n");
    peer.finish();
}

#[test]
fn echo_prints_the_answer_of_nodes_ws() {
    if let Some(peer) = RealPeer::node(&[]) {
        assert_eq!(run("echo", &[&peer.url("/")], ""), "hello\n");
    }
}

#[test]
fn subscribe_prints_what_is_about_its_topic_and_ends_after_enough_of_it() {
    let peer = Peer::websocket(|socket| {
        let wish = socket.read().expect("a subscription");
        for text in ["wind 1", "rain 1", "rainy 5", "rain 2", "rain 3", "rain 4"] {
            socket.send(Message::text(text)).expect("open");
        }
        while socket.read().is_ok() {}
        wish.into_text().expect("text").to_string()
    });
    let printed = run("subscribe", &[peer.url(), "rain", "3", "60"], "");
    assert_eq!(printed, "1\n2\n3\n");
    assert_eq!(peer.finish(), "subscribe rain");
}

#[test]
fn subscribe_ends_when_the_time_is_over() {
    let peer = Peer::websocket(|socket| while socket.read().is_ok() {});
    assert_eq!(run("subscribe", &[peer.url(), "rain", "3", "1"], ""), "");
    peer.finish();
}

#[test]
fn tls_trusts_the_authority_in_the_file_and_no_other() {
    let authority = Authority::new();
    let ca = authority.ca();
    let peer = Peer::websocket_tls(&authority, |socket| {
        let message = socket.read().expect("a message");
        socket.send(message).expect("open");
        while socket.read().is_ok() {}
    });
    let printed = run("tls", &[peer.url(), ca.to_str().expect("UTF-8")], "");
    assert_eq!(printed, "TLS 1.3 TLS_AES_256_GCM_SHA384\nhello\n");
    peer.finish();

    let other = Authority::other();
    let peer = Peer::tcp(move |stream| {
        let tls = rustls::ServerConnection::new(other.server()).expect("a configuration");
        // The client ends the handshake.
        let _ = rustls::StreamOwned::new(tls, stream).read(&mut [0]);
    });
    let url = format!("wss://localhost:{}/", peer.port());
    let failure = failure_of("tls", &[&url, ca.to_str().expect("UTF-8")]);
    assert!(failure.contains("certificate"), "{failure}");
    peer.finish();
}

#[test]
fn gui_sends_what_is_entered_and_shows_what_arrives() {
    let peer = echo();
    let printed = run("gui", &[peer.url()], "one\ntwo\n");
    let url = peer.url();
    let expected = format!("connected to {url}\none\ntwo\nclosed with 1000\n");
    assert_eq!(printed, expected);
    peer.finish();
}

#[test]
fn event_loop_has_two_connections_in_one_loop() {
    let peers = [echo(), echo()];
    let urls = [peers[0].url(), peers[1].url()];
    let printed = run("event_loop", &urls, "");
    let mut lines: Vec<&str> = printed.lines().collect();
    lines.sort_unstable();
    let mut expected = urls.map(|url| format!("{url}: hello"));
    expected.sort_unstable();
    assert_eq!(lines, expected);
    for peer in peers {
        peer.finish();
    }
}

#[test]
fn protocol_works_without_the_rest_of_the_library() {
    let peer = echo();
    let address = format!("127.0.0.1:{}", peer.port());
    assert_eq!(run("protocol", &[&address, "/"], ""), "hello\n");
    peer.finish();
}

#[test]
fn protocol_compresses_with_nodes_ws() {
    if let Some(peer) = RealPeer::node(&["--deflate"]) {
        let address = format!("127.0.0.1:{}", peer.port());
        assert_eq!(run("protocol", &[&address, "/"], ""), "hello\n");
    }
}
