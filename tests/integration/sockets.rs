//! Where connections go and come from, on the real network stack of this machine.

use super::harness::{Authority, PATIENCE, Peer, RealPeer, Task, announce, sockeye, wire};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use tungstenite::Message;

/// Tells its client, in one message, the address that it comes from.
fn teller() -> Peer {
    Peer::websocket(|socket| {
        let from = socket.get_ref().peer_addr().unwrap().ip();
        socket.send(Message::text(from.to_string())).unwrap();
        while socket.read().is_ok() {}
    })
}

/// Sends its client nothing but the `Host` it has asked for.
fn host_teller() -> Peer {
    Peer::tcp(|mut stream| {
        let head = wire::upgrade(&mut stream);
        let host = wire::field(&head, "Host").unwrap().to_owned();
        let message = wire::frame(wire::FIN | wire::TEXT, host.as_bytes());
        stream.write_all(&message).unwrap();
        stream.write_all(&wire::close(1000, "")).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    })
}

#[test]
fn a_server_on_a_unix_socket_is_reached_by_url_and_by_option() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a socket");
    let path = path.to_str().unwrap();
    let Some(_peer) = RealPeer::node(&["--unix", path]) else {
        return;
    };
    for scheme in ["ws+unix:", "ws+unix://"] {
        let url = format!("{scheme}{path}:/about?x");
        let run = sockeye([&*url, "-x", "hi", "-N", "2"]).run();
        run.ends_with_status(0);
        let told = String::from_utf8_lossy(&run.stdout).into_owned();
        assert!(told.contains(r#""host":"localhost""#), "{run}");
        assert!(told.ends_with("\nhi\n"), "{run}");
    }
    let run = sockeye(["ws://example.org/about", "--unix-socket", path, "-1"]).run();
    run.ends_with_status(0);
    let told = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(told.contains(r#""host":"example.org""#), "{run}");
}

#[test]
fn a_redirect_to_another_path_stays_on_the_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let server = Task::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        wire::read_head(&mut stream);
        stream
            .write_all(b"HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let head = wire::upgrade(&mut stream);
        stream.write_all(&wire::close(1000, "")).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
        head
    });
    let url = format!("ws+unix:{}:/here", path.display());
    let run = sockeye([&*url, "-L", "-u", "me:s3cret", "-w", "inf"]).run();
    run.ends_with_status(0);
    let head = server.finish();
    assert!(head.starts_with("GET /there HTTP/1.1\r\n"), "{head}");
    assert!(wire::field(&head, "Authorization").is_some(), "{head}");
}

#[test]
fn a_redirect_does_not_lead_to_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let location = format!("ws+unix:{}:/", path.display());
    let peer = Peer::tcp(move |mut stream| {
        wire::read_head(&mut stream);
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n");
        stream.write_all(answer.as_bytes()).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let run = sockeye([peer.url(), "-L", "-1"]).run();
    run.ends_with_status(5).says("'ws+unix'");
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
}

#[test]
#[cfg(target_os = "linux")]
fn an_abstract_socket_is_reached_whichever_way_its_server_writes_its_name() {
    let name = format!("@sockeye-test-{}", std::process::id());
    let Some(_peer) = RealPeer::node(&["--unix", &name]) else {
        return;
    };
    let url = format!("ws+unix:{name}:/");
    sockeye([&*url, "-x", "hi", "-1"]).run().prints("hi\n");
    sockeye(["x", "--unix-socket", &name, "-x", "hi", "-1"])
        .run()
        .prints("hi\n");

    use std::os::linux::net::SocketAddrExt;
    let exact = format!("sockeye-test-exact-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&exact).unwrap();
    let listener = UnixListener::bind_addr(&address).unwrap();
    let server = Task::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        wire::upgrade(&mut stream);
        std::io::Write::write_all(&mut stream, &wire::close(1000, "")).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let url = format!("ws+unix:@{exact}:/");
    sockeye([&*url, "-w", "inf"]).run().ends_with_status(0);
    server.finish();
}

#[test]
fn tls_goes_through_a_unix_socket_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let path = path.to_str().unwrap();
    let authority = Authority::new();
    let options = [&["--unix", path], &authority.peer_options()[..]].concat();
    let Some(_peer) = RealPeer::node(&options) else {
        return;
    };
    let (url, ca) = (format!("wss+unix:{path}:/"), authority.ca());
    let big = "x".repeat(1 << 20);
    let run = sockeye([&*url, "--ca", ca.to_str().unwrap(), "-1"])
        .stdin(format!("{big}\n"))
        .run();
    run.ends_with_status(0).prints(format!("{big}\n"));
    sockeye([&*url, "-1"]).run().ends_with_status(4);
}

#[test]
fn a_unix_socket_that_is_not_there_is_status_3() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none");
    let path = path.to_str().unwrap();
    let run = sockeye([&*format!("ws+unix:{path}:/"), "-1"]).run();
    run.ends_with_status(3).says_one_error().says(path);
    run.says("no such file");
    std::fs::write(path, "a file").unwrap();
    let run = sockeye(["x", "--unix-socket", path, "-1"]).run();
    run.ends_with_status(3).says_one_error().says("refused");
    let long = format!("/{}", "x".repeat(200));
    let run = sockeye(["x", "--unix-socket", &long, "-1"]).run();
    run.ends_with_status(3).says_one_error();
}

#[test]
fn what_means_nothing_with_a_unix_socket_is_status_2() {
    for options in [
        &["ws+unix:/tmp/s:/", "--proxy", "127.0.0.1:1"][..],
        &["ws+unix:/tmp/s:/", "-4"],
        &["ws+unix:/tmp/s:/", "--interface", "127.0.0.1"],
        &["ws+unix:/tmp/s:/", "--resolve", "localhost:80:127.0.0.1"],
        &["ws+unix:/tmp/s:/", "--unix-socket", "/tmp/t"],
        &["x", "--unix-socket", "/tmp/s", "--proxy", "127.0.0.1:1"],
        &["ws+unix://host/s:/"],
        &["ws+unix:/s:x"],
    ] {
        let run = sockeye([options, &["-1"]].concat()).run();
        run.ends_with_status(2).says_one_error();
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_asked_on_the_way_to_a_unix_socket() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let path = path.to_str().unwrap();
    let Some(_peer) = RealPeer::node(&["--unix", path]) else {
        return;
    };
    let run = sockeye(["ws://example.org/", "--unix-socket", path, "-x", "hi", "-1"])
        .env("all_proxy", "http://127.0.0.1:1")
        .run();
    run.ends_with_status(0).prints("hi\n");
}

#[test]
fn a_name_that_no_resolver_knows_is_reached_at_the_address_given() {
    let peer = host_teller();
    let entry = format!("nowhere.invalid:{}:127.0.0.1", peer.port());
    let url = format!("ws://nowhere.invalid:{}/", peer.port());
    let run = sockeye([&*url, "--resolve", &entry, "-1"]).run();
    let expected = format!("nowhere.invalid:{}\n", peer.port());
    run.ends_with_status(0).prints(expected);
}

#[test]
fn addresses_given_are_tried_one_after_the_other_and_a_star_is_any_host() {
    let peer = host_teller();
    // Nobody listens on the same port of the second loopback address.
    let entry = format!("*:{}:127.0.0.2,127.0.0.1", peer.port());
    let url = format!("ws://nowhere.invalid:{}/", peer.port());
    let run = sockeye([&*url, "--resolve", &entry, "-v", "-1"]).run();
    run.ends_with_status(0).says("Trying 127.0.0.2");
}

#[test]
fn a_detour_leads_elsewhere_and_asks_for_the_same() {
    let peer = host_teller();
    let detour = format!("nowhere.invalid:80:127.0.0.1:{}", peer.port());
    let run = sockeye(["ws://nowhere.invalid/", "--connect-to", &detour, "-1"]).run();
    run.ends_with_status(0).prints("nowhere.invalid\n");
}

/// A server on the IPv6 loopback for so many connections, each told the `Host` it has asked for;
/// none on a machine without that address.
fn host_teller_on_ipv6(connections: usize) -> Option<(u16, Task<()>)> {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        announce("not tested: this machine has no IPv6 loopback");
        return None;
    };
    let port = listener.local_addr().unwrap().port();
    let server = Task::spawn(move || {
        for _ in 0..connections {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let head = wire::upgrade(&mut stream);
            let host = wire::field(&head, "Host").unwrap().to_owned();
            let message = wire::frame(wire::FIN | wire::TEXT, host.as_bytes());
            stream.write_all(&message).unwrap();
            stream.write_all(&wire::close(1000, "")).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
        }
    });
    Some((port, server))
}

#[test]
fn a_server_on_the_ipv6_loopback_is_reached() {
    let Some((port, server)) = host_teller_on_ipv6(2) else {
        return;
    };
    let run = sockeye([&*format!("ws://[::1]:{port}/"), "-1"]).run();
    run.ends_with_status(0).prints(format!("[::1]:{port}\n"));
    let run = sockeye([&*format!("localhost:{port}"), "-6", "-1"]).run();
    run.ends_with_status(0)
        .prints(format!("localhost:{port}\n"));
    server.finish();
}

#[test]
#[cfg(target_os = "linux")]
fn an_address_with_a_zone_is_reached_and_the_server_is_not_told_of_the_zone() {
    let Some((port, server)) = host_teller_on_ipv6(6) else {
        return;
    };
    for url in ["ws://[::1%25lo]", "ws://[::1%251]", "[::1%lo]"] {
        let run = sockeye([&*format!("{url}:{port}/"), "-1"]).run();
        run.ends_with_status(0).prints(format!("[::1]:{port}\n"));
    }
    let other = format!("ws://nowhere.invalid:{port}/");
    let told = format!("nowhere.invalid:{port}\n");
    let entry = format!("nowhere.invalid:{port}:[::1%lo]");
    let detour = format!("::[::1%25lo]:{port}");
    for option in [["--resolve", &entry], ["--connect-to", &detour]] {
        let run = sockeye([&*other, "-1"]).args(option).run();
        run.ends_with_status(0).prints(&told);
    }
    let url = format!("ws://[::1]:{port}/");
    let run = sockeye([&*url, "--interface", "::1%lo", "-1"]).run();
    run.ends_with_status(0).prints(format!("[::1]:{port}\n"));
    server.finish();
}

#[test]
#[cfg(target_os = "linux")]
fn the_interface_of_a_zone_is_where_its_address_is_looked_for() {
    // The loopback has no link-local address: the address is parsed, and not reached.
    let run = sockeye(["ws://[fe80::1%25lo]:9999/", "-1"]).run();
    run.ends_with_status(3)
        .says("connecting to [fe80::1%1]:9999");
}

#[test]
fn a_zone_of_no_interface_is_status_3_and_named() {
    let entry = ["--resolve", "a.invalid:80:[fe80::1%no-such]"];
    for arguments in [
        &["ws://[fe80::1%25no-such]/"][..],
        &[&["a.invalid"], &entry[..]].concat(),
    ] {
        let run = sockeye(arguments).args(["-1"]).run();
        run.ends_with_status(3).says_one_error();
        run.says("this machine has no network interface 'no-such'");
    }
    let run = sockeye(["ws://[fe80::1%25]x]/", "-1"]).run();
    run.ends_with_status(2).says("SyntaxError");
}

#[test]
fn a_proxy_is_not_told_of_a_zone() {
    let proxy = Peer::tcp(|mut stream| wire::read_head(&mut stream));
    let address = format!("127.0.0.1:{}", proxy.port());
    sockeye(["ws://[fe80::1%25lo]:81/", "--proxy", &address, "-1"]).run();
    let head = proxy.finish();
    assert!(
        head.starts_with("CONNECT [fe80::1]:81 HTTP/1.1\r\nHost: [fe80::1]:81\r\n"),
        "{head}"
    );
}

#[test]
fn a_family_that_the_host_does_not_have_is_status_3() {
    let run = sockeye(["ws://127.0.0.1:9999/", "-6", "-1"]).run();
    run.ends_with_status(3).says_one_error().says("IPv6");
    let run = sockeye(["ws://[::1]:9999/", "--ipv4", "-1"]).run();
    run.ends_with_status(3).says_one_error().says("IPv4");
}

#[test]
#[cfg(target_os = "linux")]
fn the_connection_begins_at_the_local_address_or_interface_asked_for() {
    for interface in ["127.0.0.9", "host!127.0.0.9", "ifhost!lo!127.0.0.9"] {
        let peer = teller();
        let run = sockeye([peer.url(), "--interface", interface, "-1"]).run();
        run.ends_with_status(0).prints("127.0.0.9\n");
    }
    for interface in ["lo", "if!lo"] {
        let peer = teller();
        let run = sockeye([peer.url(), "--interface", interface, "-1"]).run();
        run.ends_with_status(0).prints("127.0.0.1\n");
    }
}

#[test]
fn a_local_address_or_interface_that_is_not_there_is_status_3() {
    for interface in ["no-such-device", "203.0.113.1"] {
        let run = sockeye(["ws://127.0.0.1:9999/", "--interface", interface, "-1"]).run();
        run.ends_with_status(3).says_one_error().says(interface);
    }
    let run = sockeye(["ws://127.0.0.1:9999/", "--interface", "::1", "-4", "-1"]).run();
    run.ends_with_status(2).says_one_error();
}
