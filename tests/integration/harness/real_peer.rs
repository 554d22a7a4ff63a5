//! Other implementations, in processes of their own: Node's ws and Python's websockets.

use super::bounded::Task;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An echo server in a process of its own; tests/peers says what options and paths it has.
pub(crate) struct RealPeer {
    child: Child,
    port: u16,
    tls: bool,
}

impl RealPeer {
    /// Node's `ws`; none, said on standard error, when it is not installed.
    #[must_use]
    pub(crate) fn node(options: &[&str]) -> Option<Self> {
        let folder = installed("node/node_modules/ws", "Node's ws")?.join("../..");
        let mut command = Command::new("node");
        command
            .env("SOCKEYE_NODE_PEERS", folder)
            .arg(root().join("tests/peers/echo.mjs"));
        Some(Self::start(command, options))
    }

    /// Python's `websockets`; none, said on standard error, when it is not installed.
    #[must_use]
    pub(crate) fn python(options: &[&str]) -> Option<Self> {
        let program = installed("venv/bin/python", "Python's websockets")?;
        let mut command = Command::new(program);
        command.arg(root().join("tests/peers/echo.py"));
        Some(Self::start(command, options))
    }

    /// An HTTP proxy on Node's `https`, spoken to over TLS; none, said on standard error, when Node's
    /// peers are not installed.
    #[must_use]
    pub(crate) fn https_proxy(options: &[&str]) -> Option<Self> {
        installed("node", "Node")?;
        let mut command = Command::new("node");
        command.arg(root().join("tests/peers/https_proxy.mjs"));
        Some(Self::start(command, options))
    }

    /// The program `wscat`, not yet started; none, said on standard error, when it is not
    /// installed.
    #[must_use]
    pub(crate) fn wscat() -> Option<Command> {
        let program = installed("node/node_modules/wscat/bin/wscat", "wscat")?;
        let mut command = Command::new("node");
        command.arg(program);
        Some(command)
    }

    fn start(mut command: Command, options: &[&str]) -> Self {
        let mut child = command
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
        let stdout = child.stdout.take().expect("piped");
        let line = Task::spawn(move || {
            let mut line = String::new();
            // What cannot be read is no port.
            let _ = BufReader::new(stdout).read_line(&mut line);
            line
        });
        let line = line.finish();
        let port = line.trim().parse().ok();
        let peer = Self {
            child,
            port: port.unwrap_or(0),
            tls: options.contains(&"--cert"),
        };
        assert!(port.is_some(), "{command:?} printed {line:?} for its port");
        peer
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL of one of its paths, which begins with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        let port = self.port;
        match self.tls {
            true => format!("wss://localhost:{port}{path}"),
            false => format!("ws://127.0.0.1:{port}{path}"),
        }
    }
}

impl Drop for RealPeer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn installed(path: &str, name: &str) -> Option<PathBuf> {
    let path = root().join("target/peers").join(path);
    if path.exists() {
        return Some(path);
    }
    not_installed(name);
    None
}

/// Says that a test cannot do its work, which fails it where all peers are required.
pub(super) fn not_installed(name: &str) {
    let missing = format!("{name} is not installed: run tests/run, which installs it");
    assert!(
        std::env::var_os("SOCKEYE_REQUIRE_PEERS").is_none(),
        "{missing}"
    );
    announce(&format!("not tested: {missing}"));
}

/// Says something on standard error that the test runner does not swallow.
pub(crate) fn announce(words: &str) {
    let test = std::thread::current();
    let name = test.name().unwrap_or("a test");
    let _ = writeln!(std::io::stderr(), "{name}: {words}");
}
