//! What `-v` and `-vv` tell, in curl's marks: `*` for what happens, `>` and `<` for the heads of
//! the request and its answer.

use super::certificate::listed;
use super::hex::Dump;
use super::phases::Phases;
use super::size::plural;
use super::style::{Role, Style};
use super::{fields, redirect, sanitize, text_width, window};
use crate::failure::Closed;
use crate::tls::{CertificateSummary, unverified_in_words};
use sockeye::evidence::Evidence;
use sockeye::http1::ResponseHead;
use sockeye::protocol::Direction;
use sockeye::transport::{self, ClientCertificate, TlsInfo};
use sockeye::{CloseCode, CloseEvent, DryRun, Event, Frame, Handshake, Step};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::IpAddr;

/// So many characters of a frame's text are shown.
const TEXT: usize = 64;
/// So many of its bytes when it is no text.
const BYTES: usize = 16;

/// Turns events into lines. Writing to a `String` cannot fail, so results are let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verbose {
    /// Colours.
    pub(crate) style: Style,
}

impl Verbose {
    /// Tells one event on standard error, if there is something to tell.
    pub(crate) fn tell(self, event: &Event<'_>) {
        let mut lines = String::new();
        self.push(event, &mut lines);
        if !lines.is_empty() {
            // Nobody is left to tell when standard error is gone.
            _ = io::stderr().write_all(lines.as_bytes());
        }
    }

    /// Adds the lines of one event.
    pub(crate) fn push(self, event: &Event<'_>, out: &mut String) {
        match event {
            Event::Connecting(step) => self.step(step, out),
            Event::Open(handshake) => self.open(handshake, out),
            Event::Frame(frame) => self.note(&frame_line(frame), out),
            Event::Close(close) if !close.was_clean && close.code != CloseCode::ABNORMAL.0 => {
                self.note("The server's close frame could not be answered", out);
            }
            Event::Error(error) => {
                if let Some(evidence) = error.evidence() {
                    self.evidence(evidence, out);
                }
            }
            _ => {}
        }
    }

    fn step(self, step: &Step, out: &mut String) {
        match step {
            Step::Transport(hop) => self.hop(hop, out),
            Step::Request(lines) => request(lines, out),
            Step::Answer(head) => answer(head, out),
            Step::Redirected { to, left_out } => {
                self.note(&format!("Redirected to {to}"), out);
                if let Some(left_out) = left_out.as_ref().filter(|left| !left.is_empty()) {
                    let not_sent = redirect::not_sent(left_out);
                    self.note(&format!("Another origin, {not_sent}"), out);
                }
            }
            _ => {}
        }
    }

    /// What would be done: the lines of `--dry-run`.
    pub(crate) fn rehearsal(self, rehearsal: &DryRun) -> String {
        let mut out = String::new();
        let DryRun {
            url,
            host,
            port,
            through,
            secure,
            request: lines,
        } = rehearsal;
        let tls = if *secure { "with" } else { "without" };
        self.note(&format!("Would connect to {url}"), &mut out);
        self.note(&format!("Host {host}, port {port}, {tls} TLS"), &mut out);
        if let Some(through) = through {
            self.note(&format!("Through {through}"), &mut out);
        }
        request(lines, &mut out);
        out
    }

    fn note(self, text: &str, out: &mut String) {
        let line = format!("* {}", sanitize::line(text));
        _ = writeln!(out, "{}", self.style.paint(Role::Faint, line));
    }

    fn hop(self, hop: &transport::TransportStep, out: &mut String) {
        use transport::TransportStep::*;
        match hop {
            Resolved { host, addresses } => {
                let ips: Vec<IpAddr> = addresses.iter().map(|address| address.ip()).collect();
                // An address leads to itself.
                if !is_ip(host) {
                    self.note(&format!("Resolved {host} to {}", join(&ips)), out);
                }
            }
            Trying(address) => self.note(&format!("Trying {address}"), out),
            Failed { address, reason } => self.note(&format!("{address}: {reason}"), out),
            Connected(address) => self.note(&format!("Connected to {address}"), out),
            ConnectedLocally(socket) => self.note(&format!("Connected to {socket}"), out),
            Proxy(proxy) => self.note(&format!("Through the proxy {proxy}"), out),
            ProxyEncrypted(tls) => {
                self.note("TLS with the proxy:", out);
                self.tls(tls, out);
            }
            ProxyRequest(lines) => request(lines, out),
            ProxyAnswer(head) => answer(head, out),
            Tunnelled { proxy, target } => {
                self.note(&format!("The proxy {proxy} has connected to {target}"), out);
            }
            AgainWithTls12(why) => self.note(
                &format!(
                    "The server's signature cannot be verified: {}. Trying TLS 1.2",
                    unverified_in_words(why)
                ),
                out,
            ),
            Encrypted(tls) => self.tls(tls, out),
        }
    }

    fn tls(self, tls: &TlsInfo, out: &mut String) {
        let alpn = tls.alpn.as_ref();
        let alpn = alpn.map_or_else(String::new, |alpn| format!(", ALPN {alpn}"));
        self.note(&format!("{}, {}{alpn}", tls.version, tls.cipher_suite), out);
        if let Some(why) = &tls.unverified {
            self.note(
                &format!(
                    "The server's signature is not verified: {}",
                    unverified_in_words(why)
                ),
                out,
            );
        }
        match tls.client_certificate {
            ClientCertificate::NotAsked => {}
            ClientCertificate::Missing => self.note("Client certificate: asked for, none", out),
            ClientCertificate::Unsuitable => self.note(
                "Client certificate: asked for, not sent: the server accepts no signature of its key",
                out,
            ),
            ClientCertificate::Offered => self.note("Client certificate: asked for, sent", out),
        }
        let Some(certificate) = CertificateSummary::of_server(tls) else {
            return self.note("Certificate: not readable", out);
        };
        for (name, value) in [
            ("Certificate", certificate.subject),
            ("  for", listed(&certificate.names)),
            ("  issued by", certificate.issuer),
            ("  valid from", certificate.not_before),
            ("  until", certificate.not_after),
        ] {
            self.note(&format!("{name}: {value}"), out);
        }
    }

    /// The bytes that an error is about.
    fn evidence(self, evidence: &Evidence, out: &mut String) {
        let Evidence { offset, start, .. } = evidence;
        let part = evidence.part.name();
        self.note(
            &match offset == start {
                true => format!("What came, from byte {start} of the {part}:"),
                false => format!("What came, from byte {start} of the {part}, wrong at {offset}:"),
            },
            out,
        );
        let dump = Dump {
            limit: usize::MAX,
            width: window::columns(io::stderr()),
            style: self.style,
        };
        dump.push(&evidence.bytes, out);
    }

    fn open(self, handshake: &Handshake, out: &mut String) {
        for (name, value) in [
            ("Subprotocol", handshake.shown_protocol()),
            ("Extensions", &*handshake.extensions),
        ] {
            let value = if value.is_empty() { "none" } else { value };
            self.note(&format!("{name}: {value}"), out);
        }
        self.note(&format!("Timings: {}", Phases::of(handshake)), out);
    }
}

fn request(lines: &[String], out: &mut String) {
    for line in lines {
        _ = writeln!(out, "> {}", sanitize::line(line));
    }
    out.push_str(">\n");
}

fn answer(head: &ResponseHead, out: &mut String) {
    let ResponseHead {
        status,
        phrase,
        minor_version,
        headers,
    } = head;
    let first = format!("HTTP/1.{minor_version} {status} {phrase}");
    _ = writeln!(out, "< {}", sanitize::line(first.trim_end()));
    for (name, value) in fields::shown(headers) {
        _ = writeln!(out, "< {name}: {value}");
    }
    out.push_str("<\n");
}

/// `sent text FIN RSV1 masked, 12 bytes (345 inflated): {"op":…`
fn frame_line(frame: &Frame<'_>) -> String {
    let mut line = String::from(match frame.direction {
        Direction::Sent => "sent ",
        Direction::Received => "received ",
    });
    line.push_str(frame.name());
    for (is_set, flag) in [
        (frame.fin, " FIN"),
        (frame.rsv1, " RSV1"),
        (frame.rsv2, " RSV2"),
        (frame.rsv3, " RSV3"),
        (frame.masked, " masked"),
    ] {
        if is_set {
            line.push_str(flag);
        }
    }
    _ = write!(line, ", {} {}", frame.length, plural(frame.length, "byte"));
    if let Some(inflated) = frame.inflated {
        _ = write!(line, " ({inflated} inflated)");
    }
    let payload = payload(frame);
    if !payload.is_empty() {
        _ = write!(line, ": {payload}");
    }
    line
}

/// How the payload begins: a close frame's code and reason, text as text, anything else in hex.
fn payload(frame: &Frame<'_>) -> String {
    const CLOSE: u8 = 8;
    const BINARY: u8 = 2;
    let whole = frame.inflated.unwrap_or(frame.length);
    match (frame.opcode, text_of(&frame.beginning, whole)) {
        (CLOSE, _) => close(&frame.beginning),
        (BINARY, _) | (_, None) => hex(&frame.beginning, whole),
        (_, Some(text)) => text,
    }
}

fn close(body: &[u8]) -> String {
    let (code, reason) = match body {
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
        _ => (CloseCode::NO_STATUS.0, body),
    };
    let close = CloseEvent {
        code,
        reason: String::from_utf8_lossy(reason).into_owned(),
        was_clean: true,
    };
    Closed(&close).to_string()
}

/// The beginning of a text of `whole` bytes, if it is one; a character that is cut is left out.
fn text_of(beginning: &[u8], whole: u64) -> Option<String> {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&beginning[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let shown = text_width::prefix(text, TEXT);
    let more = if (shown.len() as u64) < whole {
        "…"
    } else {
        ""
    };
    Some(format!("{shown}{more}"))
}

fn hex(beginning: &[u8], whole: u64) -> String {
    let shown = &beginning[..beginning.len().min(BYTES)];
    let bytes: Vec<String> = shown.iter().map(|byte| format!("{byte:02x}")).collect();
    let more = if (shown.len() as u64) < whole {
        " …"
    } else {
        ""
    };
    bytes.join(" ") + more
}

fn is_ip(host: &str) -> bool {
    host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

fn join(ips: &[IpAddr]) -> String {
    let ips: Vec<String> = ips.iter().map(ToString::to_string).collect();
    ips.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame<'_> = Frame {
        direction: Direction::Received,
        opcode: 1,
        fin: true,
        rsv1: false,
        rsv2: false,
        rsv3: false,
        masked: false,
        length: 5,
        inflated: None,
        beginning: std::borrow::Cow::Borrowed(b"hello"),
    };

    fn told(event: &Event<'_>) -> String {
        let mut out = String::new();
        let style = Style { colored: false };
        Verbose { style }.push(event, &mut out);
        out
    }

    #[test]
    fn a_frame_has_direction_opcode_flags_lengths_and_its_beginning() {
        let line = told(&Event::Frame(FRAME));
        assert_eq!(line, "* received text FIN, 5 bytes: hello\n");
        let line = told(&Event::Frame(Frame {
            direction: Direction::Sent,
            opcode: 2,
            rsv1: true,
            masked: true,
            length: 1,
            inflated: Some(400),
            beginning: [0xab; 100].as_slice().into(),
            ..FRAME
        }));
        let bytes = ["ab"; BYTES].join(" ");
        let expected = format!("* sent binary FIN RSV1 masked, 1 byte (400 inflated): {bytes} …\n");
        assert_eq!(line, expected);
    }

    #[test]
    fn a_close_frame_shows_code_and_reason() {
        let close = |beginning: &'static [u8]| {
            let frame = Frame {
                opcode: 8,
                length: 3,
                beginning: beginning.into(),
                ..FRAME
            };
            told(&Event::Frame(frame))
        };
        let line = close(b"\x03\xe8bye");
        assert!(
            line.contains(": 1000 (") && line.ends_with(": bye\n"),
            "{line}"
        );
        assert!(close(b"").contains(": 1005 ("), "{}", close(b""));
    }

    #[test]
    fn a_close_frame_that_could_not_be_answered_is_told() {
        let close = |code, was_clean| {
            told(&Event::Close(CloseEvent {
                code,
                reason: String::new(),
                was_clean,
            }))
        };
        let line = close(1000, false);
        assert_eq!(line, "* The server's close frame could not be answered\n");
        assert_eq!(close(1000, true) + &close(1006, false), "");
    }

    #[test]
    fn a_character_cut_at_the_end_of_the_beginning_is_left_out() {
        assert_eq!(text_of("aé".as_bytes(), 3).as_deref(), Some("aé"));
        assert_eq!(text_of(b"a\xc3", 10).as_deref(), Some("a…"));
        assert_eq!(text_of(b"\xff", 1), None);
    }

    #[test]
    fn neither_a_frame_nor_an_answer_can_steer_the_terminal() {
        let hostile = "\u{1b}[2J\n";
        let mut headers = sockeye::http1::Headers::new();
        headers.push("X", "\u{9b}2J\u{202e}").expect("legal");
        let answer = Step::Answer(ResponseHead {
            status: 400,
            phrase: hostile.to_owned(),
            minor_version: 1,
            headers,
        });
        let frame = Frame {
            beginning: hostile.as_bytes().into(),
            ..FRAME
        };
        for event in [Event::Connecting(Box::new(answer)), Event::Frame(frame)] {
            let lines = told(&event);
            let steers = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!lines.contains(steers), "{lines:?}");
        }
    }

    #[test]
    fn secrets_in_the_answer_are_hidden() {
        let mut headers = sockeye::http1::Headers::new();
        headers.push("Set-Cookie", "hunter2").expect("legal");
        let answer = Step::Answer(ResponseHead {
            status: 101,
            phrase: String::new(),
            minor_version: 1,
            headers,
        });
        let lines = told(&Event::Connecting(Box::new(answer)));
        assert_eq!(lines, "< HTTP/1.1 101\n< Set-Cookie: [hidden]\n<\n");
    }
}
