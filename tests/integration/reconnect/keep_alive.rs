//! `--ping-interval` and `--ping-timeout`.

use super::super::harness::{Peer, Run, Service, Terminal, sockeye, wire};
use super::{AT_ONCE, close_after_client, echo, upgraded};
use std::io::{Read, Write};

/// Answers nothing until the client has gone.
fn mute(stream: &mut impl Read) {
    while wire::read_frame(stream).is_some() {}
}

#[test]
fn a_server_that_answers_no_ping_is_given_up_with_status_8() {
    for arguments in [&["-w", "inf"][..], &["-x", "a", "-1"]] {
        let peer = Peer::tcp(|mut stream| {
            wire::upgrade(&mut stream);
            mute(&mut stream);
        });
        let run = sockeye([peer.url(), "--ping-interval", "0.05"])
            .args(["--ping-timeout", "0.3"])
            .args(arguments)
            .run();
        run.ends_with_status(8).says_one_error();
        run.says("no pong came within 0.3 s of a ping");
    }
}

/// A server that answers five pings and closes.
fn answering() -> Peer {
    Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        for _ in 0..5 {
            let ping = wire::read_frame(&mut stream).expect("a ping");
            assert_eq!(ping.first, wire::FIN | wire::PING);
            let pong = wire::frame(wire::FIN | wire::PONG, &ping.payload);
            stream.write_all(&pong).unwrap();
        }
        stream.write_all(&wire::close(1000, "")).unwrap();
        mute(&mut stream);
    })
}

/// What the program says of that, by JSON or `-P` or not at all.
fn kept_alive(arguments: &[&str]) -> Run {
    let peer = answering();
    let run = sockeye([peer.url(), "--ping-interval", "0.02", "-w", "inf"])
        .args(arguments)
        .run();
    run.ends_with_status(0);
    run
}

#[test]
fn a_server_that_answers_is_kept_and_its_pongs_show_their_round_trip() {
    let run = kept_alive(&["--json"]);
    let told = String::from_utf8_lossy(&run.stdout);
    let pongs: Vec<&str> = told
        .lines()
        .filter(|line| line.contains(r#""type":"pong""#))
        .collect();
    assert_eq!(pongs.len(), 5, "{run}");
    assert!(
        pongs[4].contains(r#""data":"keep-alive 5","rtt":0."#),
        "{run}"
    );
    let run = kept_alive(&["-P"]);
    run.prints("");
    for line in run.stderr.lines() {
        assert!(
            line.starts_with("< pong keep-alive ") && line.ends_with('s'),
            "{run}"
        );
    }
    assert_eq!(run.stderr.lines().count(), 5, "{run}");
    let quiet = kept_alive(&[]);
    assert_eq!(quiet.stderr, "", "{quiet}");
}

#[test]
fn at_a_terminal_pongs_of_keep_alive_show_their_round_trip() {
    let peer = answering();
    let mut terminal = Terminal::start(&[peer.url(), "--ping-interval", "0.1", "--no-color"]);
    terminal.shows("< pong keep-alive 5 ").shows("CLOSED 1000");
    terminal.enters("/quit").ends_with_status(0);
}

#[test]
fn a_missing_pong_is_a_loss_to_come_back_from() {
    let service = Service::start(vec![upgraded(mute), upgraded(echo)]);
    let run = sockeye([&service.url(), "-x", "a", "-1", "-w", "inf", "--reconnect"])
        // Long enough for a busy machine to answer the pings of the second connection.
        .args(["--ping-interval", "0.05", "--ping-timeout", "3"])
        .args(AT_ONCE)
        .run();
    run.ends_with_status(0).prints("a\n").says("no pong came");
}

#[test]
fn the_library_and_the_program_close_politely_between_pings() {
    let peer = Peer::tcp(|mut stream| {
        wire::upgrade(&mut stream);
        close_after_client(&mut stream);
    });
    let run = sockeye([peer.url(), "--ping-interval", "0.01", "-w", "0.1"]).run();
    run.ends_with_status(0);
}
