//! Where TLS failed: over a certificate, or before there was one.

/// For servers that ask who we are.
pub(super) const FOR_CLIENTS: &str = "the server wants a client certificate: --cert FILE, and \
    --key FILE for its key";

/// About a handshake that failed, in the words of its error.
pub(super) fn handshake(message: &str) -> Option<&'static str> {
    let says = |words: &str| message.contains(words);
    if says("not accept the client certificate") || says("upon the client certificate") {
        Some("is --cert from an authority that the server trusts?")
    } else if says("client certificate") {
        Some(FOR_CLIENTS)
    } else if says("version of TLS") {
        Some("--tls-min and --tls-max say which are allowed: TLS 1.2 and 1.3, unless set")
    } else if says("no HTTP/1.1") {
        Some("a WebSocket begins with HTTP/1.1, and the server may speak HTTP/2 only")
    } else if says("ws://") || says("alert") {
        None
    } else {
        Some("if the server does not speak TLS on this port, use ws:// for wss://")
    }
}

/// About a certificate that was refused, in the words of the refusal.
pub(super) fn certificate(message: &str) -> Option<&'static str> {
    let says = |words: &str| message.contains(words);
    Some(if message.starts_with("the proxy") {
        return proxy(message);
    } else if says("pinned") {
        "--pin says which keys are right"
    } else if says("trusted") {
        "--ca FILE trusts one more authority, -n trusts any certificate"
    } else if says("not for servers") {
        "-n trusts any certificate"
    } else if says("not for ") {
        "--servername NAME asks and checks for another name, -n trusts any certificate"
    } else {
        "-n trusts any certificate"
    })
}

/// TLS with a proxy failed, over its certificate or something else.
pub(super) fn proxy(message: &str) -> Option<&'static str> {
    let says_enough = message.contains("use http://") || message.contains("alert");
    (!says_enough && message.contains("certificate")).then_some(
        "--proxy-cacert FILE trusts one more authority for the proxy, --proxy-insecure trusts any \
         certificate",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_untrusted_certificate_names_ca_and_another_name_servername() {
        let advice = |message: &str| certificate(message).unwrap_or_default();
        assert!(advice("issued by 'x', which is not trusted").contains("--ca"));
        assert!(advice("is for a.org, not for b.org").contains("--servername"));
        assert!(!advice("is for clients, not for servers").contains("--servername"));
        assert!(advice("is not among those pinned").contains("--pin"));
        let proxys = advice("the proxy p: TLS with p: the certificate is not trusted");
        assert!(proxys.contains("--proxy-cacert"), "{proxys}");
    }

    #[test]
    fn a_server_that_wants_a_certificate_gets_one_and_one_it_knows() {
        let advice = |message: &str| handshake(message).unwrap_or_default();
        assert!(advice("the server asks for a client certificate").contains("--cert FILE"));
        let refused = advice("the server does not accept the client certificate");
        assert!(refused.contains("authority"), "{refused}");
    }

    #[test]
    fn a_server_of_another_http_is_told_what_a_websocket_begins_with() {
        let advice = handshake("the server speaks no HTTP/1.1 on this port (alert x)");
        assert!(advice.is_some_and(|advice| advice.contains("HTTP/2")));
    }

    #[test]
    fn what_says_it_all_gets_no_advice() {
        assert_eq!(handshake("it speaks no TLS; use ws:// for it"), None);
        assert_eq!(handshake("the alert handshake_failure came"), None);
    }
}
