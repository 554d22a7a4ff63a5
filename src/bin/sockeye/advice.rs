//! What a user can do about a failure: one line under the error.

use crate::failure::Failure;
use sockeye::address::hide_secrets;
use sockeye::{ErrorKind, ExceptionName, Refusal};

/// For servers that got plain HTTP.
const SPEAKS_TLS: &str = "the server speaks TLS on this port: use wss:// for ws://";
/// For servers that ask who we are.
const FOR_CLIENTS: &str = "the server wants a client certificate: --cert FILE, and --key FILE for \
    its key";

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
        Failure::Certificate { message, .. } => return for_certificate(message),
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
        ErrorKind::Tls if message.starts_with("the proxy") => return for_proxy_tls(message),
        ErrorKind::Tls
            if message.contains("not accept the client certificate")
                || message.contains("upon the client certificate") =>
        {
            "is --cert from an authority that the server trusts?"
        }
        ErrorKind::Tls if message.contains("client certificate") => FOR_CLIENTS,
        ErrorKind::Tls if message.contains("version of TLS") => {
            "--tls-min and --tls-max say which are allowed: TLS 1.2 and 1.3, unless set"
        }
        ErrorKind::Tls if message.contains("ws://") || message.contains("alert") => return None,
        ErrorKind::Tls => "if the server does not speak TLS on this port, use ws:// for wss://",
        ErrorKind::Redirect if message.contains("not encrypted") => {
            "-k follows it, and checks no certificate either"
        }
        ErrorKind::Redirect if message.contains("too many") => "--max-redirects COUNT follows more",
        ErrorKind::Redirect if message.contains("port") => "--allow-bad-port connects all the same",
        ErrorKind::Handshake if message.contains("without answering") => {
            "if the server speaks TLS on this port, use wss:// for ws://"
        }
        ErrorKind::Handshake if message.contains("looks like TLS") => SPEAKS_TLS,
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

/// TLS with a proxy failed, over its certificate or something else.
fn for_proxy_tls(message: &str) -> Option<String> {
    if message.contains("use http://") || message.contains("alert") {
        return None;
    }
    let advice = "--proxy-cacert FILE trusts one more authority for the proxy, --proxy-insecure \
        trusts any certificate";
    message.contains("certificate").then(|| advice.to_owned())
}

fn for_certificate(message: &str) -> Option<String> {
    let advice = if message.starts_with("the proxy") {
        return for_proxy_tls(message);
    } else if message.contains("pinned") {
        "--pin says which keys are right"
    } else if message.contains("trusted") {
        "--ca FILE trusts one more authority, -n trusts any certificate"
    } else if message.contains("not for servers") {
        "-n trusts any certificate"
    } else if message.contains("not for ") {
        "--servername NAME asks and checks for another name, -n trusts any certificate"
    } else {
        "-n trusts any certificate"
    };
    Some(advice.to_owned())
}

/// What servers say in HTTP that expect TLS, or more of it: nginx, Apache and Go.
fn for_bad_request(body: &[u8]) -> Option<&'static str> {
    let body = String::from_utf8_lossy(body);
    let says = |words: &str| body.contains(words);
    if says("plain HTTP request was sent to HTTPS port")
        || says("speaking plain HTTP to an SSL-enabled server port")
        || says("HTTP request to an HTTPS server")
    {
        Some(SPEAKS_TLS)
    } else if says("No required SSL certificate was sent") {
        Some(FOR_CLIENTS)
    } else if says("SSL certificate error") {
        Some("is --cert from an authority that the server trusts, and still valid?")
    } else {
        None
    }
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
        400 => return for_bad_request(&refusal.body).map(str::to_owned),
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
    fn what_servers_of_tls_say_in_http_is_understood() {
        let advice = |body: &str| for_bad_request(body.as_bytes()).unwrap_or_default();
        for body in [
            "<title>400 The plain HTTP request was sent to HTTPS port</title>",
            "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
            "Client sent an HTTP request to an HTTPS server.\n",
        ] {
            assert!(advice(body).contains("wss://"), "{body}");
        }
        assert!(advice("400 No required SSL certificate was sent").contains("--cert FILE"));
        assert!(advice("400 The SSL certificate error").contains("authority"));
        assert_eq!(advice("400 Bad Request"), "");
    }

    #[test]
    fn silence_may_be_that_of_a_server_of_tls() {
        let silence = "the server closed the connection without answering the upgrade request";
        let advice = for_kind(ErrorKind::Handshake, silence).unwrap_or_default();
        assert!(advice.contains("wss://"), "{advice}");
    }

    #[test]
    fn an_untrusted_certificate_names_ca_and_another_name_servername() {
        let advice = |message: &str| for_certificate(message).unwrap_or_default();
        assert!(advice("issued by 'x', which is not trusted").contains("--ca"));
        assert!(advice("is for a.org, not for b.org").contains("--servername"));
        assert!(!advice("is for clients, not for servers").contains("--servername"));
        assert!(advice("is not among those pinned").contains("--pin"));
        let proxys = advice("the proxy p: TLS with p: the certificate is not trusted");
        assert!(proxys.contains("--proxy-cacert"), "{proxys}");
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
