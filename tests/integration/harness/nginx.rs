//! nginx, with a configuration and a folder of its own.

use super::bounded::wait_or_kill;
use super::real_peer::not_installed;
use super::{Certificate, PATIENCE, RealPeer};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// nginx with one worker, which speaks TLS on a port of its own.
pub(crate) struct Nginx {
    child: Child,
    folder: TempDir,
    port: u16,
    /// What it passes connections on to.
    _behind: Option<RealPeer>,
}

impl Nginx {
    /// nginx with this certificate and these directives for its one server; none, said on standard
    /// error, when it is not installed.
    #[must_use]
    pub(crate) fn serving(certificate: &Certificate, directives: &str) -> Option<Self> {
        let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]
            .into_iter()
            .find(|path| Path::new(path).exists());
        let Some(program) = program else {
            not_installed("nginx");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration(port, certificate, directives)).expect("a file");
        let child = Command::new(program)
            .arg("-p")
            .arg(folder.path())
            .args(["-e", "error.log", "-c", "nginx.conf"])
            // As at an upgrade in place, nginx takes over a socket that listens already: nobody
            // else can have the port, and whoever connects early waits.
            .env("NGINX", "0;")
            .stdin(OwnedFd::from(listener))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{program} did not start: {error}"));
        Some(Self {
            child,
            folder,
            port,
            _behind: None,
        })
    }

    /// nginx in front of Node's `ws`, which gets what TLS has agreed on as header fields
    /// (`x-protocol`, `x-server-name`, `x-client`). In the directives, `$behind` is its address.
    #[must_use]
    pub(crate) fn before_node(certificate: &Certificate, directives: &str) -> Option<Self> {
        let node = RealPeer::node(&[])?;
        let to = node.url("").replace("ws://", "http://");
        let directives = directives.replace("$behind", &to);
        let pass = format!(
            "{directives}
            location / {{
                proxy_pass {to};
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection upgrade;
                proxy_set_header X-Protocol $ssl_protocol;
                proxy_set_header X-Server-Name $ssl_server_name;
                proxy_set_header X-Client $ssl_client_s_dn;
            }}"
        );
        let mut nginx = Self::serving(certificate, &pass)?;
        nginx._behind = Some(node);
        Some(nginx)
    }

    /// The port it listens on.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a path, which begins with `/`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("wss://localhost:{}{path}", self.port)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let ended = self.child.try_wait().ok().flatten();
        if ended.is_none() {
            // It ends its worker before itself.
            let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
            wait_or_kill(&mut self.child, PATIENCE);
        }
        if let (Some(status), false) = (ended, std::thread::panicking()) {
            let log = fs::read_to_string(self.folder.path().join("error.log"));
            panic!(
                "nginx ended by itself: {status}\n{}",
                log.unwrap_or_default()
            );
        }
    }
}

fn configuration(port: u16, certificate: &Certificate, directives: &str) -> String {
    let (cert, key) = (certificate.cert.display(), certificate.key.display());
    let seconds = PATIENCE.as_secs();
    // The worker of a privileged nginx could not read the folder.
    let user = if rustix::process::geteuid().is_root() {
        "user root;"
    } else {
        ""
    };
    format!(
        "daemon off;
        {user}
        worker_processes 1;
        pid nginx.pid;
        events {{ worker_connections 64; }}
        http {{
            access_log off;
            ssl_protocols TLSv1.2 TLSv1.3;
            client_body_temp_path client;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            proxy_read_timeout {seconds}s;
            server {{
                listen 127.0.0.1:{port} ssl;
                server_name localhost;
                ssl_certificate {cert};
                ssl_certificate_key {key};
                {directives}
            }}
        }}"
    )
}
