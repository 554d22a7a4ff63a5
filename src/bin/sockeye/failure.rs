//! Everything that ends the program with another status than 0, by what it means to a user.

use crate::advice::{self, Advice};
use crate::output::size::plural;
use crate::signals::EndSignal;
use crate::tls::{CertificateSummary, error_in_words, summaries};
use crate::transfer::Unmet;
use sockeye::{CloseCode, CloseEvent, ErrorKind, Exception, Refusal};
use std::fmt;
use std::time::Duration;

/// Why the program did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The command line cannot be right.
    #[error("{0}")]
    Usage(String),
    /// The library refused a call: the URL, a subprotocol, a port.
    #[error(transparent)]
    Exception(#[from] Exception),
    /// The messages to send cannot be read or sent as they are.
    #[error("{0}")]
    Input(String),
    /// The connection failed.
    #[error("{message}")]
    Connection {
        /// What it is about.
        kind: ErrorKind,
        /// The library's own words.
        message: String,
        /// The answer that refused the handshake.
        refusal: Option<Box<Refusal>>,
        /// What a user can do about it.
        advice: Option<Advice>,
    },
    /// The server's certificate was refused.
    #[error("{message}")]
    Certificate {
        /// The library's own words.
        message: String,
        /// What the server's certificates say, its own first.
        presented: Vec<CertificateSummary>,
        /// What a user can do about it.
        advice: Option<Advice>,
    },
    /// The server ended the connection with a code that does not count as clean.
    #[error("the server closed with {}", Closed(.0))]
    Closed(CloseEvent),
    /// The connection ended while there was something left to send.
    #[error("{unsent}: {because}")]
    Unsent {
        /// How much.
        unsent: Unsent,
        /// How the connection ended.
        because: Box<Failure>,
    },
    /// Fewer messages came than were asked for.
    #[error("{came} of {wanted} messages came")]
    TooFew {
        /// The count of `-N`.
        wanted: u64,
        /// How many came.
        came: u64,
    },
    /// No message was what was expected.
    #[error("{unmet}{}", Because(because.as_deref()))]
    Unmet {
        /// What was expected, and what came.
        unmet: Box<Unmet>,
        /// How the connection ended, if that was before the time was up.
        because: Option<Box<Failure>>,
    },
    /// The run took longer than it may.
    #[error("it took longer than --max-time allows ({} s)", .0.as_secs_f64())]
    MaxTime(Duration),
    /// The server took nothing of what was to be sent.
    #[error("the server has taken nothing for {} s (--send-timeout): {unsent}", .limit.as_secs_f64())]
    SendTimeout {
        /// For so long.
        limit: Duration,
        /// What it did not take.
        unsent: Unsent,
    },
    /// What the user types cannot be read any more.
    #[error("cannot read from the terminal: {0}")]
    Terminal(String),
    /// A signal.
    #[error("ended by signal {}", .0.number())]
    Interrupted(EndSignal),
}

impl Failure {
    /// Keeps what an `error` event says.
    pub(crate) fn of_connection(error: &sockeye::Error) -> Self {
        if !error.certificates().is_empty() {
            return Self::Certificate {
                message: error_in_words(error),
                presented: summaries(error.certificates()),
                advice: advice::for_error(error),
            };
        }
        Self::Connection {
            kind: error.kind(),
            message: error_in_words(error),
            refusal: error.refusal().cloned().map(Box::new),
            advice: advice::for_error(error),
        }
    }

    /// A connection that ended without a close handshake, and no error event said why.
    pub(crate) fn lost() -> Self {
        Self::Connection {
            kind: ErrorKind::Lost,
            message: "the connection was lost without a close handshake".to_owned(),
            refusal: None,
            advice: None,
        }
    }
}

/// Messages that were not handed to the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// How many are known of.
    pub(crate) messages: u64,
    /// Whether there may be more in the input.
    pub(crate) more: bool,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.more {
            f.write_str("at least ")?;
        }
        let (count, verb) = (
            self.messages,
            if self.messages == 1 { "was" } else { "were" },
        );
        write!(f, "{count} {} {verb} not sent", plural(count, "message"))
    }
}

/// The cause after a colon, if there is one.
struct Because<'a>(Option<&'a Failure>);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |failure| write!(f, ": {failure}"))
    }
}

/// A close code with its meaning and reason: `4001 (private use): try later`.
pub(crate) struct Closed<'a>(pub(crate) &'a CloseEvent);

impl fmt::Display for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.code)?;
        match CloseCode(self.0.code).meaning() {
            "" => {}
            meaning => write!(f, " ({meaning})")?,
        }
        match self.0.reason.as_str() {
            "" => Ok(()),
            reason => write!(f, ": {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closed(code: u16, reason: &str) -> CloseEvent {
        CloseEvent {
            code,
            reason: reason.to_owned(),
            was_clean: true,
        }
    }

    #[test]
    fn a_close_is_told_with_its_meaning_and_its_reason() {
        let failure = Failure::Closed(closed(1008, "no"));
        assert_eq!(
            failure.to_string(),
            "the server closed with 1008 (policy violation): no"
        );
    }

    #[test]
    fn what_was_not_sent_is_counted_in_the_error() {
        let failure = Failure::Unsent {
            unsent: Unsent {
                messages: 3,
                more: true,
            },
            because: Box::new(Failure::Closed(closed(1001, ""))),
        };
        assert_eq!(
            failure.to_string(),
            "at least 3 messages were not sent: the server closed with 1001 (going away)"
        );
    }
}
