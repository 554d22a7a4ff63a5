//! The rules of RFC 6455 and RFC 7692 by name, and two machines face to face.

mod closing;
mod control_frames;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "deflate")]
mod evidence;
#[cfg(feature = "deflate")]
mod fragments;
mod framing;
mod handover;
mod keep_alive;
mod limits;
#[cfg(feature = "deflate")]
mod pair;
mod sending;
#[cfg(feature = "deflate")]
mod split;
mod streams;
mod tracing;

#[cfg(feature = "deflate")]
use super::deflate::DeflateParams;
use super::role::Role;
use super::{Config, Endpoint, EndpointEvent, Failure, Trace};
use std::time::{Duration, Instant};

/// What most tests want.
pub(super) fn config(role: Role) -> Config {
    Config {
        role,
        deflate: None,
        max_message_size: 1 << 20,
        close_timeout: Duration::from_secs(10),
        finish_before_closing: false,
        keep_alive: None,
        trace: Trace::Off,
        seed: [7; 32],
    }
}

/// permessage-deflate without any parameter.
#[cfg(feature = "deflate")]
fn with_deflate(role: Role) -> Config {
    Config {
        deflate: Some(DeflateParams {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: 15,
            client_max_window_bits: 15,
        }),
        ..config(role)
    }
}

/// An event in a few words, so that an assertion reads like what happened.
fn described(event: &EndpointEvent<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match event {
        EndpointEvent::Text {
            text,
            closing: false,
        } => format!("text {text}"),
        EndpointEvent::Text {
            text,
            closing: true,
        } => format!("late text {text}"),
        EndpointEvent::Binary { bytes, .. } => format!("binary {bytes:02x?}"),
        EndpointEvent::Ping(payload) => format!("ping {}", text(payload)),
        EndpointEvent::Pong {
            payload,
            round_trip,
        } => match round_trip {
            Some(took) => format!("pong {} after {took:?}", text(payload)),
            None => format!("pong {}", text(payload)),
        },
        EndpointEvent::Closing => "closing".to_owned(),
        EndpointEvent::Frame(frame) => tracing::described(frame),
        // How much of what broke a rule is shown depends on how it was cut.
        EndpointEvent::Failed(Failure::Violation { violation, .. }) => {
            format!("failed: {violation}")
        }
        EndpointEvent::Failed(failure) => format!("failed: {failure}"),
        EndpointEvent::Closed { frame, clean } => {
            let clean = if *clean { "clean" } else { "not clean" };
            match frame {
                Some(frame) => match frame.code {
                    Some(code) => format!("closed {code} {:?} {clean}", frame.reason),
                    None => format!("closed without a code {clean}"),
                },
                None => format!("closed without a frame {clean}"),
            }
        }
    }
}

fn events(endpoint: &mut Endpoint) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(event) = endpoint.poll_event() {
        seen.push(described(&event));
    }
    seen
}

/// Everything the endpoint has for the network, which takes all of it.
fn transmitted(endpoint: &mut Endpoint, now: Instant) -> Vec<u8> {
    let mut wire = Vec::new();
    while let Some(bytes) = endpoint.poll_transmit() {
        let count = bytes.len();
        wire.extend_from_slice(bytes);
        endpoint.handle_transmitted(now, count);
    }
    wire
}

/// An endpoint that only listens to bytes written by hand.
struct Listening {
    endpoint: Endpoint,
    now: Instant,
}

impl Listening {
    fn new(config: &Config) -> Self {
        let now = Instant::now();
        Self {
            endpoint: Endpoint::new(config, now),
            now,
        }
    }

    fn client() -> Self {
        Self::new(&config(Role::Client))
    }

    fn hears(&mut self, bytes: &[u8]) -> Vec<String> {
        self.endpoint.handle_input(self.now, bytes);
        events(&mut self.endpoint)
    }

    /// What it writes, unmasked if it is a client: opcode byte and payload of each frame.
    fn says(&mut self) -> Vec<(u8, Vec<u8>)> {
        unframed(&transmitted(&mut self.endpoint, self.now))
    }
}

/// Frames taken apart by hand, with none of the code under test.
fn unframed(mut wire: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while let [first, second, rest @ ..] = wire {
        let (len, rest) = match second & 0x7f {
            126 => (
                usize::from(u16::from_be_bytes([rest[0], rest[1]])),
                &rest[2..],
            ),
            127 => {
                let len: [u8; 8] = rest[..8].try_into().expect("eight bytes");
                (
                    usize::try_from(u64::from_be_bytes(len)).expect("fits"),
                    &rest[8..],
                )
            }
            len => (usize::from(len), rest),
        };
        let (key, rest) = if second & 0x80 == 0 {
            (&[0; 4][..], rest)
        } else {
            rest.split_at(4)
        };
        let payload = rest[..len].iter().zip(key.iter().cycle());
        frames.push((*first, payload.map(|(byte, key)| byte ^ key).collect()));
        wire = &rest[len..];
    }
    frames
}

/// A short unmasked frame by hand: its first byte and its payload.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = u8::try_from(payload.len()).expect("short");
    assert!(len < 126);
    [&[first, len], payload].concat()
}
