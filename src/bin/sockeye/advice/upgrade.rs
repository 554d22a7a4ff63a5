//! Answers to the upgrade request that are none, or not valid.

use super::{Advice, Used, refused};
use sockeye::http1::{HeadError, OtherProtocol};
use sockeye::protocol::upgrade::UpgradeError;

/// About a connection that ended where an answer was due.
pub(super) fn no_answer() -> Advice {
    Advice::say(
        "is this the port of a WebSocket server? \
         One that wants TLS may answer ws:// like that: then wss:// is right",
    )
    .unless(
        Used::Subprotocol,
        "one may also want a subprotocol: -s NAME offers it",
    )
    .when(
        Used::Subprotocol,
        "one may also not know the subprotocol that was offered (-s)",
    )
}

/// The likely cause, and what to do.
pub(super) fn advice(error: &UpgradeError) -> Option<Advice> {
    let advice = match error {
        UpgradeError::Refused(refusal) => return refused::advice(refusal),
        UpgradeError::NoAnswer | UpgradeError::CutShort => return Some(no_answer()),
        UpgradeError::Head(HeadError::NotHttp { protocol, .. }) => {
            return Some(not_http(*protocol).into());
        }
        UpgradeError::Version | UpgradeError::Upgrade(_) | UpgradeError::Connection(_) => {
            "a proxy in between may have stripped it: it has to speak HTTP/1.1 and to pass on \
             Upgrade and Connection, in both directions"
        }
        UpgradeError::Accept { found: None, .. } => {
            "this is no WebSocket server, or a proxy in between has stripped the header"
        }
        UpgradeError::Accept { .. } => {
            "this is no WebSocket server, or a cache in between has sent an old answer"
        }
        UpgradeError::NoSubprotocol(_) => {
            "--any-subprotocol goes on without one; or offer (-s) one that the server knows"
        }
        UpgradeError::Subprotocol(_) => "--any-subprotocol accepts it; -s NAME offers it",
        error if error.is_about_extensions() => {
            return Some(
                Advice::default().unless(Used::NoCompress, "--no-compress offers no extension"),
            );
        }
        _ => return None,
    };
    Some(advice.into())
}

fn not_http(protocol: Option<OtherProtocol>) -> String {
    match protocol {
        Some(OtherProtocol::Tls) => {
            "the server speaks TLS on this port: use wss:// for ws://".to_owned()
        }
        Some(OtherProtocol::Http2) => {
            "a WebSocket begins with HTTP/1.1, which the server does not speak on \
                           this port"
                .to_owned()
        }
        Some(name) => format!("this is a port for {name}; is the port right?"),
        None => "no WebSocket server answers like that; is the port right?".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::InUse;
    use sockeye::evidence::{Evidence, Part};

    fn said(error: &UpgradeError) -> String {
        let line = advice(error).and_then(|advice| advice.line(InUse::NONE));
        line.unwrap_or_default()
    }

    fn about(protocol: Option<OtherProtocol>) -> String {
        let evidence = Evidence {
            part: Part::Head,
            offset: 0,
            start: 0,
            bytes: Vec::new(),
        };
        let error = HeadError::NotHttp { protocol, evidence };
        said(&UpgradeError::Head(error))
    }

    #[test]
    fn another_protocol_is_named_and_tls_has_its_scheme() {
        assert!(about(Some(OtherProtocol::Tls)).contains("wss://"));
        assert!(about(Some(OtherProtocol::Http2)).contains("HTTP/1.1"));
        assert!(about(Some(OtherProtocol::Ssh)).contains("SSH"));
        assert!(about(None).contains("is the port right"));
    }

    #[test]
    fn a_subprotocol_nobody_agreed_on_can_be_taken() {
        for error in [
            UpgradeError::NoSubprotocol(vec!["a".to_owned()]),
            UpgradeError::Subprotocol("b".to_owned()),
        ] {
            let advice = said(&error);
            assert!(advice.contains("--any-subprotocol"), "{advice}");
        }
    }

    #[test]
    fn without_an_offer_there_is_nothing_to_answer_wrongly() {
        for error in [
            UpgradeError::ExtensionNotOffered("x".to_owned()),
            UpgradeError::DeflateRepeated,
        ] {
            let advice = said(&error);
            assert!(advice.contains("--no-compress"), "{advice}");
        }
    }
}
