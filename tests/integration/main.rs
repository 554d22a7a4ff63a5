//! The program as its users meet it: the real executable against in-process peers made from
//! closures, against other implementations of the protocol, and on a real pseudo-terminal.
//!
//! `SOCKEYE_PROGRAM` names another executable than the one cargo has just built, and
//! `SOCKEYE_REQUIRE_PEERS=1` makes a missing peer a failure; `tests/run` sets both.

#![expect(
    clippy::unwrap_used,
    reason = "in a test the panic is the report of a failure"
)]

/// Starts programs, peers and terminals, bounds them in time, and explains failures.
mod harness;

/// Which module may import which: the picture in docs/design.md held against the sources.
mod architecture;
/// Files that are sent as one message, piece by piece.
mod blobs;
/// Messages in pieces, control frames in between, and every way of breaking the protocol.
mod conformance;
/// The README's commands and help, the completions and the man page are what the program does.
mod documents;
/// How a connection can end or fail to begin, with its one line and its exit status.
mod endings;
/// What the server sent that led to a failure: in its line, with `-vv` and in JSON.
mod evidence;
/// The programs in `examples/`, as a reader would run them.
mod examples;
/// `--expect` and `--expect-json`: a check in one line, and why it failed.
mod expectations;
/// The HTTP request: fields, credentials, cookies, redirects.
mod http;
/// The interactive client on a pseudo-terminal.
mod interactive;
/// The library's `WebSocket`, member by member.
mod interface;
/// `--json`: commands in, events out.
mod json_mode;
/// `--max-time` and `--send-timeout`.
mod limits;
/// Lines in, lines out: what a pipe may rely on.
mod lines;
/// nginx in front of Node's ws: passwords, redirects, refusals.
mod nginx;
/// `-x` and `-f`.
mod one_shot;
/// Options of curl, websocat, wscat and httpie, and what is said of them.
mod other_tools;
/// Pipes whose two ends are not equally fast, and what they cost.
mod pressure;
/// The line that tells how far a pipe is.
mod progress;
/// Through proxies: which one, with which credentials, and what can go wrong.
mod proxies;
/// Big and many messages through Node's ws and Python's websockets.
mod real_peers;
/// `--retry`, `--reconnect` and `--ping-interval`: coming back, and noticing that one has to.
mod reconnect;
/// Refusals and answers that are none: what they look like, and what to do about them.
mod refusals;
/// SIGINT, SIGTERM and SIGHUP: what they end, and how.
mod signals;
/// Unix sockets, local addresses, other addresses than the resolver's.
mod sockets;
/// How long each phase of connecting took, and which one took too long.
mod timings;
/// TLS: whom the program trusts, and who it says it is itself.
mod tls;
/// `-v`, `-vv` and `--dry-run`.
mod verbose;
/// Binary messages, whole messages, other terminators than a newline.
mod whole_and_binary;
