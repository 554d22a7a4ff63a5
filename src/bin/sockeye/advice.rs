//! What a user can do about a failure: one line under the error.

use crate::failure::Failure;
use sockeye::address::hide_secrets;
use sockeye::{ErrorKind, ExceptionName, Refusal};

/// What would be right, if anything can be said.
pub(crate) fn for_failure(failure: &Failure) -> Option<String> {
    let advice = match failure {
        Failure::Usage(_) => "try 'sockeye --help'",
        Failure::Exception(exception) => return for_exception(exception.name()),
        Failure::Connection {
            kind: ErrorKind::Connect,
            refusal: Some(refusal),
            ..
        } => return for_proxy_refusal(refusal),
        Failure::Connection {
            refusal: Some(refusal),
            ..
        } => return for_refusal(refusal),
        Failure::Connection { kind, message, .. } => return for_kind(*kind, message),
        Failure::Unsent { because, .. } => return for_failure(because),
        Failure::Closed(close) => match close.code {
            1009 => "the server takes smaller messages only",
            _ => return None,
        },
        Failure::Input(_)
        | Failure::TooFew { .. }
        | Failure::Unmet { .. }
        | Failure::Interrupted => return None,
    };
    Some(advice.to_owned())
}

fn for_exception(name: ExceptionName) -> Option<String> {
    (name == ExceptionName::SecurityError)
        .then(|| "--allow-bad-port connects all the same".to_owned())
}

fn for_kind(kind: ErrorKind, message: &str) -> Option<String> {
    let advice = match kind {
        ErrorKind::Connect if message.contains("asks for a user and password") => {
            "--proxy-user USER:PASSWORD gives them"
        }
        ErrorKind::Connect if message.starts_with("the proxy") => return None,
        ErrorKind::Connect if message.contains("refused") => {
            "is the server running, and is the port right?"
        }
        ErrorKind::Tls if message.contains("use http://") => return None,
        ErrorKind::Tls if message.starts_with("the proxy") => {
            "--proxy-cacert FILE trusts one more authority for the proxy, --proxy-insecure trusts \
             any certificate"
        }
        ErrorKind::Tls if message.contains("certificate") => {
            "--ca FILE trusts one more authority, -n trusts any certificate"
        }
        ErrorKind::Tls if message.contains("ws://") => return None,
        ErrorKind::Tls => "if the server does not speak TLS on this port, use ws:// for wss://",
        ErrorKind::Redirect if message.contains("not encrypted") => {
            "-k follows it, and checks no certificate either"
        }
        ErrorKind::Redirect if message.contains("too many") => "--max-redirects COUNT follows more",
        ErrorKind::Redirect if message.contains("port") => "--allow-bad-port connects all the same",
        ErrorKind::TimedOut => "--connect-timeout and --close-timeout give more time",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What an HTTP proxy wants that made no tunnel.
fn for_proxy_refusal(refusal: &Refusal) -> Option<String> {
    let advice = match refusal.status {
        200..=399 | 404 | 405 | 501 => "is this a proxy, and does it allow CONNECT?",
        403 => "the proxy does not allow this host or port; --noproxy HOST goes without it",
        401 | 407 => "--proxy-user USER:PASSWORD, or userinfo in the proxy's URL, says who you are",
        502..=504 => "the proxy does not reach the server; is the server running?",
        _ => return None,
    };
    Some(advice.to_owned())
}

fn for_refusal(refusal: &Refusal) -> Option<String> {
    let location = || {
        refusal
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("location"))
            .map(|(_, value)| value)
    };
    let advice = match refusal.status {
        200..=299 => "this is a page and not a WebSocket; is the path right?",
        300..=399 => {
            return location()
                .map(|to| format!("the server points to {}; -L follows", hide_secrets(to)));
        }
        401 => "the server wants credentials: -H 'Authorization: …'",
        403 => "the server may want an origin (-o) or credentials (-H)",
        404 => "is the path right?",
        426 => "the server wants another protocol version or TLS (wss://)",
        429 => "the server wants fewer connections; try again later",
        502..=504 => "a proxy in front of the server does not reach it",
        _ => return None,
    };
    Some(advice.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Failure {
        Failure::Connection {
            kind: ErrorKind::Refused,
            message: String::new(),
            refusal: Some(Box::new(Refusal {
                status,
                phrase: String::new(),
                headers: Default::default(),
                body: Vec::new(),
            })),
        }
    }

    #[test]
    fn a_refused_origin_names_the_option() {
        let advice = for_failure(&refused(403)).unwrap_or_default();
        assert!(advice.contains("-o"), "{advice}");
    }

    #[test]
    fn an_unknown_refusal_gets_no_advice() {
        assert_eq!(for_failure(&refused(418)), None);
    }

    #[test]
    fn a_usage_error_points_to_the_help() {
        let advice = for_failure(&Failure::Usage("x".to_owned())).unwrap_or_default();
        assert!(advice.contains("--help"), "{advice}");
    }
}
