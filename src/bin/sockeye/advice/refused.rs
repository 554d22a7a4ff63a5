//! Answers with another status than 101.

use super::{Advice, Used, tls};
use crate::output::size::Span;
use crate::output::text_width;
use crate::retry_after;
use sockeye::Refusal;
use sockeye::protocol::upgrade::Request;
use sockeye::url::WebSocketUrl;
use std::time::SystemTime;

/// So many characters of a server's word are repeated.
const WORD: usize = 200;

/// The likely cause, and what to do.
pub(super) fn advice(refusal: &Refusal) -> Option<Advice> {
    let advice = match refusal.status {
        200..=299 => {
            "this is a page and not a WebSocket: is the path right, and does a proxy in between \
             pass Upgrade on?"
                .into()
        }
        301 | 302 | 303 | 307 | 308 => return moved(refusal),
        400 => bad_request(refusal).into(),
        401 => unauthorized(refusal).into(),
        403 => forbidden(),
        404 => Advice::say("is the path right?").unless(
            Used::Origin,
            "some servers answer 404 to a request without an Origin: -o ORIGIN adds one",
        ),
        405 => "this path takes no GET, as a WebSocket begins with: is the path right?".into(),
        407 => proxy_unauthorized(refusal).into(),
        426 => upgrade_required(refusal).into(),
        429 => too_many(refusal),
        502..=504 => Advice::say("a proxy in front of the server does not reach it")
            .unless(Used::Retry, "--retry tries again"),
        _ => return None,
    };
    Some(advice)
}

fn forbidden() -> Advice {
    Advice::default()
        .unless(Used::Origin, "the server may want an origin: -o ORIGIN")
        .when(
            Used::Origin,
            "the server may want another origin than that of -o",
        )
        .unless(
            Used::Credentials,
            "it may want credentials: -u, --bearer, -b or -H",
        )
        .when(Used::Credentials, "it may want other credentials")
}

fn moved(refusal: &Refusal) -> Option<Advice> {
    let to = field(refusal, "location")?;
    let to = WebSocketUrl::hide_secrets(&to).into_owned();
    Some(format!("the server points to {to}: -L follows it there").into())
}

/// What an HTTP proxy wants that made no tunnel.
pub(super) fn by_proxy(refusal: &Refusal) -> Option<Advice> {
    Some(match refusal.status {
        200..=399 | 404 | 405 | 501 => "is this a proxy, and does it allow CONNECT?".into(),
        401 | 407 => Advice::default()
            .unless(
                Used::ProxyUser,
                "--proxy-user USER:PASSWORD, or userinfo in the proxy's URL, says who you are",
            )
            .when(
                Used::ProxyUser,
                "the proxy does not take the name and the password of --proxy-user",
            ),
        403 => "the proxy does not allow this host or port; --noproxy HOST goes without it".into(),
        502..=504 => "the proxy does not reach the server; is the server running?".into(),
        _ => return None,
    })
}

/// Servers that expect TLS, or more of it, say so in HTTP: nginx, Apache and Go.
fn bad_request(refusal: &Refusal) -> &'static str {
    let body = String::from_utf8_lossy(&refusal.body).to_ascii_lowercase();
    if body.contains("certificate error") {
        "is --cert from an authority that the server trusts, and still valid?"
    } else if body.contains("certificate") {
        tls::FOR_CLIENTS
    } else if body.contains("https") || body.contains("ssl-enabled") {
        "the server speaks TLS on this port: use wss:// for ws://"
    } else if field(refusal, "sec-websocket-version").is_some_and(|all| !has_ours(&all)) {
        "the server speaks another version of the protocol: -p VERSION asks for it"
    } else {
        "the server saw no request for a WebSocket: is the Host right (--host), and does a proxy \
         in between pass Upgrade and Connection on?"
    }
}

/// Whether the version of RFC 6455 is among those that a server speaks. Go's servers name it
/// also to who asked for it, when a proxy has dropped `Upgrade`.
fn has_ours(versions: &str) -> bool {
    let ours = Request::VERSION.to_string();
    versions.split(',').any(|version| version.trim() == ours)
}

fn unauthorized(refusal: &Refusal) -> String {
    match scheme(refusal, "www-authenticate").as_deref() {
        Some("basic") => {
            "the server wants a user name and a password, other than those given, if any: \
             -u NAME:PASSWORD"
                .to_owned()
        }
        Some("bearer") => {
            "the server wants a token, another than the one given, if any: --bearer TOKEN"
                .to_owned()
        }
        Some(scheme) => {
            format!("the server asks for credentials of the scheme {scheme}: -H 'Authorization: …'")
        }
        None => "the server asks for credentials: -u NAME:PASSWORD, --bearer TOKEN, or \
                 -H 'Authorization: …'"
            .to_owned(),
    }
}

fn proxy_unauthorized(refusal: &Refusal) -> String {
    let scheme = scheme(refusal, "proxy-authenticate");
    let scheme = scheme.map_or_else(String::new, |scheme| format!(" of the scheme {scheme}"));
    format!("a proxy asks for credentials{scheme}: --proxy http://NAME:PASSWORD@HOST:PORT")
}

fn upgrade_required(refusal: &Refusal) -> String {
    let versions = field(refusal, "sec-websocket-version");
    if let Some(versions) = versions.filter(|versions| !has_ours(versions)) {
        return format!("the server speaks version {versions} of the protocol: -p asks for it");
    }
    match field(refusal, "upgrade") {
        Some(asked) if !asked.eq_ignore_ascii_case("websocket") => {
            format!("the server asks for an upgrade to {asked}; for TLS, wss:// is right")
        }
        _ => "the server saw no request for a WebSocket: does a proxy in between pass Upgrade and \
              Connection on?"
            .to_owned(),
    }
}

fn too_many(refusal: &Refusal) -> Advice {
    let wait = retry_after::wait(&refusal.headers, SystemTime::now());
    let asked = wait.map_or_else(
        || "try again later".to_owned(),
        |wait| format!("try again in {}", Span(wait)),
    );
    Advice::say(format!("the server wants fewer connections: {asked}"))
        .unless(Used::Retry, "--retry does that")
}

/// The first scheme of a challenge (RFC 9110 §11.6.1), in lower case.
fn scheme(refusal: &Refusal, name: &str) -> Option<String> {
    let challenge = field(refusal, name)?;
    let scheme = challenge.split([' ', ',']).next()?;
    (!scheme.is_empty()).then(|| scheme.to_ascii_lowercase())
}

fn field(refusal: &Refusal, name: &str) -> Option<String> {
    let mut fields = refusal.headers.iter();
    let (_, value) = fields.find(|(field, _)| field.eq_ignore_ascii_case(name))?;
    Some(text_width::prefix(value, WORD).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::InUse;

    fn about(status: u16, headers: &[(&str, &str)], body: &str) -> String {
        let mut refusal = Refusal {
            status,
            phrase: String::new(),
            headers: Default::default(),
            body: body.as_bytes().to_vec(),
        };
        for (name, value) in headers {
            refusal.headers.push(name, value).expect("legal");
        }
        let line = advice(&refusal).and_then(|advice| advice.line(InUse::NONE));
        line.unwrap_or_default()
    }

    #[test]
    fn each_status_has_its_cause_and_its_option() {
        let none: &[(&str, &str)] = &[];
        let table = [
            (200, none, "", "a page"),
            (308, &[("Location", "/new")], "", "/new: -L"),
            (
                400,
                none,
                "plain HTTP request was sent to HTTPS port",
                "wss://",
            ),
            (400, none, "No required SSL certificate was sent", "--cert"),
            (400, &[("Sec-WebSocket-Version", "8")], "", "-p"),
            (400, none, "", "--host"),
            (400, &[("Sec-WebSocket-Version", "13")], "", "pass Upgrade"),
            (401, &[("WWW-Authenticate", "Basic realm=x")], "", "-u"),
            (401, &[("WWW-Authenticate", "Bearer")], "", "--bearer"),
            (401, &[("WWW-Authenticate", "Digest a=b")], "", "digest"),
            (401, none, "", "-u"),
            (403, none, "", "-o"),
            (404, none, "", "path"),
            (404, none, "", "-o ORIGIN"),
            (405, none, "", "path"),
            (
                407,
                &[("Proxy-Authenticate", "Basic")],
                "",
                "basic: --proxy",
            ),
            (426, &[("Sec-WebSocket-Version", "7, 8")], "", "7, 8"),
            (
                426,
                &[("Sec-WebSocket-Version", "8, 13")],
                "",
                "pass Upgrade",
            ),
            (426, &[("Upgrade", "TLS/1.2")], "", "wss://"),
            (426, &[("Upgrade", "websocket")], "", "proxy"),
            (429, &[("Retry-After", "7")], "", "in 7.0 s"),
            (429, none, "", "--retry"),
            (503, none, "", "--retry"),
        ];
        for (status, headers, body, expected) in table {
            let advice = about(status, headers, body);
            assert!(advice.contains(expected), "{status} {headers:?}: {advice}");
        }
    }

    #[test]
    fn an_unknown_refusal_gets_no_advice() {
        assert_eq!(about(418, &[], ""), "");
        assert_eq!(about(304, &[], ""), "");
        assert_eq!(about(302, &[], ""), "", "it does not say where to");
    }

    #[test]
    fn an_endless_word_of_a_server_is_cut() {
        let long = "x".repeat(10_000);
        assert!(about(301, &[("Location", &long)], "").len() < 300);
    }
}
