//! Big and many messages through other implementations, byte for byte and in order.

use super::harness::{Authority, RealPeer, announce, sockeye};
use std::fmt::Write;
use std::time::Duration;

/// Node needs 100 µs for a message: a million is minutes.
const LONG: Duration = Duration::from_secs(1200);

/// A million under `tests/run`, where the program is the optimized one.
fn many() -> usize {
    if std::env::var_os("SOCKEYE_PROGRAM").is_some() || !cfg!(debug_assertions) {
        return 1_000_000;
    }
    announce("30,000 lines instead of 1,000,000: the program is not optimized");
    30_000
}

/// Numbered lines: mostly short, one in fifty up to 1,500 bytes, one in two thousand up to
/// 70,000, some of them empty. The same each time.
fn numbered_lines(count: usize) -> String {
    let filler = filler(70_000);
    let mut random = 0x2545_f491_u64;
    let mut lines = String::with_capacity(count * 100);
    for number in 0..count {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let most = match number {
            _ if number % 2000 == 0 => 70_001,
            _ if number % 50 == 0 => 1_501,
            _ => 61,
        };
        let length = random as usize % most;
        let from = lines.len();
        write!(lines, "{number} ").unwrap();
        let written = lines.len() - from;
        match length.checked_sub(written) {
            Some(more) => {
                let start = (number * 7) % (filler.len() - more);
                lines.push_str(&filler[start..start + more]);
            }
            None if length == 0 => lines.truncate(from),
            None => {}
        }
        lines.push('\n');
    }
    lines
}

/// Text in which every stretch is another.
fn filler(length: usize) -> String {
    let mut text = String::with_capacity(2 * length);
    for number in 0.. {
        if text.len() >= 2 * length {
            break;
        }
        write!(text, "{:x},", number * 2_654_435_761_u64).unwrap();
    }
    text
}

/// Every line comes back, and nothing else.
fn lines_survive(peer: &RealPeer, options: &[&str], count: usize) {
    let lines = numbered_lines(count);
    let input = lines.clone();
    let count = count.to_string();
    let url = peer.url("/");
    let arguments = [&*url, "-w", "inf", "-N", &count];
    let run = sockeye(arguments.iter().chain(options))
        .patience(LONG)
        .stdin(input)
        .run();
    run.ends_with_status(0).prints(&lines);
}

#[test]
fn a_million_lines_survive_node_with_deflate() {
    let Some(peer) = RealPeer::node(&["--deflate"]) else {
        return;
    };
    lines_survive(&peer, &[], many());
}

#[test]
fn a_million_lines_survive_node_with_deflate_over_tls() {
    let authority = Authority::new();
    // The threshold that ws has by default: short messages uncompressed between compressed ones.
    let mut options = vec!["--deflate", "--threshold", "1024"];
    options.extend(authority.peer_options());
    let Some(peer) = RealPeer::node(&options) else {
        return;
    };
    lines_survive(&peer, &["--ca", authority.ca().to_str().unwrap()], many());
}

#[test]
fn a_million_lines_survive_python_with_deflate() {
    let Some(peer) = RealPeer::python(&["--deflate"]) else {
        return;
    };
    lines_survive(&peer, &[], many());
}

#[test]
fn a_million_lines_survive_python_with_deflate_over_tls() {
    let authority = Authority::new();
    let mut options = vec!["--deflate"];
    options.extend(authority.peer_options());
    let Some(peer) = RealPeer::python(&options) else {
        return;
    };
    lines_survive(&peer, &["--ca", authority.ca().to_str().unwrap()], many());
}

#[test]
fn every_combination_of_deflate_parameters_works_with_both() {
    let parameters: [&[&str]; 12] = [
        &[],
        &["--server-max-window-bits", "9"],
        &["--server-max-window-bits", "12"],
        &[
            "--server-max-window-bits",
            "9",
            "--server-no-context-takeover",
        ],
        &["--server-no-context-takeover"],
        &["--client-no-context-takeover"],
        &[
            "--server-no-context-takeover",
            "--client-no-context-takeover",
        ],
        &["--client-max-window-bits", "9"],
        &["--client-max-window-bits", "12"],
        &["--client-max-window-bits", "15"],
        &[
            "--client-max-window-bits",
            "9",
            "--client-no-context-takeover",
        ],
        &["--client-max-window-bits", "8"],
    ];
    for parameters in parameters {
        let options = [&["--deflate"], parameters].concat();
        for peer in [RealPeer::node(&options), RealPeer::python(&options)] {
            let Some(peer) = peer else { continue };
            lines_survive(&peer, &[], 3_000);
        }
    }
}

#[test]
fn lines_survive_both_without_deflate() {
    for peer in [RealPeer::node(&[]), RealPeer::python(&[])] {
        let Some(peer) = peer else { continue };
        lines_survive(&peer, &[], 20_000);
        lines_survive(&peer, &["--no-compress"], 3_000);
    }
}

#[test]
fn sixteen_mebibytes_of_binary_survive_both_with_deflate() {
    for peer in [
        RealPeer::node(&["--deflate"]),
        RealPeer::python(&["--deflate"]),
    ] {
        let Some(peer) = peer else { continue };
        let mut sent = filler(12 << 20).into_bytes();
        sent.truncate(16 << 20);
        let run = sockeye([&*peer.url("/"), "--binary", "--whole", "-1"])
            .stdin(sent.clone())
            .run();
        run.ends_with_status(0).prints(&sent);
    }
}

#[test]
fn both_see_the_subprotocol_and_the_extension_that_they_chose() {
    let options = ["--deflate", "--subprotocol", "two"];
    for peer in [RealPeer::node(&options), RealPeer::python(&options)] {
        let Some(peer) = peer else { continue };
        let run = sockeye([&*peer.url("/about"), "-s", "one", "-s", "two", "-1"]).run();
        run.ends_with_status(0);
        let about: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(about["protocol"], "two", "{run}");
        let extensions = about["extensions"].to_string();
        assert!(extensions.contains("permessage-deflate"), "{run}");
        let offered = about["headers"]["sec-websocket-protocol"].as_str().unwrap();
        let offered: Vec<_> = offered.split(',').map(str::trim).collect();
        assert_eq!(offered, ["one", "two"]);
    }
}

#[test]
fn the_numbered_lines_are_what_they_promise() {
    let lines = numbered_lines(100_000);
    let lengths = || lines.lines().map(str::len);
    assert_eq!(lines.lines().count(), 100_000);
    assert!(lengths().any(|length| length == 0));
    assert!(lengths().any(|length| length > 65_536));
    assert!(lengths().all(|length| length <= 70_000));
}
