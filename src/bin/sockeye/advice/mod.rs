//! What a user can do about a failure: one line under the error.

mod refused;
mod tls;
mod upgrade;

use crate::failure::Failure;
use sockeye::transport;
use sockeye::{Error, ErrorKind, ExceptionName, protocol};

/// What would be right, if anything can be said.
pub(crate) fn for_failure(failure: &Failure) -> Option<String> {
    let advice = match failure {
        Failure::Usage(_) => "try 'sockeye --help'",
        Failure::Exception(exception) => return for_exception(exception.name()),
        Failure::Connection { advice, .. } | Failure::Certificate { advice, .. } => {
            return advice.clone();
        }
        Failure::Unsent { because, .. } => return for_failure(because),
        Failure::Closed(close) => match close.code {
            1009 => "the server takes smaller messages only",
            1001 | 1012..=1014 => "the server may be back soon: --reconnect connects again",
            _ => return None,
        },
        Failure::Input(_)
        | Failure::TooFew { .. }
        | Failure::Unmet { .. }
        | Failure::MaxTime(_)
        | Failure::SendTimeout { .. }
        | Failure::Interrupted(_) => return None,
    };
    Some(advice.to_owned())
}

/// The same for a connection that failed.
pub(crate) fn for_error(error: &Error) -> Option<String> {
    match error {
        Error::Refused(refusal) => refused::advice(refusal),
        Error::Upgrade(error) => upgrade::advice(error),
        Error::LostUpgrading(_) => Some(upgrade::NO_ANSWER.to_owned()),
        Error::Transport(transport::Error::TimedOut { phase, .. }) => Some(for_slow(phase, "ws")),
        Error::Transport(transport::Error::ToProxy { error, .. }) => for_proxy(error),
        Error::Transport(error) if error.kind() == transport::ErrorKind::Tls => {
            tls::advice(error, tls::With::Server).map(str::to_owned)
        }
        Error::Transport(transport::Error::Unix { .. }) => Some(
            "does a server listen on this Unix socket? --retry waits until one does".to_owned(),
        ),
        Error::Failure(failure) => for_open(failure).map(str::to_owned),
        other => match other.refusal() {
            Some(refusal) => refused::by_proxy(refusal).map(str::to_owned),
            None => for_kind(other.kind(), &other.to_string()),
        },
    }
}

fn for_exception(name: ExceptionName) -> Option<String> {
    (name == ExceptionName::SecurityError)
        .then(|| "--allow-bad-port connects all the same".to_owned())
}

/// A proxy that was not reached, or not understood.
fn for_proxy(error: &transport::Error) -> Option<String> {
    match error {
        transport::Error::TimedOut { phase, .. } => Some(for_slow(phase, "http")),
        error if error.kind() == transport::ErrorKind::Tls => {
            tls::advice(error, tls::With::Proxy).map(str::to_owned)
        }
        _ => Some(
            "is the proxy running? --proxy or the environment says where it is; --proxy '' goes \
             without"
                .to_owned(),
        ),
    }
}

/// What was going on when the time ran out, and the scheme that does without TLS there.
fn for_slow(phase: &str, plain: &str) -> String {
    let advice = if phase.contains("TLS") {
        return format!(
            "a server that does not speak TLS on this port may keep silent: is {plain}:// right? \
             --connect-timeout gives more time"
        );
    } else if phase.contains("upgrade") {
        "is this the port of a WebSocket server, and does a proxy in between pass Upgrade on? \
         --connect-timeout gives more time"
    } else {
        "--connect-timeout gives more time"
    };
    advice.to_owned()
}

fn for_open(failure: &protocol::Failure) -> Option<&'static str> {
    match failure {
        protocol::Failure::CloseTimedOut { .. } => Some("--close-timeout gives more time"),
        protocol::Failure::NoPong { .. } => {
            Some("--ping-timeout gives more time, --reconnect connects again")
        }
        protocol::Failure::Violation {
            violation: protocol::Violation::TooBig { .. },
            ..
        } => Some("--max-message SIZE takes larger ones"),
        _ => None,
    }
}

fn for_kind(kind: ErrorKind, message: &str) -> Option<String> {
    let advice = match kind {
        ErrorKind::Connect if message.contains("asks for a user and password") => {
            "--proxy-user USER:PASSWORD gives them"
        }
        ErrorKind::Connect if message.starts_with("the proxy") => return None,
        ErrorKind::Connect if message.contains("refused") => {
            "is the server running, and is the port right? --retry waits until it answers"
        }
        ErrorKind::Redirect if message.contains("not encrypted") => {
            "-k follows it, and checks no certificate either"
        }
        ErrorKind::Redirect if message.contains("too many") => "--max-redirects COUNT follows more",
        ErrorKind::Redirect if message.contains("port") => "--allow-bad-port connects all the same",
        _ => return None,
    };
    Some(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_usage_error_points_to_the_help() {
        let advice = for_failure(&Failure::Usage("x".to_owned())).unwrap_or_default();
        assert!(advice.contains("--help"), "{advice}");
    }

    #[test]
    fn the_option_that_bounds_the_phase_is_named() {
        let slow = |phase: &str| {
            for_error(&Error::Transport(transport::Error::TimedOut {
                phase: phase.to_owned(),
                budget: Duration::ZERO,
            }))
            .unwrap_or_default()
        };
        assert!(slow("resolving a.org").starts_with("--connect-timeout"));
        assert!(slow("the TLS handshake with a.org").contains("ws://"));
        assert!(slow("waiting for the answer to the upgrade request").contains("proxy"));
        let closing = protocol::Failure::CloseTimedOut {
            limit: Duration::ZERO,
            unfinished: None,
        };
        let advice = for_error(&Error::Failure(closing)).unwrap_or_default();
        assert!(advice.contains("--close-timeout"), "{advice}");
    }

    #[test]
    fn a_server_that_will_be_back_can_be_waited_for() {
        let closed = |code| {
            for_failure(&Failure::Closed(sockeye::CloseEvent {
                code,
                reason: String::new(),
                was_clean: true,
            }))
        };
        assert!(closed(1012).is_some_and(|advice| advice.contains("--reconnect")));
        assert_eq!(closed(4000), None);
    }
}
