//! The options about sockets and addresses.

use clap::Args;
use sockeye::transport::{self, ConnectTo, Family, Resolution, SocketOptions};
use sockeye::url::{ScopedIp, UnixSocket};
use std::ffi::OsString;
use std::time::Duration;
use url::Host;

const NETWORK: &str = "Network";

/// The options that have no meaning on the way through a Unix socket.
const NOT_WITH_UNIX_SOCKET: [&str; 12] = [
    "proxy",
    "proxy_user",
    "noproxy",
    "proxy_insecure",
    "proxy_cacert",
    "proxy_ca_native",
    "ipv4",
    "ipv6",
    "resolve",
    "connect_to",
    "interface",
    "echo",
];

/// The options, each as it was typed.
#[derive(Debug, Args)]
pub(super) struct NetworkArgs {
    /// Connect to this Unix socket instead of the URL's host and port; @NAME is an abstract one.
    /// The URL ws+unix:/PATH:/RESOURCE does the same
    #[arg(long, value_name = "PATH", conflicts_with_all = NOT_WITH_UNIX_SOCKET, help_heading = NETWORK)]
    unix_socket: Option<OsString>,

    /// Use IPv4 only
    #[arg(short = '4', long, conflicts_with = "ipv6", help_heading = NETWORK)]
    ipv4: bool,

    /// Use IPv6 only
    #[arg(short = '6', long, help_heading = NETWORK)]
    ipv6: bool,

    /// Take these addresses for a host and port instead of asking the resolver; * is any host;
    /// repeatable
    #[arg(long, value_name = "HOST:PORT:ADDR[,ADDR]", value_parser = resolution, help_heading = NETWORK)]
    resolve: Vec<Resolution>,

    /// Connect to HOST2:PORT2 where the URL says HOST1:PORT1, and send the same request; an empty
    /// part means any, or no change; repeatable, the first that fits counts
    #[arg(long, value_name = "HOST1:PORT1:HOST2:PORT2", value_parser = detour, help_heading = NETWORK)]
    connect_to: Vec<ConnectTo>,

    /// Connect from this local address or interface; if!NAME, host!ADDR and ifhost!NAME!ADDR say
    /// which of the two is meant
    #[arg(long, value_name = "NAME|ADDR", value_parser = interface, help_heading = NETWORK)]
    interface: Option<Interface>,

    /// Have TCP ask whether the server is still there after SECONDS without data (default: 60)
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=32767), conflicts_with = "no_keepalive", help_heading = NETWORK)]
    keepalive_time: Option<u16>,

    /// Never have TCP ask whether the server is still there
    #[arg(long, help_heading = NETWORK)]
    no_keepalive: bool,

    /// Let TCP hold small messages back to send them together
    #[arg(long, help_heading = NETWORK)]
    no_tcp_nodelay: bool,
}

impl NetworkArgs {
    /// Sets what they are about.
    pub(super) fn apply(&self, options: &mut transport::TransportOptions) {
        options.unix_socket = self.unix_socket.as_deref().map(UnixSocket::from_typed);
        options.family = match (self.ipv4, self.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            (false, false) => Family::Any,
        };
        options.resolve.clone_from(&self.resolve);
        options.connect_to.clone_from(&self.connect_to);
        options.socket = self.socket();
    }

    fn socket(&self) -> SocketOptions {
        let usual = SocketOptions::default();
        let time = self.keepalive_time.map(u64::from).map(Duration::from_secs);
        SocketOptions {
            local_address: self
                .interface
                .as_ref()
                .and_then(|from| from.address.clone()),
            device: self.interface.as_ref().and_then(|from| from.device.clone()),
            keepalive: time.or(usual.keepalive).filter(|_| !self.no_keepalive),
            nodelay: !self.no_tcp_nodelay,
        }
    }
}

/// `HOST:PORT:ADDR[,ADDR]…`, with curl's `+` before it or without.
fn resolution(typed: &str) -> Result<Resolution, String> {
    let read = || {
        let (name, rest) = part(typed.strip_prefix('+').unwrap_or(typed))?;
        let (port, addresses) = rest.split_once(':')?;
        let ip = |text: &str| ScopedIp::parse(text.trim_matches(['[', ']']));
        let host = match name {
            "*" => None,
            name => Some(host(name)?),
        };
        Some(Resolution {
            host,
            port: port.parse().ok()?,
            addresses: addresses.split(',').map(ip).collect::<Option<_>>()?,
        })
    };
    read().ok_or_else(|| {
        "it looks like example.org:443:10.0.0.1,[::1], with IP addresses at the end".to_owned()
    })
}

/// `HOST1:PORT1:HOST2:PORT2`, of which each may be empty.
fn detour(typed: &str) -> Result<ConnectTo, String> {
    let read = || {
        let (from_host, rest) = part(typed)?;
        let (from_port, rest) = rest.split_once(':')?;
        let (to_host, to_port) = part(rest)?;
        let known = |name| match name {
            "" => Some(None),
            name => host(name).map(Some),
        };
        let (to_host, to_zone) = match zoned(to_host) {
            Some(ip) => (format!("[{}]", ip.ip), ip.zone),
            None => (to_host.to_owned(), None),
        };
        let port = |text: &str| match text {
            "" => Some(None),
            text => text.parse().ok().map(Some),
        };
        Some(ConnectTo {
            from_host: known(from_host)?,
            from_port: port(from_port)?,
            to_host: known(&to_host)?,
            to_zone,
            to_port: port(to_port)?,
        })
    };
    read().ok_or_else(|| {
        "it looks like example.org:443:localhost:8443; each part may be empty".to_owned()
    })
}

/// A host (an IPv6 address in brackets), and what follows its colon.
fn part(text: &str) -> Option<(&str, &str)> {
    let end = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        text.find(':')?
    };
    let (host, rest) = text.split_at(end);
    Some((host, rest.strip_prefix(':')?))
}

/// An IPv6 address in brackets, if it has a zone.
fn zoned(host: &str) -> Option<ScopedIp> {
    let address = host.strip_prefix('[')?.strip_suffix(']')?;
    let ip = ScopedIp::parse(address)?;
    ip.zone.is_some().then_some(ip)
}

fn host(name: &str) -> Option<Host> {
    Host::parse(name).ok()
}

/// Where connections start from.
#[derive(Debug, Clone)]
struct Interface {
    address: Option<ScopedIp>,
    device: Option<String>,
}

/// curl's `NAME`, `ADDR`, `if!NAME`, `host!ADDR` or `ifhost!NAME!ADDR`.
fn interface(typed: &str) -> Result<Interface, String> {
    let (device, address) = match typed.split_once('!') {
        Some(("if", name)) => (name, ""),
        Some(("host", address)) => ("", address),
        Some(("ifhost", both)) => both.split_once('!').unwrap_or((both, "")),
        _ if ScopedIp::parse(typed).is_some() => ("", typed),
        _ => (typed, ""),
    };
    let wrong = || {
        "it is an interface like eth0 or an IP address of this machine, like 10.0.0.2".to_owned()
    };
    if device.is_empty() && address.is_empty() || typed.starts_with("ifhost!") && address.is_empty()
    {
        return Err(wrong());
    }
    let address = match address {
        "" => None,
        text => Some(ScopedIp::parse(text.trim_matches(['[', ']'])).ok_or_else(wrong)?),
    };
    Ok(Interface {
        address,
        device: (!device.is_empty()).then(|| device.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::args::{self, Unparsed};
    use super::*;

    fn options(line: &[&str]) -> transport::TransportOptions {
        let line = ["sockeye", "u"].iter().chain(line).map(Into::into);
        let args = args::parse(line).expect("a right command line").args;
        let mut options = transport::TransportOptions::default();
        args.network.apply(&mut options);
        options
    }

    #[test]
    fn addresses_for_a_host_are_read_with_and_without_brackets() {
        let options = options(&[
            "--resolve",
            "+A.org:80:10.0.0.1,[::1],::2,[fe80::1%lo],fe80::2%252",
            "--resolve",
            "*:1:::1",
        ]);
        let ips = |texts: &[&str]| -> Vec<ScopedIp> {
            texts
                .iter()
                .map(|text| ScopedIp::parse(text).expect("IP"))
                .collect()
        };
        let expected = [
            Resolution {
                host: host("a.org"),
                port: 80,
                addresses: ips(&["10.0.0.1", "::1", "::2", "fe80::1%lo", "fe80::2%2"]),
            },
            Resolution {
                host: None,
                port: 1,
                addresses: ips(&["::1"]),
            },
        ];
        assert_eq!(options.resolve, expected);
        let of_an_address = resolution("[::1]:80:10.0.0.1").expect("right");
        assert_eq!(of_an_address.host, host("[::1]"));
    }

    #[test]
    fn each_part_of_a_detour_may_be_empty() {
        let read = detour("[::1]:80:b.org:81").expect("right");
        assert_eq!((read.from_host, read.from_port), (host("[::1]"), Some(80)));
        assert_eq!((read.to_host, read.to_port), (host("b.org"), Some(81)));
        let read = detour(":::").expect("right");
        assert_eq!((read.from_host, read.from_port), (None, None));
        assert_eq!((read.to_host, read.to_port), (None, None));
        let read = detour("a.org:80:[fe80::1%eth0]:81").expect("right");
        assert_eq!(read.to_host, host("[fe80::1]"));
        assert_eq!(read.to_zone.as_deref(), Some("eth0"));
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for wrong in [
            "",
            "a",
            "a:80",
            "a:80:",
            "a:80:b",
            "a:x:::1",
            "a:80:::1,",
            "[::1:80:::1",
        ] {
            assert!(resolution(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "",
            "a",
            "a:80",
            "a:80:b",
            "a:x:b:80",
            "a:80:b:x",
            "a:80:b:65536",
            "[a:1:b:1",
        ] {
            assert!(detour(wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "",
            "if!",
            "host!",
            "host!eth0",
            "ifhost!eth0",
            "ifhost!eth0!x",
        ] {
            assert!(interface(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_interface_is_a_name_or_an_address_and_a_prefix_says_which() {
        let read = |typed| {
            let origin = interface(typed).expect("right");
            let address = origin.address.map(|ip| ip.to_string());
            (
                origin.device.unwrap_or_default(),
                address.unwrap_or_default(),
            )
        };
        let pair = |device: &str, address: &str| (device.to_owned(), address.to_owned());
        assert_eq!(read("eth0"), pair("eth0", ""));
        assert_eq!(read("10.0.0.1"), pair("", "10.0.0.1"));
        assert_eq!(read("::1"), pair("", "::1"));
        assert_eq!(read("if!10.0.0.1"), pair("10.0.0.1", ""));
        assert_eq!(read("host!::1"), pair("", "::1"));
        assert_eq!(read("fe80::1%lo"), pair("", "fe80::1%lo"));
        assert_eq!(read("ifhost!eth0!10.0.0.1"), pair("eth0", "10.0.0.1"));
    }

    #[test]
    fn keepalive_and_nodelay_are_on_unless_turned_off() {
        let socket = |line: &[&str]| options(line).socket;
        assert_eq!(socket(&[]), SocketOptions::default());
        assert!(SocketOptions::default().nodelay);
        let keepalive = socket(&["--keepalive-time", "5"]).keepalive;
        assert_eq!(keepalive, Some(Duration::from_secs(5)));
        assert_eq!(socket(&["--no-keepalive"]).keepalive, None);
        assert!(!socket(&["--no-tcp-nodelay"]).nodelay);
    }

    #[test]
    fn the_family_is_chosen_by_one_option() {
        assert_eq!(options(&[]).family, Family::Any);
        assert_eq!(options(&["-4"]).family, Family::V4);
        assert_eq!(options(&["--ipv6"]).family, Family::V6);
    }

    #[test]
    fn options_that_mean_nothing_together_are_refused() {
        for line in [
            &["-4", "-6"][..],
            &["--keepalive-time", "5", "--no-keepalive"],
            &["--keepalive-time", "0"],
            &["--unix-socket", "/s", "--proxy", "a"],
            &["--unix-socket", "/s", "-4"],
            &["--unix-socket", "/s", "--interface", "lo"],
            &["--unix-socket", "/s", "--resolve", "a:80:::1"],
        ] {
            let line = ["sockeye", "u"].iter().chain(line).map(Into::into);
            assert!(matches!(args::parse(line), Err(Unparsed::Wrong(_))));
        }
    }
}
