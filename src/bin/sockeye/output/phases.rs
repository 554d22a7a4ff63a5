//! How long each phase of connecting took, under the names that they have everywhere.

use super::size::Span;
use sockeye::url::WebSocketUrl;
use sockeye::{Handshake, Timings};
use std::fmt;
use std::time::Duration;
use url::Host;

/// The phases that there were.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phases {
    /// From the name to its addresses; none when the URL has an address.
    pub(crate) dns: Option<Duration>,
    /// To a TCP connection.
    pub(crate) tcp: Duration,
    /// Through the proxy; none without one.
    pub(crate) proxy: Option<Duration>,
    /// The TLS handshake; none for `ws`.
    pub(crate) tls: Option<Duration>,
    /// From the request to its answer.
    pub(crate) upgrade: Duration,
    /// All together.
    pub(crate) total: Duration,
}

impl Phases {
    pub(crate) fn of(handshake: &Handshake) -> Self {
        let Timings {
            resolve,
            tcp,
            proxy,
            tls,
            upgrade,
            total,
        } = handshake.timings;
        Self {
            dns: has_name(handshake.redirects.last().unwrap_or(&handshake.url)).then_some(resolve),
            tcp,
            proxy,
            tls,
            upgrade,
            total,
        }
    }

    /// Name and time of each, without all together.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        let phases = [
            ("dns", self.dns),
            ("tcp", Some(self.tcp)),
            ("proxy", self.proxy),
            ("tls", self.tls),
            ("upgrade", Some(self.upgrade)),
        ];
        let there = |(name, time): (&'static str, Option<Duration>)| Some((name, time?));
        phases.into_iter().filter_map(there)
    }
}

/// `dns 1.2 ms, tcp 310 µs, upgrade 1.0 ms, total 2.5 ms`
impl fmt::Display for Phases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, time) in self.named() {
            write!(f, "{name} {}, ", Span(time))?;
        }
        write!(f, "total {}", Span(self.total))
    }
}

/// Whether the host is one that is looked up.
fn has_name(address: &WebSocketUrl) -> bool {
    matches!(address.host(), Host::Domain(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_is_looked_up() {
        let looked_up = |url| has_name(&WebSocketUrl::parse(url).expect("an address"));
        assert!(looked_up("wss://example.org/"));
        assert!(!looked_up("ws://127.0.0.1:8080/"));
        assert!(!looked_up("ws://[::1]/"));
    }

    #[test]
    fn phases_that_were_not_are_left_out() {
        let phases = Phases {
            dns: None,
            tcp: Duration::from_micros(310),
            proxy: None,
            tls: None,
            upgrade: Duration::from_millis(1),
            total: Duration::from_millis(2),
        };
        assert_eq!(
            phases.to_string(),
            "tcp 310 µs, upgrade 1.0 ms, total 2.0 ms"
        );
    }
}
