//! What goes wrong with TLS, for whoever has to say what to do about it.

use super::Unverified;

/// What a failed handshake is about, apart from the server's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProblem {
    /// The server answered something that is not TLS.
    NotTls,
    /// The server wants a client certificate, and there is none.
    ClientCertificateWanted,
    /// The server does not accept the client certificate.
    ClientCertificateRefused,
    /// There is no version of TLS in common.
    Version {
        /// Whether the options allow fewer versions than there are.
        limited: bool,
    },
    /// There is no cipher suite, or no exchange of keys, in common.
    CipherSuite,
    /// There is no protocol for ALPN in common: the server does not speak HTTP/1.1.
    Protocol,
    /// Anything else.
    Other,
}

/// What is wrong with a server's certificate, or with the proof that it is the server's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateProblem {
    /// A time of validity is over, or yet to come.
    Validity,
    /// No trusted authority has issued it.
    Untrusted {
        /// Whether [`TlsOptions::ca`](super::TlsOptions::ca) names the trusted authorities.
        named: bool,
        /// Whether the platform's are trusted.
        native: bool,
    },
    /// It is for another host.
    Host {
        /// Whether [`Sni::Name`](super::Sni::Name) has chosen the name that it must have.
        chosen: bool,
    },
    /// Its key is not among [`TlsOptions::pins`](super::TlsOptions::pins).
    NotPinned,
    /// The server's signature over the handshake was not made with its key.
    Unproven,
    /// The server's signature over the handshake cannot be verified.
    Unverified {
        /// Why.
        why: Unverified,
        /// Whether it would be accepted if there were no pins.
        pinned: bool,
    },
    /// Anything else: it cannot be read, is for other purposes, or is signed in a weak way.
    Invalid,
}
