//! Proxies of others: tinyproxy for HTTP, microsocks for SOCKS5, dante for SOCKS4 and SOCKS5. Each
//! is started for one test, with a configuration of its own, on a free loopback port.

use super::Port;
use super::bounded::wait_or_kill;
use super::{PATIENCE, announce};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A proxy in a process of its own.
pub(crate) struct RealProxy {
    child: Child,
    port: Port,
    _folder: TempDir,
}

impl RealProxy {
    /// tinyproxy, which asks for a user and password if there is one; none, said on standard
    /// error, when it is not installed.
    #[must_use]
    pub(crate) fn tinyproxy(credentials: Option<(&str, &str)>) -> Option<Self> {
        let program = installed("tinyproxy")?;
        let auth = credentials.map(|(user, password)| format!("BasicAuth {user} {password}\n"));
        let auth = auth.unwrap_or_default();
        Some(Self::start(|port, folder| {
            let config = format!("Listen 127.0.0.1\nPort {port}\n{auth}");
            let mut command = Command::new(&program);
            command.args(["-d", "-c"]).arg(write(folder, &config));
            command
        }))
    }

    /// microsocks, as [`RealProxy::tinyproxy`].
    #[must_use]
    pub(crate) fn microsocks(credentials: Option<(&str, &str)>) -> Option<Self> {
        let program = installed("microsocks")?;
        Some(Self::start(|port, _| {
            let mut command = Command::new(&program);
            command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
            if let Some((user, password)) = credentials {
                command.args(["-u", user, "-P", password]);
            }
            command
        }))
    }

    /// dante, which asks for nothing; none, said on standard error, when it is not installed.
    #[must_use]
    pub(crate) fn dante() -> Option<Self> {
        let program = installed("danted")?;
        Some(Self::start(|port, folder| {
            let config = format!(
                "logoutput: /dev/null\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\n\
                 clientmethod: none\nsocksmethod: none\n\
                 client pass {{ from: 0/0 to: 0/0 }}\nsocks pass {{ from: 0/0 to: 0/0 }}\n"
            );
            let mut command = Command::new(&program);
            command.args(["-N", "1", "-f"]).arg(write(folder, &config));
            command
        }))
    }

    fn start(command: impl Fn(u16, &Path) -> Command) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = Port::reserve();
        let child = command(port.number(), folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the proxy starts");
        let mut proxy = Self {
            child,
            port,
            _folder: folder,
        };
        let listens = listens(&mut proxy.child, proxy.port.number());
        assert!(listens, "the proxy does not come up");
        proxy
    }

    /// Its URL, with this before its host: `http://user:password@`.
    pub(crate) fn url(&self, before: &str) -> String {
        format!("{before}127.0.0.1:{}", self.port.number())
    }
}

impl Drop for RealProxy {
    fn drop(&mut self) {
        // dante has children, which end when it is asked to end.
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        wait_or_kill(&mut self.child, Duration::from_secs(5));
    }
}

/// Whether it answers on its port; not when it ends. Nothing else tells when it is ready.
fn listens(child: &mut Child, port: u16) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    false
}

fn write(folder: &Path, config: &str) -> PathBuf {
    let path = folder.join("proxy.conf");
    std::fs::write(&path, config).expect("a configuration file");
    path
}

fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")];
    let found = std::env::split_paths(&path)
        .chain(system)
        .map(|folder| folder.join(name))
        .find(|program| program.exists());
    if found.is_none() {
        let missing = format!("{name} is not installed: run tests/run, which installs it");
        assert!(
            std::env::var_os("SOCKEYE_REQUIRE_PEERS").is_none(),
            "{missing}"
        );
        announce(&format!("not tested: {missing}"));
    }
    found
}
