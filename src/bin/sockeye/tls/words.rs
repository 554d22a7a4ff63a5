//! Errors of TLS in words: those of the library, with what the certificates say.

use super::{refused, subject_key};
use sockeye::transport::{CertificateProblem, TlsError, TransportError, Unverified};

/// A connection's error in one line.
pub(crate) fn error_in_words(error: &sockeye::Error) -> String {
    match error {
        sockeye::Error::Transport(error) => transport(error),
        other => other.to_string(),
    }
}

fn transport(error: &TransportError) -> String {
    match error {
        TransportError::ToProxy { proxy, error } => {
            format!("the proxy {proxy}: {}", transport(error))
        }
        TransportError::Tls { host, error } => format!("TLS with {host}: {}", tls(error)),
        other => other.to_string(),
    }
}

fn tls(error: &TlsError) -> String {
    let TlsError::Certificate { problem, presented } = error else {
        return error.to_string();
    };
    match problem {
        CertificateProblem::Invalid(error) => refused::explain(error, presented),
        CertificateProblem::Unverified(why) => {
            let why = unverified_in_words(why);
            format!("the server's signature cannot be verified: {why}")
        }
        other => other.to_string(),
    }
}

/// Why a signature is not verified, with the kind of the key.
pub(crate) fn unverified_in_words(why: &Unverified) -> String {
    match why {
        Unverified::UnknownKey(key) => match subject_key::describe(key) {
            Some(key) => format!("keys of its kind ({key}) are not supported"),
            None => why.to_string(),
        },
        other => other.to_string(),
    }
}
