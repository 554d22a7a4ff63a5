//! Events and answers as JSON, one object a line.
//!
//! What a program may rely on stands here in types of its own: the order of the members is the
//! order of the fields, and neither follows the library's types when those change.

mod member;

use super::phases::Phases;
use data_encoding::BASE64;
use member::{in_seconds, push_text, push_time, push_value};
use sockeye::evidence::Evidence;
use sockeye::url::WebSocketUrl;
use sockeye::{Data, Event, Handshake, Message, ReadyState};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

/// One line.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Record<'a> {
    /// The connection is made.
    Open {
        url: &'a str,
        /// Where redirects led to, if there were any.
        location: Option<&'a str>,
        protocol: &'a str,
        extensions: &'a str,
        /// How long each phase of connecting took.
        timings: Phases,
    },
    /// A message came; `ready_state` is told when it is not the usual one.
    Message {
        data: Payload<'a>,
        ready_state: Option<u8>,
    },
    /// The server sent a ping.
    Ping(Payload<'a>),
    /// The server sent a pong; the round trip is known when it answers a ping.
    Pong {
        data: Payload<'a>,
        round_trip: Option<Duration>,
    },
    /// The connection failed.
    Error {
        message: &'a str,
        /// What the server sent that shows it.
        evidence: Option<&'a Evidence>,
    },
    /// Messages that were accepted and not handed to the network before the end.
    Unsent { messages: u64, bytes: u64 },
    /// The end.
    Close {
        code: u16,
        reason: &'a str,
        was_clean: bool,
    },
    /// A close frame was sent.
    Closing { code: Option<u16>, reason: &'a str },
    /// Another connection is tried after a wait.
    Retry { attempt: u64, delay: Duration },
    /// A command was refused.
    Exception { name: &'a str, message: &'a str },
    /// A command was accepted.
    Ok,
    /// Every member of the interface.
    State {
        ready_state: u8,
        buffered_amount: u64,
        url: &'a str,
        protocol: &'a str,
        extensions: &'a str,
        binary_type: &'a str,
    },
}

/// What a message or a control frame carries.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Payload<'a> {
    /// Shown as it is.
    Text(&'a str),
    /// Shown in base64, marked so.
    Bytes(&'a [u8]),
}

impl<'a> Payload<'a> {
    /// Text if it can be text.
    pub(crate) fn of_control(bytes: &'a [u8]) -> Self {
        std::str::from_utf8(bytes).map_or(Self::Bytes(bytes), Self::Text)
    }
}

/// Appends a line made of parts: `members` as [`Record::push_members`] wrote them, `id` the JSON
/// value that the command came with.
pub(crate) fn push_line(
    out: &mut String,
    name: &str,
    time: SystemTime,
    members: &str,
    id: Option<&str>,
) {
    begin_line(out, name, time);
    out.push_str(members);
    end_line(out, id);
}

fn begin_line(out: &mut String, name: &str, time: SystemTime) {
    out.push_str("{\"type\":\"");
    out.push_str(name);
    out.push_str("\",\"time\":");
    push_time(out, time);
}

fn end_line(out: &mut String, id: Option<&str>) {
    if let Some(id) = id {
        push_value(out, "id", id);
    }
    out.push_str("}\n");
}

impl<'a> Record<'a> {
    /// What tells that a connection is open.
    pub(crate) fn of_handshake(handshake: &'a Handshake) -> Self {
        Self::Open {
            url: handshake.url.as_str(),
            location: handshake.redirects.last().map(WebSocketUrl::as_str),
            protocol: &handshake.protocol,
            extensions: &handshake.extensions,
            timings: Phases::of(handshake),
        }
    }

    /// What tells this event, `failure` in the words of its error; none when no line does.
    pub(crate) fn of(event: &'a Event<'a>, failure: &'a str) -> Option<Self> {
        Some(match event {
            Event::Open(handshake) => Self::of_handshake(handshake),
            Event::Message(message) => Self::of_message(message),
            Event::Ping(payload) => Self::Ping(Payload::of_control(payload)),
            Event::Pong {
                payload,
                round_trip,
            } => Self::Pong {
                data: Payload::of_control(payload),
                round_trip: *round_trip,
            },
            Event::Error(error) => Self::Error {
                message: failure,
                evidence: error.evidence(),
            },
            Event::Close(close) => Self::Close {
                code: close.code,
                reason: &close.reason,
                was_clean: close.was_clean,
            },
            _ => return None,
        })
    }

    fn of_message(message: &'a Message<'a>) -> Self {
        let state = message.ready_state;
        Self::Message {
            data: match &message.data {
                Data::Text(text) => Payload::Text(text),
                binary => Payload::Bytes(binary.bytes()),
            },
            ready_state: (state != ReadyState::Open).then(|| state.number()),
        }
    }
}

impl Record<'_> {
    /// Its line.
    pub(crate) fn line(&self, time: SystemTime, id: Option<&str>) -> String {
        let mut line = String::new();
        self.push(time, id, &mut line);
        line
    }

    /// Appends its line.
    pub(crate) fn push(&self, time: SystemTime, id: Option<&str>, out: &mut String) {
        begin_line(out, self.name(), time);
        self.push_members(out);
        end_line(out, id);
    }

    /// Appends its line in a record of both directions.
    pub(crate) fn push_directed(&self, direction: &str, time: SystemTime, out: &mut String) {
        let mut members = String::new();
        self.push_members(&mut members);
        push_text(&mut members, "direction", direction);
        push_line(out, self.name(), time, &members, None);
    }

    /// What `type` says.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Message { .. } => "message",
            Self::Ping(_) => "ping",
            Self::Pong { .. } => "pong",
            Self::Error { .. } => "error",
            Self::Unsent { .. } => "unsent",
            Self::Close { .. } | Self::Closing { .. } => "close",
            Self::Retry { .. } => "retry",
            Self::Exception { .. } => "exception",
            Self::Ok => "ok",
            Self::State { .. } => "state",
        }
    }

    /// Appends what stands between `time` and `id`.
    pub(crate) fn push_members(&self, out: &mut String) {
        match *self {
            Self::Open {
                url,
                location,
                protocol,
                extensions,
                timings,
            } => {
                push_connection(out, url, protocol, extensions);
                if let Some(location) = location {
                    push_text(out, "location", location);
                }
                push_timings(out, &timings);
            }
            Self::Message { data, ready_state } => {
                push_payload(out, data);
                if let Some(ready_state) = ready_state {
                    push_value(out, "readyState", ready_state);
                }
            }
            Self::Ping(data) => push_payload(out, data),
            Self::Pong { data, round_trip } => {
                push_payload(out, data);
                if let Some(time) = round_trip {
                    push_value(out, "rtt", in_seconds(time));
                }
            }
            Self::Error { message, evidence } => {
                push_text(out, "message", message);
                if let Some(evidence) = evidence {
                    push_evidence(out, evidence);
                }
            }
            Self::Unsent { messages, bytes } => {
                push_value(out, "messages", messages);
                push_value(out, "bytes", bytes);
            }
            Self::Close {
                code,
                reason,
                was_clean,
            } => {
                push_value(out, "code", code);
                push_text(out, "reason", reason);
                push_value(out, "wasClean", was_clean);
            }
            Self::Closing { code, reason } => {
                if let Some(code) = code {
                    push_value(out, "code", code);
                }
                push_text(out, "reason", reason);
            }
            Self::Retry { attempt, delay } => {
                push_value(out, "attempt", attempt);
                push_value(out, "delay", in_seconds(delay));
            }
            Self::Exception { name, message } => {
                push_text(out, "name", name);
                push_text(out, "message", message);
            }
            Self::Ok => {}
            Self::State {
                ready_state,
                buffered_amount,
                url,
                protocol,
                extensions,
                binary_type,
            } => {
                push_value(out, "readyState", ready_state);
                push_value(out, "bufferedAmount", buffered_amount);
                push_connection(out, url, protocol, extensions);
                push_text(out, "binaryType", binary_type);
            }
        }
    }
}

fn push_connection(out: &mut String, url: &str, protocol: &str, extensions: &str) {
    push_text(out, "url", url);
    push_text(out, "protocol", protocol);
    push_text(out, "extensions", extensions);
}

fn push_timings(out: &mut String, timings: &Phases) {
    out.push_str(",\"timings\":");
    let mut before = '{';
    let total = ("total", timings.total);
    for (name, time) in timings.named().chain([total]) {
        // Writing to a String cannot fail.
        _ = write!(out, "{before}\"{name}\":{}", in_seconds(time));
        before = ',';
    }
    out.push('}');
}

fn push_evidence(out: &mut String, evidence: &Evidence) {
    let Evidence {
        part,
        offset,
        start,
        bytes,
    } = evidence;
    _ = write!(out, ",\"evidence\":{{\"part\":\"{}\"", part.name());
    push_value(out, "offset", offset);
    push_value(out, "start", start);
    push_payload(out, Payload::of_control(bytes));
    out.push('}');
}

fn push_payload(out: &mut String, data: Payload<'_>) {
    match data {
        Payload::Text(text) => push_text(out, "data", text),
        Payload::Bytes(bytes) => {
            out.push_str(",\"data\":\"");
            BASE64.encode_append(bytes, out);
            out.push_str("\",\"encoding\":\"base64\"");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::sanitize;
    use serde_json::{Value, json};

    fn line(record: Record<'_>, id: Option<&str>) -> String {
        let time = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 42_999);
        record.line(time, id)
    }

    const PHASES: Phases = Phases {
        dns: None,
        tcp: Duration::from_millis(2),
        proxy: None,
        tls: None,
        upgrade: Duration::from_micros(1),
        total: Duration::from_secs(3),
    };

    #[test]
    fn members_come_in_the_promised_order() {
        let table = [
            (
                Record::Open {
                    location: None,
                    url: "ws://h/",
                    protocol: "p",
                    extensions: "",
                    timings: PHASES,
                },
                r#""open","time":1700000000.000042,"url":"ws://h/","protocol":"p","extensions":"","timings":{"tcp":0.002,"upgrade":0.000001,"total":3}"#,
            ),
            (
                Record::Open {
                    location: Some("wss://h/"),
                    url: "ws://h/",
                    protocol: "",
                    extensions: "",
                    timings: PHASES,
                },
                r#""open","time":1700000000.000042,"url":"ws://h/","protocol":"","extensions":"","location":"wss://h/","timings":{"tcp":0.002,"upgrade":0.000001,"total":3}"#,
            ),
            (
                Record::Message {
                    data: Payload::Bytes(b"\0\x01\x02"),
                    ready_state: Some(2),
                },
                r#""message","time":1700000000.000042,"data":"AAEC","encoding":"base64","readyState":2"#,
            ),
            (
                Record::Pong {
                    data: Payload::of_control(b"x"),
                    round_trip: Some(Duration::from_nanos(210_400)),
                },
                r#""pong","time":1700000000.000042,"data":"x","rtt":0.00021"#,
            ),
            (
                Record::Close {
                    code: 1000,
                    reason: "",
                    was_clean: true,
                },
                r#""close","time":1700000000.000042,"code":1000,"reason":"","wasClean":true"#,
            ),
        ];
        for (record, expected) in table {
            assert_eq!(line(record, None), format!("{{\"type\":{expected}}}\n"));
        }
    }

    #[test]
    fn an_id_is_the_last_member_and_stands_as_it_was_written() {
        let text = line(Record::Ok, Some("1e400"));
        assert_eq!(
            text,
            "{\"type\":\"ok\",\"time\":1700000000.000042,\"id\":1e400}\n"
        );
    }

    #[test]
    fn any_text_is_one_line_and_means_itself() {
        let hostile = "a\"\\\n\r\t\u{0}\u{1b}[2J\u{7f}\u{85}\u{202e}é€𝄞\u{2028}";
        let message = Record::Message {
            data: Payload::Text(hostile),
            ready_state: None,
        };
        let text = line(message, None);
        assert_eq!(text.matches('\n').count(), 1, "{text}");
        assert!(!text.trim_end().contains(sanitize::steers), "{text:?}");
        let parsed: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(parsed["data"], json!(hostile));
    }

    #[test]
    fn a_control_frame_that_is_no_text_is_base64() {
        let text = line(Record::Ping(Payload::of_control(b"\xff")), None);
        assert!(
            text.ends_with("\"data\":\"/w==\",\"encoding\":\"base64\"}\n"),
            "{text}"
        );
    }

    #[test]
    fn the_shortest_round_trip_has_no_exponent() {
        let pong = Record::Pong {
            data: Payload::Text(""),
            round_trip: Some(Duration::from_micros(1)),
        };
        assert!(line(pong, None).contains("\"rtt\":0.000001}"));
    }
}
