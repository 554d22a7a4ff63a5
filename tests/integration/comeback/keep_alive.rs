//! `--ping-interval` and `--ping-timeout`.

use super::super::harness::{Peer, Service, sockeye, wire};
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

#[test]
fn a_server_that_answers_is_kept_and_nothing_is_shown_of_it() {
    let service = Service::start(vec![upgraded(|stream| {
        for _ in 0..5 {
            let ping = wire::read_frame(stream).expect("a ping");
            assert_eq!(ping.first, wire::FIN | wire::PING);
            let pong = wire::frame(wire::FIN | wire::PONG, &ping.payload);
            stream.write_all(&pong).unwrap();
        }
        stream.write_all(&wire::close(1000, "")).unwrap();
        mute(stream);
    })]);
    let running = sockeye([&service.url(), "--json", "--ping-interval", "0.02"])
        .stdin_held()
        .start();
    service.finish();
    let run = running.end_input().finish();
    run.ends_with_status(0);
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(told.contains("close") && !told.contains("pong"), "{run}");
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
