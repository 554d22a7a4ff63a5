//! Why a proxy opens no tunnel.

use super::host_port::HostPort;
use crate::evidence::Evidence;
use crate::http1::{ExchangeError, HeadError, MAX_INTERIM, Refusal};
use std::fmt;

/// Why a proxy opens no tunnel to a server. `Display` gives the rest of a sentence that begins with
/// the proxy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TunnelError {
    /// The connection ended before the first byte of an answer.
    #[error("closed the connection without an answer")]
    NoAnswer,
    /// The connection ended within an answer.
    #[error("closed the connection in the middle of its answer")]
    CutShort,
    /// The connection failed, for this reason of the operating system.
    #[error("lost the connection: {0}")]
    Lost(String),
    /// The head of an HTTP answer cannot be read.
    #[error("{}", Unreadable(.0))]
    Head(HeadError),
    /// An HTTP proxy sent only interim answers (1xx).
    #[error("gave more than {MAX_INTERIM} interim answers and no final one")]
    TooManyInterim,
    /// The proxy does not speak this version of SOCKS.
    #[error("does not speak SOCKS{version}: {}", FirstByte(*.first_byte))]
    NotSocks {
        /// The version: 4 or 5.
        version: u8,
        /// The first byte of the answer.
        first_byte: u8,
    },
    /// The proxy requires a user name and a password, and was given none.
    #[error("asks for a user and password{}", Status(.0.as_deref()))]
    CredentialsRequired(
        /// The answer of an HTTP proxy: status 407.
        Option<Box<Refusal>>,
    ),
    /// The proxy does not accept the user name and the password.
    #[error("does not accept the user and password{}", Status(.0.as_deref()))]
    CredentialsRejected(
        /// The answer of an HTTP proxy: status 401 or 407.
        Option<Box<Refusal>>,
    ),
    /// An HTTP proxy requires another authentication scheme than Basic (RFC 7617).
    #[error(
        "asks for credentials of another kind than Basic, the only one there is here{}",
        Status(Some(.0))
    )]
    SchemeUnsupported(
        /// The answer: status 407.
        Box<Refusal>,
    ),
    /// An HTTP proxy answered with another status than 2xx.
    #[error("refused to connect to {target}{}", Status(Some(.refusal)))]
    Refused {
        /// The server.
        target: HostPort,
        /// The answer.
        refusal: Box<Refusal>,
    },
    /// A SOCKS4 proxy replied with another code than 90.
    #[error("{}", Socks4Code(*.code, .target))]
    Socks4 {
        /// The server.
        target: HostPort,
        /// The code.
        code: u8,
    },
    /// A SOCKS5 proxy replied with another code than 0 (RFC 1928 §6).
    #[error("{}", Socks5Code(*.code, .target))]
    Socks5 {
        /// The server.
        target: HostPort,
        /// The code.
        code: u8,
    },
    /// A SOCKS5 proxy accepts neither a user name and password nor none (RFC 1928 §3).
    #[error("accepts neither a user and password nor none")]
    NoAcceptableMethod,
    /// A SOCKS5 proxy chose this method of authentication, which was not offered (RFC 1928 §3).
    #[error("chose a way to authenticate that was not offered: {0}")]
    MethodNotOffered(u8),
    /// A SOCKS5 proxy replied with an address of this unknown type (RFC 1928 §5).
    #[error("gave an address of the unknown kind {0}")]
    AddressType(u8),
}

impl TunnelError {
    /// The answer of an HTTP proxy that refused.
    #[must_use]
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Self::CredentialsRequired(refusal) | Self::CredentialsRejected(refusal) => {
                refusal.as_deref()
            }
            Self::SchemeUnsupported(refusal) | Self::Refused { refusal, .. } => Some(refusal),
            _ => None,
        }
    }

    /// The bytes of an answer that cannot be read.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        match self {
            Self::Head(error) => error.evidence(),
            _ => None,
        }
    }

    /// Whether the proxy tried to reach the server and failed, so that another address may work.
    #[must_use]
    pub fn is_unreached(&self) -> bool {
        match self {
            // "Rejected or failed": the code does not say which.
            Self::Socks4 { code, .. } => *code == 91,
            Self::Socks5 { code, .. } => matches!(code, 1 | 3..=6 | 8),
            _ => false,
        }
    }
}

impl From<ExchangeError> for TunnelError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::NoAnswer => Self::NoAnswer,
            ExchangeError::CutShort => Self::CutShort,
            ExchangeError::Head(error) => Self::Head(error),
            ExchangeError::TooManyInterim => Self::TooManyInterim,
        }
    }
}

struct Unreadable<'a>(&'a HeadError);

impl fmt::Display for Unreadable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            HeadError::NotHttp { evidence, .. } if evidence.bytes.first() == Some(&5) => {
                f.write_str("does not speak HTTP; it looks like a SOCKS5 proxy")
            }
            error => write!(f, "gave an answer that cannot be read: {error}"),
        }
    }
}

/// What an answer in another protocol begins with.
struct FirstByte(u8);

impl fmt::Display for FirstByte {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let guess = match self.0 {
            b'H' => "; it looks like an HTTP proxy",
            4 | 0 => "; it may speak SOCKS4",
            5 => "; it may speak SOCKS5",
            _ => "",
        };
        write!(f, "its answer begins with the byte {:#04x}{guess}", self.0)
    }
}

/// The status of an HTTP answer: `: 403 Forbidden`.
struct Status<'a>(Option<&'a Refusal>);

impl fmt::Display for Status<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(Refusal { status, phrase, .. }) if phrase.is_empty() => write!(f, ": {status}"),
            Some(Refusal { status, phrase, .. }) => write!(f, ": {status} {phrase}"),
            None => Ok(()),
        }
    }
}

/// A reply code of SOCKS4.
struct Socks4Code<'a>(u8, &'a HostPort);

impl fmt::Display for Socks4Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(code, target) = self;
        match code {
            91 => write!(
                f,
                "does not reach {target}: it rejected the request, or failed"
            ),
            92 => f.write_str("refused: it finds no identd on this machine"),
            93 => f.write_str("refused: identd on this machine names another user"),
            _ => write!(f, "gave the unknown answer {code}"),
        }
    }
}

/// A reply code of SOCKS5 (RFC 1928 §6).
struct Socks5Code<'a>(u8, &'a HostPort);

impl fmt::Display for Socks5Code<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(code, target) = self;
        let reason = match code {
            1 => "general failure",
            2 => return write!(f, "does not allow connections to {target}"),
            3 => "network unreachable",
            4 => "host unreachable",
            5 => "connection refused",
            6 => "TTL expired on the way",
            7 => return f.write_str("does not know the command CONNECT"),
            8 => "it does not support this kind of address",
            _ => return write!(f, "gave the unknown answer {code}"),
        };
        write!(f, "does not reach {target}: {reason}")
    }
}
