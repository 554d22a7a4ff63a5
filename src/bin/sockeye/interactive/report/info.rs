//! `/info`: how the connection was made, and what both sides said on the way.

use super::sheet::{Page, Sheet};
use super::{certificate, compression};
use crate::output::fields;
use crate::output::phases::Phases;
use crate::output::size::Span;
use crate::output::style::Role;
use sockeye::transport::{Attempt, Outcome};
use sockeye::url::WebSocketUrl;
use sockeye::{Handshake, ReadyState, WebSocket};
use std::time::{Duration, SystemTime};

/// The widest bar of a phase.
const BAR: usize = 32;
/// Where the bars begin among the columns of a value.
const BESIDE: usize = 10;

/// How the connection was made.
pub(in crate::interactive) fn info(socket: &WebSocket, page: Page) -> String {
    let mut sheet = Sheet::new(page);
    match socket.handshake() {
        Some(handshake) => of_handshake(&mut sheet, &handshake, page),
        None => of_none(&mut sheet, socket),
    }
    sheet.finish()
}

/// Before the connection is made there is little to tell, and later if it never was.
fn of_none(sheet: &mut Sheet, socket: &WebSocket) {
    let state = socket.ready_state();
    let what = match state {
        ReadyState::Connecting => {
            format!("no answer yet, CONNECTING for {}", Span(socket.state_age()))
        }
        _ => "the connection was never made; /connect tries again".to_owned(),
    };
    sheet.heading("Connection");
    sheet.row("url", WebSocketUrl::hide_secrets(socket.url()));
    sheet.painted(Role::from(state), "", what);
}

fn of_handshake(sheet: &mut Sheet, handshake: &Handshake, page: Page) {
    connection(sheet, handshake);
    if let Some(tls) = &handshake.tls {
        certificate::tls(sheet, tls, SystemTime::now());
    }
    sheet.heading("Timings");
    timings(sheet, &Phases::of(handshake), page);
    sheet.heading("Request");
    for line in &handshake.request {
        sheet.text(line);
    }
    sheet.heading("Answer");
    sheet.text(&format!("HTTP/1.1 {}", handshake.status));
    for (name, value) in fields::shown(&handshake.response) {
        sheet.text(&format!("{name}: {value}"));
    }
}

fn connection(sheet: &mut Sheet, handshake: &Handshake) {
    let or_none = |text: &str| {
        if text.is_empty() {
            "none".to_owned()
        } else {
            text.to_owned()
        }
    };
    sheet.heading("Connection");
    sheet.row("url", &handshake.url);
    let peer = match handshake.timings.proxy {
        Some(_) => "proxy",
        None => "server",
    };
    sheet.row(peer, &handshake.peer);
    if let Some(local) = handshake.local {
        sheet.row("client", local);
    }
    let mut name = "tried";
    for attempt in tried(&handshake.attempts) {
        sheet.row(name, attempt);
        name = "";
    }
    sheet.row("protocol", or_none(handshake.shown_protocol()));
    sheet.row("extensions", or_none(&handshake.extensions));
    for (direction, meaning) in compression::explained(&handshake.extensions) {
        sheet.row(&format!("  {direction}"), meaning);
    }
}

/// The addresses that were tried, when it was not one alone.
fn tried(attempts: &[Attempt]) -> Vec<String> {
    let one = |attempt: &Attempt| {
        let outcome = match &attempt.outcome {
            Outcome::NotTried => "not needed",
            Outcome::Unanswered => "no answer in time",
            Outcome::Failed(reason) => reason,
            Outcome::Connected => "connected",
        };
        format!("{}: {outcome}", attempt.address)
    };
    match attempts {
        [_] => Vec::new(),
        several => several.iter().map(one).collect(),
    }
}

/// How long each phase took, with a bar where it was in all of them.
fn timings(sheet: &mut Sheet, phases: &Phases, page: Page) {
    let all: Duration = phases.named().map(|(_, time)| time).sum();
    let width = page.room().saturating_sub(BESIDE).min(BAR);
    let share = |time: Duration| time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
    let mut begin = Duration::ZERO;
    for (name, time) in phases.named() {
        let bar = page.blocks.bar(share(begin), share(begin + time), width);
        sheet.row(name, format!("{:<BESIDE$}{bar}", Span(time)));
        begin += time;
    }
    sheet.row("total", Span(phases.total));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interactive::report::sheet::tests::page;
    use sockeye::Timings;
    use sockeye::http1::Headers;
    use sockeye::transport::Peer;
    use sockeye::url::WebSocketUrl;

    fn handshake() -> Handshake {
        let mut response = Headers::new();
        response.push("Set-Cookie", "hunter2").expect("legal");
        response.push("X-Long", &"word ".repeat(30)).expect("legal");
        let address = "127.0.0.1:80".parse().expect("an address");
        let attempt = |outcome| Attempt { address, outcome };
        Handshake {
            url: WebSocketUrl::parse("ws://a.org/").expect("an address"),
            redirects: Vec::new(),
            protocol: String::new(),
            extensions: "permessage-deflate".to_owned(),
            peer: Peer::Tcp(address),
            local: None,
            tls: None,
            attempts: vec![
                attempt(Outcome::Failed("refused".to_owned())),
                attempt(Outcome::Connected),
            ],
            timings: Timings {
                resolve: Duration::ZERO,
                tcp: Duration::from_millis(10),
                proxy: None,
                tls: None,
                upgrade: Duration::from_millis(30),
                total: Duration::from_millis(40),
            },
            request: vec!["GET / HTTP/1.1".to_owned()],
            status: 101,
            response,
        }
    }

    fn told(width: usize) -> String {
        let mut sheet = Sheet::new(page(width));
        of_handshake(&mut sheet, &handshake(), page(width));
        sheet.finish()
    }

    #[test]
    fn every_phase_has_its_time_and_its_place_in_the_whole() {
        let shown = told(80);
        let line = |name: &str| {
            shown
                .lines()
                .find(|line| line.trim_start().starts_with(name))
        };
        assert_eq!(line("dns"), Some("  dns             0 µs      ▏"));
        assert_eq!(line("tcp"), Some("  tcp             10.0 ms   ████████"));
        let upgrade = format!(
            "  upgrade         30.0 ms   {}{}",
            " ".repeat(8),
            "█".repeat(24)
        );
        assert_eq!(line("upgrade"), Some(&*upgrade));
        assert_eq!(line("total"), Some("  total           40.0 ms"));
        assert_eq!(line("tls"), None);
    }

    #[test]
    fn secrets_are_hidden_and_failed_attempts_told() {
        let shown = told(80);
        assert!(
            shown.contains("Set-Cookie: [hidden]") && !shown.contains("hunter2"),
            "{shown}"
        );
        assert!(shown.contains("127.0.0.1:80: refused\n"), "{shown}");
    }

    #[test]
    fn no_line_is_wider_than_the_page() {
        for width in [39, 79, 199] {
            let shown = told(width);
            let widest = shown.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{widest:?} of {width}:\n{shown}");
        }
    }
}
