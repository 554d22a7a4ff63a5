//! What a user can do about a failure: one line under the error.

mod clauses;
mod refused;
mod tls;
mod upgrade;

pub(crate) use clauses::{Advice, InUse, Used};

use crate::failure::Failure;
use crate::output::size::Span;
use sockeye::transport::{self, TunnelError};
use sockeye::{Error, ErrorKind, ExceptionName, RedirectError, protocol};
use std::time::Duration;

/// What would be right, if anything can be said.
pub(crate) fn for_failure(failure: &Failure) -> Option<Advice> {
    let advice = match failure {
        Failure::Usage(_) => "try 'sockeye --help'".into(),
        Failure::Exception(exception) => return for_exception(exception.name()),
        Failure::Connection { advice, .. } | Failure::Certificate { advice, .. } => {
            return advice.clone();
        }
        Failure::Unsent { because, .. } => return for_failure(because),
        Failure::Closed(close) => match close.code {
            1009 => "the server takes smaller messages only".into(),
            1001 | 1012..=1014 => Advice::say("the server may be back soon")
                .unless(Used::Reconnect, "--reconnect connects again"),
            _ => return None,
        },
        Failure::Input(_)
        | Failure::TooFew { .. }
        | Failure::Unmet { .. }
        | Failure::MaxTime(_)
        | Failure::SendTimeout { .. }
        | Failure::Terminal(_)
        | Failure::Interrupted(_) => return None,
    };
    Some(advice)
}

/// The same for a connection that failed.
pub(crate) fn for_error(error: &Error) -> Option<Advice> {
    match error {
        Error::Upgrade(error) => upgrade::advice(error),
        Error::LostUpgrading(_) => Some(upgrade::no_answer()),
        Error::Transport(transport::TransportError::TimedOut { phase, .. }) => {
            Some(for_slow(phase, "ws"))
        }
        Error::Transport(transport::TransportError::ToProxy { error, .. }) => for_proxy(error),
        Error::Transport(transport::TransportError::Proxy { error, .. }) => for_tunnel(error),
        Error::Transport(error @ transport::TransportError::Tls { .. }) => {
            tls::advice(error, tls::With::Server)
        }
        Error::Transport(transport::TransportError::Unix { .. }) => Some(
            Advice::say("does a server listen on this Unix socket?")
                .unless(Used::Retry, "--retry waits until one does"),
        ),
        Error::Failure(failure) => for_open(failure),
        Error::Redirect(error) => for_redirect(error),
        other => for_kind(other.kind(), &other.to_string()),
    }
}

fn for_exception(name: ExceptionName) -> Option<Advice> {
    (name == ExceptionName::SecurityError).then(|| "--allow-bad-port connects all the same".into())
}

/// A proxy that was not reached, or not understood.
fn for_proxy(error: &transport::TransportError) -> Option<Advice> {
    match error {
        transport::TransportError::TimedOut { phase, .. } => Some(for_slow(phase, "http")),
        transport::TransportError::Tls { .. } => tls::advice(error, tls::With::Proxy),
        _ => Some(
            "is the proxy running? --proxy or the environment says where it is; --proxy '' goes \
             without"
                .into(),
        ),
    }
}

/// A proxy that opens no tunnel.
fn for_tunnel(error: &TunnelError) -> Option<Advice> {
    match error {
        TunnelError::CredentialsRequired(None) => {
            Some(Advice::default().unless(Used::ProxyUser, "--proxy-user USER:PASSWORD gives them"))
        }
        error => error.refusal().and_then(refused::by_proxy),
    }
}

/// What was going on when the time ran out, and the scheme that does without TLS there.
fn for_slow(phase: &str, plain: &str) -> Advice {
    let advice = if phase.contains("TLS") {
        return format!(
            "a server that does not speak TLS on this port may keep silent: is {plain}:// right? \
             --connect-timeout gives more time"
        )
        .into();
    } else if phase.contains("upgrade") {
        "is this the port of a WebSocket server, and does a proxy in between pass Upgrade on? \
         --connect-timeout gives more time"
    } else {
        "--connect-timeout gives more time"
    };
    advice.into()
}

/// About an open connection. One that was idle for so long may have been ended for that.
fn for_open(failure: &protocol::Failure) -> Option<Advice> {
    const IDLE: Duration = Duration::from_secs(20);
    Some(match failure {
        protocol::Failure::CloseTimedOut { .. } => "--close-timeout gives more time".into(),
        protocol::Failure::NoPong { .. } => Advice::say("--ping-timeout gives more time")
            .unless(Used::Reconnect, "--reconnect connects again"),
        protocol::Failure::Lost { idle, .. } if *idle >= IDLE => for_idle(*idle),
        protocol::Failure::Violation {
            violation: protocol::Violation::TooBig { .. },
            ..
        } => "--max-message SIZE takes larger ones".into(),
        _ => return None,
    })
}

fn for_idle(idle: Duration) -> Advice {
    let busy = format!(
        "nothing came or went for {}, and many proxies end what is idle: --ping-interval SECONDS \
         keeps it busy",
        Span(idle)
    );
    Advice::default()
        .unless(Used::PingInterval, busy)
        .unless(Used::Reconnect, "--reconnect connects again")
}

fn for_kind(kind: ErrorKind, message: &str) -> Option<Advice> {
    match kind {
        ErrorKind::Connect if message.contains("refused") => Some(
            Advice::say("is the server running, and is the port right?")
                .unless(Used::Retry, "--retry waits until it answers"),
        ),
        _ => None,
    }
}

fn for_redirect(error: &RedirectError) -> Option<Advice> {
    let advice = match error {
        RedirectError::Downgrade(_) => "-k follows it, and checks no certificate either",
        RedirectError::TooMany { .. } => "--max-redirects COUNT follows more",
        RedirectError::BadPort(_) => "--allow-bad-port connects all the same",
        RedirectError::NotWebSocket(_) | RedirectError::Loop(_) => return None,
    };
    Some(advice.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(advice: Option<Advice>) -> String {
        let line = advice.and_then(|advice| advice.line(InUse::NONE));
        line.unwrap_or_default()
    }

    #[test]
    fn a_usage_error_points_to_the_help() {
        let advice = said(for_failure(&Failure::Usage("x".to_owned())));
        assert!(advice.contains("--help"), "{advice}");
    }

    #[test]
    fn the_option_that_bounds_the_phase_is_named() {
        let slow = |phase: &str| {
            said(for_error(&Error::Transport(
                transport::TransportError::TimedOut {
                    phase: phase.to_owned(),
                    budget: Duration::ZERO,
                },
            )))
        };
        assert!(slow("resolving a.org").starts_with("--connect-timeout"));
        assert!(slow("the TLS handshake with a.org").contains("ws://"));
        assert!(slow("waiting for the answer to the upgrade request").contains("proxy"));
        let closing = protocol::Failure::CloseTimedOut {
            limit: Duration::ZERO,
            unfinished: None,
        };
        let advice = said(for_error(&Error::Failure(closing)));
        assert!(advice.contains("--close-timeout"), "{advice}");
    }

    #[test]
    fn a_server_that_will_be_back_can_be_waited_for() {
        let closed = |code| {
            said(for_failure(&Failure::Closed(sockeye::CloseEvent {
                code,
                reason: String::new(),
                was_clean: true,
            })))
        };
        assert!(closed(1012).contains("--reconnect"));
        assert_eq!(closed(4000), "");
    }

    #[test]
    fn what_was_lost_after_an_idle_time_can_be_kept_busy() {
        let lost = |idle| {
            let (how, unfinished) = (None, None);
            let idle = Duration::from_secs(idle);
            for_error(&Error::Failure(protocol::Failure::Lost {
                how,
                unfinished,
                idle,
            }))
        };
        assert_eq!(said(lost(19)), "");
        let advice = said(lost(61));
        assert!(
            advice.contains("for 61") && advice.contains("--ping-interval"),
            "{advice}"
        );
        let pinging = InUse::NONE.with(Used::PingInterval, true);
        let advice = lost(61)
            .and_then(|advice| advice.line(pinging))
            .unwrap_or_default();
        assert_eq!(advice, "--reconnect connects again");
    }
}
